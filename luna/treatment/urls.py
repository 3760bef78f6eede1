"""Addresses of protocols, series and infusions."""

from django.urls import path

from luna.treatment.views import briefing, duty, infusions, medicines, orders, protocols, series

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
    path("clinic/protocols", protocols.listing, name="protocols"),
    path("clinic/protocols/<slug:name>", protocols.protocol, name="protocol"),
    path("clinic/patients/<uuid:patient_id>/series/new", series.start, name="series-new"),
    path("clinic/series", series.listing, name="series-list"),
    path("clinic/series/<uuid:series_id>/book", series.book, name="infusion-book"),
    path("clinic/series/<uuid:series_id>/orders", orders.listing, name="orders"),
    path("clinic/series/<uuid:series_id>/orders/<slug:name>", orders.new, name="order-new"),
    path("clinic/orders/<uuid:order_id>", orders.order, name="order"),
    path("medicine-plan", medicines.plan, name="medicine-plan"),
    path("clinic/series/<uuid:series_id>/stop", series.stop, name="series-stop"),
    path("clinic/infusions/<uuid:infusion_id>", infusions.infusion, name="infusion"),
    path("clinic/infusions/<uuid:infusion_id>/move", infusions.move, name="infusion-move"),
    path("clinic/infusions/<uuid:infusion_id>/cancel", infusions.cancel, name="infusion-cancel"),
]
