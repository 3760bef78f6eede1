"""The reasons of readiness in words: what it is, what to do about it, who can, and by when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from luna.careplan.plans.ready import Ready
from luna.clinical.chase import SPARED, STAGES
from luna.clinical.readiness import Level, Mender, Readiness, Reason, Verdict
from luna.library import times
from luna.notices.models import Notice
from luna.people.models import CircleMember, Clinic, Clinician, Patient, User
from luna.treatment.models import Infusion, Moment, Series

# code -> the column of the board, in its order
COLUMNS: Mapping[str, Promise] = {
    "consent": _("Consent"),
    "eligibility": _("Screening"),
    "medicine": _("Medicines"),
    "ride": _("Ride"),
    "adult": _("Adult at home"),
    "fasting": _("Fasting"),
    "pressure": _("Blood pressure"),
    "gate": _("Steps"),
}
# a reason that stands in the column of another
WITH = {"pregnancy": "eligibility", "barred": "adult", "barred-driver": "ride", "briefing": "adult"}
# code and how -> (in a word or two, in a sentence). %(name)s is the thing or person, %(patient)s the patient.
SAID: Mapping[str, tuple[Promise, Promise]] = {
    "consent.current": (_("Signed"), _("The consent to treatment is signed.")),
    "consent.none": (_("Not signed"), _("The consent to treatment is not signed.")),
    "consent.expired": (_("Ran out"), _("The consent to treatment has run out. It is signed anew.")),
    "consent.ends": (_("Runs out before"), _("The consent to treatment runs out before the infusion.")),
    "consent.outdated": (_("New text"), _("The text of the consent has changed. It is signed anew.")),
    "consent.withdrawn": (
        _("Taken back"),
        _("%(patient)s took the consent to treatment back. Talk with them. Nobody can decide that away."),
    ),
    "eligibility.current": (_("Can be treated"), _("A prescriber decided that they can be treated.")),
    "eligibility.none": (_("No decision"), _("No prescriber has decided yet whether they can be treated.")),
    "eligibility.refused": (_("Not to be treated"), _("A prescriber decided against it.")),
    "eligibility.run-out": (_("Decision ran out"), _("The decision has run out. A prescriber decides anew.")),
    "eligibility.ends": (_("Decision runs out"), _("The decision runs out before the infusion.")),
    "eligibility.reopened": (
        _("Open again"),
        _("Something new was told since the decision. A prescriber looks at it first."),
    ),
    "pregnancy.done": (_("Settled"), _("The pregnancy test is settled.")),
    "pregnancy.missing": (_("Missing"), _("The pregnancy test is missing. Ask the patient alone.")),
    "pregnancy.old": (
        _("Too old"),
        _("The pregnancy test is too old for this infusion. Repeat it, and ask the patient alone."),
    ),
    "pregnancy.later": (_("Later"), _("The pregnancy test is repeated nearer to the infusion.")),
    "medicine.left-out": (_("Left out"), _("%(name)s was left out as ordered.")),
    "medicine.later": (_("Later"), _("%(name)s is still taken until its last time.")),
    "medicine.unsaid": (_("Not said"), _("Nobody has said that %(name)s was left out.")),
    "medicine.taken": (_("Taken"), _("%(name)s was not left out as ordered.")),
    "medicine.undecided": (_("To decide"), _("Nothing is decided about %(name)s for this infusion.")),
    "fasting.ask": (_("Ask"), _("Ready if fasted. Ask at arrival: nobody can know it before.")),
    "fasting.late": (_("Ate late"), _("%(patient)s said to have eaten or drunk later than the limit.")),
    "fasting.unasked": (_("Ask now"), _("Nobody has asked yet when they last ate and drank.")),
    "fasting.meal": (_("Ask now"), _("Nobody has asked yet whether what they ate last was light or heavy.")),
    "fasting.over": (
        _("Time over"),
        _("The booked time is over, so what was asked counts no more. Move the infusion, then ask again."),
    ),
    "fasting.fasted": (_("Fasted"), _("They said at arrival when they last ate and drank: long enough ago.")),
    "fasting.soon": (_("Not yet"), _("They have not fasted long enough yet. They will have by the start.")),
    "fasting.ate": (_("Ate"), _("They ate or drank too late for the booked start.")),
    "pressure.ask": (_("At arrival"), _("The blood pressure is measured at arrival.")),
    "pressure.unmeasured": (_("Not measured"), _("The blood pressure is not measured yet.")),
    "pressure.over": (
        _("Time over"),
        _(
            "The booked time is over, so what was measured counts no more. Move the infusion, then measure "
            "again."
        ),
    ),
    "pressure.within": (_("Within the limit"), _("The blood pressure is %(name)s: within the limit.")),
    "pressure.recheck": (
        _("Recheck"),
        _("The blood pressure is %(name)s: above the limit. Recheck in 5 minutes, sitting quietly."),
    ),
    "pressure.above": (
        _("Above the limit"),
        _("The blood pressure is %(name)s: still above the limit after 5 minutes. A prescriber decides."),
    ),
    "pressure.high": (
        _("High"),
        _("The blood pressure is %(name)s. A reading since they came is so high that a prescriber decides."),
    ),
    "gate.done": (_("Done"), _("Done: %(name)s.")),
    "gate.later": (_("Later"), _("Comes later: %(name)s.")),
    "gate.open": (_("Open"), _("Open: %(name)s.")),
    "gate.late": (_("Late"), _("Late: %(name)s.")),
    "gate.too-late": (_("Too late"), _("Done after its time: %(name)s.")),
    "gate.denied": (_("Said no"), _("Somebody said that this is not done: %(name)s.")),
    "ride.none": (_("No ride"), _("There is no ride. Nobody goes home alone, by car, taxi or bus.")),
    "ride.asked": (_("Not confirmed"), _("%(name)s has not confirmed the ride yet.")),
    "ride.moved": (_("Ask again"), _("What was said of the ride was said of another time. Ask again.")),
    "ride.left": (_("No ride"), _("Who was to drive is not there any more. There is no other ride yet.")),
    "ride.declined": (_("No ride"), _("%(name)s cannot drive. There is no other ride yet.")),
    "ride.confirmed": (_("Confirmed"), _("The ride is confirmed, with %(name)s.")),
    "ride.not-needed": (_("Not needed"), _("%(patient)s does not travel after it. No ride is needed.")),
    "adult.none": (_("Nobody"), _("Nobody is there to stay with %(patient)s.")),
    "adult.moved": (_("Ask again"), _("%(name)s said yes to another time. Ask again.")),
    "adult.away": (
        _("Not there"),
        _("%(name)s stays with %(patient)s, but said not to be there then. Ask who is."),
    ),
    "adult.there": (_("There"), _("%(name)s stays with %(patient)s.")),
    "barred.barred": (_("Talk first"), _("%(name)s must not take %(patient)s home. Only staff know this.")),
    "barred-driver.barred": (
        _("Talk first"),
        _("%(name)s must not take %(patient)s home. Only staff know this."),
    ),
    "briefing.none": (_("Not briefed"), _("%(name)s has not signed the briefing.")),
    "briefing.signed": (_("Signed"), _("%(name)s has signed the briefing.")),
}  # fmt: skip
# What is one thing, however many infusions it is open for: of the patient, the series, or a medicine. A step
# is named by its key, which is that of one infusion or of the series.
ONCE = frozenset({"consent", "eligibility", "pregnancy", "briefing", "gate"})
UNDECIDED = ("medicine", "undecided")
NOBODY = frozenset({("adult", "none"), ("ride", "none")})  # one thing while the circle is empty
DAY = ("arrived", "started", "ended")  # what happens on the day of an infusion, in order
# What reminders of reasons are about, and what of the day ends them.
READY, AT_DESK = "ready", "at-desk"
READY_UNTIL = {READY: Moment.What.ARRIVED, AT_DESK: Moment.What.STARTED}
HOUR = timedelta(hours=1)
LEVELS = {
    Level.FINE: "fine",
    Level.ASK: "note",
    Level.LATER: "todo",
    Level.WAIT: "warn",
    Level.HOLD: "alarm",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One reason as staff read it. short: in a word or two; text: in a sentence; who, by: may be empty.

    to: whom a chase would reach, None where nobody is sent one.
    """

    reason: Reason
    level: str
    title: str
    short: str
    text: str
    who: str
    by: str
    to: User | None

    @property
    def subject(self) -> str:
        """Return what names it to a form and in the key of a message, however it stands."""
        return f"{self.reason.code}:{self.reason.about}"

    def is_once(self, *, is_alone: bool) -> bool:
        """Say whether it is the same thing where it is open for several infusions of a patient.

        is_alone: nobody is in their circle.
        """
        how = (self.reason.code, self.reason.how)
        return self.reason.code in ONCE or how == UNDECIDED or (is_alone and how in NOBODY)


