"""What each person sees: chosen by the patient, narrowed at once, ended with the series."""

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luna.audit.models import AuditEvent
from luna.people import access, jobs, sharing, tombstones
from luna.people.actions import identity
from luna.people.actions import sharing as actions
from luna.people.errors import Impaired, Refused, Stale
from luna.people.models import CircleMember, Patient
from tests.cast import member as new_member
from tests.cast import user as new_user

ALL = sorted(set(access.SHAREABLE) - {"journal"})


@pytest.fixture(autouse=True)
def book(settings, tmp_path):
    """Nothing is written down yet as gone."""
    settings.LUNA_TOMBSTONES = tmp_path / "keys" / "tombstones.jsonl"
    return settings.LUNA_TOMBSTONES


def form(*members: CircleMember, **changes) -> dict:
    """Return what the page of sharing sends, with the first member's fields changed."""
    sent = {}
    for member in members:
        sent[f"{member.pk.hex}-version"] = member.version
        sent[f"{member.pk.hex}-kinds"] = list(member.kinds)
        if member.kept_at:
            sent[f"{member.pk.hex}-is_kept"] = "on"
    first = members[0].pk.hex
    return sent | {name if name == "preset" else f"{first}-{name}": value for name, value in changes.items()}


def choice(member: CircleMember, kinds, *, is_kept: bool = False, is_sure: bool = True) -> actions.Choice:
    return actions.Choice(member.pk, frozenset(kinds), is_kept, member.version, is_sure=is_sure)


def seen_by_bea(cast) -> list[str]:
    return sharing.in_order(cast.sees("bea").kinds)


# The rules


@pytest.mark.parametrize("preset", sharing.PRESETS, ids=lambda preset: preset.id)
def test_preset_holds_the_way_home_and_never_the_journal_or_a_private_kind(preset):
    assert sharing.lacking(preset.kinds) == ()
    assert preset.kinds & {"journal", *access.PRIVATE} == set()
    assert sharing.preset_of(preset.kinds) == preset.id


def test_presets_widen_one_after_the_other():
    kinds = [preset.kinds for preset in sharing.PRESETS]

    assert kinds[0] < kinds[1] < kinds[2]


def test_choice_of_ones_own_is_no_preset():
    assert sharing.preset_of({"schedule"}) == ""
    assert sharing.lacking({"schedule"}) == ("ride", "recovery")


# The page


def test_page_shows_presets_then_kinds_of_each_person(as_ana):
    text = as_ana.get("/circle/sharing").content.decode()

    assert text.index("Practical only") < text.index("Schedule and tasks")
    assert "Sees now: Practical only" in text
    assert "Pregnancy, alcohol and drugs" in text
    assert [f'value="{kind}"' in text for kind in access.PRIVATE] == [False] * len(access.PRIVATE)


def test_preset_is_one_press_after_the_pin(as_ana_fresh, cast):
    sent = form(cast.bea_member, preset=f"{cast.bea_member.pk.hex}:all")

    response = as_ana_fresh.post("/circle/sharing", sent)

    assert (response.status_code, response.url) == (302, "/circle/sharing")
    assert sorted(seen_by_bea(cast)) == ALL
    assert AuditEvent.objects.filter(verb="circle.share", actor_id=cast.ana.id).count() == 1


@pytest.mark.threat("T1")
def test_showing_more_asks_for_the_pin_and_keeps_what_was_ticked(as_ana, cast, now):
    identity.set_pin(cast.ana, "385162", now=now)
    sent = form(cast.bea_member, kinds=["schedule", "ride", "recovery", "journal"])

    asked = as_ana.post("/circle/sharing", sent)
    kept = re.search(r'name="kept" value="([^"]+)"', asked.content.decode())[1]
    again = as_ana.post("/me/unlock", {"to": "/circle/sharing", "kept": html.unescape(kept), "pin": "385162"})

    assert asked.status_code == 423
    assert 'value="journal"' in again.content.decode()
    assert seen_by_bea(cast) == list(access.PRACTICAL)


@pytest.mark.threat("T1")
def test_showing_less_asks_for_no_pin(as_ana, cast, now):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(kinds=ALL)
    cast.bea_member.refresh_from_db()

    as_ana.post("/circle/sharing", form(cast.bea_member, kinds=list(access.PRACTICAL)))

    assert seen_by_bea(cast) == list(access.PRACTICAL)


def test_sent_twice_is_once(as_ana, cast):
    sent = form(cast.bea_member, kinds=["schedule", "ride"], is_sure="on")

    answers = [as_ana.post("/circle/sharing", sent).status_code for _press in range(2)]

    assert answers == [302, 302]
    assert AuditEvent.objects.filter(verb="circle.share").count() == 1


