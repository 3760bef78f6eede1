"""Taken out of the circle: everywhere, at once, in one transaction, and without a trace (02.5)."""

import re
from copy import copy
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from luna.audit.models import AuditEvent
from luna.careplan import jobs as careplan
from luna.checkins import actions as checkins
from luna.checkins.models import Watch
from luna.clinical.triage import Urgency
from luna.escalation.models import Escalation, EscalationStep
from luna.feed.models import Counter
from luna.notices import actions as notices
from luna.notices import jobs as sending
from luna.notices.models import Notice
from luna.people import access, tombstones
from luna.people.actions import circle, sharing
from luna.people.models import CircleMember, Invitation
from luna.people.sharing import Tell
from luna.treatment import actions as treatment
from tests.care import at
from tests.cast import member, viewer
from tests.test_access import GUARDED, things

pytestmark = pytest.mark.threat("T1")
__all__ = ["things"]  # something of Ana's for every address


@pytest.fixture(autouse=True)
def book(settings, tmp_path):
    """Nothing is written down yet as gone."""
    settings.LUNA_TOMBSTONES = tmp_path / "keys" / "tombstones.jsonl"
    return settings.LUNA_TOMBSTONES


def revoke(cast, now, tell=Tell.NOBODY) -> None:
    circle.revoke(member=cast.bea_member, by=cast.sees("ana"), tell=tell, now=now)


def planned(cast, now, words: str, to, values=None) -> Notice:
    return notices.plan(
        key=f"{words}:{to.id.hex}", words=words, clinic_id=cast.harbour.id, patient_id=cast.ana_patient.id,
        to_user_id=to.id, due_at=now, values=values, now=now,
    )  # fmt: skip


# What the caretaker finds


def pages(cast, clock, things) -> dict[str, tuple[int, str]]:
    """Return what every page Bea may ask for answers, by name; the feed counts on in either case."""
    browser, found = cast.browser("bea", clock.now, fresh=True), {}
    for address in GUARDED:
        is_theirs = "caretaker" in address.kinds or address.name in ("start", "choose")
        if address.name == "feed" or not is_theirs or not set(address.arguments) <= set(things):
            continue
        client = Client()
        client.cookies = copy(browser.cookies)
        response = client.get(address.path(things))
        text = "" if response.streaming else response.content.decode()
        found[address.name] = (response.status_code, response.get("Location", ""), without_ids(text))
    return found


def without_ids(text: str) -> str:
    """Leave out what differs each time a page is drawn."""
    return "\n".join(
        line
        for line in text.splitlines()
        if "csrfmiddlewaretoken" not in line and "client_id" not in line and "data-feed" not in line
    )


def test_revoked_page_equals_that_of_a_series_that_is_over(cast, clock, things):
    """Whoever holds the phone of one taken out cannot tell it from the time between two series."""
    _end_series(cast, clock.now)
    between = pages(cast, clock, things)

    revoke(cast, clock.now)

    after = pages(cast, clock, things)
    assert {name: page for name, page in after.items() if page != between[name]} == {}
    assert "Nothing to do here now." in between["circle"][2]


def test_revoked_caretaker_still_finds_their_way_in_to_nothing(cast, clock):
    revoke(cast, clock.now)

    assert access.capacities(cast.bea) == [(cast.capacity("bea"), "Caring for Ana")]


def leave(cast, clock) -> list[tuple[list, str]]:
    """Return what Bea's phone shows while she leaves: the page that offers it, the question, the thanks."""
    browser = cast.browser("bea", clock.now)
    asked = [("get", "/circle"), ("get", "/circle/leave"), ("post", "/circle/leave")]
    shown = [getattr(browser, method)(path, follow=True) for method, path in asked]
    return [(page.redirect_chain, without_ids(page.content.decode())) for page in shown]


NOTHING_SHARED = {
    "revoked": lambda cast, now: revoke(cast, now),
    "narrowed": lambda cast, now: sharing.choose(choices=[keep(cast)], by=cast.sees("ana"), now=now),
    "between series": lambda cast, now: _end_series(cast, now),
}


def _end_series(cast, now) -> None:
    sharing.ends_with_series(patient_id=cast.ana_patient.id, last_at=now - sharing.AFTER_SERIES)
    sharing.end_with_series(cast.ana_patient.id, now)


@pytest.mark.parametrize("state", NOTHING_SHARED.values(), ids=NOTHING_SHARED)
def test_whoever_sees_nothing_can_leave_all_the_same(cast, clock, state):
    state(cast, clock.now)

    offered, asked, after = leave(cast, clock)

    assert "Leave the circle" in offered[1]
    assert (asked[0], after[0]) == ([], [("/", 302), ("/choose", 302)])
    assert "You have left. Thank you for what you did." in after[1]
    assert "Caring for" not in after[1]
    assert access.capacities(cast.bea) == []


