"""A clinic's settings: what all staff can read, and what an administrator changes."""

from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from luna.people import access
from luna.people.access import Viewer
from luna.people.actions import clinic as actions
from luna.people.errors import Refused, Stale
from luna.people.forms import clinic as forms
from luna.people.forms.fields import shown_phone

FIELDS = (
    "name", "country", "zone", "address", "phone", "nurse_line", "after_hours_phone", "lead_email",
    "way_in", "parking", "ask_for", "welcome_name", "welcome_text", "clock", "reclimb_min", "charts",
    "chase_days", "messages_a_day", "taxi", "part2", "price", "deposit", "free_ahead", "free_unit",
)  # fmt: skip


@access.page("staff")
@require_GET
def settings(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show how the clinic is set up."""
    of = viewer.clinic
    phones = {
        name: shown_phone(getattr(of, name), of.country)
        for name in ("phone", "nurse_line", "after_hours_phone")
    }
    context = {
        "phones": phones,
        "country": dict(forms.countries()).get(of.country, of.country),
        "hours": [(forms.WEEKDAYS[row.weekday], row) for row in of.hours.order_by("weekday")],
        "closed_days": of.closed_days.filter(on__gte=_today(request, viewer)).order_by("on"),
        "chairs": of.chairs.order_by("name"),
        "is_admin": viewer.has_role("admin"),
    }
    return render(request, "people/settings.html", context)


@access.page("staff", roles=("admin",))
@require_http_methods(["GET", "POST"])
def clinic(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Change name, place, numbers and words."""
    of = viewer.clinic
    stands = {name: getattr(of, name) for name in FIELDS}
    form = forms.Clinic(request.POST or None, initial=stands | {"version": of.version}, country=of.country)
    if form.is_valid():
        typed = {name: form.cleaned_data[name] for name in FIELDS}
        try:
            actions.change_clinic(
                clinic=of, values=typed, version=form.cleaned_data["version"], by=viewer, now=request.now
            )
        except Stale as stale:
            form.show_both(stands, of.version, stale.message)
        else:
            messages.success(request, _("Saved."))
            if form.is_other_zone:
                messages.warning(
                    request, _("Look at each booked infusion: its clock time reads otherwise now.")
                )
            return redirect("settings")
    return render(request, "people/settings_clinic.html", {"form": form}, status=422 if form.errors else 200)


@access.page("staff", roles=("admin",))
@require_http_methods(["GET", "POST"])
def hours(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Change when the clinic is open."""
    of = viewer.clinic
    stands = {}
    for row in of.hours.all():
        stands |= {f"opens_{row.weekday}": row.opens, f"closes_{row.weekday}": row.closes}
    form = forms.Hours(request.POST or None, initial=stands | {"version": of.version})
    if form.is_valid():
        try:
            actions.set_hours(
                clinic=of, hours=form.hours, version=form.cleaned_data["version"], by=viewer, now=request.now
            )
        except Stale as stale:
            empty = {name: None for name in form.fields if name != "version"}
            form.show_both(empty | stands, of.version, stale.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("settings")
    context = {"form": form, "days": [(day, forms.WEEKDAYS[day]) for day in range(7)]}
    return render(request, "people/settings_hours.html", context, status=422 if form.errors else 200)


@access.page("staff", roles=("admin",))
@require_http_methods(["GET", "POST"])
def closed_days(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the days the clinic is closed, and add one."""
    today = _today(request, viewer)
    form = forms.ClosedDay(request.POST or None, today=today)
    if form.is_valid():
        try:
            actions.add_closed_day(**form.cleaned_data, by=viewer, now=request.now)
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("closed-days")
    context = {"form": form, "days": viewer.clinic.closed_days.filter(on__gte=today).order_by("on")}
    return render(request, "people/settings_closed.html", context, status=422 if form.errors else 200)


@access.page("staff", roles=("admin",))
@require_POST
def remove_closed_day(request: HttpRequest, viewer: Viewer, closed_day_id: UUID) -> HttpResponse:
    """Open the clinic on a day again."""
    closed_day = get_object_or_404(viewer.clinic.closed_days, pk=closed_day_id)
    actions.remove_closed_day(closed_day=closed_day, by=viewer, now=request.now)
    messages.success(request, _("The clinic is open on that day again."))
    return redirect("closed-days")


@access.page("staff", roles=("admin",))
@require_http_methods(["GET", "POST"])
def chairs(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the chairs, and add one."""
    form = forms.NewChair(request.POST or None)
    if form.is_valid():
        try:
            actions.add_chair(name=form.cleaned_data["name"], by=viewer, now=request.now)
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("chairs")
    context = {"form": form, "chairs": viewer.clinic.chairs.order_by("name")}
    return render(request, "people/settings_chairs.html", context, status=422 if form.errors else 200)


@access.page("staff", roles=("admin",))
@require_http_methods(["GET", "POST"])
def chair(request: HttpRequest, viewer: Viewer, chair_id: UUID) -> HttpResponse:
    """Rename a chair, or take it in or out of use."""
    of = get_object_or_404(viewer.clinic.chairs, pk=chair_id)
    stands = {"name": of.name, "active": of.active}
    form = forms.Chair(request.POST or None, initial=stands | {"version": of.version})
    if form.is_valid():
        try:
            actions.change_chair(chair=of, **form.cleaned_data, by=viewer, now=request.now)
        except Stale as stale:
            form.show_both(stands, of.version, stale.message)
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("chairs")
    return render(request, "people/settings_chair.html", {"form": form}, status=422 if form.errors else 200)


def _today(request: HttpRequest, viewer: Viewer):
    return request.now.astimezone(ZoneInfo(viewer.clinic.zone)).date()
