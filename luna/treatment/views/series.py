"""Start a series in one step, list the clinic's series, add an infusion, stop one."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from luna.audit import actions as audit
from luna.clinical import calendar
from luna.clinical.errors import BadRhythm
from luna.escalation import plans as escalation
from luna.intake import plans as intake
from luna.library import plans as library
from luna.library.models import ContentVersion
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused, Stale
from luna.people.models import Patient
from luna.treatment import actions, calls, covers, forms, plans, protocols, rides
from luna.treatment.models import Infusion, Series
from luna.treatment.slots import Length, Openings, Placed, Start, openings, place

A_PAGE = 50


@access.page("staff")
@require_GET
def listing(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the clinic's series, the next infusion first; those that are over only when asked for.

    all=1: every series. patient=<id>: every series of one patient.
    """
    mine = Series.objects.visible_to(viewer)
    patient_id = _id(request.GET.get("patient", ""))
    if patient_id is not None:
        mine = mine.filter(patient_id=patient_id)
    ahead = Q(infusions__cancelled=False, infusions__leaves_at__gte=request.now)
    rows = mine.annotate(next_at=Min("infusions__starts_at", filter=ahead))
    show_all = request.GET.get("all") == "1" or patient_id is not None
    if not show_all:
        rows = rows.filter(stopped_at__isnull=True, next_at__isnull=False)
    rows = plans.loaded(rows.order_by(F("next_at").asc(nulls_last=True), "-started_at"))
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    lines = [(plans.line(row, request.now), protocols.headline(row.protocol)) for row in page.object_list]
    running = {row.patient_id: row.patient for row in page.object_list if row.stopped_at is None}
    decided = intake.eligibilities(viewer.clinic, running.values(), request.now)
    undecided = {of: how for of, how in decided.items() if not how.is_current}
    seen = [row.patient for row in page.object_list]
    audit.read_all("list.series", by=viewer, subjects=seen, now=request.now)
    found = {"lines": lines, "page": page, "show_all": show_all, "undecided": undecided, "now": request.now}
    return render(request, "treatment/series_list.html", found)