def test_leaving_looks_the_same_to_one_taken_out(cast, clock):
    seen = []
    for state in NOTHING_SHARED.values():
        with transaction.atomic():
            state(cast, clock.now)
            seen.append(leave(cast, clock))
            transaction.set_rollback(True)

    assert seen[0] == seen[1] == seen[2]


def test_leaving_after_being_taken_out_tells_nobody_and_asks_for_nobody(as_ana, cast, care, clock):
    revoke(cast, clock.now)
    before = (Notice.objects.count(), EscalationStep.objects.count())
    clock.move(days=1)

    leave(cast, clock)

    cast.ana_patient.refresh_from_db()
    assert cast.ana_patient.circle_changed_at is None
    assert (Notice.objects.count(), EscalationStep.objects.count()) == before
    nia = cast.browser("nia", clock.now)
    after = [as_ana.get("/circle"), nia.get(f"/clinic/patients/{cast.ana_patient.id}")]
    for page, words in zip(after, ("You stopped sharing yesterday", "Taken out by the patient"), strict=True):
        assert words in page.content.decode()
        assert "Left " not in page.content.decode()


def test_leaving_when_all_was_narrowed_is_told(cast, clock):
    NOTHING_SHARED["narrowed"](cast, clock.now)

    leave(cast, clock)

    cast.ana_patient.refresh_from_db()
    assert cast.ana_patient.circle_changed_at == clock.now


def test_leaving_the_second_time_in_a_circle_leaves_no_way_in(cast, clock, now):
    revoke(cast, clock.now)
    clock.move(days=1)
    member(cast.ana_patient, cast.bea, clock.now)

    leave(cast, clock)

    assert access.capacities(cast.bea) == []


def test_leaving_twice_is_once(cast, clock):
    revoke(cast, clock.now)
    viewer = cast.sees("bea")

    for _press in range(2):
        circle.leave(by=viewer, now=clock.now)

    assert AuditEvent.objects.filter(verb="circle.leave").count() == 1


def test_whoever_left_is_asked_nothing_more(cast, clock):
    circle.leave(by=cast.sees("bea"), now=clock.now)
    browser = cast.browser("bea", clock.now)

    assert "/circle/leave" not in browser.get("/circle").content.decode()
    assert browser.get("/circle/leave").url == "/circle"


def test_revoked_at_the_next_request(as_bea, cast, care, clock):
    before = as_bea.get("/plan").content.decode()

    revoke(cast, clock.now)

    after = as_bea.get("/plan").content.decode()
    assert ("Infusion 1" in before, "Infusion 1" in after) == (True, False)
    assert as_bea.get(f"/steps/{care.key('check-1')}").status_code == 404


def test_open_page_hears_that_something_changed(as_bea, cast, clock):
    drawn_at = Counter.objects.get_or_create(clinic_id=cast.harbour.id)[0].n

    revoke(cast, clock.now)

    assert as_bea.get(f"/feed?since={drawn_at}").status_code == 200


def test_nothing_of_a_person_is_kept_on_a_phone(as_bea):
    """The service worker keeps what a stranger would get; so there is nothing to take back from a phone."""
    script = as_bea.get("/sw.js").content.decode()

    assert 'credentials: "omit"' in script
    assert script.count("cache.put(") == 1
    assert script.count("cache.put(url, answer)") == 1


# What was on its way


def test_waiting_messages_are_withdrawn_in_the_same_transaction(cast, clock):
    to_bea = planned(cast, clock.now, "moved", cast.bea, {"was_at": clock.now, "starts_at": clock.now})
    to_ana = planned(cast, clock.now, "moved", cast.ana, {"was_at": clock.now, "starts_at": clock.now})

    revoke(cast, clock.now)

    states = dict(Notice.objects.values_list("pk", "state"))
    assert (states[to_bea.pk], states[to_ana.pk]) == ("void", "planned")


def test_narrowing_withdraws_only_what_is_no_longer_shared(cast, clock):
    check_in = planned(cast, clock.now, "checkin-due", cast.bea)
    moved = planned(cast, clock.now, "moved", cast.bea, {"was_at": clock.now, "starts_at": clock.now})
    wanted = sharing.Choice(
        cast.bea_member.pk, frozenset({"schedule"}), False, cast.bea_member.version, is_sure=True
    )

    sharing.choose(choices=[wanted], by=cast.sees("ana"), now=clock.now)

    states = dict(Notice.objects.values_list("pk", "state"))
    assert (states[check_in.pk], states[moved.pk]) == ("void", "planned")


