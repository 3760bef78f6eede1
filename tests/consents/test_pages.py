"""Pages of consents: read, sign, take back, paper, and who must not see them."""

import html
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from luna.audit.models import AuditEvent
from luna.consents import plans
from luna.consents.models import Consent
from luna.consents.words import grouped
from luna.people import access
from luna.people.actions import identity
from luna.people.models import Patient
from luna.records import pdf
from tests.cast import patient as new_patient
from tests.cast import user as new_user
from tests.consents.asking import JPEG, asked, on_paper, packaged, sign, sign_text
from tests.intake import giving
from tests.people.test_impaired import PIN, impair

__all__ = ["asked"]
DAY = timedelta(days=1)
needs_pango = pytest.mark.skipif(pdf.problem() is not None, reason="Pango is not on this machine")


def text_of(response):
    return response.content.decode().replace("\u00a0", " ").replace("&#39;", "’")


def typed(cast, about="treatment", **changed):
    """Return Ana's form, all ticked and signed."""
    offered = plans.newest(cast.harbour.id)[f"{about}.en"]
    ticks = {f"tick_{place}": "on" for place in range(len(plans.document(offered).ticks))}
    form = {"read": offered.sha256, "client_id": uuid4(), "name": "Ana Abel", **ticks} | changed
    return {name: value for name, value in form.items() if value is not None}


def paper(cast, **changed):
    """Return Nia's form about a paper."""
    offered = plans.newest(cast.harbour.id)["treatment.en"]
    form = {
        "read": offered.sha256, "client_id": uuid4(), "name": "Ana Abel", "signed_on": "2027-03-08",
        "witness": "Nia Noor", "file": SimpleUploadedFile("IMG 1.jpg", JPEG),
    }  # fmt: skip
    return {name: value for name, value in (form | changed).items() if value is not None}


def paper_page(cast):
    return f"/clinic/patients/{cast.ana_patient.id}/consents/treatment/paper"


def test_now_never_says_nothing_while_something_waits_for_a_name(cast, now, as_ana, asked):
    giving.send(cast.sees("ana"), now)  # the questions come before any signature
    waiting = text_of(as_ana.get("/now"))
    for about in ("treatment", "sharing"):
        sign(cast, now, about)
    signed = text_of(as_ana.get("/now"))

    assert ("Something to read and sign" in waiting, "Nothing to do" in waiting) == (True, False)
    assert ("Something to read and sign" in signed, "Nothing to do" in signed) == (False, True)


def test_what_was_taken_back_is_not_asked_for_again(cast, now, as_ana, asked):
    for about in ("treatment", "sharing"):
        sign(cast, now, about)
    as_ana.post("/consents/sharing/withdraw", {"client_id": uuid4()})

    assert "To read and sign" not in text_of(as_ana.get("/now"))
    listing = text_of(as_ana.get("/consents"))
    assert ("To sign" in listing, "Taken back" in listing) == (False, True)


def test_sign_page_shows_the_exact_text_and_every_tick(as_ana, asked):
    page = text_of(as_ana.get("/consents/treatment"))

    assert "<strong>It is not licensed for your illness.</strong>" in page
    assert [words for words in packaged().ticks if words not in page] == []


def test_signing_shows_it_everywhere_at_once(as_ana_fresh, as_nia, asked):
    page = as_ana_fresh.post("/consents/treatment", typed(asked), follow=True)

    assert "Signed. The clinic sees it now." in text_of(page)
    assert Consent.objects.get().name == "Ana Abel"
    assert "Signed on Monday 8 March." in text_of(
        as_nia.get(f"/clinic/patients/{asked.ana_patient.id}/consents")
    )


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": ""}, "Type your full name."),
        ({"name": "Ana"}, "Type your name as your clinic has it: Ana Abel."),
        ({"tick_2": None}, "Tick “I know what it can do…” if you agree."),
    ],
)
def test_blank_is_refused_and_what_was_typed_is_kept(as_ana_fresh, asked, changed, told):
    form = typed(asked, **changed)
    page = as_ana_fresh.post("/consents/treatment", form)

    assert page.status_code == 422
    assert told in text_of(page)
    assert form["name"] == "" or f'value="{form["name"]}"' in text_of(page)
    assert text_of(page).count(" checked") == len([name for name in form if name.startswith("tick_")])
    assert str(form["client_id"]) in text_of(page)


def test_text_that_changed_meanwhile_is_read_again(as_ana_fresh, asked, now):
    form = typed(asked)
    sign_text(asked, now, body="Quite other words.")

    page = as_ana_fresh.post("/consents/treatment", form)

    assert page.status_code == 422
    assert "Someone changed this while you had it open." in text_of(page)
    assert "Quite other words." in text_of(page)
    assert 'value="Ana Abel"' in text_of(page)
    assert " checked" not in text_of(page)
    assert not Consent.objects.exists()


