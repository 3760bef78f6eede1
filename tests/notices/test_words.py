"""What messages say: nothing that a stranger who sees the phone may not know."""

import re
from datetime import UTC, datetime

import pytest

from luna.notices import access, words
from luna.notices.models import Attempt
from luna.notices.words import MESSAGES, Audience
from luna.people.models import CircleMember, Invitation
from tests.notices.ledger import planned

pytestmark = pytest.mark.django_db

# No word of illness, treatment or place; no medicine; nothing that names the clinic or the patient.
BANNED = (
    "ketamine", "esketamine", "infusion", "clinic", "hospital", "patient", "nurse", "doctor", "treatment",
    "therapy", "medicine", "medication", "drug", "dose", "depress", "mood", "pain", "crps", "suicid",
    "anxiety", "symptom", "diagnos", "fasting", "recovery", "chair", "harbour", "abel", "burns", "series",
    "protocol", "appointment", "emergency", "escalation", "rung",
)  # fmt: skip


def values(now):
    return {
        "was_at": now,
        "starts_at": now,
        "until_at": now,
        "who": "Ana",
        "patient": "0193e0f0-0000-7000-8000-000000000001",
        "escalation": "0193e0f0-0000-7000-8000-000000000000",
    }


def letter_of(cast, now, code):
    """Return (subject, body) of a message of any kind, as its reader gets it."""
    audience = MESSAGES[code].audience
    given = values(now)
    reader = {"to_user_id": cast.bea.id}
    if audience is Audience.CIRCLE and MESSAGES[code].kind not in cast.bea_member.kinds:
        reader = {"to_user_id": cast.ana.id}
    if audience is Audience.FORMER:
        CircleMember.objects.filter(pk=cast.bea_member.pk).update(state="revoked")
    if audience is Audience.STAFF:
        reader = {"to_user_id": cast.nia.id}
    if audience is Audience.LEAD:
        reader = {"to_user_id": None, "to_email": cast.harbour.lead_email}
    if audience is Audience.INVITED:
        invitation = invited(cast, now)
        reader = {"to_user_id": None, "to_email": invitation.email}
        given |= {"invitation": invitation.id.hex, "sent": invitation.sent}
    notice = planned(cast, now, key=code, words=code, values=given, **reader)
    return words.render(notice, access.reader(notice), words.link(notice))


def invited(cast, now):
    return Invitation.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, role="caretaker", email="sam@example.org",
        name="Sam Sloan", invited_by=cast.ana, client_id=cast.ana.id, created_at=now, expires_at=now,
    )  # fmt: skip


@pytest.mark.threat("T6")
@pytest.mark.parametrize("code", MESSAGES)
def test_message_says_nothing_a_stranger_may_not_know(cast, now, code):
    subject, body = letter_of(cast, now, code)
    said = re.sub(r"http\S+", "", f"{subject}\n{body}").lower()

    assert [word for word in BANNED if word in said] == []


@pytest.mark.threat("T6")
@pytest.mark.parametrize("code", MESSAGES)
def test_message_links_only_to_our_own_address(cast, now, code, settings):
    settings.LUNA_BASE_URL = "https://luna.example"

    _subject, body = letter_of(cast, now, code)

    links = re.findall(r"\w+://\S+", body)
    assert len(links) == 1
    assert links[0].startswith("https://luna.example/")


@pytest.mark.parametrize("code", MESSAGES)
def test_link_names_no_one(cast, now, code):
    _subject, body = letter_of(cast, now, code)

    link = re.search(r"http\S+", body)[0].lower()
    assert [name for name in ("ana", "bea", "nia", "harbour", "@") if name in link] == []


@pytest.mark.parametrize("code", MESSAGES)
def test_subject_is_one_short_line_without_a_name(cast, now, code):
    subject, _body = letter_of(cast, now, code)

    assert "\n" not in subject
    assert len(subject) <= 50
    assert [name for name in ("Ana", "Bea", "Nia", "Sam") if name in subject] == []


def test_times_are_on_the_readers_clock_and_where_they_are_expected(cast, now):
    cast.bea.zone = "America/Los_Angeles"
    cast.bea.save()
    was, starts = datetime(2027, 3, 12, 14, 0, tzinfo=UTC), datetime(2027, 3, 15, 14, 30, tzinfo=UTC)
    notice = planned(cast, now, words="moved", values={"was_at": was, "starts_at": starts})

    _subject, body = words.render(notice, access.reader(notice), words.link(notice))

    # New York goes to summer time on 14 March; so does Los Angeles.
    assert body.replace("\u00a0", " ").splitlines()[2:4] == [
        "It was on Friday 12 March at 6 am by your clock (Friday 12 March at 9 am where you are expected).",
        "It is now on Monday 15 March at 7:30 am by your clock (Monday 15 March at 10:30 am where you are "
        "expected).",
    ]


def test_times_are_said_once_when_the_clocks_agree(cast, now):
    cast.bea.zone = "America/Toronto"
    cast.bea.save()
    notice = planned(cast, now, words="cancelled", values={"was_at": datetime(2027, 3, 12, 14, tzinfo=UTC)})

    _subject, body = words.render(notice, access.reader(notice), words.link(notice))

    first = "What was planned on Friday 12 March at 9 am will not take place."
    assert body.replace("\u00a0", " ").splitlines()[2] == first


def test_message_greets_by_first_name_only(cast, now):
    _subject, body = letter_of(cast, now, "checkin-due")

    assert body.splitlines()[0] == "Hello Bea,"


def test_message_is_in_the_readers_language(cast, now, settings):
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    cast.bea.language = "de"
    cast.bea.save()
    notice = planned(cast, now, words="cancelled", values={"was_at": datetime(2027, 3, 12, 14, tzinfo=UTC)})

    _subject, body = words.render(notice, access.reader(notice), words.link(notice))

    assert "Freitag 12 März" in body


def test_every_reason_has_words():
    known = {
        "unreachable",
        "no-answer",
        "worker-lost",
        "bad-address",
        "too-late",
        "words",
        "told-otherwise",
        "by-phone",
    }

    assert set(words.REASONS) == known
    assert words.why("smtp-550") == "The mail server answered 550."
    assert words.why("") == ""
    assert max(map(len, known)) <= Attempt._meta.get_field("reason").max_length
