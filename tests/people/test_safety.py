"""Whether a patient is safe at home and safe to call: asked alone, for staff alone (02.6)."""

import re
from uuid import uuid4

import pytest

from luna.people import plans, safety
from luna.people.actions import safety as actions
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import CircleMember, ContactSafety
from luna.treatment import covers
from tests.cast import member

pytestmark = pytest.mark.django_db

SAID = {"safe": "no", "phone": "+12125550199", "voicemail": False, "barred": [], "note": ""}


@pytest.fixture
def url(cast):
    return f"/clinic/patients/{cast.ana_patient.id}/safety"


def note(cast, now, before=None, client_id=None, **said):
    return actions.note(
        patient=cast.ana_patient, values=SAID | said, before=before, by=cast.sees("nia"),
        client_id=client_id or uuid4(), now=now,
    )  # fmt: skip


def typed(**changes):
    return {
        "alone": "on", "safe": "no", "phone": "(212) 555-0199", "voicemail": "no", "note": "",
        "client_id": str(uuid4()), "before": "",
    } | changes  # fmt: skip


@pytest.mark.threat("T1")
@pytest.mark.hazard("H9")
def test_barred_person_is_known_to_staff_and_to_nobody_else(cast, now):
    note(cast, now, barred=[str(cast.bea.pk)])

    assert safety.latest(cast.sees("nia"), cast.ana_patient).barred == [str(cast.bea.pk)]
    assert covers.is_barred(covers.circle().get(pk=cast.bea_member.pk))
    for name in ("ana", "bea", "dee", "dee_caring"):
        assert safety.latest(cast.sees(name), cast.ana_patient) is None
    assert plans.may_be_named_adult(cast.bea_member)  # this is shown to the patient, so it may not differ


def test_latest_answer_stands(cast, now):
    first = note(cast, now)
    second = note(cast, now, before=first.pk, safe="yes", phone="")

    assert safety.latest(cast.sees("nia"), cast.ana_patient) == second
    assert safety.number(cast.ana_patient, second) == cast.ana_patient.phone
    assert safety.number(cast.ana_patient, first) == "+12125550199"


def test_two_tabs_do_not_overwrite_each_other(cast, now):
    note(cast, now)

    with pytest.raises(Stale):
        note(cast, now, safe="yes")


def test_same_form_is_one_answer(cast, now):
    client_id = uuid4()
    first = note(cast, now, client_id=client_id)

    assert note(cast, now, client_id=client_id) == first
    with pytest.raises(Replayed):
        note(cast, now, client_id=client_id, safe="yes")


def test_somebody_of_another_circle_cannot_be_barred(cast, now):
    with pytest.raises(Refused):
        note(cast, now, barred=[str(cast.cal_member.user_id)])


def test_page_keeps_what_the_patient_said(as_nia, cast, url):
    done = as_nia.post(url, typed(barred=[str(cast.bea.pk)]))

    row = ContactSafety.objects.get()
    assert done.status_code == 302
    assert (row.safe, row.phone, row.voicemail, row.barred) == (
        "no", "+12125550199", False, [str(cast.bea.pk)],
    )  # fmt: skip


@pytest.mark.parametrize("missing", ["alone", "safe", "voicemail"])
def test_page_takes_nothing_that_was_not_asked_alone_and_whole(as_nia, url, missing):
    answers = typed()
    del answers[missing]

    assert as_nia.post(url, answers).status_code == 422
    assert ContactSafety.objects.count() == 0


def test_page_keeps_what_was_typed_when_a_colleague_was_quicker(as_nia, cast, url, now):
    note(cast, now, safe="yes")

    page = as_nia.post(url, typed(note="At her sister’s"))

    assert page.status_code == 422
    assert "Someone changed this" in page.content.decode()
    assert "At her sister’s" in page.content.decode()
    before = re.search(r'name="before" value="([^"]+)"', page.content.decode())[1]
    assert as_nia.post(url, typed(before=before)).status_code == 302


@pytest.mark.threat("T1")
@pytest.mark.parametrize("name", ["ana", "bea", "oli", "dee", "dee_caring", "eve"])
def test_page_is_not_there_for_anybody_else(cast, clock, url, name):
    assert cast.browser(name, clock.now, fresh=True).get(url).status_code == 404


def test_chart_shows_the_safe_number_and_who_is_barred(as_nia, cast, now):
    note(cast, now, barred=[str(cast.bea.pk)])

    page = as_nia.get(f"/clinic/patients/{cast.ana_patient.id}").content.decode()

    assert "(212) 555-0199" in page
    assert "Must not take the patient home" in page
    assert "Not safe at home" in page


@pytest.mark.hazard("H9")
@pytest.mark.threat("T1")
def test_who_is_barred_stays_barred_after_leaving_and_coming_back(as_nia, cast, url, now):
    first = note(cast, now, barred=[str(cast.bea.pk)])
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(state="left", until=now)

    assert f'value="{cast.bea.pk}"' in as_nia.get(url).content.decode()
    kept = as_nia.post(url, typed(barred=[str(cast.bea.pk)], before=str(first.pk)))
    back = member(cast.ana_patient, cast.bea, now)

    assert kept.status_code == 302
    assert covers.is_barred(covers.circle().get(pk=back.pk))
