"""Say who takes a patient home: ask somebody, answer, step in, take it back, and what a move does to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from luna.audit import actions as audit
from luna.clinical import chase
from luna.clinical import ride as rules
from luna.clinical.ride import Driver, Said, State
from luna.clinical.triage import Urgency
from luna.escalation import actions as escalation
from luna.feed import actions as feed
from luna.library import plans as library
from luna.notices import actions as notices
from luna.notices import reach
from luna.notices.channels import sms
from luna.notices.words import Act
from luna.people import plans as people
from luna.people import safety, tokens
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.people.models import CircleMember, Clinic, Patient, Token
from luna.people.sharing import Tell
from luna.treatment import covers, plans, rides, turns
from luna.treatment.models import Infusion, Ride, Series

CAUSE = "ride"  # why a human is asked: escalation.words says it in words
CHANGED = _("This has changed meanwhile. Look at how the ride stands now, then choose again.")
OVER = _("This infusion is over, or was cancelled. Nothing was changed.")
NO_TEXT = _("No text message can go to this number. Type their e-mail address, or let the clinic call them.")
BY_LINK = (Said.CONFIRMED, Said.DECLINED, Said.STEPS_IN)
LINK = "link"  # as what somebody acts who has no account
VERBS = {
    Said.ASKED: "ride.asked",
    Said.CONFIRMED: "ride.confirmed",
    Said.DECLINED: "ride.declined",
    Said.STEPS_IN: "ride.steps-in",
    Said.TAKEN_BACK: "ride.taken-back",
    Said.NOT_NEEDED: "ride.not-needed",
}
# What each message is called to a member of the circle, and to somebody named by link.
WORDS = {
    "asked": ("ride-asked", "ride-link"),
    "open": ("ride-open", "ride-step-in"),
    "off": ("ride-off", "ride-released"),
}


# What the clock says to who was named by link and stands so, and what its key says that it speaks of.
REMINDERS = {State.ASKED: ("ride-remind", "asked"), State.CONFIRMED: ("ride-near", "comes")}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_NAMED = 8  # askings by link for one infusion in a day, by the circle; a choice of ours
TOO_MANY = _("Many people were asked today. Ask the clinic to help you find somebody, or try again tomorrow.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to ask: a member of the circle by user id, or somebody by first name and how to reach them."""

    who_id: UUID | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    how: str = Ride.How.CAR
    reserve: bool = False


@dataclass(frozen=True, slots=True)
class _Stand:
    """One infusion, its circle, and how its ride stands."""

    infusion: Infusion
    members: list[CircleMember]
    ride: rules.Ride


@transaction.atomic
def ask(*, infusion_id: UUID, wanted: Wanted, viewer: Viewer, client_id: UUID, now: datetime) -> Ride:
    """Ask somebody to take a patient home, or be the reserve; a caretaker who names themselves has said yes.

    Whoever was asked before is told that they need not come. Twice is once. Raises Refused when it does not
    fit, and Impaired while the patient may let nobody in.
    """
    found, before = _begin(infusion_id, viewer, client_id)
    if before is not None:
        if _asked_for(before) != wanted:
            raise Replayed
        return before
    _check_open(found, now)
    if viewer.capacity_kind == "patient":
        people.check_may_sign(Patient.objects.select_for_update().get(id=viewer.patient_id), now)
    _check_wanted(found, wanted, viewer)
    if wanted.who_id is None and not viewer.is_staff:
        _check_few(found, now)
    is_me = wanted.who_id is not None and wanted.who_id == viewer.user_id
    row = _write(
        found.infusion,
        Said.CONFIRMED if is_me else Said.ASKED,
        viewer=viewer,
        client_id=client_id,
        now=now,
        who_id=wanted.who_id,
        name=wanted.name,
        email=wanted.email,
        phone=wanted.phone,
        how=wanted.how,
        reserve=wanted.reserve,
    )
    if wanted.who_id is None:
        _open_link(row, now)
    _follow(found, row, viewer, now)
    return row


