"""The patient's pages before a first visit: the questions, medicines, fears and questions of their own."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from luna.audit import actions as audit
from luna.clinical.questionnaire import Item
from luna.escalation import help, writing
from luna.intake import actions, forms, plans
from luna.intake.actions import medicines, raising
from luna.intake.models import Medicine, Question
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.records import drafts, pages
from luna.records.models import Response
from luna.records.questions import Asking

SEARCHED = 60  # letters of a name that are looked for
NO_NAME = gettext_lazy("Type its name, or the first letters of it.")


@access.page("patient")
@require_GET
def home(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show what is asked before the first visit, how far it is, and what became of it."""
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
def medicine_list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the medicines; say that the list is whole, or that nothing is taken."""
    refused = None
    if request.method == "POST":
        try:
            medicines.review(
                viewer=viewer,
                patient=viewer.patient,
                takes_none=request.POST.get("do") == "none",
                client_id=forms.form_id(request),
                now=request.now,
            )
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("Noted. Thank you."))
            return redirect("intake")
    found = {"medicines": plans.medicines_of(viewer, viewer.patient), "refused": refused, "now": request.now}
    return render(request, "intake/medicines.html", found, status=422 if refused else 200)


@access.page("patient")
@require_http_methods(["GET", "POST"])
def medicine_add(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Find a medicine by any of its names, or take what was typed; then how much, when, since when."""
    # A name is typed here: asked for by POST, it stays out of addresses, histories and logs.
    do = request.POST.get("do", "")
    if do == "search":
        wanted = request.POST.get("q", "").strip()[:SEARCHED]
        return _search(request, viewer, wanted, refused="" if wanted else NO_NAME)
    if do == "choose":
        return _medicine(request, viewer, form=forms.said(request), action=reverse("medicine-add"))
    if do != "keep":
        return _search(request, viewer, "")
    said, client_id = forms.said(request), forms.form_id(request)
    try:
        row = medicines.tell(
            viewer=viewer, patient=viewer.patient, said=said, client_id=client_id, now=request.now
        )
    except Refused as refused:
        return _medicine(request, viewer, form=said, action=reverse("medicine-add"), refused=refused)
    done = _("%(name)s is on your list.") % {"name": row.name}
    return _onward(request, viewer, client_id, "medicine-list", done)


@access.page("patient")
@require_http_methods(["GET", "POST"])
def medicine(request: HttpRequest, viewer: Viewer, medicine_id: UUID) -> HttpResponse:
    """Change what was said of a medicine, or say that it is not taken any more."""
    row = Medicine.objects.visible_to(viewer).filter(id=medicine_id).first()
    if row is None:
        raise Http404
    said = forms.said(request) if request.POST.get("do") == "keep" else _said_of(row)
    if request.method == "POST":
        client_id = forms.form_id(request)
        try:
            _change(request, viewer, row, client_id)
        except Refused as refused:
            return _medicine(request, viewer, form=said, action=request.path, row=row, refused=refused)
        done = _("Changed. Thank you for telling us.")
        return _onward(request, viewer, client_id, "medicine-list", done)
    return _medicine(request, viewer, form=said, action=request.path, row=row)


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


def _search(request: HttpRequest, viewer: Viewer, wanted: str, refused: str = "") -> HttpResponse:
    found = {
        "wanted": wanted,
        "matches": plans.search(wanted),
        "refused": refused,
        "around": writing.around(viewer, request.now),
    }
    return render(request, "intake/medicine_search.html", found, status=422 if refused else 200)


def _said_of(row: Medicine) -> medicines.Said:
    return medicines.Said(row.name, row.dose_text, row.when_text, row.since_text)


def _change(request: HttpRequest, viewer: Viewer, row: Medicine, client_id: UUID) -> None:
    about = {
        "viewer": viewer,
        "patient": viewer.patient,
        "medicine_id": row.id,
        "client_id": client_id,
        "now": request.now,
    }
    match request.POST.get("do", ""):
        case "stop":
            medicines.stop(stopped_on=_day(request.POST.get("stopped_on", "")), **about)
        case "mistake":
            medicines.mistake(**about)
        case _:
            medicines.change(said=forms.said(request), **about)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(_("Enter the day you took it last, like 2027-03-31."), "stopped_on") from None


def _medicine(
    request: HttpRequest,
    viewer: Viewer,
    *,
    form: medicines.Said,
    action: str,
    row: Medicine | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    client_id = forms.form_id(request)
    called = writing.called(viewer, client_id) if refused else None
    found: dict[str, Any] = {
        "around": writing.around(viewer, request.now, called=called),
        "said": form,
        "action": action,
        "row": row,
        "refused": refused,
        "client_id": client_id if refused else None,
        "stopped_on": request.POST.get("stopped_on", "")[:20],
    }
    return render(request, "intake/medicine.html", found, status=422 if refused else 200)


def _onward(request: HttpRequest, viewer: Viewer, client_id: UUID, back: str, done: str) -> HttpResponse:
    """Go on after a form: to whom to call where its words brought a human, else back."""
    if (step := writing.called(viewer, client_id)) is not None:
        return redirect(writing.told_url(step, reverse(back)))
    messages.success(request, done)
    return redirect(back)