def test_signing_asks_for_the_pin_and_loses_nothing(as_ana, asked, now):
    identity.set_pin(asked.ana, PIN, now=now)
    form = typed(asked)

    locked = as_ana.post("/consents/treatment", form)

    assert locked.status_code == 423
    assert not Consent.objects.exists()
    kept = html.unescape(re.search(r'name="kept" value="([^"]+)"', locked.content.decode())[1])
    again = as_ana.post("/me/unlock", {"to": "/consents/treatment", "kept": kept, "pin": PIN})
    assert 'value="Ana Abel"' in text_of(again)
    as_ana.post("/consents/treatment", form)
    assert Consent.objects.count() == 1


@pytest.mark.threat("T2")
def test_signing_after_an_infusion_says_until_when_and_keeps_what_was_typed(as_ana_fresh, asked, now):
    impair(asked.ana_patient, now + timedelta(hours=6))

    assert "This waits until today at 6 pm" in text_of(as_ana_fresh.get("/consents/treatment"))
    page = as_ana_fresh.post("/consents/treatment", typed(asked))

    assert page.status_code == 422
    assert "This waits until today at 6 pm" in text_of(page)
    assert 'value="Ana Abel"' in text_of(page)
    assert not Consent.objects.exists()


def test_new_words_are_asked_for_on_the_page_and_on_the_board(as_ana, as_nia, asked, now):
    sign(asked, now)
    sign_text(asked, now + DAY, body="Other words.")

    assert "To sign" in text_of(as_ana.get("/consents"))
    assert "The clinic’s text has changed since." in text_of(as_ana.get("/consents/treatment"))
    assert "New text to sign" in text_of(as_nia.get("/clinic/consents"))


@pytest.mark.threat("T2")
def test_taking_back_needs_no_pin_and_works_after_an_infusion(as_ana, as_nia, asked, now):
    sign(asked, now)
    impair(asked.ana_patient, now + timedelta(hours=6))

    assert "Yes, take it back" in text_of(as_ana.get("/consents/treatment/withdraw"))
    page = as_ana.post("/consents/treatment/withdraw", {"client_id": uuid4()}, follow=True)

    assert "Taken back. The clinic sees it now." in text_of(page)
    assert "Taken back" in text_of(as_nia.get("/clinic/consents"))


def test_taking_back_nothing_leads_back(as_ana, asked):
    assert as_ana.get("/consents/treatment/withdraw").url == "/consents"


def test_taking_back_without_a_form_id_asks_to_press_again(as_ana, asked, now):
    sign(asked, now)

    page = as_ana.post("/consents/treatment/withdraw")

    assert page.status_code == 422
    assert "Please press the button again." in text_of(page)


@needs_pango
@pytest.mark.parametrize("who", ["ana", "nia"])
def test_file_is_a_download_that_no_browser_opens(cast, clock, asked, who):
    row = sign(asked, clock.now)

    response = cast.browser(who, clock.now).get(f"/consents/signed/{row.id}/file")

    assert response.content.startswith(b"%PDF-")
    assert (response["Content-Type"], response["X-Content-Type-Options"], response["Cache-Control"]) == (
        "application/pdf", "nosniff", "private, no-store",
    )  # fmt: skip
    assert response["Content-Disposition"] == 'attachment; filename="consent-treatment.pdf"'


def test_file_that_cannot_be_made_leads_to_the_page_that_prints(as_ana, asked, now, monkeypatch):
    def missing(*_args):
        raise pdf.NoPango("not here")

    monkeypatch.setattr(pdf, "render", missing)
    row = sign(asked, now)

    assert as_ana.get(f"/consents/signed/{row.id}/file").url == f"/consents/signed/{row.id}"


def test_signature_is_shown_with_the_text_it_was_given_to(as_ana, asked, now):
    row = sign(asked, now)
    sign_text(asked, now + DAY, body="Other words.")

    page = text_of(as_ana.get(f"/consents/signed/{row.id}"))

    assert "It is not licensed for your illness." in page
    assert "Other words." not in page
    assert grouped(row.sha256) in page


def test_signature_says_who_when_and_in_which_language_in_words(as_ana, asked, now):
    row = sign(asked, now)

    page = text_of(as_ana.get(f"/consents/signed/{row.id}"))

    assert "Ana Abel, born 4 May 1990" in page
    assert "Monday 8 March 2027, noon (New York), in UTC 8 March 2027, 17:00:00" in page
    assert "<td>English</td>" in page


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["bea", "oli", "cal", "dee", "dee_caring", "zoe", "eve"])
@pytest.mark.parametrize("end", ["", "/file"])
def test_signature_of_somebody_else_is_not_found(cast, clock, asked, who, end):
    row = sign(asked, clock.now)
    cast.bea_member.kinds = ["schedule", "history"]
    cast.bea_member.save()

    assert cast.browser(who, clock.now, fresh=True).get(f"/consents/signed/{row.id}{end}").status_code == 404


