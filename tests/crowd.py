"""Many patients at once: copies of one patient with everything that belongs to them, written in bulk."""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.db import models
from uuid6 import uuid7

from luna.careplan import plans
from luna.careplan.models import Mark, Outcome
from luna.checkins.models import Watch
from luna.clinical.task import TaskStatus
from luna.consents.models import Consent
from luna.escalation.models import Escalation, EscalationStep
from luna.feed.models import Wake
from luna.intake.models import EligibilityDecision, Medicine
from luna.people.models import CircleMember, Patient, User
from luna.records.models import Response
from luna.treatment.models import (
    BookingRevision,
    Briefing,
    Duty,
    EpisodeOfCare,
    Infusion,
    Moment,
    Order,
    Ride,
    Series,
)
from tests import cast

# A patient's rows, those others point to first. BookingRevision is found through its infusion.
THEIRS: tuple[type[models.Model], ...] = (
    CircleMember,
    EpisodeOfCare,
    EligibilityDecision,
    Medicine,
    Consent,
    Series,
    Infusion,
    BookingRevision,
    Duty,
    Ride,
    Order,
    Briefing,
    Moment,
    Mark,
    Outcome,
    Response,
    Watch,
    Escalation,
    EscalationStep,
    Wake,
)
BATCH = 500  # patients written at a time


@dataclass(frozen=True, slots=True)
class Copy:
    """One patient of the crowd. ids: what a row of the original is called here."""

    ids: dict[UUID, UUID]

    def of(self, original: UUID) -> UUID:
        """Return the id here of a row of the original."""
        return self.ids[original]

    def key(self, task_key: str) -> str:
        """Return the key here of a task of the original."""
        anchor, dot, rest = task_key.partition(".")
        return f"{self.ids[UUID(hex=anchor)].hex}{dot}{rest}" if dot else task_key


def of(
    original: Patient, size: int, *, without: tuple[type[models.Model], ...] = (), start: int = 0
) -> list[Copy]:
    """Add `size` copies of a patient and of their circle to the clinic; return them.

    without: what to leave out of each copy. start: where to begin to count their addresses.
    """
    people = [original.user, *(member.user for member in original.circle.select_related("user"))]
    rows = {model: list(_rows(model, original)) for model in THEIRS if model not in without}
    everything = [original, *people, *chain.from_iterable(rows.values())]
    copies = [Copy({row.pk: UUID(int=uuid7().int) for row in everything}) for _ in range(size)]
    for begin in range(0, size, BATCH):
        some = copies[begin : begin + BATCH]
        numbered = list(enumerate(some, start=start + begin))
        User.objects.bulk_create(_person(one, copy, n) for n, copy in numbered for one in people)
        Patient.objects.bulk_create(_person(original, copy, n) for n, copy in numbered)
        for model, theirs in rows.items():
            model._default_manager.bulk_create(_copied(row, copy) for copy in some for row in theirs)
    return copies


def _rows(model: type[models.Model], original: Patient) -> models.QuerySet[models.Model]:
    rows = model._default_manager.all()
    if model is BookingRevision:
        return rows.filter(infusion__patient=original)
    if model is EscalationStep:
        return rows.filter(escalation__patient=original)
    return rows.filter(patient_id=original.pk)


def _copied(row: models.Model, copy: Copy) -> models.Model:
    """Return a row as one of the copy's: every id in it that has a new name gets it."""
    found = type(row)()
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.attname == "task_key":
            value = copy.key(value)
        elif field.attname == "client_id":
            value = UUID(int=uuid7().int)
        elif isinstance(value, UUID):
            value = copy.ids.get(value, value)
        setattr(found, field.attname, value)
    return found


def _person(row: User | Patient, copy: Copy, number: int) -> User | Patient:
    found = _copied(row, copy)
    found.email = f"{number}.{row.email}"
    return found


def at_home(size: int, now: datetime) -> list[dict[str, object]]:
    """Add copies of the demonstration's June, at home; return each caretaker's browser and duties.

    cookies: of their browser. user: their id. check_in: the key of the check-in that is due.
    steps: [task key, booking revision, what was said] of what they can mark now.
    """
    june = Patient.objects.get(user__email="june@harbor.example")
    member = june.circle.select_related("user").get()
    plan = plans.plans_of(Series.objects.filter(patient=june), now)[0]
    sees = cast.viewer(member.user, f"caretaker:{june.pk.hex}")
    mine = [plans.item(plan, task) for task in plan.tasks if plans.may_see(sees, plan, task)]
    due = next(one for one in mine if one.is_check_in and one.status is TaskStatus.READY)
    open_now = [one for one in mine if one.is_markable and one.status is not TaskStatus.DRAFT]
    found: list[dict[str, object]] = []
    for copy in of(june, size):
        caretaker = User.objects.get(pk=copy.of(member.user_id))
        browser = cast.browser(caretaker, f"caretaker:{copy.of(june.pk).hex}", now)
        cookies = {name: one.value for name, one in browser.cookies.items()}
        found.append(
            {
                "cookies": cookies,
                "user": caretaker.pk.hex,
                "check_in": copy.key(due.key),
                "steps": [[copy.key(one.key), one.task.revision, one.said] for one in open_now],
            }
        )
    return found
