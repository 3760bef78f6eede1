"""Every address, asked for by every wrong person (01.1): not found, or sent to sign in.

An address with an id in it is asked for with the id of something of Ana's or of her clinic. Whoever
adds such an address names the thing in `things`; one that is not named fails here.
"""

import json
import re
from copy import copy
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from luna.careplan.models import DayChange
from luna.clinical.triage import Urgency
from luna.escalation import actions as escalation
from luna.escalation import writing
from luna.escalation.writing import Written
from luna.intake.actions import medicines
from luna.notices import jobs as notices
from luna.notices.models import Notice
from luna.people import codes
from luna.people.actions import circle, identity, invitations
from luna.people.models import Clinician, ClosedDay
from luna.records.models import PrivateLine, Response
from luna.treatment import actions as treatment
from tests import cast as people
from tests.consents import asking
from tests.people import reading

# Asked by machines, and telling of nobody; a hook hears only what its provider signed.
MACHINES = {"health", "metrics", "hook-status", "hook-reply", "hook-pressed", "hook-mail"}
# In an address, these name nothing of anyone.
OF_NOBODY = {"name", "slug", "secret", "passkey_id", "rest", "about", "language"}
STRANGERS = ("oli", "zoe", "cal", "dee_caring", "dee", "eve")
EVERYBODY = ("ana", "bea", "diaz", "nia", *STRANGERS)
LET_IN = ("ana", "bea", "diaz")  # between them, to every page behind the PIN
ANAS = ("Ana Abel", "ana@example.org", "Bea Burns", "bea@example.org", "Sam Stone")


@dataclass(frozen=True)
class Address:
    """One address of Luna: its name, what fills it, and to whom its view says it is open."""

    name: str
    arguments: tuple[str, ...]
    kinds: tuple[str, ...]
    roles: tuple[str, ...]
    is_fresh: bool  # behind the PIN
    leaves_no_trace: bool  # a form sent too late is not kept

    @property
    def is_public(self) -> bool:
        """Say whether anyone may come in, signed in or not."""
        return self.kinds == ("public",)

    @property
    def is_of_ana(self) -> bool:
        """Say whether the address names something of Ana's or of her clinic."""
        return bool(set(self.arguments) - OF_NOBODY)

    def lets_in(self, viewer) -> bool:
        """Say whether somebody in this capacity may come in at all."""
        if self.is_public or self.kinds == ("person",):
            return True
        has_role = not self.roles or not viewer.is_staff or viewer.has_role(*self.roles)
        return viewer.capacity_kind in self.kinds and has_role

    def path(self, things) -> str:
        """Return the address filled with Ana's things."""
        return reverse(self.name, kwargs={name: things[name] for name in self.arguments})


def patterns(found=None):
    for pattern in get_resolver().url_patterns if found is None else found:
        if isinstance(pattern, URLPattern):
            yield pattern
        else:
            yield from patterns(pattern.url_patterns)


ADDRESSES = [
    Address(
        name=pattern.name,
        arguments=tuple(sorted(pattern.pattern.converters)),
        kinds=getattr(pattern.callback, "capacities", ()),
        roles=getattr(pattern.callback, "roles", ()),
        is_fresh=getattr(pattern.callback, "fresh", False),
        leaves_no_trace=getattr(pattern.callback, "leaves_no_trace", False),
    )
    for pattern in patterns()
]
GUARDED = [one for one in ADDRESSES if one.name not in MACHINES]
NOT_KEPT = "What you just sent did not arrive. Give your PIN or passkey first, then send it again."
# What a page asks for that must never come back in a form which was kept.
SECRET = re.compile(rb'<input[^>]*(type="password"|autocomplete="one-time-code"|name="credential")')


