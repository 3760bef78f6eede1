"""Whether a patient is safe at home and safe to call: for staff alone."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from luna.audit import actions as audit
from luna.people import access, plans, safety
from luna.people.access import Viewer
from luna.people.actions import safety as actions
from luna.people.errors import Refused, Stale
from luna.people.forms import safety as forms
from luna.people.forms.fields import shown_phone
from luna.people.models import STAFF_ONLY, ContactSafety, Patient, User


@access.page("staff")
@never_cache
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Note what a patient said, asked alone, about being safe at home and safe to call."""
    patient = get_object_or_404(Patient.objects.visible_to(viewer), pk=patient_id)
    audit.read("safety.read", by=viewer, subject=patient, now=request.now, reason=STAFF_ONLY)
    stands = safety.latest(viewer, patient)
    form = forms.Contact(
        request.POST or None,
        initial=_initial(stands),
        country=viewer.clinic.country,
        people=_offered(stands, patient),
    )
    if form.is_valid():
        typed = {name: form.cleaned_data[name] for name in ("safe", "phone", "voicemail", "barred", "note")}
        try:
            actions.note(
                patient=patient,
                values=typed,
                before=form.cleaned_data["before"],
                by=viewer,
                client_id=form.cleaned_data["client_id"],
                now=request.now,
            )
        except Stale as stale:
            stands = safety.latest(viewer, patient)
            form.show_beside(stands, stale.message)
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("Saved. Only staff see it."))
            return redirect("chart", patient.id)
    context = {
        "form": form,
        "patient": patient,
        "stands": stands,
        "phone": shown_phone(stands.phone, viewer.clinic.country) if stands else "",
        "barred": [user.name for user in _barred(stands)],
        "now": request.now,
    }
    return render(request, "people/contact_safety.html", context, status=422 if form.errors else 200)


def _initial(stands: ContactSafety | None) -> dict[str, Any]:
    if stands is None:
        return {}
    return {
        "safe": stands.safe,
        "phone": stands.phone,
        "voicemail": "yes" if stands.voicemail else "no",
        "barred": stands.barred,
        "note": stands.note,
        "before": stands.pk,
    }


def _barred(stands: ContactSafety | None) -> list[User]:
    return list(User.objects.filter(pk__in=stands.barred if stands else []).order_by("name", "pk"))


def _offered(stands: ContactSafety | None, patient: Patient) -> list[User]:
    """Return who is in the circle, and who is barred though they left: a new answer must not free them."""
    here = [member.user for member, _shares in plans.members(patient)]
    return [*here, *(user for user in _barred(stands) if user not in here)]
