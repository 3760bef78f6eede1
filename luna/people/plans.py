"""Reads about people that join several tables, and what the slice above must send for this one.

How an invitation reaches a mailbox
-----------------------------------
Messages belong to `luna.notices`, which lies above this slice, so nothing here sends. An invitation
counts what was asked for (`sent`) and what the ledger of messages has been given (`told`).
`luna.notices.jobs` does this, each time it runs, all in one transaction:

    for invitation in plans.invitations_to_send(now):
        notice = actions.plan(
            key=f"invitation:{invitation.id.hex}:invite:s{invitation.sent}", words="invite",
            clinic_id=invitation.clinic_id, patient_id=invitation.patient_id,
            to_email=invitation.email, values={"invitation": invitation.id.hex}, due_at=now, now=now)
        invitations.handed_over(invitation)           # luna.people.actions.invitations

When such a notice is about to be sent, each attempt anew:

    link = invitations.link(invitation_id=…, email=notice.to_email, now=now)

makes a fresh secret, revokes the older ones, and returns the address to put in the message; or
None when the invitation was answered, cancelled, has run out or now goes to another address: then
the notice is void. The secret is never stored: render, send, forget. The message may say
`invitation.patient.first_name` and `invitation.name`, and no more.

Added staff are told in the same way: `plans.staff_to_tell()`, words "invite-staff", key
`clinician:{id hex}:invite-staff`, to_user_id=clinician.user_id, then `staff.told(clinician)`
(luna.people.actions.staff). Their message links to /sign-in; there is no secret in it.

A patient is told once of what others did to their circle, joined, said no or left, by
`plans.circles_to_tell()`, words "circle-changed", then `invitations.told_of_circle(patient)`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from luna.audit.models import STAFF_ONLY, AuditEvent
from luna.audit.words import VERBS
from luna.library import times
from luna.people import access, tokens
from luna.people.errors import Impaired, Refused
from luna.people.models import (
    MIDNIGHT,
    CalendarLink,
    CircleMember,
    Clinic,
    Clinician,
    Invitation,
    Patient,
    Token,
    User,
)

LOOK_AHEAD = timedelta(days=30)  # no clinic is closed longer than this
BATCH = 100  # how many are handed over in one transaction
NAMED_BEFORE = "named-before"  # why staff let somebody in while the patient may not: kept in the audit
PAGE = 50  # lines on one page of a long list
FORMER = timedelta(days=30)  # how long somebody who left is still shown

ROLES = {
    Clinician.Role.NURSE: _("nurse"),
    Clinician.Role.PRESCRIBER: _("prescriber"),
    Clinician.Role.THERAPIST: _("therapist"),
    Clinician.Role.COORDINATOR: _("coordinator"),
    Clinician.Role.ADMIN: _("administrator"),
}
# How somebody helps, said to others.
HELPS = {
    CircleMember.Help.LIVES_WITH: _("lives with them"),
    CircleMember.Help.COMES_OVER: _("comes over"),
    CircleMember.Help.DRIVES: _("only drives"),
    CircleMember.Help.PHONE: _("by phone only"),
}
# The same, said to the patient.
HELPS_YOU = {
    CircleMember.Help.LIVES_WITH: _("Lives with you"),
    CircleMember.Help.COMES_OVER: _("Comes over"),
    CircleMember.Help.DRIVES: _("Only drives"),
    CircleMember.Help.PHONE: _("By phone only"),
}
# Those who are there with the patient, and so can stay after an infusion.
STAY = (CircleMember.Help.LIVES_WITH, CircleMember.Help.COMES_OVER)
CAPACITIES = {
    "patient": _("patient"),
    "caretaker": _("caretaker"),
    "therapist": _("outside therapist"),
    "staff": _("clinic staff"),
    "clock": _("Luna itself"),
    "link": _("someone with a link"),
    "person": _("about their own sign-in"),
}
CLIMBED = "escalation.climb"  # the audit's word for a ladder that called the next one

# What a caretaker sees of each kind, said to the caretaker.
SHARED = {
    "schedule": _("When the infusions are, what you do around them, and the comfort card"),
    "ride": _("The way there and the way home"),
    "recovery": _("The check-ins at home that you answer"),
    "live": _("How it goes while the infusion runs"),
    "scores": _("Answers about mood or pain, as numbers"),
    "infusion": _("What was given, and what was measured"),
    "history": _("Answers about health before the first visit"),
    "messages": _("Messages with the clinic"),
    "journal": _("The journal"),
}


def invitations_to_send(now: datetime) -> QuerySet[Invitation]:
    """Return the invitations the ledger has to be given, oldest first, locked for this transaction."""
    return _claimed(Invitation.objects.unsent(now).order_by("created_at"))


def staff_to_tell() -> QuerySet[Clinician]:
    """Return staff nobody has told yet that they were added, locked for this transaction."""
    return _claimed(Clinician.objects.filter(to_tell=True, active=True).order_by("since"))


def circles_to_tell() -> QuerySet[Patient]:
    """Return the patients whose circle changed and who are to be told of it, locked for this transaction."""
    return _claimed(Patient.objects.filter(circle_changed_at__isnull=False).order_by("circle_changed_at"))


def _claimed(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the next few rows no other worker holds. SQLite has one writer, and needs no lock."""
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return rows[:BATCH]


