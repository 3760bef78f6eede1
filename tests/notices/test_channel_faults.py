"""Several channels under fire: real workers, a real mail server, a provider and a push service on loopback.

What must hold, whatever dies when:
- one row in the ledger for each reason;
- what a channel took is what the ledger says it took, or doubts;
- routine: at most one copy on each channel, one in all where nothing is in doubt, and what ends as sent was
  taken by one;
- urgent: taken at least once, each copy on a channel known by the same key;
- what was moved while its reminder was on the way is never tried again;
- what can wait: each reason keeps its own row, and goes out at most once on each channel, alone or not.
"""

import random
import subprocess
import threading
import time
from collections import Counter
from uuid import UUID

import pytest

from tests.notices import mailserver, pushservice
from tests.notices import provider as server_of_texts
from tests.notices.mailserver import TAKE_AND_DROP
from tests.notices.test_faults import KILLED, finish, worker

pytestmark = [pytest.mark.processes, pytest.mark.both_engines, pytest.mark.hazard("H5")]

ROUTINE, URGENT = 8, 4
LINES_TO_FIRST = 1500  # about as many as a worker runs through until its first message has left
LINES_OF_SOME = (
    4000  # about as many as a worker runs through until it has handed several to browsers and phones
)
SHOWS = [pushservice.answer(201), pushservice.answer(201), pushservice.silent]  # a browser, in the end
REFUSES = [pushservice.answer(status) for status in (429, 503, 400)]
STUMBLES = [201, 201, 400, 503, 500, server_of_texts.DROP, server_of_texts.TAKE_AND_DROP]

SEED = f"""
from datetime import UTC, datetime
from tests.cast import build
from tests.notices.ledger import planned, rung
from tests.notices.reaching import reached
now = datetime.now(UTC)
cast = build(now)
reached(cast.bea, now, order=["sms"])
reached(cast.nia, now, order=["sms"], voice_at=None)
values = {{"was_at": now, "starts_at": now}}
routine = [
    planned(cast, now, key=f"routine{{n}}", words="moved", values=values, task_key="aa", revision=1).id.hex
    for n in range({ROUTINE})
]
urgent = [rung(cast, now, key=f"urgent{{n}}").id.hex for n in range({URGENT})]
answer = [routine, urgent]
"""
SEED_PUSHED = f"""
from datetime import UTC, datetime
from luna.notices import subscriptions
from tests.cast import build
from tests.notices.ledger import planned, rung
from tests.notices.reaching import reached
now = datetime.now(UTC)
cast = build(now)
for name, form in forms.items():
    subscriptions.turn_on(
        user=getattr(cast, name), browser=subscriptions.Browser.read(**form),
        session_key=cast.browser(name, now).session.session_key, now=now,
    )
reached(cast.nia, now, order=["voice"])
routine = [planned(cast, now, key=f"routine{{n}}").id.hex for n in range({ROUTINE})]
urgent = [rung(cast, now, key=f"urgent{{n}}").id.hex for n in range({URGENT})]
answer = [routine, urgent]
"""
REPORT = """
from luna.notices.models import Attempt, Notice
tries = lambda notice: list(notice.attempts.order_by("at", "id").values_list("channel", "outcome"))
notices = Notice.objects.exclude(words="unreached")
answer = {notice.id.hex: [notice.state, tries(notice)] for notice in notices}, Notice.objects.filter(
    words="unreached"
).exists()
"""
GATHERED = 5
SEED_GATHERED = f"""
from datetime import UTC, datetime
from tests.cast import build
from tests.notices.ledger import planned
from tests.notices.reaching import reached
now = datetime.now(UTC)
cast = build(now)
reached(cast.ana, now, order=["sms"])
answer = [
    planned(
        cast, now, key=f"{{who.id.hex}}{{n}}", words="answered", to_user_id=who.id, patient_id=about.id
    ).id.hex
    for who, about in ((cast.ana, cast.ana_patient), (cast.oli, cast.oli_patient))
    for n in range({GATHERED})
]
"""
SEED_NAMED = f"""
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from luna.people import tokens
from luna.people.models import Token
from tests.cast import build
from tests.notices.ledger import planned
now = datetime.now(UTC)
cast = build(now)
answer = []
for n in range({ROUTINE}):
    ask = uuid4()
    ends = now + timedelta(days=1)
    tokens.make(Token.Purpose.RIDE, clinic_id=cast.harbour.id, subject_id=ask, expires_at=ends, now=now)
    notice = planned(
        cast, now, key=f"named{{n}}", words="ride-link", to_user_id=None,
        to_email="rae@example.org" if n % 2 else "", to_phone="+12125550143",
        values={{"ask": ask, "name": "Rae", "who": "Ana", "leaves_at": now}},
    )
    answer.append(notice.id.hex)
"""
REPORT_GATHERED = """
from luna.notices.models import Notice
rows = Notice.objects.reasons()
answer = (
    {row.id.hex: [row.state, row.digest_id.hex if row.digest_id else ""] for row in rows},
    {row.id.hex: row.state for row in Notice.objects.filter(words="digest")},
)
"""
SEED_BESIDE = f"""
from datetime import UTC, datetime, timedelta
from luna.notices import actions
from luna.people.models import CircleMember
member = CircleMember.objects.select_related("patient").get(user__email="bea@example.org")
before = datetime.now(UTC) - timedelta(minutes=1)
answer = [
    actions.plan(
        key=f"beside{{n}}", words="checkin-due", clinic_id=member.clinic_id, patient_id=member.patient_id,
        to_user_id=member.user_id, due_at=before, now=before,
    ).id.hex
    for n in range({GATHERED})
]
"""
MOVE = """
from luna.notices import actions
from luna.people.models import Patient
patient = Patient.objects.get(name="Ana Abel")
answer = actions.void(patient_id=patient.id, task_key_prefix="aa", before_revision=2)
"""


