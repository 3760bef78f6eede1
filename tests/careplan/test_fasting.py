"""What follows a fasting rule: the steps, Now, readiness, the arrival check, and what is told."""

from datetime import timedelta

import pytest
from uuid6 import uuid7

from luna.careplan import jobs, plans
from luna.careplan.models import ArrivalCheck
from luna.careplan.plans import eating
from luna.feed.models import Wake
from luna.notices.models import Notice
from luna.people.errors import Refused
from luna.treatment import actions as treatment
from luna.treatment.models import Series
from luna.web import screens
from tests import care as cared
from tests.careplan import readying
from tests.careplan.readying import EVE, NINE

pytestmark = pytest.mark.hazard("H7")


@pytest.fixture
def rule(care, now):
    """Have Dr Diaz choose a fasting rule."""

    def choose(name, *, food_h=None, drink_h=None, of=None, at=now, sure=False):
        wanted = treatment.Wanted(
            what="fasting", name=name, food_min=food_h and int(food_h * 60),
            drink_min=drink_h and int(drink_h * 60), sure=sure,
        )  # fmt: skip
        return treatment.sign_order(
            series_id=(of or care).series.id, wanted=wanted, viewer=care.cast.sees("diaz"),
            client_id=uuid7(), now=at,
        )  # fmt: skip

    return choose


def limits(care, when, infusion=1):
    """Return until when to eat and to drink, on the clinic's clock."""
    (plan,) = plans.plans_of(Series.objects.filter(id=care.series.id), cared.at(when))
    keys = [care.key(step, infusion) for step in ("last-food", "last-drink")]
    due = {task.key: task.due_at for task in plan.tasks}
    return [due[key].astimezone(cared.at(when).tzinfo) for key in keys]


def big_words(care, when):
    viewer = care.cast.sees("ana")
    found = screens.now(viewer, plans.day(viewer, cared.at(when)))
    return found.night and found.night.title.replace("\u00a0", " ")


def reason(care, when):
    found = plans.readiness_of(care.cast.sees("nia"), care.infusions[0].id, cared.at(when)).readiness
    return next(one.how for one in found.reasons if one.code == "fasting")


def tick(care, when):
    """Let the clock look, and return the messages about Ana's last food by the revision they speak of."""
    Wake.objects.update(wake_at=cared.at(when))
    jobs.run(cared.at(when))
    about = Notice.objects.filter(words="step-open", task_key=care.key("last-food"))
    return sorted(about.values_list("revision", "state"))


@pytest.mark.parametrize(
    ("name", "hours", "food", "drink"),
    [
        ("protocol", {}, "03-15 03:00", "03-15 07:00"),
        ("asa", {}, "03-15 03:00", "03-15 07:00"),
        ("esketamine", {}, "03-15 07:00", "03-15 08:30"),
        ("other", {"food_h": 12, "drink_h": 4}, "03-14 21:00", "03-15 05:00"),
    ],
)
def test_steps_follow_the_rule(care, rule, name, hours, food, drink):
    rule(name, **hours)

    assert limits(care, EVE) == [cared.at(food), cared.at(drink)]


def test_now_says_until_when_by_the_rule(care, rule):
    assert big_words(care, EVE) == "Eat until 10 pm"

    rule("esketamine")

    assert big_words(care, EVE) == "Eat until 7 am tomorrow"


def test_guide_says_half_an_hour_in_words(care, rule):
    rule("esketamine")
    (plan,) = plans.plans_of(Series.objects.filter(id=care.series.id), cared.at(EVE))
    found = next(plans.item(plan, task) for task in plan.tasks if task.key == care.key("last-drink"))

    assert "That is 30 minutes." in found.html().replace("\u00a0", " ")
    assert found.decided.startswith("Delia Diaz")


