"""Pages of the hours at home: the check-in, what it led to, "we're home", and the clinic's list."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from uuid6 import uuid7

from luna.audit import actions as audit
from luna.checkins import actions, plans
from luna.checkins.models import Watch
from luna.checkins.plans import CheckIn
from luna.clinical.errors import StrayAnswer
from luna.clinical.triage import Urgency
from luna.escalation import plans as escalation
from luna.library import plans as library
from luna.library.emergency import LineKind
from luna.people import access
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.people.models import CircleMember
from luna.treatment.models import Infusion


@access.page("patient", "caretaker")
@require_http_methods(["GET", "POST"])
def check_in(request: HttpRequest, viewer: Viewer, task_key: str) -> HttpResponse:
    """Ask one question at a time; the answers so far travel in the form until the last is given."""
    return _check_in(request, viewer, plans.check_in(viewer, task_key, request.now), "check-in-result")


@access.page("staff", roles=plans.WRITERS)
@require_http_methods(["GET", "POST"])
def phoned(request: HttpRequest, viewer: Viewer, task_key: str) -> HttpResponse:
    """Ask a caretaker on the phone the same questions, and write down who answered."""
    asked = plans.check_in(viewer, task_key, request.now)
    access.enter(viewer, asked.plan.patient.id, request.now)
    audit.read("chart.read", by=viewer, subject=asked.plan.patient, now=request.now)
    return _check_in(request, viewer, asked, "check-in-phoned-result")


@access.page("patient", "caretaker")
@require_GET
def result(request: HttpRequest, viewer: Viewer, task_key: str, response_id: UUID) -> HttpResponse:
    """Say what to do now, and truthfully what the clinic knows."""
    found = plans.result(viewer, response_id, request.now)
    about = found.escalation or found.unsettled
    numbers = library.emergency(viewer.clinic_id, viewer.clinic.country)
    return render(
        request,
        "checkins/result.html",
        {
            "result": found,
            "level": Urgency(found.urgency).name.lower(),
            "standing": escalation.state_for_home(about) if about else None,
            "answered": people.answered(viewer.clinic, request.now),
            "after_hours": plans.after_hours(viewer.clinic, request.now),
            "emergency": numbers.of(LineKind.EMERGENCY)[0],
            "crisis": numbers.of(LineKind.CRISIS),
            "now": request.now,
        },
    )


@access.page("staff", roles=plans.WRITERS)
@require_GET
def phoned_result(request: HttpRequest, viewer: Viewer, task_key: str, response_id: UUID) -> HttpResponse:
    """Say what to tell whoever is on the phone, and who at the clinic has it."""
    found = plans.result(viewer, response_id, request.now)
    access.enter(viewer, found.response.patient_id, request.now)
    audit.read("chart.read", by=viewer, subject=found.response, now=request.now)
    context = {
        "result": found,
        "level": Urgency(found.urgency).name.lower(),
        "emergency": library.emergency(viewer.clinic_id, viewer.clinic.country).of(LineKind.EMERGENCY)[0],
        "now": request.now,
    }
    return render(request, "checkins/phoned_result.html", context)


@access.page("caretaker")
@require_POST
def home(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Say "we're home", which starts the check-ins."""
    infusion_id = _uuid(request, "infusion")
    if infusion_id is None:
        return redirect("now")
    try:
        watch = actions.start_watch(
            viewer=viewer, infusion_id=infusion_id, client_id=_client_id(request), now=request.now
        )
        if watch.adult_id is None:
            messages.warning(request, _still_needed(viewer))
        else:
            messages.success(request, _("Good that you’re home. We’ll tell you when it’s time to look in."))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("now")


