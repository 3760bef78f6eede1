"""Calls: a voice says one sentence and, to staff, waits for a 1. For what cannot wait, and nothing else."""

from xml.etree import ElementTree

from django.conf import settings
from django.utils.translation import gettext as _

from luna.notices.channels import Channel, Letter, Style, email, phone, sink
from luna.notices.models import Reach
from luna.people.models import User

RINGS_S = 25  # then most phones hand over to a mailbox
WAITS_S = 8  # for the 1


class Voice(Channel):
    """The channel of calls. In a demonstration they go to the folder that takes its mail."""

    name = "voice"
    style = Style.SPOKEN

    @staticmethod
    def address(user: User, reach: Reach) -> str:
        """Return the number; "" without a provider or their consent."""
        return reach.mobile if reach.voice_at and phone.may_reach(reach) and is_there() else ""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._is_demo = email.is_demo()
        self._provider = phone.Provider()

    def send(self, letter: Letter) -> str:
        """Have the provider ring them. Raises Refused or Unknown."""
        if self._is_demo:
            sink.keep(letter.address, _("Call"), letter.body, key=letter.key)
            return ""
        fields = {
            "To": letter.address,
            "From": settings.LUNA_VOICE_FROM,
            "Twiml": script(letter),
            "Timeout": str(RINGS_S),
            "MachineDetection": "Enable",
            "StatusCallback": phone.hook(letter),
            "StatusCallbackEvent": "completed",
        }
        return self._provider.post("Calls", f"{letter.key}-voice", fields)

    def close(self) -> None:
        """Let go of the connections."""
        self._provider.close()


def is_there() -> bool:
    """Say whether anybody can be rung from here at all."""
    return phone.is_set_up(settings.LUNA_VOICE_FROM) or email.is_demo()


def script(letter: Letter) -> str:
    """Return what the provider is to do: say the words twice and, where they ask, wait for a key."""
    root = ElementTree.Element("Response")
    at = root
    if letter.asks:
        gather = {"numDigits": "1", "timeout": str(WAITS_S), "action": phone.hook(letter, "pressed")}
        at = ElementTree.SubElement(root, "Gather", gather)
    ElementTree.SubElement(at, "Say", {"loop": "2"}).text = letter.body
    return ElementTree.tostring(root, encoding="unicode")


def saying(words: str) -> str:
    """Return what the provider is to do to say a last sentence, "" for none, and ring off."""
    root = ElementTree.Element("Response")
    if words:
        ElementTree.SubElement(root, "Say").text = words
    return ElementTree.tostring(root, encoding="unicode")