def test_readiness_follows_the_rule_at_arrival(care, rule, now):
    week = now + timedelta(hours=24)
    readying.before(care, week)
    readying.eve(care)
    readying.arrive(care)
    readying.check(care, food="03-15 04:00", drink="03-15 06:30")
    assert reason(care, NINE) == "ate"

    rule("esketamine", at=cared.at("03-15 08:55"))

    assert reason(care, NINE) == "fasted"


HEAVY = "The limit of 3 am tomorrow is for a light meal. A fatty or heavy one: 1 am tomorrow at the latest."


def text_of(page):
    return page.content.decode().replace("\u00a0", " ")


def test_pages_say_both_limits_under_the_rule_that_tells_them_apart(care, rule, as_ana, as_bea, clock):
    clock.now = cared.at(EVE)
    paths = ("/fasting", f"/steps/{care.key('last-food')}")
    before = [HEAVY in text_of(as_ana.get(path)) for path in paths]

    rule("asa")

    assert before == [False, False]
    assert [HEAVY in text_of(as_ana.get(path)) for path in paths] == [True, True]
    assert HEAVY in text_of(as_bea.get("/fasting"))


HEAVY_PAST = "But no fatty or heavy meal any more."


@pytest.mark.parametrize(
    ("starts", "when", "first_line", "heavy"),
    [
        ("03-15 09:00", "03-14 20:00", "You can eat and drink now", ""),  # not before the kinder hour of food
        ("03-15 09:00", "03-14 23:00", "Best not to eat now. Your limit is 3 am tomorrow.", ""),
        ("03-15 09:00", "03-15 02:00", "Best not to eat now. Your limit is 3 am.", HEAVY_PAST),
        (
            "03-15 14:00",
            "03-14 20:00",
            "You can eat and drink now",
            "A fatty or heavy meal until 6 am tomorrow.",
        ),
        ("03-15 14:00", "03-15 06:30", "You can eat and drink now", HEAVY_PAST),
    ],
)
def test_what_may_be_eaten_now_names_the_heavy_meal_where_it_is_earlier(
    care, rule, starts, when, first_line, heavy
):
    rule("asa")
    if starts != "03-15 09:00":
        treatment.move(
            infusion_id=care.infusions[0].id, start=treatment.Start(cared.at(starts), anyway=True),
            why="clinic", expected_revision=1, viewer=care.cast.sees("nia"), client_id=uuid7(),
            now=cared.at("03-09 13:00"),
        )  # fmt: skip
    now = cared.at(when)
    found = eating.standing(plans.plans_of(Series.objects.filter(id=care.series.id), now), now)

    first, below = eating.said(found, name="", zone=cared.NEW_YORK, own=cared.NEW_YORK, now=now)

    assert first.replace("\u00a0", " ") == first_line
    if heavy:
        assert below.replace("\u00a0", " ").endswith(heavy)
    else:
        assert "heavy" not in below


def test_order_says_both_limits(care, rule, as_nia, clock, now):
    rule("asa")
    clock.now = now

    page = text_of(as_nia.get(f"/clinic/series/{care.series.id}"))

    assert "Fasting: ASA: light food 6 hours, a fatty or heavy meal 8 hours, clear drinks 2 hours" in page


@pytest.fixture
def at_the_desk(care, now):
    """Ana at the desk, everything done but what is asked there."""
    readying.before(care, now + timedelta(hours=24))
    readying.eve(care)
    readying.arrive(care)
    return care


@pytest.mark.parametrize(
    ("meal", "food", "how"),
    [
        ("light", "03-15 02:30", "fasted"),
        ("heavy", "03-15 02:30", "ate"),
        ("not-sure", "03-15 02:30", "ate"),
        ("heavy", "03-15 00:30", "fasted"),
    ],
)
def test_arrival_judges_the_last_food_by_what_it_was(at_the_desk, rule, now, meal, food, how):
    rule("asa", at=now)
    readying.check(at_the_desk, food=food, meal=meal)

    assert reason(at_the_desk, NINE) == how


