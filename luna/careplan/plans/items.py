"""One task as a person reads it: the guide's words with the names and times put in."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext

from luna.careplan.plans import because
from luna.careplan.plans.loading import Plan, Visit
from luna.clinical import comfort
from luna.clinical import plan as rules
from luna.clinical.fasting import DRINK, FOOD
from luna.clinical.protocol import Actor, Anchor
from luna.clinical.task import Mark, Task, TaskStatus
from luna.library import content, times
from luna.library.errors import NoSuchContent
from luna.library.wording import Guide
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.forms import fields
from luna.people.models import CircleMember

NO_ICON = "circle-check"
# The page of eating and drinking says more to whoever reads these.
EATING_GUIDES = {"supper", "sugar-plan", "glp1-plan"}
RIDE_GUIDES = {"ride-early"}
MEDICINE_GUIDES = {"medicines", "medicine-stop", "medicine-again", "sugar-plan", "glp1-plan"}
CARD_GUIDES = {"comfort-wishes", "comfort-again"}  # a written comfort card answers these
TALK_GUIDES = {"comfort-talk"}
KIT_GUIDES = {"comfort-kit"}
LINE_GUIDES = {"intention"}
LIST_GUIDES = {"comfort-kit": "bag", "home-ready": "home-list"}
PRACTICE_GUIDES = {"calm-practice"}
WAY_GUIDES = {
    "clothes",
    "arrive",
    "leave",
    "ride",
    "ride-week",
    "ride-plan",
}  # whoever reads these comes here


@dataclass(frozen=True, slots=True)
class Item:
    """A task with its standing and its words, ready for a page.

    mark: what somebody said, None while nobody has. guide: where its words come from.
    """

    plan: Plan
    task: Task
    status: TaskStatus
    mark: Mark | None
    guide: Guide | None

    @property
    def title(self) -> str:
        """Return what to do, to this reader; the step's own name where no guide says it."""
        return self._words("title") or self.task.step.id.replace("-", " ").capitalize()

    @property
    def why(self) -> str:
        """Return a sentence or two."""
        return self._words("why")

    @property
    def done(self) -> str:
        """Return what the button for "done" says."""
        return self._words("done") or gettext("Done")

    @property
    def not_done(self) -> str:
        """Return what the button for "not done" says, empty where "no" is no answer."""
        return self._words("not_done")

    @property
    def icon(self) -> str:
        """Return the name of its icon."""
        return self.guide.icon if self.guide else NO_ICON

    @property
    def key(self) -> str:
        """Return the task's key, as addresses carry it."""
        return self.task.key

    @property
    def shown_at(self) -> datetime:
        """Return the time people read: the kinder one where there is one, else when it is due."""
        return self.task.kind_at or self.task.due_at

    @property
    def is_kind(self) -> bool:
        """Say whether the time shown is kinder than the limit, which is then named as well."""
        return self.task.kind_at is not None

    @property
    def on(self) -> date:
        """Return the day it is shown under, on the task's own clock."""
        return self.shown_at.astimezone(ZoneInfo(self.task.zone)).date()

    @property
    def zone(self) -> str:
        """Return whose clock its times are read on."""
        return self.task.zone

    @property
    def visit(self) -> Visit | None:
        """Return the infusion it belongs to, None for a step of the whole series."""
        return self.plan.visit(self.task.infusion)

    @property
    def is_asked(self) -> bool:
        """Say whether somebody is asked to do it; else it is only good to know."""
        return self.task.step.answerable

    @property
    def is_check_in(self) -> bool:
        """Say whether it is done by answering questions."""
        return self.task.step.is_check_in

    @property
    def is_briefing(self) -> bool:
        """Say whether it is done by signing, after the cards, that one can stay."""
        return self.task.step.is_briefing

    @property
    def is_ride(self) -> bool:
        """Say whether it is done once it is set who takes the patient home."""
        return self.task.step.is_ride

    @property
    def is_way_home(self) -> bool:
        """Say whether it is done by saying "we're home"."""
        return self.task.step.anchor is Anchor.LEFT and self.task.step.markable

    @property
    def is_markable(self) -> bool:
        """Say whether a plain "done" can be said of it."""
        is_met_otherwise = self.is_way_home or self.is_ride
        return self.task.step.markable and self.task.questionnaire is None and not is_met_otherwise

    @property
    def said(self) -> bool | None:
        """Return what was said of it: True done, False not done, None nothing or taken back."""
        return None if self.mark is None else self.mark.done

    @property
    def is_late(self) -> bool:
        """Say whether it is asked, its time is past, and nobody has answered though they still can."""
        is_open = self.status is TaskStatus.READY and self.is_asked and self.said is None
        return is_open and self.task.due_at < self.plan.now

    @property
    def is_reviewed(self) -> bool:
        """Say whether a clinician has signed these words."""
        return bool(self.guide and self.guide.reviewed_by)

    @property
    def clock(self) -> int:
        """Return whether whose step it is reads a clock of 12 or of 24 hours."""
        return clock_of(self.plan, self.task)

    @property
    def decided(self) -> str:
        """Return who ordered it to be so, and on which day; empty where it is as the protocol says."""
        order = self.task.order
        if order is None:
            return ""
        on = times.day_and_month(order.at.astimezone(ZoneInfo(self.plan.clinic.zone)).date())
        return gettext("%(name)s, %(day)s") % {"name": order.by, "day": on}

    def because(self, viewer: Viewer) -> str:
        """Return what was told that switches it on, as the viewer may read it; empty for everybody's step."""
        words = (one for of in self.task.because for one in because.said(of, self.plan.clinic, viewer))
        return " ".join(words)

    @property
    def away(self) -> list[CircleMember]:
        """Return whom it asks who said that they are not there then, while it is still to be done."""
        is_open = self.status in (TaskStatus.DRAFT, TaskStatus.READY) and self.is_asked
        return self.plan.away(self.task) if is_open and self.said is None else []

    @property
    def away_words(self) -> str:
        """Return that as staff read it, empty where somebody may be there."""
        names = ", ".join(one.user.name for one in self.away)
        return gettext("%(name)s said not to be there then") % {"name": names} if names else ""

    @property
    def is_of_medicine(self) -> bool:
        """Say whether the plan of medicines says more about it."""
        return (self.task.step.guide or "") in MEDICINE_GUIDES

    @property
    def is_of_card(self) -> bool:
        """Say whether it is about the comfort card: to write it, or to read it."""
        return (self.task.step.guide or "") in CARD_GUIDES | TALK_GUIDES

    @property
    def way(self) -> list[tuple[str, str]]:
        """Return what the clinic says of how to find it, each with its label; nothing on other steps."""
        clinic = self.plan.clinic
        if (self.task.step.guide or "") not in WAY_GUIDES or self.task.actor is Actor.CLINIC:
            return []
        said = [
            (gettext("Address"), clinic.address),
            (gettext("The way in"), clinic.way_in),
            (gettext("Parking"), clinic.parking),
            (gettext("Ask for"), clinic.ask_for),
        ]
        return [(label, words) for label, words in said if words]

    @property
    def is_tip(self) -> bool:
        """Say whether it can be left out with all others of its part, and its time is not over."""
        return self.task.step.part is not None and self.plan.now < self.task.closes_at

    @property
    def list_name(self) -> str:
        """Return the name of the page with the list it asks for, empty where it asks for none."""
        return LIST_GUIDES.get(self.task.step.guide or "", "")

    @property
    def things(self) -> list[str]:
        """Return what its guide suggests to tick, as words."""
        return [one.text for one in self.guide.things] if self.guide else []

    @property
    def is_practice(self) -> bool:
        """Say whether there are pages to practise with."""
        return (self.task.step.guide or "") in PRACTICE_GUIDES

    @property
    def is_line(self) -> bool:
        """Say whether it is done by choosing a line to hold on to."""
        return (self.task.step.guide or "") in LINE_GUIDES

    @property
    def sound_minutes(self) -> int | None:
        """Return how long calm sound is to last, where it is to be put on the phone: the longest infusion."""
        if (self.task.step.guide or "") not in KIT_GUIDES:
            return None
        rows = (visit.row for visit in self.plan.live_visits)
        return max((comfort.sound_minutes(row.starts_at, row.ends_at) for row in rows), default=None)

    @property
    def is_card(self) -> bool:
        """Say whether it is done by writing the comfort card."""
        return (self.task.step.guide or "") in CARD_GUIDES

    @property
    def is_of_fasting(self) -> bool:
        """Say whether the page of eating and drinking says more about it."""
        return self.task.step.due.number in (FOOD, DRINK) or (self.task.step.guide or "") in EATING_GUIDES

    @property
    def is_of_ride(self) -> bool:
        """Say whether the page of the ride says more about it, and takes a name."""
        is_theirs = self.task.step.kind == "ride" and self.task.actor is Actor.CARETAKER
        return is_theirs or (self.task.step.guide or "") in RIDE_GUIDES

    @property
    def heavy_until(self) -> datetime | None:
        """Return the limit of a fatty or heavy meal, None where the rule tells it from no light one."""
        visit = self.visit if self.task.step.due.number == FOOD else None
        heavy = self.plan.heavy(visit) if visit else None
        return visit.starts_at - heavy if visit and heavy is not None else None

    def hours(self, number: str) -> str:
        """Return how long one of the protocol's numbers asks for here: "6 hours"."""
        return _hours(self.plan, self.task, number)

    def _words(self, name: str) -> str:
        """Return one of the guide's texts. A page has many tasks and shows few words of each."""
        text: str = getattr(self.guide, name) if self.guide else ""
        return content.fill(text, values(self.plan, self.task)) if "{" in text else text

    def html(self) -> str:
        """Return the guide's text as safe HTML, empty when there is none."""
        return content.fill_html(self.guide.html, values(self.plan, self.task)) if self.guide else ""


