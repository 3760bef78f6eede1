"""Text messages, to the number somebody confirmed and agreed to be written to on."""

from django.conf import settings
from django.utils.translation import gettext as _
from uuid6 import uuid7

from luna.notices.channels import Channel, Letter, Style, email, phone, sink
from luna.notices.models import Reach
from luna.people.models import User


class Sms(Channel):
    """The channel of text messages. In a demonstration they go to the folder that takes its mail."""

    name = "sms"
    style = Style.LINE

    @staticmethod
    def address(user: User, reach: Reach) -> str:
        """Return the number; "" without a provider, their consent, or after they answered STOP."""
        return reach.mobile if reach.writes and phone.may_reach(reach) and is_there() else ""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._is_demo = email.is_demo()
        self._provider = phone.Provider()

    def send(self, letter: Letter) -> str:
        """Hand one text message to the provider. Raises Refused or Unknown."""
        if self._is_demo:
            sink.keep(letter.address, "SMS", letter.body, key=letter.key)
            return ""
        fields = {"To": letter.address, "From": settings.LUNA_SMS_FROM, "Body": letter.body}
        fields["StatusCallback"] = phone.hook(letter)
        return self._provider.post("Messages", f"{letter.key}-sms", fields)

    def close(self) -> None:
        """Let go of the connections."""
        self._provider.close()


def code(to: str, number: str) -> None:
    """Send the code that proves a number is read by who gave it. Raises Refused or Unknown.

    Past the ledger, as a sign-in code: it is of no use later.
    """
    _send(to, _("Luna: your code is %(code)s. Nobody will ever ask you for it.") % {"code": number})


def number_changed(to: str, link: str) -> None:
    """Tell the number somebody had that it is theirs no more. Raises Refused or Unknown.

    link: takes that back. Past the ledger, which knows only the number they have now.
    """
    words = _("Luna: no more messages come to this number. Was that not you? Take it back: %(link)s")
    _send(to, words % {"link": link})


def _send(to: str, body: str) -> None:
    key = uuid7().hex
    if email.is_demo():
        sink.keep(to, "SMS", body, key=key)
        return
    provider = phone.Provider()
    try:
        provider.post("Messages", key, {"To": to, "From": settings.LUNA_SMS_FROM, "Body": body})
    finally:
        provider.close()


def is_there() -> bool:
    """Say whether text messages can be sent here at all."""
    return phone.is_set_up(settings.LUNA_SMS_FROM) or email.is_demo()
