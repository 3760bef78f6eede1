"""What the clock sends 48, 24 and 3 hours before an infusion, and to whom.

Ana's first infusion is on Monday 15 March at nine. In New York the clocks go forward on Sunday at two,
so 48 hours before it are eight on Saturday, and 24 hours before it nine on Sunday.
"""

import re
from datetime import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from uuid6 import uuid7

from luna.careplan import actions, jobs, plans
from luna.feed.models import Wake
from luna.notices import jobs as notices
from luna.notices.models import Notice
from luna.people.errors import Stale
from luna.people.models import CircleMember
from luna.treatment import actions as treatment
from tests import care as cared
from tests.careplan import readying
from tests.consents import asking
from tests.notices.reaching import reached

SATURDAY, SUNDAY, DAWN = "03-13 08:00", "03-14 09:00", "03-15 06:00"


@pytest.fixture
def clock(care, cast):
    """Let the clock look at Ana at a time; return what it sent of readiness, as (hours, who)."""

    def look(when):
        known = set(Notice.objects.values_list("id", flat=True))
        Wake.objects.update(wake_at=cared.at(when))
        jobs.run(cared.at(when))
        fresh = Notice.objects.exclude(id__in=known).filter(task_key__contains=".ready.")
        return sorted((int(re.search(r":(\d+)h:", one.key)[1]), one.to_user.first_name) for one in fresh)

    return look


def sent():
    return Notice.objects.filter(task_key__contains=".ready.").exclude(state="void")


def test_whoever_can_mend_something_hears_of_it_three_times(clock):
    assert clock("03-13 07:59") == []
    assert clock(SATURDAY) == [(48, "Ana"), (48, "Bea")]
    assert clock("03-13 08:01") == []
    assert clock(SUNDAY) == [(24, "Ana"), (24, "Bea")]
    assert clock(DAWN) == [(3, "Ana"), (3, "Bea")]


def test_last_one_comes_the_evening_before_to_who_keeps_quiet_hours(clock, care, cast):
    reached(cast.ana, cared.at("03-01 09:00"), quiet_from=time(22), quiet_to=time(8))
    clock(SUNDAY)

    assert clock("03-14 20:59") == []
    assert clock("03-14 21:00") == [(3, "Ana")]
    assert clock("03-14 21:30") == []
    assert clock(DAWN) == [(3, "Bea")]


def test_clock_wakes_for_that_evening(clock, care, cast):
    reached(cast.ana, cared.at("03-01 09:00"), quiet_from=time(22), quiet_to=time(8))

    clock("03-14 20:00")

    assert Wake.objects.get(patient_id=cast.ana_patient.id).wake_at <= cared.at("03-14 21:00")


def test_what_opens_after_that_evening_is_still_said_at_dawn(clock, care, cast):
    reached(cast.ana, cared.at("03-01 09:00"), quiet_from=time(22), quiet_to=time(8))

    assert clock("03-14 22:30") == []
    assert clock(DAWN) == [(3, "Ana"), (3, "Bea")]


def test_several_reasons_of_one_person_are_one_message(clock, care, cast):
    clock(DAWN)

    ana = sent().get(to_user=cast.ana)
    assert {one.split(":")[0] for one in ana.values["of"]} >= {"consent", "gate"}
    assert (ana.words, ana.revision) == ("ready-ask", 1)


def test_nothing_is_said_to_who_has_nothing_to_mend(clock, care, now):
    readying.before(care, cared.at("03-09 12:00"))
    readying.eve(care)

    assert [who for _hours, who in clock(DAWN)] == []


def test_what_is_mended_before_it_went_out_is_withdrawn(clock, care, cast):
    assert (24, "Bea") in clock(SUNDAY)
    readying.before(care, cared.at("03-14 09:01"))
    readying.drives(care, cared.at("03-14 09:02"))

    clock("03-14 09:03")

    assert sent().filter(to_user=cast.bea).count() == 0
    notices.run(cared.at("03-14 09:04"))
    assert Notice.objects.filter(task_key__contains=".ready.", to_user=cast.bea, state="sent").count() == 0


def test_who_may_not_know_of_a_reason_hears_nothing_of_it(clock, care, cast):
    CircleMember.objects.filter(id=cast.bea_member.id).update(kinds=["schedule"])

    clock(DAWN)

    bea = sent().filter(to_user=cast.bea)
    assert not any(one.startswith("ride") for notice in bea for one in notice.values["of"])


def test_infusion_booked_less_than_two_days_ahead_begins_with_the_next_moment(cast, care, clock):
    booked = cared.at("03-14 12:00")
    readying.move(care, "03-16 09:00", booked)  # 45 hours ahead

    assert clock("03-14 12:30") == []
    assert (24, "Ana") in clock("03-15 09:00")


