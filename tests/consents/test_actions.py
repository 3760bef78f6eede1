"""Signing, papers, taking back, and the clinic's own texts."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.http import Http404

from luna.audit.models import AuditEvent
from luna.consents import actions, plans
from luna.consents.models import Consent, ConsentFile
from luna.notices.models import Notice
from luna.people.actions import charts
from luna.people.errors import Impaired, Refused, Replayed, Stale
from luna.people.models import Clinician, Patient, User
from luna.records import blobs, pdf
from luna.records.models import Blob
from tests.consents.asking import JPEG, asked, on_paper, packaged, sign, sign_text
from tests.people.test_impaired import impair

__all__ = ["asked"]
DAY = timedelta(days=1)
needs_pango = pytest.mark.skipif(pdf.problem() is not None, reason="Pango is not on this machine")


def stands(cast, now, about="treatment"):
    return plans.standing(Patient.objects.get(pk=cast.ana_patient.pk), now)[about]


def withdraw(cast, now, *, by="ana", about="treatment", **changed):
    given = {"patient_id": cast.ana_patient.id, "about": about, "viewer": cast.sees(by), "client_id": uuid4()}
    return actions.withdraw(**given | {"now": now} | changed)


def test_sign_keeps_name_time_version_and_fingerprint(asked, now):
    row = sign(asked, now)

    version = stands(asked, now).offered
    assert (row.name, row.at, row.content_id, row.sha256, row.language, row.signed_on) == (
        "Ana Abel", now, version.id, version.sha256, "en", date(2027, 3, 8),
    )  # fmt: skip
    assert row.good_until == plans.good_until(now, 12)
    assert stands(asked, now).is_current


def test_sign_treatment_leaves_sharing_unsigned(asked, now):
    sign(asked, now)

    assert [stands(asked, now, about).state for about in plans.ABOUTS] == ["current", "none"]


def test_sign_writes_one_audit_line(asked, now):
    row = sign(asked, now)

    line = AuditEvent.objects.get(verb="consent.sign")
    assert (line.subject_id, line.patient_id, line.actor_id) == (row.id, asked.ana_patient.id, asked.ana.id)


@pytest.mark.parametrize("typed", ["ana abel", "  Ana   Abel ", "ANA ABEL"])
def test_sign_knows_the_name_however_it_is_typed(asked, now, typed):
    assert sign(asked, now, name=typed).name == typed


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "Ana"}, "name"),
        ({"name": "Oli Orr"}, "name"),
        ({"ticked": set()}, "tick_0"),
        ({"ticked": {0, 1, 2, 4}}, "tick_3"),
    ],
)
def test_sign_refuses_blanks_and_other_names(asked, now, changed, field):
    with pytest.raises(Refused) as refusal:
        sign(asked, now, **changed)

    assert refusal.value.field == field
    assert not Consent.objects.exists()


def test_sign_a_text_that_changed_while_the_page_was_open_is_stale(asked, now):
    read = stands(asked, now).offered.sha256
    sign_text(asked, now + DAY, body="Other words.")

    with pytest.raises(Stale):
        sign(asked, now + DAY, read=read)

    assert not Consent.objects.exists()


def test_sign_what_the_clinic_has_not_signed_is_refused(cast, now):
    with pytest.raises(Refused):
        sign(cast, now, about="treatment")


def test_sign_replayed_is_one_signature(asked, now):
    form = uuid4()

    assert sign(asked, now, client_id=form) == sign(asked, now + DAY, client_id=form)
    assert Consent.objects.count() == 1


def test_sign_replayed_with_another_consent_is_refused(asked, now):
    form = uuid4()
    sign(asked, now, client_id=form)

    with pytest.raises(Replayed):
        sign(asked, now, about="sharing", client_id=form)


def test_sign_again_what_holds_changes_nothing(asked, now):
    assert sign(asked, now) == sign(asked, now + DAY)


@pytest.mark.parametrize("who", ["bea", "nia", "diaz", "dee_caring"])
def test_sign_is_for_the_patient_alone(asked, now, who):
    with pytest.raises(Http404):
        actions.sign(
            about="treatment", read=stands(asked, now).offered.sha256, name="Ana Abel", ticked=range(5),
            viewer=asked.sees(who), client_id=uuid4(), now=now,
        )  # fmt: skip


@pytest.mark.threat("T2")
def test_sign_waits_after_an_infusion(asked, now):
    impair(asked.ana_patient, now + timedelta(hours=6))

    with pytest.raises(Impaired):
        sign(asked, now)

    assert sign(asked, now + timedelta(hours=6)).what == "signed"


@pytest.mark.threat("T2")
def test_withdraw_works_after_an_infusion(asked, now):
    sign(asked, now)
    impair(asked.ana_patient, now + timedelta(hours=6))

    withdraw(asked, now)

    assert stands(asked, now).state == "withdrawn"


def test_signature_runs_out(asked, now):
    row = sign(asked, now)

    assert stands(asked, row.good_until - timedelta(seconds=1)).state == "current"
    assert stands(asked, row.good_until).state == "expired"
    assert sign(asked, row.good_until).supersedes == row


def test_new_words_ask_again(asked, now):
    sign(asked, now)

    sign_text(asked, now + DAY, body="Other words.")

    assert (stands(asked, now + DAY).state, stands(asked, now + DAY).is_asked) == ("outdated", True)
    sign(asked, now + DAY)
    assert stands(asked, now + DAY).is_current


def test_words_written_back_are_a_new_text(asked, now):
    sign(asked, now)
    sign_text(asked, now + DAY, body="Other words.")

    sign_text(asked, now + 2 * DAY, **{"body": packaged().body})

    assert stands(asked, now + 2 * DAY).state == "outdated"  # to the letter it is another one


def test_signing_an_unchanged_text_keeps_it_letter_by_letter(asked, now):
    before = stands(asked, now).offered

    assert sign_text(asked, now + DAY) == before


def test_withdraw_is_told_and_twice_is_once(asked, now):
    sign(asked, now)

    first = withdraw(asked, now)

    assert withdraw(asked, now + DAY) == first
    assert AuditEvent.objects.filter(verb="consent.withdraw").count() == 1


def told(cast):
    """Return the e-mail address and urgency of each message that a consent was taken back."""
    notices = Notice.objects.filter(words="consent-withdrawn", patient=cast.ana_patient)
    return sorted(notices.values_list("to_user__email", "urgent"))


def care(cast, now, *people):
    """Have Dr Diaz say who cares for Ana."""
    charts.set_team(
        patient=cast.ana_patient, users=[one.id for one in people], before=[], by=cast.sees("diaz"), now=now
    )


def test_withdraw_tells_at_once_who_cares_for_the_patient(asked, now):
    sign(asked, now)
    care(asked, now, asked.nia)

    row = withdraw(asked, now)

    assert told(asked) == [("nia@example.org", True)]
    notice = Notice.objects.get(words="consent-withdrawn")
    assert (notice.due_at, notice.key) == (now, f"consent:{row.id.hex}:withdrawn:{asked.nia.id.hex}")


def test_withdraw_tells_every_prescriber_where_nobody_cares_for_the_patient_yet(asked, now):
    sign(asked, now)
    withdraw(asked, now)

    assert told(asked) == [("delia@example.org", True)]


def test_withdraw_tells_no_colleague_who_left(asked, now):
    sign(asked, now)
    care(asked, now, asked.nia)
    Clinician.objects.filter(user=asked.nia).update(active=False)

    withdraw(asked, now)

    assert told(asked) == [("delia@example.org", True)]


def test_withdraw_noted_by_staff_tells_the_others(asked, now):
    sign(asked, now)
    care(asked, now, asked.nia, asked.diaz)

    withdraw(asked, now, by="nia")

    assert told(asked) == [("delia@example.org", True)]


def test_withdraw_of_sharing_is_told_and_does_not_press(asked, now):
    sign(asked, now, "sharing")
    withdraw(asked, now, about="sharing")

    assert told(asked) == [("delia@example.org", False)]


def test_withdraw_twice_tells_once_and_again_after_a_new_signature(asked, now):
    sign(asked, now)
    withdraw(asked, now)
    withdraw(asked, now + DAY)
    assert len(told(asked)) == 1

    sign(asked, now + 2 * DAY)
    withdraw(asked, now + 3 * DAY)
    assert len(told(asked)) == 2


@pytest.mark.threat("T1")
def test_withdraw_is_told_to_nobody_of_the_circle(asked, now):
    sign(asked, now)
    withdraw(asked, now)

    circle = asked.ana_patient.circle.values_list("user_id", flat=True)
    assert not Notice.objects.filter(to_user__in=circle).exists()


def test_withdraw_by_word_of_mouth_is_noted_by_staff(asked, now):
    sign(asked, now)

    row = withdraw(asked, now, by="nia")

    assert (row.capacity, row.by_id, row.what) == ("staff", asked.nia.id, "withdrawn")


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["bea", "oli", "cal", "dee", "dee_caring", "zoe", "eve"])
def test_withdraw_by_the_wrong_person_is_not_found(asked, now, who):
    sign(asked, now)

    with pytest.raises(Http404):
        withdraw(asked, now, by=who)


def test_withdraw_what_was_never_signed_is_not_found(asked, now):
    with pytest.raises(Http404):
        withdraw(asked, now)


def test_withdraw_with_a_used_form_is_refused(asked, now):
    form = uuid4()
    sign(asked, now, client_id=form)

    with pytest.raises(Replayed):
        withdraw(asked, now, client_id=form)


def test_signing_after_taking_back_holds_again(asked, now):
    sign(asked, now)
    withdraw(asked, now)

    sign(asked, now + DAY)

    assert stands(asked, now + DAY).is_current


def test_on_paper_keeps_paper_witness_and_day(asked, now):
    row = on_paper(asked, now)

    assert (row.route, row.witness, row.capacity, row.signed_on) == (
        "paper", "Nia Noor", "staff", date(2027, 3, 8),
    )  # fmt: skip
    assert blobs.read(asked.sees("nia"), row.file.blob_id, now).content == JPEG
    assert stands(asked, now).is_current


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"signed_on": date(2027, 3, 9)}, "signed_on"),
        ({"signed_on": date(2027, 3, 7)}, "signed_on"),
        ({"file": b"MZ a program"}, "file"),
        ({"file": b""}, "file"),
        ({"file": JPEG + b"x" * blobs.LARGEST}, "file"),
    ],
)
def test_on_paper_that_cannot_be_leaves_nothing(asked, now, changed, field):
    with pytest.raises(Refused) as refusal:
        on_paper(asked, now, **changed)

    assert refusal.value.field == field
    assert (Consent.objects.count(), Blob.objects.count(), ConsentFile.objects.count()) == (0, 0, 0)


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["ana", "bea", "eve", "dee"])
def test_on_paper_by_the_wrong_person_is_not_found(asked, now, who):
    with pytest.raises(Http404):
        on_paper(asked, now, by=who)


def test_on_paper_from_before_a_newer_signature_is_refused(asked, now):
    signed = sign(asked, now + DAY)

    with pytest.raises(Refused) as refusal:
        on_paper(asked, now + 2 * DAY, signed_on=date(2027, 3, 8))

    assert refusal.value.field == "signed_on"
    assert stands(asked, now + 2 * DAY).last == signed


@pytest.mark.threat("T2")
def test_on_paper_from_before_it_was_taken_back_is_refused(asked, now):
    sign(asked, now)
    withdraw(asked, now + DAY)

    with pytest.raises(Refused) as refusal:
        on_paper(asked, now + 2 * DAY, signed_on=date(2027, 3, 8), is_after=True)

    assert refusal.value.field == "signed_on"
    assert stands(asked, now + 2 * DAY).state == "withdrawn"


@pytest.mark.threat("T2")
def test_on_paper_of_the_day_it_was_taken_back_holds_if_it_was_signed_after(asked, now):
    sign(asked, now)
    withdraw(asked, now)

    with pytest.raises(Refused) as refusal:
        on_paper(asked, now)
    was = stands(asked, now).state
    on_paper(asked, now, is_after=True)

    assert (refusal.value.field, was) == ("is_after", "withdrawn")
    assert stands(asked, now).is_current


def test_on_paper_of_a_later_day_than_it_was_taken_back_holds(asked, now):
    sign(asked, now)
    withdraw(asked, now)

    on_paper(asked, now + DAY, signed_on=date(2027, 3, 9))

    assert stands(asked, now + DAY).is_current


def test_on_paper_of_the_day_of_a_signature_takes_its_place(asked, now):
    sign(asked, now)

    assert stands(asked, now).last != on_paper(asked, now)
    assert stands(asked, now).last.route == "paper"


# The effect of Ana's infusion ends on Tuesday 9 March, at 9:40 in New York.
ENDS = datetime(2027, 3, 9, 14, 40, tzinfo=UTC)


@pytest.mark.threat("T2")
@pytest.mark.parametrize("day", [8, 9])
@pytest.mark.parametrize("later", [0, 5, 60])
def test_on_paper_of_a_day_with_an_infusion_is_kept_only_if_it_was_signed_apart_from_it(
    asked, now, day, later
):
    Patient.objects.filter(pk=asked.ana_patient.pk).update(impaired_until=ENDS)
    kept_at = ENDS.replace(hour=13) + later * DAY  # an hour before it ends, and long after

    with pytest.raises(Refused) as refusal:
        on_paper(asked, kept_at, signed_on=date(2027, 3, day))
    on_paper(asked, kept_at, signed_on=date(2027, 3, day), is_clear=True)

    assert refusal.value.field == "is_clear"
    assert Consent.objects.count() == 1


def test_on_paper_of_the_day_after_the_effect_ended_asks_nothing(asked, now):
    Patient.objects.filter(pk=asked.ana_patient.pk).update(impaired_until=ENDS)

    on_paper(asked, now + 2 * DAY, signed_on=date(2027, 3, 10))

    assert Consent.objects.count() == 1


@pytest.mark.threat("T2")
def test_on_paper_counts_the_infusions_of_another_clinic(asked, now):
    Patient.objects.filter(pk=asked.zoe_patient.pk).update(user=asked.ana, impaired_until=ENDS)

    with pytest.raises(Refused) as refusal:
        on_paper(asked, now)

    assert refusal.value.field == "is_clear"


def test_on_paper_replayed_is_one(asked, now):
    form = uuid4()

    assert on_paper(asked, now, client_id=form) == on_paper(asked, now, client_id=form)
    assert Blob.objects.count() == 1


@needs_pango
def test_file_is_a_tagged_pdf_made_once(asked, now):
    row = sign(asked, now)

    kept = actions.keep_file(row, viewer=asked.sees("ana"), now=now)

    assert actions.keep_file(row, viewer=asked.sees("nia"), now=now) == kept
    file = blobs.read(asked.sees("ana"), kept.blob_id, now)
    assert (file.name, file.media) == ("consent-treatment.pdf", "application/pdf")
    assert b"/StructTreeRoot" in file.content or b"/ObjStm" in file.content


def test_without_pango_the_signature_stands(asked, now, monkeypatch, caplog):
    def missing(*_args):
        raise pdf.NoPango("not here")

    monkeypatch.setattr(pdf, "render", missing)
    row = sign(asked, now)

    assert actions.keep_file(row, viewer=asked.sees("ana"), now=now) is None
    assert stands(asked, now).is_current


def test_signature_cannot_be_changed(asked, now):
    row = sign(asked, now)

    with pytest.raises(DatabaseError), transaction.atomic():
        Consent.objects.filter(pk=row.pk).update(name="Oli Orr")


@pytest.mark.threat("T4")
def test_signature_under_another_clinics_text_is_refused_by_the_database(asked, now):
    theirs = sign_text(asked, now, by="eve")
    row = sign(asked, now)
    row.pk, row.client_id, row.content = uuid4(), uuid4(), theirs

    with pytest.raises(DatabaseError), transaction.atomic():
        row.save(force_insert=True)


def test_standings_ask_as_often_for_many_as_for_one(asked, now, django_assert_num_queries):
    patients = list(Patient.objects.filter(clinic=asked.harbour).select_related("user"))
    sign(asked, now)

    texts = plans.newest(asked.harbour.id)
    for some in (patients[:1], patients):
        with django_assert_num_queries(1):
            plans.standings(some, texts, now)


def test_text_signed_by_a_colleague_meanwhile_is_stale(asked, now):
    begun_on = plans.text_to_edit(asked.harbour.id, "treatment", "en").sha256
    sign_text(asked, now, body="Theirs.")

    with pytest.raises(Stale):
        actions.sign_text(
            about="treatment", language="en", begun_on=begun_on, words={}, accepted=(),
            viewer=asked.sees("diaz"), now=now,
        )  # fmt: skip


def test_text_with_an_unticked_number_is_refused_by_its_name(cast, now):
    with pytest.raises(Refused) as refusal:
        sign_text(cast, now, accepted=())

    assert "Hours after which almost all effects are gone" in str(refusal.value)


def test_patient_is_asked_in_their_language_or_else_in_english(asked, now):
    User.objects.filter(pk=asked.ana.pk).update(language="en-xa")

    assert stands(asked, now).offered.content_id == "treatment.en"

    base = plans.text_to_edit(asked.harbour.id, "treatment", "en-xa")
    words = {key: getattr(base.document, key) for key in ("title", "summary", "ticks", "months")}
    actions.sign_text(
        about="treatment", language="en-xa", begun_on=base.sha256, words=words | {"body": "Wörds."},
        accepted=("mostly-gone",), viewer=asked.sees("diaz"), now=now,
    )  # fmt: skip
    assert stands(asked, now).offered.content_id == "treatment.en-xa"
