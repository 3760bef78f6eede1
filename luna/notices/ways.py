"""Every channel there is, by name. To add one: a module in `channels/`, and a line here.

Its place among the others, for who never chose, is in `clinical.reaching.USUAL`; what it is called on
pages is in NAMES. Attempts keep its name, so a name never changes.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from luna.notices.channels import Channel, email, push, sms, voice
from luna.notices.models import Reach
from luna.people.models import User

CHANNELS: dict[str, type[Channel]] = {
    channel.name: channel for channel in (push.Push, email.Email, sms.Sms, voice.Voice)
}
NAMES: dict[str, Promise] = {
    "push": _("On the phone or computer itself"),
    "email": _("E-mail"),
    "sms": _("Text message"),
    "voice": _("Call"),
    "person": _("Staff told them"),
}


def name(code: str) -> str:
    """Return what people call a channel; one that a newer Luna used keeps its code."""
    return str(NAMES.get(code, code))


def addresses(user: User, reach: Reach) -> dict[str, str]:
    """Return where each channel reaches somebody; those that do not are left out."""
    found = {name: channel.address(user, reach) for name, channel in CHANNELS.items()}
    return {name: address for name, address in found.items() if address}
