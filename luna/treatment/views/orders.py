"""Orders of a series: what stands and who decided it; sign one, stop one, countersign one."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from luna.audit import actions as audit
from luna.clinical import fasting
from luna.clinical.protocol import Protocol
from luna.intake import plans as intake
from luna.intake.models import Medicine
from luna.library import content, times
from luna.library import plans as library
from luna.library.evidence import Record
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.people.models import Clinician
from luna.records import part2
from luna.treatment import actions, calls, forms, ordering, plans, protocols, saying
from luna.treatment.actions import orders as ordered
from luna.treatment.holding import Held
from luna.treatment.models import Order, Series

WHATS = {
    Order.What.MEDICINE: gettext_lazy("A medicine"),
    Order.What.FASTING: gettext_lazy("How long to fast"),
    Order.What.NUMBER: gettext_lazy("A number of the protocol"),
    Order.What.SKIP: gettext_lazy("A step to leave out"),
    Order.What.ADD: gettext_lazy("A step to add"),
}
SAID = {
    "stop": gettext_lazy("Stopped. What the protocol says holds again."),
    "agree": gettext_lazy("Signed."),
    "deny": gettext_lazy("Stopped, because it was not yours."),
}


@access.page("staff")
@require_GET
def listing(request: HttpRequest, viewer: Viewer, series_id: UUID) -> HttpResponse:
    """Show the orders in force, those that wait for a countersignature, and those that ended."""
    series = _series(viewer, series_id, request.now)
    protocol = library.protocol(series.protocol)
    over = ordering.ended(series)
    numbers, undecided = _numbers(series), _undecided(viewer, series)
    runs = _runs(series, request.now)
    rows = [
        _row(one, protocol, numbers) | {"ended_at": over.get(one.id), "runs": runs.get(one.id, [])}
        for one in _signed(series)
    ]
    found = {
        "series": series,
        "patient": series.patient,
        "headline": protocols.headline(series.protocol),
        "standing": [row for row in rows if row["ended_at"] is None],
        "ended": [row for row in rows if row["ended_at"] is not None],
        "waiting": [_row(one, protocol, numbers) for one in ordering.not_countersigned(series)],
        "undecided": undecided,
        "gone": _gone(series),
        "whats": WHATS,
        "may_order": viewer.has_role(*plans.STARTERS) and series.stopped_at is None,
        "may_sign": viewer.has_role(Clinician.Role.PRESCRIBER),
        "notice": part2.notice([*series.orders.all(), *undecided]),
        **calls.of_change(viewer, request.now, Q(series=series)),
        "now": request.now,
    }
    return render(request, "treatment/orders.html", found)


@access.page("staff", roles=plans.STARTERS, fresh=True)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, viewer: Viewer, series_id: UUID, name: str) -> HttpResponse:
    """Sign an order of one's own, or write down one that a prescriber spoke. name: what it changes."""
    if name not in WHATS:
        raise Http404
    series = _series(viewer, series_id, request.now)
    form = _form(request, viewer, series, name)
    if request.method == "POST" and form.is_valid():
        try:
            order = actions.sign_order(
                series_id=series.id,
                wanted=form.wanted,
                viewer=viewer,
                client_id=forms.form_id(request),
                now=request.now,
            )
        except Refused as refusal:
            form.refuse(refusal.field, str(refusal))
        else:
            done = _("Written down. %(name)s is to countersign it within a day.")
            said = done % {"name": order.prescriber.name} if order.spoken else _("Signed.")
            messages.success(request, said)
            return redirect("orders", series_id=series.id)
    found = {
        "series": series,
        "patient": series.patient,
        "form": form,
        "what": name,
        "heading": WHATS[Order.What(name)],
        "is_spoken": "prescriber" in form.fields,
        "fasts": _fasts(series) if name == Order.What.FASTING else [],
        "records": _records() if name == Order.What.FASTING else [],
        "client_id": forms.form_id(request),
        "now": request.now,
    }
    return render(request, "treatment/order_new.html", found, status=422 if form.errors else 200)


@access.page("staff", roles=("prescriber",), fresh=True)
@require_http_methods(["GET", "POST"])
def order(request: HttpRequest, viewer: Viewer, order_id: UUID) -> HttpResponse:
    """Show one order, after saying what stopping it does; stop it, or countersign what one spoke."""
    row = get_object_or_404(Order.objects.visible_to(viewer), id=order_id, stopped=False)
    series = _series(viewer, row.series_id, request.now)
    row = next(one for one in series.orders.all() if one.id == row.id)
    refused = None
    if request.method == "POST":
        do = request.POST.get("do", "")
        try:
            _act(do)(order_id=row.id, viewer=viewer, client_id=forms.form_id(request), now=request.now)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, SAID[do])
            return redirect("orders", series_id=series.id)
    found = {
        "series": series,
        "patient": series.patient,
        "row": _row(row, library.protocol(series.protocol), _numbers(series)),
        "is_over": row.id in ordering.ended(series),
        "is_mine": row.spoken and not hasattr(row, "countersign") and row.prescriber_id == viewer.user_id,
        "refused": refused,
        "client_id": forms.form_id(request),
        "notice": part2.notice([row]),
        "now": request.now,
    }
    return render(request, "treatment/order.html", found, status=422 if refused else 200)


def _act(do: str) -> Callable[..., Any]:
    """Return what a button asked for."""
    match do:
        case "stop":
            return actions.stop_order
        case "agree":
            return lambda **asked: actions.countersign(agreed=True, **asked)
        case "deny":
            return lambda **asked: actions.countersign(agreed=False, **asked)
    raise Http404


