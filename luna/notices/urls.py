"""Addresses of the messages' pages."""

from django.urls import path, register_converter

from luna.notices.views import hooks, messages, number, push, reach, together


class Telephone:
    """A channel whose provider tells later what became of a try."""

    regex = "sms|voice"

    def to_python(self, value: str) -> str:
        """Return the channel's name."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it stands in an address."""
        return value


register_converter(Telephone, "telephone")

urlpatterns = [
    path("me/reach", reach.reach, name="reach"),
    path("me/reach/number", reach.number, name="reach-number"),
    path("me/reach/code", reach.code, name="reach-code"),
    path("me/reach/forget", reach.forget, name="reach-forget"),
    path("me/reach/push", push.turn_on, name="push"),
    path("me/reach/push/off", push.turn_off, name="push-off"),
    path("me/messages", together.together, name="together"),
    path("u/<str:secret>", number.link, name="number-undo-link"),
    path("undo-number", number.undo, name="number-undo"),
    path("n/<uuid:notice_id>", push.opened, name="notice"),
    path("hooks/mail", hooks.mail, name="hook-mail"),
    path("hooks/sms/reply", hooks.reply, name="hook-reply"),
    path("hooks/<telephone:channel>/<uuid:notice_id>/<int:fence>", hooks.status, name="hook-status"),
    path("clinic/messages", messages.listed, name="messages"),
    path("clinic/messages/all", messages.history, name="messages-all"),
    path("clinic/messages/about/<uuid:patient_id>", messages.of_patient, name="messages-about"),
    path("clinic/messages/<uuid:notice_id>/resend", messages.resend, name="message-resend"),
    path("clinic/messages/<uuid:notice_id>/told", messages.told, name="message-told"),
    path("clinic/messages/<uuid:notice_id>/to", messages.to_person, name="messages-to"),
]
