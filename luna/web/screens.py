"""What Now and "I'm worried" say, worked out from the day: values in, words out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext

from luna.careplan import plans
from luna.careplan.plans import DRINK, FOOD, RUNNING, Changed, Day, Item, Mode, Visit
from luna.checkins import plans as checkins
from luna.clinical import comfort
from luna.clinical.eating import Stage
from luna.clinical.ride import State
from luna.clinical.triage import Urgency
from luna.escalation.plans import Home
from luna.intake.plans import ToAnswer
from luna.library import content, times
from luna.library import plans as library
from luna.library.emergency import Emergency, LineKind
from luna.people import plans as people
from luna.people.access import Viewer
from luna.records.models import Response
from luna.treatment import plans as treatment
from luna.web import moon

EVENING = timedelta(hours=2)  # how far before "now" the drawing of the night begins, at the full hour
BEFORE = (Mode.EVE, Mode.TODAY)


@dataclass(frozen=True, slots=True)
class Night:
    """The patient's night before an infusion: until when to eat and to drink, and how it is drawn.

    item: the step it counts to, which the patient marks. title: what the card says in big words.
    until_at: None once that time has passed and nobody said that they stopped. limit: the clinic's
    own limit where the time shown is kinder.
    """

    item: Item
    title: str
    until_at: datetime | None
    text: str
    limit: str
    arc: moon.Arc
    begins: str
    stops: tuple[tuple[str, str], ...]
    ends: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. zone: whose clock it is read on.

    day: the divider before it, empty when the day is the one above.
    """

    at: datetime
    zone: str
    time: str
    day: str
    title: str
    text: str
    key: str  # of the task, empty for an infusion
    state: str


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that called for a human and is still open: it comes before every other task.

    closed: said first while the clinic is closed and nobody has taken it. call: the number answered now.
    """

    title: str
    why: str
    closed: str
    call: str
    eyebrow: str
    response: Response


@dataclass(frozen=True, slots=True)
class Now:
    """The Now page: one card, what else is open, what is next, what comes later.

    changed: a move or cancellation that is read first, with what may be eaten and drunk now.
    home: the infusion whose way home may be over although nobody told Luna so, else None.
    turn: an infusion nobody is on duty for, or one that waits for the reader's yes: what it is, and when.
    ride: the same of the ride home: one that fell through, or that waits for the reader's yes.
    place: whose clock some of the times are read on, where it is not the reader's own.
    chair: how many minutes of calm sound the infusion needs, None while it is not so near that what is for
    the room belongs on the page.
    before: whether that infusion has not started and it is the patient who reads: a line of their own is for
    now. felt: whether they are asked how anxious they are.
    """

    eyebrow: str
    title: str
    why: str
    item: Item | None
    told: Told | None
    changed: Changed | None
    night: Night | None
    also: tuple[Item, ...]
    next: tuple[Entry, ...]
    later: tuple[Entry, ...]
    home: str | None
    turn: tuple[str, str] | None
    ride: tuple[str, str] | None
    place: str
    chair: int | None
    before: bool
    felt: bool
    lit: float | None
    moons: str


def now(
    viewer: Viewer,
    day: Day,
    waiting: tuple[Response, Home] | None = None,
    *,
    asked: bool = False,
    to_answer: ToAnswer | None = None,
) -> Now:
    """Return what the Now page shows a patient or caretaker.

    waiting: the viewer's own answer that is still open, with what is known of its escalation.
    asked: whether the page lists a consent to sign, so that it never says nothing is to be done.
    to_answer: the questions before a first visit, which come first of all.
    """
    told = _told(*waiting, viewer, day) if waiting else None
    # In the chair, on the way home and watched there, that comes first; what has changed stands beside it.
    changed = None if told or day.mode in RUNNING else day.changed
    is_first = told is not None or changed is not None
    night = _night(day) if viewer.capacity_kind == "patient" and not is_first else None
    shown = [one for one in (*_unanswered(day), *day.current) if not (night and one is night.item)]
    top = None if night or is_first else next((one for one in shown if _is_for_card(one, day)), None)
    coming = _entries(day)
    chair = _chair(viewer, day)
    visit = day.visit if chair and viewer.capacity_kind == "patient" else None
    before = visit is not None and visit.booking.started_at is None
    relieved = _relieved(viewer, day)
    return Now(
        eyebrow=_eyebrow(day) if night else gettext("Right now"),
        title=top.title if top else relieved or _quiet_title(day, asked=asked, to_answer=to_answer),
        why=top.why if top else _quiet_why(viewer, day, coming, asked=asked, to_answer=to_answer),
        item=top,
        told=told,
        changed=changed,
        night=night,
        also=tuple(one for one in shown if one is not top),
        next=coming[: len(day.next) + 1],
        later=_days([_entry(one) for one in day.later], day, after=coming[-1].at if coming else day.now),
        home=_perhaps_home(viewer, day),
        turn=_turn(viewer, day),
        ride=_ride(viewer, day),
        place=_place(viewer, day),
        chair=chair,
        before=before,
        felt=before and visit is not None and treatment.is_day(visit.row, day.now),
        lit=day.given / day.total if day.total else None,
        moons=_moons(day),
    )


def _told(response: Response, standing: Home, viewer: Viewer, day: Day) -> Told:
    """Return the card of an open answer. It says only what is known: sent, or taken by whom."""
    after_hours = None if standing.acknowledged_at else checkins.after_hours(viewer.clinic, day.now)
    is_emergency = response.urgency == Urgency.EMERGENCY
    at = {"time": times.clock(response.recorded_at, day.zone)}
    title = gettext("Call for help now") if is_emergency else gettext("Call the clinic now")
    why = gettext("The clinic has not been reached yet. Don’t wait for it: call.")
    if standing.told_at:
        why = gettext("The clinic was sent a message. Nobody has answered it yet. Don’t wait for it: call.")
    if standing.had_by:
        had = gettext("%(name)s at the clinic had this, and has not closed it. Don’t wait for it: call.")
        why = had % {"name": standing.had_by}
    if standing.acknowledged_at:
        title = gettext("%(name)s at the clinic has this") % {"name": standing.acknowledged_by}
        why = gettext("Stay close. If it gets worse, call again.")
    closed = after_hours.text(day.zone, day.now) if after_hours else ""
    return Told(
        title=title,
        why=why,
        closed=closed,
        call=people.answered(viewer.clinic, day.now),
        eyebrow=gettext("Your answer of %(time)s") % at,
        response=response,
    )


def _unanswered(day: Day) -> tuple[Item, ...]:
    """Return the last check-in of a running watch if it closed in silence: it can still be answered."""
    if day.mode is not Mode.AT_HOME or day.visit is None:
        return ()
    of = day.visit.booking.infusion
    mine = [one for one in (*day.current, *day.done, *day.missed) if one.is_check_in]
    last = max(
        (one for one in mine if one.task.infusion == of), key=lambda one: one.task.due_at, default=None
    )
    return (last,) if last in day.missed else ()


def _perhaps_home(viewer: Viewer, day: Day) -> str | None:
    """Return the infusion a caretaker may be home from although the clinic did not say that they left."""
    if viewer.capacity_kind != "caretaker" or day.visit is None or day.mode not in (*RUNNING, Mode.TODAY):
        return None
    if _relieved(viewer, day):
        return None
    booking = day.visit.booking
    is_over = booking.ended_at is not None or booking.ends_at <= day.now
    is_asked = any(one.is_way_home for one in day.current)
    return booking.infusion if is_over and booking.home_at is None and not is_asked else None


def _turn(viewer: Viewer, day: Day) -> tuple[str, str] | None:
    """Return the first infusion ahead that asks something of the circle, and when it is."""
    if day.plan is None or viewer.is_staff:
        return None
    ahead = [one for one in day.plan.live_visits if one.starts_at > day.now]
    me = viewer.user_id.hex
    visit = next((one for one in ahead if one.on is None or _is_asked(one, me)), None)
    if visit is None:
        return None
    is_asked = _is_asked(visit, me)
    words = gettext("A yes or no is waited for") if is_asked else gettext("Nobody is on duty yet")
    at = {"n": visit.number, "when": times.when(visit.starts_at, day.plan.clinic.zone, day.now)}
    return words, gettext("Infusion %(n)s, %(when)s") % at


def _is_asked(visit: Visit, me: str) -> bool:
    """Say whether somebody's word on who is there is waited for: on a proposal, or anew after a move."""
    return visit.cover.answers == me or (visit.is_asked_again and visit.cover.on == me)


