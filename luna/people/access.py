"""Who may see what of whom. The only place that decides; denied by default.

A person acts in one capacity at a time: patient, caretaker or outside therapist of one patient, or
staff of one clinic. Capacities never add up: a nurse at one clinic who is a caretaker at another sees,
in each, only what that capacity allows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial, wraps
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from luna.feed import plans as feed
from luna.people.models import (
    CareRelation,
    ChartReason,
    CircleMember,
    Clinic,
    Clinician,
    Patient,
    User,
)

# Kinds of information a patient shares or keeps. A model or step declares the one it is of.
KINDS = {
    "schedule": _("Schedule and tasks"),
    "ride": _("The ride"),
    "recovery": _("Check-ins at home"),
    "live": _("How the infusion is going"),
    "scores": _("Scores"),
    "infusion": _("Infusion details"),
    "history": _("Health history"),
    "messages": _("Messages"),
    "journal": _("Journal"),
    "pregnancy": _("Pregnancy"),
    "substances": _("Alcohol and drugs"),
    "safety-at-home": _("Safety at home"),
    "suicidality": _("Thoughts of suicide"),
    "money": _("What it costs"),
}
# Between the patient and the clinic: no other kind implies one of these, and no circle is shown one.
PRIVATE = ("pregnancy", "substances", "safety-at-home", "suicidality", "money")
SHAREABLE = tuple(kind for kind in KINDS if kind not in PRIVATE)
# What a caretaker sees unless the patient says otherwise ("practical only"). It is also the least that
# whoever takes the patient home needs: what was given and when, what to watch, whom to call.
PRACTICAL = ("schedule", "ride", "recovery")

NOBODY = UUID(int=0)  # whose id a patient has who looks as another does

# An outside therapist sees the times, and what else the patient says: never the way home, never the watch.
THERAPY = ("schedule",)
# What each role in a circle is offered to come in as.
WITH = {
    CircleMember.Role.CARETAKER: _("Caring for %(name)s"),
    CircleMember.Role.THERAPIST: _("Therapist of %(name)s"),
}

AWAY = (CircleMember.State.LEFT, CircleMember.State.GONE)  # out of a circle by their own will
OPEN_FOR = timedelta(hours=12)  # how long a stated reason opens a chart: one shift
FRESH = timedelta(minutes=10)  # how long a PIN or passkey opens the private areas


View = Callable[..., HttpResponse]


class NotSignedIn(Exception):
    """Nobody is signed in, or not far enough: the middleware sends them to sign in."""


class NotFresh(Exception):
    """The page is private: the middleware asks for the PIN or passkey first, with what was typed in hand."""


class NeedsReason(Exception):
    """Staff come to the chart of somebody they do not care for: the middleware asks them why."""

    def __init__(self, patient_id: UUID) -> None:
        """Keep whose chart it is."""
        super().__init__()
        self.patient_id = patient_id


@dataclass(frozen=True, slots=True)
class Viewer:
    """One person acting in one capacity, and what that allows."""

    user_id: UUID
    name: str
    capacity_kind: str  # patient, caretaker, therapist or staff
    clinic_id: UUID
    zone: str  # the person's, else the clinic's
    clinic: Clinic
    patient: Patient | None = None  # whose plan this is; None for staff
    member: CircleMember | None = None
    roles: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    looking: "Viewer | None" = None  # the patient, who looks at what this person sees: see `as_seen_by`

    @property
    def patient_id(self) -> UUID | None:
        """Return the one patient a patient or caretaker acts for."""
        return self.patient.id if self.patient else None

    @property
    def place_id(self) -> UUID:
        """Return whose place in the circle this is, as duty asks. In a preview it is not who looks.

        What somebody wrote is asked for by `user_id`: there a preview finds nothing.
        """
        return self.member.user_id if self.member else self.user_id

    @property
    def is_staff(self) -> bool:
        """Say whether this is staff of a clinic."""
        return self.capacity_kind == "staff"

    def has_role(self, *roles: str) -> bool:
        """Say whether this is staff with one of `roles`."""
        return self.is_staff and bool(self.roles.intersection(roles))

    def may_see(self, kind: str, *, patient_id: UUID, clinic_id: UUID) -> bool:
        """Say whether information of this kind about this patient is open to the viewer."""
        if clinic_id != self.clinic_id or kind not in KINDS:
            return False
        return self.is_staff or (patient_id == self.patient_id and kind in self.kinds)

    def scope(self, model: Any) -> Q:
        """Return the condition that keeps the rows of `model` this viewer may see."""
        if self.is_staff:
            return Q(clinic_id=self.clinic_id)
        if model.kind not in self.kinds:
            return Q(pk__in=[])
        key = "pk" if model is Patient else "patient_id"
        return Q(clinic_id=self.clinic_id) & Q(**{key: self.patient_id})


def page(
    *kinds: str, roles: tuple[str, ...] = (), fresh: bool = False, asks_why: bool = True
) -> Callable[[View], View]:
    """Open a view to these capacities only, and pass it the viewer: `view(request, viewer, …)`.

    kinds: capacities that may come in; everybody else gets 404.
    roles: staff need one of these (admin, prescriber …).
    fresh: ask for the PIN or passkey again unless it was given a moment ago.
    asks_why: staff come to the patient an address names as `enter` lets them.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            seen = viewer(request)
            if seen.capacity_kind not in kinds or (seen.is_staff and roles and not seen.has_role(*roles)):
                raise Http404
            if fresh and not is_fresh(request):
                raise NotFresh
            if asks_why and "patient_id" in kwargs:
                enter(seen, kwargs["patient_id"], request.now)  # type: ignore[attr-defined]
            return view(request, seen, *args, **kwargs)

        inner.capacities = kinds  # type: ignore[attr-defined]
        inner.roles = roles  # type: ignore[attr-defined]
        inner.fresh = fresh  # type: ignore[attr-defined]
        return inner

    return wrap


