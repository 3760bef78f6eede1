"""The board of who is ready: what the clock kept shows exactly what would be worked out."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from uuid6 import uuid7

from luna.careplan import actions, jobs, plans
from luna.careplan.models import Standing
from luna.clinical.ride import Said
from luna.feed.models import Wake
from luna.intake.actions import medicines
from luna.people.actions import circle, identity, safety, staff
from luna.people.models import Clinic, Clinician
from luna.treatment import actions as treatment
from tests import care as cared
from tests.careplan import readying
from tests.careplan.readying import DAWN, EVE
from tests.consents import asking


@pytest.fixture
def look(care):
    """Let the clock look at everybody at a time, then return what the board shows a minute later."""

    def at(when):
        Wake.objects.update(wake_at=cared.at(when))
        jobs.run(cared.at(when))
        return cared.at(when) + timedelta(minutes=1)

    return at


def shown(cast, now, most=None):
    """Return all that the board shows: days, parts, rows with their cells and sentences."""
    return [
        (day.on, [(part.count, [_row(one) for one in part.shown]) for part in day.parts])
        for day in plans.board(cast.sees("nia"), now, most=most)
    ]


def worked_out(cast, now):
    """Return what the board shows when nothing was kept."""
    kept = list(Standing.objects.all())
    Standing.objects.all().delete()
    found = shown(cast, now)
    Standing.objects.bulk_create(kept)
    return found


def _row(one):
    lines = [(line, line.text, line.who, line.by, line.to) for line in one.lines]
    return one.row.id, one.patient.name, one.level, one.word, one.state, one.of.number, one.of.total, lines


def is_kept(care, now):
    """Say whether what the clock kept of the first infusion counts."""
    wake = Wake.objects.get(patient_id=care.series.patient_id).wake_at
    return wake > now and Standing.objects.filter(infusion=care.infusions[0], wake_at=wake).exists()


@pytest.mark.parametrize("when", ["03-13 08:00", "03-14 10:00", EVE, DAWN, "03-15 08:57", "03-15 09:01"])
def test_what_is_kept_is_what_would_be_worked_out(care, cast, look, when):
    now = look(when)

    assert is_kept(care, now)
    assert shown(cast, now) == worked_out(cast, now)


def test_infusion_that_is_overridden_comes_back_as_it_was(care, cast, look):
    readying.before(care, cared.at("03-09 12:00"))
    readying.eve(care)
    readying.arrive(care)
    readying.check(care, food="03-15 07:00")
    order(care, cast, cared.at("03-15 08:46"))
    now = look("03-15 08:50")

    assert is_kept(care, now)
    assert shown(cast, now) == worked_out(cast, now)


def tell_medicine(care, cast, now):
    ana = cast.sees("ana")
    said = medicines.Said("lithium")
    medicines.tell(viewer=ana, patient=ana.patient, said=said, client_id=uuid7(), now=now)


def zone(care, cast, now):
    identity.update_profile(cast.ana, name="Ana Abel", zone="Asia/Tokyo", language="", version=1, now=now)


def order(care, cast, now):
    found = plans.readiness_of(cast.sees("nia"), care.infusions[0].id, now).readiness
    actions.override(
        infusion_id=care.infusions[0].id, keys=[one.key for one in found.reasons if one.can_be_overridden],
        words="Seen by me.", prescriber_id=None, read_back=False, revision=1, viewer=cast.sees("diaz"),
        client_id=uuid7(), now=now,
    )  # fmt: skip


def bar(care, cast, now):
    values = {"safe": "no", "phone": "", "voicemail": False, "barred": [str(cast.bea.id)], "note": ""}
    safety.note(
        patient=cast.ana_patient, values=values, before=None, by=cast.sees("nia"), client_id=uuid7(), now=now
    )


def cannot(care, cast, now):
    treatment.say_duty(
        infusion_id=care.infusions[0].id, said="cannot", who_id=cast.bea.id, viewer=cast.sees("bea"),
        client_id=uuid7(), now=now,
    )  # fmt: skip


def move(care, cast, now):
    treatment.move(
        infusion_id=care.infusions[0].id, start=treatment.Start(cared.at("03-15 14:00")), why="clinic",
        expected_revision=1, viewer=cast.sees("nia"), client_id=uuid7(), now=now,
    )  # fmt: skip


def cancel(care, cast, now):
    treatment.cancel(
        infusion_id=care.infusions[0].id, why="patient", expected_revision=1, viewer=cast.sees("nia"),
        client_id=uuid7(), now=now,
    )  # fmt: skip


def leave(care, cast, now):
    circle.leave(by=cast.sees("bea"), now=now)


def stop(care, cast, now):
    treatment.stop_series(
        series_id=care.series.id,
        why="patient",
        version=1,
        viewer=cast.sees("diaz"),
        client_id=uuid7(),
        now=now,
    )


def retire(care, cast, now):
    mine = Clinician.objects.get(user=cast.diaz, clinic=cast.harbour)
    staff.change(
        clinician=mine, title="MD", roles=["admin"], version=mine.version, by=cast.sees("diaz"), now=now
    )


CHANGES = {
    "consent": lambda care, cast, now: (asking.sign_text(cast, now), asking.sign(cast, now)),
    "new text": lambda care, cast, now: asking.sign_text(cast, now),
    "decision": lambda care, cast, now: cared.decide(cast, cast.ana_patient, now, verdict="not-now"),
    "medicine": tell_medicine,
    "ride": lambda care, cast, now: readying.drives(care, now),
    "no ride": lambda care, cast, now: (readying.drives(care, now), readying.drive(care, Said.DECLINED, now)),
    "mark": lambda care, cast, now: readying.mark(care, "orders", "nia", now, of=care.series.id.hex),
    "override": order,
    "barred": bar,
    "duty": cannot,
    "move": move,
    "cancel": cancel,
    "left the circle": leave,
    "series stopped": stop,
    "staff": retire,
    "zone": zone,
    "arrived": lambda care, cast, now: care.say("arrived", now),
}


# Nobody had signed an older text, waits for a prescriber, or said at which hours they are there.
SAME = ("new text", "staff", "zone")


@pytest.mark.hazard("H8")
@pytest.mark.parametrize("change", CHANGES)
def test_whatever_happens_takes_away_what_was_kept(care, cast, look, change):
    now = look("03-15 08:00")
    before = shown(cast, now)

    CHANGES[change](care, cast, now)

    assert not is_kept(care, now)
    assert shown(cast, now) == worked_out(cast, now)
    if change not in SAME:
        assert shown(cast, now) != before


def test_rows_beyond_the_most_are_counted_and_the_gravest_are_shown(care, cast, look, now):
    someone = cared.new_in_care(cast, "Max Moor", now)
    cared.start(cast, cared.at("03-09 12:00"), of=someone, hour="13:00")
    cared.decide(cast, someone, cared.at("03-10 12:00"), verdict="not-now")
    at = look("03-15 08:00")

    today, _tomorrow = plans.board(cast.sees("nia"), at, most=1)

    assert [one.patient for one in today.waiting.shown] == [someone]
    assert (today.waiting.count, today.count) == (2, 2)
    assert [one.patient for one in plans.board(cast.sees("nia"), at, most=None)[0].waiting.shown] == [
        someone, cast.ana_patient,
    ]  # fmt: skip


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Perth", "Pacific/Kiritimati"])
def test_days_are_the_ones_on_the_clinics_calendar(cast, zone):
    Clinic.objects.update(zone=zone)

    days = plans.board(cast.sees("nia"), datetime(2027, 3, 15, 9, tzinfo=ZoneInfo(zone)), most=None)

    assert [day.on for day in days] == [date(2027, 3, 15), date(2027, 3, 16)]


@pytest.mark.parametrize("who", ["ana", "bea", "cal", "eve", "dee"])
def test_nobody_else_reads_what_is_kept(care, cast, look, who):
    look("03-15 08:00")

    assert not Standing.objects.visible_to(cast.sees(who)).exists()


def test_board_that_is_kept_takes_few_queries_however_many_infusions(
    care, cast, look, now, django_assert_num_queries
):
    for number in range(3):
        someone = cared.new_in_care(cast, f"Max{number} Moor", now)
        cared.start(cast, cared.at("03-09 12:00"), of=someone, hour=f"{10 + 2 * number}:00")
    at, nia = look("03-15 08:00"), cast.sees("nia")

    with django_assert_num_queries(3):  # where each stands, what was kept of those shown, whom a tap reaches
        today, _tomorrow = plans.board(nia, at, most=None)
    assert today.count == 4