def _ride(viewer: Viewer, day: Day) -> tuple[str, str] | None:
    """Return the first ride home ahead that asks something of the reader, and when the infusion is."""
    if day.plan is None or "ride" not in viewer.kinds:
        return None
    me = viewer.user_id.hex
    for visit in (one for one in day.plan.live_visits if one.starts_at > day.now):
        is_asked = any(one.who == me and one.state is State.ASKED for one in visit.ride.asked)
        if is_asked or (visit.ride.is_gap and visit.ride.since is not None):
            words = gettext("Can you drive? Say yes or no") if is_asked else gettext("Nobody drives home yet")
            at = {"n": visit.number, "when": times.when(visit.starts_at, day.plan.clinic.zone, day.now)}
            return words, gettext("Infusion %(n)s, %(when)s") % at
    return None


def _chair(viewer: Viewer, day: Day) -> int | None:
    if "schedule" not in viewer.kinds or day.visit is None or day.mode not in (*BEFORE, Mode.IN_CHAIR):
        return None
    return comfort.sound_minutes(day.visit.row.starts_at, day.visit.row.ends_at)


def _place(viewer: Viewer, day: Day) -> str:
    """Return the place whose clock some times are read on, empty where it is the reader's own."""
    zones = [one.zone for one in (*day.current, *day.next, *day.later)]
    zone = next((zone for zone in zones if zone != viewer.zone), viewer.zone)
    return "" if zone == viewer.zone else zone.split("/")[-1].replace("_", " ")