def may_sign(patient: Patient, now: datetime) -> bool:
    """Say whether a patient may sign, let somebody in or see more, or change how they sign in.

    Not from the start of an infusion until the limit of its protocol ends. To narrow never asks this.
    """
    return patient.impaired_until is None or patient.impaired_until <= now


def check_may_sign(patient: Patient, now: datetime) -> None:
    """Raise Impaired unless the patient `may_sign`, here and at every other clinic of theirs.

    Part of an action, which reads the row under its lock first.
    """
    if not may_sign(patient, now):
        raise _impaired(patient, now)
    if patient.user is not None:
        check_person_may_sign(patient.user, now)


def check_person_may_sign(user: User, now: datetime) -> None:
    """Raise Impaired for somebody who is a patient anywhere and may not sign there.

    Part of an action: an infusion that starts meanwhile waits for its end, or the action for the start.
    """
    rows = Patient.objects.select_for_update(of=("self",), no_key=True).filter(user_id=user.pk)
    _check_none_is_impaired(rows, now)


def check_page_may_sign(user: User, now: datetime) -> None:
    """Raise Impaired as `check_person_may_sign` does, for a page that only says so: it holds nothing up."""
    _check_none_is_impaired(Patient.objects.filter(user_id=user.pk), now)


def _check_none_is_impaired(rows: QuerySet[Patient], now: datetime) -> None:
    impaired = [row for row in rows.select_related("user", "clinic").order_by("id") if not may_sign(row, now)]
    if impaired:
        raise _impaired(max(impaired, key=lambda row: row.impaired_until), now)


def effect_ends(patient: Patient) -> datetime | None:
    """Return when the effect of a patient's last infusion ends or ended, here or at another clinic.

    None before the first one.
    """
    same = Q(pk=patient.pk) | (Q(user=patient.user_id) if patient.user_id else Q())
    return Patient.objects.filter(same).aggregate(last=Max("impaired_until"))["last"]


def check_may_let_in(patient: Patient, *, by: access.Viewer, named_before: bool, now: datetime) -> None:
    """Refuse to let anybody in whom the patient would name while they may not sign.

    named_before: staff say that the patient named this person before the infusion. Somebody has to take
    the patient home, so staff can still ask in whom they know of. Raises Impaired to the patient.
    """
    if by.capacity_kind == "patient":
        check_may_sign(patient, now)
    elif not named_before and not may_sign(patient, now):
        raise Refused(
            _("Until the effect of the infusion is over, only who was named before it can be let in."),
            "named_before",
        )


