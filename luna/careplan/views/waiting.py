"""The waiting list: ask for an earlier time, answer an offer; for staff, who waits and what is free."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from luna.audit import actions as audit
from luna.careplan import actions, forms, plans
from luna.careplan.models import Waiting
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.treatment import covers, rides
from luna.treatment import forms as typed
from luna.treatment import plans as treatment
from luna.treatment.models import Infusion

TAKEN = "take"
SAID_NO = "no"
BACK = "back"  # staff take an offer back


@access.page("patient")
@require_http_methods(["GET", "POST"])
def sooner(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show a patient what they are offered and for which infusions they wait; take an offer, or say no."""
    audit.read("plan.read", by=viewer, subject=viewer.patient, now=request.now)
    refused = None
    if request.method == "POST":
        try:
            return _answer(request, viewer)
        except Refused as refusal:
            refused = refusal
    offers = plans.offers_of(viewer, request.now)
    ahead = treatment.coming(viewer, request.now)
    waiting = plans.waiting_of(ahead)
    found = {
        "offers": [one for one in offers if one[1] is plans.State.OPEN],
        "past": [one for one in offers if one[1] is not plans.State.OPEN],
        "coming": [(one, one.id in waiting) for one in ahead],
        "errors": [(None, refused.message)] if refused else [],
        "now": request.now,
    }
    return render(request, "careplan/sooner.html", found, status=422 if refused else 200)


@access.page("patient", "staff", roles=treatment.BOOKERS)
@require_http_methods(["GET", "POST"])
def wish(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Ask for an earlier time than an infusion has: when they can come, and who helps; or leave the list."""
    rows = Infusion.objects.visible_to(viewer).select_related("patient", "series", "clinic")
    infusion = get_object_or_404(rows, id=infusion_id)
    access.enter(viewer, infusion.patient_id, request.now)
    verb = "chart.read" if viewer.is_staff else "plan.read"
    audit.read(verb, by=viewer, subject=infusion.patient, now=request.now)
    onward = redirect("waiting-list") if viewer.is_staff else redirect("sooner")
    asked = {
        "infusion_id": infusion.id,
        "viewer": viewer,
        "client_id": typed.form_id(request),
        "now": request.now,
    }
    if request.method == "POST" and request.POST.get("do") == "leave":
        actions.stop_waiting(**asked)
        messages.success(request, _("Off the list. The time stays as it is."))
        return onward
    before = plans.waiting_of([infusion]).get(infusion.id)
    form = _form(request, infusion, before)
    if request.method == "POST" and form.is_valid():
        try:
            actions.wait(wish=form.wish, **asked)
        except Refused as refusal:
            form.refuse(refusal.field, str(refusal))
        else:
            messages.success(request, _("On the list. If a chair is freed, we may offer it."))
            return onward
    found = {
        "infusion": infusion,
        "form": form,
        "is_on": before is not None,
        "client_id": typed.form_id(request),
        "now": request.now,
    }
    template = "careplan/sooner_staff.html" if viewer.is_staff else "careplan/sooner_wish.html"
    return render(request, template, found, status=422 if form.errors else 200)


@access.page("staff", roles=treatment.BOOKERS)
@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show which chairs were freed, and who can be offered each; offer to one or several, or take it back."""
    refused, slot = None, ""
    if request.method == "POST":
        slot = request.POST.get("slot", "")
        try:
            said_back = request.POST.get("do") == BACK
            return _take_back(request, viewer) if said_back else _offer(request, viewer)
        except Refused as refusal:
            refused = refusal
    free, of = plans.free_chairs(viewer, request.now)
    audit.read_all("list.waiting", by=viewer, subjects=[one.patient for one in of.waits], now=request.now)
    found = {
        "free": free,
        "waits": of.waits,
        "refused": refused,
        "refused_slot": slot if refused else "",
        "ticked": set(request.POST.getlist("infusion")),
        "hours": forms.OFFER_HOURS,
        "chosen": request.POST.get("hours", "2"),
        "client_id": typed.form_id(request),
        "now": request.now,
    }
    return render(request, "careplan/waiting_list.html", found, status=422 if refused else 200)


def _form(request: HttpRequest, infusion: Infusion, before: Waiting | None) -> forms.Sooner:
    members = list(covers.circle().filter(patient=infusion.patient_id))
    return forms.Sooner(
        request.POST or None, drivers=rides.able(members), adults=covers.able(members), before=before
    )


def _answer(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    said = request.POST.get("do", "")
    if said not in (TAKEN, SAID_NO):
        raise Http404
    actions.answer_offer(
        offer_id=_id(request.POST.get("offer", "")),
        takes=said == TAKEN,
        viewer=viewer,
        client_id=typed.form_id(request),
        now=request.now,
    )
    if said == TAKEN:
        messages.success(request, _("It is yours. Your steps have moved with it. Please look at them again."))
        return redirect("plan")
    messages.success(request, _("Thank you for saying so. Your time stays as it is."))
    return redirect("sooner")


def _offer(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    starts_at, chair_id = _slot(request.POST.get("slot", ""))
    hours = request.POST.get("hours", "")
    if hours not in dict(forms.OFFER_HOURS):
        raise Http404
    actions.offer_chair(
        starts_at=starts_at,
        chair_id=chair_id,
        infusion_ids=[_id(one) for one in request.POST.getlist("infusion")],
        until=(request.now + timedelta(hours=int(hours))).replace(second=0, microsecond=0),
        viewer=viewer,
        client_id=typed.form_id(request),
        now=request.now,
    )
    messages.success(request, _("Offered. Whoever says yes first has it."))
    return redirect("waiting-list")


def _take_back(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    actions.withdraw_offer(
        offer_id=_id(request.POST.get("offer", "")),
        viewer=viewer,
        client_id=typed.form_id(request),
        now=request.now,
    )
    messages.success(request, _("Taken back. Nobody can say yes to it any more."))
    return redirect("waiting-list")


def _slot(key: str) -> tuple[datetime, UUID]:
    """Return the time and chair a form names."""
    try:
        at, _sep, chair = key.partition(".")
        return datetime.strptime(at, "%Y%m%dT%H%M%S").replace(tzinfo=UTC), UUID(chair)
    except ValueError:
        raise Http404 from None


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