@transaction.atomic
def answer(
    *, infusion_id: UUID, said: Said, ask_id: UUID, viewer: Viewer, client_id: UUID, now: datetime
) -> Ride:
    """Say yes or no, step in as the reserve, or take an asking back. Twice is once.

    A member of the circle answers for themselves, staff write down what a driver told them. Whoever may
    ask may take it back. Raises Refused when the asking stands no more.
    """
    found, before = _begin(infusion_id, viewer, client_id)
    if before is not None:
        if (before.what, before.ask_id) != (said, ask_id):
            raise Replayed
        return before
    _check_open(found, now)
    driver = found.ride.of(ask_id.hex)
    if driver is None or said not in _fitting(found.ride, driver):
        raise Refused(CHANGED)
    if said is not Said.TAKEN_BACK and not viewer.is_staff and driver.who != viewer.user_id.hex:
        raise Http404
    row = _write(found.infusion, said, viewer=viewer, client_id=client_id, now=now, ask_id=ask_id)
    _follow(found, row, viewer, now)
    return row


@transaction.atomic
def not_needed(*, infusion_id: UUID, viewer: Viewer, client_id: UUID, now: datetime) -> Ride:
    """Write down that the patient does not travel after an infusion: staff say so."""
    found, before = _begin(infusion_id, viewer, client_id)
    if before is not None:
        if before.what != Said.NOT_NEEDED:
            raise Replayed
        return before
    _check_open(found, now)
    if not viewer.is_staff:
        raise Http404
    row = _write(found.infusion, Said.NOT_NEEDED, viewer=viewer, client_id=client_id, now=now)
    _follow(found, row, viewer, now)
    return row


@transaction.atomic
def answer_by_link(*, ask_id: UUID, said: Said, user_id: UUID | None, now: datetime) -> None:
    """Answer as somebody who was named by link. The same answer again changes nothing.

    user_id: who is signed in on that phone, if anybody is: the patient cannot drive themselves home. Raises
    Refused when the asking stands no more, because it was taken back or the booking moved or was cancelled.
    """
    if said not in BY_LINK:
        raise Refused(CHANGED)
    asking = Ride.objects.select_related("infusion").get(id=ask_id)
    Series.objects.select_for_update(no_key=True).get(id=asking.infusion.series_id)
    found = _stand(Infusion.objects.filter(id=asking.infusion_id))
    _check_open(found, now)
    driver = found.ride.of(ask_id.hex)
    is_live = tokens.live(Token.Purpose.RIDE, now).filter(subject_id=ask_id).exists()
    if driver is None or not is_live:
        raise Refused(CHANGED)
    if user_id is not None and user_id == found.infusion.patient.user_id:
        raise Refused(_("This asks somebody else. Nobody can drive themselves home after an infusion."))
    _check_not_the_patient(found, asking.email, asking.phone, None)
    is_said = driver.state == rules.STATES.get(said)
    if is_said and (said is not Said.STEPS_IN or driver == found.ride.driver):
        return
    if said not in _fitting(found.ride, driver):
        raise Refused(CHANGED)
    row = _write(found.infusion, said, viewer=None, client_id=uuid7(), now=now, ask_id=ask_id)
    _follow(found, row, None, now)


@transaction.atomic
def link(*, infusion_id: UUID, ask_id: UUID, viewer: Viewer, now: datetime) -> str:
    """Return a fresh link for staff to hand to somebody who was named. It is shown now, and kept nowhere."""
    infusion = get_object_or_404(Infusion.objects.visible_to(viewer), id=infusion_id)
    Series.objects.select_for_update(no_key=True).get(id=infusion.series_id)
    found = _stand(Infusion.objects.visible_to(viewer).filter(id=infusion_id))
    _check_open(found, now)
    driver = found.ride.of(ask_id.hex)
    if not viewer.has_role(*plans.BOOKERS) or (driver is not None and driver.who is not None):
        raise Http404
    if driver is None or driver.state is State.DECLINED:
        raise Refused(CHANGED)
    row = rides.asking(found.infusion, driver)
    audit.record("ride.link", by=viewer, subject=row, now=now)
    return address(_open_link(row, now))


