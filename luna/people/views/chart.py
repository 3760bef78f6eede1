"""Patients and their charts, for staff: find, add, change, invite, help back in."""

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from luna.audit import actions as audit
from luna.people import access, plans, safety
from luna.people.access import Viewer
from luna.people.actions import address, circle, clinic, identity, invitations
from luna.people.errors import Refused, Stale
from luna.people.forms import chart as forms
from luna.people.forms.circle import RELATIONS, Answer
from luna.people.forms.fields import shown_phone
from luna.people.models import CircleMember, Invitation, Patient
from luna.people.sharing import Tell
from luna.people.views.address import put_back

FIELDS = ("name", "born_on", "email", "phone", "address")


@access.page("staff")
@require_GET
def home(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Send staff to what may need them now."""
    return redirect("escalations")


@access.page("staff")
@require_http_methods(["GET", "POST"])
def patients(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List a clinic's patients, or those a word finds."""
    # A name is typed here: asked for by POST, it stays out of addresses, histories and logs.
    wanted = request.POST.get("q", "").strip()[:200]
    found = plans.patients(viewer, wanted, request.GET.get("page", "1"))
    return render(request, "people/patients.html", {"page": found, "wanted": wanted})


@access.page("staff")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Take a patient into care."""
    form = forms.NewChart(request.POST or None, **_of(request, viewer))
    if form.is_valid():
        try:
            patient = clinic.add_patient(
                values={name: form.cleaned_data[name] for name in FIELDS},
                invite=form.cleaned_data["invite"],
                by=viewer,
                client_id=form.cleaned_data["client_id"],
                now=request.now,
            )
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            return redirect("chart", patient.id)
    return render(request, "people/chart_new.html", {"form": form}, status=422 if form.errors else 200)


@access.page("staff")
@require_GET
def chart(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Show who a patient is, how to reach them, and who is with them."""
    patient = _patient(request, viewer, patient_id)
    return _chart(request, viewer, patient)


@access.page("staff")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Change a patient's name or contacts."""
    patient = _patient(request, viewer, patient_id)
    stands = {name: getattr(patient, name) for name in FIELDS}
    form = forms.Chart(
        request.POST or None, initial=stands | {"version": patient.version}, **_of(request, viewer)
    )
    if form.is_valid():
        typed = {name: form.cleaned_data[name] for name in FIELDS}
        try:
            clinic.change_patient(
                patient=patient,
                values=typed,
                version=form.cleaned_data["version"],
                by=viewer,
                now=request.now,
            )
        except Stale as stale:
            form.show_both(stands, patient.version, stale.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("chart", patient.id)
    context = {"form": form, "patient": patient}
    return render(request, "people/chart_change.html", context, status=422 if form.errors else 200)


@access.page("staff")
@require_POST
def invite_patient(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Invite a patient to sign in, in one press."""
    patient = _patient(request, viewer, patient_id)
    try:
        clinic.invite_patient(patient, by=viewer, client_id=UUID(request.POST["client_id"]), now=request.now)
    except (Refused, KeyError, ValueError) as refused:
        problem = refused.message if isinstance(refused, Refused) else _("Please press the button again.")
        return _chart(request, viewer, patient, problem)
    messages.success(request, _("We are writing to %(name)s now.") % {"name": patient.name})
    return redirect("chart", patient.id)


@access.page("staff")
@require_http_methods(["GET", "POST"])
def invite_caretaker(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Invite a caretaker the patient named."""
    patient = _patient(request, viewer, patient_id)
    form = forms.InviteCaretaker(request.POST or None, is_impaired=not plans.may_sign(patient, request.now))
    if form.is_valid():
        typed = {name: value for name, value in form.cleaned_data.items() if name != "agreed"}
        try:
            invitations.invite(
                patient=patient, role=Invitation.Role.CARETAKER, by=viewer, now=request.now, **typed
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("We are writing to %(name)s now.") % {"name": typed["name"]})
            return redirect("chart", patient.id)
    context = {"form": form, "patient": patient}
    return render(request, "people/chart_invite.html", context, status=422 if form.errors else 200)


@access.page("staff")
@require_POST
def answer(request: HttpRequest, viewer: Viewer, patient_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Send an invitation again, take it back, or say yes or no to another address."""
    patient = _patient(request, viewer, patient_id)
    rows = Invitation.objects.visible_to(viewer).filter(patient=patient)
    invitation = get_object_or_404(rows, pk=invitation_id)
    form = Answer(request.POST)
    problem = form.apply(invitation, by=viewer, now=request.now)
    if problem:
        return _chart(request, viewer, patient, problem)
    messages.success(request, form.said)
    return redirect("chart", patient.id)


@access.page("staff")
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, viewer: Viewer, patient_id: UUID, member_id: UUID) -> HttpResponse:
    """Take somebody out of the circle because the patient asked for it."""
    patient = _patient(request, viewer, patient_id)
    rows = CircleMember.objects.visible_to(viewer).filter(patient=patient).select_related("user")
    member = get_object_or_404(rows, pk=member_id)
    if request.method == "POST":
        circle.revoke(member=member, by=viewer, tell=Tell(request.POST.get("tell")), now=request.now)
        messages.success(request, _("%(name)s sees nothing more from now on.") % {"name": member.user.name})
        return redirect("chart", patient.id)
    return render(request, "people/chart_remove.html", {"patient": patient, "member": member})


@access.page("staff", fresh=True)
@never_cache
@require_http_methods(["GET", "POST"])
def let_back_in(request: HttpRequest, viewer: Viewer, patient_id: UUID, user_id: UUID) -> HttpResponse:
    """Forget the PIN of a patient or caretaker who lost it, and show the code to read out to them."""
    patient = _patient(request, viewer, patient_id)
    person = get_object_or_404(plans.people_of(patient), pk=user_id)
    context: dict[str, Any] = {"patient": patient, "person": person, "code": ""}
    if request.method == "POST":
        context["code"] = identity.reset_pin(person, patient=patient, by=viewer, now=request.now)
    return render(request, "people/let_back_in.html", context)


@access.page("staff", fresh=True)
@require_http_methods(["GET", "POST"])
def put_address_back(request: HttpRequest, viewer: Viewer, patient_id: UUID, user_id: UUID) -> HttpResponse:
    """Undo a change of the address a patient or caretaker signs in with, which they say they did not make."""
    patient = _patient(request, viewer, patient_id)
    person = get_object_or_404(plans.people_of(patient), pk=user_id)
    return put_back(request, viewer, person, patient=patient, back=reverse("chart", args=[patient.id]))


def _patient(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> Patient:
    """Return a patient of the clinic's, and write down that staff looked."""
    patient = get_object_or_404(Patient.objects.visible_to(viewer).select_related("user"), pk=patient_id)
    audit.read("chart.read", by=viewer, subject=patient, now=request.now)
    return patient


def _of(request: HttpRequest, viewer: Viewer) -> dict[str, Any]:
    today: date = request.now.astimezone(ZoneInfo(viewer.clinic.zone)).date()
    return {"country": viewer.clinic.country, "today": today}


def _chart(request: HttpRequest, viewer: Viewer, patient: Patient, problem: object = None) -> HttpResponse:
    stands = safety.latest(viewer, patient)
    number = safety.number(patient, stands)
    context = {
        "patient": patient,
        "phone": shown_phone(number, viewer.clinic.country) if number else "",
        "contact": stands,
        "barred": stands.barred if stands else [],
        "members": plans.members(patient),
        "moved": address.undoable(plans.people_of(patient).values("pk"), now=request.now),
        "former": plans.former(patient, request.now),
        "invitations": plans.invitations_of(patient, request.now),
        "relations": dict(RELATIONS),
        "helps": plans.HELPS,
        "may_approve": lambda invitation: invitations.may_approve(invitation, viewer),
        "errors": [(None, problem)] if problem else [],
        "now": request.now,
    }
    return render(request, "people/chart.html", context, status=422 if problem else 200)
