"""Substance-use records of a 42 CFR Part 2 programme are labelled at first save and never shared (02.3)."""

import pytest

from luna.people import access
from luna.people.models import CircleMember, Clinic
from luna.records import drafts, part2
from luna.records.models import Response

pytestmark = [pytest.mark.django_db, pytest.mark.threat("T1")]
NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."


@pytest.fixture
def programme(cast) -> Clinic:
    """Harbour Clinic is a Part 2 programme."""
    Clinic.objects.filter(pk=cast.harbour.pk).update(part2=True)
    return Clinic.objects.get(pk=cast.harbour.pk)


def answer_about_drinking(cast, now) -> list[Response]:
    """Have Ana answer the first question about alcohol, as the whole of a questionnaire's draft would be."""
    viewer = cast.sees("ana")
    asking = drafts.open(
        viewer=viewer, patient=cast.ana_patient, questionnaire="intake", kind="history", now=now
    )
    draft = drafts._locked(viewer, asking, round=asking.round, now=now)
    return [
        drafts._respond(viewer, draft, asking, kind=kind, answers={"x": "yes"}, now=now)
        for kind in ("history", "substances")
    ]


def test_substances_are_labelled_when_they_are_saved(cast, programme, now):
    answer_about_drinking(cast, now)

    assert dict(Response.objects.values_list("kind", "part2")) == {"history": False, "substances": True}


def test_clinic_that_is_no_programme_labels_nothing(cast, now):
    answer_about_drinking(cast, now)

    assert set(Response.objects.values_list("part2", flat=True)) == {False}


def test_label_stays_when_the_setting_goes(cast, programme, now):
    answer_about_drinking(cast, now)

    Clinic.objects.filter(pk=programme.pk).update(part2=False)

    assert Response.objects.get(kind="substances").part2 is True


def test_labelled_answers_are_shared_with_nobody(cast, programme, now):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(kinds=list(access.KINDS))

    answer_about_drinking(cast, now)

    seen = {name: set(Response.objects.visible_to(cast.sees(name)).values_list("kind", flat=True))
            for name in ("bea", "ana", "nia", "eve")}  # fmt: skip
    assert seen == {
        "bea": {"history"},
        "ana": {"history", "substances"},
        "nia": {"history", "substances"},
        "eve": set(),
    }


def test_notice_goes_with_labelled_answers_and_no_others(cast, programme, now):
    history, substances = answer_about_drinking(cast, now)

    assert (part2.notice([history]), part2.notice([history, substances])) == ("", NOTICE)


def test_administrator_says_that_the_clinic_is_a_programme(as_diaz, cast, clock):
    saved = as_diaz.post("/clinic/settings/clinic", _stands(cast) | {"part2": "on"})

    assert saved.status_code == 302
    assert Clinic.objects.get(pk=cast.harbour.pk).part2 is True
    assert "42 CFR Part 2 programme" in as_diaz.get("/clinic/settings").content.decode()


def _stands(cast) -> dict:
    names = (
        "name", "country", "zone", "address", "phone", "nurse_line", "after_hours_phone", "lead_email",
        "welcome_name", "welcome_text", "clock", "reclimb_min", "charts", "chase_days", "version",
    )  # fmt: skip
    return {name: getattr(cast.harbour, name) for name in names}