def address(secret: str) -> str:
    """Return the address of a secret link to answer by."""
    return f"{settings.LUNA_BASE_URL}/r/{secret}"


def standing(infusion: Infusion) -> rules.Ride:
    """Return how the ride stands, read anew. Part of an action that holds the series."""
    return _stand(Infusion.objects.filter(id=infusion.id)).ride


def again(infusion: Infusion, was: rules.Ride, *, by: Viewer, now: datetime) -> None:
    """Ask those who were to come at an old time for the new one. Part of a move, after its messages.

    was: how the ride stood before. What they said of the old time is void already: it names its times.
    """
    for driver in was.asked:
        old = rides.asking(infusion, driver)
        row = _write(
            infusion,
            Said.ASKED,
            viewer=by,
            client_id=uuid7(),
            now=now,
            who_id=old.who_id,
            name=old.name,
            email=old.email,
            phone=old.phone,
            how=old.how,
            reserve=driver == was.reserve,
        )
        if row.who_id is None:
            _open_link(row, now)
        _send(infusion, row, "asked", row.id.hex, now)


def called_off(infusion: Infusion, *, now: datetime) -> None:
    """Tell those named by link that they need not come. Part of a cancellation, which tells the circle."""
    found = _stand(Infusion.objects.filter(id=infusion.id))
    for driver in found.ride.asked:
        row = rides.asking(found.infusion, driver)
        if row.who_id is None:
            _release(infusion, row, now)


def remind(infusion: Infusion, ride: rules.Ride, *, zone: str, now: datetime) -> None:
    """Remind those who were named by link: who has not answered, and once who is coming.

    Part of the clock's look at a patient. ride: how it stands. zone: of the clinic. Twice is once.
    """
    for driver, stage in chase.of_named(ride, infusion.starts_at, now, zone=zone):
        words, about = REMINDERS[driver.state]
        row = rides.asking(infusion, driver)
        _to_named(
            infusion,
            row,
            words,
            key=f"{stage // HOUR}h:r{infusion.times_revision}:{row.id.hex}",
            task_key=rides.asking_key(infusion, row.id, about),
            now=now,
        )


def not_there(infusion: Infusion, *, who_id: UUID, by: Viewer, now: datetime) -> None:
    """Take it that who cannot be there does not drive either. Part of what was said of being there."""
    found = _stand(Infusion.objects.filter(id=infusion.id))
    driver = next((one for one in found.ride.asked if one.who == who_id.hex), None)
    if driver is not None:
        ask_id = UUID(hex=driver.ask)
        row = _write(infusion, Said.DECLINED, viewer=by, client_id=uuid7(), now=now, ask_id=ask_id)
        _follow(found, row, by, now)


def narrowed(
    *, member: CircleMember, was: CircleMember, by: Viewer | audit.Actor, tell: Tell, now: datetime
) -> None:
    """Open the gap at once when somebody who was to drive is in the circle no more, or shall see too little.

    One of settings.LUNA_WHEN_NARROWED.
    """
    ahead = Infusion.objects.filter(patient_id=member.patient_id, cancelled=False, leaves_at__gt=now)
    members = list(covers.circle().filter(patient=member.patient_id))
    before = [was if one.pk == was.pk else one for one in members]
    rows = ahead.select_related("series", "patient__user", "clinic").prefetch_related(rides.RIDES, "moments")
    for infusion in rows.order_by("starts_at", "id"):
        if plans.is_off(infusion, infusion.series) or plans.has_left(infusion):
            continue
        found = _Stand(infusion, members, rides.ride(infusion, members))
        if found.ride.left and rides.ride(infusion, before).asked:
            _tell_open(found, member.pk.hex, now, (by.user_id,) if by.user_id else ())
            unridden(infusion, by=by if isinstance(by, Viewer) else None, now=now)


