"""The patient's pages before a first visit: the questions, and fears and questions of their own."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from luna.audit import actions as audit
from luna.clinical.questionnaire import Item
from luna.escalation import help, writing
from luna.intake import actions, forms, plans
from luna.intake.actions import raising
from luna.intake.models import Question
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.records import drafts, pages
from luna.records.models import Response
from luna.records.questions import Asking


@access.page("patient")
@require_GET
def home(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show what a patient tells the clinic: how far each part is, and what became of it."""
    begun = plans.underway(viewer, viewer.patient)
    intake = plans.intake_of(viewer, viewer.patient)
    found = {
        "intakes": [
            (name, words, _asking(request, viewer, name) if name in begun else None)
            for name, words in plans.INTAKES.items()
        ],
        "suggested": plans.suggested(viewer.patient),
        "intake": intake,
        "sent": {one.questionnaire: one for one in intake.sent} if intake else {},
        "medicines": plans.medicines_of(viewer, viewer.patient),
        "asked": plans.questions_of(viewer, viewer.patient),
        "noticed": plans.collateral_of(viewer, viewer.patient),
        "now": request.now,
    }
    return render(request, "intake/home.html", found)


@access.page("patient")
@require_http_methods(["GET", "POST"])
def questions(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponse:
    """Ask one question a page; judge what cannot wait as it is answered; send all of it once."""
    asking = _asking(request, viewer, name)

    def send(asking: Asking) -> HttpResponse:
        actions.send(viewer=viewer, asking=asking, now=request.now, **pages.version_of(request))
        messages.success(request, _("Sent. Thank you. You can change an answer at any time."))
        return redirect("intake")

    def answered(asking: Asking, item: Item) -> HttpResponse | None:
        if actions.of_answer(viewer, asking, item, request.now) is not None:
            return redirect("intake-now", name, item.id)
        _compare_birth_date(request, asking, item)
        return None

    return pages.ask(
        request,
        viewer,
        asking,
        send=send,
        answered=answered,
        leave=reverse("intake"),
        context={"send_words": _("Send to the clinic")},
    )


@access.page("patient")
@require_GET
def now(request: HttpRequest, viewer: Viewer, name: str, slug: str) -> HttpResponse:
    """Say whom to call after an answer that cannot wait, and truthfully what the clinic knows."""
    asking = _asking(request, viewer, name)
    item = asking.item(slug)
    raised = plans.raised(viewer, raising.about_answer(asking, item)) if item else None
    if raised is None:
        raise Http404
    next_url = reverse("intake-questions", args=[name])
    found = {
        "help": help.help_for(viewer, raised, request.now),
        "go_on": next_url,
        "change": f"{next_url}?at={slug}",
        "now": request.now,
    }
    return render(request, "escalation/help.html", found)


@access.page("patient")
@require_GET
def answers(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show what was sent, with a way to change each answer."""
    intake = plans.intake_of(viewer, viewer.patient)
    if intake is None:
        return redirect("intake")
    audit.read("intake.read", by=viewer, subject=viewer.patient, now=request.now)
    return render(request, "intake/answers.html", {"intake": intake, "now": request.now})


@access.page("patient")
@require_http_methods(["GET", "POST"])
def asked(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show fears and questions with their answers, and take a new one."""
    refused, client_id = None, forms.form_id(request)
    if request.method == "POST":
        try:
            actions.ask(
                viewer=viewer,
                what=request.POST.get("what") or Question.What.QUESTION,
                written=forms.written(request),
                client_id=client_id,
                now=request.now,
            )
        except Refused as refusal:
            refused = refusal
        else:
            done = _("Sent. Somebody reads it in opening hours and answers by name.")
            return _onward(request, viewer, client_id, "intake-asked", done)
    called = writing.called(viewer, client_id) if refused else None
    found = {
        "asked": plans.questions_of(viewer, viewer.patient),
        "around": writing.around(viewer, request.now, called=called),
        "refused": refused,
        "typed": request.POST if refused else {},
        "client_id": client_id,
        "now": request.now,
    }
    return render(request, "intake/asked.html", found, status=422 if refused else 200)


def _asking(request: HttpRequest, viewer: Viewer, name: str) -> Asking:
    if name not in plans.INTAKES:
        raise Http404
    return drafts.open(
        viewer=viewer,
        patient=viewer.patient,
        questionnaire=name,
        kind=Response.Kind.HISTORY,
        begin_with=plans.last_answers(viewer, viewer.patient, name),
        now=request.now,
    )


def _compare_birth_date(request: HttpRequest, asking: Asking, item: Item) -> None:
    """Say at once that a birth date is not the chart's, without telling the chart's."""
    if item.id == "born" and asking.answers[item.id] != asking.patient.born_on.isoformat():
        messages.warning(
            request,
            _("The clinic has another birth date for you. Look at yours again. If it is right, go on."),
        )


def _onward(request: HttpRequest, viewer: Viewer, client_id: UUID, back: str, done: str) -> HttpResponse:
    """Go on after a form: to whom to call where its words brought a human, else back."""
    if (step := writing.called(viewer, client_id)) is not None:
        return redirect(writing.told_url(step, reverse(back)))
    messages.success(request, done)
    return redirect(back)
