from luna.feed import actions
from luna.feed.models import Counter, Wake


def test_changed_counts_and_wakes_the_patient(cast, now):
    patient = cast.ana_patient

    for _change in range(3):
        actions.changed(clinic_id=patient.clinic_id, patient_id=patient.id, now=now)

    assert Counter.objects.get(clinic_id=patient.clinic_id).n == 3
    assert Wake.objects.get(patient_id=patient.id).wake_at == now


def test_changed_for_all_wakes_only_this_clinic(cast, now, clock):
    for patient in (cast.ana_patient, cast.oli_patient, cast.zoe_patient):
        actions.wake(clinic_id=patient.clinic_id, patient_ids=[patient.id], now=now)

    later = clock.move(hours=1)
    actions.changed_for_all(clinic_id=cast.harbour.id, now=later)

    woken = Wake.objects.filter(wake_at=later).values_list("patient_id", flat=True)
    assert set(woken) == {cast.ana_patient.id, cast.oli_patient.id}
