"""What was told, paid and waived in a series, and what a patient reads of it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from luna.audit import actions as audit
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.treatment import actions, forms, plans
from luna.treatment import money as known
from luna.treatment.models import MoneyNote, Series

TAKE_BACK = "take-back"
LONGEST_TYPED = 1000  # of what is shown again after a refusal


@access.page("patient")
@require_GET
def costs(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show a patient what was told about money, and until when they can cancel without a fee."""
    audit.read("plan.read", by=viewer, subject=viewer.patient, now=request.now)
    if known.is_quiet(viewer, request.now):
        return render(request, "treatment/costs.html", {"is_quiet": True})
    told = known.notes(viewer, Series.objects.visible_to(viewer))
    found = {
        "is_quiet": False,
        "coming": known.ahead(viewer, request.now),
        "notes": [one.note for one in told if one.back is None],
        "now": request.now,
    }
    return render(request, "treatment/costs.html", found)


@access.page("staff", roles=plans.BOOKERS)
@require_http_methods(["GET", "POST"])
def money(request: HttpRequest, viewer: Viewer, series_id: UUID) -> HttpResponse:
    """Show what was noted about money in a series; note what was told, paid or waived; take it back."""
    series = get_object_or_404(Series.objects.visible_to(viewer).select_related("patient"), id=series_id)
    access.enter(viewer, series.patient_id, request.now)
    audit.read("chart.read", by=viewer, subject=series, now=request.now)
    what, refused = request.POST.get("do", ""), None
    offered = _forms(request, viewer, series)
    if request.method == "POST" and what not in (*offered, TAKE_BACK):
        raise Http404
    if what in offered and offered[what].is_valid():
        try:
            actions.note_money(series_id=series.id, wanted=offered[what].wanted, **_asked(request, viewer))
        except Refused as refusal:
            offered[what].refuse(refusal.field, str(refusal))
        else:
            messages.success(request, _("Noted."))
            return redirect("series-money", series_id=series.id)
    if what == TAKE_BACK:
        try:
            _take_back(request, viewer, series)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("Taken back."))
            return redirect("series-money", series_id=series.id)
    found = {
        "series": series,
        "patient": series.patient,
        "forms": offered,
        "told": known.notes(viewer, [series]),
        "coming": known.ahead(viewer, request.now, series_id=series.id),
        "refused": refused,
        "refused_note": request.POST.get("note", "") if refused else "",
        "typed": request.POST.get("words", "")[:LONGEST_TYPED],
        "client_id": forms.form_id(request),
        "now": request.now,
    }
    is_wrong = refused is not None or any(form.errors for form in offered.values())
    return render(request, "treatment/money.html", found, status=422 if is_wrong else 200)


def _forms(request: HttpRequest, viewer: Viewer, series: Series) -> dict[str, forms.Money]:
    """Return a form for each kind of note; the one that was sent holds what was typed."""
    clinic = viewer.clinic
    staff = clinic.clinicians.filter(active=True).select_related("user").order_by("user__name")
    usual = {
        MoneyNote.What.PRICE: {
            "words": clinic.price,
            "told_by": str(viewer.user_id),
            "told_to": series.patient.name,
        },
        MoneyNote.What.DEPOSIT: {"words": clinic.deposit},
    }
    return {
        str(what): forms.Money(
            request.POST if request.POST.get("do") == what else None,
            what=what,
            staff=[(str(one.user_id), one.user.name) for one in staff],
            zone=clinic.zone,
            now=request.now.replace(second=0, microsecond=0),
            initial=usual.get(what, {}),
        )
        for what in MoneyNote.What
    }


def _asked(request: HttpRequest, viewer: Viewer) -> dict[str, object]:
    return {"viewer": viewer, "client_id": forms.form_id(request), "now": request.now}


def _take_back(request: HttpRequest, viewer: Viewer, series: Series) -> None:
    try:
        note_id = UUID(request.POST.get("note", ""))
    except ValueError:
        raise Http404 from None
    words = request.POST.get("words", "")
    actions.take_back_money(series_id=series.id, note_id=note_id, words=words, **_asked(request, viewer))
