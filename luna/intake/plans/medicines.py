"""The medicines somebody takes, as they told them, and the search for one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from luna.clinical import interactions, medicines
from luna.clinical.questionnaire import Kind
from luna.intake.models import Medicine, MedicineReview
from luna.library import content
from luna.people.access import Viewer
from luna.people.models import Patient

TABLE = "ketamine"  # the packaged interactions and screening
# A class that tells of dependence; what interactions call private comes on top.
PRIVATE = frozenset({"opioid-treatment"})


@dataclass(frozen=True, slots=True)
class Medicines:
    """A list of medicines. review: the last word that it is whole; None while nobody has said so."""

    current: tuple[Medicine, ...]
    stopped: tuple[Medicine, ...]
    review: MedicineReview | None

    @property
    def takes_none(self) -> bool:
        """Tell whether somebody said that nothing is taken, and nothing was told since."""
        return not self.current and self.is_whole

    @property
    def is_whole(self) -> bool:
        """Tell whether somebody said that nothing is missing, and nothing was told since."""
        if self.review is None or (self.review.takes_none and self.current):
            return False
        return all(row.recorded_at <= self.review.recorded_at for row in (*self.current, *self.stopped))

    @property
    def changed_at(self) -> datetime | None:
        """Return when anything was told last."""
        rows = (*self.current, *self.stopped, *([self.review] if self.review else []))
        return max((row.recorded_at for row in rows), default=None)


def medicines_of(viewer: Viewer, patient: Patient) -> Medicines:
    """Return a patient's medicines as the viewer may see them, first told first. Two queries."""
    # What replaced a row may be of a kind the viewer does not see: the database knows.
    rows = Medicine.objects.visible_to(viewer).filter(patient=patient, superseded_by=None)
    reviews = MedicineReview.objects.visible_to(viewer).filter(patient=patient).select_related("by")
    return medicines_in(rows.select_related("by").order_by("at", "id"), reviews.order_by("recorded_at", "id"))


def medicines_in(rows: Iterable[Medicine], reviews: Iterable[MedicineReview]) -> Medicines:
    """Return the list that everything said of medicines makes, the oldest first. No queries."""
    said = list(rows)
    replaced = {row.supersedes_id for row in said}
    standing = [row for row in said if row.id not in replaced and not row.mistaken]
    return Medicines(
        current=tuple(row for row in standing if row.stopped_on is None),
        stopped=tuple(row for row in standing if row.stopped_on is not None),
        review=next(reversed(list(reviews)), None),
    )


def by_name(rows: Iterable[Medicine]) -> dict[str, Medicine]:
    """Return what stands of the medicine that goes, or once went, by each name. No queries.

    rows: all that was ever told. Keys are names, casefolded. Of several with one name, the one that is
    taken, that goes by it now, that was told last.
    """
    said = list(rows)
    followed = {row.supersedes_id: row for row in said if row.supersedes_id}

    def stands(row: Medicine) -> Medicine:
        while row.id in followed:
            row = followed[row.id]
        return row

    def rank(named: tuple[str, Medicine]) -> tuple[bool, bool, datetime]:
        name, row = named
        return row.is_taken, row.name.casefold() == name, row.recorded_at

    return dict(sorted(((row.name.casefold(), stands(row)) for row in said), key=rank))


def as_rules_read(row: Medicine) -> interactions.Medicine:
    """Return a medicine as the interactions ask for it."""
    return interactions.Medicine(row.name, frozenset(row.codes), row.dose_text, row.when_text)


def search(text: str) -> tuple[medicines.Match, ...]:
    """Return the medicines of the packaged list that a typed text may mean."""
    return medicines.search(content.medicines().names, text)


def recognised(name: str, chosen: str = "") -> medicines.Drug | None:
    """Return the medicine of the list that a typed name means, None if nobody could say.

    chosen: the medicine of the list it was before somebody wrote on; it counts while the name still is
    about it.
    """
    listed = content.medicines()
    before = next((drug for drug in listed.drugs if chosen and drug.name == chosen), None)
    found = medicines.named(listed.names, name)
    return before if found is None and before and medicines.is_meant(before, name) else found


def kind_of(codes: frozenset[str]) -> str:
    """Return what a medicine is shared as. One that nobody recognises may be anything: it is private."""
    if not codes or codes & PRIVATE:
        return Medicine.Kind.SUBSTANCES
    table = content.interactions(TABLE)
    kinds = {row.kind for row in table.interactions if codes.intersection(row.codes)}
    return Medicine.Kind.SUBSTANCES if kinds - {Kind.HISTORY} else Medicine.Kind.HISTORY
