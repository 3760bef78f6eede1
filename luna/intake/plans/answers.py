"""What somebody answered before a first visit, as it stands now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from luna.clinical import interactions
from luna.clinical import questionnaire as questionnaires
from luna.library import content
from luna.people.access import Viewer
from luna.people.models import Patient
from luna.records.models import Draft, Response
from luna.records.questions import Asking

# questionnaire -> what it is for, as people choose it
INTAKES: dict[str, Promise] = {
    "intake-mood": _("Low mood or depression"),
    "intake-ptsd": _("Something terrible that stays with me (PTSD)"),
    "intake-pain": _("Pain that lasts"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One question and its answer in words. kind: what it is shared as. by: who gave it.

    questionnaire: where it was asked, and is changed.
    """

    item: str
    questionnaire: str
    text: str
    shown: str
    kind: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """One questionnaire that was sent, the last time."""

    questionnaire: str
    title: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Intake:
    """The answers that stand: of each questionnaire those sent last, of each question the newest.

    A question that the newest answers leave unasked has none, whichever questionnaire asked it.

    answers: item id -> as kept. facts: name -> value, those the answers feed. born_on: as told.
    """

    answers: Mapping[str, str]
    facts: Mapping[str, float]
    told: tuple[Told, ...]
    sent: tuple[Sent, ...]
    born_on: date | None
    part2: bool  # 42 CFR Part 2 covers some of it

    def said(self, item: str) -> str:
        """Return an answer in words, blank if there is none."""
        return next((one.shown for one in self.told if one.item == item), "")

    def differs_from(self, patient: Patient) -> bool:
        """Tell whether the birth date they gave is another than the chart's."""
        return self.born_on is not None and self.born_on != patient.born_on


def intake_of(viewer: Viewer, patient: Patient) -> Intake | None:
    """Return what the viewer may see of a patient's intake, None while nothing was sent. One query."""
    rows = Response.objects.visible_to(viewer).filter(patient=patient, questionnaire__in=list(INTAKES))
    return intake(patient, rows.select_related("by").order_by("recorded_at", "id"))


def intake(patient: Patient, rows: Iterable[Response]) -> Intake | None:
    """Return what a patient's responses to intakes say, the oldest first. No queries."""
    newest: dict[str, list[Response]] = {}
    for row in rows:
        group = newest.setdefault(row.questionnaire, [])
        if group and group[0].draft_id != row.draft_id:
            group.clear()
        group.append(row)
    if not newest:
        return None
    in_order = sorted(newest.values(), key=lambda group: group[0].recorded_at)
    askings = [_asking(patient, group) for group in in_order]
    answers = _merged(askings)
    told: dict[str, Told] = {}
    for asking, group in zip(askings, in_order, strict=True):
        told.update((one.item, one) for one in _told(asking, group))
    return Intake(
        answers=answers,
        facts=_facts(askings, answers),
        told=tuple(one for one in told.values() if one.item in answers),
        sent=tuple(_sent(group) for group in in_order),
        born_on=date.fromisoformat(answers["born"]) if "born" in answers else None,
        part2=any(row.part2 for group in in_order for row in group),
    )


@dataclass(frozen=True, slots=True)
class Allergies:
    """What a patient is allergic to, in words; blank while nobody asked. none: they said: to nothing."""

    words: str
    none: bool


def allergies_of(patient: Patient) -> Allergies:
    """Return what a patient told of allergies, for staff on any page about them. One query."""
    rows = Response.objects.filter(patient=patient, questionnaire__in=list(INTAKES))
    told = intake(patient, rows.select_related("by").order_by("recorded_at", "id"))
    if told is None:
        return Allergies("", none=False)
    words = ": ".join(said for item in ("allergies", "allergy-words") if (said := told.said(item)))
    return Allergies(words, none=told.answers.get("allergies") == "none")


