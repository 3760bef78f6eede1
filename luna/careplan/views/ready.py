"""Who is ready today and tomorrow; one infusion: what is asked at arrival, its start, chases, overrides."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from luna.audit import actions as audit
from luna.careplan import actions, forms, plans
from luna.clinical.readiness import as_read
from luna.intake import actions as intake
from luna.library import times
from luna.notices.models import Notice
from luna.notices.plans import Word
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.people.models import Clinician
from luna.treatment import comforts, intentions, ordering
from luna.treatment import forms as typed
from luna.treatment import plans as treatment
from luna.treatment.models import Order

TOP = 3  # cards above the table; the rest is in it
MOST = 60  # rows of each part of a day; the rest is a tap away


@access.page("staff")
@require_GET
def board(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show who is ready today and tomorrow: done is folded away, what is missing is loud."""
    most = None if "all" in request.GET else MOST
    days = plans.board(viewer, request.now, most=most)
    shown = [one for day in days for part in day.parts for one in part.shown]
    _today, _tomorrow, later = plans.days_of(viewer, request.now)
    fallen = plans.fallen(viewer, later)
    named = [one.patient for one in shown] + [one.row.patient for one in fallen[:most]]
    audit.read_all("list.readiness", by=viewer, subjects=named, now=request.now)
    chases = plans.chases(shown)
    page = {
        "days": list(zip((_("Today"), _("Tomorrow")), days, strict=True)),
        "top": TOP,
        "fallen": fallen[:most],
        "fallen_count": len(fallen),
        "columns": [str(title) for title in plans.COLUMNS.values()],
        "chases": chases,
        "came": plans.came(viewer, chases.values(), request.now),
        "chase_of": plans.chase_of,
        "reminded": plans.reminded,
        "by_phone": plans.by_phone(viewer, shown, request.now),
        "may_chase": viewer.has_role(*treatment.BOOKERS),
        "now": request.now,
    }
    return render(request, "careplan/readiness.html", page)


