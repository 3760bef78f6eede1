"""How somebody helps: where, when, how old, on what phone, in which language."""

from dataclasses import asdict, dataclass
from typing import Any

from luna.people.models import CircleMember

Device = CircleMember.Device


@dataclass(frozen=True, slots=True)
class Helping:
    """What is known of how somebody helps. hours: [weekday, from, to] as in `people.hours`.

    is_adult: None while nobody has said whether they are 18 or older; nothing is guessed.
    """

    help: str = ""
    hours: tuple[tuple[int, str, str], ...] = ()
    is_adult: bool | None = None
    device: str = Device.OWN
    language: str = ""
    interpreter: bool = False

    @property
    def columns(self) -> dict[str, Any]:
        """Return it as the columns of a CircleMember."""
        return asdict(self) | {"hours": [list(window) for window in self.hours]}
