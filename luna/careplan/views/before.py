"""Before an infusion: how anxious the patient is, and a line of their own to hold on to."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from luna.careplan import actions, plans
from luna.escalation import writing
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.records import actions as records
from luna.records import drafts, pages
from luna.records.models import Response
from luna.records.questions import Asking, Item
from luna.treatment import comforts, forms, intentions
from luna.treatment.models import Infusion


@access.page("patient")
@require_http_methods(["GET", "POST"])
def anxiety(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask on the day, until the infusion starts, how anxious the patient is: one number, or none."""
    infusion = plans.asked_today(viewer, request.now)
    if infusion is None:
        messages.info(request, _("We ask this on the day of an infusion, until it starts."))
        return redirect("now")
    asking = drafts.open(
        viewer=viewer,
        patient=viewer.patient,
        questionnaire=plans.ANXIETY,
        kind=Response.Kind.SCORES,
        task_key=plans.anxiety_key(infusion),
        revision=infusion.revision,
        now=request.now,
    )
    said = plans.felt(viewer, infusion)
    is_again = request.method == "POST" and pages.version_of(request)["round"] < asking.round
    if is_again and said is not None and request.POST.get("answer") == str(said.value):
        return redirect("now")  # the same form again

    def answered(asking: Asking, item: Item) -> HttpResponse:
        drafts.submit(
            viewer=viewer, asking=asking, version=asking.version, round=asking.round, now=request.now
        )
        messages.success(request, _("Thank you. Your nurse sees it."))
        return redirect("now")

    def send(asking: Asking) -> HttpResponse:
        return answered(asking, asking.items[0])

    return pages.ask(request, viewer, asking, send=send, answered=answered, leave=reverse("now"))


@access.page("patient")
@access.leaves_no_trace  # a line that came too late would be kept where its writer's key does not seal it
@require_http_methods(["GET", "POST"])
def intention(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Choose the line that stands on Now before the next infusion, and see to whom it is shown."""
    infusion = plans.next_infusion(viewer, request.now)
    refused = None
    if request.method == "POST" and infusion is not None:
        try:
            actions.intend(
                viewer=viewer,
                infusion=infusion,
                text=request.POST.get("text", ""),
                client_id=forms.form_id(request),
                now=request.now,
            )
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("Kept. It stands on your Now page before the infusion."))
            return redirect("intention")
    return _intention(request, viewer, infusion, refused)


@access.page("patient")
@require_POST
def show(request: HttpRequest, viewer: Viewer, line_id: UUID) -> HttpResponse:
    """Show one's own line to somebody, or to the nurses; or stop showing it."""
    infusion = plans.next_infusion(viewer, request.now)
    to = _reader(request)
    if request.POST.get("do") == "hide":
        records.hide_line(viewer=viewer, line_id=line_id, member_id=to, now=request.now)
        messages.success(request, _("They don’t see it any more."))
        return redirect("intention")
    if request.POST.get("do") != "show" or infusion is None:
        raise Http404
    try:
        share = actions.show_intention(
            viewer=viewer,
            infusion=infusion,
            line_id=line_id,
            member_id=to,
            client_id=forms.form_id(request),
            now=request.now,
        )
    except Refused as refusal:
        return _intention(request, viewer, infusion, refusal)
    if share.ended_at is None:  # the same form again may come after a stop
        messages.success(request, _("Shared. You can stop that at any time."))
    return redirect("intention")


@access.page("patient")
@require_POST
def drop(request: HttpRequest, viewer: Viewer, line_id: UUID) -> HttpResponse:
    """Delete one's own line for good."""
    records.delete_line(viewer=viewer, line_id=line_id, now=request.now)
    messages.success(request, _("Deleted for good."))
    return redirect("intention")


def _reader(request: HttpRequest) -> UUID | None:
    """Return the member of the circle a form names, None for the nurses."""
    said = request.POST.get("to", "")
    try:
        return UUID(said) if said else None
    except ValueError:
        raise Http404 from None


def _intention(
    request: HttpRequest, viewer: Viewer, infusion: Infusion | None, refused: Refused | None
) -> HttpResponse:
    at_hand = comforts.at_hand(viewer, request.now)
    is_running = at_hand is not None and at_hand.infusion != infusion
    running = intentions.own(viewer, at_hand.infusion) if at_hand and is_running else None
    if infusion is None and running is None:
        messages.info(request, _("When an infusion is booked, you can choose a line for it."))
        return redirect("now")
    found = {
        "infusion": infusion,
        "own": intentions.own(viewer, infusion) if infusion else None,
        "running": running,
        "text": request.POST.get("text", "")[: actions.LONGEST_LINE * 4],
        "around": writing.around(viewer, request.now),
        "refused": refused,
        "client_id": forms.form_id(request),
        "now": request.now,
    }
    return render(request, "careplan/intention.html", found, status=422 if refused else 200)
