"""What messages say: nothing that a stranger who sees the phone may not know."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from luna.notices import access, words
from luna.notices.channels import Style
from luna.notices.models import Attempt, Notice
from luna.notices.words import MESSAGES, Audience
from luna.people.models import CircleMember, Invitation
from tests.notices.ledger import planned

pytestmark = pytest.mark.django_db

# No word of illness, treatment or place; no medicine; nothing that names the clinic or the patient.
BANNED = (
    "ketamine", "esketamine", "infusion", "clinic", "hospital", "patient", "nurse", "doctor", "treatment",
    "therapy", "medicine", "medication", "drug", "dose", "depress", "mood", "pain", "crps", "ptsd", "trauma",
    "suicid", "anxiety", "symptom", "diagnos", "fasting", "recovery", "chair", "harbour", "abel", "burns",
    "series", "protocol", "appointment", "emergency", "escalation", "rung",
)  # fmt: skip


NAMES = ("ana", "bea", "nia", "sam", "rae", "sloan", "hill", "harbour")
SEEN = 150  # characters of a letter that a locked phone shows under its subject; most show fewer


def values(now):
    return {
        "was_at": now,
        "starts_at": now,
        "until_at": now,
        "leaves_at": now,
        "ask": "0193e0f0-0000-7000-8000-000000000002",
        "who": "Ana",
        "patient": "0193e0f0-0000-7000-8000-000000000001",
        "escalation": "0193e0f0-0000-7000-8000-000000000000",
        "infusion": "0193e0f0-0000-7000-8000-000000000002",
        "things": 12,
    }


def letter_of(cast, now, code, style=Style.LETTER, language="en"):
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
    if audience is Audience.DRIVER:
        reader = {"to_user_id": None, "to_email": "rae@example.org"}
    notice = planned(cast, now, key=code, words=code, values=given, **reader)
    if audience is Audience.PARTS:
        part = planned(cast, now, key="part", words="circle-changed")
        Notice.objects.filter(pk=part.pk).update(digest=notice)
    reader = replace(access.reader(notice), language=language)
    return words.render(notice, reader, words.link(notice, secret="s3cret"), style)


def invited(cast, now):
    given = {"name": "Sam Sloan", "invited_by": cast.ana, "created_at": now, "expires_at": now}
    return Invitation.objects.get_or_create(
        clinic=cast.harbour, patient=cast.ana_patient, role="caretaker", email="sam@example.org",
        client_id=cast.ana.id, defaults=given,
    )[0]  # fmt: skip


@pytest.mark.threat("T6")
@pytest.mark.parametrize("code", MESSAGES)
def test_message_says_nothing_a_stranger_may_not_know(cast, now, code):
    subject, body = letter_of(cast, now, code)
    said = re.sub(r"http\S+", "", f"{subject}\n{body}").lower()

    assert [word for word in BANNED if word in said] == []


@pytest.mark.parametrize("code", MESSAGES)
def test_no_message_speaks_of_money(cast, now, code):
    """Nobody who may be unwell reads about a fee: what was told of money stands on a page alone."""
    said = " ".join(letter_of(cast, now, code)).lower()

    found = re.search(
        r"\b(fees?|pric\w*|cost\w*|pay\w*|paid|money|deposit\w*|charg\w*|bills?|owe\w*)\b|[$€£¥]", said
    )
    assert found is None, found


@pytest.mark.threat("T6")
@pytest.mark.parametrize("code", MESSAGES)
def test_message_links_only_to_our_own_address(cast, now, code, settings):
    settings.LUNA_BASE_URL = "https://luna.example"

    _subject, body = letter_of(cast, now, code)

    links = re.findall(r"\w+://\S+", body)
    assert len(links) == 1
    assert links[0].startswith("https://luna.example/")


@pytest.mark.threat("T6")
@pytest.mark.parametrize("code", MESSAGES)
def test_line_and_call_say_no_more_than_a_stranger_may_know(cast, now, code):
    subject, line = letter_of(cast, now, code, Style.LINE)
    _subject, aloud = letter_of(cast, now, code, Style.SPOKEN)

    said = f"{line.partition('http')[0]} {aloud}".lower()
    assert [word for word in (*BANNED, *NAMES) if re.search(rf"\b{word}", said)] == []
    assert "http" not in aloud
    link, own = re.search(r"http.*", line)[0], MESSAGES[code].line
    assert line == (f"{own} {link}" if own else f"{subject}: {link}")
    assert len(line) <= 160  # one text message


@pytest.mark.threat("T6")
@pytest.mark.parametrize("code", [one for one in MESSAGES if MESSAGES[one].audience is Audience.DRIVER])
def test_text_to_who_has_no_account_says_who_writes_and_is_one_message_with_a_whole_secret(cast, now, code):
    notice = planned(
        cast, now, words=code, values=values(now), to_user_id=None, to_email="", to_phone="+12125550143"
    )
    link = f"https://luna.example-of-a-clinic.example/r/{'s' * 43}"

    _subject, line = words.render(notice, access.reader(notice), link, Style.LINE)

    assert line.startswith("Luna: ")
    assert len(line) <= 160
    assert ("STOP" in line) is (code == "ride-link")  # said once, when they are first written to


def test_call_asks_for_a_key_only_where_pressing_it_does_something(cast, now):
    assert [code for code, message in MESSAGES.items() if message.asks] == ["rung", "hand-over"]
    assert "Press 1" in letter_of(cast, now, "rung", Style.SPOKEN)[1]
    assert "Can you take over? Press 1" in letter_of(cast, now, "hand-over", Style.SPOKEN)[1]
    assert "Press 1" not in letter_of(cast, now, "again", Style.SPOKEN)[1]


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


@pytest.mark.threat("T6")
@pytest.mark.parametrize("code", MESSAGES)
def test_subject_and_first_lines_of_a_letter_name_nobody(cast, now, code, settings):
    """A locked phone shows them, in whichever language."""
    for language, _name in settings.LANGUAGES:
        subject, body = letter_of(cast, now, code, language=language)
        lines = " ".join(re.sub(r"http\S+", "", body).split())

        shown = f"{subject} {lines[:SEEN]}".lower()
        assert [word for word in BANNED if word in shown] == [], shown
        assert [name for name in NAMES if re.search(rf"\b{name}\b", shown)] == [], shown


@pytest.mark.threat("T6")
@pytest.mark.parametrize("code", [code for code, one in MESSAGES.items() if "who" in one.needs])
def test_who_asks_is_named_further_down(cast, now, code):
    _subject, body = letter_of(cast, now, code)

    assert "Ana" in body[SEEN:]


def test_message_greets_nobody_by_name(cast, now):
    _subject, body = letter_of(cast, now, "checkin-due")

    assert body.splitlines()[0] == "Hello,"


def test_message_is_in_the_readers_language(cast, now, settings):
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    cast.bea.language = "de"
    cast.bea.save()
    notice = planned(cast, now, words="cancelled", values={"was_at": datetime(2027, 3, 12, 14, tzinfo=UTC)})

    _subject, body = words.render(notice, access.reader(notice), words.link(notice))

    assert "Freitag 12 März" in body


def test_every_reason_has_words():
    known = {
        "broken",
        "unreachable",
        "no-answer",
        "no-way",
        "quiet",
        "worker-lost",
        "bad-address",
        "too-late",
        "words",
        "told-otherwise",
        "by-phone",
        "push-gone",
        "push-later",
        "push-no-answer",
        "push-refused",
        "push-sender",
        "provider-away",
        "provider-silent",
        "stopped",
        "machine",
        "not-undelivered",
        "not-failed",
        "not-busy",
        "not-no-answer",
        "not-canceled",
        "mail-returned",
        "mail-blocked",
        "unwanted",
    }

    assert set(words.REASONS) == known
    assert words.why("smtp-550") == "The mail server answered 550."
    assert words.why("provider-21211") == "The provider answered 21211."
    assert words.why("") == ""
    assert max(map(len, known)) <= Attempt._meta.get_field("reason").max_length
