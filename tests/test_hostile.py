"""Hostile words in every text a person can write, read back on every page and message (01.5).

Every text column of every model is either a code that only Luna writes (`CODES`) or something a
person typed (`TYPED`); a new column that is neither fails here. What people type must come back
as letters: never as markup, never as a template, never into an address, a header or a log.
"""

import re
from copy import copy
from datetime import timedelta
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from django.apps import apps
from django.core import mail
from django.db import models, transaction
from django.test import Client

from luna.careplan import actions as planning
from luna.careplan import plans as planned
from luna.careplan.models import DayChange
from luna.clinical.things import Said
from luna.escalation import actions as escalation
from luna.escalation import safety
from luna.escalation.writing import Written
from luna.intake import actions as intake
from luna.intake.actions import enquiry as enquiries
from luna.intake.actions import medicines
from luna.library import actions as library
from luna.library import content
from luna.notices import jobs as notices
from luna.people.actions import charts
from luna.people.actions import safety as contact
from luna.people.models import (
    AccessReview,
    Chair,
    CircleMember,
    Clinic,
    Clinician,
    ClosedDay,
    Invitation,
    Patient,
    User,
)
from luna.treatment import actions as treatment
from luna.treatment.models import BookingRevision
from tests import care as caring
from tests.consents import asking
from tests.test_access import GUARDED, things

HOSTILE = "\"'><canary oncanary=1>{{31337*2}}{%canary%}${31337*2}=1+1\r\nBcc: canary@example.org"
COMPUTED = str(31337 * 2)
PAGES = ("ana", "bea", "diaz", "nia")

