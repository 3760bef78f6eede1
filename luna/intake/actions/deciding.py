"""Measure, write down results, and decide whether somebody may be treated. Only a prescriber decides."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.clinical import baseline
from luna.clinical.errors import BadMeasure
from luna.clinical.interactions import Level
from luna.feed import actions as feed
from luna.intake import plans
from luna.intake.actions import telling
from luna.intake.models import EligibilityDecision, LabResult
from luna.intake.plans.findings import Findings
from luna.notices import actions as notices
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import Clinician, Patient
from luna.records import facts
from luna.records.models import Observation

LONGEST = 2000
GOOD_FOR = timedelta(days=366)  # the longest a decision may stand
MEASURERS = (Clinician.Role.NURSE, Clinician.Role.PRESCRIBER)

Verdict = EligibilityDecision.Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a prescriber signs.

    addressed: id of a finding or a test -> why in spite of it; each finding of level stop needs one, and
    each test nobody did. missing_why: why in spite of what nobody told. shown: ids of the findings on the
    page that was signed.
    """

    verdict: str
    reasons: str
    review_on: date | None
    conditions: str = ""
    alone_plan: str = ""
    addressed: Mapping[str, str] = field(default_factory=dict)
    missing_why: str = ""
    shown: Collection[str] = ()


@transaction.atomic
def measure(
    *,
    viewer: Viewer,
    patient: Patient,
    typed: Mapping[str, tuple[str, str]],
    task_key: str | None = None,
    client_id: UUID,
    now: datetime,
) -> list[Observation]:
    """Keep what was measured: all of it, or nothing. Blank ones are left out.

    typed: name of a measure -> (value, unit) as typed. task_key: what it was measured for; None for the
    baseline, which alone the screening judges. Raises Refused at the field of what cannot be.
    """
    _lock(viewer, patient, MEASURERS)
    given = {name: pair for name, pair in typed.items() if pair[0].strip()}
    values = {name: _value(name, *given[name]) for name in given}
    if not values:
        raise Refused(_("Type at least one value."), "systolic_mmhg")
    _check_pressure(values)
    before = measured_before(viewer, client_id)
    if before:
        if {row.name: row.value for row in before} != values or before[0].task_key != task_key:
            raise Replayed
        return before
    rows = [
        Observation.objects.create(
            name=name,
            value=value,
            typed=" ".join(part.strip() for part in given[name]),
            task_key=task_key,
            **facts.columns(patient, viewer, uuid5(client_id, name), now),
        )
        for name, value in values.items()
    ]
    payload = {name: str(value) for name, value in values.items()}
    audit.record("observation.add", by=viewer, subject=rows[0], now=now, payload=payload)
    if task_key is None:
        telling.reopened(viewer=viewer, patient=patient, now=now)
    feed.changed(clinic_id=patient.clinic_id, patient_id=patient.id, now=now)
    return rows


def measured_before(viewer: Viewer, client_id: UUID) -> list[Observation]:
    """Return what one form of theirs has kept already: none of it, or all."""
    ids = [uuid5(client_id, name) for name in baseline.MEASURES]
    return list(Observation.objects.filter(by_id=viewer.user_id, client_id__in=ids).order_by("id"))


