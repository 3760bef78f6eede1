"""Ana packs her bag thing by thing; whoever is on duty makes the home ready, each in their own name."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.http import Http404
from django.utils.html import escape

from luna.audit.models import AuditEvent
from luna.careplan import actions, plans
from luna.careplan.actions import WantedComfort, WantedThing
from luna.careplan.models import ThingWord
from luna.clinical.duty import Said as DutySaid
from luna.clinical.task import TaskStatus
from luna.clinical.things import MOST, Said
from luna.escalation.models import Escalation
from luna.people.actions import circle
from luna.people.errors import Refused, Replayed
from luna.people.models import CircleMember
from luna.treatment import actions as treatment
from luna.treatment.models import Series
from tests.care import caretaker
from tests.cast import member

STEPS = {"bag": "comfort-kit", "home": "home-ready"}
WHOSE = {"bag": "ana", "home": "bea"}
both = pytest.mark.parametrize("which", ["bag", "home"])


def main(response):
    """Return the words of a page's main part, one space between them."""
    html = response.content.decode().split("<main", 1)[1]
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture
def week(care, cast, clock):
    """Let it be two days before Ana's first infusion; Bea lives with her."""
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(help="lives-with")
    clock.now = care.infusions[0].starts_at - timedelta(days=2)
    return care


@pytest.fixture
def cal(cast, now):
    """Cal cares for Ana too."""
    member(cast.ana_patient, cast.cal, now)
    return caretaker(cast.cal, cast.ana_patient)


@pytest.fixture
def say(week, cast, clock):
    """Have somebody say one thing of a list, for the infusion it is about unless another is named."""

    def now(which, said, thing="", text="", *, by=None, infusion=None, client_id=None):
        viewer = by or cast.sees(WHOSE[which])
        at = infusion or week.infusions[0]
        wanted = WantedThing(Said(said), at.id, thing, text)
        actions.say_thing(
            viewer=viewer, which=which, wanted=wanted, client_id=client_id or uuid4(), now=clock.now
        )

    return now


@pytest.fixture
def shows(week, cast, clock):
    """Return a list as somebody sees it."""

    def now(which, by=None):
        return plans.things(by or cast.sees(WHOSE[which]), which, clock.now)

    return now


def status(care, which, when):
    """Return how the step that asks for a list stands."""
    [plan] = plans.plans_of(Series.objects.filter(pk=care.series.pk), when)
    return next(plan.status(task) for task in plan.tasks if task.step.id == STEPS[which])


class TestSaying:
    @both
    def test_tick_is_kept_in_ones_own_name_with_one_audit_line(self, say, shows, cast, which):
        thing = shows(which).lines[0].id
        say(which, "ticked", thing)

        row = ThingWord.objects.get()
        assert (row.by, row.thing, row.what) == (getattr(cast, WHOSE[which]), thing, "ticked")
        assert [one.id for one in shows(which).lines if one.ticked] == [thing]
        assert AuditEvent.objects.filter(verb="things.say", subject_id=row.id).count() == 1

    @both
    def test_tick_is_taken_back_and_the_first_word_stays_on_record(self, say, shows, which):
        thing = shows(which).lines[0].id
        say(which, "ticked", thing)
        say(which, "open", thing)

        assert shows(which).ticked == 0
        assert ThingWord.objects.count() == 2

    @both
    def test_own_thing_stays_for_the_next_infusion_and_ticks_do_not(self, say, shows, week, clock, which):
        say(which, "added", text="  The   blue\r\nbear ")
        own = shows(which).lines[-1]
        say(which, "ticked", own.id)
        clock.now = week.infusions[0].leaves_at + timedelta(hours=1)

        after = shows(which)
        assert after.infusion == week.infusions[1]
        assert (after.lines[-1].text, after.lines[-1].is_own, after.ticked) == ("The blue bear", True, 0)

    @both
    def test_saying_the_same_again_writes_nothing(self, say, shows, which):
        thing = shows(which).lines[0].id
        say(which, "open", thing)
        say(which, "added", thing)
        say(which, "ticked", thing)
        say(which, "ticked", thing)

        assert ThingWord.objects.count() == 1

    def test_same_form_again_is_one_word_and_never_undoes_a_later_one(self, say, shows, clock):
        thing, form = shows("bag").lines[0].id, uuid4()
        say("bag", "ticked", thing, client_id=form)
        say("bag", "open", thing)
        say("bag", "ticked", thing, client_id=form)

        assert shows("bag").ticked == 0
        with pytest.raises(Replayed):
            say("bag", "open", thing, client_id=form)

    def test_same_form_adds_one_thing_once(self, say, shows):
        form = uuid4()
        say("bag", "added", text="A bear", client_id=form)
        say("bag", "added", text="A bear", client_id=form)

        assert [one.text for one in shows("bag").lines if one.is_own] == ["A bear"]

    @pytest.mark.parametrize("text", ["", "   ", "a" * 61])
    def test_what_cannot_be_added_is_refused_at_its_field(self, say, text):
        with pytest.raises(Refused) as refused:
            say("bag", "added", text=text)

        assert refused.value.field == "text"
        assert not ThingWord.objects.exists()

    def test_full_list_takes_more_once_something_is_taken_off(self, say, shows):
        for n in range(MOST):
            say("bag", "added", text=f"Thing {n}")
        with pytest.raises(Refused):
            say("bag", "added", text="One more")

        say("bag", "off", shows("bag").lines[-1].id)
        say("bag", "added", text="One more")

        assert shows("bag").lines[-1].text == "One more"

    @both
    @pytest.mark.parametrize("thing", ["nothing", "x" * 40, ""])
    def test_thing_that_is_not_on_the_list_is_not_found(self, say, which, thing):
        with pytest.raises(Http404):
            say(which, "ticked", thing)

    @both
    def test_tick_for_an_infusion_that_is_not_the_next_is_refused(self, say, shows, week, which):
        with pytest.raises(Refused):
            say(which, "ticked", shows(which).lines[0].id, infusion=week.infusions[1])

    def test_words_that_cannot_wait_bring_a_human(self, say):
        say("bag", "added", text="I want to kill myself")

        assert Escalation.objects.count() == 1