def unridden(infusion: Infusion, *, by: Viewer | None, now: datetime) -> None:
    """Ask for a human because nobody is to take a patient home any more."""
    is_day = now >= infusion.starts_at - plans.EARLY
    escalation.open(
        clinic_id=infusion.clinic_id,
        patient_id=infusion.patient_id,
        cause=CAUSE,
        urgency=Urgency.URGENT if is_day else Urgency.SOON,
        about_type="ride",
        about_id=about(infusion),
        by=by,
        now=now,
    )


def about(infusion: Infusion) -> str:
    """Return what an escalation about nobody to drive is about: not what others about the infusion are."""
    return f"ride-{infusion.id.hex}"


def _begin(infusion_id: UUID, viewer: Viewer, client_id: UUID) -> tuple[_Stand, Ride | None]:
    """Hold the series, and return how the ride stands and what this form wrote already, if anything."""
    is_allowed = viewer.has_role(*plans.BOOKERS) if viewer.is_staff else viewer.kinds >= rides.NEEDED
    if not is_allowed:
        raise Http404
    infusion = get_object_or_404(Infusion.objects.visible_to(viewer), id=infusion_id)
    Series.objects.select_for_update(no_key=True).get(id=infusion.series_id)
    before = Ride.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None and before.infusion_id != infusion.id:
        raise Replayed
    return _stand(Infusion.objects.visible_to(viewer).filter(id=infusion_id)), before


def _stand(infusions: QuerySet[Infusion]) -> _Stand:
    rows = infusions.select_related("series__protocol", "patient__user", "clinic")
    infusion = rows.prefetch_related(rides.RIDES, "moments").get()
    members = list(covers.circle().filter(patient=infusion.patient_id))
    return _Stand(infusion, members, rides.ride(infusion, members))


def _write(
    infusion: Infusion, said: Said, *, viewer: Viewer | None, client_id: UUID, now: datetime, **more: object
) -> Ride:
    return Ride.objects.create(
        clinic_id=infusion.clinic_id,
        patient_id=infusion.patient_id,
        infusion=infusion,
        what=said,
        revision=infusion.times_revision,
        at=now,
        recorded_at=now,
        by_id=viewer.user_id if viewer else None,
        capacity=viewer.capacity_kind if viewer else LINK,
        client_id=client_id,
        **more,
    )


def _follow(was: _Stand, row: Ride, viewer: Viewer | None, now: datetime) -> None:
    """Note what was said, tell whom it concerns, and ask a human where nobody is to come any more."""
    infusion = was.infusion
    by = viewer or audit.Actor(infusion.clinic_id, LINK)
    audit.record(VERBS[Said(row.what)], by=by, subject=row, now=now, payload={"ask": row.ask_id or row.id})
    found = _stand(Infusion.objects.filter(id=infusion.id))
    speaker = (viewer.user_id,) if viewer else ()
    _acted(infusion, row, viewer, now)
    if row.ask_id is not None:
        _settled(infusion, row.ask_id)
    kept = {one.ask for one in found.ride.asked}
    for driver in was.ride.asked:
        if driver.ask not in kept and row.what != Said.DECLINED:
            _release(infusion, rides.asking(found.infusion, driver), now, besides=speaker)
    _tell(was, found, row, viewer, now)
    if row.what in {Said.ASKED, Said.CONFIRMED, Said.STEPS_IN}:
        _watch_for_barred(found, row.ask or row, now)
    feed.changed(clinic_id=infusion.clinic_id, patient_id=infusion.patient_id, now=now)


