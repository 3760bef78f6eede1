import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luna.audit import actions
from luna.audit.models import AuditEvent, AuditUnsealed
from luna.escalation.models import Escalation
from tests import cast as people


def test_record_keeps_ids_and_codes_only(cast, now):
    event = actions.record(
        "circle.revoke", by=cast.sees("ana"), subject=cast.bea_member, now=now, payload={"name": "Bea Burns"}
    )

    kept = {
        name: str(getattr(event, name)) for name in ("subject_type", "subject_id", "patient_id", "actor_id")
    }
    assert kept == {
        "subject_type": "circlemember",
        "subject_id": str(cast.bea_member.id),
        "patient_id": str(cast.ana_patient.id),
        "actor_id": str(cast.ana.id),
    }
    assert len(event.digest) == 64
    assert AuditUnsealed.objects.get().event == event


@pytest.mark.threat("T5")
def test_record_holds_no_word_a_person_typed(cast, now):
    event = actions.record(
        "patient.change", by=cast.sees("nia"), subject=cast.ana_patient, now=now,
        payload={"name": "Canary Birdsong", "email": "canary@example.org"},
    )  # fmt: skip

    everything = " ".join(str(value) for value in AuditEvent.objects.values_list().get(pk=event.pk))
    assert "anary" not in everything


def test_digest_tells_two_payloads_apart():
    assert actions.digest({"a": 1}) == actions.digest({"a": 1}) != actions.digest({"a": 2})


def test_read_about_a_patient_is_found_by_patient(cast, now):
    actions.read("chart.read", by=cast.sees("nia"), subject=cast.ana_patient, now=now)

    assert AuditEvent.objects.get().patient_id == cast.ana_patient.id


def test_read_again_within_the_hour_writes_nothing(cast, clock):
    for _look in range(3):
        actions.read("chart.read", by=cast.sees("nia"), subject=cast.ana_patient, now=clock.now)
        clock.move(minutes=19)

    assert AuditEvent.objects.count() == 1


def test_read_in_the_next_hour_writes_a_line(cast, clock):
    actions.read("chart.read", by=cast.sees("nia"), subject=cast.ana_patient, now=clock.now)
    actions.read("chart.read", by=cast.sees("nia"), subject=cast.ana_patient, now=clock.move(hours=1))

    assert AuditEvent.objects.count() == 2


def test_read_of_another_page_kind_or_by_another_person_writes_a_line(cast, now):
    actions.read("chart.read", by=cast.sees("nia"), subject=cast.ana_patient, now=now)
    actions.read("series.read", by=cast.sees("nia"), subject=cast.ana_patient, now=now)
    actions.read("chart.read", by=cast.sees("diaz"), subject=cast.ana_patient, now=now)
    actions.read("chart.read", by=cast.sees("nia"), subject=cast.oli_patient, now=now)

    assert AuditEvent.objects.count() == 4


def test_read_has_an_id_of_its_hour(cast, now):
    actions.read("chart.read", by=cast.sees("nia"), subject=cast.ana_patient, now=now)

    id_ = AuditEvent.objects.get().id
    assert (id_.version, id_.variant, id_.int >> 80) == (
        7,
        "specified in RFC 4122",
        int(now.timestamp()) * 1000,
    )


def test_list_writes_one_line_for_each_it_shows(cast, now):
    actions.read_all("list.home", by=cast.sees("nia"), subjects=[cast.ana_patient, cast.oli_patient], now=now)

    lines = AuditEvent.objects.values_list("verb", "patient_id", "reason")
    assert set(lines) == {("list.home", one.id, "") for one in (cast.ana_patient, cast.oli_patient)}
    assert AuditUnsealed.objects.count() == 2


def test_list_seen_again_within_the_hour_writes_only_who_is_new(cast, clock):
    seen = [cast.ana_patient]
    actions.read_all("list.home", by=cast.sees("nia"), subjects=seen, now=clock.now)
    seen.append(cast.oli_patient)

    for _poll in range(3):
        clock.move(minutes=15)
        actions.read_all("list.home", by=cast.sees("nia"), subjects=seen, now=clock.now)

    assert sorted(AuditEvent.objects.values_list("patient_id", flat=True)) == sorted(one.id for one in seen)


def test_list_of_nobody_asks_and_writes_nothing(cast, now, django_assert_num_queries):
    nia = cast.sees("nia")

    with django_assert_num_queries(0):
        actions.read_all("list.home", by=nia, subjects=[], now=now)


def test_list_asks_as_often_for_many_as_for_one(cast, now):
    few = [cast.oli_patient]
    many = [people.patient(cast.harbour, people.user(f"P{n} Penn", now), now) for n in range(20)]

    nia, asked = cast.sees("nia"), []
    for seen in (few, many):
        for _look in range(2):
            with CaptureQueriesContext(connection) as captured:
                actions.read_all("list.home", by=nia, subjects=seen, now=now)
            asked.append(len(captured))

    assert asked[:2] == asked[2:]
    assert asked[1] == 1


@pytest.mark.threat("T1")
def test_list_of_what_only_staff_may_know_says_so(cast, now):
    word = Escalation(clinic=cast.harbour, patient=cast.ana_patient, cause="safety")

    actions.read_all("list.escalations", by=cast.sees("nia"), subjects=[word], now=now)

    assert AuditEvent.objects.get().reason == "staff-only"
