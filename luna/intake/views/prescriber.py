"""The prescriber's page: all that was told and measured, findings first, and the decision on it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from luna.audit import actions as audit
from luna.clinical import baseline
from luna.clinical.interactions import Level
from luna.escalation import plans as escalation
from luna.intake import actions, forms, plans
from luna.intake.actions.deciding import LONGEST, Judgement
from luna.intake.models import LabResult, News
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused, Stale
from luna.people.models import Patient
from luna.records import part2

READERS = ("nurse", "prescriber")
# level -> how it is drawn, and the word
LEVELS = {
    Level.STOP: ("alarm", gettext_lazy("Speaks against it")),
    Level.REVIEW: ("warn", gettext_lazy("A prescriber decides")),
    Level.CAUTION: ("note", gettext_lazy("Caution")),
    Level.INFO: ("na", gettext_lazy("Good to know")),
}
SIGNS = {"yes": True, "no": False}  # how a form says that a result is positive


@access.page("staff", roles=READERS)
@require_http_methods(["GET", "POST"])
def consultation(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Show findings, questions, medicines, answers, what was noticed and measured; take what is added."""
    patient = _patient(viewer, patient_id)
    refused = None
    if request.method == "POST":
        act = ACTS.get(request.POST.get("do", ""))
        if act is None:
            raise Http404
        try:
            messages.success(request, act(request, viewer, patient))
        except Refused as problem:
            refused = problem
        else:
            return redirect("consultation", patient.id)
    audit.read("chart.read", by=viewer, subject=patient, now=request.now)
    known = plans.consultation(viewer, patient, request.now)
    asked, collateral = plans.questions_of(viewer, patient), plans.collateral_of(viewer, patient)
    found = _known(request, viewer, patient, known, (*asked, *collateral)) | {
        "news": plans.news(viewer, patient),
        "decided_on": News.DECIDED_ON,
        "enquired": forms.enquired(known.enquiry) if known.enquiry else (),
        "changes": plans.changes(viewer, patient, known.known),
        "asked": asked,
        "collateral": collateral,
        "decisions": [
            (row, [(plans.title_of(name), why) for name, why in row.addressed.items()])
            for row in known.decisions
        ],
        "refused": refused,
        "typed": request.POST if refused else {},
        "client_id": forms.form_id(request),
        "results_of": [("", _("Another test")), *_results_of(known.findings)],
        "units": {name: [(unit, unit) for unit in one.units] for name, one in baseline.MEASURES.items()},
    }
    return render(request, "intake/consultation.html", found, status=422 if refused else 200)