@transaction.atomic
def add_result(
    *,
    viewer: Viewer,
    patient: Patient,
    name: str,
    result: str,
    taken_on: date,
    test: str = "",
    positive: bool | None = None,
    client_id: UUID,
    now: datetime,
) -> LabResult:
    """Keep one laboratory value or test result, as it was typed.

    test: the test of the screening it answers, which then names it; blank for another. positive: of a test
    that is positive or negative, and then needed.
    """
    _lock(viewer, patient, MEASURERS)
    if test:
        name = name.strip() or _check_test(test, positive)
    elif positive is not None:
        raise Refused(_("Choose the test this belongs to, or take it out."), "positive")
    said = {
        "test": test,
        "positive": positive,
        "name": _text(name, "name", 80),
        "result": _text(result, "result", 120) if positive is None else _at_most(result, "result", 120),
        "taken_on": taken_on,
    }
    if not plans.today_of(patient, now) - timedelta(days=3660) <= taken_on <= plans.today_of(patient, now):
        raise Refused(_("Look at the day: it is to be of the last ten years, and not to come."), "taken_on")
    before = LabResult.objects.filter(by_id=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if any(getattr(before, column) != value for column, value in said.items()):
            raise Replayed
        return before
    row = LabResult.objects.create(**said, **facts.columns(patient, viewer, client_id, now))
    audit.record("result.add", by=viewer, subject=row, now=now, payload=said)
    telling.reopened(viewer=viewer, patient=patient, now=now)
    feed.changed(clinic_id=patient.clinic_id, patient_id=patient.id, now=now)
    return row


@transaction.atomic
def take_back_result(*, viewer: Viewer, result_id: UUID, client_id: UUID, now: datetime) -> LabResult:
    """Say that a result was entered by mistake. It stays on record; saying so twice changes nothing."""
    row = LabResult.objects.visible_to(viewer).filter(id=result_id, mistaken=False).first()
    if row is None:
        raise Http404
    patient = _lock(viewer, row.patient, MEASURERS)
    after = LabResult.objects.filter(supersedes=row).first()
    if after is not None:
        return after
    said = {name: getattr(row, name) for name in ("test", "positive", "name", "result", "taken_on")}
    gone = LabResult.objects.create(
        **said, mistaken=True, supersedes=row, **facts.columns(patient, viewer, client_id, now)
    )
    audit.record("result.take-back", by=viewer, subject=row, now=now)
    telling.reopened(viewer=viewer, patient=patient, now=now)
    feed.changed(clinic_id=patient.clinic_id, patient_id=patient.id, now=now)
    return gone


@transaction.atomic
def decide(
    *,
    viewer: Viewer,
    patient: Patient,
    judgement: Judgement,
    before_id: UUID | None,
    client_id: UUID,
    now: datetime,
) -> EligibilityDecision:
    """Sign whether a patient may be treated.

    before_id: the decision that stood when the page was drawn; Stale if another was signed since. Raises
    Refused with words for a decision without reasons or an end, for a stop, a test nobody did or a missing
    answer without a reason, for someone who lives alone without a plan, and when something new came in.
    """
    patient = _lock(viewer, patient, (Clinician.Role.PRESCRIBER,))
    replay = EligibilityDecision.objects.filter(by_id=viewer.user_id, client_id=client_id).first()
    if replay is not None:
        return _replayed(replay, judgement)
    known = plans.consultation(viewer, patient, now)
    standing, found = known.eligibility.decision, known.findings
    if (standing.id if standing else None) != before_id:
        raise Stale
    alone = bool(known.home.alone)
    _check(judgement, patient, now)
    if judgement.verdict == Verdict.ELIGIBLE:
        _check_eligible(judgement, found, alone=alone)
    row = EligibilityDecision.objects.create(
        **_said(judgement),
        seen=sorted(one.id for one in found.found),
        missing=sorted([*(name for name, _words in found.missing), *(test.id for test in found.undone)]),
        lives_alone=alone,
        content_version=found.version,
        supersedes=standing,
        **facts.columns(patient, viewer, client_id, now),
    )
    audit.record("eligibility.decide", by=viewer, subject=row, now=now, payload=_said(judgement))
    telling.settled(viewer=viewer, patient=patient, client_id=client_id, now=now)
    about = {"patient_id": patient.id, "subject": "eligibility:"}
    notices.mended(user_id=viewer.user_id, now=now, **about)
    feed.changed(clinic_id=patient.clinic_id, patient_id=patient.id, now=now)
    return row


def _lock(viewer: Viewer, patient: Patient, roles: Collection[str]) -> Patient:
    """Return the patient, held until the action is done. Raises Http404 to whoever may not do this."""
    rows = Patient.objects.visible_to(viewer).select_for_update(no_key=True, of=("self",))
    found = rows.select_related("clinic").filter(pk=patient.pk).first()
    if found is None or not viewer.has_role(*roles):
        raise Http404
    return found


def _value(name: str, text: str, unit: str) -> Decimal:
    measure = baseline.MEASURES.get(name)
    if measure is None:
        raise Http404
    try:
        return baseline.value_of(name, text, unit)
    except BadMeasure as problem:
        if problem.part == "unit":
            raise Refused(_("Choose the unit."), f"{name}_unit") from problem
        words = _("This cannot be. Use a number from %(least)s to %(most)s %(unit)s, and look at the unit.")
        limits = {"least": measure.least, "most": measure.most, "unit": measure.units[0]}
        raise Refused(words % limits, name) from problem


def _check_pressure(values: Mapping[str, Decimal]) -> None:
    systolic, diastolic = values.get("systolic_mmhg"), values.get("diastolic_mmhg")
    if (systolic is None) != (diastolic is None):
        lacking = "systolic_mmhg" if systolic is None else "diastolic_mmhg"
        raise Refused(_("Type both numbers of the blood pressure."), lacking)
    if systolic is None or diastolic is None:
        return
    try:
        baseline.check_pressure(systolic, diastolic)
    except BadMeasure as problem:
        raise Refused(_("The lower number has to be below the upper one."), "diastolic_mmhg") from problem


def _check(judgement: Judgement, patient: Patient, now: datetime) -> None:
    today = plans.today_of(patient, now)
    if judgement.verdict not in Verdict.values:
        raise Refused(_("Choose what you decide."), "verdict")
    _text(judgement.reasons, "reasons", LONGEST)
    if judgement.review_on is None or judgement.review_on <= today:
        raise Refused(_("Choose a day to come on which this is looked at again."), "review_on")
    if judgement.review_on > today + GOOD_FOR:
        raise Refused(_("Choose a day within a year."), "review_on")
    texts = {"conditions": judgement.conditions, "alone_plan": judgement.alone_plan}
    texts |= {"missing_why": judgement.missing_why}
    for name, text in (*texts.items(), *judgement.addressed.items()):
        if len(text) > LONGEST:
            raise Refused(_("This is too long. Write at most 2000 letters."), name)


def _check_eligible(judgement: Judgement, found: Findings, *, alone: bool) -> None:
    new = found.grave - set(judgement.shown)
    if new:
        raise Refused(
            _("Something new came in while you were reading. Look at the findings again, then sign.")
        )
    for one in found.found:
        if one.level is Level.STOP and not judgement.addressed.get(one.id, "").strip():
            words = _("Write why in spite of “%(finding)s”, or decide otherwise.")
            raise Refused(words % {"finding": one.title}, one.id)
    for test in found.undone:
        if not judgement.addressed.get(test.id, "").strip():
            words = _("Write why you decide without “%(test)s”, or have it done first.")
            raise Refused(words % {"test": test.title}, test.id)
    if found.missing and not judgement.missing_why.strip():
        raise Refused(_("Write why you decide although something is not known."), "missing_why")
    if alone and not judgement.alone_plan.strip():
        raise Refused(_("They live alone. Write who is with them after an infusion."), "alone_plan")


def _check_test(test: str, positive: bool | None) -> str:
    """Return what a test of the screening is called. Raises Refused, and Http404 for one there is not."""
    known = {one.id: one for one in plans.tests() if not one.measures}
    if test not in known:
        raise Http404
    if known[test].fact and positive is None:
        raise Refused(_("Choose whether it was positive or negative."), "positive")
    if not known[test].fact and positive is not None:
        raise Refused(_("This test is neither. Write its result instead."), "positive")
    return plans.title_of(f"test.{test}")


def _text(text: str, name: str, longest: int) -> str:
    if not text.strip():
        raise Refused(_("Write something here."), name)
    return _at_most(text, name, longest)


def _at_most(text: str, name: str, longest: int) -> str:
    text = text.strip()
    if len(text) > longest:
        raise Refused(_("This is too long. Write at most %(longest)s letters.") % {"longest": longest}, name)
    return text


def _said(judgement: Judgement) -> dict[str, object]:
    return {
        "verdict": judgement.verdict,
        "reasons": judgement.reasons.strip(),
        "conditions": judgement.conditions.strip(),
        "alone_plan": judgement.alone_plan.strip(),
        "review_on": judgement.review_on,
        "addressed": {name: text.strip() for name, text in judgement.addressed.items() if text.strip()},
        "missing_why": judgement.missing_why.strip(),
    }


def _replayed(before: EligibilityDecision, judgement: Judgement) -> EligibilityDecision:
    if any(getattr(before, name) != value for name, value in _said(judgement).items()):
        raise Replayed
    return before
