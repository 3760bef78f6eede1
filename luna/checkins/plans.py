"""Check-ins as pages ask them, what an answer led to, and who is at home now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import get_language, gettext

from luna.careplan import plans as careplan
from luna.careplan.plans import Item, Plan
from luna.checkins.models import Watch
from luna.clinical import questionnaire as questionnaires
from luna.clinical import triage
from luna.clinical.protocol import Actor
from luna.clinical.questionnaire import Questionnaire
from luna.clinical.task import Task, TaskStatus
from luna.clinical.triage import RuleSet, Triage, Urgency
from luna.escalation.models import Escalation
from luna.library import content, times
from luna.library import plans as library
from luna.library.content import Later
from luna.library.emergency import LineKind
from luna.library.wording import Card
from luna.people import access
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.forms import fields
from luna.people.models import CircleMember, Clinic
from luna.records.models import Response
from luna.treatment import covers
from luna.treatment.models import Series

WRITERS = ("nurse", "prescriber")  # who writes down what a caretaker says on the phone
FOLDED = 6  # a question with more answers than this shows the worrying ones on a tap
# Silence after a due check-in: first a nudge to the caretaker (careplan.jobs), then the clinic's list
# says "no reply". A design choice (grade D) that a clinic's own protocol bounds by closing the check-in.
NO_REPLY_AFTER = timedelta(minutes=15)
WAITING = timedelta(days=3)  # how long Now reminds of an answer that is still open
NO_ADULT = "no-adult"  # why a human is asked: escalation.words says it in words
SERIOUS = 2  # from this level on an answer is one a human decides about


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer as it is shown. shape: which glyph; is_folded: behind "something is wrong"."""

    code: str
    label: str
    meaning: str
    shape: str
    is_folded: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a check-in, with what was answered before it.

    quick: whole answers in one tap, on the first question only: (id, label, meaning).
    """

    id: str
    text: str
    hint: str
    why: str
    place: int
    total: int
    choices: tuple[Choice, ...]
    quick: tuple[tuple[str, str, str], ...]
    answered: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One check-in of somebody's plan: its item, its questions, the rules that will judge it."""

    item: Item
    questionnaire: Questionnaire
    rules: RuleSet
    before: tuple[Response, ...]  # earlier answers of this watch, oldest first
    place: int  # which check-in of this infusion it is
    total: int
    tellers: tuple[CircleMember, ...] = ()  # whose answers staff may write down; none: the viewer's own

    @property
    def plan(self) -> Plan:
        """Return the plan it belongs to."""
        return self.item.plan

    def judge(self, answers: Mapping[str, str]) -> Triage:
        """Return what the answers given so far ask for. Raises StrayAnswer."""
        return triage.assess(self.rules, questionnaires.facts(self.questionnaire, answers))

    def later(self) -> tuple[Later, ...]:
        """Return the one-tap answers that may be offered: only after an evening that was fine so far."""
        if not self.before:
            return ()
        fine = all(one.urgency == Urgency.ROUTINE and not one.missing for one in self.before)
        return tuple(quick for quick in content.later(self.questionnaire.id) if fine or not quick.after_fine)

    def question(self, answers: Mapping[str, str]) -> Question | None:
        """Return the first question not yet answered, None when all are."""
        for place, one in enumerate(self.questionnaire.items, start=1):
            if not answers.get(one.id):
                return self._question(one, place, answers)
        return None

    def _question(self, one: questionnaires.Item, place: int, answers: Mapping[str, str]) -> Question:
        words = content.words("questionnaires", self.questionnaire.id, _language())
        said = words["item"][one.id]
        names = careplan.values(self.item.plan, self.item.task)
        later = self.later() if place == 1 else ()
        return Question(
            id=one.id,
            text=content.fill(said["question"], names),
            hint=content.fill(said["hint"], names),
            why=content.fill(said["why"], names),
            place=place,
            total=len(self.questionnaire.items),
            choices=tuple(_choice(one, choice, said["choice"][choice.code], names) for choice in one.choices),
            quick=tuple(
                (quick.id, words["later"][quick.id]["label"], words["later"][quick.id]["meaning"])
                for quick in later
            ),
            answered=answers,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What one check-in led to, as its giver is told.

    item: None once the check-in has left the plan, as when "we're home" was taken back.
    escalation: None when nobody had to be called. unsettled: an earlier answer of this patient still
    has a human's attention, so that all is not fine yet.
    """

    response: Response
    item: Item | None
    urgency: Urgency
    card: Card | None
    say: str
    told: str
    steps: tuple[tuple[str, str], ...]  # what to do first, and the rest of the sentence
    escalation: Escalation | None
    unsettled: Escalation | None
    next: Item | None


@dataclass(frozen=True, slots=True)
class AfterHours:
    """The clinic is closed, or nobody can tell: until when, and who answers now.

    opens_at: None when the clinic's hours are not known. is_clinic: the number is the clinic's own
    for these hours; else it is the country's.
    """

    opens_at: datetime | None
    number: str
    shown: str
    is_clinic: bool

    def text(self, zone: str, now: datetime) -> str:
        """Return what the page says first. zone: the reader's."""
        if self.opens_at is None:
            return gettext("Nobody may be reading this now. Call %(number)s.") % {"number": self.shown}
        call = (
            gettext("Call %(number)s.") if self.is_clinic else gettext("If it cannot wait, call %(number)s.")
        )
        until = gettext("Nobody at the clinic reads this until %(when)s.")
        words = until % {"when": times.until(self.opens_at, zone, now)}
        return f"{words} {call % {'number': self.shown}}"


def after_hours(clinic: Clinic, now: datetime) -> AfterHours | None:
    """Return who answers while the clinic is closed, None while it is open."""
    opening = people.opening(clinic, now)
    if opening.is_open:
        return None
    opens_at = opening.opens_at
    own = clinic.after_hours_phone or ("" if opening.is_known else clinic.nurse_line)
    if own:
        return AfterHours(opens_at, own, fields.shown_phone(own, clinic.country), is_clinic=True)
    emergency = library.emergency(clinic.id, clinic.country).of(LineKind.EMERGENCY)
    number = next((line.call for line in emergency if line.call), clinic.nurse_line)
    return AfterHours(opens_at, number, number, is_clinic=False)


def check_in(viewer: Viewer, task_key: str, now: datetime) -> CheckIn:
    """Return a check-in that is this person's to answer, or to write down for a caretaker on the phone.

    Raises Http404 for any other.
    """
    plan, task = careplan.find(viewer, task_key, now)
    tellers = _tellers(viewer, plan, task)
    if not task.step.is_check_in or not (tellers or careplan.is_actor(viewer, task)):
        raise Http404
    siblings = [one for one in plan.tasks if one.infusion == task.infusion and one.step.is_check_in]
    keys = [one.key for one in siblings]
    earlier = _judged(viewer).filter(task_key__in=keys, superseded_by=None)
    return CheckIn(
        item=careplan.item(plan, task),
        questionnaire=content.questionnaire(task.questionnaire),
        rules=library.rules(plan.clinic.id),
        before=tuple(earlier.exclude(task_key=task.key).order_by("recorded_at", "id")),
        place=keys.index(task.key) + 1,
        total=len(keys),
        tellers=tellers,
    )


def _tellers(viewer: Viewer, plan: Plan, task: Task) -> tuple[CircleMember, ...]:
    """Return the caretakers who may tell nurses and prescribers their answers; none to anybody else."""
    if not viewer.has_role(*WRITERS) or task.actor is not Actor.CARETAKER:
        return ()
    return tuple(one for one in plan.helpers(task) if task.is_open_to(access.shared_with(one)))


def result(viewer: Viewer, response_id: UUID, now: datetime) -> Result:
    """Return what became of answers the viewer gave or wrote down. Raises Http404 for anybody else's."""
    response = _own(viewer).filter(id=response_id).first()
    if response is None:
        raise Http404
    plan = careplan.about(viewer, response.task_key, now)
    giver = response.told_by_id or response.by_id
    member = next((one for one in plan.circle if one.user_id == giver), viewer.member)
    task = next((one for one in plan.tasks if one.key == response.task_key), None)
    card = content.cards(library.RULES, _language()).get(response.cards[0]) if response.cards else None
    names = {**careplan.names(plan), **person(plan, member, now)}
    return Result(
        response=response,
        item=careplan.item(plan, task) if task else None,
        urgency=Urgency(response.urgency),
        card=card,
        told=content.fill(card.told, names) if card else "",
        say=content.fill(card.say, names) if card else "",
        steps=tuple(_step(content.fill(step, names)) for step in card.steps) if card else (),
        escalation=_escalation(viewer, response),
        unsettled=_open(viewer, response.patient_id).order_by("-urgency", "opened_at").first(),
        next=_next(viewer, plan, now),
    )


def person(plan: Plan, member: CircleMember | None, now: datetime) -> dict[str, str]:
    """Return what a dispatcher must hear: who it is, how old, and where."""
    return about(plan.patient.born_on, plan.patient.address, member, now.date())


def about(born_on: date, address: str, member: CircleMember | None, today: date) -> dict[str, str]:
    """Return the words for a card: relation_words, age, address. An unknown address says so."""
    age = today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))
    return {
        "relation_words": RELATION_WORDS[member.relation]() if member else gettext("The person with me"),
        "age": str(age),
        "address": address or gettext("(say where you are)"),
    }