TYPED = {
    "people.Chair.name", "people.Clinic.address", "people.Clinic.name", "people.Clinic.welcome_name",
    "people.Clinic.welcome_text", "people.Clinician.title", "people.ClosedDay.reason",
    "people.CircleMember.language", "people.ContactSafety.note", "people.ChartReason.reason",
    "people.AccessReview.note",
    "people.Invitation.name", "people.Patient.address", "people.Patient.name", "people.User.name",
    "escalation.EscalationStep.note", "escalation.SafetyWord.reach", "escalation.SafetyWord.text",
    "library.ContentVersion.signed_name", "library.ContentVersion.text",
    "intake.Answer.text", "intake.Collateral.text", "intake.Enquiry.emergency_name",
    "intake.Enquiry.emergency_relation", "intake.Enquiry.language", "intake.Enquiry.records_from",
    "intake.Enquiry.referred_by", "intake.Enquiry.screen_words", "intake.Enquiry.words",
    "intake.Medicine.dose_text", "intake.Medicine.name", "intake.Medicine.since_text",
    "intake.Medicine.when_text", "intake.Question.text",
    "consents.Consent.name", "consents.Consent.witness",
    "treatment.Order.name", "treatment.Order.words", "treatment.Briefing.signed_name", "treatment.Ride.name",
    "intake.EligibilityDecision.alone_plan", "intake.EligibilityDecision.conditions",
    "intake.EligibilityDecision.missing_why", "intake.EligibilityDecision.reasons", "intake.LabResult.name",
    "intake.LabResult.result", "treatment.BookingRevision.words",
    "treatment.ComfortCard.avoid", "treatment.ComfortCard.calms",
    "people.Clinic.ask_for", "people.Clinic.parking", "people.Clinic.way_in",
    "people.Clinic.deposit", "people.Clinic.price", "treatment.MoneyNote.told_to",
    "treatment.MoneyNote.words", "careplan.DayChange.words",
    "careplan.ThingWord.text", "careplan.Waiting.adult_name",
    "careplan.Waiting.driver_name",
}  # fmt: skip
CODES = {
    "careplan.ArrivalCheck.capacity", "treatment.PhoneCall.key", "careplan.ChairOffer.capacity",
    "careplan.OfferAnswer.capacity", "careplan.OfferWithdrawal.capacity",
    "careplan.Waiting.capacity", "treatment.TipChoice.capacity",
    "careplan.ThingWord.capacity", "careplan.ThingWord.thing",
    "audit.AuditEvent.capacity", "audit.AuditEvent.digest", "audit.AuditEvent.reason",
    "audit.AuditEvent.subject_type", "audit.AuditEvent.verb", "audit.AuditHead.hash", "audit.AuditSeal.hash",
    "consents.Consent.about", "consents.Consent.capacity", "consents.Consent.language",
    "consents.Consent.sha256", "careplan.Mark.capacity", "careplan.Mark.task_key", "careplan.Outcome.actor",
    "careplan.Outcome.protocol_sha256", "careplan.Outcome.result", "careplan.Outcome.step",
    "careplan.Outcome.task_key", "escalation.Escalation.about_id", "escalation.Escalation.about_type",
    "escalation.Escalation.cause", "escalation.EscalationStep.about_id", "escalation.EscalationStep.outcome",
    "intake.Answer.capacity", "intake.Collateral.capacity", "intake.Enquiry.capacity",
    "intake.Enquiry.emergency_phone", "intake.Enquiry.intake", "intake.Medicine.capacity",
    "intake.EligibilityDecision.capacity", "intake.EligibilityDecision.content_version",
    "intake.LabResult.capacity", "intake.LabResult.test", "records.Observation.capacity",
    "records.Observation.name", "records.Observation.task_key", "records.Observation.typed",
    "intake.Medicine.list_version",
    "intake.Medicine.listed", "intake.MedicineReview.capacity",
    "intake.News.capacity", "intake.Question.capacity", "intake.Question.code", "intake.Reading.capacity",
    "library.ContentVersion.content_id", "library.ContentVersion.sha256", "library.ContentVersion.version",
    "notices.Attempt.channel", "notices.Attempt.reason", "notices.Attempt.ref",
    "notices.NumberChange.new_mobile", "notices.NumberChange.old_mobile",
    "notices.Reach.mobile", "notices.Notice.key", "notices.Notice.task_key",
    "notices.Notice.to_phone", "notices.StoppedNumber.digest", "notices.TextReply.ref",
    "notices.Notice.words", "notices.PushSubscription.digest", "notices.PushSubscription.session_key",
    "people.CircleMember.phone", "people.Clinic.after_hours_phone",
    "people.Clinic.country", "people.Clinic.nurse_line", "people.Clinic.phone", "people.Clinic.zone",
    "people.CalendarLink.capacity", "people.ContactSafety.phone", "people.Key.master_id",
    "people.Key.purpose", "people.Patient.phone", "people.Token.hash", "people.User.language",
    "people.User.password", "people.User.pin", "people.User.set_up_code",
    "people.User.zone", "records.Blob.digest", "records.Blob.media", "records.Blob.name",
    "records.Draft.capacity", "records.Draft.questionnaire", "records.Draft.questionnaire_version",
    "records.Draft.task_key", "records.PrivateLine.task_key", "records.Response.capacity",
    "records.Response.content_hash", "records.Response.questionnaire",
    "records.Response.questionnaire_version", "records.Response.rules_version", "records.Response.task_key",
    "treatment.Briefing.capacity", "treatment.ComfortCard.capacity", "treatment.Countersign.capacity",
    "treatment.Duty.capacity",
    "treatment.Moment.capacity", "treatment.MoneyNote.capacity", "treatment.Order.capacity",
    "treatment.Order.step_text", "treatment.Ride.capacity", "treatment.Ride.phone",
    "treatment.Series.stopped_why",
}  # fmt: skip

pytestmark = pytest.mark.threat("T8")
__all__ = ["things"]  # the fixture of the same name, filled here with hostile words


class Markup(HTMLParser):
    """Finds what of the hostile words a browser would take for more than words."""

    def __init__(self, text):
        super().__init__()
        self.names, self.addresses = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note a tag or attribute of theirs, and an address they got into."""
        names = [tag, *(name for name, _value in attrs)]
        self.names += [name for name in names if "canary" in name]
        links = [value or "" for name, value in attrs if name in ("href", "src", "action")]
        self.addresses += [link for link in links if "canary" in link]


class Fields(HTMLParser):
    """Finds the fields of a page's forms."""

    def __init__(self, response):
        super().__init__()
        self.names = set()
        if not response.streaming:
            self.feed(response.content.decode(errors="replace"))

    def handle_starttag(self, tag, attrs):
        """Note the name of a field, but not the tokens that guard a form."""
        name = dict(attrs).get("name")
        if tag in ("input", "select", "textarea", "button") and name and name != "csrfmiddlewaretoken":
            self.names.add(name)


def test_every_text_is_typed_or_a_code():
    found = {
        f"{model._meta.app_label}.{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("luna.")
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not isinstance(field, models.EmailField)
        and not field.choices
    }

    assert found == TYPED | CODES


