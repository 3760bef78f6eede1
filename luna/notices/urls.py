"""Addresses of the messages' pages."""

from django.urls import path

from luna.notices import views

urlpatterns = [
    path("clinic/messages", views.listed, name="messages"),
    path("clinic/calls", views.calls, name="calls"),
    path("clinic/messages/about/<uuid:patient_id>", views.of_patient, name="messages-about"),
    path("clinic/messages/<uuid:notice_id>/resend", views.resend, name="message-resend"),
    path("clinic/messages/<uuid:notice_id>/told", views.told, name="message-told"),
]
