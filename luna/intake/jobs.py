"""What the clock does for what the clinic is to read.

Words that wait longer than was promised climb the ladder. What others did to a circle is put before it, and
that the day to decide again has come.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Replace

from luna.clinical.triage import Urgency
from luna.escalation import actions as escalation
from luna.escalation.models import CONFIDED, EscalationStep
from luna.feed import actions as feed
from luna.intake import plans
from luna.intake.actions import raising, telling
from luna.intake.models import Collateral, EligibilityDecision, News, Question
from luna.people.models import CircleMember, Invitation, Patient

log = logging.getLogger(__name__)

BATCH = 100  # how many of a kind in one go
AHEAD = timedelta(hours=14)  # the farthest that a clinic's clock is before UTC
SINCE = timedelta(days=60)  # a decision that ended earlier was told of then
LOOK_BACK = timedelta(days=7)  # a turn looks no further: an index holds the rest off
# cause -> the rows that may break their promise, and what keeps it
UNANSWERED, UNREAD = "unanswered", "unread"
KEPT = {UNANSWERED: (Question, "answers"), UNREAD: (News, "readings")}
NO_DASH = (Value("-"), Value(""))


def run(now: datetime) -> int:
    """Call a human for what waits past its promise; tell of what was done to circles and what is over.

    Return how many. One that fails is logged by id and stops no other.
    """
    late = [(cause, _late(cause, promised_at__gt=now - LOOK_BACK, promised_at__lte=now)) for cause in KEPT]
    called = sum(_call(cause, row, now) for cause, rows in late for row in rows[:BATCH])
    told = sum(_tell(row, what, now) for what in News.OF_CIRCLE for row in _done_to_circle(what, now))
    return called + told + sum(_say_over(decision, now) for decision in _over(now))


def overdue(now: datetime) -> int:
    """Do the same for what broke its promise before a turn looks, such as while Luna was down.

    Seldom: it looks through all that was ever promised. Nothing unread falls out of sight.
    """
    late = [(cause, _late(cause, promised_at__lte=now - LOOK_BACK)) for cause in KEPT]
    return sum(_call(cause, row, now) for cause, rows in late for row in rows.iterator(chunk_size=BATCH))


def _late(cause: str, **promised: datetime) -> QuerySet[Any]:
    """Return what nobody answered or read in time and nobody was called for, the oldest promise first."""
    model, kept_by = KEPT[cause]
    # A step names the row with dashes; each database keeps an id of its own in its own way.
    steps = _calls(cause).filter(escalation__patient_id=OuterRef("patient_id"))
    steps = steps.annotate(about=Replace("about_id", *NO_DASH))
    called = steps.filter(about=Replace(Cast(OuterRef("pk"), CharField()), *NO_DASH))
    rows = model.objects.filter(~Exists(called), **promised, **{kept_by: None})
    if model is News:
        rows = rows.exclude(what__in=News.OF_CIRCLE)
    return rows.order_by("promised_at", "pk")


def _calls(cause: str) -> QuerySet[EscalationStep]:
    return EscalationStep.objects.filter(escalation__cause__in=(cause, f"{CONFIDED}{cause}"))


def _call(cause: str, row: Question | News, now: datetime) -> bool:
    try:
        with transaction.atomic():
            return _once(cause, row, now)
    except Exception:
        log.exception("What broke its promise could not be called out", extra={"about": str(row.pk)})
        return False


def _once(cause: str, row: Question | News, now: datetime) -> bool:
    """Open or join the patient's escalation, unless another tick or an answer came first."""
    patient = Patient.objects.select_for_update(no_key=True).get(pk=row.patient_id)
    model, kept_by = KEPT[cause]
    still = model.objects.filter(pk=row.pk, **{kept_by: None}).exists()
    if not still or _calls(cause).filter(about_id=str(row.pk)).exists():
        return False
    escalation.open(
        clinic_id=patient.clinic_id,
        patient_id=patient.pk,
        cause=f"{CONFIDED}{cause}" if _is_confided(row) else cause,
        urgency=Urgency.SOON,
        about_type=raising.ABOUT,
        about_id=str(row.pk),
        by=None,
        now=now,
    )
    return True


def _is_confided(row: Question | News) -> bool:
    """Say whether it is what a caretaker wrote and the patient is not to know of."""
    if not isinstance(row, News) or row.what != News.What.COLLATERAL:
        return False
    return Collateral.objects.get(pk=row.about_id).staff_only


def _done_to_circle(what: str, now: datetime) -> list[Invitation | CircleMember]:
    """Return what others lately did to a circle and nobody told the clinic of. One query."""
    told = News.objects.filter(patient=OuterRef("patient"), about_id=OuterRef("pk"), what=what)
    after = now - LOOK_BACK
    rows: QuerySet[Invitation | CircleMember]
    if what == News.What.DECLINED:
        rows = Invitation.objects.declined(after=after)
    elif what == News.What.RAN_OUT:
        rows = Invitation.objects.ran_out(after=after, now=now)
        told = told.filter(at__gte=OuterRef("expires_at"))
    else:
        rows = CircleMember.objects.filter(state=CircleMember.State.LEFT, until__gt=after)
    return list(rows.filter(~Exists(told)).select_related("clinic")[:BATCH])


def _tell(row: Invitation | CircleMember, what: str, now: datetime) -> bool:
    try:
        return telling.of_circle(row, what, now)
    except Exception:
        log.exception("The clinic could not be told of a circle", extra={"about": str(row.pk)})
        return False


def _over(now: datetime) -> list[EligibilityDecision]:
    """Return the decisions whose day has come where the clinic is, and nobody was told. One query."""
    about = {"patient": OuterRef("patient"), "about_id": OuterRef("pk")}
    told = News.objects.filter(what=News.What.OVER, **about)
    days = {"review_on__gt": (now - SINCE).date(), "review_on__lte": (now + AHEAD).date()}
    rows = EligibilityDecision.objects.filter(~Exists(told), superseded_by=None, **days)
    found = rows.select_related("patient__clinic").order_by("review_on", "id")[:BATCH]
    return [row for row in found if plans.today_of(row.patient, now) >= row.review_on]


def _say_over(decision: EligibilityDecision, now: datetime) -> bool:
    try:
        with transaction.atomic():
            Patient.objects.select_for_update(no_key=True).get(pk=decision.patient_id)
            if EligibilityDecision.objects.filter(supersedes=decision).exists():
                return False
            telling.over(decision, now)
            feed.changed(clinic_id=decision.clinic_id, patient_id=decision.patient_id, now=now)
            return True
    except Exception:
        log.exception("That a decision is over could not be told", extra={"about": str(decision.pk)})
        return False
