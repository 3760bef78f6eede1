"""Send an intake once: answers of each kind, fears and questions of their own, and word to the clinic."""

from collections.abc import Iterator
from datetime import datetime
from uuid import uuid5

from django.db import transaction

from luna.escalation import promises
from luna.intake.actions import telling
from luna.intake.models import News, Question
from luna.people.access import Viewer
from luna.people.models import Patient, User
from luna.records import drafts, facts
from luna.records.models import Draft
from luna.records.questions import Asking

NONE = "none"
OTHER = "other"


@transaction.atomic
def send(*, viewer: Viewer, asking: Asking, version: int, round: int, now: datetime) -> Draft:
    """Send the answers that were checked; return their draft. Sent again, it is the same.

    Raises Refused and Stale as `drafts.submit` does.
    """
    # Held, so that a decision is signed before these answers or after them.
    User.objects.select_for_update(no_key=True).get(id=viewer.user_id)
    Patient.objects.select_for_update(no_key=True).get(pk=asking.patient.pk)
    sent = drafts.submit(viewer=viewer, asking=asking, version=version, round=round, now=now)
    draft = sent[0].draft
    answers = {item: answer for row in sent for item, answer in row.answers.items()}
    _ask(viewer, asking.patient, draft, answers, now)
    telling.clinic(viewer=viewer, patient=asking.patient, what=News.What.INTAKE, about_id=draft.id, now=now)
    telling.reopened(viewer=viewer, patient=asking.patient, now=now)
    return draft


def _ask(viewer: Viewer, patient: Patient, draft: Draft, answers: dict[str, str], now: datetime) -> None:
    """Keep each fear and question as one of its own, unless it was told before."""
    before = set(Question.objects.filter(patient=patient).values_list("what", "code", "text"))
    new = [one for one in _found(answers) if one not in before]
    promised_at = promises.promise(patient.clinic, now) if new else now
    for what, code, text in new:
        Question.objects.create(
            **facts.columns(patient, viewer, uuid5(draft.id, f"{what}:{code or 'words'}"), now),
            what=what,
            code=code,
            text=text,
            promised_at=promised_at,
        )


def _found(answers: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield (what, code, text) of every fear and question in the answers."""
    words = answers.get("fear-words", "")
    for code in answers.get("fears", "").split(","):
        if code and code != NONE and not (code == OTHER and words):
            yield Question.What.FEAR, code, ""
    if words:
        yield Question.What.FEAR, "", words
    if asked := answers.get("questions", ""):
        yield Question.What.QUESTION, "", asked
