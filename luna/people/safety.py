"""Who is safe at home and safe to call: what only staff may know of a patient.

Nothing here is ever shown to the patient or to anybody in their circle, and no page of theirs may
differ by it. So who may stay after an infusion is asked twice: `plans.may_be_named_adult` on any page,
and `treatment.covers.is_barred` on pages of staff. It is the person who is barred, not their place: who
leaves the circle and comes back still is.
"""

from collections.abc import Iterable
from uuid import UUID

from luna.people.access import Viewer
from luna.people.models import CircleMember, ContactSafety, Patient, User


def latest(viewer: Viewer, patient: Patient) -> ContactSafety | None:
    """Return what stands, or None when the patient was not asked yet or the viewer is not staff."""
    rows = ContactSafety.objects.visible_to(viewer).filter(patient=patient)
    return rows.select_related("by").order_by("-at", "-id").first()


def latest_of(viewer: Viewer, patients: Iterable[UUID]) -> dict[UUID, ContactSafety]:
    """Return patient -> what stands, of those who were asked; nothing to who is not staff. One query."""
    rows = ContactSafety.objects.visible_to(viewer).filter(patient__in=list(patients))
    return {row.patient_id: row for row in rows.order_by("at", "id")}


def may_use(user: User, number: str) -> bool:
    """Say whether a number may be used for somebody: not when staff were told another one to call them on.

    For the machine alone: no page may differ by it.
    """
    rows = ContactSafety.objects.filter(patient__user=user).order_by("at", "id")
    latest = {row.patient_id: row for row in rows}
    return all(row.phone in ("", number) for row in latest.values())


def number(patient: Patient, stands: ContactSafety | None) -> str:
    """Return the number to call the patient on: the safe one, else the chart's."""
    return stands.phone if stands and stands.phone else patient.phone


def number_of_member(viewer: Viewer, member: CircleMember) -> str:
    """Return the number on which staff call somebody of a circle, empty where none is known.

    It is the one they gave. Whoever is a patient of the clinic too is called on the number that is safe
    for them, as with `number`.
    """
    return numbers_of_members(viewer, [member])[member.id]


def numbers_of_members(viewer: Viewer, members: Iterable[CircleMember]) -> dict[UUID, str]:
    """Return id of a member -> the number as `number_of_member` gives it. One query."""
    mine = list(members)
    own = ContactSafety.objects.visible_to(viewer).filter(patient__user__in=[one.user_id for one in mine])
    stands = {row.patient.user_id: row.phone for row in own.select_related("patient").order_by("at", "id")}
    return {one.id: stands.get(one.user_id) or one.phone for one in mine}
