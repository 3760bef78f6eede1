"""The list of medicines that matter here, and a search that forgives spelling.

    id = "medicines"; version = "1.0.0"; review_by = 2027-11-01; reviewed_by = ""
    class = [{ id = "benzodiazepine", atc = ["N05BA", "N05CD"] }]
    medicine = [{ name = "diazepam", us = ["Valium"], gb = ["Diazemuls"], codes = ["benzodiazepine"] }]

`also` holds other generic names; us and gb the brands sold there. Names of facts, never advice.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from luna.clinical.errors import MedicineError
from luna.clinical.reading import Table, table_of

LONGEST_QUERY = 60
FORGIVEN_FROM = 5  # letters: in shorter words one slip makes another word
WITHIN_FROM = 4  # letters: fewer stand inside almost every name
INSIDE = 3  # the rank of letters within a name
DOSE = re.compile(r"[\s,;:(]+(?=[0-9])")  # where an amount begins
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class DrugClass:
    """What medicines have in common. atc: its codes in the WHO's ATC classification, if it has any."""

    id: str
    atc: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drug:
    """One medicine of the list. FHIR: Medication. us, gb: brands; codes: ids of its classes."""

    name: str
    also: tuple[str, ...]
    us: tuple[str, ...]
    gb: tuple[str, ...]
    codes: frozenset[str]

    @property
    def names(self) -> tuple[str, ...]:
        """Return every name it goes by, its own first, each once."""
        return tuple(dict.fromkeys((self.name, *self.also, *self.us, *self.gb)))


@dataclass(frozen=True, slots=True)
class Name:
    """One name of one medicine, made ready for the search. starts: where its words begin, joined up."""

    text: str
    drug: Drug
    starts: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return the whole name as the search compares it."""
        return self.starts[0]


@dataclass(frozen=True, slots=True)
class MedicineList:
    """The packaged medicines of one version. names: what `search` looks through."""

    id: str
    version: str
    classes: tuple[DrugClass, ...]
    drugs: tuple[Drug, ...]
    names: tuple[Name, ...]
    review_by: date
    reviewed_by: str


@dataclass(frozen=True, slots=True)
class Match:
    """A medicine the search found, and the name it was found by."""

    drug: Drug
    name: str


def names_of(drugs: Iterable[Drug]) -> tuple[Name, ...]:
    """Return every name of every medicine, ready for `search`. Do it once, not for each letter typed."""
    return tuple(
        Name(text, drug, starts) for drug in drugs for text in drug.names if (starts := _starts(text))
    )


def search(names: Iterable[Name], text: str, limit: int = 8) -> tuple[Match, ...]:
    """Return the medicines a typed text may mean, the likeliest first, each once.

    Letters count, not case, accents, spaces or hyphens. A whole name comes before one that begins
    so, then a later word that does, then letters within, then one slip from five letters on: a
    letter wrong, missing, too many, or two swapped.
    """
    query = _key(text[:LONGEST_QUERY])
    if not query:
        return ()
    ranked = sorted(
        (rank, name.key, place, name)
        for place, name in enumerate(names)
        if (rank := _rank(name, query)) is not None
    )
    best: dict[str, Match] = {}
    for *_, name in ranked:
        best.setdefault(name.drug.name, Match(name.drug, name.text))
    return tuple(best.values())[:limit]


def named(names: Iterable[Name], text: str) -> Drug | None:
    """Return the medicine a text names: all of it, or the words before a dose; None if it names none."""
    text = text.strip()
    starts = [text, *(text[: dose.start()] for dose in reversed(list(DOSE.finditer(text))))]
    known = {name.key: name.drug for name in reversed(tuple(names))}
    return next((known[key] for start in starts if (key := _key(start)) in known), None)


def is_meant(drug: Drug, text: str) -> bool:
    """Tell whether a word of a text is one of a medicine's names, begins one, or is one slip from it."""
    words = [key for key in map(_key, WORD.findall(text)) if len(key) >= WITHIN_FROM]
    return any(_rank(name, word) not in (None, INSIDE) for name in names_of((drug,)) for word in words)


def one_slip(first: str, second: str) -> bool:
    """Tell whether two words are equal but for one letter wrong, missing, too many, or two swapped."""
    shorter, longer = sorted((first, second), key=len)
    if len(longer) - len(shorter) > 1:
        return False
    start = 0
    while start < len(shorter) and shorter[start] == longer[start]:
        start += 1
    one, two = shorter[start:], longer[start:]
    if len(one) < len(two):
        return one == two[1:]
    return one[1:] == two[1:] or (one[:2] == two[1::-1] and one[2:] == two[2:])


def _rank(name: Name, query: str) -> int | None:
    key = name.key
    if query not in key:  # so it is for most names: ask this first
        return 4 if len(query) >= FORGIVEN_FROM and _nearly(key, query) else None
    if key == query:
        return 0
    if key.startswith(query):
        return 1
    if any(start.startswith(query) for start in name.starts):
        return 2
    return 3 if len(query) >= WITHIN_FROM else None


def _nearly(key: str, query: str) -> bool:
    """Tell whether the query is one slip from the name, or from as much of it as was typed."""
    if key[0] not in query[:2] and key[1:2] not in query[:2]:
        return False  # one slip leaves one of the first two letters where it was, or beside it
    size = len(query)
    return any(one_slip(key[:length], query) for length in (size - 1, size, size + 1) if length <= len(key))


def _starts(text: str) -> tuple[str, ...]:
    words = [key for word in text.replace("-", " ").replace("/", " ").split() if (key := _key(word))]
    return tuple("".join(words[place:]) for place in range(len(words)))


def _key(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def read_medicines(text: str) -> MedicineList:
    """Return the list a TOML text holds. Raises MedicineError, naming place and cure."""
    top = table_of(text, MedicineError)
    classes = tuple(_class(row) for row in top.tables("class"))
    known = {one.id for one in classes}
    drugs = tuple(_drug(row, known) for row in top.tables("medicine", id_key="name"))
    medicines = MedicineList(
        id=top.slug("id"),
        version=top.version(),
        classes=classes,
        drugs=drugs,
        names=names_of(drugs),
        review_by=top.take("review_by", date),
        reviewed_by=top.take("reviewed_by", str),
    )
    top.close()
    used = {code for drug in drugs for code in drug.codes}
    for one in classes:
        if one.id not in used:
            top.refuse("class", f"No medicine is of the class '{one.id}'.", "Name one, or take it out.")
    return medicines


def _class(row: Table) -> DrugClass:
    one = DrugClass(id=row.slug("id"), atc=row.texts("atc"))
    row.close()
    return one


def _drug(row: Table, known: set[str]) -> Drug:
    drug = Drug(
        name=row.text("name"),
        also=row.texts("also"),
        us=row.texts("us"),
        gb=row.texts("gb"),
        codes=frozenset(row.texts("codes", required=True)),
    )
    row.close()
    if stray := sorted(drug.codes - known):
        row.refuse("codes", f"There is no class '{stray[0]}'.", "Add it as a class, or mend the name.")
    return drug
