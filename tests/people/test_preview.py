"""The patient looks at a page as somebody in their circle gets it, and nothing else happens (02.4)."""

import re
from copy import copy
from uuid import uuid4

import pytest
from django.test import Client

from luna.audit.models import AuditEvent, AuditUnsealed
from luna.careplan import actions as careplan_actions
from luna.careplan import plans as careplan
from luna.careplan.models import Mark
from luna.clinical.protocol import Actor
from luna.clinical.task import TaskStatus
from luna.notices.models import Notice
from luna.people import access
from luna.people.models import CircleMember
from luna.records.models import Draft, PrivateLine, Response
from tests.care import at
from tests.test_access import GUARDED, things

pytestmark = pytest.mark.threat("T1")
__all__ = ["things"]  # something of Ana's for every address

CARETAKERS = [one for one in GUARDED if "caretaker" in one.kinds and one.name != "feed"]


@pytest.fixture
def sees(cast):
    """Return the address of a page as Bea sees it."""
    return lambda path="": f"/circle/members/{cast.bea_member.id}/sees/{path}"


def main(text: str) -> str:
    """Return what a page shows below its head, without the banner of a preview and what the server counts."""
    body = text.partition('<main id="main"')[2]
    before, _, rest = body.partition('<aside class="off" aria-label="Preview">')
    body = before + rest.partition("</aside>")[2] if rest else body
    return "\n".join(line.strip() for line in body.splitlines() if "csrf" not in line and line.strip())


def written() -> dict[str, int]:
    """Return how much is written down in tables that looking could touch."""
    tables = (Mark, Response, Draft, PrivateLine, Notice, CircleMember)
    return {table.__name__: table.objects.count() for table in tables}


def test_preview_shows_what_she_sees(as_ana, as_bea, care, sees):
    shown, hers = as_ana.get(sees("plan")), as_bea.get("/plan")

    text = shown.content.decode()
    assert "This is what Bea sees." in text
    assert main(text).replace(sees(), "/") == main(hers.content.decode())


def test_preview_follows_what_is_shared_now(as_ana, cast, care, sees):
    before = as_ana.get(sees("circle")).content.decode()

    CircleMember.objects.filter(pk=cast.bea_member.pk).update(kinds=["schedule"])

    after = as_ana.get(sees("circle")).content.decode()
    assert ("The ride" in before, "The ride" in after) == (True, False)


def test_links_lead_on_inside_the_preview_and_out_of_it(as_ana, care, sees):
    text = as_ana.get(sees()).content.decode()

    for path in ("now", "plan", "circle"):
        assert f'href="{sees(path)}"' in text
    assert '<a href="/circle">Leave the preview</a>' in text
    assert as_ana.get("/circle").content.decode().count("This is what Bea sees.") == 0
    assert 'href="/plan"' in as_ana.get("/now").content.decode()


def test_worried_leads_out_to_ones_own_page(as_ana, sees):
    assert as_ana.get(sees("worried")).url == "/worried"


@pytest.mark.parametrize("one", CARETAKERS, ids=lambda one: one.name)
def test_no_page_of_hers_breaks_or_writes(things, cast, clock, sees, one):
    if not set(one.arguments) <= set(things):
        pytest.skip("nothing to open it with")
    browser, path = cast.browser("ana", clock.now, fresh=True), one.path(things).removeprefix("/")
    browser.get(sees(path))
    lines, before = AuditEvent.objects.count(), written()

    shown = browser.get(sees(path))
    sent = browser.post(sees(path), {"client_id": uuid4(), "done": "yes", "revision": 1})

    assert shown.status_code in (200, 302, 403, 404, 405)
    assert shown.get("Location", sees()).startswith(sees())
    assert sent.status_code == 403
    assert (AuditEvent.objects.count(), written()) == (lines, before)
    assert not AuditEvent.objects.filter(capacity="caretaker").exists()
    assert not AuditEvent.objects.filter(actor_id__in=[cast.bea.id, access.NOBODY]).exists()


PHONE = "+12125550199"


def shows_phone(text: str) -> bool:
    """Say whether a text holds the number, however it is written."""
    return re.sub(r"\D", "", PHONE)[1:] in re.sub(r"[\s().\u00a0\u2011-]|&nbsp;", "", text)


@pytest.fixture
def known_phone(cast):
    """Bea gave the clinic a number to call her on."""
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(phone=PHONE)


