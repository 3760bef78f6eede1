"""Every kind of question in a real browser: nothing for axe to find, nothing wider than a small phone."""

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace as Value

import pytest
from axe_playwright_python.sync_playwright import Axe

from luna.clinical.questionnaire import read_questionnaire
from luna.escalation.writing import Around
from luna.people.models import Patient
from luna.records.questions import Asking
from tests.records import examples
from tests.web import gallery
from tests.web.conftest import SITE

pytestmark = pytest.mark.journey

ASKING = Asking(
    patient=Patient(),
    questionnaire=read_questionnaire(examples.QUESTIONS),
    words=examples.WORDS,
    answers=examples.ANSWERS,
    today=date(2027, 3, 8),
    kind="history",
    names=examples.NAMES,
)
CLASH = {**examples.ANSWERS, "alone": "yes", "drugs": "yes", "fears": "x" * 300}
SHELL = {
    "viewer": Value(capacity_kind="patient", name="Maya", looking=None, zone="UTC"),
    "clinic": gallery.CLINIC,
    "nav": [],
    "layout": "people.html",
    "request": Value(path="/ask", now=datetime(2027, 3, 8, 12, tzinfo=UTC)),
    "csrf_input": "",
    "eyebrow": None,
    "leave": "/",
    "send_words": None,
    "emergency_number": "911",
    "around": Around(
        promised_at=datetime(2027, 3, 9, 17, tzinfo=UTC),
        emergency=Value(call="911"),
        crisis=(Value(name="Crisis line", call="988"),),
        signs=("have chest pain, or it is hard to breathe", "fainted, or had a seizure"),
        name="",
        called=None,
    ),
    "client_id": "01890000-0000-7000-8000-000000000000",
    "ticked": {},
}


def question(item_id: str, **more) -> str:
    """Return the page of one question; more: what `records.pages` says after a refusal."""
    typed = more.pop("typed", None)
    found = {"stands": "", "wrong": {}, "errors": [], "ask": True, "is_complete": True, **more}
    page = gallery.environment().get_template("records/question.html")
    asked = ASKING.question(ASKING.item(item_id), typed=typed)
    return page.render(**SHELL, **found, asking=ASKING, question=asked)


def check(answers, **more) -> str:
    """Return the page that checks the answers."""
    asking = replace(ASKING, answers=answers, saved_in={"pain": 4})
    page = gallery.environment().get_template("records/check_answers.html")
    found = {"lines": asking.lines(since=3), "problems": asking.problems, "errors": [], **more}
    return page.render(**SHELL, **found, asking=asking)


WRONG = {
    "wrong": {"answer": "Choose the unit as well."},
    "errors": [("id_answer", "Choose the unit as well.")],
}
PAGES = {
    **{item_id: question(item_id) for item_id in ("born", "weight", "alone", "ill", "fears")},
    "refused": question("weight", typed="160", **WRONG),
    "two tabs": question("weight", typed="160 lb", stands="72 kilograms", **WRONG),
    "contradiction": check(CLASH),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_question_page_keeps_nobody_out_on_a_small_phone(page, site, name, scheme):
    site["/ask"] = PAGES[name]
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{SITE}/ask")

    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