def test_two_tabs_see_both_and_keep_what_was_ticked(as_ana, cast):
    old = form(cast.bea_member, kinds=["schedule"], is_sure="on")
    as_ana.post("/circle/sharing", form(cast.bea_member, kinds=["schedule", "ride"], is_sure="on"))

    response = as_ana.post("/circle/sharing", old)

    text = response.content.decode()
    assert response.status_code == 422
    assert "Someone changed this while you had it open." in text
    assert "<td>Schedule and tasks, The ride</td><td>Schedule and tasks</td>" in text
    assert seen_by_bea(cast) == ["schedule", "ride"]


@pytest.mark.parametrize("kind", ["pregnancy", "nothing", "x" * 5000])
def test_kind_that_cannot_be_shared_changes_nothing(as_ana_fresh, cast, kind):
    response = as_ana_fresh.post("/circle/sharing", form(cast.bea_member, kinds=["schedule", kind]))

    assert response.status_code == 422
    assert seen_by_bea(cast) == list(access.PRACTICAL)


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_oli", "as_bea", "as_cal", "as_dee_caring", "as_nia", "as_eve"])
def test_nobody_else_changes_what_bea_sees(who, request, cast):
    browser = request.getfixturevalue(who)

    browser.post("/circle/sharing", form(cast.bea_member, kinds=ALL, preset=f"{cast.bea_member.pk.hex}:all"))

    assert seen_by_bea(cast) == list(access.PRACTICAL)


@pytest.mark.threat("T4")
def test_choice_about_somebody_elses_caretaker_is_refused(cast, now):
    with pytest.raises(Refused):
        actions.choose(choices=[choice(cast.cal_member, ALL)], by=cast.sees("ana"), now=now)

    assert cast.sees("cal").kinds == frozenset(access.PRACTICAL)


def test_page_takes_as_many_queries_for_many(as_ana, cast, now):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            as_ana.get("/circle/sharing")
        return len(captured)

    queries()
    few = queries()
    for number in range(10):
        new_member(cast.ana_patient, new_user(f"P{number} Person", now), now)

    assert queries() == few


def test_who_can_see_what_is_shown_to_the_patient(as_ana):
    text = as_ana.get("/circle/who-sees").content.decode()

    assert text.count('<th scope="row">') == len(access.KINDS)
    assert text.count('data-l="Bea"') == len(access.KINDS)
    assert "Thoughts of suicide" in text
    assert text.count("Everyone at your clinic may") == 1
    assert text.count("Sees it") == len(access.PRACTICAL)


def test_who_can_see_what_is_one_sentence_while_nobody_is_in_the_circle(as_ana, cast):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(state="left")

    text = as_ana.get("/circle/who-sees").content.decode()

    assert "Nobody is in your circle now, so nobody else sees any of it." in text
    assert ("<table" in text, "Sees it" in text) == (False, False)


# The way home


@pytest.mark.threat("T1")
@pytest.mark.parametrize("gone", access.PRACTICAL)
def test_what_the_way_home_needs_is_not_taken_away_without_saying_why(as_ana, cast, gone):
    left = [kind for kind in access.PRACTICAL if kind != gone]

    asked = as_ana.post("/circle/sharing", form(cast.bea_member, kinds=left))
    text = asked.content.decode()
    standing = seen_by_bea(cast)
    as_ana.post("/circle/sharing", form(cast.bea_member, kinds=left, is_sure="on"))

    assert asked.status_code == 422
    assert str(sharing.NEEDED[gone]) in text
    assert standing == list(access.PRACTICAL)
    assert seen_by_bea(cast) == left


def test_who_helps_by_phone_only_is_not_asked_about(as_ana, cast):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(help="phone")

    as_ana.post("/circle/sharing", form(cast.bea_member, kinds=["schedule"]))

    assert seen_by_bea(cast) == ["schedule"]


# While an infusion still works


@pytest.fixture
def impaired(cast, now) -> Patient:
    """Ana had an infusion two hours ago."""
    Patient.objects.filter(pk=cast.ana_patient.pk).update(impaired_until=now + timedelta(hours=20))
    return cast.ana_patient


@pytest.mark.threat("T2")
@pytest.mark.parametrize(
    "more", [{"kinds": ALL}, {"kinds": access.PRACTICAL, "is_kept": True}], ids=["kinds", "kept"]
)
def test_more_cannot_be_shown_while_an_infusion_works(cast, impaired, now, more):
    with pytest.raises(Impaired):
        actions.choose(choices=[choice(cast.bea_member, **more)], by=cast.sees("ana"), now=now)

    assert seen_by_bea(cast) == list(access.PRACTICAL)


