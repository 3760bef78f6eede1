"""Who works at the clinic and what they may do, and the audit of all that was done."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from luna.audit import plans as chains
from luna.people import access, charts, permissions, plans
from luna.people.access import Viewer
from luna.people.actions import address, identity
from luna.people.actions import staff as actions
from luna.people.errors import Refused, Stale
from luna.people.forms import staff as forms
from luna.people.models import Clinician, Patient
from luna.people.views.address import put_back

CHECKED = 1000  # newest links looked at when the audit page is opened


@access.page("staff", roles=("admin",))
@require_GET
def staff(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List who works here, and who did."""
    everybody = plans.staff(viewer.clinic)
    moved = address.undoable([row.user_id for row, _roles in everybody], now=request.now)
    return render(request, "people/staff.html", {"staff": everybody, "moved": moved})


@access.page("staff")
@require_GET
def may(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show staff who may see and do what, drawn from where it is decided."""
    context = {
        "kinds": permissions.kinds(),
        "roles": [(plans.ROLES[role], words) for role, words in permissions.MAY.items()],
        "codes": list(permissions.MAY),
        "names": [plans.ROLES[role] for role in permissions.MAY],
        "pages": permissions.staff_pages(),
    }
    return render(request, "people/permissions.html", context)


@access.page("staff", roles=("admin",), fresh=True)
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Add somebody to the staff."""
    form = forms.Add(request.POST or None)
    if form.is_valid():
        try:
            added = actions.add(**form.cleaned_data, by=viewer, now=request.now)
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("We are writing to %(name)s now.") % {"name": added.user.name})
            return redirect("staff")
    return render(request, "people/staff_add.html", {"form": form}, status=422 if form.errors else 200)


@access.page("staff", roles=("admin",), fresh=True)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, viewer: Viewer, clinician_id: UUID) -> HttpResponse:
    """Change what a member of staff may do."""
    clinician = _colleague(viewer, clinician_id)
    stands = {"title": clinician.title, "roles": clinician.roles}
    form = forms.Change(request.POST or None, initial=stands | {"version": clinician.version})
    if form.is_valid():
        try:
            actions.change(clinician=clinician, **form.cleaned_data, by=viewer, now=request.now)
        except Stale as stale:
            form.show_both(stands, clinician.version, stale.message)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("staff")
    context = {"form": form, "clinician": clinician}
    return render(request, "people/staff_change.html", context, status=422 if form.errors else 200)


@access.page("staff", roles=("admin",), fresh=True)
@require_http_methods(["GET", "POST"])
def deactivate(request: HttpRequest, viewer: Viewer, clinician_id: UUID) -> HttpResponse:
    """End somebody's place on the staff."""
    clinician = _colleague(viewer, clinician_id)
    problem = None
    if request.method == "POST":
        try:
            actions.deactivate(clinician=clinician, by=viewer, now=request.now)
        except Refused as refused:
            problem = refused.message
        else:
            messages.success(request, _("%(name)s can no longer come in.") % {"name": clinician.user.name})
            return redirect("staff")
    context = {"clinician": clinician, "errors": [(None, problem)] if problem else []}
    return render(request, "people/staff_deactivate.html", context, status=422 if problem else 200)


@access.page("staff", roles=("admin",), fresh=True)
@never_cache
@require_http_methods(["GET", "POST"])
def let_back_in(request: HttpRequest, viewer: Viewer, clinician_id: UUID) -> HttpResponse:
    """Forget a colleague's lost sign-in methods, and show the code to read out to them."""
    clinician = _colleague(viewer, clinician_id)
    context = {"clinician": clinician, "code": ""}
    if request.method == "POST":
        context["code"] = identity.reset_second_factor(clinician.user, by=viewer, now=request.now)
    return render(request, "people/staff_let_back_in.html", context)


@access.page("staff", roles=("admin",), fresh=True)
@require_http_methods(["GET", "POST"])
def put_address_back(request: HttpRequest, viewer: Viewer, clinician_id: UUID) -> HttpResponse:
    """Undo a change of the address a colleague signs in with, which they say they did not make."""
    person = _colleague(viewer, clinician_id).user
    return put_back(request, viewer, person, patient=None, back=reverse("staff"))


@access.page("staff", roles=("admin",))
@require_GET
def audit(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show who did or saw what at the clinic, and whether the newest part of the chain is whole."""
    patient = None
    if "patient" in request.GET:
        wanted = plans.uuid_or_none(request.GET["patient"])
        patient = get_object_or_404(Patient.objects.visible_to(viewer), pk=wanted)
    context = {
        "page": plans.audit_of(viewer, number=request.GET.get("page", "1"), patient=patient),
        "patient": patient,
        "head": chains.head(viewer.clinic_id),
        "findings": chains.verify(viewer.clinic_id, newest=CHECKED),
        "checked": CHECKED,
        "unreviewed": charts.unreviewed(viewer.clinic, request.now),
        "now": request.now,
    }
    return render(request, "people/audit.html", context)


def _colleague(viewer: Viewer, clinician_id: UUID) -> Clinician:
    rows = viewer.clinic.clinicians.filter(active=True).select_related("user")
    return get_object_or_404(rows, pk=clinician_id)
