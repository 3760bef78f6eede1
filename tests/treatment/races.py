"""Bookings, marks and the clock at the same moment, each with a connection of its own.

Run inside a Luna of its own: append-only tables cannot be emptied again after a test.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from uuid6 import uuid7

from luna.careplan import actions as careplan
from luna.careplan import jobs
from luna.careplan.models import ChairOffer, Mark, Outcome
from luna.feed.models import Wake
from luna.notices.models import Notice
from luna.people.access import Viewer
from luna.people.models import Chair, Patient
from luna.records import actions as records
from luna.treatment import actions
from luna.treatment.models import Infusion, Series
from tests import care as cared
from tests import cast as people
from tests.care import Care
from tests.crowding import CROWD, at_once

NOW = datetime(2027, 3, 8, 17, tzinfo=UTC)


def run_all() -> dict[str, Any]:
    """Run every race and return what came of each."""
    cast = people.build(NOW)
    cared.sign(cast, NOW)
    care = Care(cast, cared.start(cast, NOW))
    return {
        race.__name__: race(care)
        for race in (moving, last_chair, taking, withdrawing, starting, marking, keeping, ticking)
    }


def moving(care: Care) -> Any:
    """Two tabs move the same infusion to two times."""
    infusion = care.infusions[5]

    def move(hour: int) -> Any:
        return actions.move(
            infusion_id=infusion.id, start=actions.Start(cared.at(f"03-26 {hour}:00")), why="clinic",
            expected_revision=1, viewer=nia(care), client_id=uuid7(), now=NOW,
        )  # fmt: skip

    found = at_once([lambda: move(11), lambda: move(13)])
    return [sorted(type(one).__name__ for one in found), care.infusions[5].revision]


def last_chair(care: Care) -> Any:
    """As many patients as there are free chairs plus one want the same hour."""
    chairs = Chair.objects.filter(clinic=care.cast.harbour).count()
    wanting = [cared.new_in_care(care.cast, f"P{n} Race", NOW) for n in range(chairs + 1)]
    version = cared.sign(care.cast, NOW)
    for patient in wanting:
        cared.decide(care.cast, patient, NOW)

    def start(patient: Patient) -> Any:
        return actions.start_series(
            patient=patient, content=version, starts=[actions.Start(cared.at("04-05 09:00"))],
            by=cared.staff(care.cast, care.cast.diaz), client_id=uuid7(), now=NOW,
        )  # fmt: skip

    found = at_once([lambda patient=patient: start(patient) for patient in wanting])
    booked = Infusion.objects.filter(starts_at=cared.at("04-05 09:00"))
    names = sorted(type(one).__name__ for one in found)
    return [names, len(set(booked.values_list("chair", flat=True))), booked.count()]


def taking(care: Care) -> Any:
    """Two who were offered the same freed chair say yes."""
    left, offers = _offered(
        care, ("Lee Left", "03-17 15:00"), {"Una One": "03-29 10:00", "Tom Two": "03-29 14:00"}
    )
    found = at_once([lambda one=one: _take(one) for one in (*offers, *offers)])
    return [sorted(type(one).__name__ for one in found), _booked_at(left)]


def withdrawing(care: Care) -> Any:
    """Somebody says yes to an offer that staff take back: which of the two it was, and who has the chair."""
    left, (offer,) = _offered(care, ("Lou Left", "03-19 15:00"), {"Wes Late": "03-31 10:00"})
    found = at_once(
        [
            lambda: _take(offer),
            lambda: careplan.withdraw_offer(offer_id=offer.id, viewer=nia(care), client_id=uuid7(), now=NOW),
        ]
    )
    return [sorted(type(one).__name__ for one in found), _booked_at(left)]


def _offered(care: Care, free: tuple[str, str], wanting: dict[str, str]) -> tuple[Infusion, list[ChairOffer]]:
    """Free a chair and offer it to some with infusions at these times; return it and the offers."""
    left = _booked(care, *free)
    actions.cancel(
        infusion_id=left.id, why="patient", expected_revision=1, viewer=nia(care), client_id=uuid7(), now=NOW
    )
    infusions = [_booked(care, name, start) for name, start in wanting.items()]
    wish = careplan.WaitingWish(tuple(range(7)), driver_name="Rae", adult_name="Rae")
    for one in infusions:
        own = cared.patient(one.patient.user, one.patient)
        careplan.wait(infusion_id=one.id, wish=wish, viewer=own, client_id=uuid7(), now=NOW)
    offers = careplan.offer_chair(
        starts_at=left.starts_at, chair_id=left.chair_id, infusion_ids=[one.id for one in infusions],
        until=NOW + timedelta(hours=2), viewer=nia(care), client_id=uuid7(), now=NOW,
    )  # fmt: skip
    return left, offers


def _booked(care: Care, name: str, start: str) -> Infusion:
    patient = cared.new_in_care(care.cast, name, NOW)
    day, hour = start.split()
    return cared.start(care.cast, NOW, of=patient, starts=(day,), hour=hour).infusions.get()


def _take(offer: ChairOffer) -> Any:
    own = cared.patient(offer.patient.user, offer.patient)
    return careplan.answer_offer(offer_id=offer.id, takes=True, viewer=own, client_id=uuid7(), now=NOW)


def _booked_at(left: Infusion) -> int:
    """Return how many have the chair that was left."""
    return Infusion.objects.filter(starts_at=left.starts_at, chair=left.chair_id, cancelled=False).count()


def starting(care: Care) -> Any:
    """A double click starts a series."""
    version, form = cared.sign(care.cast, NOW), uuid7()
    cared.decide(care.cast, care.cast.oli_patient, NOW)

    def start() -> Any:
        return actions.start_series(
            patient=care.cast.oli_patient, content=version, starts=[actions.Start(cared.at("04-06 09:00"))],
            by=cared.staff(care.cast, care.cast.diaz), client_id=form, now=NOW,
        )  # fmt: skip

    found = at_once([start] * CROWD)
    return [len({one.id for one in found}), Series.objects.filter(patient=care.cast.oli_patient).count()]


def marking(care: Care) -> Any:
    """A double click marks a step."""
    ana, form, key = cared.patient(care.cast.ana, care.cast.ana_patient), uuid7(), care.key("last-food")

    def mark() -> Any:
        return careplan.mark(
            viewer=ana, task_key=key, done=True, revision=1, client_id=form, now=cared.at("03-14 18:00")
        )

    found = at_once([mark] * CROWD)
    return [len({one.id for one in found}), Mark.objects.filter(task_key=key).count()]


def keeping(care: Care) -> Any:
    """A double click keeps a private line."""
    ana, form = cared.patient(care.cast.ana, care.cast.ana_patient), uuid7()

    def keep() -> Any:
        return records.keep_line(viewer=ana, task_key="", text="once", client_id=form, now=NOW)

    return len({one.id for one in at_once([keep] * CROWD)})


def ticking(care: Care) -> Any:
    """Several clocks look at the same patients."""
    now = cared.at("03-15 07:30")
    Wake.objects.update(wake_at=now - timedelta(minutes=1))
    found = at_once([lambda: jobs.run(now)] * CROWD)
    doubled = Notice.objects.count() - len(set(Notice.objects.values_list("key", flat=True)))
    outcomes = Outcome.objects.values_list("task_key", "revision", "result")
    return [sum(found), Wake.objects.count(), doubled, len(outcomes) - len(set(outcomes))]


def nia(care: Care) -> Viewer:
    """Return Nia at work."""
    return cared.staff(care.cast, care.cast.nia)
