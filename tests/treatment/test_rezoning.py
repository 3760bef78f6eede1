"""The clinic goes over to another zone: what goes by the clock is asked again, and told once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid6 import uuid7

from luna.careplan import plans
from luna.notices import actions as notices
from luna.notices.models import Notice
from luna.people.actions.clinic import change_clinic
from luna.people.errors import Stale
from luna.people.models import Clinic
from luna.treatment import actions
from luna.treatment.models import Series
from tests import care as cared

NOON = "03-14 12:00"
FOOD = "last-food"


def rezone(cast, zone, when=NOON, version=None):
    clinic = Clinic.objects.get(id=cast.harbour.id)
    return change_clinic(
        clinic=clinic, values={"zone": zone}, version=version or clinic.version, by=cast.sees("diaz"),
        now=cared.at(when),
    )  # fmt: skip


def told():
    return sorted(Notice.objects.filter(words="clock-changed").values_list("to_user__name", flat=True))


def tasks(care):
    (plan,) = plans.plans_of(Series.objects.filter(id=care.series.id), cared.at(NOON))
    return plan.tasks


def task(care, step):
    return next(one for one in tasks(care) if one.key == care.key(step))


def times(one):
    return one.opens_at, one.due_at, one.closes_at, one.kind_at


@pytest.mark.hazard("H7")
def test_everybody_who_goes_by_the_times_is_told_once(care, cast):
    rezone(cast, "America/Chicago")

    assert told() == ["Ana Abel", "Bea Burns"]


@pytest.mark.parametrize("zone", ["America/New_York", "America/Toronto"])
def test_nobody_is_told_where_no_instant_changed(care, cast, zone):
    rezone(cast, zone)

    assert told() == []
    assert Series.objects.get(id=care.series.id).rezoned is None


def test_nobody_is_told_once_the_series_is_over(care, cast):
    rezone(cast, "America/Chicago", "05-30 12:00")

    assert told() == []


def test_other_settings_tell_nobody(care, cast):
    clinic = Clinic.objects.get(id=cast.harbour.id)
    change_clinic(
        clinic=clinic, values={"name": "Harbor"}, version=clinic.version, by=cast.sees("diaz"),
        now=cared.at(NOON),
    )  # fmt: skip

    assert told() == []


def test_another_clinic_hears_nothing(care, cast):
    clinic = Clinic.objects.get(id=cast.hill.id)
    change_clinic(
        clinic=clinic, values={"zone": "America/Chicago"}, version=clinic.version, by=cast.sees("eve"),
        now=cared.at(NOON),
    )  # fmt: skip

    assert told() == []


def test_same_form_again_tells_nobody_again(care, cast):
    rezone(cast, "America/Chicago", version=1)
    with pytest.raises(Stale):
        rezone(cast, "America/Chicago", version=1)

    assert told() == ["Ana Abel", "Bea Burns"]


def test_second_change_is_told_again(care, cast):
    rezone(cast, "America/Chicago")
    rezone(cast, "America/Denver", "03-14 13:00")

    assert told() == ["Ana Abel", "Ana Abel", "Bea Burns", "Bea Burns"]


@pytest.mark.hazard("H7")
def test_mark_of_a_former_time_is_asked_again_and_its_reminder_withdrawn(care, cast):
    before = task(care, FOOD)
    notice = notices.plan(
        key="x", words="step-open", clinic_id=cast.harbour.id, patient_id=cast.ana_patient.id,
        to_user_id=cast.ana.id, due_at=cared.at("03-14 20:00"), task_key=before.key, revision=1,
        now=cared.at(NOON),
    )  # fmt: skip

    rezone(cast, "America/Chicago")

    after = task(care, FOOD)
    assert (after.due_at, after.revision) == (before.due_at, before.revision + 1)
    assert after.kind_at != before.kind_at
    notice.refresh_from_db()
    assert notice.state == Notice.State.VOID


def test_what_has_the_same_instants_is_not_asked_again(care, cast):
    before = {one.key: (times(one), one.revision) for one in tasks(care)}

    rezone(cast, "America/Chicago")

    after = {one.key: (times(one), one.revision) for one in tasks(care)}
    same = {key for key in before if before[key][0] == after[key][0]}
    assert 0 < len(same) < len(before)
    assert {key for key in before if before[key][1] == after[key][1]} == same


def test_ride_duty_and_booking_stand(care, cast):
    row = care.infusions[0]

    rezone(cast, "America/Chicago")

    after = care.infusions[0]
    assert (after.starts_at, after.revision, after.times_revision) == (row.starts_at, 1, 1)


def test_move_after_it_asks_again_all_the_same(care, cast):
    rezone(cast, "America/Chicago")
    between = task(care, FOOD).revision
    row = care.infusions[0]
    actions.move(
        infusion_id=row.id, start=actions.Start(cared.at("03-15 10:00"), anyway=True), why="clinic",
        expected_revision=1, viewer=cast.sees("nia"), client_id=uuid7(), now=cared.at("03-14 13:00"),
    )  # fmt: skip

    assert task(care, FOOD).revision > between


def test_change_takes_as_many_reads_for_many(care, cast, now):
    reads = []
    for zone in ("America/Chicago", "America/Denver"):
        with CaptureQueriesContext(connection) as found:
            rezone(cast, zone)
        reads.append(sum('FROM "treatment_infusion"' in one["sql"] for one in found))
        if zone == "America/Chicago":
            cared.start(cast, now, of=cast.oli_patient, hour="11:00")

    assert (len(told()), reads[0]) == (7, reads[1])


def test_settings_say_beforehand_what_another_zone_does(cast, clock):
    page = cast.browser("diaz", clock.now, fresh=True).get("/clinic/settings/clinic").content.decode()

    assert "booked infusions stay at their moment" in page
    assert "it is asked again, and everybody who goes by it gets a message" in page
