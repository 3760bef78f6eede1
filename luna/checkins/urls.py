"""Addresses of the hours at home."""

from django.urls import path

from luna.checkins import views

urlpatterns = [
    path("check-in/<str:task_key>", views.check_in, name="check-in"),
    path("check-in/<str:task_key>/result/<uuid:response_id>", views.result, name="check-in-result"),
    path("clinic/check-ins/<str:task_key>", views.phoned, name="check-in-phoned"),
    path(
        "clinic/check-ins/<str:task_key>/result/<uuid:response_id>",
        views.phoned_result,
        name="check-in-phoned-result",
    ),
    path("home", views.home, name="home"),
    path("home/with-them", views.take_over, name="take-over"),
    path("clinic/at-home", views.at_home, name="at-home"),
    path("clinic/at-home/<uuid:infusion_id>/with-them", views.told_with_them, name="told-with-them"),
]
