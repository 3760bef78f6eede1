"""How a patient's consents stand: worked out from what was signed, and from what the clinic asks today."""

import hashlib
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from luna.consents.models import Consent
from luna.library import content
from luna.library import plans as library
from luna.library.consent import Document
from luna.library.models import ContentVersion
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.models import Patient

TREATMENT, SHARING = "treatment", "sharing"
ABOUTS = (TREATMENT, SHARING)  # in the order they are shown


class State(StrEnum):
    """How one consent of one patient stands."""

    NONE = "none"
    CURRENT = "current"
    EXPIRED = "expired"
    OUTDATED = "outdated"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Standing:
    """One consent of one patient. offered: what the clinic asks to be signed today, None for nothing.

    last: the last word of the patient's, None for none. Neither carries its text.
    """

    about: str
    state: State
    last: Consent | None
    offered: ContentVersion | None

    @property
    def is_current(self) -> bool:
        """Say whether it holds now."""
        return self.state is State.CURRENT

    @property
    def is_asked(self) -> bool:
        """Say whether there is something to sign."""
        return self.offered is not None and not self.is_current

    @property
    def can_be_withdrawn(self) -> bool:
        """Say whether there is a yes to take back, good or not."""
        return self.last is not None and self.last.what == Consent.What.SIGNED


def state_of(last: Consent | None, newest_sha256: str | None, now: datetime) -> State:
    """Return how the last word on a consent stands.

    newest_sha256: of the text the clinic signed last in the language it was signed in.
    """
    if last is None:
        return State.NONE
    if last.what == Consent.What.WITHDRAWN:
        return State.WITHDRAWN
    if last.good_until <= now:
        return State.EXPIRED
    return State.CURRENT if newest_sha256 in (last.sha256, None) else State.OUTDATED


def good_until(signed_at: datetime, months: int) -> datetime:
    """Return until when a signature is good; a day that month does not have becomes its last."""
    years, month = divmod(signed_at.month - 1 + months, 12)
    year, month = signed_at.year + years, month + 1
    return signed_at.replace(year=year, month=month, day=min(signed_at.day, monthrange(year, month)[1]))


def standing(patient: Patient, now: datetime) -> dict[str, Standing]:
    """Return how each consent of a patient stands, by its id. Two queries."""
    return standings([patient], newest(patient.clinic_id), now)[patient.id]


def standings(
    patients: Iterable[Patient], texts: Mapping[str, ContentVersion], now: datetime
) -> dict[UUID, dict[str, Standing]]:
    """Return patient id -> how each consent stands. texts: the `newest` of their clinic.

    One query, however many they are, if each came with its user.
    """
    asked = list(patients)
    last = {(row.patient_id, row.about): row for row in _last_words().filter(patient__in=asked)}
    return {one.id: {about: _standing(one, about, last, texts, now) for about in ABOUTS} for one in asked}


def waiting(
    patients: QuerySet[Patient], texts: Mapping[str, ContentVersion], now: datetime
) -> QuerySet[Patient]:
    """Return those of a clinic's patients of whom some consent is not current, as `state_of` says.

    texts: the `newest` of their clinic.
    """
    lacks = Q()
    for about in ABOUTS:
        ours = {
            name.partition(".")[2]: one.sha256 for name, one in texts.items() if name.startswith(f"{about}.")
        }
        of_today = Q(sha256__in=ours.values()) | ~Q(language__in=ours)
        current = _last_words().filter(
            of_today, patient=OuterRef("pk"), about=about, what=Consent.What.SIGNED, good_until__gt=now
        )
        lacks |= ~Exists(current)
    return patients.filter(lacks)


def newest(clinic_id: UUID) -> dict[str, ContentVersion]:
    """Return content id -> the consent a clinic signed last, without the texts."""
    rows = _signed_texts(clinic_id).defer("text").order_by("signed_at", "id")
    return {row.content_id: row for row in rows}


def document(version: ContentVersion) -> Document:
    """Return what a signed version says."""
    return content.consent_of(version.text)


