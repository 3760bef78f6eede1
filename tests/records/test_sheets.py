"""A CSV file holds what was typed, and no formula."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from luna.records import sheets


def cells(*row) -> list[str]:
    """Write one row and return what a reader of CSV finds in it."""
    text = sheets.write(["x"] * len(row), [row]).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))[1]


@pytest.mark.threat("T8")
@pytest.mark.parametrize(
    "hostile",
    [
        '=HYPERLINK("http://x.example","y")', "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1",
        "=cmd|' /C calc'!A0", " =1+1", "\n=1", "\ufeff=1", "\N{NO-BREAK SPACE}=1", "\uff1d1+1", "\uff0b1",
        "\uff0d1", "\uff20A",
    ],
)  # fmt: skip
def test_text_that_would_be_a_formula_is_made_text(hostile):
    assert cells(hostile) == [f"'{hostile}"]


@pytest.mark.threat("T8")
def test_column_names_are_made_text_too():
    assert sheets.write(["=1"], []) == "\ufeff'=1\r\n".encode()


@pytest.mark.parametrize("plain", ["Ana", "a=b", "O'Neil", '"quoted"', "two\nlines", "a,b", "Zoë", ""])
def test_other_text_stays_as_it_is(plain):
    assert cells(plain, "end") == [plain, "end"]


def test_numbers_stay_numbers_and_days_are_iso():
    row = (-3, -0.5, Decimal("-72.50"), date(2027, 3, 8), datetime(2027, 3, 8, 17, 0, tzinfo=UTC), None)

    assert cells(*row) == ["-3", "-0.5", "-72.50", "2027-03-08", "2027-03-08T17:00:00+00:00", ""]