def _series(viewer: Viewer, series_id: UUID, now: datetime) -> Series:
    series = get_object_or_404(plans.loaded(Series.objects.visible_to(viewer)), id=series_id)
    access.enter(viewer, series.patient_id, now)
    audit.read("chart.read", by=viewer, subject=series, now=now)
    return series


def _signed(series: Series) -> list[Order]:
    """Return every order that says something, the newest first."""
    return [one for one in reversed(series.orders.all()) if not one.stopped]


def _numbers(series: Series) -> dict[UUID, int]:
    """Return which infusion of the series each one is, of those that are to be given."""
    live = [one for one in series.infusions.all() if not plans.is_off(one, series)]
    return {one.id: number for number, one in enumerate(live, start=1)}


def _row(row: Order, protocol: Protocol, numbers: dict[UUID, int]) -> dict[str, Any]:
    return {
        "order": row,
        "said": saying.said(row, protocol),
        "number": numbers.get(row.infusion_id) if row.infusion_id else None,
        "waits": row.spoken and not hasattr(row, "countersign"),
    }


def _runs(series: Series, now: datetime) -> dict[UUID, list[Held]]:
    """Return order id -> its holds to come that run on through several infusions."""
    found: dict[UUID, list[Held]] = {}
    for holds in plans.holds(series).values():
        for one in holds:
            if one.count > 1 and one.restart_at > now:
                found.setdefault(one.order.id, []).append(one)
    return found


def _undecided(viewer: Viewer, series: Series) -> list[Medicine]:
    """Return the medicines that are taken and about which nothing was decided, or that changed since."""
    told = intake.by_name(series.patient.told)
    decided: dict[UUID, datetime] = {}
    for key, one in ordering.decisions(series, None).items():
        if key in told:
            decided[told[key].id] = max(one.at, decided.get(told[key].id, one.at))
    taken = intake.medicines_of(viewer, series.patient).current
    return [row for row in taken if row.id not in decided or decided[row.id] < row.recorded_at]


def _gone(series: Series) -> list[tuple[Order, Medicine]]:
    """Return the orders in force about medicines that are not taken any more, as was told since."""
    told = intake.by_name(series.patient.told)
    found = [
        (one, told[ordering.key(one)])
        for one in ordering.standing(series)
        if one.what == Order.What.MEDICINE and ordering.key(one) in told
    ]
    return [(one, row) for one, row in found if not row.is_taken and row.recorded_at > one.at]


def _form(request: HttpRequest, viewer: Viewer, series: Series, what: str) -> forms.NewOrder:
    numbers = _numbers(series)
    zone, hours = viewer.clinic.zone, viewer.clinic.clock
    infusions = [
        (
            str(one.id),
            _("Infusion %(number)s, %(when)s")
            % {"number": numbers[one.id], "when": times.when(one.starts_at, zone, request.now, hours=hours)},
        )
        for one in series.infusions.all()
        if one.id in numbers and one.leaves_at > request.now
    ]
    return forms.NewOrder(
        request.POST or None,
        initial={"name": _begun_with(viewer, series, request.GET.get("medicine", ""))},
        what=what,
        names=_names(viewer, series, what),
        infusions=infusions,
        prescribers=[] if viewer.has_role(Clinician.Role.PRESCRIBER) else _prescribers(viewer),
    )


def _begun_with(viewer: Viewer, series: Series, medicine_id: str) -> str:
    """Return the name of the medicine an address points to by its id: addresses hold no words of people."""
    taken = intake.medicines_of(viewer, series.patient).current if medicine_id else ()
    return next((row.name for row in taken if str(row.id) == medicine_id), "")


def _names(viewer: Viewer, series: Series, what: str) -> list[tuple[str, str]]:
    """Return what an order of this kind may be about, with words for it."""
    protocol = library.protocol(series.protocol)
    match what:
        case Order.What.NUMBER:
            return [
                (one.id, f"{one.text} ({saying.number_value(one.value, one.unit)})")
                for one in ordered.offered_numbers(protocol)
            ]
        case Order.What.FASTING:
            return _rules(protocol)
        case Order.What.SKIP:
            return [(one.id, saying.title(one)) for one in protocol.steps]
        case Order.What.ADD:
            steps = [content.step_of(content.step_text(name)) for name in ordered.offered_steps(protocol)]
            return [(one.id, saying.title(one)) for one in steps]
    taken = intake.medicines_of(viewer, series.patient).current
    names = list(dict.fromkeys([row.name for row in taken]))
    return [*((name, name) for name in names), (forms.NewOrder.OTHER, _("Another one, named below"))]


def _rules(protocol: Protocol) -> list[tuple[str, str]]:
    """Return the fasting rules with their times, the protocol's own first."""
    usual = fasting.usual(protocol)
    named = {fasting.Choice.PROTOCOL: usual, **fasting.NAMED} if usual else {}
    return [
        (choice, f"{words}: {saying.fast(named[choice])}" if choice in named else str(words))
        for choice, words in saying.RULES.items()
    ]


def _fasts(series: Series) -> list[dict[str, Any]]:
    """Return what was decided about fasting and stands, the newest first."""
    protocol, numbers = library.protocol(series.protocol), _numbers(series)
    return [_row(one, protocol, numbers) for one in reversed(ordering.fasts(series))]


def _records() -> list[Record]:
    """Return what is known about fasting, each with its sources."""
    known = content.evidence()
    return [known[name] for names in fasting.EVIDENCE.values() for name in names]


def _prescribers(viewer: Viewer) -> list[tuple[str, str]]:
    rows = Clinician.objects.filter(clinic_id=viewer.clinic_id, active=True).select_related("user")
    return [
        (str(row.user_id), row.user.name)
        for row in rows.order_by("user__name", "id")
        if Clinician.Role.PRESCRIBER in row.roles
    ]