def _impaired(patient: Patient, now: datetime) -> Impaired:
    zone = (patient.user.zone if patient.user else "") or patient.clinic.zone
    return Impaired(times.when(patient.impaired_until, zone, now))


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether a clinic is open. opens_at: when it is next, while it is closed and that is known."""

    is_open: bool
    opens_at: datetime | None = None

    @property
    def is_known(self) -> bool:
        """Say whether its hours tell; a clinic without any, or closed for long, is never called open."""
        return self.is_open or self.opens_at is not None


def hours_on(on: date, hours: tuple[time, time], zone: str) -> tuple[datetime, datetime]:
    """Return the instants a clinic opens and closes on one day; closing at midnight is its end."""
    opens, closes = hours
    last = on + timedelta(days=1) if closes == MIDNIGHT else on
    first, end = (datetime.combine(*at, ZoneInfo(zone)) for at in ((on, opens), (last, closes)))
    return first.astimezone(UTC), end.astimezone(UTC)


def answered(clinic: Clinic, now: datetime) -> str:
    """Return the number somebody answers now: the nurse line, out of hours the one for then."""
    out_of_hours = clinic.after_hours_phone
    return out_of_hours if out_of_hours and not opening(clinic, now).is_open else clinic.nurse_line


def opening(clinic: Clinic, now: datetime) -> Opening:
    """Return whether the clinic is open, and else when it opens next. Two queries."""
    today = now.astimezone(ZoneInfo(clinic.zone)).date()
    hours = {row.weekday: row for row in clinic.hours.all()}
    closed = set(
        clinic.closed_days.filter(on__gte=today, on__lte=today + LOOK_AHEAD).values_list("on", flat=True)
    )
    for ahead in range(LOOK_AHEAD.days):
        on = today + timedelta(days=ahead)
        row = hours.get(on.weekday())
        if row is None or on in closed:
            continue
        opens, closes = hours_on(on, (row.opens, row.closes), clinic.zone)
        if opens <= now < closes:
            return Opening(is_open=True)
        if now < opens:
            return Opening(is_open=False, opens_at=opens)
    return Opening(is_open=False)


@dataclass(frozen=True, slots=True)
class Share:
    """One kind of information, and whether a caretaker sees it."""

    label: Any
    meaning: Any
    is_shared: bool


@dataclass(frozen=True, slots=True)
class Look:
    """One line of the audit, for a person to read. `who` is empty for the clock and for links."""

    at: datetime
    who: str
    role: Any
    what: str
    patient_id: UUID | None
    patient_name: str


def invitation(hex_id: str) -> Invitation | None:
    """Return the invitation a browser holds, with its patient and clinic."""
    rows = Invitation.objects.select_related("patient", "clinic")
    return rows.filter(pk=hex_id).first() if hex_id else None


def members(patient: Patient) -> list[tuple[CircleMember, list[Share]]]:
    """Return who is in a patient's circle now and what each sees, first come first."""
    rows = patient.circle.filter(state=CircleMember.State.ACTIVE).select_related("user").order_by("since")
    return [(row, shares(row)) for row in rows]


def former(patient: Patient, now: datetime) -> list[CircleMember]:
    """Return who was in the circle and lately left or was taken out, newest first."""
    rows = patient.circle.exclude(state=CircleMember.State.ACTIVE).filter(until__gt=now - FORMER)
    return list(rows.select_related("user").order_by("-until"))


def invitations_of(patient: Patient, now: datetime) -> list[Invitation]:
    """Return the invitations nobody has answered, and those lately declined, newest first."""
    waiting = patient.invitations.filter(state=Invitation.State.PENDING)
    declined = patient.invitations.filter(state=Invitation.State.DECLINED, answered_at__gt=now - FORMER)
    return list((waiting | declined).select_related("invited_by", "patient").order_by("-created_at"))


def why_not_named_adult(member: CircleMember) -> Any:
    """Return in words why somebody cannot be the adult who takes the patient home and stays, or None.

    A fact nobody gave is never taken for a yes. This may be shown to anyone: what only staff may know
    of somebody is asked with `treatment.covers.is_barred`.
    """
    if member.state != CircleMember.State.ACTIVE or member.role != CircleMember.Role.CARETAKER:
        return _("They are not a caretaker in this circle.")
    if member.is_adult is None:
        return _("Nobody has said yet whether they are 18 or older.")
    if not member.is_adult:
        return _("They are under 18. They may help, but not as the adult who stays.")
    if not member.help:
        return _("Nobody has said yet how they help.")
    if member.help not in STAY:
        return _("They help from afar or only drive. The adult who stays has to be there.")
    return None


def may_be_named_adult(member: CircleMember) -> bool:
    """Say whether somebody can be the adult who takes the patient home and stays with them."""
    return why_not_named_adult(member) is None


@dataclass(frozen=True, slots=True)
class Seen:
    """One kind of information, and who of a circle sees it."""

    label: Any
    people: tuple[tuple[CircleMember, bool], ...]


def who_sees(members: Iterable[CircleMember]) -> list[Seen]:
    """Return every kind, and whether each of these people sees it."""
    shared = [(member, access.shared_with(member)) for member in members]
    return [
        Seen(label, tuple((member, kind in kinds) for member, kinds in shared))
        for kind, label in access.KINDS.items()
    ]


def may_take_home(member: CircleMember) -> bool:
    """Say whether somebody might be the one who takes the patient home, as far as anybody said."""
    is_far = member.help == CircleMember.Help.PHONE
    return member.role == CircleMember.Role.CARETAKER and not is_far and member.is_adult is not False


def shares(member: CircleMember) -> list[Share]:
    """Return each kind of information and whether a caretaker sees it, what is shared first."""
    found = [
        Share(label=label, meaning=SHARED[kind], is_shared=kind in member.kinds)
        for kind, label in access.KINDS.items()
        if kind in access.SHAREABLE
    ]
    return sorted(found, key=lambda share: not share.is_shared)


