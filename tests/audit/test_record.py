import pytest

from luna.audit import actions
from luna.audit.models import AuditEvent, AuditUnsealed


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