@access.page("staff", roles=plans.STARTERS)
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Set up a series: its rhythm, then every line to look over and change, then book them all."""
    patient = get_object_or_404(Patient.objects.visible_to(viewer).select_related("clinic"), id=patient_id)
    audit.read("chart.read", by=viewer, subject=patient, now=request.now)
    offered = protocols.usable(viewer.clinic_id)
    asked = request.POST.get("protocol") or request.GET.get("protocol") or ""
    content = next((version for version in offered if str(version.id) == asked), None)
    if content is None and len(offered) == 1:
        content = offered[0]
    if content is None:
        headed = [(version, protocols.headline(version)) for version in offered]
        found = {"patient": patient, "offered": headed, **_standing(viewer, patient, request.now)}
        return render(request, "treatment/series_protocol.html", found)
    return _Setup(request, viewer, patient, content).answer()


@access.page("staff", roles=plans.BOOKERS)
@require_http_methods(["GET", "POST"])
def book(request: HttpRequest, viewer: Viewer, series_id: UUID) -> HttpResponse:
    """Add one infusion to a series."""
    series = get_object_or_404(Series.objects.visible_to(viewer).select_related("patient"), id=series_id)
    access.enter(viewer, series.patient_id, request.now)
    audit.read("chart.read", by=viewer, subject=series, now=request.now)
    form = forms.Booking(request.POST or None, zone=viewer.clinic.zone, chairs=forms.chairs(viewer))
    if request.method == "POST" and form.is_valid():
        try:
            actions.book(
                series_id=series.id,
                start=form.start,
                viewer=viewer,
                client_id=forms.form_id(request),
                now=request.now,
            )
        except Refused as refusal:
            form.refuse(refusal.field, str(refusal))
        else:
            messages.success(request, _("Booked. The people concerned are being told."))
            return redirect("series", series_id=series.id)
    found = {"series": series, "form": form, "client_id": forms.form_id(request)}
    return render(request, "treatment/book.html", found, status=422 if form.errors else 200)


@access.page("staff", roles=plans.STARTERS)
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, viewer: Viewer, series_id: UUID) -> HttpResponse:
    """Stop a series, after saying what that does."""
    series = get_object_or_404(Series.objects.visible_to(viewer).select_related("patient"), id=series_id)
    access.enter(viewer, series.patient_id, request.now)
    audit.read("chart.read", by=viewer, subject=series, now=request.now)
    form = forms.Reason(request.POST or None)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.stop_series(
                series_id=series.id,
                why=form.cleaned_data["why"],
                version=forms.number(request, "version"),
                viewer=viewer,
                client_id=forms.form_id(request),
                now=request.now,
            )
        except Stale as stale:
            refused = stale
        else:
            messages.success(request, calls.after_change(viewer, request.now, Q(series=series)))
            return redirect("series", series_id=series.id)
    rows = series.infusions.filter(cancelled=False, starts_at__gt=request.now)
    ahead = list(
        rows.select_related("clinic", "patient__user")
        .prefetch_related(covers.DUTIES, rides.RIDES)
        .order_by("starts_at")
    )
    members = covers.circle().filter(patient=series.patient_id)
    found = {
        "series": series,
        "form": form,
        "ahead": ahead,
        "hearers": calls.hearing(ahead[0], members, request.now, besides=ahead[1:]) if ahead else None,
        "refused": refused,
        "client_id": forms.form_id(request),
        "now": request.now,
    }
    return render(request, "treatment/series_stop.html", found, status=422 if refused or form.errors else 200)


class _Setup:
    """One request of the page that sets up a series. `do` says what its button asked for."""

    def __init__(
        self, request: HttpRequest, viewer: Viewer, patient: Patient, content: ContentVersion
    ) -> None:
        self.request, self.viewer, self.patient, self.content = request, viewer, patient, content
        self.clinic, self.protocol = viewer.clinic, library.protocol(content)
        self.length = Length.of(self.protocol)
        self.chairs = forms.chairs(viewer)

    def answer(self) -> HttpResponse:
        """Show the rhythm, or the lines it makes; book them when asked."""
        match self.request.POST.get("do"):
            case "preview":
                return self._propose()
            case "check":
                return self._check()
            case "book":
                return self._book()
        return self._rhythm(forms.Rhythm(initial=forms.Rhythm.usual(self.protocol)))

    def _rhythm(self, form: forms.Rhythm) -> HttpResponse:
        return self._page("treatment/series_new.html", {"form": form}, bool(form.errors))

    def _propose(self) -> HttpResponse:
        form = forms.Rhythm(self.request.POST)
        if not form.is_valid():
            return self._rhythm(form)
        typed, opened = form.cleaned_data, openings(self.clinic)
        try:
            visits = calendar.propose(
                count=typed["count"],
                first_on=typed["on"],
                at=typed["at"],
                weekdays=frozenset(typed["weekdays"]),
                zone=self.clinic.zone,
                minutes=self.protocol.infusions.stay_min,
                closed=frozenset(opened.closed),
                open_days=frozenset(opened.hours),
            )
        except BadRhythm:
            form.add_error(
                "weekdays", _("The clinic is open on none of these days. Look at its hours in Settings.")
            )
            return self._rhythm(form)
        placed = self._placed([Start(visit.starts_at) for visit in visits])
        skipped = _skipped(typed["on"], placed, frozenset(typed["weekdays"]), opened)
        return self._preview(placed, skipped=skipped)

    def _check(self) -> HttpResponse:
        lines = self._lines()
        if not all(form.is_valid() for form in lines):
            return self._preview_of([forms.Line(form, None) for form in lines], wrong=True)
        return self._preview(self._placed([form.start for form in lines]))

    def _book(self) -> HttpResponse:
        lines = self._lines()
        if not lines or not all(form.is_valid() for form in lines):
            return self._check()
        try:
            series = actions.start_series(
                patient=self.patient,
                content=self.content,
                starts=[form.start for form in lines],
                by=self.viewer,
                client_id=forms.form_id(self.request),
                now=self.request.now,
            )
        except Refused as refusal:
            placed = self._placed([form.start for form in lines])
            return self._preview(placed, refused=None if refusal.field.startswith("starts-") else refusal)
        messages.success(self.request, _("The series is booked. The people concerned are being told."))
        return redirect("series", series_id=series.id)

    def _lines(self) -> list[forms.Booking]:
        count = min(forms.number(self.request, "lines"), actions.MOST)
        found = forms.lines(self.request.POST, count, zone=self.clinic.zone, chairs=self.chairs)
        dropped = set(self.request.POST.getlist("drop"))
        return [form for n, form in enumerate(found) if str(n) not in dropped]

    def _placed(self, starts: Sequence[Start]) -> list[Placed]:
        return place(
            clinic=self.clinic,
            patient_id=self.patient.id,
            starts=starts,
            length=self.length,
            now=self.request.now,
        )

    def _preview(self, placed: list[Placed], **more: Any) -> HttpResponse:
        lines = forms.drawn(placed, zone=self.clinic.zone, chairs=self.chairs)
        wrong = any(one.refused for one in placed) and self.request.POST.get("do") != "preview"
        return self._preview_of(lines, wrong=wrong or more.get("refused") is not None, **more)

    def _preview_of(self, lines: list[forms.Line], *, wrong: bool, **more: Any) -> HttpResponse:
        found = {"lines": lines, "skipped": [], "refused": None, "now": self.request.now, **more}
        return self._page("treatment/series_preview.html", found, wrong)

    def _page(self, template: str, found: dict[str, Any], wrong: bool) -> HttpResponse:
        about = {
            "patient": self.patient,
            "content": self.content,
            "headline": protocols.headline(self.content),
            "client_id": forms.form_id(self.request),
            **_standing(self.viewer, self.patient, self.request.now),
            "reaches_nobody": not escalation.reaches_anyone(self.clinic.id),
        }
        return render(self.request, template, {**about, **found}, status=422 if wrong else 200)


def _standing(viewer: Viewer, patient: Patient, now: datetime) -> dict[str, Any]:
    """Return what a page says before anybody types: what a prescriber decided, and what is booked already."""
    elsewhere: dict[Series, list[Infusion]] = {}
    for infusion in plans.coming(viewer, now, patient):
        elsewhere.setdefault(infusion.series, []).append(infusion)
    running = [(series, protocols.headline(series.protocol), of) for series, of in elsewhere.items()]
    return {"eligibility": intake.current_eligibility(patient, now), "running": running, "now": now}


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _skipped(
    first_on: date, placed: Sequence[Placed], weekdays: frozenset[int], opened: Openings
) -> list[tuple[date, str]]:
    """Return the days the rhythm would have used but the clinic is closed, with the reason if known."""
    last = max(one.starts_at for one in placed).astimezone(ZoneInfo(opened.zone)).date()
    days = (date.fromordinal(n) for n in range(first_on.toordinal(), last.toordinal() + 1))
    return [
        (day, opened.closed.get(day, ""))
        for day in days
        if day.weekday() in weekdays and opened.closed_on(day)
    ]