def patients(viewer: access.Viewer, wanted: str, number: str) -> Page[Patient]:
    """Return one page of the patients a viewer may see whose name or address holds `wanted`."""
    rows = Patient.objects.visible_to(viewer)
    for word in wanted.split():
        rows = rows.filter(name__icontains=word) | rows.filter(email__iexact=word)
    return Paginator(rows.order_by("name", "id"), PAGE).get_page(number)


def people_of(patient: Patient) -> QuerySet[User]:
    """Return the patient's and the present caretakers' accounts."""
    caretakers = patient.circle.filter(state=CircleMember.State.ACTIVE).values("user_id")
    return User.objects.filter(Q(pk=patient.user_id) | Q(pk__in=caretakers))


def staff(clinic: Clinic) -> list[tuple[Clinician, str]]:
    """Return everybody who works or worked at a clinic and their roles in words, present ones first."""
    rows = clinic.clinicians.select_related("user").order_by("-active", "user__name")
    return [(row, words_of(row.roles)) for row in rows]


def uuid_or_none(text: str) -> UUID | None:
    """Return the id somebody put into an address, or None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def who_looked(viewer: access.Viewer, *, number: str, own: bool) -> Page[Look]:
    """Return one page of who opened or changed a patient's record, newest first.

    own: with the patient's own lines. Five queries, however long the page. What only staff may know of
    leaves no line here, nor does a ladder that climbs: nobody looked, and the line who called stays.
    """
    lines = AuditEvent.objects.filter(clinic_id=viewer.clinic_id, patient_id=viewer.patient_id)
    lines = lines.exclude(reason=STAFF_ONLY).exclude(verb=CLIMBED)
    if not own:
        lines = lines.exclude(actor_id=viewer.user_id)
    return _looks(lines, number, whose=_("your"), whom=_("you"))


def audit_of(viewer: access.Viewer, *, number: str, patient: Patient | None) -> Page[Look]:
    """Return one page of a clinic's audit, of one patient if given, newest first."""
    lines = AuditEvent.objects.filter(clinic_id=viewer.clinic_id)
    if patient is not None:
        lines = lines.filter(patient_id=patient.pk)
    return _looks(lines, number, whose=_("a patient’s"), whom=_("a patient"))


def words_of(roles: Iterable[str]) -> str:
    """Return roles as people say them: "nurse, administrator"."""
    return ", ".join(str(ROLES[Clinician.Role(role)]) for role in roles)


def _looks(lines: QuerySet[AuditEvent], number: str, *, whose: Any, whom: Any) -> Page[Look]:
    page: Page[Any] = Paginator(lines.order_by("-at", "-id"), PAGE).get_page(number)
    events = list(page.object_list)
    names = dict(User.objects.filter(pk__in={event.actor_id for event in events}).values_list("pk", "name"))
    roles = _roles(events)
    about = {event.patient_id for event in events}
    charts = dict(Patient.objects.filter(pk__in=about).values_list("pk", "name"))
    page.object_list = [
        Look(
            at=event.at,
            who=names.get(event.actor_id, ""),
            role=_role(event, roles),
            what=str(VERBS.get(event.verb, event.verb)).format(whose=whose, whom=whom),
            patient_id=event.patient_id,
            patient_name=charts.get(event.patient_id, ""),
        )
        for event in events
    ]
    return page


def _role(event: AuditEvent, roles: Mapping[tuple[UUID, UUID], str]) -> Any:
    by_staff = roles.get((event.clinic_id, event.actor_id)) if event.capacity == "staff" else ""
    return by_staff or CAPACITIES[event.capacity]


def _roles(events: Iterable[AuditEvent]) -> dict[tuple[UUID, UUID], str]:
    """Return the roles of whoever acted as staff, by clinic and person."""
    by_staff = {event.actor_id for event in events if event.capacity == "staff"}
    rows = Clinician.objects.filter(user_id__in=by_staff)
    return {(row.clinic_id, row.user_id): words_of(row.roles) for row in rows}


def calendar_link(viewer: access.Viewer, now: datetime) -> CalendarLink | None:
    """Return the calendar link a person has in this capacity, None while there is none that works."""
    works = tokens.live(Token.Purpose.CALENDAR, now).values("subject_id")
    mine = CalendarLink.objects.filter(
        id__in=works, user=viewer.user_id, patient=viewer.patient_id, capacity=viewer.capacity_kind
    )
    return mine.select_related("user").order_by("created_at").last()


def calendar_link_of(secret: str, now: datetime) -> tuple[CalendarLink, bool] | None:
    """Return the calendar link of a secret and whether it works; None for what never was one."""
    token = tokens.known(Token.Purpose.CALENDAR, secret)
    if token is None:
        return None
    link = CalendarLink.objects.select_related("user").get(id=token.subject_id)
    return link, token.revoked_at is None and token.expires_at > now