def enter(viewer: Viewer, patient_id: UUID, now: datetime) -> None:
    """Let staff into a patient's chart: those who care for them, or who said why a moment ago.

    Every view of one patient's chart comes through here: by itself when its address names the patient, else
    it calls this. Escalations and messages do not: whoever answers one must not be held up. Where a clinic
    says that everyone cares for everyone it asks nothing; else one query. Raises NeedsReason, and Http404
    for a patient of another clinic. What staff see of their own and colleagues' charts: luna.people.charts.
    """
    if not viewer.is_staff or viewer.clinic.charts == Clinic.Charts.EVERYONE:
        return
    cares = CareRelation.objects.filter(patient=OuterRef("pk"), user=viewer.user_id, until=None)
    said = ChartReason.objects.filter(patient=OuterRef("pk"), by=viewer.user_id, at__gt=now - OPEN_FOR)
    rows = Patient.objects.visible_to(viewer).filter(pk=patient_id)
    may = rows.values_list(Exists(cares) | Exists(said), flat=True).first()
    if may is None:
        raise Http404
    if not may:
        raise NeedsReason(patient_id)


def person(*, fresh: bool = False, second_factor: bool = True) -> Callable[[View], View]:
    """Open a view to whoever is signed in, as anything or nothing yet: `view(request, …)`.

    fresh: ask for the PIN or passkey again unless it was given a moment ago.
    second_factor: staff must have given theirs. Only the pages where they do so say False.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated or (second_factor and lacks_second_factor(request)):
                raise NotSignedIn
            if fresh and not is_fresh(request):
                raise NotFresh
            viewer_or_none(request)
            return view(request, *args, **kwargs)

        inner.capacities = ("person",)  # type: ignore[attr-defined]
        inner.fresh = fresh  # type: ignore[attr-defined]
        return inner

    return wrap


def lacks_second_factor(request: HttpRequest) -> bool:
    """Say whether somebody who is staff anywhere has yet to give their second factor."""
    if request.session.get("second_factor"):
        return False
    return Clinician.objects.filter(user_id=request.user.pk, active=True).exists()


def public(view: View) -> View:
    """Say that a view is open to anyone, signed in or not. A view that says neither fails a test."""
    view.capacities = ("public",)  # type: ignore[attr-defined]
    return view


def viewer(request: HttpRequest) -> Viewer:
    """Return who is looking, in the capacity their session holds, and keep it on the request. Two queries.

    Beside it, as `request.feed`, how often anything had changed in the clinic before the page is worked out.
    Raises NotSignedIn when nobody is signed in or staff lack their second factor, and
    Http404 when the capacity is no longer theirs.
    """
    if not hasattr(request, "viewer"):
        seen = request.viewer = _viewer(request)  # type: ignore[attr-defined]
        request.feed = feed.number(seen.clinic_id)  # type: ignore[attr-defined]
    return request.viewer  # type: ignore[attr-defined, no-any-return]


def viewer_or_none(request: HttpRequest) -> Viewer | None:
    """Return who is looking, or None where a page is open to anyone."""
    try:
        return viewer(request)
    except (NotSignedIn, Http404):
        return None


def _viewer(request: HttpRequest) -> Viewer:
    if not request.user.is_authenticated:
        raise NotSignedIn
    capacity = request.session.get("capacity", "")
    if capacity.startswith("staff:") and not request.session.get("second_factor"):
        raise NotSignedIn
    return acting(request.user, capacity)


def acting(user: User, capacity: str) -> Viewer:
    """Return a user as the viewer a capacity makes of them. One query.

    capacity: "patient:<hex>", "caretaker:<patient hex>", "therapist:<patient hex>" or "staff:<clinic hex>".
    Raises NotSignedIn for no capacity at all, and Http404 for one that is not theirs.
    """
    kind, _sep, of = capacity.partition(":")
    if kind not in _ACTING:
        raise NotSignedIn
    return _ACTING[kind](user, UUID(of))


def capacities(user: User) -> list[tuple[str, str]]:
    """Return (session value, label) of every capacity a user may choose from."""
    staff = Clinician.objects.filter(user=user, active=True).select_related("clinic").order_by("since")
    own = Patient.objects.filter(user=user).select_related("clinic").order_by("created_at")
    # Who was taken out finds the same way in as before, to the same empty page as between two series.
    circles = CircleMember.objects.filter(user=user).select_related("patient").order_by("since")
    newest = {(row.role, row.patient_id): row for row in circles}
    cared_for = [row for row in newest.values() if row.state not in AWAY]
    return [
        *(
            (f"patient:{row.id.hex}", _("My own care at %(clinic)s") % {"clinic": row.clinic.name})
            for row in own
        ),
        *(
            (f"{row.role}:{row.patient_id.hex}", WITH[row.role] % {"name": row.patient.first_name})
            for row in cared_for
        ),
        *(
            (f"staff:{row.clinic_id.hex}", _("Staff at %(clinic)s") % {"clinic": row.clinic.name})
            for row in staff
        ),
    ]


def shares_phone(user: User) -> bool:
    """Say whether others look at this person's phone: then every sign-in there is a short one."""
    active = CircleMember.objects.filter(user_id=user.pk, state=CircleMember.State.ACTIVE)
    return active.filter(device=CircleMember.Device.SHARED).exists()