@pytest.fixture
def things(care, cast, now) -> dict:
    """Something of Ana's, or of Harbour Clinic, for every argument of an address."""
    ana, infusion = cast.ana_patient, care.infusions[0]
    key = care.key("check-1")
    opened = escalation.open(
        clinic_id=cast.harbour.id, patient_id=ana.id, cause="no-reply", urgency=Urgency.SOON,
        about_type="series", about_id=care.series.id.hex, by=None, now=now,
    )  # fmt: skip
    invited = invitations.invite(
        patient=ana, role="caretaker", email="sam@example.org", name="Sam Stone", relation="partner",
        by=cast.sees("ana"), client_id=uuid4(), now=now,
    )  # fmt: skip
    notices.invite(now)
    asking.sign_text(cast, now)
    response = Response.objects.create(
        clinic=cast.harbour, patient=ana, at=now, recorded_at=now, by=cast.bea, capacity="caretaker",
        client_id=uuid4(), questionnaire="home", questionnaire_version="1", task_key=key, answers={},
        urgency=0, rules_version="1", content_hash="0" * 64,
    )  # fmt: skip
    return {
        "patient_id": ana.id,
        "user_id": cast.ana.id,
        "member_id": cast.bea_member.id,
        "invitation_id": invited.id,
        "clinician_id": Clinician.objects.get(user=cast.nia).id,
        "closed_day_id": ClosedDay.objects.create(clinic=cast.harbour, on=date(2027, 12, 24)).id,
        "chair_id": cast.harbour.chairs.first().id,
        "series_id": care.series.id,
        "order_id": _order(care, cast, now).id,
        "infusion_id": infusion.id,
        "change_id": DayChange.objects.create(
            clinic=cast.harbour,
            on=date(2027, 3, 15),
            what="late",
            minutes=30,
            by=cast.nia,
            at=now,
            client_id=uuid4(),
            lines=[{"infusion": infusion.id.hex, "revision": 1, "to": now.isoformat()}],
        ).id,
        "task_key": key,
        "line_id": PrivateLine.objects.create(by=cast.ana, task_key=key, at=now, client_id=uuid4()).id,
        "response_id": response.id,
        "escalation_id": opened.id,
        "medicine_id": medicines.tell(
            viewer=cast.sees("ana"), patient=ana, said=medicines.Said("lithium"), client_id=uuid4(), now=now
        ).id,
        "step_id": writing.heed(
            viewer=cast.sees("ana"),
            written=Written("Ana Abel asks", is_safety=True),
            client_id=uuid4(),
            now=now,
        ).id,
        "notice_id": Notice.objects.get(to_email="sam@example.org").id,
        "name": "mood-acute",
        "slug": "ana",
        "consent_id": asking.sign(cast, now).id,
        "about": "treatment",
        "language": "en",
        "channel": "sms",
        "fence": 1,
        "secret": "x" * 43,
        "passkey_id": 1,
        "rest": "plan",
    }


def _order(care, cast, now):
    return treatment.sign_order(
        series_id=care.series.id, wanted=treatment.Wanted(what="skip", name="last-drink"),
        viewer=cast.sees("diaz"), client_id=uuid4(), now=now,
    )  # fmt: skip


@pytest.fixture
def ask(things, clock):
    """Ask for every address with one browser, by GET and POST, each as if it were the first."""

    def every(browser):
        for address in GUARDED:
            for method in ("get", "post"):
                with transaction.atomic():
                    client = Client()
                    client.cookies = copy(browser.cookies)
                    response = getattr(client, method)(address.path(things))
                    yield address, (address.name, method, response.status_code), response
                    transaction.set_rollback(True)

    return every


def sent_to_sign_in(response) -> bool:
    """Say whether somebody is first asked to sign in."""
    return response.status_code == 302 and response["Location"].startswith("/sign-in")


def shown_of_ana(response) -> list[str]:
    """Return what of Ana's a page shows."""
    text = "" if response.streaming else response.content.decode()
    return [word for word in ANAS if word in text]


@pytest.mark.threat("T4")
def test_every_view_says_to_whom_it_is_open():
    assert [one.name for one in GUARDED if not one.kinds] == []


def test_every_argument_is_filled(things):
    assert {name for one in ADDRESSES for name in one.arguments} - set(things) == set()


@pytest.mark.threat("T4")
@pytest.mark.parametrize("name", EVERYBODY)
def test_page_for_another_capacity_or_role_is_not_found(ask, cast, clock, name):
    viewer = cast.sees(name)
    browser = cast.browser(name, clock.now, fresh=True)

    wrong = [
        told
        for address, told, response in ask(browser)
        if not address.lets_in(viewer) and (response.status_code != 404 or shown_of_ana(response))
    ]

    assert wrong == []


@pytest.mark.threat("T4")
@pytest.mark.parametrize("name", STRANGERS)
def test_page_of_ones_own_kind_finds_nothing_of_anas(ask, cast, clock, name):
    viewer = cast.sees(name)
    browser = cast.browser(name, clock.now, fresh=True)

    wrong = []
    for address, told, response in ask(browser):
        if not address.lets_in(viewer):
            continue
        if sent_to_sign_in(response):  # where Dee has yet to give the second factor of their other place
            continue
        expected = {404, 405} if address.is_of_ana else {200, 204, 302, 304, 400, 403, 404, 405, 410, 422}
        if response.status_code not in expected or shown_of_ana(response):
            wrong.append(told)

    assert wrong == []


@pytest.mark.threat("T4")
def test_page_asks_who_is_not_signed_in_to_sign_in(ask, as_nobody):
    wrong = [
        told
        for address, told, response in ask(as_nobody)
        if shown_of_ana(response)
        or (
            response.status_code >= 500
            if address.is_public
            else (response.status_code, response.get("Location", "").partition("?")[0]) != (302, "/sign-in")
        )
    ]

    assert wrong == []


@pytest.mark.threat("T4")
def test_page_about_the_patient_is_closed_to_a_caretaker_taken_out(ask, cast, clock):
    browser = cast.browser("bea", clock.now, fresh=True)
    circle.revoke(member=cast.bea_member, by=cast.sees("ana"), now=clock.now)

    opened = [
        told for address, told, _response in ask(browser) if address.is_of_ana and told[2] not in (404, 405)
    ]

    assert opened == []