@access.page("staff", roles=("prescriber",), fresh=True)
@require_http_methods(["GET", "POST"])
def decision(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Sign whether somebody may be treated, in answer to each finding that speaks against it."""
    patient = _patient(viewer, patient_id)
    refused = None
    if request.method == "POST":
        try:
            actions.decide(
                viewer=viewer,
                patient=patient,
                judgement=_judgement(request),
                before_id=_id(request.POST.get("before", "")),
                client_id=forms.form_id(request),
                now=request.now,
            )
        except Refused as problem:
            refused = problem
        else:
            messages.success(request, _("Signed."))
            return redirect("consultation", patient.id)
    audit.read("chart.read", by=viewer, subject=patient, now=request.now)
    found = _known(request, viewer, patient, plans.consultation(viewer, patient, request.now))
    stops = [one for one in found["findings"].found if one.level is Level.STOP]
    undone = found["findings"].undone
    said = _addressed(request)
    found |= {
        "stops": [(one, said.get(one.id, "")) for one in stops],
        "undone": [(one, said.get(one.id, "")) for one in undone],
        "reviews": [one for one in found["findings"].found if one.level is Level.REVIEW],
        "shown": " ".join(sorted(found["findings"].grave)),
        "refused": refused,
        "field": _field(refused, [one.id for one in (*stops, *undone)]) if refused else "",
        "is_stale": isinstance(refused, Stale),
        "typed": request.POST,
        "client_id": forms.form_id(request),
    }
    return render(request, "intake/decision.html", found, status=422 if refused else 200)


def _patient(viewer: Viewer, patient_id: UUID) -> Patient:
    return get_object_or_404(Patient.objects.visible_to(viewer).select_related("clinic"), id=patient_id)


def _known(
    request: HttpRequest,
    viewer: Viewer,
    patient: Patient,
    known: plans.Consultation,
    also: Iterable[part2.Label] = (),
) -> dict[str, Any]:
    """Return what both pages show. also: what only one of them tells besides."""
    return {
        "patient": patient,
        "open": escalation.open_about(viewer, patient.id, request.now),
        "intake": known.intake,
        "enquiry": known.enquiry,
        "measured": known.measured,
        "measures": plans.MEASURES,
        "findings": known.findings,
        "levels": LEVELS,
        "medicines": known.medicines,
        "home": known.home,
        "eligibility": known.eligibility,
        "may_decide": viewer.has_role("prescriber"),
        "notice": part2.notice([*_records(known), *also]),
        "now": request.now,
    }


def _records(known: plans.Consultation) -> Iterator[part2.Label]:
    """Yield what both pages tell, each with its label."""
    yield from filter(None, (known.intake, known.enquiry))
    yield from (*known.medicines.current, *known.medicines.stopped, *known.measured.results, *known.decisions)


def _results_of(found: plans.Findings) -> list[tuple[str, str]]:
    """Return the tests whose results are written down here: those that are asked for, then the others."""
    ids = [one.id for one in plans.tests() if not one.measures]
    asked = {one.id.removeprefix("test.") for one in found.tests}
    return [(one, plans.title_of(f"test.{one}")) for one in sorted(ids, key=lambda one: one not in asked)]


def _judgement(request: HttpRequest) -> Judgement:
    said = {name: forms.typed(request, name, LONGEST) for name in ("reasons", "conditions", "alone_plan")}
    return Judgement(
        verdict=request.POST.get("verdict", ""),
        review_on=_day(request.POST.get("review_on", "")),
        addressed=_addressed(request),
        missing_why=forms.typed(request, "missing_why", LONGEST),
        shown=request.POST.get("shown", "").split(" "),
        **said,
    )


def _addressed(request: HttpRequest) -> dict[str, str]:
    """Return id of a finding or a test -> why in spite of it, as typed. The page counts those it asks."""
    return {
        finding: forms.typed(request, f"why-{n}", LONGEST)
        for n, finding in enumerate(request.POST.getlist("finding"))
    }


def _field(refused: Refused, asked: list[str]) -> str:
    """Return the field a refusal belongs to; that of a finding or a test is counted."""
    return f"why-{asked.index(refused.field)}" if refused.field in asked else refused.field


def _answer(request: HttpRequest, viewer: Viewer, patient: Patient) -> str:
    question_id = request.POST.get("question", "")
    if all(str(one.id) != question_id for one in plans.questions_of(viewer, patient)):
        raise Http404
    try:
        actions.answer(
            viewer=viewer,
            question_id=UUID(question_id),
            text=forms.typed(request, f"answer-{question_id}", LONGEST),
            client_id=forms.form_id(request),
            now=request.now,
        )
    except Refused as refused:
        raise Refused(refused.message, f"answer-{question_id}") from refused
    return _("Answered in your name. They are told that there is an answer.")


def _measure(request: HttpRequest, viewer: Viewer, patient: Patient) -> str:
    typed = {name: (_typed(request, name), _unit(request, name)) for name in baseline.MEASURES}
    actions.measure(
        viewer=viewer, patient=patient, typed=typed, client_id=forms.form_id(request), now=request.now
    )
    return _("Saved.")


def _result(request: HttpRequest, viewer: Viewer, patient: Patient) -> str:
    taken_on = _day(request.POST.get("taken_on", ""))
    if taken_on is None:
        raise Refused(_("Choose the day it was taken."), "taken_on")
    actions.add_result(
        viewer=viewer,
        patient=patient,
        name=forms.typed(request, "name", 80),
        result=forms.typed(request, "result", 120),
        taken_on=taken_on,
        test=request.POST.get("test", ""),
        positive=SIGNS.get(request.POST.get("positive", "")),
        client_id=forms.form_id(request),
        now=request.now,
    )
    return _("Saved.")


def _take_back(request: HttpRequest, viewer: Viewer, patient: Patient) -> str:
    result_id = _id(request.POST.get("result", ""))
    mine = LabResult.objects.visible_to(viewer).filter(patient=patient, id=result_id)
    if result_id is None or not mine.exists():
        raise Http404
    actions.take_back_result(
        viewer=viewer, result_id=result_id, client_id=forms.form_id(request), now=request.now
    )
    return _("Taken back.")


def _read(request: HttpRequest, viewer: Viewer, patient: Patient) -> str:
    ids = [found for text in request.POST.getlist("news") if (found := _id(text)) is not None]
    actions.read(
        viewer=viewer, patient=patient, news_ids=ids, client_id=forms.form_id(request), now=request.now
    )
    return _("Noted that you have read it.")


# What a button of the page asked for.
ACTS: Mapping[str, Callable[[HttpRequest, Viewer, Patient], str]] = {
    "answer": _answer,
    "measure": _measure,
    "result": _result,
    "take-back": _take_back,
    "read": _read,
}


def _typed(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "")[:12]


def _unit(request: HttpRequest, name: str) -> str:
    """Return the unit of a value: chosen where there are several, else the only one there is."""
    units = baseline.MEASURES[name].units
    return request.POST.get(f"{name}_unit", "") if len(units) > 1 else units[0]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
