"""The comfort card of a patient: the one that stands for an infusion, and what it says in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from luna.clinical import comfort
from luna.clinical.comfort import Card
from luna.people.access import Viewer
from luna.treatment import plans
from luna.treatment.models import ComfortCard, Infusion, Moment, Series

What = Moment.What
# What was written, in the order it was written.
CARDS = ComfortCard.objects.order_by("recorded_at", "id")
# What the patient is asked, and what they can say.
QUESTIONS = {
    "near": (
        _("Who is near you?"),
        {
            "room": _("My caretaker, in the room"),
            "outside": _("My caretaker, outside the room"),
            "nurse": _("Only the nurse"),
        },
    ),
    "voice": (_("Voice"), {"silent": _("Silence"), "few": _("A few soft words")}),
    "touch": (_("Touch"), {"none": _("No touch"), "hand": _("A hand on my hand")}),
    "sound": (
        _("Sound"),
        {"own": _("My own music"), "calm": _("A calm sound"), "quiet": _("No sound")},
    ),
    "light": (_("Light"), {"dim": _("Dim"), "normal": _("As it is")}),
    "mask": (_("Eye mask"), {"yes": _("Yes"), "no": _("No")}),
    "blanket": (_("Blanket"), {"yes": _("Yes"), "no": _("No")}),
}
# The same as others read it, in few words; "" is what stands there while it is not said.
SHORT = {
    "near": {
        "": _("Who is near: not said"),
        "room": _("Caretaker in the room"),
        "outside": _("Caretaker outside the room"),
        "nurse": _("Only the nurse"),
    },
    "voice": {"": _("Voice: not said"), "silent": _("Silence"), "few": _("A few soft words")},
    "touch": {"": _("Touch: not said"), "none": _("No touch"), "hand": _("A hand on their hand")},
    "sound": {
        "": _("Sound: not said"),
        "own": _("Their own music"),
        "calm": _("A calm sound"),
        "quiet": _("No sound"),
    },
    "light": {"": _("Light: not said"), "dim": _("Dim light"), "normal": _("Light as it is")},
    "mask": {"": _("Eye mask: not said"), "yes": _("Eye mask"), "no": _("No eye mask")},
    "blanket": {"": _("Blanket: not said"), "yes": _("Blanket"), "no": _("No blanket")},
}
LINES = (("near", "voice", "touch"), ("sound", "light", "mask", "blanket"))


@dataclass(frozen=True, slots=True)
class AtHand:
    """The series and infusion a card is about now.

    infusion: the running one, else the next. card: what stands for it. open: the first that has not
    started, which a change still counts for; None when there is none.
    """

    series: Series
    infusion: Infusion
    card: Card | None
    open: Infusion | None


def at_hand(viewer: Viewer, now: datetime) -> AtHand | None:
    """Return what a patient's or caretaker's card is about now, None while no infusion is ahead."""
    booked = Infusion.objects.filter(cancelled=False).prefetch_related("moments")
    rows = (
        Series.objects.visible_to(viewer)
        .filter(patient_id=viewer.patient_id, stopped_at=None)
        .prefetch_related(
            Prefetch("infusions", booked.order_by("starts_at", "id")), Prefetch("comfort_cards", CARDS)
        )
    )
    found = [(series, one) for series in rows for one in series.infusions.all() if not is_over(one, now)]
    if not found:
        return None
    series, infusion = min(found, key=lambda pair: (pair[1].starts_at, pair[1].id))
    ahead = (one for one in series.infusions.all() if not is_over(one, now) and started_at(one) is None)
    return AtHand(series, infusion, _standing(list(series.comfort_cards.all()), infusion), next(ahead, None))


def of(viewer: Viewer, infusion: Infusion) -> Card | None:
    """Return the card that stands for an infusion, None while there is none. Needs its moments. One query."""
    return _standing(list(CARDS.visible_to(viewer).filter(series=infusion.series_id)), infusion)


def latest(viewer: Viewer) -> Card | None:
    """Return the newest card a patient ever wrote for a whole series: what the next one begins with."""
    row = CARDS.visible_to(viewer).filter(patient_id=viewer.patient_id, infusion=None).last()
    return _card(row) if row else None


def started_at(infusion: Infusion) -> datetime | None:
    """Return when an infusion started, None before that. Needs its moments."""
    return plans.standing_moments(infusion).get(What.STARTED)


def is_over(infusion: Infusion, now: datetime) -> bool:
    """Say whether an infusion is over: the patient has left, or it was never begun and its time is past.

    Needs its moments.
    """
    # One that runs late is still the one at hand.
    late = plans.EARLY if started_at(infusion) else timedelta(0)
    return plans.has_left(infusion) or infusion.leaves_at + late <= now


def lines(card: Card | None) -> list[str]:
    """Return a card in three lines, as whoever is in the room reads it; what is not said is named so."""
    if card is None or card.is_empty:
        return [gettext("Nothing is said yet. Touch only what was agreed beforehand.")]
    first, second = (" · ".join(short(card, name) for name in of_line) for of_line in LINES)
    return [first, second, _own_words(card)]


def short(card: Card, name: str) -> str:
    """Return the answer to one question in few words, also when it is not said."""
    return str(SHORT[name][card.said.get(name, "")])


def _own_words(card: Card) -> str:
    said: tuple[tuple[Any, str], ...] = (
        (_("Calms: %(words)s"), card.calms),
        (_("Not wanted: %(words)s"), card.avoid),
    )
    words = [label % {"words": text} for label, text in said if text]
    return " · ".join(words) or gettext("What calms, what not: not said")


def _standing(rows: list[ComfortCard], infusion: Infusion) -> Card | None:
    return comfort.standing(map(_card, rows), infusion.id.hex, started_at(infusion))


def _card(row: ComfortCard) -> Card:
    return Card(
        at=row.at,
        said=row.said,
        calms=row.calms,
        avoid=row.avoid,
        infusion=row.infusion_id.hex if row.infusion_id else None,
    )