def leaves_no_trace(view: View) -> View:
    """Say that a form sent too late to a view is not kept for later, only said not to have arrived.

    It holds a PIN or a code, or words that nobody may find on the device.
    """
    view.leaves_no_trace = True  # type: ignore[attr-defined]
    return view


def is_fresh(request: HttpRequest) -> bool:
    """Say whether a PIN or passkey was given a moment ago, as the private areas ask."""
    given = request.session.get("fresh_at")
    return bool(given) and request.now - datetime.fromisoformat(given) <= FRESH  # type: ignore[attr-defined]


def _staff(user: User, clinic_id: UUID) -> Viewer:
    row = (
        Clinician.objects.filter(user=user, clinic_id=clinic_id, active=True).select_related("clinic").first()
    )
    if row is None:
        raise Http404
    return Viewer(
        user_id=user.id,
        name=user.name,
        capacity_kind="staff",
        clinic_id=row.clinic_id,
        zone=row.clinic.zone,
        clinic=row.clinic,
        roles=frozenset(row.roles),
        kinds=frozenset(KINDS),
    )


def _patient(user: User, patient_id: UUID) -> Viewer:
    row = Patient.objects.filter(user=user, id=patient_id).select_related("clinic").first()
    if row is None:
        raise Http404
    return Viewer(
        user_id=user.id,
        name=user.name,
        capacity_kind="patient",
        clinic_id=row.clinic_id,
        zone=user.zone or row.clinic.zone,
        clinic=row.clinic,
        patient=row,
        kinds=frozenset(KINDS),
    )


def _member(role: str, user: User, patient_id: UUID) -> Viewer:
    # Someone who left or was removed keeps an empty page, the same as between two series.
    row = (
        CircleMember.objects.filter(user=user, patient_id=patient_id, role=role)
        .select_related("clinic", "patient")
        .order_by("-since")
        .first()
    )
    if row is None:
        raise Http404
    return Viewer(
        user_id=user.id,
        name=user.name,
        capacity_kind=role,
        clinic_id=row.clinic_id,
        zone=user.zone or row.clinic.zone,
        clinic=row.clinic,
        patient=row.patient,
        member=row,
        kinds=shared_with(row),
    )


def as_seen_by(patient: Viewer, member: CircleMember) -> Viewer:
    """Return a patient as somebody who sees what a member of their circle sees, and is nobody.

    With no id of anybody's, nothing the member wrote is found: what is shown is the patient's own. The
    clock is the patient's too. Whoever lets such a viewer in undoes all it writes (views.sharing).
    """
    return Viewer(
        user_id=NOBODY,
        name="",
        capacity_kind=member.role,
        clinic_id=patient.clinic_id,
        zone=patient.zone,
        clinic=patient.clinic,
        patient=patient.patient,
        member=member,
        kinds=shared_with(member),
        looking=patient,
    )


def shared_with(member: CircleMember) -> frozenset[str]:
    """Return the kinds a member of the circle sees: what the patient shares, and never a private one."""
    if member.state != CircleMember.State.ACTIVE:
        return frozenset()
    return frozenset(member.kinds).intersection(SHAREABLE)


_ACTING = {
    "staff": _staff,
    "patient": _patient,
    **{role: partial(_member, role) for role in CircleMember.Role.values},
}