@dataclass(frozen=True, slots=True)
class Summary:
    """What pages say of one infusion and its readiness. number, total: which of the series, of how many.

    happened: when they arrived, it started and ended, as far as it did. to: key of an open reason -> whom
    a message about it would reach.
    """

    row: Infusion
    patient: Patient
    number: int
    total: int
    happened: Mapping[str, datetime]
    readiness: Readiness
    to: Mapping[str, User]


@dataclass(frozen=True, slots=True)
class Said:
    """The readiness of one infusion in words. lines: as `Readiness.reasons`."""

    of: Summary
    level: str
    word: str
    lines: tuple[Line, ...]

    @property
    def row(self) -> Infusion:
        """Return the infusion."""
        return self.of.row

    @property
    def patient(self) -> Patient:
        """Return whose infusion it is."""
        return self.of.patient

    @property
    def open(self) -> tuple[Line, ...]:
        """Return what keeps it from starting, the gravest first."""
        return tuple(one for one in self.lines if one.reason.is_open)

    @property
    def pressing(self) -> tuple[Line, ...]:
        """Return what somebody can see to now: what opens later is not among it."""
        return tuple(one for one in self.open if one.reason.level > Level.LATER)

    @property
    def overridden(self) -> tuple[Line, ...]:
        """Return what a prescriber set aside."""
        return tuple(one for one in self.lines if one.reason.override is not None)

    @property
    def settled(self) -> tuple[Line, ...]:
        """Return what is done, or is asked only at arrival."""
        return tuple(one for one in self.lines if not one.reason.is_open and one.reason.override is None)

    @property
    def state(self) -> str:
        """Return how far the day is: arrived, started or ended; empty before."""
        done = [what for what in DAY if what in self.of.happened]
        return done[-1] if done else ""

    @property
    def has_begun(self) -> bool:
        """Say whether it has started: what was open before it is not mended any more."""
        return self.state not in ("", Moment.What.ARRIVED)

    @property
    def cells(self) -> list[tuple[str, str, str]]:
        """Return the cells of the board: the column, the gravest level in it, and a word for it."""
        return [(str(title), *self._cell(code)) for code, title in COLUMNS.items()]

    def _cell(self, code: str) -> tuple[str, str]:
        mine = [one for one in self.lines if WITH.get(one.reason.code, one.reason.code) == code]
        if not mine:
            return "na", gettext("Not asked")
        worst = mine[0]  # they come the gravest first
        if worst.reason.override is not None:
            return "note", gettext("Overridden")
        same = sum(one.level == worst.level for one in mine)
        if worst.reason.is_open and same > 1:
            return worst.level, gettext("%(word)s, %(num)s") % {"word": worst.short, "num": same}
        return worst.level, worst.short