@access.page("staff", roles=treatment.BOOKERS)
@require_http_methods(["GET", "POST"])
def ready(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Show one infusion's readiness with every reason; ask and measure at arrival, start it, or chase."""
    _enter(viewer, infusion_id, request.now)
    if request.method == "GET":
        return _page(request, viewer, infusion_id)
    match request.POST.get("do", ""):
        case "arrival":
            return _arrival(request, viewer, infusion_id)
        case "pressure":
            return _pressure(request, viewer, infusion_id)
        case "start":
            return _start(request, viewer, infusion_id)
        case "chase":
            return _chase(request, viewer, infusion_id)
    raise Http404


@access.page("staff", roles=treatment.STARTERS, fresh=True)
@require_http_methods(["GET", "POST"])
def override(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Sign that an infusion goes ahead in spite of some reasons, or write down that a prescriber said so."""
    shown = _enter(viewer, infusion_id, request.now)
    form = _override_form(request, viewer, shown)
    if request.method == "POST" and form.is_valid():
        try:
            order = actions.override(
                infusion_id=infusion_id,
                keys=form.cleaned_data["keys"],
                words=form.cleaned_data["words"],
                prescriber_id=form.prescriber_id,
                read_back=form.cleaned_data.get("read_back", False),
                **_asked(request, viewer),
            )
        except Refused as refusal:
            form.refuse(refusal.field, str(refusal))
        else:
            spoken = _("Written down. %(name)s is to countersign it within a day.")
            messages.success(
                request, spoken % {"name": order.prescriber.name} if order.spoken else _("Signed.")
            )
            return redirect("ready", infusion_id=infusion_id)
    found = {"said": shown, "form": form, "client_id": typed.form_id(request), "now": request.now}
    return render(request, "careplan/override.html", found, status=422 if form.errors else 200)


def _enter(viewer: Viewer, infusion_id: UUID, now: datetime) -> plans.Said:
    """Return the readiness of an infusion to somebody who is let into the chart."""
    found = plans.readiness_of(viewer, infusion_id, now)
    access.enter(viewer, found.plan.patient.id, now)
    audit.read("chart.read", by=viewer, subject=found.row, now=now)
    return plans.in_words(found)


def _asked(request: HttpRequest, viewer: Viewer) -> dict[str, Any]:
    return {
        "revision": typed.number(request, "revision"),
        "viewer": viewer,
        "client_id": typed.form_id(request),
        "now": request.now,
    }


def _arrival(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    found = plans.readiness_of(viewer, infusion_id, request.now)
    form = _asking(viewer, found, request.POST)
    if form.is_valid():
        try:
            actions.check_arrival(
                infusion_id=infusion_id,
                told=form.told,
                pressure=form.pressure if any(form.pressure) else None,
                **_asked(request, viewer),
            )
        except Refused as refusal:
            form.refuse(refusal.field, str(refusal))
        else:
            messages.success(request, _("Written down."))
            return redirect("ready", infusion_id=infusion_id)
    return _page(request, viewer, infusion_id, arrival=form)


def _pressure(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    form = forms.Pressure(request.POST)
    if form.is_valid():
        try:
            actions.measure_pressure(
                infusion_id=infusion_id, pressure=form.pressure, **_asked(request, viewer)
            )
        except Refused as refusal:
            form.refuse(refusal.field, str(refusal))
        else:
            messages.success(request, _("Written down."))
            return redirect("ready", infusion_id=infusion_id)
    return _page(request, viewer, infusion_id, pressure=form)


def _start(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    form = typed.Happened(
        {"what": "started", "at": request.POST.get("at", "")}, zone=viewer.clinic.zone, now=request.now
    )
    refused = None
    if form.is_valid():
        try:
            actions.start(infusion_id=infusion_id, at=form.cleaned_data["at"], **_asked(request, viewer))
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("Noted: the infusion has started."))
            return redirect("infusion", infusion_id=infusion_id)
    return _page(request, viewer, infusion_id, start=form, refused=refused)


def _chase(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    try:
        sent = actions.chase(
            infusion_id=infusion_id,
            subject=request.POST.get("subject", ""),
            number=typed.number(request, "number"),
            viewer=viewer,
            now=request.now,
        )
    except Refused as refusal:
        return _page(request, viewer, infusion_id, refused=refusal)
    messages.success(request, _reminded(viewer, infusion_id, sent, request))
    if request.POST.get("back") == "board":
        return redirect("readiness")
    return redirect("ready", infusion_id=infusion_id)


def _reminded(viewer: Viewer, infusion_id: UUID, sent: Notice, request: HttpRequest) -> str:
    """Return what became of a reminder that was asked for just now."""
    came = plans.came(viewer, [sent], request.now)
    sends_at = came.sends_at.get(sent.id)
    if sends_at is None:
        return _("A reminder is on its way.")
    shown = plans.in_words(plans.readiness_of(viewer, infusion_id, request.now))
    line = next(one for one in shown.pressing if one.subject == request.POST["subject"])
    if came.word(line, sent) is Word.UNREACHED:
        return _("Their quiet hours keep the reminder too long. Call them.")
    when = times.when(sends_at, viewer.clinic.zone, request.now, hours=viewer.clinic.clock)
    return _("Their quiet hours keep the reminder: it leaves %(when)s at the earliest.") % {"when": when}


def _page(
    request: HttpRequest,
    viewer: Viewer,
    infusion_id: UUID,
    *,
    arrival: forms.Arrival | None = None,
    pressure: forms.Pressure | None = None,
    start: typed.Happened | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    found = plans.readiness_of(viewer, infusion_id, request.now)
    shown = plans.in_words(found)
    chases = plans.chases([shown])
    failed = next((form for form in (arrival, pressure, start) if form is not None and form.errors), None)
    is_clinician = viewer.has_role(*treatment.STARTERS)
    page = {
        "said": shown,
        "ready": found,
        "arrival": arrival or _asking(viewer, found, initial=_told(found, viewer)),
        "pressure": pressure or forms.Pressure(),
        "measures_pressure": _measures(viewer, found),
        "measured": [(as_read(one.systolic, one.diastolic), one.at) for one in found.facts.measured],
        "limit": as_read(found.facts.most_systolic, found.facts.most_diastolic),
        "high": as_read(found.facts.hold_systolic, found.facts.hold_diastolic),
        "limits": plans.limits(found.plan, found.visit),
        "start": start,
        "refused": refused,
        "failed": failed,
        "wishes": comforts.lines(comforts.of(viewer, found.row)),
        "intention": intentions.shown(viewer, found.row, request.now),
        "felt": plans.felt(viewer, found.row),
        "chases": chases,
        "came": plans.came(viewer, chases.values(), request.now),
        "chase_of": plans.chase_of,
        "reminded": plans.reminded,
        "by_phone": plans.by_phone(viewer, [shown], request.now).get(found.row.id),
        "origins": plans.origins(viewer, found),
        "links": {one.reason.key: _link(one, shown) for one in shown.lines},
        "may_start": is_clinician,
        "unsigned": _unsigned(found),
        "may_override": is_clinician and any(one.reason.can_be_overridden for one in shown.open),
        "client_id": typed.form_id(request),
        "now": request.now,
    }
    return render(request, "careplan/ready.html", page, status=422 if refused or failed else 200)


def _unsigned(found: plans.Ready) -> list[Order]:
    """Return the spoken words to go ahead at this time that their prescriber has not signed for yet."""
    series, booked_at = found.plan.series, found.visit.booking.booked_at
    waiting = [
        one for one in ordering.overrides(series, found.row) if booked_at is None or one.at >= booked_at
    ]
    return [one for one in ordering.not_countersigned(series) if one in waiting]


def _told(found: plans.Ready, viewer: Viewer) -> dict[str, str]:
    """Return what was asked about this booking, as the form has it, to be corrected."""
    row = found.asked
    if row is None or row.revision != found.visit.booking.revision:
        return {}
    zone = ZoneInfo(viewer.clinic.zone)
    return {
        "food_at": f"{row.food_at.astimezone(zone):%Y-%m-%dT%H:%M}",
        "drink_at": f"{row.drink_at.astimezone(zone):%Y-%m-%dT%H:%M}",
        "as_ordered": "yes" if row.as_ordered else "no",
        "meal": row.meal or "",
    }


def _asking(viewer: Viewer, found: plans.Ready, *given: Any, **more: Any) -> forms.Arrival:
    """Return the form of what is asked at arrival, as the rule of this infusion asks it."""
    # What somebody typed while a colleague was asking is taken as well.
    is_first = found.facts.asked is None or any(name in typed for typed in given for name in actions.PRESSURE)
    return forms.Arrival(
        *given,
        zone=viewer.clinic.zone,
        asks_meal=found.plan.heavy(found.visit) is not None,
        asks_pressure=is_first and _measures(viewer, found),
        **more,
    )


def _measures(viewer: Viewer, found: plans.Ready) -> bool:
    """Tell whether the viewer may measure the blood pressure, and the protocol names a limit for it."""
    limits = (found.facts.most_systolic, found.facts.most_diastolic)
    return viewer.has_role(*intake.MEASURERS) and any(one is not None for one in limits)


def _link(line: plans.Line, shown: plans.Said) -> str:
    """Return the page on which staff put a reason right; empty where that is this page."""
    patient, row = shown.patient.id, shown.row
    match line.reason.code:
        case "consent":
            return reverse("consents-of", args=[patient])
        case "eligibility" | "pregnancy":
            return reverse("consultation", args=[patient])
        case "medicine":
            return reverse("orders", args=[row.series_id])
        case "gate":
            return reverse("step", args=[line.reason.about])
        case "ride" | "adult" | "briefing":
            return reverse("infusion", args=[row.id])
        case "barred":
            return reverse("contact-safety", args=[patient])
    return ""


def _override_form(request: HttpRequest, viewer: Viewer, shown: plans.Said) -> forms.Override:
    is_one = viewer.has_role(Clinician.Role.PRESCRIBER)
    named = [] if is_one else plans.prescribers(viewer.clinic_id)
    return forms.Override(
        request.POST or None,
        keys=[(one.reason.key, one.text) for one in shown.open if one.reason.can_be_overridden],
        prescribers=[(str(one.user_id), one.user.name) for one in named],
    )
