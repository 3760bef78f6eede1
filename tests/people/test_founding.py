"""A clinic begins with one command and one administrator."""

import pytest

from luna.audit.models import AuditEvent
from luna.people.actions import founding
from luna.people.errors import Refused
from luna.people.models import Clinic, Clinician, Installation

pytestmark = pytest.mark.django_db

VALUES = {
    "name": "Lakeside Clinic",
    "zone": "Europe/Dublin",
    "country": "IE",
    "address": "1 Lake Road",
    "phone": "+35315550100",
    "nurse_line": "+35315550101",
    "lead_email": "lead@lakeside.example",
}


def found(now, **changes):
    return founding.found(
        values=VALUES | changes, admin_name="Ada Byrne", admin_email="ada@lakeside.example", now=now
    )


def test_clinic_has_hours_and_one_administrator_to_tell(now):
    clinic = found(now)

    assert list(clinic.hours.values_list("weekday", flat=True)) == [0, 1, 2, 3, 4]
    staff = Clinician.objects.get(clinic=clinic)
    assert (staff.user.email, staff.roles, staff.to_tell) == ("ada@lakeside.example", ["admin"], True)


def test_founding_is_in_the_audit(now):
    clinic = found(now)

    lines = AuditEvent.objects.filter(clinic_id=clinic.id).order_by("id")
    assert list(lines.values_list("verb", flat=True)) == ["clinic.found", "staff.add"]


@pytest.mark.threat("T7")
def test_demonstration_gets_no_real_clinic(now):
    Installation.objects.create(demo=True, created_at=now)

    with pytest.raises(Refused, match="a database of its own"):
        found(now)

    assert not Clinic.objects.exists()


@pytest.mark.threat("T7")
def test_database_with_a_real_clinic_can_be_no_demonstration(now):
    found(now)

    assert Installation.objects.get().demo is False


@pytest.mark.parametrize(
    ("field", "value"), [("zone", "Dublin"), ("zone", ""), ("country", "Ireland"), ("country", "ie")]
)
def test_zone_and_country_must_be_some(now, field, value):
    with pytest.raises(Refused) as refusal:
        found(now, **{field: value})

    assert refusal.value.field == field
