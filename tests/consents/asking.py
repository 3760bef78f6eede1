"""A clinic that asks for consents, and patients who sign them: for any test that needs one."""

from datetime import date
from uuid import uuid4

import pytest

from luna.consents import actions, plans
from luna.library import content

JPEG = b"\xff\xd8\xff\xe0 a photo of two pages"


def sign_text(cast, now, about="treatment", *, by="diaz", accepted=("mostly-gone",), **changed):
    """Have a clinic sign its text of a consent; any part of it may be changed."""
    viewer = cast.sees(by)
    base = plans.text_to_edit(viewer.clinic_id, about, "en")
    before = base.document
    words = {key: getattr(before, key) for key in ("title", "summary", "body", "ticks", "months")}
    return actions.sign_text(
        about=about, language="en", begun_on=base.sha256, words=words | changed, accepted=accepted,
        viewer=viewer, now=now,
    )  # fmt: skip


def sign(cast, now, about="treatment", **changed):
    """Have Ana sign what her clinic asks; any part of it may be changed."""
    viewer = changed.pop("viewer", None) or cast.sees("ana")
    offered = plans.standing(viewer.patient, now)[about].offered
    ticks = plans.document(offered).ticks if offered else ()
    asked = {
        "about": about, "read": offered.sha256 if offered else "", "name": viewer.patient.name,
        "ticked": range(len(ticks)), "viewer": viewer, "client_id": uuid4(), "now": now,
    }  # fmt: skip
    return actions.sign(**asked | changed)


def on_paper(cast, now, about="treatment", *, by="nia", **changed):
    """Have staff keep Ana's consent on paper; any part of it may be changed."""
    paper = {"name": "Ana Abel", "witness": "Nia Noor", "signed_on": date(2027, 3, 8), "file": JPEG}
    paper |= {"is_clear": False, "is_after": False}
    paper |= {key: changed.pop(key) for key in list(changed) if key in paper}
    given = {
        "patient_id": cast.ana_patient.id, "about": about, "paper": actions.Paper(**paper),
        "read": plans.standing(cast.ana_patient, now)[about].offered.sha256, "viewer": cast.sees(by),
        "client_id": uuid4(), "now": now,
    }  # fmt: skip
    return actions.on_paper(**given | changed)


@pytest.fixture
def asked(cast, now):
    """Harbour Clinic asks its patients for both consents, word for word as they came with Luna."""
    for about in plans.ABOUTS:
        sign_text(cast, now, about)
    return cast


def packaged(about="treatment"):
    """Return what came with Luna."""
    return content.consent_of(content.consent_text(about))
