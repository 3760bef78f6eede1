"""Addresses of the escalations' pages."""

from django.urls import path

from luna.escalation import views

urlpatterns = [
    path("write", views.write, name="write"),  # an address that tells nothing to whoever reads a history
    path("told/<uuid:step_id>", views.told, name="told"),
    path("clinic/escalations", views.board, name="escalations"),
    path("clinic/escalations/<uuid:escalation_id>", views.one, name="escalation"),
    path(
        "clinic/escalations/<uuid:escalation_id>/acknowledge",
        views.acknowledge,
        name="escalation-acknowledge",
    ),
    path("clinic/escalations/<uuid:escalation_id>/hand-over", views.hand_over, name="escalation-hand-over"),
    path("clinic/escalations/<uuid:escalation_id>/accept", views.accept, name="escalation-accept"),
    path("clinic/escalations/<uuid:escalation_id>/close", views.close, name="escalation-close"),
    path("hooks/voice/<uuid:notice_id>/<int:fence>/pressed", views.pressed, name="hook-pressed"),
    path("clinic/ladder", views.ladder_page, name="ladder"),
]