# What the caretaker calls the patient on the phone: the other side of CircleMember.relation.
RELATION_WORDS = {
    CircleMember.Relation.PARTNER: lambda: gettext("My partner"),
    CircleMember.Relation.PARENT: lambda: gettext("My child"),
    CircleMember.Relation.CHILD: lambda: gettext("My parent"),
    CircleMember.Relation.SIBLING: lambda: gettext("My brother or sister"),
    CircleMember.Relation.FRIEND: lambda: gettext("My friend"),
    CircleMember.Relation.OTHER: lambda: gettext("The person with me"),
}


@dataclass(frozen=True, slots=True)
class AtHome:
    """One patient at home on the clinic's list. late: the check-in nobody answered in time.

    asks: the check-in that waits for an answer now, late or not.
    adult: who is with them, None when nobody has said that it is they, or that person left the circle.
    """

    plan: Plan
    watch: Any
    adult: CircleMember | None
    last: Response | None
    late: Item | None
    asks: Item | None
    next: Item | None
    escalation: Escalation | None

    @property
    def rank(self) -> tuple[int, int, float]:
        """Order the list: no reply first, then the most urgent, then the longest at home."""
        urgency = self.escalation.urgency if self.escalation else self.last.urgency if self.last else 0
        return (-int(self.late is not None), -urgency, self.watch.started_at.timestamp())

    @property
    def is_barred(self) -> bool:
        """Say whether whoever is with them must not be: for this list of staff alone."""
        return covers.is_barred(self.adult)

    @property
    def able(self) -> list[CircleMember]:
        """Return who could tell staff on the phone that they are with them now, for this list alone."""
        return [one for one in covers.able(self.plan.circle) if not covers.is_barred(one)]

    @property
    def level(self) -> str:
        """Return the severity to show: fine, note, warn or alarm; nothing heard yet is only "todo"."""
        if self.late or (self.escalation and self.escalation.urgency == Urgency.EMERGENCY):
            return "alarm"
        if self.escalation:
            return "warn"
        if self.last is None:
            return "todo"
        return "note" if self.last.cards or self.last.missing else "fine"