class TestStep:
    @both
    def test_last_tick_meets_the_step_and_taking_one_back_opens_it(self, say, shows, week, clock, which):
        things = [one.id for one in shows(which).lines]
        for thing in things[:-1]:
            say(which, "ticked", thing)
        assert status(week, which, clock.now) is TaskStatus.READY

        clock.move(minutes=1)
        say(which, "ticked", things[-1])
        assert status(week, which, clock.now) is TaskStatus.COMPLETED

        clock.move(minutes=1)
        say(which, "open", things[0])
        assert status(week, which, clock.now) is TaskStatus.READY

    def test_taking_the_last_open_thing_off_meets_it_too(self, say, shows, week, clock):
        first, *rest = [one.id for one in shows("bag").lines]
        for thing in rest:
            say("bag", "ticked", thing)
        say("bag", "off", first)

        assert status(week, "bag", clock.now) is TaskStatus.COMPLETED

    def test_step_marked_by_hand_stays_whatever_is_ticked(self, say, shows, week, cast, clock):
        key = f"{week.series.id.hex}.comfort-kit.0"
        actions.mark(
            viewer=cast.sees("ana"), task_key=key, done=True, revision=1, client_id=uuid4(), now=clock.now
        )
        thing = shows("bag").lines[0].id
        say("bag", "ticked", thing)
        say("bag", "open", thing)

        assert status(week, "bag", clock.now) is TaskStatus.COMPLETED

    def test_list_of_a_later_infusion_leaves_the_step_of_the_first_alone(self, say, shows, week, clock):
        for one in shows("bag").lines:
            say("bag", "ticked", one.id)
        clock.now = week.infusions[0].leaves_at + timedelta(hours=1)
        for said in ("ticked", "open"):
            for one in shows("bag").lines:
                say("bag", said, one.id, infusion=week.infusions[1])

        assert status(week, "bag", clock.now) is TaskStatus.COMPLETED


class TestCard:
    def test_what_the_card_asks_for_says_so_and_what_it_does_not_want_is_left_out(self, shows, cast, clock):
        before = {one.id: one.is_wanted for one in shows("bag").lines}
        said = {"mask": "yes", "blanket": "no", "sound": "own"}
        actions.write_comfort(
            viewer=cast.sees("ana"), wanted=WantedComfort(said), client_id=uuid4(), now=clock.now
        )

        after = {one.id: one.is_wanted for one in shows("bag").lines}
        assert set(before.values()) == {False}
        assert {name for name, is_wanted in after.items() if is_wanted} == {"eye-mask", "headphones"}
        assert set(before) - set(after) == {"blanket"}