@pytest.fixture
def cast(cast, now):
    """The same people, with hostile names, at clinics with hostile words."""
    User.objects.update(name=HOSTILE)
    Patient.objects.update(name=HOSTILE, address=HOSTILE)
    words = ("name", "address", "way_in", "parking", "ask_for", "price", "welcome_name", "welcome_text")
    Clinic.objects.update(**dict.fromkeys(words, HOSTILE), deposit=HOSTILE[:120])
    return cast


@pytest.fixture
def care(cast, now):
    """Ana's series under a protocol with hostile titles, signed by a hostile name."""
    quoted = HOSTILE.replace('"', '\\"').replace("\r\n", "")
    written = caring.content.protocol_text(caring.PROTOCOL)
    text = re.sub(r'^title = "[^"]*"', lambda _title: f'title = "{quoted}"', written, flags=re.MULTILINE)
    signed = treatment.sign(
        kind="protocol", text=text, accepted=library.to_tick(content.protocol(caring.PROTOCOL)),
        viewer=cast.sees("diaz"), now=now,
    )  # fmt: skip
    caring.decide(
        cast,
        cast.ana_patient,
        now,
        reasons=HOSTILE,
        conditions=HOSTILE,
        missing_why=HOSTILE,
        alone_plan=HOSTILE,
    )
    series = treatment.start_series(
        patient=cast.ana_patient, content=signed, starts=[treatment.Start(caring.at("03-15 09:00"))],
        by=cast.sees("diaz"), client_id=uuid4(), now=now,
    )  # fmt: skip
    return caring.Care(cast, series)


def whisper(cast, now):
    """Write hostile words where only staff read them, and how Bea helps in a hostile language."""
    ana, nia = cast.ana_patient, cast.sees("nia")
    CircleMember.objects.update(language=HOSTILE[:40])
    said = {"safe": "no", "phone": "", "voicemail": False, "barred": [], "note": HOSTILE}
    contact.note(patient=ana, values=said, before=None, by=nia, client_id=uuid4(), now=now)
    charts.say_why(patient=ana, reason=HOSTILE, by=nia, client_id=uuid4(), now=now)
    safety.tell(
        text=HOSTILE, reach=HOSTILE, in_danger=False, viewer=cast.sees("ana"), client_id=uuid4(), now=now
    )
    AccessReview.objects.create(
        clinic=cast.harbour,
        week=now.date() - timedelta(days=now.weekday()),
        by=cast.diaz,
        note=HOSTILE,
        at=now,
    )


def tell(cast, now):
    """Have everybody around Ana write hostile words before her first visit."""
    ana, nia, about = cast.sees("ana"), cast.sees("nia"), {"client_id": uuid4(), "now": now}
    said = medicines.Said(HOSTILE[:120], HOSTILE, HOSTILE, HOSTILE[:120])
    medicines.tell(viewer=ana, patient=cast.ana_patient, said=said, **about)
    asked = intake.ask(viewer=ana, what="question", written=Written(HOSTILE), **about)
    intake.answer(viewer=nia, question_id=asked.id, text=HOSTILE, **about)
    intake.notice(viewer=cast.sees("bea"), audience="patient", written=Written(HOSTILE), **about)
    card = planning.WantedComfort({"voice": "few"}, HOSTILE[:200], HOSTILE[:200])
    planning.write_comfort(viewer=ana, wanted=card, **about)
    infusion = planned.next_infusion(ana, about["now"])
    for which, viewer in (("bag", ana), ("home", cast.sees("bea"))):
        thing = planning.WantedThing(Said.ADDED, infusion.id, text=HOSTILE[:60])
        planning.say_thing(viewer=viewer, which=which, wanted=thing, **about)
    lines = ("language", "emergency_relation")
    texts = ("referred_by", "records_from", "emergency_name", "screen_words", "words")
    values = dict.fromkeys(lines, HOSTILE[:60]) | dict.fromkeys(texts, HOSTILE[:120])
    enquiries.save(viewer=nia, patient=cast.ana_patient, values=values, version=0, **about)