def test_moved_infusion_is_spoken_of_anew_and_no_more_of_the_old_time(clock, care, cast):
    assert clock(SUNDAY) != []
    readying.move(care, "03-18 09:00", cared.at("03-14 09:01"))

    assert sent().count() == 0
    assert clock(DAWN) == []
    readying_second = care.infusions[0]  # on the 17th now
    assert readying_second.starts_at == cared.at("03-17 09:00")
    assert (48, "Ana") in clock("03-15 09:00")


def test_cancelled_infusion_is_not_spoken_of(clock, care, cast):
    assert clock(SUNDAY) != []
    row = care.infusions[0]
    treatment.cancel(
        infusion_id=row.id, why="patient", expected_revision=1, viewer=cast.sees("nia"), client_id=row.id,
        now=cared.at("03-14 09:30"),
    )  # fmt: skip

    assert sent().count() == 0
    assert clock(DAWN) == []


def chase(care, line, viewer, at, number=1):
    actions.chase(
        infusion_id=care.infusions[0].id, subject=line.subject, number=number, viewer=viewer, now=at
    )


def test_clock_spares_by_the_latest_reminder_by_hand(clock, care, cast):
    nia = cast.sees("nia")
    for number, at in enumerate((cared.at("03-14 05:30"), cared.at("03-14 08:30")), start=1):
        shown = plans.in_words(plans.readiness_of(nia, care.infusions[0].id, at))
        for line in shown.pressing:
            if line.to == cast.ana:
                chase(care, line, nia, at, number)

    assert "Ana" not in [who for _hours, who in clock(SUNDAY)]


def test_who_was_reminded_by_hand_a_moment_ago_is_left_alone(clock, care, cast):
    nia, at = cast.sees("nia"), cared.at("03-14 08:30")
    shown = plans.in_words(plans.readiness_of(nia, care.infusions[0].id, at))
    for line in shown.pressing:
        if line.to == cast.ana:
            chase(care, line, nia, at)

    assert "Ana" not in [who for _hours, who in clock(SUNDAY)]
    assert "Ana" in [who for _hours, who in clock(DAWN)]


def test_who_sat_in_a_chair_at_that_hour_is_reminded_once_they_are_home(care, clock):
    readying.before(care, cared.at("03-09 12:00"))
    care.say("arrived", cared.at("03-15 08:45"))
    care.say("started", cared.at("03-15 09:00"))

    assert clock("03-15 09:01") == []  # two days before Wednesday's

    care.say("ended", cared.at("03-15 09:40"))
    care.say("left", cared.at("03-15 11:00"))
    treatment.record_moment(
        infusion_id=care.infusions[0].id, what="home", at=cared.at("03-15 12:00"),
        viewer=cared.caretaker(care.cast.bea, care.cast.ana_patient), client_id=uuid7(),
        now=cared.at("03-15 12:00"),
    )  # fmt: skip
    assert 48 in [hours for hours, _who in clock("03-15 12:01")]


def test_clock_that_stood_still_says_nothing_of_the_past(clock):
    assert clock("03-13 20:30") == []
    assert clock("03-14 21:01") == []
    assert clock("03-15 08:30") == []


def test_nothing_is_said_once_they_have_come(clock, care):
    care.say("arrived", cared.at("03-15 05:50"))

    assert clock(DAWN) == []


def test_what_reached_nobody_before_they_came_is_withdrawn(clock, care, cast):
    assert clock(DAWN) != []
    care.say("arrived", cared.at("03-15 08:40"))

    clock("03-15 08:41")
    notices.run(cared.at("03-15 08:42"))

    assert set(Notice.objects.filter(task_key__contains=".ready").values_list("state", flat=True)) == {"void"}


def test_what_was_taken_up_as_they_came_is_not_said(clock, care, cast):
    """They come between the clock's look and the sending."""
    clock(DAWN)
    care.say("arrived", cared.at("03-15 06:00"))

    notices.run(cared.at("03-15 06:01"))

    assert set(Notice.objects.filter(task_key__contains=".ready").values_list("state", flat=True)) == {"void"}


def at_the_desk(care):
    """Have Ana come, and a blood pressure measured that a prescriber decides about."""
    readying.before(care, cared.at("03-09 12:00"))
    readying.eve(care)
    readying.ready_at_desk(care)
    readying.measure(care, "165", "84", "03-15 08:50")


def decide(care, at="03-15 08:51"):
    """Have Nia remind a prescriber of that decision."""
    nia = care.cast.sees("nia")
    shown = plans.in_words(plans.readiness_of(nia, care.infusions[0].id, cared.at(at)))
    (line,) = [one for one in shown.pressing if one.reason.code == "pressure"]
    chase(care, line, nia, cared.at(at))
    return Notice.objects.get(words="ready-decide")


