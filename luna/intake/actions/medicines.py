"""Say which medicines are taken. What was said is kept: a change is a new fact that takes its place."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.clinical.questionnaire import EARLIEST_DAY
from luna.escalation import writing
from luna.escalation.writing import Written
from luna.feed import actions as feed
from luna.intake import plans
from luna.intake.actions import telling
from luna.intake.models import Medicine, MedicineReview, News
from luna.library import content
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import Clinician, Patient
from luna.records import facts
from luna.records.models import Response

LONGEST = {"name": 120, "dose_text": 200, "when_text": 200, "since_text": 120}
TOO_LONG = _("This is too long. Write at most %(n)s letters.")
NO_DAY = _("Enter the day it was taken last, like 2027-03-31. It cannot be in the future.")
# Who of staff writes down what a patient says of medicines.
WRITERS = (Clinician.Role.NURSE, Clinician.Role.PRESCRIBER)


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of one medicine, in their words. listed: its name in the list, if they chose it."""

    name: str
    dose_text: str = ""
    when_text: str = ""
    since_text: str = ""
    listed: str = ""

    def checked(self) -> "Said":
        """Return it trimmed. Raises Refused for a name that is missing and words that are too long."""
        trimmed = {name: getattr(self, name).strip() for name in LONGEST}
        if not trimmed["name"]:
            raise Refused(_("Write the name of the medicine. What stands on the box is enough."), "name")
        for name, most in LONGEST.items():
            if len(trimmed[name]) > most:
                raise Refused(TOO_LONG % {"n": most}, name)
        return replace(self, **trimmed)

    @property
    def words(self) -> Written:
        """Return all of it as words somebody wrote: they are looked at for phrases as any other."""
        return Written(" ".join(self.columns.values()))

    @property
    def columns(self) -> dict[str, str]:
        """Return the columns it fills."""
        return {name: getattr(self, name) for name in LONGEST}


def tell(*, viewer: Viewer, patient: Patient, said: Said, client_id: UUID, now: datetime) -> Medicine:
    """Add a medicine to what is taken; words that cannot wait bring a human. Raises Refused for others."""
    writing.heed(viewer=viewer, written=said.words, client_id=client_id, now=now)
    return _tell(viewer, patient, said.checked(), client_id, now)


@transaction.atomic
def _tell(viewer: Viewer, patient: Patient, said: Said, client_id: UUID, now: datetime) -> Medicine:
    _lock(viewer, patient)
    if (before := _replayed(viewer, client_id, said.columns)) is not None:
        return before
    _refuse_twice(patient, said)
    told = facts.columns(patient, viewer, client_id, now)
    row = _write(told, said.columns | _known(said))
    _done("medicine.tell", viewer, patient, row, now)
    return row


def change(
    *, viewer: Viewer, patient: Patient, medicine_id: UUID, said: Said, client_id: UUID, now: datetime
) -> Medicine:
    """Say something else of a medicine. Raises Refused, and Stale when somebody changed it meanwhile."""
    writing.heed(viewer=viewer, written=said.words, client_id=client_id, now=now)
    return _change(viewer, patient, medicine_id, said.checked(), client_id, now=now)


@transaction.atomic
def _change(
    viewer: Viewer, patient: Patient, medicine_id: UUID, said: Said, client_id: UUID, *, now: datetime
) -> Medicine:
    _lock(viewer, patient)
    if (before := _replayed(viewer, client_id, said.columns)) is not None:
        return before
    old = _standing(viewer, patient, medicine_id)
    told = facts.columns(patient, viewer, client_id, now)
    row = _write(told, said.columns | _known(replace(said, listed=old.listed)), supersedes=old)
    _done("medicine.change", viewer, patient, row, now)
    return row


@transaction.atomic
def stop(
    *, viewer: Viewer, patient: Patient, medicine_id: UUID, stopped_on: date, client_id: UUID, now: datetime
) -> Medicine:
    """Say that a medicine is no longer taken since a day that has been. Raises Refused and Stale."""
    if not EARLIEST_DAY <= stopped_on <= plans.today_of(viewer, now):
        raise Refused(NO_DAY, "stopped_on")
    told = facts.columns(patient, viewer, client_id, now)
    return _end(told, viewer, patient, medicine_id, {"stopped_on": stopped_on})


@transaction.atomic
def mistake(
    *, viewer: Viewer, patient: Patient, medicine_id: UUID, client_id: UUID, now: datetime
) -> Medicine:
    """Say that a medicine was never taken: it was entered by mistake. Raises Stale."""
    told = facts.columns(patient, viewer, client_id, now)
    return _end(told, viewer, patient, medicine_id, {"mistaken": True})


