"""Addresses of protocols, series and infusions."""

from django.urls import path

from luna.treatment.views import (
    briefing,
    driver,
    duty,
    infusions,
    medicines,
    money,
    orders,
    protocols,
    ride,
    series,
)

urlpatterns = [
    path("briefing", briefing.briefing, name="briefing"),
    path("briefing/questions", briefing.questions, name="briefing-questions"),
    path(
        "clinic/patients/<uuid:patient_id>/briefing/<uuid:member_id>",
        briefing.aloud,
        name="briefing-aloud",
    ),
    path("duty", duty.duty, name="duty"),
    path("duty/<uuid:infusion_id>", duty.say, name="duty-say"),
    path("clinic/infusions/<uuid:infusion_id>/duty", duty.note, name="infusion-duty"),
    path("ride", ride.rides, name="ride"),
    path("ride/all", ride.say_all, name="ride-all"),
    path("ride/<uuid:infusion_id>", ride.say, name="ride-say"),
    path("ride/<uuid:infusion_id>/name", ride.name_driver, name="ride-name"),
    path("r/<str:secret>", driver.link, name="driver-link"),
    path("driver", driver.driver, name="driver"),
    path("clinic/infusions/<uuid:infusion_id>/ride", ride.note, name="infusion-ride"),
    path("clinic/infusions/<uuid:infusion_id>/ride/name", ride.note_driver, name="infusion-ride-name"),
    path("clinic/protocols", protocols.listing, name="protocols"),
    path("clinic/protocols/<slug:name>", protocols.protocol, name="protocol"),
    path("clinic/patients/<uuid:patient_id>/series/new", series.start, name="series-new"),
    path("clinic/series", series.listing, name="series-list"),
    path("clinic/series/<uuid:series_id>/book", series.book, name="infusion-book"),
    path("clinic/series/<uuid:series_id>/orders", orders.listing, name="orders"),
    path("clinic/series/<uuid:series_id>/orders/<slug:name>", orders.new, name="order-new"),
    path("clinic/orders/<uuid:order_id>", orders.order, name="order"),
    path("costs", money.costs, name="costs"),
    path("clinic/series/<uuid:series_id>/money", money.money, name="series-money"),
    path("medicine-plan", medicines.plan, name="medicine-plan"),
    path("clinic/series/<uuid:series_id>/stop", series.stop, name="series-stop"),
    path("clinic/infusions/not-given", infusions.not_given, name="not-given"),
    path("clinic/infusions/<uuid:infusion_id>", infusions.infusion, name="infusion"),
    path("clinic/infusions/<uuid:infusion_id>/move", infusions.move, name="infusion-move"),
    path("clinic/infusions/<uuid:infusion_id>/cancel", infusions.cancel, name="infusion-cancel"),
]
