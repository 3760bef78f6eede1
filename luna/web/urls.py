"""Addresses of what belongs to everyone."""

from django.urls import path

from luna.web import views

urlpatterns = [
    path("now", views.now, name="now"),
    path("therapy", views.therapy, name="therapy"),
    path("worried", views.worried, name="worried"),
    path("calm", views.calm, name="calm"),
    path("calm/sounds", views.sounds, name="sounds"),
    path("calm/practices", views.practices, name="practices"),
    path("feed", views.feed, name="feed"),
    path("offline", views.offline, name="offline"),
    path("sw.js", views.service_worker, name="service-worker"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("demo", views.demo_people, name="demo"),
    path("demo/as/<slug:slug>", views.demo_sign_in, name="demo-as"),
    path("demo/start-over", views.demo_start_over, name="demo-start-over"),
    path("demo/outbox", views.demo_outbox, name="demo-outbox"),
]
