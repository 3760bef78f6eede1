"""The plan by day, one step, what is said of it, and the lines a person keeps for themselves."""

from collections import Counter
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from luna.audit import actions as audit
from luna.careplan import actions, plans
from luna.escalation import writing
from luna.library import content
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.people.models import CircleMember
from luna.records import actions as records
from luna.records import plans as kept
from luna.treatment import forms, money

# What a button said -> (done, what to answer).
SAID = {
    "yes": (True, gettext_lazy("Noted. You can take it back at any time.")),
    "no": (False, gettext_lazy("Noted. Thank you for telling us.")),
}

# Who may sit at the table with the patient.
BESIDE = (CircleMember.Help.LIVES_WITH, CircleMember.Help.COMES_OVER)


@access.page("patient", "caretaker")
@require_GET
def plan(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the whole plan by day: done is quiet, missed is plain."""
    audit.read("plan.read", by=viewer, subject=viewer.patient, now=request.now)
    days = plans.days(viewer, request.now)
    visits = [visit for day in days for visit in day.visits]
    totals = Counter(visit.row.series_id for visit in visits)
    coming = (visit.row.series_id for visit in visits if not visit.given(request.now))
    at_hand = next(coming, visits[-1].row.series_id if visits else None)
    given = sum(visit.given(request.now) for visit in visits if visit.row.series_id == at_hand)
    found = {"days": days, "given": given, "total": totals[at_hand], "totals": totals}
    found["costs"] = money.teaser(viewer, request.now)
    return render(request, "careplan/plan.html", found)


@access.page("patient", "caretaker")
@require_GET
def fasting(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show until when the patient eats and drinks before the next infusion, and who decided it."""
    audit.read("plan.read", by=viewer, subject=viewer.patient, now=request.now)
    found = {
        "fast": plans.fast(viewer, request.now),
        "until": plans.until,
        "stage": plans.stage,
        "is_there": viewer.member is not None and viewer.member.help in BESIDE,
        "now": request.now,
    }
    return render(request, "careplan/fasting.html", found)


@access.page("patient", "caretaker", "staff")
@require_GET
def step(request: HttpRequest, viewer: Viewer, task_key: str) -> HttpResponse:
    """Show one step: what to do, when, why, where that comes from, and the buttons to say it is done."""
    return _step(request, viewer, task_key)


@access.page("patient", "caretaker", "staff")
@require_POST
def mark(request: HttpRequest, viewer: Viewer, task_key: str) -> HttpResponse:
    """Say "done" or "not done" of one's own step, or take it back."""
    if viewer.is_staff:
        access.enter(viewer, plans.find(viewer, task_key, request.now)[0].patient.id, request.now)
    said = request.POST.get("done", "")
    asked = {
        "viewer": viewer,
        "task_key": task_key,
        "revision": forms.number(request, "revision"),
        "client_id": forms.form_id(request),
        "now": request.now,
    }
    try:
        if said == "back":
            actions.take_back(**asked)
            messages.success(request, _("Taken back."))
        elif said in SAID:
            done, answer = SAID[said]
            actions.mark(done=done, **asked)
            messages.success(request, answer)
        else:
            raise Http404
    except Refused as refusal:
        return _step(request, viewer, task_key, refused=refusal)
    return redirect(_next(request) or request.path.removesuffix("/mark"))


@access.page("patient", "caretaker", fresh=True)
@access.leaves_no_trace  # a line that came too late would be kept where its writer's key does not seal it
@require_http_methods(["GET", "POST"])
def private(request: HttpRequest, viewer: Viewer, task_key: str) -> HttpResponse:
    """Keep lines at a step that only their writer can read."""
    item = plans.item(*plans.find(viewer, task_key, request.now))
    refused = None
    if request.method == "POST":
        try:
            records.keep_line(
                viewer=viewer,
                task_key=item.key,
                text=request.POST.get("text", ""),
                client_id=forms.form_id(request),
                now=request.now,
            )
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("Kept. Only you can read it."))
            return redirect("step-private", task_key=task_key)
    found = {
        "item": item,
        "around": writing.around(viewer, request.now),
        "lines": kept.own_lines(viewer, task_key),
        "refused": refused,
        "text": request.POST.get("text", "")[: records.LONGEST * 2],
        "client_id": forms.form_id(request),
        "now": request.now,
    }
    return render(request, "careplan/private.html", found, status=422 if refused else 200)


@access.page("patient", "caretaker", fresh=True)
@require_POST
def delete_line(request: HttpRequest, viewer: Viewer, task_key: str, line_id: UUID) -> HttpResponse:
    """Delete one of one's own lines for good."""
    records.delete_line(viewer=viewer, line_id=line_id, now=request.now)
    messages.success(request, _("Deleted for good."))
    return redirect("step-private", task_key=task_key)


def _step(
    request: HttpRequest, viewer: Viewer, task_key: str, refused: Refused | None = None
) -> HttpResponse:
    item = plans.item(*plans.find(viewer, task_key, request.now))
    access.enter(viewer, item.plan.patient.id, request.now)
    verb = "chart.read" if viewer.is_staff else "plan.read"
    audit.read(verb, by=viewer, subject=item.plan.patient, now=request.now)
    known = content.evidence()
    found = {
        "item": item,
        "is_mine": plans.is_actor(viewer, item.task),
        "sources": [known[name] for name in item.guide.sources if name in known] if item.guide else [],
        "refused": refused,
        "now": request.now,
    }
    return render(request, "careplan/step.html", found, status=422 if refused else 200)


def _next(request: HttpRequest) -> str:
    """Return the page to go back to, if it is one of ours."""
    path = request.POST.get("next", "")
    return path if path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None) else ""