def told(version: ContentVersion) -> dict[str, object]:
    """Return what a page shows of a signed version: what it says, and its text as safe HTML."""
    read = document(version)
    return {"version": version, "document": read, "text": content.consent_html(read)}


def visible(viewer: Viewer) -> QuerySet[Consent]:
    """Return the consents a viewer may read: the patient's own, and the clinic's for staff; no circle's."""
    if viewer.capacity_kind not in ("patient", "staff"):
        return Consent.objects.none()
    return Consent.objects.visible_to(viewer)


def history(patient: Patient, viewer: Viewer) -> list[tuple[str, Consent]]:
    """Return all a patient signed or took back, newest first, each with the title it had then."""
    rows = visible(viewer).filter(patient=patient).select_related("content", "by")
    return [(document(row.content).title, row) for row in rows.order_by("-recorded_at", "-id")]


def titles(clinic_id: UUID) -> dict[str, str]:
    """Return consent id -> its title: as the clinic signed it last, else as it was packaged. One query."""
    ours = {f"{about}.{content.ENGLISH}": about for about in ABOUTS}
    rows = _signed_texts(clinic_id).filter(content_id__in=ours).order_by("signed_at", "id")
    texts = {ours[row.content_id]: row.text for row in rows}
    read = {about: content.consent_of(texts.get(about) or content.consent_text(about)) for about in ABOUTS}
    return {about: document.title for about, document in read.items()}


def briefly(patient: Patient, now: datetime) -> list[tuple[str, State]]:
    """Return the title and state of each consent of a patient, for any page about them. Three queries."""
    known = titles(patient.clinic_id)
    return [(known[about], one.state) for about, one in standing(patient, now).items()]


def asked(viewer: Viewer, now: datetime) -> dict[str, str]:
    """Return id -> title of what a patient is asked to sign; nothing while that would have to wait.

    What they took back is not asked for again: they sign it once more only of their own accord.
    """
    if viewer.capacity_kind != "patient" or not people.may_sign(viewer.patient, now):
        return {}
    found = standing(viewer.patient, now).items()
    open_ones = [about for about, one in found if one.is_asked and one.state is not State.WITHDRAWN]
    known = titles(viewer.clinic_id) if open_ones else {}
    return {about: known[about] for about in open_ones}


@dataclass(frozen=True, slots=True)
class Text:
    """What a clinic edits: the text it signed last, or the one that came with Luna. signed: None for that."""

    text: str
    signed: ContentVersion | None

    @property
    def document(self) -> Document:
        """Return what it says."""
        return content.consent_of(self.text)

    @property
    def sha256(self) -> str:
        """Return what tells this text from any other."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def text_to_edit(clinic_id: UUID, about: str, language: str) -> Text:
    """Return what a clinic begins with when it writes its own text of a consent."""
    signed = library.signed(clinic_id, ContentVersion.Kind.CONSENT, f"{about}.{language}")
    return Text(signed.text if signed else content.consent_text(about, language), signed)


def _last_words() -> QuerySet[Consent]:
    """Return the last word of every patient on each consent: each word takes the place of the one before."""
    return Consent.objects.filter(superseded_by=None)


def _signed_texts(clinic_id: UUID) -> QuerySet[ContentVersion]:
    return ContentVersion.objects.filter(clinic_id=clinic_id, kind=ContentVersion.Kind.CONSENT)


def _standing(
    patient: Patient,
    about: str,
    last: Mapping[tuple[UUID, str], Consent],
    texts: Mapping[str, ContentVersion],
    now: datetime,
) -> Standing:
    row = last.get((patient.id, about))
    signed = texts.get(f"{about}.{row.language}") if row else None
    spoken = patient.user.language if patient.user else content.ENGLISH
    offered = texts.get(f"{about}.{spoken}") or texts.get(f"{about}.{content.ENGLISH}")
    return Standing(about, state_of(row, signed.sha256 if signed else None, now), row, offered)