def _acted(infusion: Infusion, row: Ride, viewer: Viewer | None, now: datetime) -> None:
    """Note that somebody did what their messages asked for: answered, or saw to a driver.

    What staff write down is the word of whoever told them; who asks on behalf of others answers nothing.
    """
    if row.what in (Said.TAKEN_BACK, Said.NOT_NEEDED) or (row.ask is None and viewer and viewer.is_staff):
        return
    who_id = row.ask.who_id if row.ask else row.by_id
    keys = _keys(infusion, row.ask.id) if row.ask else (rides.gap_key(infusion),)
    asked = {"user_id": who_id, "patient_id": infusion.patient_id, "now": now}
    for task_key in keys:
        notices.acted(Act.RIDE, task_key=task_key, **asked)
    if who_id is not None and row.what != Said.DECLINED:  # an answer, and still nobody drives
        notices.mended(subject="ride:", infusion_id=infusion.id, **asked)


def _tell(was: _Stand, found: _Stand, row: Ride, viewer: Viewer | None, now: datetime) -> None:
    """Tell whom a word concerns, and nobody what is no longer true."""
    infusion, speaker = was.infusion, (viewer.user_id,) if viewer else ()
    if row.what == Said.ASKED:
        _send(infusion, row, "asked", row.id.hex, now)
        if not row.reserve:
            notices.void(patient_id=infusion.patient_id, task_key_prefix=rides.gap_key(infusion))
    elif found.ride.state is State.CONFIRMED and found.ride.since == row.recorded_at:
        _tell_set(found, row, speaker, now)
    elif found.ride.is_gap and not was.ride.is_gap:
        _tell_open(found, row.id.hex, now, speaker)
        if _is_near(infusion, now):
            unridden(infusion, by=viewer, now=now)


def _tell_set(found: _Stand, row: Ride, besides: Iterable[UUID], now: datetime) -> None:
    """Tell the patient, and whoever asked, who is coming; nobody is to hear of a gap any more."""
    infusion, asking = found.infusion, row.ask or row
    notices.void(patient_id=infusion.patient_id, task_key_prefix=rides.gap_key(infusion))
    told = {infusion.patient.user_id, asking.by_id if asking.capacity != "staff" else None}
    _to_circle(infusion, "ride-set", row.id.hex, told, now, besides=besides)


def _tell_open(found: _Stand, key: str, now: datetime, besides: Iterable[UUID]) -> None:
    """Tell the patient and the reserve that nobody is to come."""
    infusion, reserve = found.infusion, found.ride.reserve
    notices.void(patient_id=infusion.patient_id, task_key_prefix=rides.gap_key(infusion))
    _to_circle(infusion, "ride-open", key, [infusion.patient.user_id], now, besides=besides)
    if reserve is not None:
        _send(infusion, rides.asking(infusion, reserve), "open", key, now, besides=besides)


def _watch_for_barred(found: _Stand, asking: Ride, now: datetime) -> None:
    """Ask a human, and nobody else, when somebody is to drive whom the patient told staff to keep away.

    The pages of the circle took the name as any other: one they refused would tell that very person.
    """
    driver = found.ride.of(asking.id.hex)
    if rides.is_barred(found.infusion, driver, found.members):
        escalation.open(
            clinic_id=found.infusion.clinic_id,
            patient_id=found.infusion.patient_id,
            cause=covers.BARRED,
            urgency=Urgency.URGENT if _is_near(found.infusion, now) else Urgency.SOON,
            about_type="ride",
            about_id=f"barred-{about(found.infusion)}",
            by=None,
            now=now,
        )


def _release(infusion: Infusion, row: Ride, now: datetime, *, besides: Iterable[UUID] = ()) -> None:
    """Tell somebody that they need not come. Their link opens a page that says so, and nothing else."""
    _settled(infusion, row.id)
    _send(infusion, row, "off", row.id.hex, now, besides=besides)