def test_arrival_without_what_was_eaten_is_refused_where_the_rule_asks(at_the_desk, rule, now):
    rule("asa", at=now)

    with pytest.raises(Refused) as refusal:
        readying.check(at_the_desk)

    assert refusal.value.field == "meal"
    assert not ArrivalCheck.objects.exists()


def test_rule_that_is_chosen_after_the_question_asks_it_again(at_the_desk, rule):
    readying.check(at_the_desk)
    before = reason(at_the_desk, NINE)

    rule("asa", at=cared.at("03-15 08:55"))

    assert (before, reason(at_the_desk, NINE)) == ("fasted", "meal")


def test_form_at_the_desk_asks_what_was_eaten_and_keeps_it(at_the_desk, rule, cast, clock, now):
    page = f"/clinic/infusions/{at_the_desk.infusions[0].id}/ready"
    clock.now = cared.at("03-15 08:50")
    nia = cast.browser("nia", clock.now, fresh=True)
    without = "A fatty or heavy meal" in text_of(nia.get(page))
    rule("asa", at=now)
    sent = {
        "do": "arrival", "revision": at_the_desk.infusions[0].revision, "food_at": "2027-03-15T02:30",
        "drink_at": "2027-03-15T06:00", "as_ordered": "yes",
    }  # fmt: skip

    refused = nia.post(page, sent | {"client_id": uuid7()})
    told = nia.post(page, sent | {"client_id": uuid7(), "meal": "light"})

    assert not without
    assert "A fatty or heavy meal: 1 am at the latest" in text_of(nia.get(page))
    assert (refused.status_code, told.status_code) == (422, 302)
    assert "Ask what they ate, and write it down." in text_of(refused)
    assert [row.meal for row in ArrivalCheck.objects.all()] == ["light"]


# Clocks go forward in New York on Sunday 14 March 2027: 02:00 is followed by 03:00.
@pytest.mark.parametrize(
    ("name", "hours", "food", "drink"),
    [
        ("asa", {}, "03-14 01:00", "03-14 06:00"),
        ("other", {"food_h": 8, "drink_h": 2}, "03-13 23:00", "03-14 06:00"),
        ("other", {"food_h": 5, "drink_h": 5}, "03-14 03:00", "03-14 03:00"),
    ],
)
def test_rule_counts_real_hours_over_the_change_of_clocks(care, rule, now, name, hours, food, drink):
    treatment.move(
        infusion_id=care.infusions[0].id, start=treatment.Start(cared.at("03-14 08:00"), None, anyway=True),
        why="patient", expected_revision=1, viewer=care.cast.sees("nia"), client_id=uuid7(), now=now,
    )  # fmt: skip

    rule(name, **hours, sure=True)

    start, found = care.infusions[0].starts_at, limits(care, "03-13 18:00")
    assert found == [cared.at(food), cared.at(drink)]
    asked = tuple(hours.values()) or (6, 2)
    assert tuple((start - at) / timedelta(hours=1) for at in found) == asked


def test_changed_rule_withdraws_what_was_told_and_tells_it_again(care, rule):
    before = tick(care, EVE)
    assert before == [(1, "planned")]

    rule("other", food_h=8, drink_h=2, at=cared.at(EVE) + timedelta(minutes=1))

    assert tick(care, "03-14 18:10") == [(1, "void"), (2, "planned")]
    told = Notice.objects.filter(words="times-changed").values_list("to_user__email", flat=True)
    assert sorted(told) == ["ana@example.org", "bea@example.org"]


def test_what_was_marked_by_the_former_rule_is_asked_again(care, rule):
    readying.mark(care, "last-food", "ana", cared.at(EVE))
    assert big_words(care, EVE) is None or "Eat" not in big_words(care, EVE)

    rule("other", food_h=8, drink_h=2, at=cared.at(EVE))

    assert big_words(care, EVE) == "Eat until 10 pm"
