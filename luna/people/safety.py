"""Who is safe at home and safe to call: what only staff may know of a patient.

Nothing here is ever shown to the patient or to anybody in their circle, and no page of theirs may
differ by it. So who may stay after an infusion is asked twice: `plans.may_be_named_adult` on any page,
and `treatment.covers.is_barred` on pages of staff. It is the person who is barred, not their place: who
leaves the circle and comes back still is.
"""

from luna.people.access import Viewer
from luna.people.models import ContactSafety, Patient


def latest(viewer: Viewer, patient: Patient) -> ContactSafety | None:
    """Return what stands, or None when the patient was not asked yet or the viewer is not staff."""
    rows = ContactSafety.objects.visible_to(viewer).filter(patient=patient)
    return rows.select_related("by").order_by("-at", "-id").first()


def number(patient: Patient, stands: ContactSafety | None) -> str:
    """Return the number to call the patient on: the safe one, else the chart's."""
    return stands.phone if stands and stands.phone else patient.phone