@dataclass(frozen=True, slots=True)
class Chase:
    """How staff reminded whoever can mend a reason. number: of the next, from 1; last: the latest."""

    number: int
    last: Notice | None

    def is_open(self, now: datetime) -> bool:
        """Say whether staff may remind now: the last one is a while ago or withdrawn, or there was none."""
        if self.last is None or self.last.state == Notice.State.VOID:
            return True
        return now - self.last.created_at >= SPARED


def summary(ready: Ready, prescribers: list[Clinician]) -> Summary:
    """Return what pages say of one infusion. prescribers: of the clinic, through `prescribers`."""
    booking = ready.visit.booking
    times_of = {what: getattr(booking, f"{what}_at") for what in DAY}
    menders = {one.key: _mender(one, ready, prescribers) for one in ready.readiness.reasons}
    return Summary(
        row=ready.row,
        patient=ready.plan.patient,
        number=ready.visit.number,
        total=len(ready.plan.live_visits),
        happened={what: at for what, at in times_of.items() if at is not None},
        readiness=ready.readiness,
        to={key: user for key, user in menders.items() if user is not None},
    )


def said(of: Summary, clinic: Clinic, now: datetime) -> Said:
    """Return the readiness of one infusion in words."""
    lines = tuple(_line(one, of, clinic, now) for one in of.readiness.reasons)
    return Said(of, *_verdict(of.readiness), lines)


