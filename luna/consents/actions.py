"""Sign a consent, on Luna or on paper, take it back, keep its file, and sign a clinic's text of it."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.clinical.errors import ContentError
from luna.consents import papers, plans
from luna.consents.models import Consent, ConsentFile
from luna.feed import actions as feed
from luna.library import actions as library
from luna.library import consent as consents
from luna.library import content
from luna.library.errors import NotAccepted
from luna.library.models import ContentVersion
from luna.notices import actions as notices
from luna.people import charts
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import Patient
from luna.records import blobs, pdf
from luna.records.models import Blob

log = logging.getLogger(__name__)

What, Route = Consent.What, Consent.Route


@transaction.atomic
def sign(
    *,
    about: str,
    read: str,
    name: str,
    ticked: Collection[int],
    viewer: Viewer,
    client_id: UUID,
    now: datetime,
) -> Consent:
    """Sign a consent as the patient; signing again what holds already changes nothing.

    read: sha256 of the text the page showed. ticked: places of what was ticked, counted from 0.
    Raises Stale when the clinic signed another text meanwhile, Impaired after an infusion, and
    Refused for a tick or a name that is missing, or a name the chart does not know.
    """
    if viewer.capacity_kind != "patient" or about not in plans.ABOUTS:
        raise Http404
    patient = _locked(viewer.patient_id, viewer)
    before = Consent.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        return _same(before, what=What.SIGNED, about=about, sha256=read)
    people.check_may_sign(patient, now)
    stands = plans.standing(patient, now)[about]
    version = _offered(stands, read)
    if stands.is_current and stands.last is not None and stands.last.sha256 == read:
        return stands.last
    document = plans.document(version)
    for place, _words in enumerate(document.ticks):
        if place not in ticked:
            raise Refused(_("Tick this if you agree. Without it you cannot sign."), f"tick_{place}")
    _check_name(name, patient)
    today = now.astimezone(ZoneInfo(patient.clinic.zone)).date()
    return _write(
        patient, version, viewer=viewer, client_id=client_id, now=now, last=stands.last,
        at=now, name=name, signed_on=today, good_until=plans.good_until(now, document.months),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paper:
    """A consent signed on paper. file: a photo or PDF. witness: who saw it signed.

    is_clear: staff say that no infusion ran and no effect of one was left when it was signed.
    is_after: staff say that it was signed after it was taken back on the same day.
    """

    name: str
    witness: str
    signed_on: date
    file: bytes
    is_clear: bool = False
    is_after: bool = False


@transaction.atomic
def on_paper(
    *, patient_id: UUID, about: str, read: str, paper: Paper, viewer: Viewer, client_id: UUID, now: datetime
) -> Consent:
    """Keep a consent a patient signed on paper, as staff, with its photo or PDF.

    read: sha256 of the text that was printed. Raises Stale when the clinic signed another text
    meanwhile, and Refused for a day that cannot be, or on which it counts only if staff say more, and
    for a file that cannot be kept.
    """
    if not viewer.is_staff or about not in plans.ABOUTS:
        raise Http404
    patient = _locked(patient_id, viewer)
    before = Consent.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        return _same(before, what=What.SIGNED, about=about, sha256=read)
    stands = plans.standing(patient, now)[about]
    version = _offered(stands, read)
    at = _on_paper_at(paper.signed_on, version, patient, now)
    _check_newest(paper, stands.last)
    _check_clear(paper, patient)
    row = _write(
        patient, version, viewer=viewer, client_id=client_id, now=now, last=stands.last,
        at=at, name=paper.name, witness=paper.witness, signed_on=paper.signed_on, route=Route.PAPER,
        good_until=plans.good_until(at, plans.document(version).months),
    )  # fmt: skip
    blob = blobs.store(
        viewer=viewer, patient=patient, kind=Blob.Kind.HISTORY, stem=f"consent-{about}-paper",
        content=paper.file, now=now,
    )  # fmt: skip
    _keep(row, blob)
    return row


@transaction.atomic
def withdraw(*, patient_id: UUID, about: str, viewer: Viewer, client_id: UUID, now: datetime) -> Consent:
    """Take a consent back, as the patient at any time, or as staff who were told so. Twice is once.

    Whoever cares for the patient is told at once.
    """
    if viewer.capacity_kind not in ("patient", "staff") or about not in plans.ABOUTS:
        raise Http404
    patient = _locked(patient_id, viewer)
    last = plans.standing(patient, now)[about].last
    if last is None:
        raise Http404
    if last.what == What.WITHDRAWN:
        return last
    if Consent.objects.filter(by=viewer.user_id, client_id=client_id).exists():
        raise Replayed
    return _write(
        patient, last.content, viewer=viewer, client_id=client_id, now=now, last=last, at=now,
        what=What.WITHDRAWN, name=viewer.name, language=last.language, good_until=last.good_until,
        signed_on=now.astimezone(ZoneInfo(patient.clinic.zone)).date(),
    )  # fmt: skip


def keep_file(consent: Consent, *, viewer: Viewer, now: datetime) -> ConsentFile | None:
    """Make the PDF of a signature and keep it; None where this machine sets no PDFs. Made once."""
    try:
        made = papers.pdf_of(consent)
    except pdf.NoPango:
        log.warning("A consent was signed without a PDF", extra={"consent": str(consent.id)})
        return None
    with transaction.atomic():
        patient = _locked(consent.patient_id, viewer)
        if found := ConsentFile.objects.filter(consent=consent).first():
            return found
        blob = blobs.store(
            viewer=viewer, patient=patient, kind=Blob.Kind.HISTORY, stem=f"consent-{consent.about}",
            content=made, now=now,
        )  # fmt: skip
        return _keep(consent, blob)


@transaction.atomic
def sign_text(
    *, about: str, language: str, begun_on: str, words: Mapping[str, Any], accepted: Collection[str],
    viewer: Viewer, now: datetime,
) -> ContentVersion:  # fmt: skip
    """Sign a clinic's text of a consent; patients are asked to sign it anew if a word is different.

    begun_on: sha256 of the text that was edited. words: as `library.consent.edited` takes them.
    Raises Stale when a colleague signed another one meanwhile, and Refused for what cannot be signed.
    """
    base = plans.text_to_edit(viewer.clinic_id, about, language)
    if base.sha256 != begun_on:
        raise Stale
    try:
        text = consents.edited(base.text, language=language, **words)
        version = library.sign(
            clinic_id=viewer.clinic_id,
            kind=ContentVersion.Kind.CONSENT,
            text=base.text if content.consent_of(text) == base.document else text,
            accepted=accepted,
            by_id=viewer.user_id,
            name=viewer.name,
            now=now,
        )
    except NotAccepted as problem:
        named = " ".join(f"“{one.text}”" for one in base.document.numbers if one.id in problem.ids)
        unticked = _("Not ticked: %(numbers)s. Tick each of them if you agree with it, or do not sign.")
        raise Refused(unticked % {"numbers": named}, "accepted") from problem
    except ContentError as problem:
        raise Refused(_("This cannot be signed. %(why)s") % {"why": problem}) from problem
    if version.signed_at == now:
        payload = {"sha256": version.sha256}
        audit.record("consent.sign-text", by=viewer, subject=version, now=now, payload=payload)
        feed.changed_for_all(clinic_id=viewer.clinic_id, now=now)
    return version


def _locked(patient_id: UUID | None, viewer: Viewer) -> Patient:
    mine = Patient.objects.visible_to(viewer).select_for_update(of=("self",))
    return get_object_or_404(mine.select_related("user", "clinic"), id=patient_id)


def _same(before: Consent, **sent: str) -> Consent:
    if any(getattr(before, key) != value for key, value in sent.items()):
        raise Replayed
    return before


def _offered(stands: plans.Standing, read: str) -> ContentVersion:
    if stands.offered is None:
        raise Refused(_("The clinic has no text of this to sign yet. Ask the clinic."))
    if stands.offered.sha256 != read:
        raise Stale("text")
    return stands.offered


def _check_name(name: str, patient: Patient) -> None:
    if not name.strip():
        raise Refused(_("Type your full name."), "name")
    if _plain(name) != _plain(patient.name):
        wrong = _("Type your name as your clinic has it: %(name)s. If that is wrong, tell the clinic.")
        raise Refused(wrong % {"name": patient.name}, "name")


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _on_paper_at(on: date, version: ContentVersion, patient: Patient, now: datetime) -> datetime:
    zone = ZoneInfo(patient.clinic.zone)
    if on > now.astimezone(zone).date():
        raise Refused(_("This day is still to come. Write the day it was signed."), "signed_on")
    if on < version.signed_at.astimezone(zone).date():
        older = _("The clinic’s text is newer than this. Print it and have it signed again.")
        raise Refused(older, "signed_on")
    return datetime.combine(on, time(12), zone).astimezone(UTC)


def _check_newest(paper: Paper, last: Consent | None) -> None:
    """Refuse a paper that is older than the patient's last word, or might be. A day has no hours."""
    if last is None or paper.signed_on > last.signed_on:
        return
    is_back = last.what == What.WITHDRAWN
    if paper.signed_on < last.signed_on:
        back = _("They took it back after this day. Have it signed again if they agree now.")
        newer = _("They signed after this day, and that counts. There is nothing to add.")
        raise Refused(back if is_back else newer, "signed_on")
    if is_back and not paper.is_after:
        raise Refused(_("Tick this if it is so. Else have it signed again."), "is_after")


