"""The list of medicines: as patients tell it, and as nurses and prescribers write down what they are told."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from luna.audit import actions as audit
from luna.escalation import writing
from luna.intake import forms, plans
from luna.intake.actions import medicines
from luna.intake.models import Medicine
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.people.models import Patient

SEARCHED = 60  # letters of a name that are looked for
NO_NAME = gettext_lazy("Type its name, or the first letters of it.")


@dataclass(frozen=True, slots=True)
class List:
    """Whose list it is, and the addresses around it: to add a medicine, and to go back to."""

    patient: Patient
    add: str
    back: str


@access.page("patient")
@require_http_methods(["GET", "POST"])
def told(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the medicines; say that the list is whole, or that nothing is taken."""
    refused = None
    if request.method == "POST":
        try:
            medicines.review(
                viewer=viewer,
                patient=viewer.patient,
                takes_none=request.POST.get("do") == "none",
                client_id=forms.form_id(request),
                now=request.now,
            )
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("Noted. Thank you."))
            return redirect("intake")
    found = {"medicines": plans.medicines_of(viewer, viewer.patient), "refused": refused, "now": request.now}
    return render(request, "intake/medicines.html", found, status=422 if refused else 200)


@access.page("patient")
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Find a medicine by any of its names, or take what was typed; then how much, when, since when."""
    return _add(request, viewer, _own(viewer))


@access.page("staff", roles=medicines.WRITERS)
@require_http_methods(["GET", "POST"])
def add_for(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Write down a medicine that a patient says they take, in the name of who was told."""
    return _add(request, viewer, _of_chart(request, viewer, patient_id))


@access.page("patient")
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, viewer: Viewer, medicine_id: UUID) -> HttpResponse:
    """Change what was said of a medicine, or say that it is not taken any more."""
    return _one(request, viewer, _own(viewer), medicine_id)


@access.page("staff", roles=medicines.WRITERS)
@require_http_methods(["GET", "POST"])
def one_for(request: HttpRequest, viewer: Viewer, patient_id: UUID, medicine_id: UUID) -> HttpResponse:
    """Write down what a patient says of a medicine by now, or that they do not take it any more."""
    return _one(request, viewer, _of_chart(request, viewer, patient_id), medicine_id)


def _own(viewer: Viewer) -> List:
    return List(viewer.patient, add=reverse("medicine-add"), back=reverse("medicine-list"))


def _of_chart(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> List:
    patient = get_object_or_404(Patient.objects.visible_to(viewer).select_related("clinic"), id=patient_id)
    audit.read("chart.read", by=viewer, subject=patient, now=request.now)
    return List(
        patient,
        add=reverse("chart-medicine-add", args=[patient.id]),
        back=reverse("consultation", args=[patient.id]),
    )


def _add(request: HttpRequest, viewer: Viewer, listed: List) -> HttpResponse:
    # A name is typed here: asked for by POST, it stays out of addresses, histories and logs.
    do = request.POST.get("do", "")
    if do == "search":
        wanted = request.POST.get("q", "").strip()[:SEARCHED]
        return _search(request, viewer, listed, wanted, refused="" if wanted else NO_NAME)
    if do == "choose":
        return _form(request, viewer, listed, said=forms.said(request), action=listed.add)
    if do != "keep":
        return _search(request, viewer, listed, "")
    said, client_id = forms.said(request), forms.form_id(request)
    try:
        row = medicines.tell(
            viewer=viewer, patient=listed.patient, said=said, client_id=client_id, now=request.now
        )
    except Refused as refused:
        return _form(request, viewer, listed, said=said, action=listed.add, refused=refused)
    words = _("%(name)s is on the list.") if viewer.is_staff else _("%(name)s is on your list.")
    return _onward(request, viewer, listed, client_id, words % {"name": row.name})


def _one(request: HttpRequest, viewer: Viewer, listed: List, medicine_id: UUID) -> HttpResponse:
    rows = Medicine.objects.visible_to(viewer).filter(patient=listed.patient)
    row = get_object_or_404(rows, id=medicine_id)
    said = forms.said(request) if request.POST.get("do") == "keep" else _said_of(row)
    if request.method == "POST":
        client_id = forms.form_id(request)
        try:
            _change(request, viewer, row, client_id)
        except Refused as refused:
            return _form(request, viewer, listed, said=said, action=request.path, row=row, refused=refused)
        words = _("Changed.") if viewer.is_staff else _("Changed. Thank you for telling us.")
        return _onward(request, viewer, listed, client_id, words)
    return _form(request, viewer, listed, said=said, action=request.path, row=row)


def _search(
    request: HttpRequest, viewer: Viewer, listed: List, wanted: str, refused: str = ""
) -> HttpResponse:
    found = _around(request, viewer, listed) | {
        "wanted": wanted,
        "matches": plans.search(wanted),
        "refused": refused,
    }
    return render(request, "intake/medicine_search.html", found, status=422 if refused else 200)


def _form(
    request: HttpRequest,
    viewer: Viewer,
    listed: List,
    *,
    said: medicines.Said,
    action: str,
    row: Medicine | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    client_id = forms.form_id(request)
    found = _around(request, viewer, listed, client_id if refused else None) | {
        "said": said,
        "action": action,
        "row": row,
        "refused": refused,
        "client_id": client_id if refused else None,
        "stopped_on": request.POST.get("stopped_on", "")[:20],
    }
    return render(request, "intake/medicine.html", found, status=422 if refused else 200)


def _around(
    request: HttpRequest, viewer: Viewer, listed: List, client_id: UUID | None = None
) -> dict[str, Any]:
    """Return what both pages show around their form. client_id: of words that were refused."""
    called = writing.called(viewer, client_id) if client_id is not None else None
    return {
        "layout": "staff.html" if viewer.is_staff else "people.html",
        "list": listed,
        "patient": listed.patient,
        "now": request.now,
        "around": None if viewer.is_staff else writing.around(viewer, request.now, called=called),
    }


def _said_of(row: Medicine) -> medicines.Said:
    return medicines.Said(row.name, row.dose_text, row.when_text, row.since_text)


def _change(request: HttpRequest, viewer: Viewer, row: Medicine, client_id: UUID) -> None:
    about = {
        "viewer": viewer,
        "patient": row.patient,
        "medicine_id": row.id,
        "client_id": client_id,
        "now": request.now,
    }
    match request.POST.get("do", ""):
        case "stop":
            medicines.stop(stopped_on=_day(request.POST.get("stopped_on", "")), **about)
        case "mistake":
            medicines.mistake(**about)
        case "keep":
            medicines.change(said=forms.said(request), **about)
        case _:
            raise Http404


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(medicines.NO_DAY, "stopped_on") from None


def _onward(request: HttpRequest, viewer: Viewer, listed: List, client_id: UUID, done: str) -> HttpResponse:
    """Go on after a form: to whom to call where its words brought a human, else back to the list."""
    if (step := writing.called(viewer, client_id)) is not None:
        return redirect(writing.told_url(step, listed.back))
    messages.success(request, done)
    return redirect(listed.back)
