"""A questionnaire with one item of each type, its words, and the pages that ask it."""

from luna.records import drafts

QUESTIONS = """
id = "example"
version = "1.0.0"
source = "example"
kind = "history"
review_by = 2027-11-01
reviewed_by = ""

[[item]]
id = "born"
type = "date"
past = true

[[item]]
id = "weight"
type = "quantity"
units = ["kg", "lb"]
least = 25
most = 350

[[item]]
id = "alone"
type = "choice"
choices = [{ code = "yes" }, { code = "no" }]

[[item]]
id = "ill"
type = "choice"
repeats = true
choices = [{ code = "heart" }, { code = "head" }, { code = "none", alone = true }]

[[item]]
id = "heart-steady"
type = "boolean"
when = [{ item = "ill", any = ["heart"] }]

[[item]]
id = "pain"
type = "integer"
least = 0
most = 10

[[item]]
id = "times"
type = "integer"
least = 0
most = 30

[[item]]
id = "drugs"
type = "choice"
kind = "substances"
choices = [{ code = "yes" }, { code = "no" }]

[[item]]
id = "fears"
type = "text"
required = false

[[conflict]]
id = "drugs-alone"
when = [{ item = "alone", any = ["yes"] }, { item = "drugs", any = ["yes"] }]
"""


def _said(question: str, **choices: str) -> dict:
    return {
        "question": question,
        "hint": "A hint.",
        "why": "A reason.",
        "choice": {code: {"label": label, "meaning": ""} for code, label in choices.items()},
    }


WORDS = {
    "title": "Before {clinic}",
    "intro": "One at a time.",
    "item": {
        "born": _said("When were you born?"),
        "weight": _said("What do you weigh?"),
        "alone": _said("Do you live alone?", yes="I live alone", no="With others"),
        "ill": _said("Any of these?", heart="Heart trouble", head="Head trouble", none="None of these"),
        "heart-steady": _said("Is your heart steady?"),
        "pain": _said("How bad is it?"),
        "times": _said("How many times?"),
        "drugs": _said("Do you use drugs?", yes="Yes, I do", no="No, I do not"),
        "fears": _said("What are you afraid of?"),
    },
    "conflict": {"drugs-alone": {"text": "You cannot be alone and use drugs."}},
}

# Every question in its order, with an answer as it is kept.
ANSWERS = {
    "born": "1990-05-31",
    "weight": "72.5 kg",
    "alone": "no",
    "ill": "heart,head",
    "heart-steady": "true",
    "pain": "7",
    "times": "12",
    "drugs": "no",
    "fears": "Needles.",
}
NAMES = {"clinic": "your visit"}


def opened(viewer, patient, now, **more):
    """Return the short questionnaire as somebody finds it."""
    return drafts.open(
        viewer=viewer, patient=patient, questionnaire="example", kind="history", names=NAMES, now=now, **more
    )


def give(viewer, patient, now, answers=ANSWERS):
    """Give these answers, one after the other; return what stands then."""
    asking = opened(viewer, patient, now)
    for item_id, answer in answers.items():
        asking = drafts.save(
            viewer=viewer, asking=asking, item=asking.item(item_id), answer=answer,
            version=asking.version, round=asking.round, now=now,
        )  # fmt: skip
    return asking


def send(viewer, asking, now, **changed):
    """Send the answers as the check page does."""
    seen = {"version": asking.version, "round": asking.round, **changed}
    return drafts.submit(viewer=viewer, asking=asking, now=now, **seen)