@pytest.fixture
def world(things, cast, now):
    """Hostile words in every column there is for them."""
    for model, name in ((ClosedDay, "reason"), (Invitation, "name"), (Clinician, "title")):
        model.objects.update(**{name: HOSTILE[: model._meta.get_field(name).max_length]})
    texts = dict.fromkeys(("title", "summary", "body"), HOSTILE)
    asking.sign_text(cast, now, "sharing", **texts, ticks=(HOSTILE,))
    asking.on_paper(cast, now, "sharing", name=HOSTILE[:120], witness=HOSTILE[:120])
    Chair.objects.filter(pk=things["chair_id"]).update(name=HOSTILE[:40])
    escalation.close(
        escalation_id=things["escalation_id"], outcome=next(iter(escalation.OUTCOMES)), note=HOSTILE,
        viewer=cast.sees("diaz"), client_id=uuid4(), version=1, now=now,
    )  # fmt: skip
    told = treatment.WantedNote("price", HOSTILE[:250], now, cast.nia.id, HOSTILE[:120])
    treatment.note_money(
        series_id=things["series_id"], wanted=told, viewer=cast.sees("nia"), client_id=uuid4(), now=now
    )
    planning.wait(
        infusion_id=things["infusion_id"],
        wish=planning.WaitingWish((0,), driver_name=HOSTILE[:60], adult_name=HOSTILE[:60]),
        viewer=cast.sees("ana"), client_id=uuid4(), now=now,
    )  # fmt: skip
    whisper(cast, now)
    tell(cast, now)
    booked = BookingRevision.objects.get(infusion=things["infusion_id"])
    booked.pk, booked.revision, booked.cancelled, booked.client_id = uuid4(), 2, True, uuid4()
    booked.words = HOSTILE
    booked.save(force_insert=True)
    change = DayChange.objects.get(id=things["change_id"])
    change.pk, change.words, change.client_id = uuid4(), HOSTILE, uuid4()
    change.save(force_insert=True)
    return things | {"change_id": change.pk}


def wrong_with(response):
    """Return what a browser, a template or a reader of logs would make of the hostile words."""
    text = "" if response.streaming else response.content.decode(errors="replace")
    return Markup(text).names + [COMPUTED] * (COMPUTED in text)


def addresses_in(response):
    """Return the addresses a page or its headers lead to that the hostile words got into."""
    text = "" if response.streaming else response.content.decode(errors="replace")
    return Markup(text).addresses + [word for word in response.headers.values() if "canary" in word]


@pytest.mark.parametrize("name", PAGES)
def test_page_shows_hostile_words_as_words(world, cast, clock, caplog, name):
    viewer, browser = cast.sees(name), cast.browser(name, clock.now, fresh=True)

    wrong = []
    for address in GUARDED:
        if address.lets_in(viewer) and address.name != "sign-out":
            response = browser.get(address.path(world))
            found = wrong_with(response) + addresses_in(response)
            if found or response.status_code >= 500:
                wrong.append((address.name, response.status_code, found))

    assert wrong == []
    assert "canary" not in caplog.text


@pytest.mark.parametrize("name", [*PAGES, "nobody"])
def test_page_gives_back_hostile_words_as_words(world, cast, clock, caplog, name):
    """Type them into every field of every form, and into every address."""
    browser = Client() if name == "nobody" else cast.browser(name, clock.now, fresh=True)
    cookies = copy(browser.cookies)

    wrong = []
    for address in GUARDED:
        path = address.path(world)
        fields = dict.fromkeys(Fields(browser.get(path)).names | {"next", "q", "page"}, HOSTILE)
        for ask in (browser.post, browser.get):
            with transaction.atomic():
                browser.cookies = copy(cookies)
                response = ask(path, fields)
                found = wrong_with(response)
                if found or response.status_code >= 500:
                    wrong.append((address.name, response.status_code, found))
                transaction.set_rollback(True)

    assert wrong == []
    assert "canary" not in caplog.text


def test_mail_has_one_reader_and_one_subject(world, clock):
    notices.run(clock.move(hours=1))

    readers = {reader for message in mail.outbox for reader in message.recipients()}
    raw = [message.message() for message in mail.outbox]
    known = {"sam@example.org", "ana@example.org", "bea@example.org", "delia@example.org"}
    assert readers == known & readers
    assert len(readers) >= 1
    assert [line["Bcc"] for line in raw] == [None] * len(raw)
    assert [text for line in raw for text in line.values() if "canary" in text] == []
    assert {line.get_content_type() for line in raw} == {"text/plain"}


def test_error_page_repeats_nothing(as_nobody):
    response = as_nobody.get("/clinic/canary", {"canary": HOSTILE})

    assert response.status_code == 404
    assert "canary" not in response.content.decode(errors="replace")
