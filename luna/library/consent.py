"""Consents: what a person reads and signs. FHIR: Consent, with the text it was given to.

A consent is one text: keys between two lines of +++, then Markdown. Nothing is ever filled into
it: what a person signs is what the clinic signed, letter by letter.
"""

import json
import tomllib
from dataclasses import dataclass
from datetime import date

from luna.clinical.number import Number, read_number
from luna.clinical.reading import LARGEST, SLUG, Table, table_of
from luna.library import wording
from luna.library.errors import LibraryError

LONGEST_BODY = 40_000  # characters: some twenty pages
LONGEST_LINE = 300  # of a title, or of what is ticked
MOST_TICKS = 12
MOST_MONTHS = 60


@dataclass(frozen=True, slots=True)
class Document:
    """One consent in one language. FHIR: Library.

    months: how long a signature is good for. ticks: what is agreed to one by one, each required.
    numbers: the clinical limits the text names, for the clinic to tick. body: Markdown; html: safe.
    reviewed_by: empty until a lawyer and a clinician have signed it off.
    """

    id: str
    language: str
    version: str
    title: str
    summary: str
    months: int
    ticks: tuple[str, ...]
    numbers: tuple[Number, ...]
    sources: tuple[str, ...]
    review_by: date
    reviewed_by: str
    body: str
    html: str

    @property
    def content_id(self) -> str:
        """Return what it is signed as by a clinic: each language is a text of its own."""
        return f"{self.id}.{self.language}"


def read_consent(text: str) -> Document:
    """Return a consent from its text. Raises LibraryError, naming place and cure."""
    text = text.replace("\r\n", "\n")
    found = wording.FRONT.fullmatch(text)
    if not found or len(text) > LARGEST:
        raise LibraryError(
            "consent", "There is no front matter.", "Start the text with keys between two lines of +++."
        )
    row = table_of(found["front"], LibraryError)
    body = found["body"].strip()
    document = Document(
        id=row.slug("id"),
        language=_language(row),
        version=row.version(),
        title=_line(row, "title", row.text("title")),
        summary=_line(row, "summary", row.text("summary")),
        months=row.whole("months", least=1, most=MOST_MONTHS),
        ticks=tuple(_line(row, "ticks", tick) for tick in row.texts("ticks", required=True)),
        numbers=tuple(read_number(number) for number in row.tables("number")),
        sources=row.texts("sources", required=True),
        review_by=row.take("review_by", date),
        reviewed_by=row.take("reviewed_by", str),
        body=body,
        html=wording.render(body),
    )
    row.close()
    _check(document, row)
    return document


def edited(
    text: str, *, language: str, title: str, summary: str, body: str, ticks: tuple[str, ...], months: int
) -> str:
    """Return a consent's text with a clinic's own words in place of what it says. Raises LibraryError.

    language: of the clinic's words. Id, version, numbers and sources stay: they say what it began with.
    """
    read_consent(text)
    found = wording.FRONT.fullmatch(text.replace("\r\n", "\n"))
    assert found is not None  # read_consent refused it otherwise
    ours = {"language": language, "title": title, "summary": summary, "months": months, "ticks": list(ticks)}
    kept = _kept(found["front"])
    written = "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in ours.items())
    result = f"+++\n{written}\n{kept}\n+++\n{body.strip()}\n"
    read_consent(result)
    return result


def _kept(front: str) -> str:
    """Return the keys a clinic does not edit, written anew."""
    values = tomllib.loads(front)
    lines = [f"{key} = {json.dumps(values[key])}" for key in ("id", "version", "reviewed_by")]
    lines.append(f"review_by = {values['review_by'].isoformat()}")
    lines.append(f"sources = {json.dumps(values['sources'])}")
    for number in values.get("number", ()):
        lines.append("\n[[number]]")
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in number.items()]
    return "\n".join(lines)


def _language(row: Table) -> str:
    language = row.text("language")
    if not SLUG.fullmatch(language):
        row.refuse("language", "This is not a language.", 'Write it like "en".')
    return language


def _line(row: Table, key: str, text: str) -> str:
    if len(text) > LONGEST_LINE:
        row.refuse(key, "This is too long.", f"Use at most {LONGEST_LINE} letters.")
    return text.strip()


def _check(document: Document, row: Table) -> None:
    if not document.html.strip():
        row.refuse("body", "The text says nothing.", "Write what is agreed to under the front matter.")
    if len(document.body) > LONGEST_BODY:
        row.refuse("body", "The text is too long.", f"Use at most {LONGEST_BODY:,} letters.")
    if len(document.ticks) > MOST_TICKS:
        row.refuse("ticks", "There are too many.", f"Use at most {MOST_TICKS}.")
