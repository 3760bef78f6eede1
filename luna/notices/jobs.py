"""What the clock does for messages: write those that people asked for, then send what is due."""

import time
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from luna.notices import actions, plans, reach
from luna.notices.channels import phone
from luna.notices.lanes import Lanes, Said
from luna.notices.models import Attempt
from luna.people import plans as people
from luna.people.actions import invitations, staff
from luna.people.models import Invitation

LEAST, MOST = 8, 64  # notices taken in one transaction
BUSY_S, BREATH_S = 0.4, 0.1  # SQLite has one writer, and who waits for it looks every 0.1 s
LOOKED = 500  # looked up at once; each is asked again when it is taken …
LOOK_EVERY = timedelta(seconds=0.25)  # … and something urgent may come
TURN_S = 2  # the clock has other things to do, and whoever stops it waits four seconds; the rest waits
GLANCE_S = 0.05  # letters that take longer to come back are heard later
QUIET_S = 1.0  # without an answer, the clock goes on to its other things
END_S = 1.5
INVITING = {
    Invitation.Role.PATIENT: "invite-patient",
    Invitation.Role.CARETAKER: "invite",
    Invitation.Role.THERAPIST: "invite-therapist",
}
LANES = Lanes()  # letters may be on their way from one turn to the next


def run(now: datetime) -> int:
    """Do a turn's worth of messages and return how many were dealt with."""
    done = actions.lapse(now=now) + actions.follow(now=now) + invite(now) + welcome(now) + circles(now)
    return done + send(now)


@transaction.atomic
def invite(now: datetime) -> int:
    """Write the invitations people asked for into the ledger; return how many."""
    found = list(people.invitations_to_send(now))
    for invitation in found:
        _plan_invitation(invitation, now)
        invitations.handed_over(invitation)
    return len(found)


@transaction.atomic
def welcome(now: datetime) -> int:
    """Write a welcome to each new member of staff into the ledger; return how many."""
    found = list(people.staff_to_tell())
    for clinician in found:
        actions.plan(
            key=f"clinician:{clinician.id.hex}:invite-staff",
            words="invite-staff",
            clinic_id=clinician.clinic_id,
            to_user_id=clinician.user_id,
            due_at=now,
            now=now,
        )
        staff.told(clinician)
    return len(found)


@transaction.atomic
def circles(now: datetime) -> int:
    """Write to each patient whose circle changed by what somebody else did; return how many."""
    found = list(people.circles_to_tell())
    for patient in found:
        actions.plan(
            key=f"circle:{patient.id.hex}:{patient.circle_changed_at:%Y%m%dT%H%M%S%f}",
            words="circle-changed",
            clinic_id=patient.clinic_id,
            patient_id=patient.id,
            to_user_id=patient.user_id,
            due_at=now,
            now=now,
        )
        invitations.told_of_circle(patient)
    return len(found)


def send(now: datetime) -> int:
    """Send what is due, as much as a turn allows; return how many were dealt with.

    What a slow way out has not answered yet is heard in a later turn: nothing waits for it.
    """
    began = quiet_since = time.monotonic()
    helpings = Helpings()
    done = 0
    LANES.begin()
    while time.monotonic() - began <= TURN_S:
        at = now + timedelta(seconds=time.monotonic() - began)
        write_down(at)
        taken = helpings.next(at)
        done += taken.done
        for place, letter in enumerate(taken.letters):
            try:
                LANES.hand_over(letter)
            except DatabaseError:  # none of the others is to wait for its lease to end
                LANES.said += [Said(one, Attempt.Outcome.REFUSED, "broken") for one in taken.letters[place:]]
                raise
            quiet_since = time.monotonic()
        if taken.done and not (taken.letters or taken.left):
            helpings.breathe()
            continue
        if not LANES.are_busy or time.monotonic() - quiet_since > QUIET_S:
            break
        if LANES.listen(GLANCE_S):
            quiet_since = time.monotonic()
    write_down(now + timedelta(seconds=time.monotonic() - began))
    if not done:
        LANES.rest()
    return done


def end(now: datetime) -> None:
    """Hear what is still on its way, for a moment, and write it down: the clock stops."""
    LANES.listen(END_S)
    write_down(now)


def write_down(now: datetime) -> None:
    """Write down what was heard of letters. What cannot be yet is kept for the next time."""
    if not LANES.said:
        return
    for one in LANES.said:
        if one.reason == phone.STOPPED_WHY:
            reach.stop(one.letter.address, now=now)
    LANES.said = actions.finish(LANES.said, now=now)
    for one in list(LANES.said):  # what carries others is written down by itself
        if not actions.finish([one], now=now):
            LANES.said.remove(one)


class Helpings:
    """What is due, a helping at a time, urgent first and each clinic in turn.

    What may gather others, or carries them, is a helping of its own.
    """

    def __init__(self) -> None:
        """Look nowhere yet."""
        self._ids: list[UUID] = []
        self._alone: set[UUID] = set()
        self._looked_at: datetime | None = None
        self._size = LEAST
        self._breathed_at = time.monotonic()

    def next(self, now: datetime) -> actions.Taken:
        """Take a helping, a larger one after each that sent nothing; pass over what another worker has."""
        if not self._ids or self._looked_at is None or now - self._looked_at > LOOK_EVERY:
            self._ids, self._looked_at = plans.due(now, LOOKED), now
            self._alone = plans.alone(self._ids)
        taken = actions.Taken([], 0, [])
        while self._ids and not (taken.done or taken.left):
            ids = self._together()
            self._ids = self._ids[len(ids) :]
            taken = actions.take(ids, LANES.room(), now=now)
            if ids[0] in self._alone:
                self._alone.update(taken.left)  # it may have gathered others, in a digest that finds no room
        self._ids = taken.left + self._ids
        self._size = LEAST if taken.letters or taken.left else min(2 * self._size, MOST)
        return taken

    def _together(self) -> list[UUID]:
        """Return those that come next and are taken at once, up to one that is taken by itself."""
        ids = self._ids[: self._size]
        until = next((number for number, one in enumerate(ids) if one in self._alone), len(ids))
        return ids[: max(until, 1)]

    def breathe(self) -> None:
        """Leave the database to others for a moment, now and then, where one writer keeps out all others."""
        if connection.features.has_select_for_update or time.monotonic() - self._breathed_at < BUSY_S:
            return
        time.sleep(BREATH_S)
        self._breathed_at = time.monotonic()


def _plan_invitation(invitation: Invitation, now: datetime) -> None:
    actions.plan(
        key=f"invitation:{invitation.id.hex}:invite:s{invitation.sent}",
        words=INVITING[invitation.role],
        clinic_id=invitation.clinic_id,
        patient_id=invitation.patient_id,
        to_email=invitation.email,
        values={
            "invitation": invitation.id.hex,
            "sent": invitation.sent,
            "who": invitation.patient.first_name,
            "until_at": invitation.expires_at,
        },
        due_at=now,
        now=now,
    )
