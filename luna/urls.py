"""Every address of Luna."""

from django.urls import include, path

from luna import checks, health

_ = checks  # Registered by being imported.

urlpatterns = [
    path("health", health.health, name="health"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("luna.people.urls")),
    path("", include("luna.notices.urls")),
    path("", include("luna.escalation.urls")),
    path("", include("luna.consents.urls")),
    path("", include("luna.intake.urls")),
    path("", include("luna.treatment.urls")),
    path("", include("luna.careplan.urls")),
    path("", include("luna.checkins.urls")),
    path("", include("luna.web.urls")),
]

handler400 = "luna.web.views.bad_request"
handler403 = "luna.web.views.forbidden"
handler404 = "luna.web.views.page_not_found"
handler500 = "luna.web.views.server_error"
