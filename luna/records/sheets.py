"""The one writer of CSV files: what a person typed can never become a formula in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

Cell = str | int | float | Decimal | date | datetime | None

FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")  # OWASP, CSV injection; the last four are wide


def write(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a table as CSV in UTF-8, with its mark, as spreadsheets want it.

    Numbers stay numbers, times are ISO 8601. A text that a spreadsheet would take for a formula
    begins with an apostrophe.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([_cell(cell) for cell in row] for row in (columns, *rows))
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Cell) -> str | int | float | Decimal:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value.lstrip(" \n\N{NO-BREAK SPACE}\ufeff").startswith(FORMULA):
        return f"'{value}"
    return value
