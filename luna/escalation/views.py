"""Pages of escalations: what is open, one of them, and the ladder."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from luna.audit import actions as audit
from luna.escalation import actions, calling, forms, help, ladder, plans, safety, writing
from luna.escalation.models import Escalation
from luna.notices import hooks
from luna.notices.channels import voice
from luna.notices.models import Notice
from luna.people import access
from luna.people import plans as people
from luna.people import safety as contact
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.people.models import Clinic, Clinician


@access.page("patient")
@access.leaves_no_trace
@never_cache
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Let a patient tell the clinic, and nobody else, that they do not feel safe with someone."""
    refused = None
    if request.method == "POST":
        try:
            _write(request, viewer)
        except Refused as refusal:
            refused = refusal
    context = {
        "around": writing.around(viewer, request.now),
        "opening": people.opening(viewer.clinic, request.now),
        # Drawn at once: no message waits for the next page, and the address stays the same.
        "sent": request.method == "POST" and refused is None,
        "refused": refused,
        "typed": request.POST if refused else {},
    }
    return render(request, "escalation/write.html", context, status=422 if refused else 200)


@access.page("patient", "caretaker")
@require_GET
def told(request: HttpRequest, viewer: Viewer, step_id: UUID) -> HttpResponse:
    """Say whom to call after words that cannot wait, to whoever wrote them."""
    step = writing.step_of(viewer, step_id)
    if step is None:
        raise Http404
    found = {
        "help": help.help_for(viewer, step.escalation, request.now),
        "go_on": _next(request) or reverse("start"),
        "change": "",
        "now": request.now,
    }
    return render(request, "escalation/help.html", found)


@access.page("staff")
@require_GET
def board(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show who needs somebody now: the three most urgent as cards, then all."""
    found = {"board": plans.board(viewer, request.now), "now": request.now}
    audit.read_all("list.escalations", by=viewer, subjects=found["board"].shown, now=request.now)
    return render(request, "escalation/board.html", found)


@access.page("staff")
@require_GET
def one(request: HttpRequest, viewer: Viewer, escalation_id: UUID) -> HttpResponse:
    """Show one escalation, whom to call, and what was done."""
    return _page(request, viewer, escalation_id)


@access.page("staff")
@require_POST
def acknowledge(request: HttpRequest, viewer: Viewer, escalation_id: UUID) -> HttpResponse:
    """Say "I have this"."""
    return _act(request, viewer, escalation_id, actions.acknowledge, _("You have it now."))


@access.page("staff")
@require_POST
def hand_over(request: HttpRequest, viewer: Viewer, escalation_id: UUID) -> HttpResponse:
    """Ask a colleague to take over."""
    done = _("They are asked now. It stays yours until they accept.")
    return _act(request, viewer, escalation_id, actions.hand_over, done, to_id=_id(request, "to"))


@access.page("staff")
@require_POST
def accept(request: HttpRequest, viewer: Viewer, escalation_id: UUID) -> HttpResponse:
    """Accept a hand-over."""
    return _act(request, viewer, escalation_id, actions.accept, _("You have it now."))


@access.page("staff")
@require_POST
def close(request: HttpRequest, viewer: Viewer, escalation_id: UUID) -> HttpResponse:
    """Close it with an outcome."""
    about = {"outcome": request.POST.get("outcome", ""), "note": request.POST.get("note", "").strip()}
    return _act(request, viewer, escalation_id, actions.close, _("It is closed."), **about)


@csrf_exempt
@access.public
@require_POST
def pressed(request: HttpRequest, notice_id: UUID, fence: int) -> HttpResponse:
    """Hear which key somebody pressed whom the provider rang for us. 1 takes it, any other nothing."""
    fields = hooks.heard(request)
    key = hooks.pressed(fields)
    said = _("That was not 1, so this call changed nothing. Please open Luna.") if key else ""
    if key == "1":
        try:
            said = calling.take(
                notice_id=notice_id, fence=fence, ref=fields.get("CallSid", ""), now=request.now
            )
        except (Notice.DoesNotExist, Escalation.DoesNotExist):
            raise Http404 from None
    return HttpResponse(voice.saying(said), content_type="text/xml")


@access.page("staff", roles=("admin",))
@require_http_methods(["GET", "POST"])
def ladder_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show and change who is told, and when."""
    staff = Clinician.objects.filter(clinic_id=viewer.clinic_id, active=True, user__is_active=True)
    stored = plans.rungs(viewer.clinic_id)
    offered = forms.choices(list(staff.select_related("user").order_by("user__name")))
    posted = request.POST if request.method == "POST" else None
    filled = forms.rung_forms(posted, stored, offered)
    errors = [(bound.auto_id, bound.errors[0]) for form in filled for bound in form if bound.errors]
    if request.method == "POST" and not errors:
        try:
            version = _number(request, "version")
            ladder.set_ladder(rungs=forms.chosen(filled), viewer=viewer, version=version, now=request.now)
            messages.success(request, _("The ladder is saved."))
            return redirect("ladder")
        except Refused as refusal:
            errors = [(f"id_{refusal.field}" if refusal.field else None, refusal.message)]
    return _ladder(request, viewer, {"forms": filled, "stored": stored, "errors": errors})


def _write(request: HttpRequest, viewer: Viewer) -> None:
    """Tell the clinic at once, whatever was said or left out: nobody is held up here."""
    written = writing.written(request, longest=safety.LONGEST["text"])
    safety.tell(
        text=written.text,
        reach=request.POST.get("reach", "")[: safety.LONGEST["reach"] + 1],
        in_danger=bool(written.happening),
        viewer=viewer,
        client_id=_id(request, "client_id"),
        now=request.now,
    )


def _next(request: HttpRequest) -> str:
    """Return where somebody was when their words were heeded, if it is a page of ours."""
    path = request.GET.get("next", "")
    return path if path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None) else ""


