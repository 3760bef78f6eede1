"""Staff see who has to sign, keep papers, and write the texts their clinic asks to be signed."""

from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from luna.audit import actions as audit
from luna.clinical.errors import ContentError
from luna.consents import actions, forms, plans, words
from luna.library import consent as consents
from luna.library import content
from luna.library.models import ContentVersion
from luna.people import access
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.errors import Refused, Stale
from luna.people.models import Patient

SIGNERS = ("prescriber", "admin")
PAGE = 50  # patients on one page


@access.page("staff")
@require_GET
def board(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List who has something to sign; with ?all=1 everybody."""
    newest = plans.newest(viewer.clinic_id)
    patients = Patient.objects.visible_to(viewer).select_related("user").order_by("name", "id")
    waiting = plans.waiting(patients, newest, request.now)
    everybody = "all" in request.GET
    page = Paginator(patients if everybody else waiting, PAGE).get_page(request.GET.get("page", "1"))
    stands = plans.standings(page.object_list, newest, request.now)
    audit.read_all("list.consents", by=viewer, subjects=page.object_list, now=request.now)
    context = {
        "page": page,
        "standing_rows": [(one, list(stands[one.id].values())) for one in page.object_list],
        "everybody": everybody,
        "waiting": waiting.count() if everybody else page.paginator.count,
        "titles": plans.titles(viewer.clinic_id),
        "texts": _texts(newest),
        "now": request.now,
    }
    return render(request, "consents/board.html", context)


@access.page("staff")
@require_GET
def patient(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Show how a patient's consents stand, and all that was signed or taken back."""
    of = _patient(request, viewer, patient_id)
    context = {
        "patient": of,
        "standings": plans.standing(of, request.now).values(),
        "titles": plans.titles(viewer.clinic_id),
        "history": plans.history(of, viewer),
        "may_sign_now": people.may_sign(of, request.now),
        "says": partial(words.says, zone=viewer.clinic.zone, now=request.now),
        "now": request.now,
    }
    return render(request, "consents/patient.html", context)


@access.page("staff")
@require_http_methods(["GET", "POST"])
def paper(request: HttpRequest, viewer: Viewer, patient_id: UUID, about: str) -> HttpResponse:
    """Keep a consent that was signed on paper: who, when, who saw it, and the paper itself."""
    of = _patient(request, viewer, patient_id)
    stands = _of(about, of, request)
    if stands.offered is None:
        raise Http404
    form = forms.OnPaper(
        request.POST or None,
        request.FILES or None,
        initial={"name": of.name},
        was_back=stands.last is not None and not stands.can_be_withdrawn,
        was_impaired=people.effect_ends(of) is not None,
    )
    if form.is_valid():
        try:
            typed = {"read": form.cleaned_data["read"], "client_id": form.cleaned_data["client_id"]}
            actions.on_paper(
                patient_id=of.id, about=about, paper=form.paper, viewer=viewer, now=request.now, **typed
            )
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("Kept."))
            return redirect("consents-of", of.id)
    context = plans.told(stands.offered) | {"patient": of, "form": form, "about": about, "now": request.now}
    return render(request, "consents/on_paper.html", context, status=422 if form.errors else 200)


@access.page("staff")
@require_GET
def blank(request: HttpRequest, viewer: Viewer, patient_id: UUID, about: str) -> HttpResponse:
    """Show the text with lines for a name and a witness, to be printed and signed by hand."""
    of = _patient(request, viewer, patient_id)
    stands = _of(about, of, request)
    if stands.offered is None:
        raise Http404
    context = plans.told(stands.offered) | {"patient": of, "about": about}
    context["signed_for"] = words.signed_for(stands.offered, viewer.clinic)
    return render(request, "consents/blank.html", context)


@access.page("staff")
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, viewer: Viewer, patient_id: UUID, about: str) -> HttpResponse:
    """Note that a patient took a consent back by word of mouth."""
    of = _patient(request, viewer, patient_id)
    if not _of(about, of, request).can_be_withdrawn:
        return redirect("consents-of", of.id)
    form = forms.Withdraw(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.withdraw(patient_id=of.id, about=about, viewer=viewer, now=request.now, **form.cleaned_data)
        messages.success(request, _("Noted. It no longer holds."))
        return redirect("consents-of", of.id)
    context = {"patient": of, "about": about, "title": plans.titles(viewer.clinic_id)[about]}
    context["failed"] = bool(form.errors)
    return render(request, "consents/withdraw_for.html", context, status=422 if form.errors else 200)


@access.page("staff")
@require_http_methods(["GET", "POST"])
def text(request: HttpRequest, viewer: Viewer, about: str, language: str) -> HttpResponse:
    """Show the clinic's text of a consent; a prescriber or administrator edits and signs it here."""
    may_sign = viewer.has_role(*SIGNERS)
    is_known = about in plans.ABOUTS and language in dict(settings.LANGUAGES)
    if not is_known or (request.method == "POST" and not may_sign):
        raise Http404
    base = plans.text_to_edit(viewer.clinic_id, about, language)
    form = forms.Text(request.POST or None, initial=forms.of_text(base.document) | {"begun_on": base.sha256})
    shown, stale = base.document, False
    if form.is_valid():
        try:
            shown = content.consent_of(consents.edited(base.text, language=language, **form.words))
            if "sign" in request.POST:
                return _sign_text(request, viewer, (about, language), form)
        except ContentError as problem:
            form.add_error(None, _("This cannot be signed. %(why)s") % {"why": problem})
        except Stale as refusal:
            stale = True
            form.add_error(None, refusal.message)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    context = {
        "base": base,
        "document": shown,
        "text": content.consent_html(shown),
        "form": form,
        "stale": stale,
        "preview": bool(request.POST) and not form.errors,
        "ticked": request.POST.getlist("accepted"),
        "records": content.evidence(),
        "may_sign": may_sign,
        "about": about,
        "language_code": language,
        "now": request.now,
    }
    return render(request, "consents/text.html", context, status=422 if form.errors else 200)


def _sign_text(
    request: HttpRequest, viewer: Viewer, which: tuple[str, str], form: forms.Text
) -> HttpResponse:
    about, language = which
    actions.sign_text(
        about=about,
        language=language,
        begun_on=form.cleaned_data["begun_on"],
        words=form.words,
        accepted=request.POST.getlist("accepted"),
        viewer=viewer,
        now=request.now,
    )
    messages.success(request, _("Signed. From now on patients are asked to sign this text."))
    return redirect("consents-board")


def _texts(newest: dict[str, ContentVersion]) -> list[dict[str, Any]]:
    """Return each text there is to sign, in each language, with what the clinic signed of it."""
    return [
        {"about": about, "language": code, "words": words, "signed": newest.get(f"{about}.{code}")}
        for about in plans.ABOUTS
        for code, words in settings.LANGUAGES
    ]


def _patient(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> Patient:
    rows = Patient.objects.visible_to(viewer).select_related("user", "clinic")
    of = get_object_or_404(rows, id=patient_id)
    audit.read("consent.read", by=viewer, subject=of, now=request.now)
    return of


def _of(about: str, of: Patient, request: HttpRequest) -> plans.Standing:
    if about not in plans.ABOUTS:
        raise Http404
    return plans.standing(of, request.now)[about]
