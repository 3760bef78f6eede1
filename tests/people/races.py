"""Several requests at the same moment, each with a connection of its own. Run inside a Luna of its own.

Append-only tables cannot be emptied again after a test, so this needs a database to throw away.
"""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction

from luna.audit import actions as audit
from luna.audit import jobs, plans
from luna.audit.models import AuditEvent
from luna.people.actions import circle, clinic, identity, invitations, staff
from luna.people.models import CircleMember, Clinician, Invitation, Patient, User
from tests import cast as people
from tests.crowding import CROWD, at_once


def run_all() -> dict[str, Any]:
    """Run every race and return what came of each."""
    now = datetime.now(UTC)
    cast = people.build(now)
    races = (
        inviting,
        accepting,
        first_accounts,
        accepting_and_cancelling,
        adding,
        ending_admins,
        changing_while_it_starts,
        looking,
        sealing,
    )
    return {race.__name__: race(cast, now) for race in races}


def inviting(cast: people.Cast, now: datetime) -> Any:
    """A double click, as seen by six workers at once."""
    client_id = uuid4()
    found = at_once([lambda: _invite(cast, now, client_id=client_id)] * CROWD)
    return [len({str(one.pk) for one in found}), Invitation.objects.filter(client_id=client_id).count()]


def accepting(cast: people.Cast, now: datetime) -> Any:
    asked = _invite(cast, now, email="acc@example.org")
    user = invitations.account_for(asked, now)
    found = at_once([lambda: _accept(asked, user, now)] * CROWD)
    members = CircleMember.objects.filter(user=user, state="active").count()
    return [sorted({type(one).__name__ for one in found}), members]


def first_accounts(cast: people.Cast, now: datetime) -> Any:
    """A new address asks for a code in six browsers: one account, and nobody sees an error."""
    asked = _invite(cast, now, email="first@example.org")
    found = at_once([lambda: invitations.account_for(asked, now).id] * CROWD)
    return [len({str(one) for one in found}), User.objects.filter(email="first@example.org").count()]


def accepting_and_cancelling(cast: people.Cast, now: datetime) -> Any:
    asked = _invite(cast, now, email="both@example.org")
    user = invitations.account_for(asked, now)
    viewer = cast.sees("ana")
    at_once(
        [lambda: _accept(asked, user, now), lambda: invitations.cancel(invitation=asked, by=viewer, now=now)]
    )
    state = Invitation.objects.get(pk=asked.pk).state
    return [state, CircleMember.objects.filter(user=user).count()]


def adding(cast: people.Cast, now: datetime) -> Any:
    client_id, viewer = uuid4(), cast.sees("nia")
    values = {"name": "Max", "born_on": now.date(), "email": "max@example.org", "phone": "", "address": ""}
    at_once(
        [lambda: clinic.add_patient(values=values, invite=True, by=viewer, client_id=client_id, now=now)]
        * CROWD
    )
    patients = Patient.objects.filter(name="Max")
    return [patients.count(), Invitation.objects.filter(patient__in=patients).count()]


def ending_admins(cast: people.Cast, now: datetime) -> Any:
    """Two administrators end each other's access: one stays."""
    second = people.staff(cast.harbour, cast.cal, ["admin"], now)
    first, viewer = Clinician.objects.get(user=cast.diaz), cast.sees("diaz")
    at_once(
        [
            lambda: staff.deactivate(clinician=first, by=viewer, now=now),
            lambda: staff.deactivate(clinician=second, by=viewer, now=now),
        ]
    )
    return Clinician.objects.filter(pk__in=(first.pk, second.pk), active=True).count()


def changing_while_it_starts(cast: people.Cast, now: datetime) -> Any:
    """Who asks for a PIN while an infusion starts waits for the start, and then for its end."""
    found: list[Any] = []
    asks = threading.Thread(
        target=lambda: found.extend(at_once([lambda: identity.set_pin(cast.ana, "482915", now=now)]))
    )
    with transaction.atomic():
        Patient.objects.filter(pk=cast.ana_patient.pk).update(impaired_until=now + timedelta(hours=6))
        asks.start()
        asks.join(timeout=1)  # it waits for this transaction, or has read what stood before
    asks.join()
    return [type(one).__name__ for one in found]


def looking(cast: people.Cast, now: datetime) -> Any:
    viewer = cast.sees("nia")
    at_once([lambda: audit.read("chart.read", by=viewer, subject=cast.oli_patient, now=now)] * CROWD)
    return AuditEvent.objects.filter(verb="chart.read", subject_id=cast.oli_patient.id).count()


def sealing(cast: people.Cast, now: datetime) -> Any:
    """Six clocks seal one chain while lines are written."""
    viewer, chain = cast.sees("nia"), cast.harbour.id

    def write() -> AuditEvent:
        return audit.record("patient.change", by=viewer, subject=cast.oli_patient, now=now)

    found = at_once([lambda: jobs.run(now), write] * CROWD)
    while jobs.run(now):
        pass
    failed = [repr(one) for one in found if isinstance(one, Exception)]
    lines = AuditEvent.objects.filter(clinic_id=chain).count()
    return [failed, plans.head(chain).number == lines, plans.verify(chain)]


def _invite(cast: people.Cast, now: datetime, **changed: Any) -> Invitation:
    asked = {
        "patient": cast.ana_patient, "role": "caretaker", "email": "race@example.org", "name": "Sam Stone",
        "relation": "friend", "by": cast.sees("ana"), "client_id": uuid4(), "now": now,
    }  # fmt: skip
    return invitations.invite(**asked | changed)


def _accept(asked: Invitation, user: Any, now: datetime) -> str:
    fresh = Invitation.objects.get(pk=asked.pk)
    return circle.accept(invitation=fresh, user=user, name="Sam", zone="", now=now)
