"""A clinic's first moment: itself, its hours, and one administrator who sets up everything else."""

import zoneinfo
from collections.abc import Mapping
from datetime import datetime, time

from django.db import transaction
from django.utils.translation import gettext as _

from luna.audit import actions as audit
from luna.people.actions import staff
from luna.people.errors import Refused
from luna.people.models import Clinic, Clinician, Installation, OpeningHours

OPENS, CLOSES = time(8), time(17)
WORKING_DAYS = range(5)


@transaction.atomic
def found(*, values: Mapping[str, str], admin_name: str, admin_email: str, now: datetime) -> Clinic:
    """Make a clinic and its first administrator, who is told by e-mail how to sign in.

    values: name, zone, country, address, phone, nurse_line, lead_email.
    Raises Refused in a demonstration, and for a zone or country that is none.
    """
    # A database nobody served yet is marked here: from now on it can be no demonstration.
    if Installation.objects.get_or_create(defaults={"demo": False, "created_at": now})[0].demo:
        raise Refused(_("This is a demonstration. A real clinic needs a database of its own."))
    if values["zone"] not in zoneinfo.available_timezones():
        raise Refused(_("There is no such time zone. Write it like Europe/Dublin."), "zone")
    if len(values["country"]) != 2 or not values["country"].isupper():
        raise Refused(_("Write the country as two capital letters, like US."), "country")
    clinic = Clinic.objects.create(**values, welcome_name=values["name"], created_at=now)
    OpeningHours.objects.bulk_create(
        OpeningHours(clinic=clinic, weekday=weekday, opens=OPENS, closes=CLOSES) for weekday in WORKING_DAYS
    )
    by = audit.Actor(clinic_id=clinic.id, capacity_kind="clock")
    audit.record("clinic.found", by=by, subject=clinic, now=now, payload=values)
    staff.add(email=admin_email, name=admin_name, title="", roles=[Clinician.Role.ADMIN], by=by, now=now)
    return clinic
