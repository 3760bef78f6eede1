"""What is shared ends with the series: a week after its last infusion, wherever that is moved."""

from datetime import timedelta
from uuid import uuid4

from luna.people.actions.sharing import AFTER_SERIES
from luna.people.models import Patient
from luna.treatment import actions
from luna.treatment.slots import Start
from tests.care import at, staff


def ends_at(care):
    return Patient.objects.get(pk=care.cast.ana_patient.pk).sharing_ends_at


def last_ends(care):
    return max(one.leaves_at for one in care.infusions if not one.cancelled) + AFTER_SERIES


def change(care, do, infusion=6, **more):
    visit = care.infusions[infusion - 1]
    do(
        infusion_id=visit.id, why="clinic", expected_revision=visit.revision,
        viewer=staff(care.cast, care.cast.nia), client_id=uuid4(), **more,
    )  # fmt: skip


def test_started_series_says_when_sharing_ends(care):
    assert ends_at(care) == last_ends(care)


def test_last_infusion_moved_or_cancelled_moves_the_end(care, now):
    change(care, actions.move, start=Start(at("03-29 09:00")), now=now)
    moved = ends_at(care)
    change(care, actions.cancel, now=now)

    assert (
        moved
        == at("03-29 09:00") + (care.infusions[0].leaves_at - care.infusions[0].starts_at) + AFTER_SERIES
    )
    assert ends_at(care) == last_ends(care) < moved


def test_booked_infusion_puts_the_end_off(care, now):
    actions.book(
        series_id=care.series.id, start=Start(at("04-05 09:00")), viewer=staff(care.cast, care.cast.nia),
        client_id=uuid4(), now=now,
    )  # fmt: skip

    assert ends_at(care) == last_ends(care) > at("04-05 09:00")


def test_stopped_series_is_over_when_it_is_stopped(care, now):
    later = now + timedelta(days=1)
    actions.stop_series(
        series_id=care.series.id, why="clinic", version=care.series.version,
        viewer=staff(care.cast, care.cast.diaz), client_id=uuid4(), now=later,
    )  # fmt: skip

    assert ends_at(care) == later + AFTER_SERIES
