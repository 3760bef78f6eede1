"""What stays between patient and clinic: no circle is shown it, and no other kind implies it (02.2)."""

from copy import copy
from uuid import uuid4

import pytest
from django.test import Client

from luna.notices.models import Notice
from luna.people import access
from luna.people.models import CircleMember
from luna.records.models import Response
from tests.test_access import GUARDED, things

pytestmark = pytest.mark.threat("T1")
__all__ = ["things"]  # something of Ana's for every address

TRACES = ("pregnan", "canary", "Alcohol and drugs", "Safety at home", "Thoughts of suicide")


@pytest.fixture
def shared_by_mistake(cast):
    """Bea's row says more than any page lets Ana choose: everything."""
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(kinds=list(access.KINDS))


@pytest.fixture
def private_answers(cast, now) -> list[Response]:
    """Ana answered what only her clinic is to know."""
    return [
        Response.objects.create(
            clinic=cast.harbour, patient=cast.ana_patient, at=now, recorded_at=now, by=cast.ana,
            capacity="patient", client_id=uuid4(), kind=kind, questionnaire="intake",
            questionnaire_version="1", answers={"pregnancy-now": "canary"}, content_hash="0" * 64,
        )
        for kind in access.PRIVATE
    ]  # fmt: skip


def test_every_kind_is_shareable_or_private():
    assert {*access.SHAREABLE, *access.PRIVATE} == set(access.KINDS)
    assert set(access.SHAREABLE) & set(access.PRIVATE) == set()
    assert set(access.PRACTICAL) <= set(access.SHAREABLE)


def test_every_kind_of_an_answer_is_one_that_is_decided_about():
    assert set(Response.Kind.values) <= set(access.KINDS)


def test_private_kind_in_a_row_opens_nothing(cast, shared_by_mistake, private_answers):
    bea, ana, nia = (cast.sees(name) for name in ("bea", "ana", "nia"))

    assert bea.kinds == frozenset(access.SHAREABLE)
    assert list(Response.objects.visible_to(bea)) == []
    assert Response.objects.visible_to(ana).count() == len(access.PRIVATE)
    assert Response.objects.visible_to(nia).count() == len(access.PRIVATE)
    assert [bea.may_see(k, patient_id=bea.patient_id, clinic_id=bea.clinic_id) for k in access.PRIVATE] == [
        False
    ] * len(access.PRIVATE)


def test_pregnancy_leaves_no_trace_in_the_caretakers_pages_or_messages(
    things, cast, clock, private_answers, shared_by_mistake
):
    browser = cast.browser("bea", clock.now, fresh=True)
    traces = []

    for address in GUARDED:
        is_theirs = "caretaker" in address.kinds or address.is_public
        if not is_theirs or not set(address.arguments) <= set(things):
            continue
        client = Client()
        client.cookies = copy(browser.cookies)
        text = client.get(address.path(things)).content.decode().lower()
        traces += [(address.name, word) for word in TRACES if word.lower() in text]

    assert traces == []
    assert list(Notice.objects.filter(to_user=cast.bea, values__icontains="canary")) == []