@pytest.mark.parametrize("path", ["/consents/moon-dust", "/consents/moon-dust/withdraw"])
def test_unknown_consent_is_not_found(as_ana, path):
    assert as_ana.get(path).status_code == 404


def test_clinic_without_texts_says_so(as_ana, as_nia, cast):
    assert "Nothing to sign yet" in text_of(as_ana.get("/consents/treatment"))
    assert as_nia.get(paper_page(cast)).status_code == 404
    assert "Nobody can sign this before your clinic has." in text_of(as_nia.get("/clinic/consents"))


def test_paper_is_kept_and_shown_as_paper(as_nia, asked, now):
    page = as_nia.post(paper_page(asked), paper(asked), follow=True)

    assert "Signed on paper on Monday 8 March." in text_of(page)
    assert "on paper" in text_of(as_nia.get("/clinic/consents?all=1"))
    row = Consent.objects.get()
    assert as_nia.get(f"/consents/signed/{row.id}/file").content == JPEG


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"file": None}, "Choose the photo or PDF."),
        ({"file": "a word"}, "Choose the photo or PDF."),
        ({"file": SimpleUploadedFile("a.jpg", b"")}, "This file is empty. Choose another one."),
        ({"file": SimpleUploadedFile("a.pdf", b"MZ\x90")}, "This is neither a PDF nor a photo."),
        ({"file": SimpleUploadedFile("a.jpg", JPEG + b"x" * 20_000_000)}, "This file is too large."),
        ({"signed_on": ""}, "Give the day it was signed."),
        ({"signed_on": "yesterday"}, "Give a day, like 2027-03-15."),
        ({"signed_on": "2027-03-09"}, "This day is still to come."),
        ({"signed_on": "2027-03-07"}, "The clinic’s text is newer than this."),
        ({"witness": ""}, "Type a name."),
    ],
)
def test_paper_that_cannot_be_kept_says_what_to_do(as_nia, asked, changed, told):
    page = as_nia.post(paper_page(asked), paper(asked, **changed))

    assert page.status_code == 422
    assert told in text_of(page)
    assert 'value="Ana Abel"' in text_of(page)
    assert not Consent.objects.exists()


@pytest.mark.threat("T2")
def test_paper_while_the_patient_is_under_the_effect_asks_when_it_was_signed(as_nia, asked, now):
    impair(asked.ana_patient, now + timedelta(hours=6))

    page = as_nia.post(paper_page(asked), paper(asked))

    assert page.status_code == 422
    assert "Tick this if it is so. Else have it signed when the effect is over." in text_of(page)
    assert as_nia.post(paper_page(asked), paper(asked, is_clear="on")).status_code == 302


@pytest.mark.threat("T2")
def test_paper_after_it_was_taken_back_asks_which_was_first(as_ana, as_nia, asked, now):
    sign(asked, now)
    words = "It was signed after they took it back."
    before = text_of(as_nia.get(paper_page(asked)))
    as_ana.post("/consents/treatment/withdraw", {"client_id": uuid4()})

    page = as_nia.post(paper_page(asked), paper(asked))

    assert (words in before, words in text_of(as_nia.get(paper_page(asked)))) == (False, True)
    assert page.status_code == 422
    assert "Tick this if it is so. Else have it signed again." in text_of(page)
    assert as_nia.post(paper_page(asked), paper(asked, is_after="on")).status_code == 302
    assert plans.standing(asked.ana_patient, now)["treatment"].is_current


def test_paper_of_who_never_had_an_infusion_asks_nothing_more(as_nia, asked):
    page = text_of(as_nia.get(paper_page(asked)))

    assert ("no infusion was running" in page, "took it back" in page) == (False, False)


def test_printed_text_has_lines_to_sign_on(as_nia, asked):
    page = text_of(as_nia.get(f"/clinic/patients/{asked.ana_patient.id}/consents/treatment/print"))

    assert "Name and signature of the witness" in page
    assert "Patient: Ana Abel, born 1990-05-04" in page


@pytest.mark.parametrize(("about", "ends"), [("treatment", (True, False)), ("sharing", (False, True))])
def test_staff_are_told_what_ends_when_a_patient_takes_it_back(as_nia, asked, now, about, ends):
    """Who is in the circle sees what they saw: the consent to sharing lets in nobody and takes out nobody."""
    sign(asked, now, about)

    page = text_of(as_nia.get(f"/clinic/patients/{asked.ana_patient.id}/consents/{about}/withdraw"))
    as_nia.post(f"/clinic/patients/{asked.ana_patient.id}/consents/{about}/withdraw", {"client_id": uuid4()})

    assert ("It ends at once" in page, "who is in it sees what they saw" in page) == ends
    assert asked.sees("bea").kinds == frozenset(access.PRACTICAL)