def _is_for_card(one: Item, day: Day) -> bool:
    """Say whether a task may be the one thing on the card: on an infusion day only what belongs to it."""
    if day.mode in RUNNING and (day.visit is None or one.task.infusion != day.visit.booking.infusion):
        return False
    return one.said is None and (one.is_asked or day.mode not in RUNNING)


def _night(day: Day) -> Night | None:
    """Return the fasting card while there is still something to eat or drink before the infusion."""
    if day.mode not in BEFORE or day.visit is None or day.now >= day.visit.starts_at:
        return None
    of = day.visit.booking.infusion
    mine = {
        plans.limit(one): one
        for one in (*day.current, *day.next, *day.later)
        if one.task.infusion == of and plans.limit(one)
    }
    food, drink = mine.get(FOOD), mine.get(DRINK)
    current = food if food in day.current else drink
    if food and food.said is True and current is food:
        current = drink
    if current is None or (current is drink and drink not in (*day.current, *day.next)):
        return None
    stops = [one for one in (food, drink) if one]
    begins = (day.now - EVENING).astimezone(ZoneInfo(current.zone)).replace(minute=0, second=0, microsecond=0)
    arc = moon.arc(
        begins=begins, now=day.now, stops=[plans.named_at(one) for one in stops], ends=day.visit.starts_at
    )
    is_food = current is food
    is_ahead = plans.stage(current) is Stage.AHEAD
    return Night(
        item=current,
        title=plans.until(current, name="", own=current.zone),
        until_at=current.shown_at if is_ahead else None,
        text=_drink_too(drink, day) if is_food else gettext("No more food until after the infusion."),
        limit=plans.kinder(current) if is_ahead else "",
        arc=arc,
        begins=times.clock(begins, current.zone),
        stops=tuple((times.clock(plans.named_at(one), one.zone), _stop_word(one)) for one in stops),
        ends=gettext("%(time)s infusion") % {"time": times.clock(day.visit.starts_at, current.zone)},
    )


def _drink_too(drink: Item | None, day: Day) -> str:
    if drink is None:
        return ""
    return gettext("Sip clear drinks until %(time)s.") % {
        "time": times.until(drink.shown_at, drink.zone, day.now)
    }


def _stop_word(one: Item) -> str:
    return gettext("last food") if plans.limit(one) == FOOD else gettext("last sip")


def _quiet_title(day: Day, *, asked: bool, to_answer: ToAnswer | None) -> str:
    if to_answer is not None:
        return (
            gettext("Go on with your questions") if to_answer.is_begun else gettext("First, some questions")
        )
    if day.mode is Mode.IN_CHAIR:
        return gettext("The infusion is today, and you are here")
    if asked:
        return gettext("Something to read and sign")
    if day.mode is Mode.NO_SERIES:
        return gettext("Nothing to do here now")
    if day.mode is Mode.AFTER_LAST:
        return gettext("The series is done")
    return gettext("Nothing to do right now")


def _relieved(viewer: Viewer, day: Day) -> str:
    """Return who else is on duty on a day with an infusion, empty unless a caretaker reads it who is not."""
    on = day.visit.on if day.visit else None
    if viewer.capacity_kind != "caretaker" or on is None or on.user_id == viewer.user_id:
        return ""
    if day.mode not in (*BEFORE, *RUNNING):
        return ""
    return gettext("%(name)s is on duty this time") % {"name": on.user.first_name}


def _quiet_why(
    viewer: Viewer, day: Day, coming: tuple[Entry, ...], *, asked: bool, to_answer: ToAnswer | None
) -> str:
    if to_answer is not None:
        return gettext("Your care team reads your answers before the first visit. Each one is kept.")
    if day.mode is Mode.IN_CHAIR and not _relieved(viewer, day):
        return gettext("Nothing to do now. If you need something, raise a hand or call the nurse over.")
    if asked:
        return gettext("You find it on this page. Take your time.")
    if not coming:
        return gettext("We’ll tell you when there is something.")
    first = coming[0]
    return gettext("Next: %(title)s, %(when)s.") % {
        "title": first.title,
        "when": times.when(first.at, first.zone, day.now),
    }


def _eyebrow(day: Day) -> str:
    return _moons(day)


