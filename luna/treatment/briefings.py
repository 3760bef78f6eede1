"""Which adults have signed that they can stay, and what of the briefing is new to somebody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch
from django.utils.translation import get_language

from luna.library import content
from luna.library.briefing import Briefing as Cards
from luna.library.wording import Guide
from luna.people.access import Viewer
from luna.treatment.models import Briefing, Series

NAME = "caretaker"
# What was signed for a series, in the order it was.
SIGNED = Prefetch("briefings", Briefing.objects.order_by("recorded_at", "id"))


@dataclass(frozen=True, slots=True)
class Standing:
    """How one adult stands with the briefing of one series.

    series: the one that goes on, None without one. signed_at: for this series, None while they have not.
    before: what they signed last, for anybody; then only what is new is shown. fresh: those cards.
    """

    series: Series | None
    signed_at: datetime | None
    before: Briefing | None
    cards: tuple[Guide, ...]
    fresh: tuple[Guide, ...]

    @property
    def in_full(self) -> bool:
        """Say whether every card is read, and the questions are asked: once for an adult."""
        return self.before is None


def packaged() -> Cards:
    """Return the briefing of an adult who stays at home."""
    return content.briefing(NAME)


def cards() -> tuple[Guide, ...]:
    """Return its cards in the language of the page."""
    found = packaged()
    language = get_language() or content.ENGLISH
    return tuple(content.guide(found.reader, name, language) for name in found.cards)


def versions() -> dict[str, str]:
    """Return card -> version, as a signature keeps it."""
    return {card.id: card.version for card in cards()}


def signed(series: Series) -> Mapping[str, datetime]:
    """Return who signed for a series that came through `plans.loaded`, by hex, and when they first did."""
    found: dict[str, datetime] = {}
    for row in series.briefings.all():
        found.setdefault(row.adult_id.hex, row.at)
    return found


def standing(viewer: Viewer, adult_id: UUID, patient_id: UUID) -> Standing:
    """Return how an adult stands with the briefing for a patient whom the viewer may see."""
    running = Series.objects.visible_to(viewer).filter(patient_id=patient_id, stopped_at=None)
    series = running.order_by("-started_at", "-id").first()
    ours = Briefing.objects.filter(series=series, adult=adult_id) if series else Briefing.objects.none()
    first = ours.order_by("recorded_at", "id").first()
    before = Briefing.objects.filter(adult=adult_id).order_by("-recorded_at", "-id").first()
    known = before.cards if before else {}
    shown = cards()
    return Standing(
        series=series,
        signed_at=first.at if first else None,
        before=before,
        cards=shown,
        fresh=tuple(card for card in shown if known.get(card.id) != card.version),
    )