@pytest.mark.threat("T2")
def test_less_can_be_shown_while_an_infusion_works(as_ana, cast, impaired):
    as_ana.post("/circle/sharing", form(cast.bea_member, kinds=["schedule"], is_sure="on"))

    assert seen_by_bea(cast) == ["schedule"]


@pytest.mark.threat("T2")
def test_page_says_until_when_it_waits(as_ana_fresh, cast, impaired):
    response = as_ana_fresh.post("/circle/sharing", form(cast.bea_member, kinds=ALL))

    assert response.status_code == 422
    assert "because of your infusion" in response.content.decode()


# After a restore


@pytest.mark.threat("T9")
def test_backup_from_before_does_not_show_again_what_was_taken_away(cast, now):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(kinds=ALL, kept_at=now)
    cast.bea_member.refresh_from_db()
    actions.choose(choices=[choice(cast.bea_member, access.PRACTICAL)], by=cast.sees("ana"), now=now)
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(
        kinds=ALL, kept_at=now - timedelta(days=1), shared_at=None
    )

    changed = tombstones.replay()

    assert sum(changed.values()) == len(ALL) - len(access.PRACTICAL) + 1
    assert seen_by_bea(cast) == list(access.PRACTICAL)
    assert CircleMember.objects.get(pk=cast.bea_member.pk).kept_at is None
    assert tombstones.replay() == {}


@pytest.mark.threat("T9")
def test_what_was_shown_again_before_the_backup_stays(cast, now):
    ana, later = cast.sees("ana"), now + timedelta(minutes=1)
    actions.choose(choices=[choice(cast.bea_member, ["schedule"])], by=ana, now=now)
    cast.bea_member.refresh_from_db()
    actions.choose(choices=[choice(cast.bea_member, access.PRACTICAL)], by=ana, now=later)

    assert tombstones.replay() == {}
    assert seen_by_bea(cast) == list(access.PRACTICAL)


def test_refused_change_leaves_no_tombstone(cast, book, now):
    stale = actions.Choice(cast.bea_member.pk, frozenset(), False, 99, is_sure=True)

    with pytest.raises(Stale):
        actions.choose(choices=[stale], by=cast.sees("ana"), now=now)

    assert not book.exists()


# With the series


def end_of_series(cast, at) -> None:
    actions.ends_with_series(patient_id=cast.ana_patient.pk, last_at=at - actions.AFTER_SERIES)


def test_sharing_ends_a_week_after_the_series(cast, now):
    end_of_series(cast, now)

    assert jobs.end_sharing(now - timedelta(seconds=1)) == 0
    assert jobs.end_sharing(now) == 1
    assert jobs.end_sharing(now) == 0

    member = CircleMember.objects.get(pk=cast.bea_member.pk)
    assert (member.state, seen_by_bea(cast)) == ("active", [])
    line = AuditEvent.objects.get(verb="circle.end")
    assert (line.capacity, line.patient_id) == ("clock", cast.ana_patient.pk)


def test_who_is_kept_goes_on_seeing(cast, now):
    kept = choice(cast.bea_member, access.PRACTICAL, is_kept=True)
    actions.choose(choices=[kept], by=cast.sees("ana"), now=now)
    end_of_series(cast, now)

    assert jobs.end_sharing(now) == 0
    assert seen_by_bea(cast) == list(access.PRACTICAL)


def test_new_series_does_not_show_again_what_had_ended(cast, now):
    end_of_series(cast, now)
    jobs.end_sharing(now)

    end_of_series(cast, now + timedelta(days=60))

    assert seen_by_bea(cast) == []


def test_patient_shares_again_after_the_end_in_one_press(as_ana_fresh, cast, clock):
    end_of_series(cast, clock.now)
    jobs.end_sharing(clock.now)
    cast.bea_member.refresh_from_db()

    as_ana_fresh.post("/circle/sharing", form(cast.bea_member, preset=f"{cast.bea_member.pk.hex}:practical"))
    jobs.end_sharing(clock.now)

    assert seen_by_bea(cast) == list(access.PRACTICAL)


def test_page_says_when_sharing_ends(as_ana, cast, clock):
    end_of_series(cast, clock.now + timedelta(days=2))

    assert (
        "sharing ends by itself a week after your last infusion"
        in as_ana.get("/circle/sharing").content.decode()
    )
