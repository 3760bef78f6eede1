"""Every address of Luna."""

from django.urls import path

from luna import checks, health

_ = checks  # Registered by being imported.

urlpatterns = [
    path("health", health.health, name="health"),
    path("metrics", health.metrics, name="metrics"),
]