def last_answers(viewer: Viewer, patient: Patient, questionnaire: str) -> dict[str, str]:
    """Return the viewer's own answers, to begin a change of a questionnaire they sent with. One query.

    A question that another questionnaire asked as well has its newest answer: to send this one again
    must not bring back an older one. What was left out then is left out again: only what is new is asked.
    """
    rows = Response.objects.visible_to(viewer).filter(
        patient=patient, questionnaire__in=list(INTAKES), by_id=viewer.user_id
    )
    own = list(rows.select_related("by").order_by("recorded_at", "id"))
    standing = intake(patient, own)
    if standing is None or questionnaire not in {row.questionnaire for row in own}:
        return {}
    items = content.questionnaire(questionnaire).items
    left_out = {item.id: "" for item in items if not item.required}
    return left_out | {item.id: standing.answers[item.id] for item in items if item.id in standing.answers}


def underway(viewer: Viewer, patient: Patient) -> set[str]:
    """Return the questionnaires the viewer has begun and not sent. One query."""
    rows = Draft.objects.visible_to(viewer).filter(
        patient=patient, questionnaire__in=list(INTAKES), sent_at=None, version__gt=0
    )
    return set(rows.values_list("questionnaire", flat=True))


def is_underway(patient: Patient) -> bool:
    """Tell whether the patient or somebody for them has begun an intake and not sent it. One query."""
    rows = Draft.objects.filter(patient=patient, questionnaire__in=list(INTAKES), sent_at=None)
    return rows.exists()


def measures(intake: Intake | None, patient: Patient, today: date) -> dict[str, float]:
    """Return the facts rules read: those answered, the age, and the body mass index if it is known."""
    known = dict(intake.facts) if intake else {}
    known["age_years"] = float(interactions.age_years(patient.born_on, today))
    return with_bmi(known)


def with_bmi(facts: Mapping[str, float]) -> dict[str, float]:
    """Return facts with the body mass index where weight and height are known."""
    known = dict(facts)
    if "weight_kg" in known and "height_cm" in known:
        known["bmi_kg_per_m2"] = interactions.bmi_kg_per_m2(known["weight_kg"], known["height_cm"])
    return known


def today_of(whose: Viewer | Patient, now: datetime) -> date:
    """Return the day it is at a viewer's or patient's clinic."""
    return now.astimezone(ZoneInfo(whose.clinic.zone)).date()


def _merged(askings: list[Asking]) -> dict[str, str]:
    """Return the newest answer to each question, without those the newest answers leave unasked."""
    answers: dict[str, str] = {}
    for asking in askings:
        answers.update(asking.answers)
    for asking in askings:
        answers = questionnaires.kept(asking.questionnaire, answers)
    return answers


def _facts(askings: list[Asking], answers: Mapping[str, str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for asking in askings:
        asked = {item.id for item in asking.questionnaire.items}
        given = {item: answer for item, answer in answers.items() if item in asked}
        found.update(questionnaires.facts(asking.questionnaire, given))
    return found


def _asking(patient: Patient, group: list[Response]) -> Asking:
    name = group[0].questionnaire
    asked = content.questionnaire(name)
    given = {item: answer for row in group for item, answer in row.answers.items()}
    known = {item.id: given[item.id] for item in asked.items if _reads(item, given.get(item.id, ""))}
    return Asking(
        patient=patient,
        questionnaire=asked,
        words=content.words("questionnaires", name, get_language() or content.ENGLISH),
        answers=known,
        today=group[0].recorded_at.date(),
        kind=Response.Kind.HISTORY,
    )


def _reads(item: questionnaires.Item, answer: str) -> bool:
    """Tell whether an answer given under an older version can still be read."""
    try:
        return bool(answer) and bool(item.clean(answer, today=date.max))
    except questionnaires.StrayAnswer:
        return False


def _told(asking: Asking, group: list[Response]) -> list[Told]:
    of = {item: row for row in group for item in row.answers}
    return [
        Told(
            item=item.id,
            questionnaire=asking.questionnaire.id,
            text=asking.text(item.id),
            shown=asking.shown(item),
            kind=of[item.id].kind,
            by=of[item.id].by.name,
            at=of[item.id].recorded_at,
        )
        for item in asking.questionnaire.items
        if item.id in asking.answers
    ]


def _sent(group: list[Response]) -> Sent:
    row = group[0]
    return Sent(row.questionnaire, str(INTAKES[row.questionnaire]), row.by.name, row.recorded_at)