def _send(
    infusion: Infusion, row: Ride, what: str, key: str, now: datetime, *, besides: Iterable[UUID] = ()
) -> None:
    """Send whoever an asking is about a message: to their account, or as they were named."""
    in_circle, by_link = WORDS[what]
    if what == "off":
        task_key = ""  # stays true whatever is said later
    else:
        keyed = rides.gap_key if what == "open" else rides.asking_key
        task_key = keyed(infusion, row.id)
    if row.who_id is not None:
        _to_circle(infusion, in_circle, key, [row.who_id], now, besides=besides, task_key=task_key)
    else:
        _to_named(infusion, row, by_link, key=f"{key}:{row.id.hex}", task_key=task_key, now=now)


def _to_named(infusion: Infusion, row: Ride, words: str, *, key: str, task_key: str, now: datetime) -> None:
    """Send somebody named by link a message, if any reaches them: staff see on the ride whom none does."""
    if not reach.addresses(row.email, row.phone):
        return
    notices.plan(
        key=f"{infusion.id.hex}.ride:{words}:{key}",
        words=words,
        clinic_id=infusion.clinic_id,
        patient_id=infusion.patient_id,
        to_email=row.email,
        to_phone=row.phone,
        due_at=now,
        values={
            "ask": row.id,
            "who": infusion.patient.first_name,
            "leaves_at": infusion.leaves_at,
        },
        task_key=task_key,
        revision=infusion.revision,
        now=now,
    )


def _settled(infusion: Infusion, ask_id: UUID) -> None:
    """Withdraw what still asks a driver something, or reminds them: they said so, or need not come."""
    for key in _keys(infusion, ask_id):
        notices.void(patient_id=infusion.patient_id, task_key_prefix=key)


def _keys(infusion: Infusion, ask_id: UUID) -> tuple[str, str]:
    """Return what messages to one driver belong to: asked, and asked to step in."""
    return rides.asking_key(infusion, ask_id), rides.gap_key(infusion, ask_id)


def _to_circle(
    infusion: Infusion,
    words: str,
    key: str,
    to: Iterable[UUID | None],
    now: datetime,
    *,
    besides: Iterable[UUID] = (),
    task_key: str | None = None,
) -> None:
    """Send the patient or members of the circle one message about the way home."""
    known = set(besides)
    for user_id in (one for one in to if one is not None and one not in known):
        notices.plan(
            key=f"{infusion.id.hex}.ride:{words}:{key}:{user_id.hex}",
            words=words,
            clinic_id=infusion.clinic_id,
            patient_id=infusion.patient_id,
            to_user_id=user_id,
            due_at=now,
            values={"leaves_at": infusion.leaves_at},
            task_key=rides.gap_key(infusion) if task_key is None else task_key,
            revision=infusion.revision,
            now=now,
        )


def _open_link(row: Ride, now: datetime) -> str:
    """Make a link that answers an asking, and return its secret."""
    _token, secret = tokens.make(
        Token.Purpose.RIDE,
        clinic_id=row.clinic_id,
        subject_id=row.id,
        expires_at=row.infusion.leaves_at + turns.OVER,
        now=now,
    )
    return secret


def _asked_for(row: Ride) -> Wanted:
    return Wanted(row.who_id, row.name, row.email, row.phone, row.how, row.reserve)


def _check_open(found: _Stand, now: datetime) -> None:
    infusion = found.infusion
    is_over = infusion.leaves_at + turns.OVER <= now or plans.has_left(infusion)
    if is_over or plans.is_off(infusion, infusion.series):
        raise Refused(OVER)


def _is_near(infusion: Infusion, now: datetime) -> bool:
    """Say whether an infusion is so near that a gap calls a human now. The clock asks about the others."""
    return infusion.starts_at - now <= covers.ahead(library.protocol(infusion.series.protocol))


