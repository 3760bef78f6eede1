"""Whether somebody may be treated: the prescriber's decision, and whether it still holds.

Worked out each time. A decision ends on its day; an answer, a medicine, a measurement or an enquiry that
raises something grave it had not seen reopens it, and it stays open until a prescriber decides again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from luna.clinical.interactions import Level
from luna.intake.models import EligibilityDecision, Enquiry
from luna.intake.plans import answers as answers_of
from luna.intake.plans import findings as findings_of
from luna.intake.plans import home as home_of
from luna.intake.plans import known as known_of
from luna.intake.plans import measured as measured_of
from luna.intake.plans import medicines as medicines_of
from luna.intake.plans.answers import Intake
from luna.intake.plans.findings import PAST, Finding, Findings
from luna.intake.plans.home import Home
from luna.intake.plans.known import Known
from luna.intake.plans.measured import Measured
from luna.intake.plans.medicines import Medicines
from luna.library import content
from luna.people import access
from luna.people.access import Viewer
from luna.people.models import Clinic, Patient

# verdict -> as staff read it
VERDICTS: dict[str, Promise] = {
    EligibilityDecision.Verdict.ELIGIBLE: _("Can be treated"),
    EligibilityDecision.Verdict.NOT_NOW: _("Not now"),
    EligibilityDecision.Verdict.NOT_SUITABLE: _("Not suitable"),
}
# what an id begins with -> the words of the content it is called by
TITLED = {
    "interaction": ("interactions", "interaction"),
    "screening": ("screening", "criterion"),
    "test": ("screening", "test"),
}


class Standing(StrEnum):
    """How a decision stands."""

    NONE = "none"  # nobody decided yet
    CURRENT = "current"  # eligible, and nothing new speaks against it
    REFUSED = "refused"  # not now, or not suitable
    RUN_OUT = "run-out"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The decision that stands, and how. raised: the grave findings it had not seen."""

    standing: Standing
    decision: EligibilityDecision | None
    raised: tuple[Finding, ...]

    @property
    def is_current(self) -> bool:
        """Tell whether a series may start."""
        return self.standing is Standing.CURRENT


@dataclass(frozen=True, slots=True)
class Consultation:
    """All that a prescriber decides on, as it is known now, and how their decision stands beside it."""

    known: Known
    intake: Intake | None
    enquiry: Enquiry | None
    medicines: Medicines
    measured: Measured
    home: Home
    findings: Findings
    decisions: tuple[EligibilityDecision, ...]  # the newest first
    eligibility: Eligibility


def consultation(viewer: Viewer, patient: Patient, now: datetime) -> Consultation:
    """Return all that is known of a patient before a first infusion. Seven queries."""
    return consultations(viewer, [patient], now)[patient.id]


def consultations(viewer: Viewer, patients: Iterable[Patient], now: datetime) -> dict[UUID, Consultation]:
    """Return patient id -> all that is known of them. Seven queries, however many they are."""
    of = {patient.id: patient for patient in patients}
    found = {}
    for patient_id, known in known_of.known_of(viewer, of.values()).items():
        patient = of[patient_id]
        findings = findings_of.findings(known, patient, viewer, now)
        found[patient_id] = Consultation(
            known=known,
            intake=answers_of.intake(patient, known.responses),
            enquiry=known.enquiries[-1] if known.enquiries else None,
            medicines=medicines_of.medicines_in(known.medicines, known.reviews),
            measured=measured_of.measured(known, viewer.clinic.zone),
            home=home_of.home(known),
            findings=findings,
            decisions=known.decisions[::-1],
            eligibility=standing(known.decision, findings, answers_of.today_of(viewer, now)),
        )
    return found


def current_eligibility(patient: Patient, now: datetime) -> Eligibility:
    """Return whether a patient may be treated now. Reads all that is known, whoever asks."""
    return consultation(reader_of(patient.clinic), patient, now).eligibility


def eligibilities(clinic: Clinic, patients: Iterable[Patient], now: datetime) -> dict[UUID, Eligibility]:
    """Return patient id -> whether each of a clinic's patients may be treated now. Seven queries."""
    return {of: one.eligibility for of, one in consultations(reader_of(clinic), patients, now).items()}


def standing(decision: EligibilityDecision | None, found: Findings, today: date) -> Eligibility:
    """Return how a decision stands beside what is known, on a day of the clinic. No queries."""
    if decision is None:
        return Eligibility(Standing.NONE, None, ())
    seen = set(decision.seen)
    raised = tuple(one for one in found.found if one.level >= Level.REVIEW and one.id not in seen)
    if decision.verdict != EligibilityDecision.Verdict.ELIGIBLE:
        how = Standing.REFUSED
    elif today >= decision.review_on:
        how = Standing.RUN_OUT
    else:
        how = Standing.REOPENED if raised else Standing.CURRENT
    return Eligibility(how, decision, raised)


def decision_of(viewer: Viewer, patient: Patient) -> EligibilityDecision | None:
    """Return the decision that was signed last, None while there is none. One query."""
    rows = EligibilityDecision.objects.visible_to(viewer).filter(patient=patient, superseded_by=None)
    return rows.select_related("by").first()


def findings_now(viewer: Viewer, patient: Patient, now: datetime) -> Findings:
    """Return what all that is known of a patient means. Seven queries."""
    return consultation(viewer, patient, now).findings


def title_of(finding_id: str) -> str:
    """Return what a finding or a test is called; its id where the packaged content has it no more."""
    kind, _dot, name = finding_id.removeprefix(PAST).partition(".")
    row, _colon, medicine = name.partition(":")
    folder, part = TITLED.get(kind, ("", ""))
    language = get_language() or content.ENGLISH
    said = content.words(folder, medicines_of.TABLE, language)[part].get(row) if folder else None
    if said is None:
        return finding_id
    return f"{said['title']} ({medicine})" if medicine else str(said["title"])


def reader_of(clinic: Clinic) -> Viewer:
    """Return a reader of all that a clinic knows: whether a decision holds has one answer."""
    return Viewer(
        user_id=clinic.id,
        name="",
        capacity_kind="staff",
        clinic_id=clinic.id,
        zone=clinic.zone,
        clinic=clinic,
        kinds=frozenset(access.KINDS),
    )