def _ladder(request: HttpRequest, viewer: Viewer, found: dict[str, Any]) -> HttpResponse:
    reach = [(rung, plans.recipients(rung)) for rung in found["stored"]]
    version = Clinic.objects.values_list("version", flat=True).get(id=viewer.clinic_id)
    found = {**found, "reach": reach, "version": version, "calls": voice.is_there()}
    return render(request, "escalation/ladder.html", found, status=422 if found["errors"] else 200)


def _act(
    request: HttpRequest, viewer: Viewer, escalation_id: UUID, action: Callable[..., Escalation], done: str,
    **about: Any,
) -> HttpResponse:  # fmt: skip
    """Do what one button asks, and show the escalation again; refused, with what was typed."""
    try:
        action(
            escalation_id=escalation_id,
            viewer=viewer,
            client_id=_id(request, "client_id"),
            version=_number(request, "version"),
            now=request.now,
            **about,
        )
    except Escalation.DoesNotExist:
        raise Http404 from None
    except Refused as refusal:
        return _page(request, viewer, escalation_id, problem=refusal)
    messages.success(request, done)
    return redirect("escalation", escalation_id)


def _page(
    request: HttpRequest, viewer: Viewer, escalation_id: UUID, problem: Refused | None = None
) -> HttpResponse:
    try:
        whole = plans.whole(viewer, escalation_id, request.now)
    except Escalation.DoesNotExist:
        raise Http404 from None
    row = whole.line.row
    audit.read("chart.read", by=viewer, subject=row, patient_id=row.patient_id, now=request.now)
    return render(
        request,
        "escalation/one.html",
        {
            "whole": whole,
            "said": safety.words(viewer, row),
            "contact": contact.latest(viewer, row.patient),
            "outcomes": list(actions.OUTCOMES.items()),
            "colleagues": [(str(one.user_id), one.user.name) for one in whole.colleagues],
            "typed": request.POST,
            "problem": problem,
            "errors": [(f"id_{problem.field}" if problem.field else None, problem.message)]
            if problem
            else [],
            "now": request.now,
        },
        status=422 if problem else 200,
    )


def _id(request: HttpRequest, name: str) -> UUID:
    """Return an id from a form. A form without one did not come from our page."""
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        raise Http404 from None


def _number(request: HttpRequest, name: str) -> int:
    """Return a version from a form; one that is none never fits."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1