def _moons(day: Day) -> str:
    if day.visit is None:
        return ""
    zone = day.plan.clinic.zone if day.plan else day.zone
    place = {"n": day.number, "total": day.total, "day": times.day(day.visit.starts_at, zone, day.now)}
    if day.mode in (Mode.AT_HOME, Mode.AFTER_LAST) or day.visit.given(day.now):
        return gettext("Infusion %(n)s of %(total)s done") % place
    if day.mode in (Mode.IN_CHAIR, Mode.GOING_HOME):
        return gettext("Infusion %(n)s of %(total)s today") % place
    return gettext("Infusion %(n)s of %(total)s: %(day)s") % place


def _entries(day: Day) -> tuple[Entry, ...]:
    """Return the next few things, the infusion among them, with a divider where a new day begins."""
    found = [_entry(one, state="next" if place == 0 else "later") for place, one in enumerate(day.next)]
    visit = day.visit
    if visit and visit.starts_at > day.now and (not found or visit.starts_at <= found[-1].at):
        found.append(_infusion(visit, day))
    return _days(sorted(found, key=lambda one: one.at), day, after=day.now)


def _entry(one: Item, state: str = "later") -> Entry:
    return Entry(
        at=one.shown_at,
        zone=one.zone,
        time=times.clock(one.shown_at, one.zone),
        day="",
        title=one.title,
        text=one.why,
        key=one.key,
        state="key" if one.task.gate and state == "later" else state,
    )


def _infusion(visit: Visit, day: Day) -> Entry:
    plan = day.plan
    where, zone = (plan.clinic.name, plan.clinic.zone) if plan else ("", day.zone)
    return Entry(
        at=visit.starts_at,
        zone=zone,
        time=times.clock(visit.starts_at, zone),
        day="",
        title=gettext("Infusion starts"),
        text=f"{where}, {visit.chair}" if visit.chair else where,
        key="",
        state="key",
    )


def _days(entries: Iterable[Entry], day: Day, *, after: datetime) -> tuple[Entry, ...]:
    """Put the name of the day in front of the first entry of each day after the one above."""
    above = after.astimezone(ZoneInfo(day.zone)).date()
    found = []
    for one in entries:
        on = one.at.astimezone(ZoneInfo(one.zone)).date()
        words = ""
        if on != above:
            near = times.day(on, one.zone, day.now)
            full = times.full_day(on, day.now)
            words = full if near == full else f"{near[:1].upper()}{near[1:]} · {full}"
        found.append(replace(one, day=words) if words else one)
        above = on
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Help:
    """Who to call and what to say. order: which card comes first for this reader.

    opening: whether the clinic answers now, None for a reader of no clinic.
    """

    words: dict[str, Any]
    names: dict[str, str]
    order: tuple[str, ...]
    numbers: Emergency | None
    opening: people.Opening | None

    @property
    def emergency_heading(self) -> str:
        """Return when to call the emergency number, with the number itself where the country is known."""
        lines = self.lines("emergency")
        if not lines:
            return self.fill(self.words["emergency"]["heading"])
        if self.order[0] == "dark":
            return gettext("Call %(number)s if you") % {"number": lines[0].call}
        return gettext("Call %(number)s if %(name)s") % {
            "number": lines[0].call,
            "name": self.names["patient"],
        }

    def fill(self, text: str) -> str:
        """Return words with the names put in."""
        return content.fill(text, self.names)

    def lines(self, kind: str) -> tuple[Any, ...]:
        """Return the country's lines of a kind: emergency, urgent or crisis."""
        return self.numbers.of(LineKind(kind)) if self.numbers else ()


def worried(viewer: Viewer | None, now: datetime) -> Help:
    """Return the help page for whoever looks: the patient's begins with a person, others' with danger."""
    is_patient = viewer is not None and viewer.capacity_kind == "patient"
    words = content.words("pages", "worried", get_language() or content.ENGLISH)
    patient = viewer.patient if viewer else None
    names = {
        "patient": patient.first_name if patient else gettext("the person"),
        "clinic": viewer.clinic.name if viewer else gettext("a clinic"),
    }
    if patient:
        about = checkins.about(patient.born_on, patient.address, viewer.member, now.date())
    else:
        about = {
            "relation_words": gettext("The person with me"),
            "age": gettext("(say how old)"),
            "address": gettext("(say where you are)"),
        }
    return Help(
        words=dict(words["patient" if is_patient else "caretaker"]),
        names={**names, **about},
        order=("dark", "clinic", "emergency") if is_patient else ("emergency", "clinic", "dark"),
        numbers=library.emergency(viewer.clinic_id, viewer.clinic.country) if viewer else None,
        opening=people.opening(viewer.clinic, now) if viewer else None,
    )