def item(plan: Plan, task: Task) -> Item:
    """Return a task of a plan as its reader sees it."""
    return Item(
        plan=plan,
        task=task,
        status=plan.status(task),
        mark=plan.standing(task),
        guide=guide_of(task),
    )


def guide_of(task: Task) -> Guide | None:
    """Return the guide of a task in the language of the page, None if the library has none."""
    try:
        return content.guide(task.actor, task.step.guide or "", get_language() or content.ENGLISH)
    except NoSuchContent:
        return None


def names(plan: Plan) -> dict[str, str]:
    """Return what stands in the placeholders that need no task: names of people, and phones."""
    return {name: of(plan) for name, of in _NAMES.items()}


def values(plan: Plan, task: Task) -> Mapping[str, str]:
    """Return what stands in the placeholders of a guide: names, phones, hours and times as words."""
    return _Values(plan, task)


@dataclass(frozen=True, slots=True)
class _Values(Mapping[str, str]):
    """The values of one task, each worked out when it is asked for: a text names few of them."""

    plan: Plan
    task: Task

    def __getitem__(self, name: str) -> str:
        if name == "caretaker":
            return _caretaker(self.plan, self.task.infusion)
        return _NAMES[name](self.plan) if name in _NAMES else _TIMES[name](self.plan, self.task)

    def __iter__(self) -> Iterator[str]:
        yield from (*_NAMES, *_TIMES)

    def __len__(self) -> int:
        return len(_NAMES) + len(_TIMES)