def _fitting(ride: rules.Ride, driver: Driver) -> set[Said]:
    """Return what can be said now of somebody who is asked or is coming."""
    said = {Said.ASKED: {Said.CONFIRMED, Said.DECLINED}, Said.CONFIRMED: {Said.DECLINED}}
    fits = said.get(Said(driver.state), {Said.CONFIRMED}) | {Said.TAKEN_BACK}
    is_free = driver == ride.reserve and ride.state is not State.CONFIRMED
    return fits | ({Said.STEPS_IN} if is_free else set())


def _check_wanted(found: _Stand, wanted: Wanted, viewer: Viewer) -> None:
    """Refuse whom this person may not name, or nobody could take home with."""
    clinic: Clinic = found.infusion.clinic
    if wanted.how == Ride.How.TAXI and not clinic.taxi:
        raise Refused(_("This clinic does not allow the way home by taxi. Name who drives."), "how")
    if wanted.who_id is not None:
        _check_member(found, wanted, viewer)
    else:
        _check_named(found, wanted, viewer)


def _check_member(found: _Stand, wanted: Wanted, viewer: Viewer) -> None:
    able = {one.user_id: one for one in rides.able(found.members)}
    taken = {one.who for one in found.ride.asked}
    if wanted.who_id not in able or wanted.who_id.hex in taken:
        raise Refused(CHANGED, "who")
    if viewer.is_staff and covers.is_barred(able[wanted.who_id]):
        raise Refused(
            _("The patient does not want this person to take them home. See contact safety."), "who"
        )
    if able[wanted.who_id].phone in _own_numbers(found, viewer):
        raise Refused(
            _(
                "The number known of this person is the patient’s own. Put in their own number first, "
                "or choose somebody else."
            ),
            "who",
        )


def _check_named(found: _Stand, wanted: Wanted, viewer: Viewer) -> None:
    if not wanted.name:
        raise Refused(_("Type their first name."), "name")
    if not wanted.email and not (wanted.phone and (viewer.is_staff or sms.is_there())):
        raise Refused(_("Type an e-mail address, like ana@example.org."), "email")
    _check_not_the_patient(found, wanted.email, wanted.phone, viewer)
    for member in found.members:
        if not rides.is_named(member, wanted.email, wanted.phone):
            continue
        is_by_mail = rides.is_named(member, wanted.email, "")
        if viewer.is_staff and covers.is_barred(member):
            raise Refused(
                _("The patient does not want this person to take them home. See contact safety."),
                "email" if is_by_mail else "phone",
            )
        if is_by_mail and member.state == CircleMember.State.ACTIVE:
            raise Refused(_("This person is in the circle. Choose their name instead."), "email")
    if not viewer.is_staff and not reach.addresses(wanted.email, wanted.phone):
        raise Refused(NO_TEXT, "phone")


def _check_few(found: _Stand, now: datetime) -> None:
    """Refuse to write to more strangers than anybody needs to ask: each costs them a message."""
    lately = [one for one in found.infusion.rides.all() if now - one.recorded_at < DAY]
    if sum(one.ask_id is None and one.who_id is None for one in lately) >= MOST_NAMED:
        raise Refused(TOO_MANY, "name")


def _check_not_the_patient(found: _Stand, email: str, phone: str, viewer: Viewer | None) -> None:
    """Refuse the patient's own address and number: nobody can drive themselves home."""
    patient = found.infusion.patient
    emails = {patient.email.lower(), patient.user.email.lower() if patient.user else ""}
    if email and email.lower() in emails:
        raise Refused(_("This is the patient’s own address. Type the address of who drives."), "email")
    if phone in _own_numbers(found, viewer):
        raise Refused(_("This is the patient’s own number. Type the number of who drives."), "phone")


def _own_numbers(found: _Stand, viewer: Viewer | None) -> set[str]:
    """Return the patient's own numbers: of the chart, confirmed by code, and, to staff, the safe one."""
    patient = found.infusion.patient
    stands = safety.latest(viewer, patient) if viewer else None
    mobile = reach.of(patient.user).mobile if patient.user else ""
    return {patient.phone, mobile, safety.number(patient, stands)} - {""}
