"""The banner of a patient's clinical pages: who it is, and what they must not be given."""

import html
import re
from pathlib import Path

import pytest

from tests.intake.giving import send

TEMPLATES = Path("luna")


def text_of(response):
    assert response.status_code == 200
    words = html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))
    return " ".join(words.replace("\u00a0", " ").split())


@pytest.fixture
def pages(care, cast):
    """Every page on which somebody decides about Ana or gives her something."""
    ana, series = f"/clinic/patients/{cast.ana_patient.id}", f"/clinic/series/{care.series.id}"
    return [
        ana, f"{ana}/enquiry", f"{ana}/consultation", f"{ana}/decision", f"{ana}/consents",
        f"{ana}/briefing/{cast.bea_member.id}", series, f"{series}/orders", f"{series}/orders/medicine",
        f"/clinic/infusions/{care.infusions[0].id}",
    ]  # fmt: skip


@pytest.fixture
def as_fresh_diaz(cast, clock):
    return cast.browser("diaz", clock.now, fresh=True)


def test_banner_says_that_nobody_asked_for_allergies(pages, as_fresh_diaz):
    shown = {path: "Allergies Nobody asked" in text_of(as_fresh_diaz.get(path)) for path in pages}

    assert [path for path, said in shown.items() if not said] == []


@pytest.mark.parametrize(
    ("answers", "words", "is_alarm"),
    [
        ({"allergies": "none"}, "No allergies", False),
        ({"allergies": "not-sure"}, "Not sure", True),
        (
            {"allergies": "medicine,latex", "allergy_words": "Penicillin, a rash."},
            "Another medicine; Latex or plasters: Penicillin, a rash.",
            True,
        ),
    ],
)
def test_banner_says_what_they_are_allergic_to(pages, as_fresh_diaz, cast, now, answers, words, is_alarm):
    send(cast.sees("ana"), now, **answers)

    for path in pages:
        response = as_fresh_diaz.get(path)
        assert f"Allergies {words}" in text_of(response), path
        assert ('<dd class="alarm">' in response.content.decode()) == is_alarm, path


def test_banner_is_one_for_every_page():
    users = {str(path) for path in TEMPLATES.rglob("*.html") if "patient_banner(" in path.read_text()}

    assert users == {"luna/web/jinja2/parts/staff.html", "luna/intake/jinja2/intake/banner.html"}