@pytest.fixture
def empty_house(make_luna):
    """A real installation with a mail server and a provider."""
    with mailserver.running() as mails, server_of_texts.running() as texts:
        luna = make_luna(
            LUNA_SMTP_URL=f"smtp://127.0.0.1:{mails.port}",
            LUNA_SMS_URL=texts.url,
            LUNA_SMS_FROM="+12125550111",
        )
        yield luna, mails, texts


@pytest.fixture
def house(empty_house):
    """With 8 routine and 4 urgent messages due now."""
    routine, urgent = empty_house[0].ask(SEED)
    return *empty_house, routine, urgent


@pytest.fixture
def pushed(make_luna, tmp_path):
    """With 8 messages due now to Bea, in her browser first, and 4 urgent ones to Nia, by phone first."""
    with (
        mailserver.running() as mails,
        server_of_texts.running() as calls,
        pushservice.running(tmp_path, "localhost") as service,
    ):
        luna = make_luna(
            DJANGO_SETTINGS_MODULE="tests.notices.loopback",
            LUNA_SMTP_URL=f"smtp://127.0.0.1:{mails.port}",
            LUNA_MAIL_FROM="luna@clinic.example",
            LUNA_SMS_URL=calls.url,
            LUNA_VOICE_FROM="+12125550112",
            LUNA_PUSH_HOSTS=service.host,
            SSL_CERT_FILE=str(tmp_path / "ca.pem"),
        )
        phones = {name: service.phone(name) for name in ("bea", "nia")}
        forms = {name: phone.form for name, phone in phones.items()}
        routine, urgent = luna.ask(f"forms = {forms}{SEED_PUSHED}")
        yield luna, mails, calls, service, phones, routine, urgent


@pytest.fixture
def gathered(empty_house):
    """With 5 messages to Ana and 5 to Oli due now that can wait, so that they leave together."""
    return *empty_house, empty_house[0].ask(SEED_GATHERED)


@pytest.fixture
def named(empty_house):
    """With 8 messages due now to somebody without an account: half by number alone."""
    return *empty_house, empty_house[0].ask(SEED_NAMED), []


def stumble(mails, texts, seed: int) -> random.Random:
    """Let both providers misbehave in every way, by chance."""
    chance = random.Random(seed)
    said = ["250 yes", "250 yes", "451 later", "552 full", TAKE_AND_DROP]
    mails.answer = lambda stage: chance.choice(said) if stage == "END" else "250 yes"
    texts.answer = lambda: chance.choice(STUMBLES)
    return chance


def check(house):
    luna, mails, texts, routine, urgent = house
    by_mail, by_text = [letter.key for letter in mails.taken], [taken.notice for taken in texts.taken]
    judge(luna, routine, urgent, email=by_mail, sms=by_text)


