"""Evidence: what is known, how well, and who said it. FHIR: Citation and ArtifactAssessment.

A record is one fact in our own words; a source is where it was found. Numbers, steps, rules and
guides name records by id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from luna.clinical.reading import Grade, Table, table_of
from luna.library.errors import LibraryError

GRADES = {grade.value: grade for grade in Grade}


@dataclass(frozen=True, slots=True)
class Source:
    """One publication, label or page. grade: how it was seen. doi, url, pub: where to find it."""

    id: str
    title: str
    grade: Grade
    authors: str
    year: int | None
    pub: str
    doi: str
    url: str

    @property
    def link(self) -> str:
        """Return where to read it, or an empty text."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url


@dataclass(frozen=True, slots=True)
class Record:
    """One fact with its grade and sources."""

    id: str
    fact: str
    grade: Grade
    sources: tuple[Source, ...]


def read_evidence(text: str) -> Mapping[str, Record]:
    """Return record id -> record from a TOML text. Raises LibraryError, naming place and cure."""
    top = table_of(text, LibraryError)
    sources = {source.id: source for source in map(_source, top.tables("source"))}
    records = {record.id: record for record in (_record(row, sources) for row in top.tables("record"))}
    for key in ("id", "version", "review_by", "reviewed_by"):
        top.has(key)
    top.close()
    cited = {source.id for record in records.values() for source in record.sources}
    for name in sources:
        if name not in cited:
            top.refuse("source", f"No record names '{name}'.", "Name it in a record, or take it out.")
    return MappingProxyType(records)


def _source(row: Table) -> Source:
    source = Source(
        id=row.slug("id"),
        title=row.text("title"),
        grade=row.pick("grade", GRADES),
        authors=row.take("authors", str, ""),
        year=row.whole("year", least=1900, most=2100) if row.has("year") else None,
        pub=row.take("pub", str, ""),
        doi=row.take("doi", str, ""),
        url=row.take("url", str, ""),
    )
    row.close()
    if not (source.doi or source.url or source.pub) and source.grade is not Grade.B:
        row.refuse("doi", "Nobody could find this source.", "Add its doi, url or pub.")
    return source


def _record(row: Table, sources: Mapping[str, Source]) -> Record:
    names = row.texts("sources", required=True)
    for name in names:
        if name not in sources:
            row.refuse(
                "sources", f"There is no source '{name}'.", "Add it as a [[source]], or mend the name."
            )
    record = Record(
        id=row.text("id"),
        fact=row.text("fact"),
        grade=row.pick("grade", GRADES),
        sources=tuple(sources[name] for name in names),
    )
    row.close()
    return record