def in_words(ready: Ready) -> Said:
    """Return the readiness of one infusion in words, as pages and messages about it have it. One query."""
    clinic = ready.plan.clinic
    return said(summary(ready, prescribers(clinic.id)), clinic, ready.plan.now)


def prescribers(clinic_id: UUID) -> list[Clinician]:
    """Return who decides at a clinic, by name. One query."""
    rows = Clinician.objects.filter(clinic_id=clinic_id, active=True).select_related("user")
    named = rows.order_by("user__name", "id")
    return [one for one in named if Clinician.Role.PRESCRIBER in one.roles]


def _verdict(found: Readiness) -> tuple[str, str]:
    """Return the level and the words of a verdict."""
    count = len(found.open)
    pressing = [one for one in found.open if one.level > Level.LATER]
    match found.verdict:
        case Verdict.HOLD:
            return "alarm", gettext("Hold: cannot start")
        case Verdict.WAIT if pressing:
            return "warn", gettext("Wait: %(num)s open") % {"num": len(pressing)}
        case Verdict.WAIT:
            return "todo", gettext("So far ready: %(num)s to come") % {"num": count}
    return "fine", gettext("Ready if fasted: ask") if found.asks else gettext("Ready")


def _line(reason: Reason, of: Summary, clinic: Clinic, now: datetime) -> Line:
    short, text = SAID[f"{reason.code}.{reason.how}"]
    to = of.to.get(reason.key)
    by = times.until(reason.by, clinic.zone, now, hours=clinic.clock) if reason.by else ""
    return Line(
        reason=reason,
        level="note" if reason.override else LEVELS[reason.level],
        title=str(COLUMNS[WITH.get(reason.code, reason.code)]),
        short=str(short),
        text=capfirst(str(text) % {"name": reason.name, "patient": of.patient.first_name}),
        who=_who(reason, to),
        by=by if reason.is_open else "",
        to=to,
    )


def _who(reason: Reason, to: User | None) -> str:
    if not reason.is_open:
        return ""
    if to is not None:
        return to.name
    return gettext("A prescriber") if reason.mender is Mender.PRESCRIBER else gettext("The clinic")


def _mender(reason: Reason, ready: Ready, prescribers: list[Clinician]) -> User | None:
    """Return whom a message about a reason goes to: somebody who may know of it, and has an account."""
    if not reason.is_open or reason.level is Level.LATER:
        return None
    if reason.mender is Mender.PATIENT:
        return ready.plan.patient.user
    if reason.mender in (Mender.CARETAKER, Mender.DRIVER):
        member = _driver(ready) if reason.mender is Mender.DRIVER else ready.visit.on
        needed = {reason.audience, Series.kind}
        return member.user if member is not None and needed <= set(member.kinds) else None
    if reason.mender is Mender.PRESCRIBER:
        decided_by = ready.decision.by_id if ready.decision else None
        theirs_first = sorted(prescribers, key=lambda one: one.user_id != decided_by)
        return theirs_first[0].user if theirs_first else None
    return None


