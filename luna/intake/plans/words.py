"""Fears, questions, what caretakers noticed, and what is new: who wrote it, and who answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import get_language

from luna.escalation.models import Escalation
from luna.intake.models import Answer, Collateral, Enquiry, News, Question
from luna.intake.plans.answers import INTAKES, underway
from luna.library import content
from luna.people.access import Viewer
from luna.people.models import Clinician, Patient
from luna.records.models import Response


@dataclass(frozen=True, slots=True)
class Asked:
    """One fear or question. text: in words, also of a fear that was chosen. answers: first given first."""

    id: UUID
    what: str
    text: str
    by: str
    at: datetime
    promised_at: datetime
    answers: tuple[Answer, ...]
    part2: bool | None  # as on its row

    @property
    def is_answered(self) -> bool:
        """Tell whether somebody answered."""
        return bool(self.answers)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in one patient's chart. by: the earliest promise, if there is one.

    seen: for the audit, the patient; else, where they may know of none of it, a row that says so.
    """

    patient: Patient
    questions: int
    news: tuple[str, ...]  # News.What values, each once
    by: datetime
    is_promised: bool
    seen: Patient | News


def questions_of(viewer: Viewer, patient: Patient) -> tuple[Asked, ...]:
    """Return a patient's fears and questions with their answers, the newest first. Two queries."""
    return _asked(Question.objects.visible_to(viewer).filter(patient=patient))


def open_questions(viewer: Viewer, patient: Patient) -> tuple[Asked, ...]:
    """Return what nobody has answered yet, the oldest first. Two queries."""
    rows = Question.objects.visible_to(viewer).filter(patient=patient, answers=None)
    return tuple(reversed(_asked(rows)))


def collateral_of(viewer: Viewer, patient: Patient) -> tuple[Collateral, ...]:
    """Return what caretakers noticed and the viewer is in the audience of, the newest first. One query."""
    rows = Collateral.objects.visible_to(viewer).filter(patient=patient)
    return tuple(rows.select_related("by").order_by("-at", "-id"))


def news(viewer: Viewer, patient: Patient | None = None) -> tuple[News, ...]:
    """Return what staff have not read yet, the oldest promise first; of one patient or of all."""
    rows = News.objects.visible_to(viewer).filter(readings=None)
    if patient is not None:
        rows = rows.filter(patient=patient)
    if not viewer.has_role(Clinician.Role.PRESCRIBER):
        rows = rows.exclude(for_prescribers=True)
    return tuple(rows.select_related("patient", "by").order_by("promised_at"))


def waiting(viewer: Viewer) -> tuple[Waiting, ...]:
    """Return the charts with something nobody has read or answered, the earliest promise first."""
    asked = Question.objects.visible_to(viewer).filter(answers=None).select_related("patient")
    unread = news(viewer)
    confided = _confided(unread)
    rows: dict[UUID, list[Question | News]] = {}
    for row in (*asked, *unread):
        rows.setdefault(row.patient_id, []).append(row)
    found = [_waiting(of, confided) for of in rows.values()]
    return tuple(sorted(found, key=lambda one: one.by))


def _waiting(of: list[Question | News], confided: set[UUID]) -> Waiting:
    news = [row for row in of if isinstance(row, News)]
    unpromised = {row.pk for row in news if row.what in News.OF_CIRCLE}
    promised = [row.promised_at for row in of if row.pk not in unpromised]
    return Waiting(
        patient=of[0].patient,
        questions=len(of) - len(news),
        news=tuple(sorted({row.what for row in news})),
        by=min(promised or [row.promised_at for row in of]),
        is_promised=bool(promised),
        seen=of[0] if {row.pk for row in of} <= confided else of[0].patient,
    )


def _confided(rows: Iterable[News]) -> set[UUID]:
    """Return the ids of the news that a patient is not to know of: what a caretaker told in confidence."""
    noticed = {row.about_id: row.pk for row in rows if row.what == News.What.COLLATERAL}
    told = Collateral.objects.filter(pk__in=noticed).exclude(audience=Collateral.Audience.PATIENT)
    return {noticed[pk] for pk in told.values_list("pk", flat=True)}


def enquiry_of(viewer: Viewer, patient: Patient) -> Enquiry | None:
    """Return what is known from before the first visit, as staff wrote it last. One query."""
    rows = Enquiry.objects.visible_to(viewer).filter(patient=patient, superseded_by=None)
    return rows.select_related("by").first()


def suggested(patient: Patient) -> str:
    """Return the questionnaire the clinic wants filled in, blank if the patient chooses. One query."""
    rows = Enquiry.objects.filter(patient=patient, superseded_by=None)
    return rows.values_list("intake", flat=True).first() or ""


@dataclass(frozen=True, slots=True)
class ToAnswer:
    """Questions that come before anything else. questionnaire: blank where the patient chooses one."""

    questionnaire: str
    is_begun: bool


def to_answer(viewer: Viewer, patient: Patient) -> ToAnswer | None:
    """Return what to answer first: what is begun, else what was never sent; None once it was sent.

    Three queries at most.
    """
    begun = underway(viewer, patient)
    if begun:
        return ToAnswer(next(name for name in INTAKES if name in begun), is_begun=True)
    sent = Response.objects.visible_to(viewer).filter(patient=patient)
    if sent.filter(questionnaire__in=list(INTAKES)).exists():
        return None
    return ToAnswer(suggested(patient), is_begun=False)


def raised(viewer: Viewer, about_id: str) -> Escalation | None:
    """Return the escalation that something the viewer wrote or answered asked for, None if it did not.

    about_id: of a row the caller knows to be the viewer's own.
    """
    rows = Escalation.objects.filter(
        clinic_id=viewer.clinic_id, patient_id=viewer.patient_id, steps__about_id=about_id
    )
    return rows.select_related("owner").order_by("-opened_at").first()


def text_of(row: Question) -> str:
    """Return a fear or question in words: what was chosen from the list, else what was written."""
    if not row.code:
        return row.text
    words = content.words("questionnaires", "intake", get_language() or content.ENGLISH)
    said = words["item"]["fears"]["choice"].get(row.code)
    return said["label"] if said else row.code


def _asked(rows: QuerySet[Question]) -> tuple[Asked, ...]:
    found = list(rows.select_related("by").order_by("-at", "-id"))
    answers: dict[UUID, list[Answer]] = {}
    of = Answer.objects.filter(question__in=[row.id for row in found])
    for one in of.select_related("by").order_by("at", "id"):
        answers.setdefault(one.question_id, []).append(one)
    return tuple(
        Asked(
            id=row.id,
            what=row.what,
            text=text_of(row),
            by=row.by.name,
            at=row.at,
            promised_at=row.promised_at,
            answers=tuple(answers.get(row.id, [])),
            part2=row.part2,
        )
        for row in found
    )