class TestWho:
    @pytest.mark.threat("T4")
    @pytest.mark.parametrize(
        ("which", "name"), [("bag", "bea"), ("home", "ana"), ("bag", "nia"), ("home", "nia")]
    )
    def test_list_of_somebody_else_is_not_found(self, say, cast, which, name):
        with pytest.raises(Http404):
            say(which, "ticked", "water", by=cast.sees(name))

    @pytest.mark.threat("T4")
    @pytest.mark.parametrize(("path", "name"), [("/bag", "bea"), ("/home-list", "ana"), ("/bag", "nia")])
    def test_page_of_somebody_else_is_not_found(self, week, cast, clock, path, name):
        assert cast.browser(name, clock.now, fresh=True).get(path).status_code == 404

    @pytest.mark.threat("T4")
    def test_circle_reads_nothing_of_the_bag(self, say, cast):
        say("bag", "added", text="A secret")

        assert not ThingWord.objects.visible_to(cast.sees("bea")).exists()

    def test_other_caretaker_sees_what_is_done_and_by_whom_and_does_not_tick_it(
        self, say, shows, week, cast, clock, cal
    ):
        say("home", "ticked", "water")

        seen = shows("home", cal)
        line = next(one for one in seen.lines if one.id == "water")
        assert (seen.may_say, seen.by(line), seen.on.user) == (False, "Bea", cast.bea)
        with pytest.raises(Refused):
            say("home", "ticked", "dim", by=cal)

    def test_who_takes_over_goes_on_with_the_same_list(self, say, shows, week, cast, clock, cal):
        say("home", "ticked", "water")
        clock.move(minutes=1)
        treatment.say_duty(
            said=DutySaid.CANNOT, infusion_id=week.infusions[0].id, who_id=cast.bea.id,
            viewer=cast.sees("bea"), client_id=uuid4(), now=clock.now,
        )  # fmt: skip

        say("home", "ticked", "dim", by=cal)

        lines = {one.id: shows("home", cal).by(one) for one in shows("home", cal).lines if one.ticked}
        assert lines == {"water": "Bea", "dim": "Cal"}
        with pytest.raises(Refused):
            say("home", "ticked", "bucket")

    @pytest.mark.threat("T4")
    def test_whoever_sees_no_plan_or_is_out_finds_nothing(self, say, shows, cast, clock):
        CircleMember.objects.filter(pk=cast.bea_member.pk).update(kinds=["ride"])
        assert shows("home") is None
        CircleMember.objects.filter(pk=cast.bea_member.pk).update(kinds=["schedule", "ride", "recovery"])
        circle.revoke(member=cast.bea_member, by=cast.sees("ana"), now=clock.now)

        assert shows("home") is None
        with pytest.raises(Http404):
            say("home", "ticked", "water")


class TestPages:
    @pytest.mark.parametrize(("which", "path"), [("bag", "/bag"), ("home", "/home-list")])
    def test_each_tap_is_saved_without_a_script(self, shows, week, cast, clock, which, path):
        browser = cast.browser(WHOSE[which], clock.now)
        thing = shows(which).lines[0].id
        form = {"said": "ticked", "thing": thing, "infusion": week.infusions[0].id, "client_id": uuid4()}

        page = browser.post(path, form, follow=True)

        total = len(shows(which).lines)
        assert f"1 of {total} done." in main(page)
        assert page.content.decode().count('name="said" value="open"') == 1

    def test_refused_thing_keeps_what_was_typed(self, week, cast, clock):
        typed = "<b>" + "a" * 80
        form = {"said": "added", "text": typed, "infusion": week.infusions[0].id}

        page = cast.browser("ana", clock.now).post("/bag", form)

        assert page.status_code == 422
        assert escape(typed) in page.content.decode()

    def test_own_words_are_letters_and_never_a_placeholder(self, say, cast, clock):
        say("bag", "added", text="{patient} <i>{{1+1}}")

        page = cast.browser("ana", clock.now).get("/bag").content.decode()

        assert "{patient} &lt;i&gt;{{1+1}}" in page

    @pytest.mark.parametrize(
        "form",
        [{}, {"said": "ticked"}, {"said": "burnt", "infusion": uuid4()}, {"said": "ticked", "infusion": "x"}],
    )
    def test_form_that_says_nothing_known_is_not_found(self, week, cast, clock, form):
        assert cast.browser("ana", clock.now).post("/bag", form).status_code == 404

    @pytest.mark.parametrize(("which", "path"), [("bag", "/bag"), ("home", "/home-list")])
    def test_step_lists_the_things_and_leads_to_the_list(self, week, cast, clock, which, path):
        key = f"{week.series.id.hex}.{STEPS[which]}.0"
        page = cast.browser(WHOSE[which], clock.now).get(f"/steps/{key}")

        assert f'href="{path}"' in page.content.decode()
        assert ("Warm socks" if which == "bag" else "A bowl or bucket") in main(page)

    def test_without_an_infusion_the_page_leads_back(self, as_oli):
        assert as_oli.get("/bag").url == "/plan"
