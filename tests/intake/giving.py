"""Ana's intake, answered as somebody well would, and ways to give and send it."""

from uuid import uuid4

from luna.intake import actions, plans
from luna.intake.actions import medicines
from luna.records import drafts
from tests.library.test_intake import ANA as WELL

NAME = "intake-mood"
FIRST = {"mood-since": "months", "mood-tried": "talking", "mood-hospital": "never"}


def asking(viewer, now, *, name=NAME, patient=None):
    """Return the questionnaire with the viewer's answers so far, as the page opens it."""
    patient = patient or viewer.patient
    return drafts.open(
        viewer=viewer, patient=patient, questionnaire=name, kind="history", now=now,
        begin_with=plans.last_answers(viewer, patient, name),
    )  # fmt: skip


def save(viewer, item, answer, now, **more):
    """Keep one answer."""
    asked = asking(viewer, now, **more)
    return drafts.save(
        viewer=viewer, asking=asked, item=asked.item(item), answer=answer,
        version=asked.version, round=asked.round, now=now,
    )  # fmt: skip


def give(viewer, now, *, name=NAME, **changed):
    """Answer every question that is asked, as somebody well does but for what is `changed`.

    Names of items have underscores for their hyphens.
    """
    answers = {**FIRST, **WELL, **{item.replace("_", "-"): answer for item, answer in changed.items()}}
    while (item := asking(viewer, now, name=name).current) is not None:
        save(viewer, item.id, answers.get(item.id, ""), now, name=name)


def send(viewer, now, *, name=NAME, **changed):
    """Answer everything and send it; return the draft."""
    give(viewer, now, name=name, **changed)
    asked = asking(viewer, now, name=name)
    return actions.send(viewer=viewer, asking=asked, version=asked.version, round=asked.round, now=now)


def tell(viewer, name, now, *, patient=None, dose="", client_id=None):
    """Put a medicine on the list."""
    return medicines.tell(
        viewer=viewer, patient=patient or viewer.patient, said=medicines.Said(name, dose),
        client_id=client_id or uuid4(), now=now,
    )  # fmt: skip
