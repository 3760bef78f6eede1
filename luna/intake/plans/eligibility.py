"""Whether somebody may be treated: the prescriber's decision, and whether it still holds.

Worked out each time. A decision ends on its day; an answer, a medicine or a measurement that raises
something grave it had not seen reopens it by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from luna.clinical import baseline
from luna.clinical.interactions import Level
from luna.clinical.questionnaire import codes
from luna.intake.models import EligibilityDecision, Enquiry, LabResult
from luna.intake.plans import answers as answers_of
from luna.intake.plans import findings as findings_of
from luna.intake.plans import medicines as medicines_of
from luna.intake.plans import words
from luna.intake.plans.findings import Finding, Findings
from luna.library import content
from luna.people import access
from luna.people.access import Viewer
from luna.people.models import Patient
from luna.records.models import Observation

ALONE = "alone"
# verdict -> as staff read it
VERDICTS: dict[str, Promise] = {
    EligibilityDecision.Verdict.ELIGIBLE: _("Can be treated"),
    EligibilityDecision.Verdict.NOT_NOW: _("Not now"),
    EligibilityDecision.Verdict.NOT_SUITABLE: _("Not suitable"),
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
    alone: bool  # they were not known to live alone when it was made, and are now

    @property
    def is_current(self) -> bool:
        """Tell whether a series may start."""
        return self.standing is Standing.CURRENT


@dataclass(frozen=True, slots=True)
class Measured:
    """The newest of each measurement, by name; and the results that stand, the newest first."""

    rows: Mapping[str, Observation]
    results: tuple[LabResult, ...]

    @property
    def facts(self) -> dict[str, float]:
        """Return what rules read."""
        return {name: float(row.value) for name, row in self.rows.items()}


def current_eligibility(patient: Patient, now: datetime) -> Eligibility:
    """Return whether a patient may be treated now. Reads all that is known, whoever asks."""
    viewer = _clinic(patient)
    return standing(
        decision_of(viewer, patient),
        findings_now(viewer, patient, now),
        lives_alone=bool(lives_alone(viewer, patient)),
        patient=patient,
        now=now,
    )


def standing(
    decision: EligibilityDecision | None,
    found: Findings,
    *,
    lives_alone: bool,
    patient: Patient,
    now: datetime,
) -> Eligibility:
    """Return how a decision stands beside what is known now. No queries."""
    if decision is None:
        return Eligibility(Standing.NONE, None, (), alone=False)
    seen = set(decision.seen)
    raised = tuple(one for one in found.found if one.level >= Level.REVIEW and one.id not in seen)
    alone = lives_alone and not decision.lives_alone
    if decision.verdict != EligibilityDecision.Verdict.ELIGIBLE:
        how = Standing.REFUSED
    elif answers_of.today_of(patient, now) >= decision.review_on:
        how = Standing.RUN_OUT
    else:
        how = Standing.REOPENED if raised or alone else Standing.CURRENT
    return Eligibility(how, decision, raised, alone=alone)


def decision_of(viewer: Viewer, patient: Patient) -> EligibilityDecision | None:
    """Return the decision that was signed last, None while there is none. One query."""
    rows = EligibilityDecision.objects.visible_to(viewer).filter(patient=patient, superseded_by=None)
    return rows.select_related("by").first()


def decisions_of(viewer: Viewer, patient: Patient) -> tuple[EligibilityDecision, ...]:
    """Return every decision ever signed, the newest first. One query."""
    rows = EligibilityDecision.objects.visible_to(viewer).filter(patient=patient)
    return tuple(rows.select_related("by").order_by("-at", "-id"))


def measured_of(viewer: Viewer, patient: Patient) -> Measured:
    """Return what the clinic measured: of each name the newest, and the results. Two queries."""
    rows = Observation.objects.visible_to(viewer).filter(patient=patient, name__in=list(baseline.MEASURES))
    newest = {row.name: row for row in rows.select_related("by").order_by("at", "id")}
    results = LabResult.objects.visible_to(viewer).filter(patient=patient, superseded_by=None, mistaken=False)
    return Measured(
        rows={name: newest[name] for name in baseline.MEASURES if name in newest},
        results=tuple(results.select_related("by").order_by("-taken_on", "-id")),
    )


def findings_now(viewer: Viewer, patient: Patient, now: datetime) -> Findings:
    """Return the findings with what the clinic measured, which goes before what was told."""
    return findings_of.findings(viewer, patient, now, measured_of(viewer, patient).facts)


def lives_alone(viewer: Viewer, patient: Patient) -> bool | None:
    """Return whether a patient lives alone, as told last; None while nobody said. Two queries."""
    intake = answers_of.intake_of(viewer, patient)
    enquiry = words.enquiry_of(viewer, patient)
    return is_alone(intake, enquiry)


def is_alone(intake: answers_of.Intake | None, enquiry: Enquiry | None) -> bool | None:
    """Return whether somebody lives alone, as the intake says, else the enquiry; None while nobody said."""
    if intake is not None and "lives-with" in intake.answers:
        return ALONE in codes(intake.answers["lives-with"])
    if enquiry is None or enquiry.lives_alone == Enquiry.Known.UNKNOWN:
        return None
    return enquiry.lives_alone == Enquiry.Known.YES


def title_of(finding_id: str) -> str:
    """Return what a finding is called; its id where the packaged content has it no more."""
    kind, _dot, name = finding_id.partition(".")
    row, _colon, medicine = name.partition(":")
    language = get_language() or content.ENGLISH
    if kind == "screening":
        said = content.words("screening", medicines_of.TABLE, language)["criterion"].get(row)
    else:
        said = content.words("interactions", medicines_of.TABLE, language)["interaction"].get(row)
    if said is None:
        return finding_id
    return f"{said['title']} ({medicine})" if medicine else str(said["title"])


def _clinic(patient: Patient) -> Viewer:
    """Return a reader of all that the patient's clinic knows: whether a decision holds has one answer."""
    return Viewer(
        user_id=patient.clinic_id,
        name="",
        capacity_kind="staff",
        clinic_id=patient.clinic_id,
        zone=patient.clinic.zone,
        clinic=patient.clinic,
        kinds=frozenset(access.KINDS),
    )