def test_staff_note_what_the_patient_said(as_nia, asked, now):
    sign(asked, now)
    path = f"/clinic/patients/{asked.ana_patient.id}/consents/treatment/withdraw"

    assert "Yes, note it" in text_of(as_nia.get(path))
    page = as_nia.post(path, {"client_id": uuid4()}, follow=True)

    assert "Noted. It no longer holds." in text_of(page)
    assert "Taken back, noted by the clinic" in text_of(page)


def test_looking_at_a_patients_consents_is_noted(as_nia, asked):
    as_nia.get(f"/clinic/patients/{asked.ana_patient.id}/consents")

    line = AuditEvent.objects.get(verb="consent.read")
    assert (line.patient_id, line.actor_id) == (asked.ana_patient.id, asked.nia.id)


def test_board_asks_as_often_for_many_as_for_few(as_nia, asked, now, django_assert_max_num_queries):
    with django_assert_max_num_queries(40) as few:
        as_nia.get("/clinic/consents")
    for number in range(20):
        new_patient(asked.harbour, new_user(f"Pat{number} Poe", now), now)
    sign(asked, now)

    with django_assert_max_num_queries(len(few.captured_queries)):
        page = as_nia.get("/clinic/consents")

    assert "22 patients have something to sign" in text_of(page)


def test_board_of_another_clinic_knows_nobody_here(as_eve, asked, now):
    sign(asked, now)

    assert "Ana Abel" not in text_of(as_eve.get("/clinic/consents?all=1"))


def words(cast, **changed):
    base = plans.text_to_edit(cast.harbour.id, "sharing", "en")
    read = base.document
    form = {
        "begun_on": base.sha256, "title": read.title, "summary": read.summary, "body": read.body,
        "ticks": "\r\n".join(read.ticks), "months": "6", "sign": "1",
    }  # fmt: skip
    return form | changed


def test_text_is_shown_first_and_then_signed(as_diaz, cast):
    shown = words(cast, body="We **say** it so.<script>x</script>", show="1")
    del shown["sign"]

    page = text_of(as_diaz.post("/clinic/consents/sharing/en", shown))
    assert "We <strong>say</strong> it so." in page
    assert "<script>x" not in page
    assert plans.newest(cast.harbour.id) == {}

    as_diaz.post("/clinic/consents/sharing/en", words(cast, body="We **say** it so."))
    version = plans.newest(cast.harbour.id)["sharing.en"]
    assert (plans.document(version).months, version.signed_name) == (6, "Delia Diaz")


def test_text_says_that_nobody_reviewed_it(as_nia, cast):
    page = text_of(as_nia.get("/clinic/consents/treatment/en"))

    assert "Not yet reviewed by a lawyer or a clinician" in page
    assert "Sign this text" not in page


def test_text_with_a_flaw_keeps_what_was_typed(as_diaz, cast):
    page = as_diaz.post("/clinic/consents/sharing/en", words(cast, months="0", title="Our circle"))

    assert page.status_code == 422
    assert "Give a number of months, from 1 to 60." in text_of(page)
    assert 'value="Our circle"' in text_of(page)


def test_text_signed_by_a_colleague_meanwhile_keeps_what_was_typed(as_diaz, cast, now):
    form = words(cast, title="Mine")
    sign_text(cast, now, "sharing", title="Theirs")

    page = as_diaz.post("/clinic/consents/sharing/en", form)

    assert page.status_code == 422
    assert 'value="Mine"' in text_of(page)
    assert [row.content_id for row in plans.newest(cast.harbour.id).values()] == ["sharing.en"]


def test_text_is_signed_by_prescribers_and_administrators_only(as_nia, cast):
    assert as_nia.post("/clinic/consents/sharing/en", words(cast)).status_code == 404


@pytest.mark.parametrize("path", ["/clinic/consents/sharing/xx", "/clinic/consents/moon-dust/en"])
def test_unknown_text_is_not_found(as_diaz, path):
    assert as_diaz.get(path).status_code == 404


def test_patient_without_an_account_signs_on_paper(as_nia, asked, now):
    Patient.objects.filter(pk=asked.ana_patient.pk).update(user=None)

    assert as_nia.post(paper_page(asked), paper(asked)).status_code == 302
    assert plans.standing(Patient.objects.get(pk=asked.ana_patient.pk), now)["treatment"].is_current


def test_paper_of_a_patient_is_theirs_to_read(as_ana, asked, now):
    row = on_paper(asked, now)

    assert as_ana.get(f"/consents/signed/{row.id}/file").content == JPEG