def _driver(ready: Ready) -> CircleMember | None:
    """Return who of the circle is asked to drive."""
    driver = ready.visit.ride.driver
    who = driver.who if driver else None
    return next((one for one in ready.plan.circle if one.user_id.hex == who), None)


def subjects(keys: Iterable[str]) -> list[str]:
    """Return the `Line.subject` of reasons by their keys."""
    found = (key.partition(":") for key in keys)
    return [f"{how.partition('.')[0]}:{about}" for how, _sep, about in found]


def chase_key(said: Said, line: Line, number: int) -> str:
    """Return the key of a chase: for each reason, person and booking numbered from 1. The line has a `to`."""
    assert line.to is not None
    row = said.row
    return f"{about_ready(row)}:{line.subject}:r{row.revision}:{line.to.id.hex}:{number}"


def chase_of(said: Said, line: Line, sent: Mapping[str, Notice]) -> Chase:
    """Return how staff reminded whoever can mend a reason. sent: through `chases`. The line has a `to`."""
    number, last = 1, None
    while (found := sent.get(chase_key(said, line, number))) is not None:
        number, last = number + 1, found
    return Chase(number, last)


def about_ready(row: Infusion) -> str:
    """Return what reminders before an infusion belong to: a move, its end or their coming withdraws them."""
    return f"{row.id.hex}.{READY}"


def about_chased(said: Said) -> str:
    """Return what a reminder by staff belongs to: once they have come, to what is open at the desk."""
    return f"{said.row.id.hex}.{AT_DESK}" if said.state else about_ready(said.row)


def reminder_key(said: Said, to: User, stage: timedelta) -> str:
    """Return the key of what the clock sends: one for each person, booking and moment before the infusion."""
    row = said.row
    return f"{about_reminded(row, to)}:{stage // HOUR}h:r{row.revision}"


def about_reminded(row: Infusion, to: User) -> str:
    """Return what the clock's messages to one person about an infusion belong to."""
    return f"{about_ready(row)}.{to.id.hex[-20:]}"


def chases(shown: Iterable[Said]) -> dict[str, Notice]:
    """Return key -> the message that was planned, of the chases and reminders of infusions. One query."""
    to = [(one.row, line.to) for one in shown for line in one.pressing if line.to is not None]
    about = {f"{row.id.hex}.{what}" for row, _user in to for what in READY_UNTIL}
    about |= {about_reminded(row, user) for row, user in to}
    rows = Notice.objects.filter(patient__in={row.patient_id for row, _user in to}, task_key__in=about)
    rows = rows.select_related("to_user", "clinic")
    return {row.key: row for row in rows}


def asked_for(row: Infusion, to: User, sent: Iterable[Notice], *, since: datetime) -> frozenset[str]:
    """Return what somebody was asked for since then about infusions before this one: as `Line.subject`.

    sent: of `chases`. What was withdrawn is not among it.
    """
    theirs = (one for one in sent if one.to_user_id == to.id and one.created_at >= since)
    stands = (one for one in theirs if one.state != Notice.State.VOID and not one.withdrawn)
    before = (one for one in stands if datetime.fromisoformat(one.values["starts_at"]) < row.starts_at)
    return frozenset(subject for one in before for subject in one.values["of"])


def reminded(said: Said, line: Line, sent: Mapping[str, Notice]) -> Notice | None:
    """Return the latest message the clock sent about a reason, None without one. sent: through `chases`."""
    if line.to is None:
        return None
    found = (sent.get(reminder_key(said, line.to, stage)) for stage in reversed(STAGES))
    return next((one for one in found if one is not None and line.subject in one.values["of"]), None)