def test_number_to_call_her_on_is_hers_and_the_clinics(as_ana, as_bea, as_nia, cast, known_phone, sees):
    hers = as_bea.get("/circle/helping").content.decode()
    clinics = as_nia.get(
        f"/clinic/patients/{cast.ana_patient.id}/circle/{cast.bea_member.id}/helping"
    ).content.decode()
    shown = as_ana.get(sees("circle/helping")).content.decode()

    assert (shows_phone(hers), shows_phone(clinics), shows_phone(shown)) == (True, True, False)
    assert "This is what Bea sees." in shown


@pytest.mark.parametrize("one", CARETAKERS, ids=lambda one: one.name)
def test_no_page_of_hers_shows_the_patient_her_number(things, cast, clock, known_phone, sees, one):
    if not set(one.arguments) <= set(things):
        pytest.skip("nothing to open it with")
    browser, path = cast.browser("ana", clock.now, fresh=True), one.path(things).removeprefix("/")

    shown = browser.get(sees(path))

    assert not shows_phone("" if shown.streaming else shown.content.decode())


def test_looking_is_one_line_in_the_patients_own_name(as_ana, cast, care, sees):
    for path in ("now", "plan", "circle"):
        as_ana.get(sees(path))

    line = AuditEvent.objects.get(verb="circle.preview")
    assert (line.actor_id, line.capacity, line.subject_id) == (cast.ana.id, "patient", cast.bea_member.id)
    assert AuditUnsealed.objects.count() == AuditEvent.objects.count()


def test_what_she_wrote_is_left_out(as_ana, as_bea, cast, care, clock, sees):
    clock.now = at("03-15 12:30")
    key = care.key("check-1")
    Response.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, at=clock.now, recorded_at=clock.now, by=cast.bea,
        capacity="caretaker", client_id=uuid4(), questionnaire="home", questionnaire_version="1",
        task_key=key, answers={"other": "canary"}, urgency=2, rules_version="1", content_hash="0" * 64,
    )  # fmt: skip
    response = Response.objects.get()

    result = as_ana.get(sees(f"check-in/{key}/result/{response.pk}"))
    private = as_ana.get(sees(f"steps/{key}/private"))

    assert result.status_code == 404
    assert "You are only looking" in private.content.decode()


def test_what_she_marked_or_missed_is_left_out(as_ana, as_bea, cast, care, clock, sees):
    clock.now = at("03-15 07:30")
    key = next(
        task.key for plan in careplan.plans_for(cast.sees("bea"), clock.now) for task in plan.tasks
        if task.actor is Actor.CARETAKER and task.step.markable and plan.status(task) is TaskStatus.READY
    )  # fmt: skip
    careplan_actions.mark(
        viewer=cast.sees("bea"), task_key=key, done=True, revision=1, client_id=uuid4(), now=clock.now
    )

    hers, shown = (
        browser.get(path).content.decode() for browser, path in ((as_bea, "/now"), (as_ana, sees()))
    )

    assert ("Done today" in hers, "Done today" in shown) == (True, False)
    assert "Missed" not in shown


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_oli", "as_bea", "as_cal", "as_dee_caring", "as_nia", "as_eve"])
@pytest.mark.parametrize("path", ["", "plan"])
def test_nobody_else_looks_as_bea(who, path, request, sees):
    browser = request.getfixturevalue(who)

    assert browser.get(sees(path)).status_code == 404


def test_one_taken_out_is_no_longer_looked_as(as_ana, cast, sees):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(state="revoked")

    assert as_ana.get(sees()).status_code == 404


@pytest.mark.parametrize("path", ["me", "me/profile", "clinic/patients", "circle/invite", "circle/sharing"])
def test_what_is_not_hers_to_open_is_closed(as_ana, sees, path):
    text = as_ana.get(sees(path)).content.decode()

    assert "You are only looking" in text
    assert "This is what Bea sees." not in text


def test_no_such_page_is_not_found(as_ana, sees):
    assert as_ana.get(sees("nothing-here")).status_code == 404


def test_another_tab_goes_on_as_the_patient(cast, clock, care, sees):
    """Looking as somebody is in the address, not in the sign-in: no other page of hers is closed by it."""
    browser = cast.browser("ana", clock.now)
    other = Client()
    other.cookies = copy(browser.cookies)

    browser.get(sees("plan"))

    assert "This is what Bea sees." not in other.get("/plan").content.decode()
