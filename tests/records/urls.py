"""Luna's addresses, and two of a slice that asks a questionnaire: a patient's or caretaker's, and staff's."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from luna.people import access
from luna.people.access import Viewer
from luna.people.models import Patient
from luna.records import drafts, pages
from luna.urls import urlpatterns as luna
from tests.records.examples import opened


@access.page("patient", "caretaker")
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    return _ask(request, viewer, viewer.patient)


@access.page("staff")
@require_http_methods(["GET", "POST"])
def of_patient(request: HttpRequest, viewer: Viewer, patient_id) -> HttpResponse:
    return _ask(request, viewer, get_object_or_404(Patient.objects.visible_to(viewer), id=patient_id))


def _ask(request: HttpRequest, viewer: Viewer, patient: Patient) -> HttpResponse:
    def send(asking):
        drafts.submit(viewer=viewer, asking=asking, now=request.now, **pages.version_of(request))
        return redirect("me")

    def answered(asking, item):
        return redirect("worried") if asking.answers[item.id] == "10" else None

    asking = opened(viewer, patient, request.now)
    return pages.ask(request, viewer, asking, send=send, answered=answered, leave=reverse("start"))


urlpatterns = [
    *luna,
    path("ask", own, name="ask"),
    path("clinic/ask/<uuid:patient_id>", of_patient, name="ask-of"),
]