@access.page("caretaker")
@require_POST
def take_over(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Say "I'm with them now", which makes this caretaker the one the clinic calls."""
    infusion_id = _uuid(request, "infusion")
    if infusion_id is None:
        return redirect("now")
    try:
        actions.take_over(
            viewer=viewer, infusion_id=infusion_id, client_id=_client_id(request), now=request.now
        )
        messages.success(request, _("Thank you. The clinic sees your name and number now."))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("now")


@access.page("staff", roles=plans.WRITERS)
@require_POST
def told_with_them(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Write down who said on the phone that they are with the patient now."""
    infusion = get_object_or_404(Infusion.objects.visible_to(viewer), pk=infusion_id)
    access.enter(viewer, infusion.patient_id, request.now)
    who_id = _uuid(request, "who")
    if who_id is None:
        messages.error(request, _("Choose who is with them."))
        return redirect("at-home")
    try:
        watch = actions.take_over(
            viewer=viewer,
            infusion_id=infusion.pk,
            told_by=who_id,
            client_id=_client_id(request),
            now=request.now,
        )
        words = _("%(name)s is with them now, and is called if something is wrong.")
        messages.success(request, words % {"name": watch.adult.name})
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("at-home")


@access.page("staff")
@require_GET
def at_home(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List who is at home now, no reply first."""
    watches = Watch.objects.visible_to(viewer).filter(ends_at__gt=request.now)
    people = plans.at_home(viewer, watches, request.now)
    audit.read_all("list.home", by=viewer, subjects=[one.plan.patient for one in people], now=request.now)
    return render(request, "checkins/at_home.html", {"people": people, "now": request.now})


def _check_in(request: HttpRequest, viewer: Viewer, asked: CheckIn, result_name: str) -> HttpResponse:
    """Ask the next question, or send what was answered and go to what it led to."""
    answers, told_by = _answers(request, asked), _told_by(request, asked)
    try:
        if request.method == "POST" and _is_complete(asked, answers):
            response = actions.submit(
                viewer=viewer,
                task_key=asked.item.key,
                revision=asked.item.task.revision,
                answers=answers,
                told_by=told_by,
                client_id=_client_id(request),
                now=request.now,
            )
            return redirect(result_name, asked.item.key, response.pk)
        return _ask(request, asked, answers)
    except Replayed:
        # They went back and chose otherwise. The first answers stay; these need a form of their own.
        message = _("Your first answers are stored. To change them, please answer again.")
        return _ask(request, asked, {}, error=message, client_id=UUID(int=uuid7().int))
    except (Refused, StrayAnswer) as problem:
        message = str(problem) if isinstance(problem, Refused) else _("Please choose one of the answers.")
        return _ask(request, asked, {}, error=message)


def _ask(
    request: HttpRequest,
    asked: CheckIn,
    answers: Mapping[str, str],
    error: str = "",
    client_id: UUID | None = None,
) -> HttpResponse:
    question = asked.question(answers) or asked.question({})
    return render(
        request,
        "checkins/check_in.html",
        {
            "check_in": asked,
            "question": question,
            "teller": _teller(request, asked),
            "layout": "staff.html" if asked.tellers else "people.html",
            "client_id": client_id or _client_id(request),
            "ask": True,
            "errors": [(None, error)] if error else [],
            "now": request.now,
        },
        status=422 if error else 200,
    )


def _answers(request: HttpRequest, asked: CheckIn) -> dict[str, str]:
    """Return what was answered so far: one tap may carry a whole later check-in."""
    quick = request.POST.get("quick")
    for later in asked.later():
        if later.id == quick:
            return dict(later.answers)
    names = [item.id for item in asked.questionnaire.items]
    back = request.POST.get("back")
    if back in names:
        names = names[: names.index(back)]
    return {name: request.POST[name][:60] for name in names if request.POST.get(name)}


def _teller(request: HttpRequest, asked: CheckIn) -> CircleMember | None:
    """Return who is on the phone: who was chosen, or the only one it can be; None while nobody is."""
    chosen = [one for one in asked.tellers if str(one.user_id) == request.POST.get("told_by")]
    return next(iter(chosen or asked.tellers[: len(asked.tellers) == 1]), None)


def _told_by(request: HttpRequest, asked: CheckIn) -> UUID | None:
    teller = _teller(request, asked)
    return teller.user_id if teller else None


def _is_complete(asked: CheckIn, answers: Mapping[str, str]) -> bool:
    """Say whether to send now: everything is answered, or what was said cannot wait for the rest."""
    found = asked.judge(answers)
    return found.urgency is Urgency.EMERGENCY or (bool(answers) and asked.question(answers) is None)


def _still_needed(viewer: Viewer) -> str:
    words = _(
        "Thank you. We still need an adult who stays with %(name)s. Ask them to say so in Luna, or call us."
    )
    return words % {"name": viewer.patient.first_name}


def _uuid(request: HttpRequest, name: str) -> UUID | None:
    try:
        return UUID(hex=request.POST.get(name, ""))
    except ValueError:
        return None


def _client_id(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST["client_id"])
    except (KeyError, ValueError):
        return UUID(int=uuid7().int)