def judge(luna, routine, urgent, **taken):
    """See that the ledger says what happened; return it. taken: the notices of all that each channel took."""
    copies = {channel: Counter(keys) for channel, keys in taken.items()}
    report, told_lead = luna.ask(REPORT)

    assert set(report) == {*routine, *urgent}  # one row for each reason
    for key, (state, tries) in report.items():
        arrived = {channel: by[key] for channel, by in copies.items() if by[key]}
        accepted, doubted = (
            {channel for channel, outcome in tries if outcome == became} for became in ("accepted", "unknown")
        )
        assert accepted <= set(arrived) <= accepted | doubted, (arrived, tries)
        assert state != "sent" or arrived, tries
        assert state != "not-reached" or not arrived, tries
        if key in routine:
            assert state in ("sent", "unknown", "not-reached"), (state, tries)
            assert max(arrived.values(), default=0) <= 1, (arrived, tries)
            assert doubted or sum(arrived.values()) == (state == "sent"), (arrived, tries)
            assert max(tries.count([channel, "accepted"]) for channel in copies) <= 1, tries
    for key in urgent:
        state, tries = report[key]
        refused = {channel for channel, outcome in tries if outcome == "refused"}
        assert state == "sent" or refused == set(copies), (state, tries)
        assert state == "sent" or told_lead, tries
    return report


def check_gathered(gathered):
    luna, mails, texts, reasons = gathered
    by_mail = Counter(letter.key for letter in mails.taken)
    by_text = Counter(taken.notice for taken in texts.taken)
    report, digests = luna.ask(REPORT_GATHERED)

    assert set(report) == set(reasons)  # one row for each reason, whatever carried it
    assert set(by_mail) | set(by_text) <= {*reasons, *digests}
    for key, (state, digest) in report.items():
        copies = [by[key] + by[digest] for by in (by_mail, by_text)]
        assert max(copies) <= 1, (key, copies)
        assert state in ("sent", "unknown", "not-reached"), state
        assert not digest or state == digests[digest]
        assert state != "sent" or sum(copies), key
        assert state != "not-reached" or not sum(copies), key


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_workers_killed_at_any_line_while_things_leave_together(gathered, seed):
    luna, mails, texts, _reasons = gathered
    chance = stumble(mails, texts, seed)
    kills = 0

    while kills < 6 and finish(worker(luna, str(chance.randint(1, 2 * LINES_TO_FIRST)))) == KILLED:
        kills += 1
    finish(worker(luna))

    assert kills >= 1
    check_gathered(gathered)


def test_two_workers_gather_for_one_person_once(gathered):
    luna, mails, texts, _reasons = gathered
    if "DATABASE_URL" not in luna.settings:
        pytest.skip("On SQLite there is one worker.")

    both = [worker(luna), worker(luna)]
    assert [finish(each) for each in both] == [0, 0]

    check_gathered(gathered)
    report, digests = luna.ask(REPORT_GATHERED)
    assert (len(digests), len(mails.taken), len(texts.taken)) == (2, 1, 1)
    assert {state for state, _digest in report.values()} == {"sent"}


def test_worker_killed_with_a_digest_and_others_on_their_way(gathered):
    """Each was written down before it left, the parts wait with their digest, and none leaves twice."""
    luna, mails, texts, reasons = gathered
    others = luna.ask(SEED_BESIDE)
    held, go_on = Counter(), threading.Event()

    def hold(what: str, answer: object) -> object:
        held[what] += 1
        go_on.wait(60)
        return answer

    mails.answer = lambda stage: hold("mail", "250 yes") if stage == "END" and mails.taken[2:] else "250 yes"
    texts.answer = lambda: hold("text", 201)
    process = worker(luna)
    until = time.monotonic() + 60
    while not (held["mail"] and held["text"]):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    process.kill()
    assert finish(process) == KILLED
    report, digests = luna.ask(REPORT_GATHERED)
    go_on.set()
    texts.answer, mails.answer = (lambda: 201), (lambda _stage: "250 yes")
    finish(worker(luna))

    in_flight = [digest for digest, state in digests.items() if state == "sending"]
    assert in_flight
    assert {state for state, digest in report.values() if digest in in_flight} == {"planned"}
    assert "sending" in {report[key][0] for key in others}
    check_gathered((luna, mails, texts, [*reasons, *others]))


@pytest.mark.parametrize("seed", [1, 2])
def test_workers_killed_at_any_line_over_two_channels(house, seed):
    luna, mails, texts, _routine, _urgent = house
    chance = stumble(mails, texts, seed)
    kills = 0

    while kills < 6 and finish(worker(luna, str(chance.randint(1, 2 * LINES_TO_FIRST)))) == KILLED:
        kills += 1
    finish(worker(luna))

    assert kills >= 3
    check(house)


