"""The briefing of an adult who stays: cards, three questions, a name. A nurse can do it aloud."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from luna.audit import actions as audit
from luna.clinical.questionnaire import Item
from luna.library import content
from luna.people import access
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.people.forms import fields
from luna.people.models import CircleMember, Patient
from luna.records import drafts, pages
from luna.records.models import Response
from luna.records.questions import Asking
from luna.treatment import actions, briefings, forms, plans
from luna.treatment.actions.briefing import Answered

LONGEST_TYPED = 2000


@access.page("caretaker")
@require_http_methods(["GET", "POST"])
def briefing(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show one card after the other; to somebody who was briefed before, only what is new, to sign."""
    standing = _standing(viewer)
    if request.method == "POST":
        return _sign(request, viewer, "treatment/briefing_again.html", {"standing": standing})
    at = request.GET.get("card", "")
    if at.isdecimal() and len(at) < 3 and 1 <= int(at) <= len(standing.cards):
        return _card(request, viewer, standing, int(at))
    if standing.signed_at or standing.in_full:
        return _page(request, viewer, "treatment/briefing.html", {"standing": standing})
    return _page(request, viewer, "treatment/briefing_again.html", {"standing": standing, "errors": []})


@access.page("caretaker")
@require_http_methods(["GET", "POST"])
def questions(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask the three questions, show a card again after an answer that is not safe, then take the name."""
    asking = _asking(request, viewer)
    ready = {"asking": asking, "standing": _standing(viewer), "errors": [], "typed": ""}
    if request.POST.get("do") == "sign":
        answered = Answered(asking, **pages.version_of(request))
        return _sign(request, viewer, "treatment/briefing_sign.html", ready, answered)
    unsafe = briefings.packaged().again(asking.answers)
    if request.method == "GET" and "at" not in request.GET:
        if unsafe:
            return redirect(f"{request.path}?at={unsafe.id}")
        if asking.is_begun and asking.current is None:
            return _page(request, viewer, "treatment/briefing_sign.html", ready)
    return pages.ask(
        request,
        viewer,
        asking,
        send=lambda _asking: redirect("briefing-questions"),
        leave=reverse("now"),
        answered=lambda now_asking, item: _once_more(request, viewer, now_asking, item),
        context={"eyebrow": _("Three short questions"), "send_words": _("Go on")},
    )


@access.page("staff", roles=plans.STARTERS)
@require_http_methods(["GET", "POST"])
def aloud(request: HttpRequest, viewer: Viewer, patient_id: UUID, member_id: UUID) -> HttpResponse:
    """Show a nurse all of it on one page, to read aloud and sign with the nurse's own name."""
    patient = get_object_or_404(Patient.objects.visible_to(viewer).select_related("user"), id=patient_id)
    member = _caretaker(viewer, patient, member_id)
    found = {
        "patient": patient,
        "member": member,
        "standing": briefings.standing(viewer, member.user_id, patient.id),
        "asked": _asked(viewer, patient, request),
    }
    if request.method == "POST":
        return _sign(request, viewer, "treatment/briefing_aloud.html", found)
    audit.read("chart.read", by=viewer, subject=patient, now=request.now)
    return _page(request, viewer, "treatment/briefing_aloud.html", {**found, "errors": [], "typed": ""})


def _caretaker(viewer: Viewer, patient: Patient, member_id: UUID) -> CircleMember:
    rows = CircleMember.objects.visible_to(viewer).filter(
        patient=patient, state=CircleMember.State.ACTIVE, role=CircleMember.Role.CARETAKER
    )
    member = get_object_or_404(rows.select_related("user"), id=member_id)
    if not people.may_be_named_adult(member):
        raise Http404
    return member


def _standing(viewer: Viewer) -> briefings.Standing:
    if not viewer.kinds or not people.may_be_named_adult(viewer.member):
        raise Http404
    return briefings.standing(viewer, viewer.user_id, viewer.patient_id)


def _asking(request: HttpRequest, viewer: Viewer) -> Asking:
    return drafts.open(
        viewer=viewer,
        patient=viewer.patient,
        questionnaire=briefings.packaged().questionnaire,
        kind=Response.Kind.SCHEDULE,
        names=_names(viewer, viewer.patient, request),
        now=request.now,
    )


def _card(request: HttpRequest, viewer: Viewer, standing: briefings.Standing, place: int) -> HttpResponse:
    """Show one card. place: counted from 1."""
    is_last = place == len(standing.cards)
    onward = reverse("briefing-questions") if standing.in_full else reverse("briefing")
    found = {
        "card": standing.cards[place - 1],
        "place": place,
        "total": len(standing.cards),
        "onward": onward if is_last else f"{reverse('briefing')}?card={place + 1}",
        "words": _("Go on") if is_last else _("Next card"),
    }
    return _page(request, viewer, "treatment/briefing_card.html", found)


def _once_more(request: HttpRequest, viewer: Viewer, asking: Asking, item: Item) -> HttpResponse | None:
    """Show the card of a question that was just answered otherwise than is safe."""
    unsafe = briefings.packaged().again({item.id: asking.answers.get(item.id, "")})
    if unsafe is None:
        return None
    found = {
        "card": next(card for card in briefings.cards() if card.id == unsafe.card),
        "place": 0,
        "total": 0,
        "onward": f"{request.path}?at={unsafe.id}",
        "words": _("Answer once more"),
    }
    return _page(request, viewer, "treatment/briefing_card.html", found)


def _asked(viewer: Viewer, patient: Patient, request: HttpRequest) -> list[tuple[str, str]]:
    """Return each question with the answer a nurse listens for."""
    found = briefings.packaged()
    words = content.words("questionnaires", found.questionnaire, get_language() or content.ENGLISH)
    names = _names(viewer, patient, request)
    return [
        (
            content.fill(words["item"][one.id]["question"], names),
            content.fill(words["item"][one.id]["choice"][one.right]["label"], names),
        )
        for one in found.questions
    ]


def _sign(
    request: HttpRequest,
    viewer: Viewer,
    template: str,
    found: dict[str, Any],
    answered: Answered | None = None,
) -> HttpResponse:
    typed = request.POST.get("name", "")
    try:
        actions.sign_briefing(
            viewer=viewer,
            member=found.get("member") or viewer.member,
            name=typed,
            answered=answered,
            client_id=forms.form_id(request),
            now=request.now,
        )
    except Refused as refused:
        errors = [("id_name" if refused.field == "name" else None, refused.message)]
        shown = {**found, "errors": errors, "typed": typed[:LONGEST_TYPED]}
        return _page(request, viewer, template, shown, status=422)
    if viewer.is_staff:
        messages.success(request, _("Signed. It counts for every infusion of this series."))
        return redirect("chart", patient_id=found["patient"].id)
    messages.success(request, _("Thank you. You can do this, and you are never alone with it."))
    return redirect("now")


def _page(
    request: HttpRequest, viewer: Viewer, template: str, found: dict[str, Any], status: int = 200
) -> HttpResponse:
    patient = found.get("patient") or viewer.patient
    names = _names(viewer, patient, request)
    known = content.evidence()
    shown = {
        "typed": "",
        "errors": [],
        "client_id": forms.form_id(request),
        "now": request.now,
        "said": lambda text: content.fill(text, names),
        "html": lambda card: content.fill_html(card.html, names),
        "sources": lambda card: [known[name] for name in card.sources if name in known],
        **found,
    }
    return render(request, template, shown, status=status)


def _names(viewer: Viewer, patient: Patient, request: HttpRequest) -> dict[str, str]:
    """Return what the cards and questions may name: no time of day, for they belong to no one infusion."""
    clinic = viewer.clinic
    return {
        "patient": patient.first_name,
        "clinic": clinic.name,
        "phone": fields.shown_phone(clinic.phone, clinic.country),
        "nurse_line": fields.shown_phone(people.answered(clinic, request.now), clinic.country),
    }
