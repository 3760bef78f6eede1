"""The lists with things to tick: the patient packs a bag, the caretaker on duty makes the home ready."""

from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from luna.audit import actions as audit
from luna.careplan import actions, plans
from luna.careplan.models import ThingWord
from luna.clinical.things import LONGEST, Said
from luna.escalation import writing
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.treatment import forms

SAID = {said.value: said for said in Said}


@access.page("patient")
@require_http_methods(["GET", "POST"])
def bag(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show what the patient packs for the next infusion; tick, add and take off, each saved at once."""
    return _page(request, viewer, ThingWord.Which.BAG, "bag")


@access.page("caretaker")
@require_http_methods(["GET", "POST"])
def home(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show what is made ready at home; whoever is on duty ticks, adds and takes off, in their own name."""
    return _page(request, viewer, ThingWord.Which.HOME, "home-list")


def _page(request: HttpRequest, viewer: Viewer, which: str, name: str) -> HttpResponse:
    audit.read("plan.read", by=viewer, subject=viewer.patient, patient_id=viewer.patient_id, now=request.now)
    refused = None
    client_id = forms.form_id(request)
    if request.method == "POST":
        try:
            actions.say_thing(
                viewer=viewer, which=which, wanted=_wanted(request), client_id=client_id, now=request.now
            )
        except Refused as refusal:
            refused = refusal
        else:
            if (step := writing.called(viewer, client_id)) is not None:
                return redirect(writing.told_url(step, reverse(name)))
            return redirect(name)
    things = plans.things(viewer, which, request.now)
    if things is None:
        messages.info(request, _("No infusion is ahead. When one is booked, the list is here."))
        return redirect("plan")
    found = {
        "things": things,
        "name": name,
        "on": things.infusion.starts_at.astimezone(ZoneInfo(viewer.clinic.zone)).date(),
        "text": request.POST.get("text", "")[: LONGEST * 4] if refused else "",
        "around": writing.around(
            viewer, request.now, called=writing.called(viewer, client_id) if refused else None
        ),
        "refused": refused,
        "client_id": client_id,
        "now": request.now,
    }
    return render(request, "careplan/things.html", found, status=422 if refused else 200)


def _wanted(request: HttpRequest) -> actions.WantedThing:
    said = SAID.get(request.POST.get("said", ""))
    try:
        infusion_id = UUID(request.POST.get("infusion", ""))
    except ValueError:
        raise Http404 from None
    if said is None:
        raise Http404
    return actions.WantedThing(
        said=said,
        infusion_id=infusion_id,
        thing=request.POST.get("thing", "")[:40],
        text=request.POST.get("text", "")[: LONGEST * 4],
    )
