"""Substance-use records of a 42 CFR Part 2 programme are labelled at first save and never shared (02.3)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import models

from luna.clinical.questionnaire import Kind
from luna.escalation.writing import Written
from luna.intake import actions as intake
from luna.intake.actions import Judgement, enquiry, medicines
from luna.intake.models import Answer, Collateral, EligibilityDecision, Enquiry, LabResult, Medicine, Question
from luna.people import access
from luna.people.models import CircleMember, Clinic
from luna.records import drafts, part2
from luna.records.models import Draft, Fact, Labelled, Response
from luna.treatment import actions as treatment
from luna.treatment.models import Order
from tests.intake import giving

pytestmark = [pytest.mark.django_db, pytest.mark.threat("T1")]
NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
LABELLED = [model for model in apps.get_models() if issubclass(model, Labelled)]


@pytest.fixture
def programme(cast) -> Clinic:
    """Harbour Clinic is a Part 2 programme."""
    return set_programme(cast, True)


def set_programme(cast, is_one) -> Clinic:
    Clinic.objects.filter(pk=cast.harbour.pk).update(part2=is_one)
    return Clinic.objects.get(pk=cast.harbour.pk)


def sign(care, viewer, now, **wanted):
    given = {"what": "medicine", "handling": "take", **wanted}
    return treatment.sign_order(
        series_id=care.series.id, wanted=treatment.Wanted(**given), viewer=viewer, client_id=uuid4(), now=now
    )


def result(cast, now, **said):
    given = {"name": "", "result": "", "taken_on": now.date(), **said}
    return intake.add_result(
        viewer=cast.sees("nia"), patient=cast.ana_patient, client_id=uuid4(), now=now, **given
    )


def write_everything(cast, care, now):
    """Have everybody write one of each thing that may tell of substance use, or not."""
    ana, nia, diaz = cast.sees("ana"), cast.sees("nia"), cast.sees("diaz")
    once = {"client_id": uuid4(), "now": now}
    giving.send(ana, now, alcohol="daily")
    giving.tell(ana, "methadone", now)
    giving.tell(ana, "sertraline", now)
    asked = intake.ask(viewer=ana, what="question", written=Written("May I drink?"), **once)
    intake.answer(viewer=nia, question_id=asked.id, text="No wine.", **once)
    intake.notice(viewer=cast.sees("bea"), audience="team", written=Written("She drinks again."), **once)
    enquiry.save(viewer=nia, patient=cast.ana_patient, values={"words": "Was in a detox."}, version=0, **once)
    result(cast, now, test="drug-test", positive=False)
    result(cast, now, test="liver-tests", result="normal")
    result(cast, now, name="Something else", result="high")
    judgement = Judgement(
        verdict="not-now", reasons="Drinks daily.", review_on=now.date() + timedelta(days=9)
    )
    standing = EligibilityDecision.objects.filter(patient=cast.ana_patient, superseded_by=None).first()
    before_id = standing.id if standing else None
    intake.decide(viewer=diaz, patient=cast.ana_patient, judgement=judgement, before_id=before_id, **once)
    sign(care, diaz, now, name="methadone")
    sign(care, diaz, now, name="sertraline")


def labels(model, *columns):
    return sorted(model.objects.filter(part2=True).values_list(*columns))


# The label


def test_substances_are_labelled_when_they_are_saved(cast, care, programme, now):
    write_everything(cast, care, now)

    assert set(Response.objects.values_list("kind", "part2")) == {
        ("history", False), ("substances", True), ("pregnancy", False), ("suicidality", False),
    }  # fmt: skip
    assert labels(Medicine, "name") == [("methadone",)]
    assert labels(Order, "name") == [("methadone",)]


def test_result_is_labelled_as_its_test_is_and_one_of_no_test_may_be_anything(cast, care, programme, now):
    write_everything(cast, care, now)

    assert labels(LabResult, "test") == [("",), ("drug-test",)]


@pytest.mark.parametrize("model", [Question, Answer, Collateral, Enquiry, EligibilityDecision])
def test_words_that_nobody_sorted_are_labelled(cast, care, programme, now, model):
    before = set(model.objects.values_list("id", flat=True))

    write_everything(cast, care, now)

    assert set(model.objects.exclude(id__in=before).values_list("part2", flat=True)) == {True}


def test_draft_is_labelled_before_its_first_answer_about_substances(cast, programme, now):
    giving.save(cast.sees("ana"), "mood-since", "months", now)
    bea = cast.sees("bea")
    asking = drafts.open(
        viewer=bea, patient=cast.ana_patient, questionnaire="briefing", kind="schedule", now=now
    )
    item = asking.items[0]
    drafts.save(
        viewer=bea, asking=asking, item=item, answer=next(iter(item.offered)), version=0, round=1, now=now
    )

    assert set(Draft.objects.values_list("questionnaire", "part2")) == {
        ("intake-mood", True), ("briefing", False),
    }  # fmt: skip


def test_clinic_that_is_no_programme_labels_nothing(cast, care, now):
    write_everything(cast, care, now)

    assert {value for model in LABELLED for value in model.objects.values_list("part2", flat=True)} == {False}


def test_label_stays_when_the_setting_goes_and_on_what_takes_its_place(cast, care, programme, now):
    write_everything(cast, care, now)
    set_programme(cast, False)
    ana, later = cast.sees("ana"), now + timedelta(hours=1)

    methadone = Medicine.objects.get(name="methadone")
    medicines.change(
        viewer=ana, patient=ana.patient, medicine_id=methadone.id, said=medicines.Said("methadone", "40 mg"),
        client_id=uuid4(), now=later,
    )  # fmt: skip
    order = Order.objects.get(name="methadone")
    treatment.stop_order(order_id=order.id, viewer=cast.sees("diaz"), client_id=uuid4(), now=later)
    drug_test = LabResult.objects.get(test="drug-test")
    intake.take_back_result(viewer=cast.sees("nia"), result_id=drug_test.id, client_id=uuid4(), now=later)
    giving.tell(ana, "Suboxone", later)

    assert labels(Medicine, "name", "dose_text") == [("methadone", ""), ("methadone", "40 mg")]
    assert labels(Order, "name", "stopped") == [("methadone", False), ("methadone", True)]
    assert labels(LabResult, "test", "mistaken") == [("", False), ("drug-test", False), ("drug-test", True)]
    assert Response.objects.get(kind="substances").part2 is True


def test_whatever_may_tell_of_substance_use_can_be_labelled():
    missing = [
        model.__name__
        for model in apps.get_models()
        if issubclass(model, Fact) and not issubclass(model, Labelled)
        if Kind.SUBSTANCES in getattr(getattr(model, "Kind", None), "values", ())
        or any(isinstance(field, models.TextField) for field in model._meta.fields)
    ]

    assert missing == []  # Make it a records.models.Labelled.
    assert LABELLED


# Sharing


@pytest.mark.parametrize("name", ["bea", "cal", "dee_caring", "eve"])
def test_labelled_records_are_shared_with_nobody(cast, care, programme, now, name):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(kinds=list(access.KINDS))
    write_everything(cast, care, now)
    viewer = cast.sees(name)

    seen = {
        model.__name__
        for model in LABELLED
        if model.objects.visible_to(viewer).filter(part2=True).exclude(by=viewer.user_id).exists()
    }
    assert seen == set()


def test_patient_and_staff_read_labelled_records(cast, care, programme, now):
    write_everything(cast, care, now)

    for name in ("ana", "nia"):
        assert Response.objects.visible_to(cast.sees(name)).filter(part2=True).count() == 1
        assert Medicine.objects.visible_to(cast.sees(name)).filter(part2=True).count() == 1


# The notice


def test_notice_goes_with_labelled_records_and_no_others(cast, care, programme, now):
    write_everything(cast, care, now)
    history, substances = (Response.objects.get(kind=kind) for kind in ("history", "substances"))

    assert (part2.notice([history]), part2.notice([history, substances])) == ("", NOTICE)


def pages(cast, care):
    return (
        f"/clinic/patients/{cast.ana_patient.id}/consultation",
        f"/clinic/patients/{cast.ana_patient.id}/decision",
        f"/clinic/series/{care.series.id}",
        f"/clinic/series/{care.series.id}/orders",
        f"/clinic/orders/{Order.objects.filter(name='methadone').latest('at').id}",
    )


@pytest.mark.parametrize("is_programme", [True, False])
def test_pages_that_staff_print_carry_the_notice(cast, care, clock, is_programme):
    set_programme(cast, is_programme)
    write_everything(cast, care, clock.now)
    set_programme(cast, False)  # the label decides, not the setting
    diaz = cast.browser("diaz", clock.now, fresh=True)

    carries = [NOTICE in diaz.get(path).content.decode() for path in pages(cast, care)]

    assert carries == [is_programme] * 5


def test_page_of_what_is_not_labelled_carries_no_notice(cast, care, programme, clock):
    order = sign(care, cast.sees("diaz"), clock.now, name="sertraline")
    giving.tell(cast.sees("ana"), "sertraline", clock.now)
    order = sign(care, cast.sees("diaz"), clock.now, name="sertraline", words="With food.")

    page = cast.browser("nia", clock.now).get(f"/clinic/orders/{order.id}")

    assert NOTICE not in page.content.decode()


# The setting


def test_administrator_says_that_the_clinic_is_a_programme(as_diaz, cast, clock):
    saved = as_diaz.post("/clinic/settings/clinic", _stands(cast) | {"part2": "on"})

    assert saved.status_code == 302
    assert Clinic.objects.get(pk=cast.harbour.pk).part2 is True
    assert "42 CFR Part 2 programme" in as_diaz.get("/clinic/settings").content.decode()


def _stands(cast) -> dict:
    names = (
        "name", "country", "zone", "address", "phone", "nurse_line", "after_hours_phone", "lead_email",
        "welcome_name", "welcome_text", "clock", "reclimb_min", "charts", "chase_days",
        "messages_a_day", "free_unit", "version",
    )  # fmt: skip
    return {name: getattr(cast.harbour, name) for name in names}
