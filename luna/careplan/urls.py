"""Addresses of care plans."""

from django.urls import path

from luna.careplan.views import (
    before,
    calendar,
    calls,
    comfort,
    day,
    people,
    ready,
    staff,
    things,
    tips,
    waiting,
)

urlpatterns = [
    path("plan", people.plan, name="plan"),
    path("comfort", comfort.card, name="comfort"),
    path("bag", things.bag, name="bag"),
    path("home-list", things.home, name="home-list"),
    path("tips", tips.page, name="tips"),
    path("anxiety", before.anxiety, name="anxiety"),
    path("intention", before.intention, name="intention"),
    path("intention/<uuid:line_id>/show", before.show, name="intention-show"),
    path("intention/<uuid:line_id>/delete", before.drop, name="intention-drop"),
    path("sooner", waiting.sooner, name="sooner"),
    path("sooner/<uuid:infusion_id>", waiting.wish, name="sooner-wish"),
    path("clinic/waiting-list", waiting.listing, name="waiting-list"),
    path("fasting", people.fasting, name="fasting"),
    path("steps/<str:task_key>", people.step, name="step"),
    path("steps/<str:task_key>/mark", people.mark, name="mark"),
    path("steps/<str:task_key>/private", people.private, name="step-private"),
    path("steps/<str:task_key>/private/<uuid:line_id>/delete", people.delete_line, name="line-delete"),
    path("calendar", calendar.page, name="calendar"),
    path("calendar/link", calendar.make, name="calendar-link"),
    path("calendar/end", calendar.end, name="calendar-end"),
    path("calendar/<str:secret>.ics", calendar.fetch, name="calendar-fetch"),
    path("clinic/calls", calls.calls, name="calls"),
    path("clinic/readiness", ready.board, name="readiness"),
    path("clinic/day-changes", day.change, name="day-change"),
    path("clinic/day-changes/<uuid:change_id>", day.changed, name="day-changed"),
    path("clinic/infusions/<uuid:infusion_id>/ready", ready.ready, name="ready"),
    path("clinic/infusions/<uuid:infusion_id>/override", ready.override, name="override"),
    path("clinic/series/<uuid:series_id>", staff.series, name="series"),
]