@pytest.mark.threat("T6")
@pytest.mark.parametrize("seed", [1, 2])
def test_workers_killed_at_any_line_while_drivers_are_written_to(named, seed):
    luna, mails, texts, _named, _urgent = named
    chance = stumble(mails, texts, seed)
    kills = 0

    while kills < 6 and finish(worker(luna, str(chance.randint(1, LINES_TO_FIRST)))) == KILLED:
        kills += 1
    finish(worker(luna))

    assert kills >= 1
    check(named)
    links = [taken.fields["Body"].rpartition("Open: ")[2] for taken in texts.taken]
    assert len(links) == len(set(links))  # no secret is ever sent twice, so none has to be kept


def test_workers_killed_at_any_line_while_browsers_and_phones_are_asked(pushed):
    """The first of them while both keep it waiting for an answer."""
    luna, mails, calls, service, phones, routine, urgent = pushed
    chance, lines, shown = stumble(mails, calls, 1), random.Random(1), []
    held, go_on = set(), threading.Event()

    def ring() -> object:
        held.add("voice")
        go_on.wait(60)
        return chance.choice(STUMBLES)

    def show(handler: pushservice.Handler) -> None:
        held.add("push")
        go_on.wait(60)
        how = chance.choice(SHOWS + REFUSES)
        if how in SHOWS:
            shown.append(handler.asked)
        how(handler)

    calls.answer, service.answers = ring, {f"/{name}": show for name in phones}
    process = worker(luna)
    until = time.monotonic() + 60
    while held != {"push", "voice"}:
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    process.kill()
    assert finish(process) == KILLED
    go_on.set()
    kills = 0
    while kills < 4 and finish(worker(luna, str(lines.randint(1, LINES_OF_SOME)))) == KILLED:
        kills += 1
    finish(worker(luna))

    assert kills >= 2
    by_push = [UUID(phones[one.path[1:]].opened(one.body)["notice"]).hex for one in shown]
    by_voice = [taken.notice for taken in calls.taken]
    by_mail = [letter.key for letter in mails.taken]
    report = judge(luna, routine, urgent, push=by_push, voice=by_voice, email=by_mail)
    assert any(["push", "unknown"] in report[key][1] for key in routine)
    assert any(["voice", "unknown"] in report[key][1] for key in urgent)


def test_two_workers_at_once_over_two_channels(house):
    luna, mails, texts, _routine, _urgent = house
    if "DATABASE_URL" not in luna.settings:
        pytest.skip("On SQLite there is one worker.")
    chance = stumble(mails, texts, 3)

    steady = worker(luna)
    for _ in range(10):
        if steady.poll() is not None:
            break
        finish(worker(luna, str(chance.randint(1, LINES_TO_FIRST))))
    assert finish(steady) == 0
    finish(worker(luna))

    check(house)


def test_provider_that_takes_it_and_says_nothing(house):
    luna, mails, texts, routine, _urgent = house
    texts.answers = server_of_texts.TAKE_AND_DROP

    finish(worker(luna))

    check(house)
    by_text = Counter(taken.notice for taken in texts.taken)
    by_mail = Counter(letter.key for letter in mails.taken)
    assert {by_text[key] for key in routine} == {1}  # in doubt: never again there …
    assert {by_mail[key] for key in routine} == {1}  # … and said on the next channel


def test_infusion_moved_while_its_reminder_is_on_the_way(house):
    """Both ways out keep silent from before the move until after it, however slow this machine is."""
    luna, mails, texts, routine, _urgent = house
    held, moved = threading.Event(), threading.Event()

    def hold(answer: object) -> object:
        held.set()
        moved.wait(60)
        return answer

    texts.answer = lambda: hold(server_of_texts.DROP)
    mails.answer = lambda stage: hold("451 later") if stage == "END" else "250 yes"
    process: subprocess.Popen = worker(luna, lease_s=60)
    assert held.wait(60)
    while not any(tries for key, (_state, tries) in luna.ask(REPORT)[0].items() if key in routine):
        assert process.poll() is None
    luna.ask(MOVE)
    texts.answer, mails.answer = (lambda: 201), (lambda _stage: "250 yes")
    moved.set()
    finish(process)

    report, _told_lead = luna.ask(REPORT)
    assert {report[key][0] for key in routine} == {"void"}
    assert not any(taken.notice in routine for taken in texts.taken)
    assert not any(letter.key in routine for letter in mails.taken)
