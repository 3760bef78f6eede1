"""Addresses of care plans."""

from django.urls import path

from luna.careplan.views import people, staff

urlpatterns = [
    path("plan", people.plan, name="plan"),
    path("steps/<str:task_key>", people.step, name="step"),
    path("steps/<str:task_key>/mark", people.mark, name="mark"),
    path("steps/<str:task_key>/private", people.private, name="step-private"),
    path("steps/<str:task_key>/private/<uuid:line_id>/delete", people.delete_line, name="line-delete"),
    path("clinic/series/<uuid:series_id>", staff.series, name="series"),
]
