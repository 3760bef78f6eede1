"""Where a reason of readiness comes from: who said it and when, until when it counts, who may know of it.

Only what the record knows: what nobody said has no origin, and most things have no end of their own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from luna.careplan.plans.loading import Plan
from luna.careplan.plans.ready import Ready
from luna.clinical.fasting import DRINK, FOOD
from luna.clinical.readiness import Reason
from luna.clinical.task import Mark
from luna.consents.models import Consent
from luna.library import times
from luna.people.access import PRIVATE, Viewer, shared_with
from luna.people.models import CircleMember, User
from luna.treatment import ordering
from luna.treatment.models import Duty, Ride

SAID = _("%(name)s said so, %(when)s")
WRITTEN = _("%(name)s wrote it down, %(when)s")
SIGNED = _("%(name)s signed, %(when)s")
TAKEN_BACK = _("Taken back, %(when)s, kept by %(name)s")
DECIDED = _("%(name)s decided, %(when)s")
TOLD = _("%(name)s told of it, %(when)s")
ASKED = _("Asked at arrival by %(name)s, %(when)s")
RESULT = _("Test of %(when)s, written down by %(name)s")
MEASURED = _("Measured by %(name)s, %(when)s")
JOINED = _("In the circle since %(when)s")
STAFF = ("eligibility", "barred", "barred-driver")  # reasons that no page but those of staff speaks of
BETWEEN = (*PRIVATE, "consent")  # kinds and reasons that no circle is ever shown


@dataclass(frozen=True, slots=True)
class _Word:
    """What says a reason. name: of who said it, where that is known without asking for `by`.

    is_day: only the day of it is known.
    """

    text: Promise
    at: datetime
    by: UUID | None = None
    name: str = ""
    is_day: bool = False


def origins(viewer: Viewer, ready: Ready) -> dict[str, str]:
    """Return key of a reason -> where it comes from, in one line. Three queries, however many they are."""
    reasons = ready.readiness.reasons
    circle = _circle(viewer, ready.plan)
    words = {one.key: word for one in reasons if (word := _word(one, viewer, ready)) is not None}
    names = _names(words.values())
    return {
        one.key: " · ".join((*_parts(one, words.get(one.key), names, ready.plan), _audience(one, circle)))
        for one in reasons
    }


def _names(words: Iterable[_Word]) -> Mapping[UUID, str]:
    ids = {one.by for one in words if one.by is not None}
    return dict(User.objects.filter(id__in=ids).values_list("id", "name"))


def _parts(reason: Reason, word: _Word | None, names: Mapping[UUID, str], plan: Plan) -> list[str]:
    zone, hours, now = plan.clinic.zone, plan.clinic.clock, plan.now
    found = []
    if word is not None:
        name = names[word.by] if word.by is not None else word.name
        when = times.day(word.at, zone, now) if word.is_day else times.when(word.at, zone, now, hours=hours)
        found.append(str(word.text) % {"name": name, "when": when})
    if reason.expires is not None:
        ends = gettext("counts until %(when)s") if reason.expires > now else gettext("counted until %(when)s")
        found.append(ends % {"when": times.when(reason.expires, zone, now, hours=hours)})
    return found


def _circle(viewer: Viewer, plan: Plan) -> list[tuple[str, frozenset[str]]]:
    """Return everybody in the circle now, by first name, with the kinds they are shown."""
    rows = CircleMember.objects.visible_to(viewer).filter(patient=plan.patient.id)
    active = rows.filter(state=CircleMember.State.ACTIVE).select_related("user").order_by("since", "id")
    return [(one.user.first_name, shared_with(one)) for one in active]


def _audience(reason: Reason, circle: Iterable[tuple[str, frozenset[str]]]) -> str:
    """Return whose eyes a reason is for beside staff: who is shown that kind of information."""
    if reason.code in STAFF:
        return gettext("Staff only")
    is_between = bool({reason.audience, reason.code}.intersection(BETWEEN))
    names = [] if is_between else [name for name, kinds in circle if reason.audience in kinds]
    return gettext("Shown to %(names)s") % {"names": ", ".join((gettext("patient"), *names))}


def _word(reason: Reason, viewer: Viewer, ready: Ready) -> _Word | None:
    """Return who said a reason, and when; None where nobody did."""
    if reason.code == "consent":
        return _consent(reason, viewer)
    says = SAYS.get(reason.code)
    return says(reason, ready) if says else None


def _eligibility(_reason: Reason, ready: Ready) -> _Word | None:
    decision = ready.decision
    return _Word(DECIDED, decision.at, decision.by_id) if decision else None


def _pressure(reason: Reason, ready: Ready) -> _Word | None:
    newest = next((one for one in ready.facts.measured if one.source == reason.source), None)
    return _Word(MEASURED, newest.at, UUID(newest.by)) if newest else None


def _person(reason: Reason, ready: Ready) -> _Word | None:
    """Return who said of the driver or the adult that they come; of a briefing, who signed it."""
    if reason.at is None:
        return None
    if reason.code == "briefing":
        signed = (one for one in ready.plan.series.briefings.all() if one.at == reason.at)
        return next((_Word(SIGNED, one.at, name=one.signed_name) for one in signed), None)
    said = ready.row.rides if reason.code == "ride" else ready.row.duties
    rows = [one for one in said.all() if one.recorded_at == reason.at]
    if rows:
        return _of_row(rows[-1])
    return _Word(JOINED, reason.at) if reason.code == "adult" else None


def _of_row(row: Ride | Duty) -> _Word:
    text = WRITTEN if row.capacity == "staff" else SAID
    name = (row.ask or row).name if isinstance(row, Ride) else ""  # of somebody named by link, who is no user
    return _Word(text, row.recorded_at, row.by_id, name)


def _consent(reason: Reason, viewer: Viewer) -> _Word | None:
    if not reason.source:
        return None
    row = Consent.objects.visible_to(viewer).select_related("by").get(id=reason.source)
    if row.what == Consent.What.WITHDRAWN:
        return _Word(TAKEN_BACK, row.at, name=row.by.name)
    return _Word(SIGNED, row.at, name=row.name)


def _pregnancy(reason: Reason, ready: Ready) -> _Word | None:
    """Return of which day the test is, and who wrote it down; else who decided that it needs none."""
    row, decision = ready.tested, ready.decision
    if row is not None and row.id.hex == reason.source:
        assert reason.at is not None  # the day of the test
        return _Word(RESULT, reason.at, row.by_id, is_day=True)
    return _eligibility(reason, ready) if decision is not None and decision.id.hex == reason.source else None


def _medicine(reason: Reason, ready: Ready) -> _Word | None:
    """Return who said of a medicine that it was left out, or not; else who decided, or told of it."""
    if reason.at is not None and "." not in reason.about:
        return _marked(ready.plan, reason.source)
    if reason.how in ("left-out", "taken"):
        return _arrival(ready)
    orders = ordering.decisions(ready.plan.series, ready.row).values()
    order = next((one for one in orders if one.id.hex == reason.source), None)
    if order is not None:
        return _Word(DECIDED, order.at, name=order.prescriber.name)
    told = next((one for one in ready.plan.patient.told if one.id.hex == reason.source), None)
    return _Word(TOLD, told.recorded_at, told.by_id) if told else None


def _fasting(reason: Reason, ready: Ready) -> _Word | None:
    if reason.source:
        return _arrival(ready)
    plan = ready.plan
    limits = [
        one
        for one in plan.tasks
        if one.infusion == ready.visit.booking.infusion and one.step.due.number in (FOOD, DRINK)
    ]
    said = [mark for one in limits if (mark := plan.standing(one)) is not None and not mark.done]
    return _of_mark(plan, max(said, key=lambda one: one.at)) if said else None


def _gate(reason: Reason, ready: Ready) -> _Word | None:
    if not reason.source:
        return None
    marked = _marked(ready.plan, reason.source)
    return marked if marked is not None and marked.at == reason.at else _arrival(ready)


def _marked(plan: Plan, key: str) -> _Word | None:
    """Return who marked a step; None where no person did."""
    task = next((one for one in plan.tasks if one.key == key), None)
    mark = plan.standing(task) if task else None
    return _of_mark(plan, mark) if mark is not None and mark.by else None


def _of_mark(plan: Plan, mark: Mark) -> _Word:
    by = UUID(mark.by)
    theirs = {plan.patient.user_id, *(one.user_id for one in plan.everybody)}
    return _Word(SAID if by in theirs else WRITTEN, mark.at, by)


def _arrival(ready: Ready) -> _Word | None:
    return _Word(ASKED, ready.asked.at, ready.asked.by_id) if ready.asked else None


SAYS: Mapping[str, Callable[[Reason, Ready], _Word | None]] = {
    "eligibility": _eligibility,
    "pregnancy": _pregnancy,
    "medicine": _medicine,
    "pressure": _pressure,
    "fasting": _fasting,
    "gate": _gate,
    "ride": _person,
    "adult": _person,
    "briefing": _person,
}