def _check_clear(paper: Paper, patient: Patient) -> None:
    """Refuse a paper of a day on which the patient may have been under the effect of an infusion."""
    ends_at = people.effect_ends(patient)
    zone = ZoneInfo(patient.clinic.zone)
    if ends_at is not None and paper.signed_on <= ends_at.astimezone(zone).date() and not paper.is_clear:
        raise Refused(_("Tick this if it is so. Else have it signed when the effect is over."), "is_clear")


def _write(
    patient: Patient,
    version: ContentVersion,
    *,
    viewer: Viewer,
    client_id: UUID,
    now: datetime,
    last: Consent | None,
    **told: Any,
) -> Consent:
    about, _dot, language = version.content_id.partition(".")
    row = Consent.objects.create(
        **{"what": What.SIGNED, "language": language, **told},
        clinic_id=patient.clinic_id,
        patient=patient,
        about=about,
        content=version,
        sha256=version.sha256,
        supersedes=last,
        recorded_at=now,
        by_id=viewer.user_id,
        capacity=viewer.capacity_kind,
        client_id=client_id,
    )
    verb = "consent.withdraw" if row.what == What.WITHDRAWN else "consent.sign"
    verb = "consent.paper" if row.route == Route.PAPER else verb
    audit.record(verb, by=viewer, subject=row, now=now, reason=about, payload={"sha256": row.sha256})
    if row.what == What.WITHDRAWN:
        _tell_staff(row, now)
    elif about == plans.TREATMENT and patient.user_id is not None:
        notices.mended(user_id=patient.user_id, patient_id=patient.id, subject="consent:", now=now)
    feed.changed(clinic_id=patient.clinic_id, patient_id=patient.id, now=now)
    return row


def _tell_staff(row: Consent, now: datetime) -> None:
    for user in charts.responsible(row.patient, besides=row.by_id):
        notices.plan(
            key=f"consent:{row.id.hex}:withdrawn:{user.id.hex}",
            words="consent-withdrawn",
            clinic_id=row.clinic_id,
            patient_id=row.patient_id,
            to_user_id=user.id,
            due_at=now,
            urgent=row.about == plans.TREATMENT,
            values={"patient": row.patient_id},
            now=now,
        )


def _keep(consent: Consent, blob: Blob) -> ConsentFile:
    return ConsentFile.objects.create(
        clinic_id=consent.clinic_id, patient_id=consent.patient_id, consent=consent, blob=blob
    )
