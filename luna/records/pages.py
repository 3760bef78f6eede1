"""Draw a questionnaire, one question a page, for the slice whose page it is.

    @access.page("patient")
    @require_http_methods(["GET", "POST"])
    def intake(request, viewer):
        asking = drafts.open(viewer=viewer, patient=viewer.patient, questionnaire="intake-mood",
                             kind="history", now=request.now)
        return pages.ask(request, viewer, asking, send=lambda asking: _send(request, viewer, asking),
                         leave=reverse("now"))

The page keeps every answer as it is given. `?at=<item>` asks that question again; `?at=check` checks
the answers. What a patient or caretaker writes is heeded first, as in every box (escalation.writing):
words that cannot wait lead to whom to call. When all answers are checked, `send` sends them, by
`drafts.submit` with this request's `version_of`, and returns where to go.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from luna.clinical.questionnaire import LONGEST_TEXT, Item, ItemType
from luna.escalation import writing
from luna.escalation.models import EscalationStep
from luna.escalation.writing import Written
from luna.people.access import Viewer
from luna.people.errors import Refused, Stale
from luna.people.forms import fields
from luna.records import drafts
from luna.records.questions import Asking

CHECK = "check"
LARGEST = 2**31 - 1  # what the database counts to

Send = Callable[[Asking], HttpResponse]
Answered = Callable[[Asking, Item], HttpResponse | None]


def ask(
    request: HttpRequest,
    viewer: Viewer,
    asking: Asking,
    *,
    send: Send,
    leave: str,
    answered: Answered | None = None,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """Ask the next question, keep an answer, let the answers be checked, or send them.

    send: sends what was checked and answers with where to go; what it refuses is shown.
    leave: the address of "stop for now".
    answered: called after an answer is kept, also when it was kept before, such as to judge an
    answer that cannot wait; a response of its own is shown instead of the next question.
    context: more for the templates, such as `send_words` and `eyebrow`.
    """
    shown = {
        "leave": leave,
        "send_words": None,
        "eyebrow": None,
        "layout": "staff.html" if viewer.is_staff else "people.html",
        **(context or {}),
    }
    if request.method != "POST":
        return _show(request, viewer, asking, shown)
    if request.POST.get("do") == "send":
        return _send(request, viewer, asking, send, shown)
    return _save(request, viewer, asking, answered, shown)


def version_of(request: HttpRequest) -> dict[str, int]:
    """Return the version and round of the draft that the person had on their page."""
    return {name: _number(request, name) for name in ("version", "round")}


def _show(request: HttpRequest, viewer: Viewer, asking: Asking, shown: dict[str, Any]) -> HttpResponse:
    at = request.GET.get("at", "")
    item = asking.item(at) or asking.current
    if item is None or (at == CHECK and asking.current is None):
        return _check(request, asking, shown)
    return _question(request, viewer, asking, item, shown)


def _save(
    request: HttpRequest, viewer: Viewer, asking: Asking, answered: Answered | None, shown: dict[str, Any]
) -> HttpResponse:
    item = asking.item(request.POST.get("item", ""))
    answer = _answer(request, item) if item else ""
    written = _written(request, viewer, asking, item, answer)
    client_id = fields.form_id(request)
    called = writing.heed(viewer=viewer, written=written, client_id=client_id, now=request.now)
    called = called or writing.called(viewer, client_id)  # a double click is led to the same page
    if item is None:  # answers in another tab made this question needless
        return redirect(writing.told_url(called, request.path) if called else request.path)
    try:
        written.require_answer()
        asking = drafts.save(
            viewer=viewer,
            asking=asking,
            item=item,
            answer=answer,
            now=request.now,
            **version_of(request),
        )
    except Refused as refused:
        if called is not None and not answer:  # nothing was typed that could be lost
            return redirect(writing.told_url(called, request.path))
        return _question(request, viewer, asking, item, shown, refused=refused, typed=answer, called=called)
    if called is not None:
        return redirect(writing.told_url(called, request.path))
    special = answered(asking, item) if answered else None
    if special is not None:
        return special
    return redirect(shown["leave"] if request.POST.get("then") == "leave" else request.path)


def _send(
    request: HttpRequest, viewer: Viewer, asking: Asking, send: Send, shown: dict[str, Any]
) -> HttpResponse:
    try:
        return send(asking)
    except Refused as refused:
        since = _number(request, "version")
        if asking.current is not None:
            return _question(request, viewer, asking, asking.current, shown, refused=refused)
        return _check(request, asking, shown, refused=refused, since=since)


def _answer(request: HttpRequest, item: Item) -> str:
    """Return the answer a form holds: a text, codes with commas between them, or a number and its unit."""
    given = [one.strip() for one in request.POST.getlist("answer") if one.strip()]
    if request.POST.get("do") == "skip" or not given:
        return ""
    if item.type is ItemType.QUANTITY:
        return f"{given[0]} {request.POST.get('unit', '')}".strip()
    return ",".join(given) if item.repeats else given[0]


def _written(request: HttpRequest, viewer: Viewer, asking: Asking, item: Item | None, answer: str) -> Written:
    """Return an answer in words as it is heeded; those that were kept before were heeded then."""
    if viewer.is_staff or (item is not None and item.type is not ItemType.TEXT):
        return Written("")
    is_kept = item is not None and answer == asking.answers.get(item.id, "")
    ticked = writing.written(request, "answer", longest=LONGEST_TEXT)
    return replace(ticked, text="" if is_kept else answer[: LONGEST_TEXT + 1])


def _question(
    request: HttpRequest,
    viewer: Viewer,
    asking: Asking,
    item: Item,
    shown: dict[str, Any],
    *,
    refused: Refused | None = None,
    typed: str | None = None,
    called: EscalationStep | None = None,
) -> HttpResponse:
    question = asking.question(item, typed=typed)
    is_writing = question.widget == "text" and not viewer.is_staff
    field = "happening" if refused and refused.field == "happening" else "answer"
    found = {
        **shown,
        "asking": asking,
        "question": question,
        "stands": asking.shown(item) if isinstance(refused, Stale) else "",
        "wrong": {field: refused.message} if refused else {},
        "errors": [(f"id_{field}", refused.message)] if refused else [],
        "ask": True,
        "is_complete": asking.current is None,
        "around": writing.around(viewer, request.now, called=called) if is_writing else None,
        "ticked": request.POST if refused else {},
        "client_id": fields.form_id(request) if is_writing else None,
    }
    return render(request, "records/question.html", found, status=422 if refused else 200)


def _check(
    request: HttpRequest,
    asking: Asking,
    shown: dict[str, Any],
    *,
    refused: Refused | None = None,
    since: int | None = None,
) -> HttpResponse:
    found = {
        **shown,
        "asking": asking,
        "lines": asking.lines(since=since),
        "problems": asking.problems,
        "errors": [(None, refused.message)] if refused else [],
    }
    return render(request, "records/check_answers.html", found, status=422 if refused else 200)


def _number(request: HttpRequest, name: str) -> int:
    try:
        return min(max(int(request.POST.get(name, "")), 0), LARGEST)
    except ValueError:
        return 0