def test_what_staff_remind_of_at_the_desk_goes_out(clock, care, cast):
    at_the_desk(care)
    told = decide(care)

    clock("03-15 08:51")
    notices.run(cared.at("03-15 08:52"))

    told.refresh_from_db()
    assert (told.to_user, told.state) == (cast.diaz, "sent")
    shown = plans.in_words(
        plans.readiness_of(cast.sees("nia"), care.infusions[0].id, cared.at("03-15 08:52"))
    )
    (line,) = shown.pressing
    assert plans.chase_of(shown, line, plans.chases([shown])).last == told


def test_what_staff_reminded_of_at_the_desk_is_withdrawn_once_it_starts(clock, care, cast):
    at_the_desk(care)
    told = decide(care)
    care.say("started", cared.at("03-15 08:52"))

    notices.run(cared.at("03-15 08:53"))

    told.refresh_from_db()
    assert told.state == "void"


def test_nobody_is_reminded_once_it_has_started(care, cast):
    care.say("arrived", cared.at("03-15 08:45"))
    care.say("started", cared.at("03-15 09:00"))
    shown = plans.in_words(
        plans.readiness_of(cast.sees("nia"), care.infusions[0].id, cared.at("03-15 09:01"))
    )
    line = next(one for one in shown.pressing if one.to is not None)

    with pytest.raises(Stale):
        chase(care, line, cast.sees("nia"), cared.at("03-15 09:01"))


def test_no_step_of_before_is_announced_once_they_have_come(clock, care):
    clock("03-14 12:00")
    care.say("arrived", cared.at("03-14 21:30"))  # noted early by mistake, before two steps open
    known = set(Notice.objects.filter(words="step-open").values_list("id", flat=True))

    clock("03-15 04:00")

    fresh = Notice.objects.filter(words="step-open").exclude(id__in=known)
    assert not fresh.filter(task_key__startswith=care.infusions[0].id.hex).exists()


# Infusions on following days


def book(care, cast, infusion, to, when="03-09 12:00"):
    """Have Nia move an infusion of Ana's, counted from 1."""
    row = care.infusions[infusion - 1]
    return treatment.move(
        infusion_id=row.id, start=treatment.Start(cared.at(to), anyway=True), why="clinic",
        expected_revision=row.revision, viewer=cast.sees("nia"), client_id=uuid7(), now=cared.at(when),
    )  # fmt: skip


@pytest.fixture
def next_day(care, cast):
    """Ana's second infusion is on Tuesday at nine, the day after her first."""
    return book(care, cast, 2, "03-16 09:00")


def of(row):
    """Return what was sent about an infusion, as (hours, who), in the order it was planned."""
    return told(sent(), row)


def told(notices, row):
    found = notices.filter(task_key__startswith=row.id.hex).select_related("to_user").order_by("created_at")
    return [(int(re.search(r":(\d+)h:", one.key)[1]), one.to_user.first_name) for one in found]


def test_infusion_is_spoken_of_before_its_own_moments_alone(clock, care):
    clock("03-15 08:59")

    assert of(care.infusions[1]) == []


def test_infusion_of_the_next_day_is_spoken_of_two_days_before_it_too(clock, care, next_day):
    clock(SUNDAY)

    monday, tuesday = care.infusions[:2]
    assert sorted(of(monday)) == [(24, "Ana"), (24, "Bea")]
    assert of(tuesday) == [(48, "Bea")]  # who drives is asked of each day
    bea = sent().get(to_user=care.cast.bea, task_key__startswith=tuesday.id.hex)
    assert bea.values["starts_at"] == tuesday.starts_at.isoformat()
    assert {one.split(":")[0] for one in bea.values["of"]} >= {"ride", "adult"}


def test_one_thing_for_both_days_is_asked_for_with_the_first(clock, care, cast, next_day):
    clock(SUNDAY)

    assert [one.values["of"] for one in sent().filter(to_user=cast.ana)] == [["consent:"]]
    assert clock("03-14 12:00") == []  # nor later, while that moment is still spoken of


def test_one_thing_is_asked_for_with_the_later_day_once_the_first_is_called_off(clock, care, cast, next_day):
    clock(SUNDAY)
    row = care.infusions[0]
    treatment.cancel(
        infusion_id=row.id, why="patient", expected_revision=1, viewer=cast.sees("nia"), client_id=row.id,
        now=cared.at("03-14 09:30"),
    )  # fmt: skip

    assert clock("03-14 09:31") == [(48, "Ana")]


