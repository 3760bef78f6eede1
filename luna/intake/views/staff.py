"""For staff: what is new to read, and what is known from before a first visit."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from luna.audit import actions as audit
from luna.intake import forms, plans
from luna.intake.actions import enquiry as enquiries
from luna.intake.models import Enquiry, News
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused, Stale
from luna.people.models import Patient


@access.page("staff")
@require_GET
def news(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List what nobody has read or answered yet, the oldest promise first."""
    waiting = plans.waiting(viewer)
    audit.read_all("list.news", by=viewer, subjects=[one.seen for one in waiting], now=request.now)
    found = {"waiting": waiting, "of_circle": News.OF_CIRCLE, "now": request.now}
    return render(request, "intake/news.html", found)


@access.page("staff")
@require_http_methods(["GET", "POST"])
def enquiry(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Show and change what is known of a patient from before the first visit."""
    patient = get_object_or_404(Patient.objects.visible_to(viewer).select_related("clinic"), id=patient_id)
    audit.read("chart.read", by=viewer, subject=patient, now=request.now)
    standing = plans.enquiry_of(viewer, patient)
    form = _form(request, viewer, patient, standing)
    if form.is_valid():
        try:
            enquiries.save(
                viewer=viewer,
                patient=patient,
                values={name: form.cleaned_data[name] for name in form.COLUMNS},
                version=form.cleaned_data["version"],
                client_id=form.cleaned_data["client_id"],
                now=request.now,
            )
        except Stale as stale:
            form.show_both(_stands(standing), _version(viewer, patient), stale.message)
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("enquiry", patient.id)
    found = {"form": form, "patient": patient, "standing": standing, "now": request.now}
    return render(request, "intake/enquiry.html", found, status=422 if form.errors else 200)


def _form(
    request: HttpRequest, viewer: Viewer, patient: Patient, standing: Enquiry | None
) -> forms.EnquiryForm:
    initial = _stands(standing) | {
        "version": _version(viewer, patient),
        "client_id": forms.form_id(request),
    }
    today = plans.today_of(viewer, request.now)
    return forms.EnquiryForm(
        request.POST or None, initial=initial, country=viewer.clinic.country, today=today
    )


def _stands(standing: Enquiry | None) -> dict[str, object]:
    row = standing or Enquiry()
    return {name: getattr(row, name) for name in forms.EnquiryForm.COLUMNS}


def _version(viewer: Viewer, patient: Patient) -> int:
    return Enquiry.objects.visible_to(viewer).filter(patient=patient).count()