def test_failing_part_undoes_all(cast, clock, settings):
    settings.LUNA_WHEN_NARROWED = (*settings.LUNA_WHEN_NARROWED, "luna.people.sharing.preset")

    with pytest.raises(TypeError):
        revoke(cast, clock.now)

    assert CircleMember.objects.get(pk=cast.bea_member.pk).state == "active"


# Who says it


@pytest.mark.parametrize(
    ("tell", "letters", "on_the_board"),
    [("nobody", 0, 0), ("", 0, 0), ("everybody", 0, 0), ("luna", 1, 0), ("clinic", 0, 1)],
)
@pytest.mark.parametrize("by", ["patient", "staff"])
def test_patient_chooses_who_says_it(
    as_ana, as_nia, cast, clock, mailoutbox, by, tell, letters, on_the_board
):
    browser, path = {
        "patient": (as_ana, f"/circle/members/{cast.bea_member.id}/remove"),
        "staff": (as_nia, f"/clinic/patients/{cast.ana_patient.id}/circle/{cast.bea_member.id}/remove"),
    }[by]
    asked = browser.get(path).content.decode()
    browser.post(path, {"tell": tell})
    sending.run(clock.now)

    offered = re.findall(r'name="tell" value="(\w+)"([^>]*)>', asked)
    assert [(who, " checked" in more) for who, more in offered] == [
        ("nobody", True), ("luna", False), ("clinic", False)
    ]  # fmt: skip
    assert [mail.to for mail in mailoutbox] == [["bea@example.org"]] * letters
    assert Escalation.objects.filter(cause="tell-member").count() == on_the_board
    assert cast.sees("bea").kinds == frozenset()


def test_letter_says_no_reason_and_is_not_sent_to_who_is_in_again(cast, clock, mailoutbox):
    revoke(cast, clock.now, Tell.LUNA)
    CircleMember.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, user=cast.bea, relation="friend",
        kinds=list(access.PRACTICAL), since=clock.now,
    )  # fmt: skip

    sending.run(clock.now)

    assert mailoutbox == []


def test_clinic_finds_on_its_board_whom_to_tell_and_nobody_is_woken(as_ana, as_nia, cast, clock, mailoutbox):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(phone="+12125550177")
    as_ana.post(f"/circle/members/{cast.bea_member.id}/remove", {"tell": "clinic"})
    row = Escalation.objects.get(cause="tell-member")

    text = as_nia.get(f"/clinic/escalations/{row.id}").content.decode()

    assert "Asks you to tell someone" in text
    assert "Bea (Friend)" in text
    assert row.next_rung_at is None
    assert mailoutbox == []


# Whoever is watching


@pytest.fixture
def watch(cast, care, clock) -> Watch:
    """Bea is at home with Ana for a moment now."""
    care.leave()
    clock.now = at("03-15 12:00")
    return checkins.start_watch(
        viewer=cast.sees("bea"), infusion_id=care.infusions[0].pk, client_id=uuid4(), now=clock.now
    )


@pytest.mark.hazard("H9")
def test_taken_out_while_watching_brings_a_human_in_the_same_transaction(cast, watch, clock):
    revoke(cast, clock.now)

    row = Escalation.objects.get(cause="no-adult")
    assert (row.about_id, row.opened_at) == (watch.pk.hex, clock.now)
    assert row.next_rung_at == clock.now


@pytest.mark.hazard("H9")
def test_watch_no_longer_shared_brings_a_human_once(cast, watch, clock):
    wanted = sharing.Choice(
        cast.bea_member.pk, frozenset({"schedule"}), False, cast.bea_member.version, is_sure=True
    )

    for _press in range(2):
        sharing.choose(choices=[wanted], by=cast.sees("ana"), now=clock.now)

    assert EscalationStep.objects.filter(escalation__cause="no-adult", what="opened").count() == 1


@pytest.mark.hazard("H9")
def test_leaving_while_watching_brings_a_human(cast, watch, clock):
    circle.leave(by=cast.sees("bea"), now=clock.now)

    assert Escalation.objects.filter(cause="no-adult").count() == 1


def test_taken_out_between_infusions_brings_nobody(cast, care, clock):
    revoke(cast, clock.now)

    assert not Escalation.objects.filter(cause="no-adult").exists()


# Whoever is on duty


def keep(cast, *kinds):
    """Have Ana share no more than these kinds with Bea."""
    version = CircleMember.objects.get(pk=cast.bea_member.pk).version
    return sharing.Choice(cast.bea_member.pk, frozenset(kinds), False, version, is_sure=True)


ENDS = {
    "revoked": lambda cast, now: revoke(cast, now),
    "left": lambda cast, now: circle.leave(by=cast.sees("bea"), now=now),
    "no schedule": lambda cast, now: sharing.choose(
        choices=[keep(cast, "ride", "recovery")], by=cast.sees("ana"), now=now
    ),
    "no check-ins": lambda cast, now: sharing.choose(
        choices=[keep(cast, "schedule", "ride")], by=cast.sees("ana"), now=now
    ),
}