def _caretaker(plan: Plan, infusion: str | None = None) -> str:
    """Return who is on duty for an infusion; for the series, who is in the circle the longest."""
    visit = plan.visit(infusion)
    member = visit.on if visit else next(iter(plan.circle), None)
    return member.user.first_name if member else gettext("your caretaker")


def _infusion_at(plan: Plan, task: Task) -> datetime:
    visit = plan.visit(task.infusion) or next(iter(plan.live_visits), None)
    return visit.starts_at if visit else task.due_at


_NAMES: dict[str, Callable[[Plan], str]] = {
    "patient": lambda plan: plan.patient.first_name,
    "caretaker": _caretaker,
    "clinic": lambda plan: plan.clinic.name,
    "phone": lambda plan: fields.shown_phone(plan.clinic.phone, plan.clinic.country),
    "nurse_line": lambda plan: fields.shown_phone(
        people.answered(plan.clinic, plan.now), plan.clinic.country
    ),
}
_TIMES: dict[str, Callable[[Plan, Task], str]] = {
    "hours_food": lambda plan, task: _hours(plan, task, FOOD),
    "hours_drink": lambda plan, task: _hours(plan, task, DRINK),
    "food_until": lambda plan, task: _limit(plan, task, FOOD),
    "drink_until": lambda plan, task: _limit(plan, task, DRINK),
    "time": lambda plan, task: times.clock(
        _infusion_at(plan, task), plan.clinic.zone, hours=clock_of(plan, task)
    ),
    "day": lambda plan, task: times.day(_infusion_at(plan, task), plan.clinic.zone, plan.now),
    "medicine": lambda _plan, task: task.order.about if task.order else gettext("your medicine"),
    "due": lambda plan, task: times.until(
        task.kind_at or task.due_at, task.zone, plan.now, hours=clock_of(plan, task)
    ),
}


def reader(actor: Actor) -> str:
    """Return the word for whose task it is, as staff read it."""
    return {
        Actor.PATIENT: gettext("Patient"),
        Actor.CARETAKER: gettext("Caretaker"),
        Actor.CLINIC: gettext("Clinic"),
    }[actor]


def clock_of(plan: Plan, task: Task) -> int:
    """Return on which clock the reader of a task's words reads: staff on the one their clinic chose."""
    return plan.clinic.clock if task.actor is Actor.CLINIC else 12


def _hours(plan: Plan, task: Task, name: str) -> str:
    number = rules.number_of(plan.protocol, plan.facts, name, task.infusion)
    return times.span(number.span) if number and number.span is not None else ""


def _limit(plan: Plan, task: Task, number: str) -> str:
    """Return until when the patient may eat or drink before the infusion a task belongs to."""
    of = next((t for t in plan.tasks if t.infusion == task.infusion and t.step.due.number == number), None)
    if of is None:
        return gettext("the time the clinic told you")
    return times.until(of.kind_at or of.due_at, of.zone, plan.now, hours=clock_of(plan, task))