def test_later_time_of_day_is_the_same_thing_still(clock, care, cast):
    book(care, cast, 2, "03-16 09:40")
    clock(SUNDAY)

    assert [who for _hours, who in clock("03-14 09:40")] == ["Bea"]


def test_moment_of_the_first_day_is_not_passed_over_for_the_second(clock, care, cast):
    book(care, cast, 2, "03-16 05:40")
    assert (24, "Ana") in clock("03-15 05:40")

    assert (3, "Ana") in clock(DAWN)


def test_each_day_is_spoken_of_three_times_to_who_drives(clock, care, cast, next_day):
    for when in (SATURDAY, SUNDAY, DAWN):
        clock(when)
    care.home(cared.at("03-15 12:00"))
    for when in ("03-15 12:01", "03-15 15:00", "03-16 06:00", "03-16 08:59"):
        clock(when)

    monday, tuesday = care.infusions[:2]
    for row in (monday, tuesday):
        assert [
            hours
            for hours, who in told(Notice.objects.filter(task_key__contains=".ready."), row)
            if who == "Bea"
        ] == [48, 24, 3]


def test_nobody_in_the_circle_is_one_thing_for_both_days(clock, care, cast, next_day):
    asking.sign_text(cast, cared.at("03-09 12:00"))
    asking.sign(cast, cared.at("03-09 12:00"))
    CircleMember.objects.filter(id=cast.bea_member.id).update(state="ended", until=cared.at("03-10 09:00"))

    clock(SUNDAY)

    assert of(care.infusions[0]) == [(24, "Ana")]
    assert of(care.infusions[1]) == []


def test_what_is_mended_for_the_later_day_is_withdrawn(clock, care, cast, next_day):
    clock(SUNDAY)
    readying.before(care, cared.at("03-14 09:01"))
    care.duty("takes", cast.bea, cared.at("03-14 09:02"), 2)
    for infusion in (1, 2):
        treatment.ask_ride(
            infusion_id=care.infusions[infusion - 1].id,
            wanted=treatment.WantedRide(who_id=cast.bea.id),
            viewer=cast.sees("bea"), client_id=uuid7(), now=cared.at("03-14 09:03"),
        )  # fmt: skip

    clock("03-14 09:04")

    assert sent().filter(to_user=cast.bea).count() == 0


def test_what_nobody_read_is_over_when_its_time_has_come(clock, care, cast):
    clock(DAWN)

    clock(readying.NINE)

    assert of(care.infusions[0]) == []


def test_look_asks_the_database_as_often_for_two_days_as_for_one(clock, care, cast):
    counts = []
    for move in (None, "03-16 09:00"):
        if move:
            Notice.objects.update(digest=None)
            Notice.objects.all().delete()
            book(care, cast, 2, move)
        clock("03-14 08:59")
        with CaptureQueriesContext(connection) as found:
            clock("03-14 21:30")
        counts.append(len(found))

    assert counts[0] == counts[1]


def test_clock_wakes_for_each_moment(care, clock, cast):
    clock("03-12 12:00")

    wakes = []
    for _turn in range(60):
        at = Wake.objects.get(patient_id=cast.ana_patient.id).wake_at
        wakes.append(at)
        jobs.run(at)
    assert {cared.at(SATURDAY), cared.at(SUNDAY), cared.at(DAWN)} <= set(wakes)


def test_staff_see_what_was_sent_by_itself_and_when(care, cast, clock, monkeypatch):
    clock(SUNDAY)
    notices.run(cared.at("03-14 09:01"))
    at = cared.at("03-14 10:00")
    monkeypatch.setattr(timezone, "now", lambda: at)

    for page in (f"/clinic/infusions/{care.infusions[0].id}/ready", "/clinic/readiness"):
        shown = cast.browser("nia", at, fresh=True).get(page).content.decode().replace("\xa0", " ")
        assert "Luna reminded Ana by itself, today at 9:01 am" in shown


def test_staff_see_that_quiet_hours_keep_what_is_sent_by_itself(care, cast, clock, monkeypatch):
    reached(cast.ana, cared.at("03-01 09:00"), quiet_from=time(8), quiet_to=time(12))
    reached(cast.bea, cared.at("03-01 09:00"), quiet_from=time(4), quiet_to=time(2))
    clock(SUNDAY)
    notices.run(cared.at("03-14 09:01"))
    at = cared.at("03-14 10:00")
    monkeypatch.setattr(timezone, "now", lambda: at)

    page = f"/clinic/infusions/{care.infusions[0].id}/ready"
    shown = cast.browser("nia", at, fresh=True).get(page).content.decode().replace("\xa0", " ")

    assert (
        "The message to Ana is not sent yet, because of their quiet hours. It leaves today at noon" in shown
    )
    assert "A reminder to Ana is on its way" not in shown
