"""A patient reads and signs, looks at what was signed, and takes it back."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from luna.audit import actions as audit
from luna.consents import actions, forms, papers, plans, words
from luna.consents.models import Consent
from luna.people import access
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.errors import Impaired, Refused, Stale
from luna.records import blobs


@access.page("patient")
@never_cache
@require_GET
def listing(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List a patient's consents: which hold, which are asked, and what was signed before."""
    patient = viewer.patient
    context = {
        "standings": plans.standing(patient, request.now).values(),
        "titles": plans.titles(viewer.clinic_id),
        "history": plans.history(patient, viewer),
        "says": _says(viewer, request),
        "now": request.now,
    }
    return render(request, "consents/listing.html", context)


@access.page("patient")
@never_cache
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, viewer: Viewer, about: str) -> HttpResponse:
    """Show the exact text of a consent, and ask for ticks and a name."""
    stands = _standing(viewer, about, request)
    if request.method == "POST" and not access.is_fresh(request):
        raise access.NotFresh
    if stands.offered is None:
        return render(request, "consents/nothing.html", {"about": about})
    context = plans.told(stands.offered)
    form = forms.Sign(request.POST or None, document=context["document"])
    if form.is_valid():
        try:
            return _signed(request, viewer, about, form)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    if request.POST and request.POST.get("read") != stands.offered.sha256:
        # Another text: what was ticked was ticked under the old one. The name is kept.
        form = forms.Sign(initial={"name": request.POST.get("name", "")}, document=context["document"])
        context["errors"] = [("text", Stale().message)]
    context |= {
        "stands": stands,
        "form": form,
        "waits": _waits(viewer, request),
        "says": _says(viewer, request),
        "signed_for": words.signed_for(stands.offered, viewer.clinic),
    }
    return render(request, "consents/sign.html", context, status=422 if request.method == "POST" else 200)


@access.page("patient")
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, viewer: Viewer, about: str) -> HttpResponse:
    """Take a consent back, after saying what that does. It works at any time."""
    stands = _standing(viewer, about, request)
    if not stands.can_be_withdrawn:
        return redirect("consents")
    form = forms.Withdraw(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.withdraw(
            patient_id=viewer.patient_id, about=about, viewer=viewer, now=request.now, **form.cleaned_data
        )
        messages.success(request, _("Taken back. The clinic sees it now."))
        return redirect("consents")
    context = {"about": about, "title": plans.titles(viewer.clinic_id)[about], "failed": bool(form.errors)}
    return render(request, "consents/withdraw.html", context, status=422 if form.errors else 200)


@access.page("patient", "staff")
@never_cache
@require_GET
def signed(request: HttpRequest, viewer: Viewer, consent_id: UUID) -> HttpResponse:
    """Show one signature with the exact text it was given to, as it can be printed."""
    row = _row(viewer, consent_id, request)
    audit.read("consent.read", by=viewer, subject=row, now=request.now)
    context = papers.facts(row) | {"now": request.now}
    return render(request, "consents/signed.html", context)


@access.page("patient", "staff")
@require_GET
def file(request: HttpRequest, viewer: Viewer, consent_id: UUID) -> HttpResponse:
    """Hand out the file that keeps a signature: the PDF, or the paper."""
    row = _row(viewer, consent_id, request)
    if row.what != Consent.What.SIGNED:
        raise Http404
    kept = getattr(row, "file", None) or actions.keep_file(row, viewer=viewer, now=request.now)
    if kept is None:
        messages.info(request, _("No PDF can be made here at the moment. You can print this page."))
        return redirect("consent-signed", row.id)
    return blobs.download(blobs.read(viewer, kept.blob_id, request.now))


def _signed(request: HttpRequest, viewer: Viewer, about: str, form: forms.Sign) -> HttpResponse:
    typed = form.cleaned_data
    row = actions.sign(
        about=about,
        read=typed["read"],
        name=typed["name"],
        ticked=form.ticked,
        viewer=viewer,
        client_id=typed["client_id"],
        now=request.now,
    )
    actions.keep_file(row, viewer=viewer, now=request.now)
    messages.success(request, _("Signed. The clinic sees it now."))
    return redirect("consents")


def _standing(viewer: Viewer, about: str, request: HttpRequest) -> plans.Standing:
    if about not in plans.ABOUTS:
        raise Http404
    return plans.standing(viewer.patient, request.now)[about]


def _row(viewer: Viewer, consent_id: UUID, request: HttpRequest) -> Consent:
    rows = plans.visible(viewer).select_related("content", "clinic", "patient", "by", "file")
    row: Consent = get_object_or_404(rows, id=consent_id)
    access.enter(viewer, row.patient_id, request.now)
    return row


def _says(viewer: Viewer, request: HttpRequest) -> Callable[[plans.Standing], str]:
    return partial(words.says, zone=viewer.zone, now=request.now)


def _waits(viewer: Viewer, request: HttpRequest) -> object:
    """Return why nothing is signed now, None when it may be."""
    try:
        people.check_page_may_sign(request.user, request.now)
    except Impaired as refusal:
        return refusal.message
    return None