@pytest.mark.threat("T4")
@pytest.mark.parametrize("name", STRANGERS)
@pytest.mark.parametrize("claimed", ["ana", "bea", "nia"])
def test_capacity_of_another_cannot_be_claimed(cast, clock, name, claimed):
    person = getattr(cast, name.removesuffix("_caring"))
    browser = people.browser(person, cast.capacity(claimed), clock.now, fresh=True)

    answers = {browser.get(path).status_code for path in ("/circle", "/clinic/patients", "/who-looked")}

    assert answers == {404}


@pytest.mark.threat("T4")
@pytest.mark.parametrize("capacity", ["", "x", "admin:1", "caretaker:" + "0" * 32])
def test_capacity_that_is_none_opens_nothing(cast, clock, capacity):
    browser = people.browser(cast.ana, capacity, clock.now)

    response = browser.get("/circle")

    assert response.status_code in (302, 404)


@pytest.mark.threat("T4")
def test_dee_sees_in_each_capacity_only_what_it_allows(cast, clock):
    """Nurse at Hill Clinic and caretaker of Oli at Harbour Clinic: the two never add up."""
    at_work, at_home = (cast.browser(name, clock.now) for name in ("dee", "dee_caring"))

    work = at_work.get("/clinic/patients").content.decode()

    assert ("Zoe Zhu" in work, "Oli Orr" in work) == (True, False)
    assert at_work.get(f"/clinic/patients/{cast.oli_patient.id}").status_code == 404
    assert at_home.get("/clinic/patients").status_code == 404
    assert at_home.get(f"/clinic/patients/{cast.zoe_patient.id}").status_code == 404


@pytest.mark.threat("T4")
def test_staff_without_their_second_factor_come_nowhere(cast, clock):
    browser = cast.browser("nia", clock.now)
    session = browser.session
    del session["second_factor"]
    session.save()

    assert browser.get("/clinic/patients").url.startswith("/sign-in")


def test_expired_link_opens_nothing(cast, clock, as_nobody):
    asked = invitations.invite(
        patient=cast.ana_patient, role="caretaker", email="sam@example.org", name="Sam", relation="friend",
        by=cast.sees("ana"), client_id=uuid4(), now=clock.now,
    )  # fmt: skip
    link = invitations.link(invitation_id=asked.id, email=asked.email, now=clock.now)

    clock.now += timedelta(days=15)

    assert as_nobody.get(link.removeprefix("http://localhost:8000")).status_code == 410


def let_in(cast, address) -> str:
    """Return the name of somebody whose capacity and role an address is open to."""
    return next(name for name in LET_IN if address.lets_in(cast.sees(name)))


def test_whatever_is_typed_before_the_pin_goes_stale_is_kept(things, cast, clock):
    typed = {"text": "Long words <b>\r\nin two lines", "many": ["one", "two"]}
    behind = [one for one in GUARDED if one.is_fresh and not one.leaves_no_trace]
    browsers = {name: cast.browser(name, clock.now) for name in LET_IN}
    for name in LET_IN:
        identity.set_pin(getattr(cast, name), "385162", now=clock.now)

    lost = []
    for address in behind:
        locked = browsers[let_in(cast, address)].post(address.path(things), typed)
        held = reading.hidden(locked, "/me/unlock") if locked.status_code == 423 else {"kept": "{}", "to": ""}
        if (json.loads(held["kept"]), held["to"]) != (
            {"text": [typed["text"]], "many": typed["many"]},
            address.path(things),
        ):
            lost.append(address.name)

    assert {"circle-invite", "staff-add", "order-new", "decision"} <= {one.name for one in behind}
    assert lost == []


@pytest.mark.threat("T1")
def test_whatever_must_leave_no_trace_is_not_kept_and_said_so(things, cast, clock):
    hushed = [one for one in GUARDED if one.is_fresh and one.leaves_no_trace]

    told = {}
    for address in hushed:
        browser = cast.browser(let_in(cast, address), clock.now)
        asked = browser.post(address.path(things), {"text": "Canary under the bridge", "pin": "385162"})
        page = browser.get("/me/unlock")
        told[address.name] = (asked.url.partition("?")[0], reading.flashes(page))
        assert b"Canary" not in page.content

    assert "step-private" in told
    assert told == dict.fromkeys(told, ("/me/unlock", [NOT_KEPT]))


@pytest.mark.threat("T1")
def test_page_that_asks_for_a_secret_keeps_no_form(things, cast, clock):
    """Walked by whoever can open it: what is typed there is a PIN, a code or the answer of a passkey."""
    asking_for_it = {}
    for name in ("ana", "diaz"):
        browser = cast.browser(name, clock.now, fresh=True)
        session = browser.session
        session["new_email"] = codes.make("new@example.org", clock.now)[1]
        session.save()
        for address in GUARDED:
            if address.is_public or not address.lets_in(cast.sees(name)):
                continue
            page = browser.get(address.path(things))
            # Beside the page every staff page has a cover that asks for the PIN.
            if not page.streaming and SECRET.search(page.content.partition(b"<main")[2].split(b"</main>")[0]):
                asking_for_it[address.name] = address.leaves_no_trace

    assert asking_for_it == dict.fromkeys(asking_for_it, True)
    assert {"pin", "passkeys", "app", "email-code"} <= set(asking_for_it)
