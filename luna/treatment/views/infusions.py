"""One infusion: what happened on its day; move it; cancel it. Why infusions did not happen, by month."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from luna.audit import actions as audit
from luna.clinical.ride import Driver
from luna.notices import reach
from luna.people import access, safety
from luna.people.access import Viewer
from luna.people.errors import Refused, Stale
from luna.people.models import CircleMember
from luna.treatment import (
    actions,
    calls,
    comforts,
    covers,
    forms,
    intentions,
    plans,
    rides,
    turns,
    ways,
)
from luna.treatment import not_given as report
from luna.treatment.models import Infusion, Moment

HAPPENED = {
    Moment.What.ARRIVED: gettext_lazy("Arrived"),
    Moment.What.STARTED: gettext_lazy("Infusion started"),
    Moment.What.ENDED: gettext_lazy("Infusion ended"),
    Moment.What.LEFT: gettext_lazy("Left the clinic"),
    Moment.What.HOME: gettext_lazy("Home"),
}
WHYS = {str(why): words for why, words in (*forms.WHYS, *forms.CANCEL_WHYS)}


@access.page("staff", roles=plans.BOOKERS)
@require_http_methods(["GET", "POST"])
def infusion(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Show what happened on an infusion day; say what happened, correct it or take it back."""
    visit = _visit(viewer, infusion_id, request.now)
    form = forms.Happened(request.POST or None, zone=viewer.clinic.zone, now=request.now)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            _say(request, viewer, visit, form)
        except Refused as refusal:
            refused = refusal
        else:
            return redirect("series", series_id=visit.series_id)
    happened = plans.standing_moments(visit)
    members = list(covers.circle().filter(patient=visit.patient_id))
    turn, way = turns.turn(visit, members), ways.way(visit, members)
    found = {
        "infusion": visit,
        "form": form,
        "refused": refused,
        "happened": [(what, words, happened.get(what)) for what, words in HAPPENED.items()],
        "following": plans.following(happened),
        "latest": plans.latest(happened),
        "turn": turn,
        "is_barred": covers.is_barred(turn.on),
        "wishes": comforts.lines(comforts.of(viewer, visit)),
        "intention": intentions.shown(viewer, visit, request.now),
        "way": way,
        "barred_drivers": [one.ask for one in way.ride.asked if rides.is_barred(visit, one, members)],
        "phones": {one.ask: _phone(viewer, visit, one, members) for one in way.ride.asked},
        "stopped": _stopped(visit, way.ride.asked),
        "unreached": ways.unreached([way]),
        "is_briefed": turn.on is not None and visit.series.briefings.filter(adult=turn.on.user_id).exists(),
        "whys": WHYS,
        **calls.of_change(viewer, request.now, Q(id=visit.id)),
        "revisions": visit.revisions.select_related("by", "chair").order_by("-revision"),
        "client_id": forms.form_id(request),
        "now": request.now,
    }
    return render(request, "treatment/infusion.html", found, status=422 if refused or form.errors else 200)


@access.page("staff", roles=plans.BOOKERS)
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Give an infusion another time or chair. What was typed stays beside what stands now."""
    visit = _visit(viewer, infusion_id, request.now)
    local = visit.starts_at.astimezone(ZoneInfo(viewer.clinic.zone))
    form = forms.Move(
        request.POST or None,
        zone=viewer.clinic.zone,
        chairs=forms.chairs(viewer),
        initial={"on": local.date(), "at": f"{local:%H:%M}", "chair": str(visit.chair_id or "")},
    )

    def act(**asked: Any) -> Infusion:
        return actions.move(start=form.start, **asked)

    return _change(request, viewer, visit, form, act=act, template="treatment/move.html")


@access.page("staff", roles=plans.BOOKERS)
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Cancel an infusion, after saying what that does; on its day and after it, say why it did not happen."""
    visit = _visit(viewer, infusion_id, request.now)
    form = forms.Cancel(request.POST or None, is_day=plans.is_day(visit, request.now))

    def act(**asked: Any) -> Infusion:
        return actions.cancel(words=form.cleaned_data["words"], **asked)

    is_told = visit.ends_at > request.now
    return _change(request, viewer, visit, form, act=act, template="treatment/cancel.html", is_told=is_told)