def at_home(viewer: Viewer, watches: Iterable[Any], now: datetime) -> list[AtHome]:
    """Return who is at home now, no reply first. The same number of queries for any number of people."""
    running = {watch.infusion_id: watch for watch in watches}
    of = Series.objects.visible_to(viewer).filter(infusions__in=list(running)).distinct()
    patients = {watch.patient_id for watch in running.values()}
    last = _latest(viewer, patients)
    waiting = Escalation.objects.visible_to(viewer).filter(patient__in=patients, closed_at=None)
    worst: dict[UUID, Escalation] = {}
    for one in waiting.order_by("urgency"):
        worst[one.patient_id] = one
    found = []
    for plan in careplan.plans_of(of, now):
        for visit in plan.visits:
            watch = running.get(visit.row.id)
            if watch and visit.booking.home_at:  # it may have been taken back
                found.append(_at_home(plan, watch, last, worst))
    return sorted(found, key=lambda one: one.rank)


def who_stays(plan: Plan, user_id: UUID | None) -> CircleMember | None:
    """Return a person's place in the circle if they can be the adult at home now, else None."""
    return next((member for member in covers.able(plan.circle) if member.user_id == user_id), None)


def adult_of(plan: Plan, watch: Any) -> CircleMember | None:
    """Return who keeps a watch, None when they cannot any more: then nobody is known to be there."""
    return who_stays(plan, watch.adult_id)


@dataclass(frozen=True, slots=True)
class Beside:
    """Somebody else than the reader is with the patient at home, or nobody is known to be.

    infusion: the hours at home after it. name: the first name of who is there, empty for nobody known.
    call: the clinic's number, for a reader who cannot be the adult who stays; empty for one who can.
    """

    infusion: str
    name: str
    call: str


def beside(viewer: Viewer, day: careplan.Day) -> Beside | None:
    """Return who is with the patient, for a caretaker who sees these hours; None while it is the reader.

    Who cannot be the adult who stays reads of it only while nobody is known to be.
    """
    is_running = day.mode is careplan.Mode.AT_HOME and day.plan is not None and day.visit is not None
    if not is_running or viewer.member is None or Watch.kind not in viewer.kinds:
        return None
    watch = Watch.objects.visible_to(viewer).filter(infusion=day.visit.row).first()
    adult = adult_of(day.plan, watch) if watch else None
    is_able = covers.may(viewer.member)
    if adult is not None and (adult.user_id == viewer.place_id or not is_able):
        return None
    call = "" if is_able else people.answered(viewer.clinic, day.now)
    return Beside(day.visit.booking.infusion, adult.user.first_name if adult else "", call)