@transaction.atomic
def review(
    *, viewer: Viewer, patient: Patient, takes_none: bool, client_id: UUID, now: datetime
) -> MedicineReview:
    """Say that the list is whole, or that nothing is taken. Raises Refused when the list says otherwise."""
    _lock(viewer, patient)
    before = MedicineReview.objects.filter(by_id=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if before.takes_none != takes_none:
            raise Replayed
        return before
    listed = bool(plans.medicines_of(viewer, patient).current)
    if takes_none and listed:
        raise Refused(_("There are medicines on your list. Take off what you do not take, then say so."))
    if not takes_none and not listed:
        raise Refused(_("Your list is empty. Add a medicine, or say that you take nothing."))
    row = MedicineReview.objects.create(
        takes_none=takes_none, **facts.columns(patient, viewer, client_id, now)
    )
    _done("medicine.review", viewer, patient, row, now)
    return row


def _lock(viewer: Viewer, patient: Patient) -> None:
    """Let two tabs wait for each other; nobody else's patient is found, and not by every member of staff."""
    rows = Patient.objects.visible_to(viewer).select_for_update(no_key=True).filter(pk=patient.pk)
    may = viewer.capacity_kind == "patient" or viewer.has_role(*WRITERS)
    if not may or not rows.exists():
        raise Http404


def _replayed(viewer: Viewer, client_id: UUID, columns: Mapping[str, Any]) -> Medicine | None:
    before = Medicine.objects.filter(by_id=viewer.user_id, client_id=client_id).first()
    if before is not None and any(getattr(before, name) != value for name, value in columns.items()):
        raise Replayed
    return before


def _refuse_twice(patient: Patient, said: Said) -> None:
    """Refuse a name that is on the list already: two doses of one medicine are one line."""
    rows = Medicine.objects.filter(patient=patient, superseded_by=None, stopped_on=None, mistaken=False)
    if rows.filter(name__iexact=said.name).exists():
        words = _("%(name)s is on the list already. Open it there, and write every dose under “How much”.")
        raise Refused(words % {"name": said.name}, "name")


def _standing(viewer: Viewer, patient: Patient, medicine_id: UUID) -> Medicine:
    """Return a medicine nothing has taken the place of. Raises Http404, and Stale when something has."""
    row = Medicine.objects.visible_to(viewer).filter(patient=patient, id=medicine_id).first()
    if row is None:
        raise Http404
    if row.superseded_by.exists():
        raise Stale
    return row


def _end(
    told: dict[str, Any], viewer: Viewer, patient: Patient, medicine_id: UUID, ended: dict[str, Any]
) -> Medicine:
    _lock(viewer, patient)
    if (before := _replayed(viewer, told["client_id"], ended)) is not None:
        return before
    old = _standing(viewer, patient, medicine_id)
    kept = ("name", "dose_text", "when_text", "since_text", "listed", "codes", "list_version", "kind")
    row = _write(told, {name: getattr(old, name) for name in kept} | ended, supersedes=old)
    _done("medicine.change", viewer, patient, row, told["at"])
    return row


def _known(said: Said) -> dict[str, Any]:
    """Return what the packaged list knows of what was said."""
    drug = plans.recognised(said.name, said.listed)
    codes = drug.codes if drug else frozenset()
    return {
        "listed": drug.name if drug else "",
        "codes": sorted(codes),
        "list_version": content.medicines().version,
        "kind": plans.kind_of(codes),
    }


def _write(
    told: Mapping[str, Any], columns: Mapping[str, Any], supersedes: Medicine | None = None
) -> Medicine:
    return Medicine.objects.create(**told, **columns, supersedes=supersedes)


def _done(verb: str, viewer: Viewer, patient: Patient, row: Medicine | MedicineReview, now: datetime) -> None:
    audit.record(verb, by=viewer, subject=row, payload={"id": str(row.pk)}, now=now)
    if not viewer.has_role(Clinician.Role.PRESCRIBER) and _intake_is_over(patient):
        telling.clinic(viewer=viewer, patient=patient, what=News.What.MEDICINE, about_id=row.pk, now=now)
    telling.reopened(viewer=viewer, patient=patient, now=now)
    feed.changed(clinic_id=patient.clinic_id, patient_id=patient.pk, now=now)


def _intake_is_over(patient: Patient) -> bool:
    """Say whether a change is news of its own. While the first intake is underway it is sent with that."""
    sent = Response.objects.filter(patient=patient, questionnaire__in=list(plans.INTAKES))
    return sent.exists() or not plans.is_underway(patient)
