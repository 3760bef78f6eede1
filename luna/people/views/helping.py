"""How somebody helps: the helper, the patient and staff each say it, and add who has no e-mail."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from luna.audit import actions as audit
from luna.people import access, plans, sessions
from luna.people.access import Viewer
from luna.people.actions import helping as actions
from luna.people.errors import Refused, Stale
from luna.people.forms import helping as forms
from luna.people.models import CircleMember, Patient

Device = CircleMember.Device


@access.page("caretaker")
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Let a caretaker say how they help, when they are there, and on what phone."""
    if not viewer.kinds:  # between two series, or taken out: the two must look the same
        return redirect("circle")
    response = _change(request, viewer, viewer.member, back=reverse("circle"))
    if response.status_code == 302 and request.POST.get("device") != Device.OWN:
        sessions.own_device(request.session, is_own=False)
    return response


@access.page("patient")
@require_http_methods(["GET", "POST"])
def of_mine(request: HttpRequest, viewer: Viewer, member_id: UUID) -> HttpResponse:
    """Let a patient say how somebody in their circle helps."""
    return _change(request, viewer, _member(viewer, viewer.patient_id, member_id), back=reverse("circle"))


@access.page("staff")
@require_http_methods(["GET", "POST"])
def of_patient(request: HttpRequest, viewer: Viewer, patient_id: UUID, member_id: UUID) -> HttpResponse:
    """Let staff say how somebody in a patient's circle helps, and on what number to call them."""
    member, back = _member(viewer, patient_id, member_id), reverse("chart", args=[patient_id])
    audit.read("circle.read", by=viewer, subject=member, now=request.now)
    return _change(request, viewer, member, back=back)


@access.page("patient", fresh=True)
@require_http_methods(["GET", "POST"])
def add_mine(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Let a patient add somebody who has no e-mail: the clinic calls them."""
    return _add(request, viewer, viewer.patient, back=reverse("circle"))


@access.page("staff")
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Let staff add somebody who has no e-mail, whom the patient named."""
    patient = get_object_or_404(Patient.objects.visible_to(viewer), pk=patient_id)
    return _add(request, viewer, patient, back=reverse("chart", args=[patient_id]))


def _change(request: HttpRequest, viewer: Viewer, member: CircleMember, *, back: str) -> HttpResponse:
    stands = forms.Change.stands(member)
    form = forms.Change(
        request.POST or None,
        initial=stands | {"version": member.version},
        asks_phone=viewer.capacity_kind != "patient" and viewer.looking is None,
        **_of(viewer, member.patient),
    )
    if form.is_valid():
        try:
            actions.change(
                member=member,
                helping=form.helping,
                phone=form.cleaned_data.get("phone"),
                version=form.cleaned_data["version"],
                by=viewer,
                now=request.now,
            )
        except Stale as stale:
            member.refresh_from_db()
            now_stands = forms.Change.stands(member)
            form.show_both(
                {name: now_stands[name] for name in now_stands if name in form.fields},
                member.version,
                stale.message,
            )
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("Saved."))
            return redirect(back)
    return _page(request, viewer, form, {"member": member, "back": back})


def _add(request: HttpRequest, viewer: Viewer, patient: Patient, *, back: str) -> HttpResponse:
    is_impaired = viewer.is_staff and not plans.may_sign(patient, request.now)
    form = forms.Add(request.POST or None, is_impaired=is_impaired, **_of(viewer, patient))
    if form.is_valid():
        typed = {name: form.cleaned_data[name] for name in ("name", "phone", "relation", "client_id")}
        typed["named_before"] = is_impaired  # asked then, and only then, and required
        try:
            added = actions.add_without_mail(
                patient=patient, helping=form.helping, by=viewer, now=request.now, **typed
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(
                request, _("%(name)s is on the clinic’s list of calls.") % {"name": added.user.name}
            )
            return redirect(back)
    return _page(request, viewer, form, {"member": None, "back": back})


def _page(request: HttpRequest, viewer: Viewer, form: Any, found: dict[str, Any]) -> HttpResponse:
    context = found | {
        "form": form,
        "days": [(form[f"from_{day}"], form[f"to_{day}"]) for day in range(7)],
        "asked": [bound for bound in form.visible_fields() if not bound.name.startswith(("from_", "to_"))],
    }
    name = "people/helping_staff.html" if viewer.is_staff else "people/helping.html"
    return render(request, name, context, status=422 if form.errors else 200)


def _of(viewer: Viewer, patient: Patient) -> dict[str, Any]:
    return {
        "country": viewer.clinic.country,
        "first_name": "" if viewer.capacity_kind == "patient" else patient.first_name,
        "is_self": viewer.capacity_kind == "caretaker",
    }


def _member(viewer: Viewer, patient_id: UUID | None, member_id: UUID) -> CircleMember:
    rows = CircleMember.objects.visible_to(viewer).select_related("user", "patient")
    found = rows.filter(
        patient_id=patient_id, state=CircleMember.State.ACTIVE, role=CircleMember.Role.CARETAKER, pk=member_id
    ).first()
    if found is None:
        raise Http404
    return found
