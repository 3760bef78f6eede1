"""The clinic's pages of messages: what reached nobody, whom to call, and what was sent to whom."""

from collections.abc import Callable, Iterable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from luna.audit import actions as audit
from luna.notices import actions, forms, plans
from luna.notices.models import Notice
from luna.notices.plans import Line
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.people.forms.fields import form_id
from luna.people.models import Patient

RESEND, TOLD = "resend", "told"


@access.page("staff")
@require_http_methods(["GET", "POST"])
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show a clinic's messages; send several that reached nobody again, or note that they were told."""
    if request.method == "GET":
        return _page(request, viewer)
    do = request.POST.get("do", "")
    if do not in (RESEND, TOLD):
        raise Http404
    chosen = forms.chosen(request, "shown" if "all" in request.POST else "one")
    if not chosen:
        return _page(request, viewer, [_("Tick at least one message first.")])
    return _decide(request, viewer, do, chosen)


@access.page("staff")
@require_GET
def history(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show all messages of a clinic, page by page."""
    page = plans.history(viewer, request.GET.get("page", "1"))
    _note_looks(request, viewer, page)
    return render(request, "notices/history.html", {"page": page, "now": request.now})


@access.page("staff")
@require_GET
def of_patient(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Show the messages about one patient, to everyone concerned."""
    patient = Patient.objects.visible_to(viewer).filter(id=patient_id).first()
    if patient is None:
        raise Http404
    audit.read("chart.read", by=viewer, subject=patient, patient_id=patient.id, now=request.now)
    page = plans.history(viewer, request.GET.get("page", "1"), patient=patient_id)
    found = {"patient": patient, "page": page, "now": request.now}
    return render(request, "notices/of_patient.html", found)


@access.page("staff")
@require_GET
def to_person(request: HttpRequest, viewer: Viewer, notice_id: UUID) -> HttpResponse:
    """Show what the clinic sent to whoever one of its messages was for."""
    notice = get_object_or_404(Notice.objects.visible_to(viewer).reasons(), id=notice_id)
    page = plans.to(viewer, notice, request.GET.get("page", "1"))
    _note_looks(request, viewer, page)
    found = {"to": plans.addressed(notice), "page": page, "now": request.now}
    return render(request, "notices/to_person.html", found)


@access.page("staff")
@require_POST
def resend(request: HttpRequest, viewer: Viewer, notice_id: UUID) -> HttpResponse:
    """Send one message again."""
    return _decide(request, viewer, RESEND, {notice_id: forms.fence(request.POST.get("fence", ""))})


@access.page("staff")
@require_POST
def told(request: HttpRequest, viewer: Viewer, notice_id: UUID) -> HttpResponse:
    """Note that somebody told the person another way."""
    return _decide(request, viewer, TOLD, {notice_id: forms.fence(request.POST.get("fence", ""))})


ACTIONS: dict[str, Callable[..., list[tuple[Notice, Refused]]]] = {
    RESEND: actions.resend,
    TOLD: actions.told_otherwise,
}


def _decide(request: HttpRequest, viewer: Viewer, do: str, chosen: dict[UUID, int]) -> HttpResponse:
    """Decide about some messages, and name those for which nothing was done."""
    refused = _do(request, viewer, do, chosen)
    done = len(chosen) - len(refused)
    if not done:
        return _page(request, viewer, forms.named(refused))
    said = {
        RESEND: ngettext("It is being sent again.", "%(n)s are being sent again.", done),
        TOLD: ngettext("Noted. It is off the list.", "Noted. %(n)s are off the list.", done),
    }
    messages.success(request, said[do] % {"n": done})
    for problem in forms.named(refused):
        messages.warning(request, problem)
    kept = {name: request.POST[name] for name in ("state", "page") if request.POST.get(name)}
    return redirect(f"{reverse('messages')}?{urlencode(kept)}" if kept else "messages")


def _do(
    request: HttpRequest, viewer: Viewer, do: str, chosen: dict[UUID, int]
) -> list[tuple[Notice, Refused]]:
    try:
        return ACTIONS[do](chosen, viewer=viewer, client_id=form_id(request), now=request.now)
    except Notice.DoesNotExist:
        raise Http404 from None


def _note_looks(request: HttpRequest, viewer: Viewer, lines: Iterable[Line]) -> None:
    """Note whose names stand in a list of messages."""
    named = {one.notice.patient_id: one.notice.patient for one in lines if one.notice.patient}
    audit.read_all("list.messages", by=viewer, subjects=named.values(), now=request.now)


def _page(request: HttpRequest, viewer: Viewer, problems: Iterable[str] = ()) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    state = asked.get("state", "")
    waiting = plans.for_staff(viewer, state, asked.get("page", "1"))
    latest = plans.latest(viewer)
    _note_looks(request, viewer, [*waiting, *latest])
    errors = [(None, one) for one in problems]
    found = {
        "page": waiting,
        "state": state if state in Notice.OPEN_TO_STAFF else "",
        "open": plans.open_to_staff(viewer),
        "latest": latest,
        "stopped": plans.stopped(viewer),
        "unwanted": plans.unwanted(viewer, request.now),
        "numbers": plans.numbers(viewer, request.now),
        "ticked": set(request.POST.getlist("one")),
        "client_id": form_id(request),
        "errors": errors,
        "now": request.now,
    }
    return render(request, "notices/messages.html", found, status=422 if errors else 200)
