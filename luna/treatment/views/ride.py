"""Who takes the patient home: the circle's own page, and what staff write down and name."""

from typing import Any
from uuid import UUID, uuid5

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from luna.audit import actions as audit
from luna.clinical.ride import Said
from luna.notices import reach
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.treatment import actions, forms, plans, ways
from luna.treatment.models import Infusion

# What is answered to a person who said something.
THANKS = {
    Said.ASKED: _("Thank you. You are set to drive, and everybody concerned is being told."),
    Said.CONFIRMED: _("Thank you. It is set, and everybody concerned is being told."),
    Said.DECLINED: _("Thank you for saying so. The clinic can see it now, and others are being asked."),
    Said.STEPS_IN: _("Thank you for stepping in. Everybody concerned is being told."),
    Said.TAKEN_BACK: _("Taken back. They are being told."),
}
ASKED = _("Asked. It is set once they say yes.")
# The same of somebody named by link: by the way that they are written to first.
ASKED_BY = {
    "email": _("They get an e-mail with a link. It is set once they say yes."),
    "sms": _("They get a text message with a link. It is set once they say yes."),
}
TO_CALL = _("Noted. No message reaches them: call them, or show them the link.")
NOTED = _("Noted. The people concerned are being told.")


@access.page("patient", "caretaker")
@require_GET
def rides(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show who drives home from each infusion ahead, and the gaps."""
    audit.read("plan.read", by=viewer, subject=viewer.patient, patient_id=viewer.patient_id, now=request.now)
    return _page(request, viewer)


@access.page("patient", "caretaker")
@require_POST
def say(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Say yes or no, "I drive", step in as the reserve, or take an asking back: one tap each."""
    try:
        said = _say(request, viewer, infusion_id)
    except Refused as refused:
        return _page(request, viewer, refused)
    messages.success(request, THANKS[said])
    return redirect("ride")


@access.page("caretaker")
@require_POST
def say_all(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Say "I drive" of each infusion ahead that nobody is asked about: each is a word of its own."""
    form_id = forms.form_id(request)
    me = actions.WantedRide(who_id=viewer.user_id)
    try:
        for way in ways.for_viewer(viewer, request.now):
            if way.is_free_for(viewer):
                actions.ask_ride(
                    infusion_id=way.infusion.id,
                    wanted=me,
                    viewer=viewer,
                    client_id=uuid5(form_id, way.infusion.id.hex),
                    now=request.now,
                )
    except Refused as refused:
        return _page(request, viewer, refused)
    messages.success(request, THANKS[Said.ASKED])
    return redirect("ride")


@access.page("patient", "caretaker")
@require_http_methods(["GET", "POST"])
def name_driver(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Name who drives, or who is in reserve: a member of the circle, or somebody by link."""
    return _name(request, viewer, infusion_id, "treatment/ride_name.html", onward=redirect("ride"))


@access.page("staff", roles=plans.BOOKERS)
@require_POST
@never_cache
def note(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Write down what a driver said, that no ride is needed, or show a driver's link, once."""
    _enter(request, viewer, infusion_id)
    try:
        if request.POST.get("do") == "link":
            return _show_link(request, viewer, infusion_id)
        if request.POST.get("do") == Said.NOT_NEEDED:
            form_id = forms.form_id(request)
            actions.ride_not_needed(
                infusion_id=infusion_id, viewer=viewer, client_id=form_id, now=request.now
            )
        else:
            _say(request, viewer, infusion_id)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, NOTED)
    return redirect("infusion", infusion_id=infusion_id)


@access.page("staff", roles=plans.BOOKERS)
@require_http_methods(["GET", "POST"])
def note_driver(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Name who drives, or who is in reserve, for a patient."""
    infusion = _enter(request, viewer, infusion_id)
    audit.read("chart.read", by=viewer, subject=infusion, now=request.now)
    onward = redirect("infusion", infusion_id=infusion_id)
    return _name(request, viewer, infusion_id, "treatment/ride_name_staff.html", onward=onward)


def _enter(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> Infusion:
    infusion = get_object_or_404(Infusion.objects.visible_to(viewer), id=infusion_id)
    access.enter(viewer, infusion.patient_id, request.now)
    return infusion


def _say(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> Said:
    asked: dict[str, Any] = {
        "infusion_id": infusion_id,
        "viewer": viewer,
        "client_id": forms.form_id(request),
        "now": request.now,
    }
    try:
        said = Said(request.POST.get("do", ""))
        if said is Said.ASKED and viewer.capacity_kind == "caretaker":
            actions.ask_ride(wanted=actions.WantedRide(who_id=viewer.user_id), **asked)
        elif said in {Said.ASKED, Said.NOT_NEEDED}:
            raise Http404
        else:
            actions.answer_ride(said=said, ask_id=UUID(request.POST.get("ask", "")), **asked)
    except ValueError:
        raise Http404 from None
    return said


def _name(
    request: HttpRequest, viewer: Viewer, infusion_id: UUID, template: str, *, onward: HttpResponse
) -> HttpResponse:
    """Show the form that names a driver, or carry it out. A refusal keeps what was typed."""
    way = ways.of_infusion(viewer, infusion_id)
    if way is None:
        raise Http404
    is_reserve = request.GET.get("reserve") == "1"
    form = forms.Driver(request.POST or None, people=way.to_ask(), clinic=viewer.clinic, by=viewer)
    if form.is_valid():
        try:
            actions.ask_ride(
                infusion_id=infusion_id,
                wanted=form.wanted(reserve=is_reserve),
                viewer=viewer,
                client_id=forms.form_id(request),
                now=request.now,
            )
        except Refused as refusal:
            form.refuse(refusal.field, str(refusal))
        else:
            messages.success(request, _asked(form.wanted(reserve=is_reserve), viewer))
            return onward
    found = {
        "form": form,
        "way": way,
        "infusion": way.infusion,
        "is_reserve": is_reserve,
        "client_id": forms.form_id(request),
        "now": request.now,
    }
    return render(request, template, found, status=422 if form.errors else 200)


def _asked(wanted: actions.WantedRide, viewer: Viewer) -> Promise:
    """Return what is said to whoever named somebody: how they hear of it, if any message reaches them."""
    if wanted.who_id is not None:
        return THANKS[Said.CONFIRMED] if wanted.who_id == viewer.user_id else ASKED
    found = reach.addresses(wanted.email, wanted.phone)
    return ASKED_BY[next(iter(found))] if found else TO_CALL


def _show_link(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    try:
        ask_id = UUID(request.POST.get("ask", ""))
    except ValueError:
        raise Http404 from None
    address = actions.ride_link(infusion_id=infusion_id, ask_id=ask_id, viewer=viewer, now=request.now)
    way = ways.of_infusion(viewer, infusion_id)
    found = {"address": address, "infusion": way.infusion, "driver": way.ride.of(ask_id.hex)}
    return render(request, "treatment/ride_link.html", found)


def _page(request: HttpRequest, viewer: Viewer, refused: Refused | None = None) -> HttpResponse:
    ahead = ways.for_viewer(viewer, request.now)
    found = {
        "ways": ahead,
        "unreached": ways.unreached(ahead),
        "free": sum(way.is_free_for(viewer) for way in ahead),
        "errors": [(None, refused.message)] if refused else [],
        "now": request.now,
    }
    return render(request, "treatment/ride.html", found, status=422 if refused else 200)