def _at_home(plan: Plan, watch: Any, last: Mapping[Any, Response], worst: Mapping[UUID, Any]) -> AtHome:
    asked = [t for t in plan.tasks if t.infusion == watch.infusion_id.hex and t.step.is_check_in]
    items = [careplan.item(plan, task) for task in sorted(asked, key=lambda task: task.due_at)]
    missed = [one for one in items if one.status is TaskStatus.FAILED]
    silent_since = plan.now - NO_REPLY_AFTER
    open_late = [one for one in items if one.is_late and one.task.due_at <= silent_since]
    coming = [one for one in items if one.status in (TaskStatus.DRAFT, TaskStatus.READY)]
    answered = last.get(watch.infusion_id.hex)
    late = (open_late or missed[-1:] or [None])[0]
    if late and answered and answered.recorded_at > late.task.due_at:
        late = None
    return AtHome(
        plan=plan,
        watch=watch,
        adult=adult_of(plan, watch),
        last=answered,
        late=late,
        asks=late or next((one for one in coming if one.status is TaskStatus.READY), None),
        next=coming[0] if coming else None,
        escalation=worst.get(watch.patient_id),
    )


def _latest(viewer: Viewer, patients: Iterable[UUID]) -> dict[str, Response]:
    """Return infusion hex -> the latest answers given for it."""
    rows = _judged(viewer).filter(patient__in=list(patients)).select_related("told_by")
    return {row.task_key.partition(".")[0]: row for row in rows.order_by("recorded_at", "id")}


def _judged(viewer: Viewer) -> QuerySet[Response]:
    """Return the answers that triage judged: others to the same infusion say nothing of how somebody is."""
    return Response.objects.visible_to(viewer).exclude(rules_version="")


def _escalation(viewer: Viewer, response: Response) -> Escalation | None:
    """Return the escalation this answer opened or joined, open ones first."""
    if response.urgency == Urgency.ROUTINE:
        return None
    of = Escalation.objects.visible_to(viewer).filter(
        patient_id=response.patient_id, cause=cause_of(response), opened_at__lte=response.recorded_at
    )
    return of.order_by("-opened_at").first()


def waiting(viewer: Viewer, now: datetime) -> tuple[Response, Escalation] | None:
    """Return the viewer's answer that a human still has to settle, the most urgent, with its escalation."""
    if viewer.is_staff:
        return None
    unsettled = {one.cause: one for one in _open(viewer, viewer.patient_id)}
    if not unsettled:
        return None
    own = _own(viewer).filter(urgency__gt=Urgency.ROUTINE)
    for one in own.filter(recorded_at__gt=now - WAITING).order_by("-urgency", "-recorded_at"):
        of = unsettled.get(cause_of(one))
        if of is not None and of.opened_at <= one.recorded_at:
            return one, of
    return None


def _own(viewer: Viewer) -> QuerySet[Response]:
    """Return the answers the viewer gave, themselves or on the phone, and as staff those they wrote down."""
    mine = Q(by_id=viewer.user_id) | Q(told_by_id=viewer.user_id)
    return Response.objects.visible_to(viewer).filter(mine)


def _open(viewer: Viewer, patient_id: UUID | None) -> QuerySet[Escalation]:
    """Return what answers about a patient asked for and no human has closed."""
    mine = Escalation.objects.visible_to(viewer).filter(patient_id=patient_id)
    return mine.filter(closed_at=None, about_type="response")


def cause_of(response: Response) -> str:
    """Return the cause an escalation about this answer carries: its most urgent card."""
    return response.cards[0] if response.cards else "missing-answer"


def _next(viewer: Viewer, plan: Plan, now: datetime) -> Item | None:
    coming = sorted(
        (
            t
            for t in plan.tasks
            if t.step.is_check_in and careplan.may_see(viewer, plan, t) and t.opens_at > now
        ),
        key=lambda task: task.due_at,
    )
    return careplan.item(plan, coming[0]) if coming else None


def _choice(one: Any, choice: Any, said: Mapping[str, str], names: Mapping[str, str]) -> Choice:
    points = choice.points or 0
    is_long = len(one.choices) > FOLDED
    return Choice(
        code=choice.code,
        label=content.fill(said["label"], names),
        meaning=content.fill(said["meaning"], names),
        shape=_shape(choice.code, points, is_long=is_long),
        is_folded=is_long and points >= SERIOUS,
    )


def _shape(code: str, points: int, *, is_long: bool) -> str:
    if code == "not-sure":
        return "unsure"
    if is_long:
        return "dot" if points == 0 else "ring"
    return {0: "dot", 3: "cross"}.get(points, "dash")


def _step(text: str) -> tuple[str, str]:
    first, stop, rest = text.partition(". ")
    return (f"{first}.", rest) if stop else (text, "")


def _language() -> str:
    return get_language() or content.ENGLISH
