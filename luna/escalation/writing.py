"""Words that patients and caretakers type for the clinic: what their box asks, and what cannot wait.

Every text box that reaches the clinic is drawn by `parts/writing.html` with what `around` returns, read
from its form by `written`, and heeded by `heed` before anything else becomes of it: words that are
refused bring a human all the same. FHIR: Communication.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from luna.clinical import triage
from luna.clinical.triage import Urgency
from luna.escalation import actions, promises
from luna.escalation.models import BETWEEN_US, CONFIDED, EscalationStep
from luna.library import content
from luna.library import plans as library
from luna.library.emergency import Line, LineKind
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.people.models import User

ABOUT = "words"
RULES, PHRASES, SIGNS = "writing", "safety", "worried"  # the triage rules, the phrases, the page of signs
NOW, NOT_NOW = "now", "no"  # what is answered to "is any of this happening right now?"


@dataclass(frozen=True, slots=True)
class Written:
    """A text for the clinic and what its writer ticked beside it.

    happening: a danger sign is there right now; None while nobody said. A box that does not ask says False.
    """

    text: str
    happening: bool | None = False
    is_safety: bool = False

    @property
    def causes(self) -> tuple[tuple[str, int], ...]:
        """Return what of it asks for a human at once: (card, urgency), the most urgent first."""
        facts: Mapping[str, float] = {
            "red_flag_now": bool(self.happening),
            "about_safety": self.is_safety,
            "worrying_phrase": has_worrying_words(self.text),
        }
        found = triage.assess(content.triage_rules(RULES), facts)
        return tuple((rule.card, int(rule.urgency)) for rule in found.matched)

    def require_answer(self) -> None:
        """Refuse words beside which nobody said whether a danger sign is there: that is no all-clear.

        Words that bring a human anyway are not held up by it.
        """
        if self.text.strip() and self.happening is None and not self.causes:
            raise Refused(_("Say first whether one of these is happening right now."), "happening")


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a text box.

    promised_at: by when words sent now are read. signs: of danger, said of `name`, or to the writer
    themself where that is blank. called: what these words have brought already.
    """

    promised_at: datetime
    emergency: Line
    crisis: tuple[Line, ...]
    signs: tuple[str, ...]
    name: str
    called: EscalationStep | None

    @property
    def is_emergency(self) -> bool:
        """Say whether the emergency number is to be called before anything else."""
        return self.called is not None and self.called.escalation.urgency == Urgency.EMERGENCY


def around(viewer: Viewer, now: datetime, *, called: EscalationStep | None = None) -> Around:
    """Return what a page shows around a text box before anything is sent."""
    numbers = library.emergency(viewer.clinic_id, viewer.clinic.country)
    words = content.words("pages", SIGNS, get_language() or content.ENGLISH)
    is_caring = viewer.capacity_kind == "caretaker"
    return Around(
        promised_at=promises.promise(viewer.clinic, now),
        emergency=numbers.of(LineKind.EMERGENCY)[0],
        crisis=numbers.of(LineKind.CRISIS),
        signs=tuple(words[viewer.capacity_kind]["emergency"]["signs"]),
        name=viewer.patient.first_name if is_caring and viewer.patient else "",
        called=called,
    )


def written(request: HttpRequest, name: str = "text", *, longest: int) -> Written:
    """Return what was typed and ticked. What is longer than `longest` is cut where it is refused anyway."""
    said = {NOW: True, NOT_NOW: False}
    return Written(
        text=request.POST.get(name, "")[: longest + 1],
        happening=said.get(request.POST.get("happening", "")),
        is_safety="safety" in request.POST,
    )


def has_worrying_words(text: str) -> bool:
    """Tell whether a text holds a phrase after which it is read sooner. No phrase is no all-clear."""
    return content.phrases(PHRASES, get_language() or content.ENGLISH).holds(text)


@transaction.atomic
def heed(
    *, viewer: Viewer, written: Written, in_confidence: bool = False, client_id: UUID, now: datetime
) -> EscalationStep | None:
    """Bring a human for what of somebody's words cannot wait; return the step that did, None if all can.

    Only the most urgent cause. The same form again brings nobody twice, and nobody's words lower anything.
    in_confidence: the patient is not to know that there were words.
    """
    causes = written.causes
    if viewer.is_staff or viewer.patient_id is None or not causes:
        return None
    card, urgency = causes[0]
    cause = f"{CONFIDED}{card}" if in_confidence else card
    User.objects.select_for_update(no_key=True).get(id=viewer.user_id)  # a double click waits here
    mine = EscalationStep.objects.filter(by_id=viewer.user_id, about_id=client_id.hex)
    mine = mine.filter(escalation__cause=cause).select_related("escalation")
    if (before := mine.first()) is not None:
        return before
    actions.open(
        clinic_id=viewer.clinic_id,
        patient_id=viewer.patient_id,
        cause=cause,
        urgency=urgency,
        about_type=ABOUT,
        about_id=client_id.hex,
        by=viewer,
        now=now,
    )
    return mine.get()


def called(viewer: Viewer, client_id: UUID) -> EscalationStep | None:
    """Return what the words of a form brought last, None if they brought nobody."""
    return _own(viewer).filter(about_id=client_id.hex).order_by("-at", "-id").first()


def step_of(viewer: Viewer, step_id: UUID) -> EscalationStep | None:
    """Return what the viewer's own words or answers brought, None if it is not theirs."""
    return _own(viewer).filter(id=step_id).first()


def told_url(step: EscalationStep, go_on: str) -> str:
    """Return the page that says whom to call now. go_on: where its writer was."""
    return f"{reverse('told', args=[step.id])}?{urlencode({'next': go_on})}"


def _own(viewer: Viewer) -> QuerySet[EscalationStep]:
    rows = EscalationStep.objects.filter(by_id=viewer.user_id, escalation__about_type__in=BETWEEN_US)
    rows = rows.filter(escalation__patient_id=viewer.patient_id) if viewer.kinds else rows.none()
    return rows.select_related("escalation__owner", "escalation__clinic")
