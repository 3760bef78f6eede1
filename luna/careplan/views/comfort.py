"""The comfort card: the patient writes it, whoever cares for them reads it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from luna.audit import actions as audit
from luna.careplan import actions
from luna.clinical import comfort
from luna.clinical.comfort import ANSWERS, LONGEST, Card
from luna.escalation import writing
from luna.library import content
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.treatment import comforts, forms, intentions
from luna.treatment.comforts import AtHand


@access.page("patient", "caretaker")
@require_http_methods(["GET", "POST"])
def card(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show how the patient wants to be cared for; the patient changes it until an infusion starts."""
    audit.read("plan.read", by=viewer, subject=viewer.patient, patient_id=viewer.patient_id, now=request.now)
    found = comforts.at_hand(viewer, request.now)
    refused = None
    if request.method == "POST":
        client_id = forms.form_id(request)
        try:
            actions.write_comfort(
                viewer=viewer, wanted=_wanted(request), client_id=client_id, now=request.now
            )
        except Refused as refusal:
            refused = refusal
        else:
            if (step := writing.called(viewer, client_id)) is not None:
                return redirect(writing.told_url(step, reverse("comfort")))
            messages.success(request, _("Saved. You can change it until the infusion starts."))
            return redirect("comfort")
    page = _page(request, viewer, found, refused)
    return render(request, "careplan/comfort.html", page, status=422 if refused else 200)


def _page(
    request: HttpRequest, viewer: Viewer, found: AtHand | None, refused: Refused | None
) -> dict[str, object]:
    before = found.card if found else None
    is_patient = viewer.capacity_kind == "patient"
    earlier = comforts.latest(viewer) if is_patient and before is None else None
    written = before or earlier or Card(at=request.now, said=comfort.suggested())
    client_id = forms.form_id(request)
    cited = dict.fromkeys(one.evidence for one in comfort.SUGGESTED.values())
    return {
        "found": found,
        "card": before,
        "is_start": before is None and earlier is None,
        "shown": _typed(request) if refused else written,
        "only": request.POST.get("only", "") if refused else "",
        "questions": comforts.QUESTIONS,
        "short": comforts.short,
        "sources": [content.evidence()[name] for name in cited],
        "around": _around(request, viewer, refused) if is_patient else None,
        "line": intentions.shown(viewer, found.infusion, request.now) if found and not is_patient else None,
        "refused": refused,
        "client_id": client_id,
        "now": request.now,
    }


def _around(request: HttpRequest, viewer: Viewer, refused: Refused | None) -> writing.Around:
    called = writing.called(viewer, forms.form_id(request)) if refused else None
    return writing.around(viewer, request.now, called=called)


def _wanted(request: HttpRequest) -> actions.WantedComfort:
    typed, only = _typed(request), request.POST.get("only", "")
    try:
        infusion_id = UUID(only) if only else None
    except ValueError:
        raise Http404 from None
    return actions.WantedComfort(
        said=typed.said, calms=typed.calms, avoid=typed.avoid, infusion_id=infusion_id
    )


def _typed(request: HttpRequest) -> Card:
    """Return what was typed as a card. What is longer than it may be is cut where it is refused anyway."""
    return Card(
        at=request.now,
        said={name: request.POST.get(name, "")[:LONGEST] for name in ANSWERS},
        calms=request.POST.get("calms", "").strip()[: LONGEST + 1],
        avoid=request.POST.get("avoid", "").strip()[: LONGEST + 1],
    )