def uncovered(care):
    """Return the numbers of the infusions a human was asked about, and how urgently."""
    row = Escalation.objects.filter(cause="coverage").first()
    about = {f"duty-{one.id.hex}": number for number, one in enumerate(care.infusions, start=1)}
    steps = row.steps.exclude(what="told").values_list("about_id", flat=True) if row else []
    return sorted(about[step] for step in steps), row and row.urgency


@pytest.mark.hazard("H9")
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_whoever_is_on_duty_far_ahead_and_sees_too_little_brings_a_human_at_once(cast, care, clock, end):
    end(cast, clock.now)

    assert uncovered(care) == ([1], Urgency.SOON)
    row = Escalation.objects.get(cause="coverage")
    assert row.opened_at == row.next_rung_at == clock.now


@pytest.mark.hazard("H9")
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_whoever_is_on_duty_and_ends_on_the_ride_home_brings_a_human_at_once(cast, care, end):
    care.leave()

    end(cast, care.infusions[0].leaves_at + timedelta(minutes=10))

    assert uncovered(care) == ([1], Urgency.URGENT)


@pytest.mark.hazard("H9")
def test_whoever_was_on_duty_and_ends_when_they_are_home_leaves_it_to_the_watch(cast, care, clock):
    care.home(at("03-15 12:00"))

    revoke(cast, at("03-15 13:00"))

    assert uncovered(care)[0] == [2]


@pytest.mark.hazard("H9")
@pytest.mark.parametrize("when", ["03-10 12:00", "03-14 12:00"])
@pytest.mark.parametrize(("end", "told"), [("revoked", ["Cal"]), ("left", ["Ana", "Cal"])])
def test_who_could_take_it_is_told_at_once_and_not_who_was_on_duty(cast, care, now, when, end, told):
    member(cast.ana_patient, cast.cal, now + timedelta(hours=1))

    ENDS[end](cast, at(when))

    rows = Notice.objects.filter(words="duty-open").select_related("to_user")
    assert sorted(one.to_user.first_name for one in rows) == told
    careplan.run(at(when) + timedelta(minutes=1))
    assert rows.count() == len(told)


@pytest.mark.hazard("H6")
def test_who_is_not_on_duty_and_leaves_brings_nobody(cast, care, clock, now):
    member(cast.ana_patient, cast.cal, now)
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(since=now - timedelta(days=1))

    circle.leave(by=viewer(cast.cal, f"caretaker:{cast.ana_patient.id.hex}"), now=now)

    assert uncovered(care) == ([], None)


@pytest.mark.hazard("H6")
@pytest.mark.parametrize("said", [{"help": "drives"}, {"kinds": ["schedule", "ride"]}])
def test_who_could_not_be_on_duty_and_sees_less_brings_nobody(cast, care, clock, said):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(**said)

    revoke(cast, clock.now)

    assert uncovered(care) == ([], None)


@pytest.mark.hazard("H6")
def test_seeing_less_that_staying_does_not_need_brings_nobody(cast, care, clock):
    sharing.choose(choices=[keep(cast, "schedule", "recovery")], by=cast.sees("ana"), now=clock.now)

    assert uncovered(care) == ([], None)


@pytest.mark.hazard("H9")
def test_shared_again_and_taken_back_again_brings_a_human_again(cast, care, clock):
    for kinds in (("ride",), access.PRACTICAL, ("ride",)):
        sharing.choose(choices=[keep(cast, *kinds)], by=cast.sees("ana"), now=clock.now)

    assert uncovered(care)[0] == [1, 1]


def test_an_infusion_that_was_called_off_brings_nobody(cast, care, clock):
    treatment.cancel(
        infusion_id=care.infusions[0].id, why="patient", expected_revision=1, viewer=cast.sees("nia"),
        client_id=uuid4(), now=clock.now,
    )  # fmt: skip
    revoke(cast, clock.now)

    assert uncovered(care)[0] == [2]


# After a restore


@pytest.mark.threat("T9")
def test_backup_from_yesterday_does_not_bring_the_access_back(cast, clock, as_bea):
    yesterday = {"state": "active", "until": None, "version": cast.bea_member.version}
    revoke(cast, clock.now)
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(**yesterday)
    restored = cast.sees("bea").kinds

    tombstones.replay()

    assert restored == frozenset(access.PRACTICAL)
    assert cast.sees("bea").kinds == frozenset()
    assert "Nothing to do here now." in as_bea.get("/circle").content.decode()
    assert not Invitation.objects.filter(patient=cast.ana_patient, state="pending").exists()
