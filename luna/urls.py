"""Every address of Luna."""

from django.urls import path

from luna import health

urlpatterns = [
    path("health", health.health, name="health"),
]