def _change(
    request: HttpRequest,
    viewer: Viewer,
    visit: Infusion,
    form: forms.Changing,
    *,
    act: Callable[..., Infusion],
    template: str,
    is_told: bool = True,
) -> HttpResponse:
    """Show a form that changes a booking, or carry it out. A refusal keeps what was typed.

    is_told: somebody hears of the change.
    """
    stale = None
    if request.method == "POST" and form.is_valid():
        try:
            act(
                infusion_id=visit.id,
                why=form.cleaned_data["why"],
                expected_revision=forms.number(request, "revision"),
                viewer=viewer,
                client_id=forms.form_id(request),
                now=request.now,
            )
        except Stale as refusal:
            stale = refusal
            visit.refresh_from_db()
        except Refused as refusal:
            form.refuse(refusal.field, str(refusal))
        else:
            messages.success(request, calls.after_change(viewer, request.now, Q(id=visit.id)))
            return redirect("series", series_id=visit.series_id)
    members = list(covers.circle().filter(patient=visit.patient_id))
    found = {
        "infusion": visit,
        "form": form,
        "stale": stale,
        "hearers": calls.hearing(visit, members, request.now) if is_told else None,
        "client_id": forms.form_id(request),
        "now": request.now,
    }
    return render(request, template, found, status=422 if stale or form.errors else 200)


def _visit(viewer: Viewer, infusion_id: UUID, now: datetime) -> Infusion:
    rows = Infusion.objects.visible_to(viewer).select_related(
        "patient", "chair", "series__clinic", "series__protocol", "clinic"
    )
    told = ("moments", covers.DUTIES, rides.RIDES)
    visit = get_object_or_404(plans.booked(rows).prefetch_related(*told), id=infusion_id)
    access.enter(viewer, visit.patient_id, now)
    audit.read("chart.read", by=viewer, subject=visit, now=now)
    return visit


def _phone(viewer: Viewer, visit: Infusion, driver: Driver, members: Iterable[CircleMember]) -> str:
    """Return the number on which staff reach whoever drives: who of the circle gave theirs for it."""
    member = next((one for one in members if driver.who == one.user_id.hex and rides.may(one)), None)
    return safety.number_of_member(viewer, member) if member else rides.asking(visit, driver).phone


def _stopped(visit: Infusion, drivers: Iterable[Driver]) -> list[str]:
    """Return the askings of those by link whose number answered STOP."""
    phones = {one.ask: rides.asking(visit, one).phone for one in drivers if one.who is None}
    found = reach.stopped_among({phone for phone in phones.values() if phone})
    return [ask for ask, phone in phones.items() if phone in found]


def _say(request: HttpRequest, viewer: Viewer, visit: Infusion, form: forms.Happened) -> None:
    what, at = form.cleaned_data["what"], form.cleaned_data["at"]
    asked = {
        "infusion_id": visit.id,
        "what": what,
        "viewer": viewer,
        "client_id": forms.form_id(request),
        "now": request.now,
    }
    if request.POST.get("do") == "take-back":
        actions.take_back_moment(**asked)
        messages.success(request, _("Taken back."))
    else:
        actions.record_moment(at=at, **asked)
        messages.success(request, _("Noted: %(what)s.") % {"what": HAPPENED[Moment.What(what)]})


@access.page("staff")
@require_GET
def not_given(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show why infusions did not happen, month by month. It names nobody."""
    months = [
        (date_format(one.on, "F Y"), one, _in_words(one.whys), _in_words(one.moved))
        for one in report.by_month(viewer, request.now)
    ]
    return render(request, "treatment/not_given.html", {"months": months})


def _in_words(whys: Counter[str]) -> list[tuple[str, int]]:
    """Return reasons with how often each was given, the most frequent first."""
    return [(str(WHYS[why]), n) for why, n in whys.most_common()]
