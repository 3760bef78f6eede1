"""What messages say. Made when a message is sent, in the reader's language and on their clock.

A message may lie open on a locked phone. It says that there is something to see and where; never
what it is about. No word of illness or treatment, no medicine, no clinic, no patient's surname: a
test holds every message to that.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from luna.library import times
from luna.notices.models import Notice
from luna.people.models import CircleMember

BY_PHONE = "by-phone"  # why a message was not sent: whoever it is for is called
CHECK_INS = ("checkin-due", "checkin-nudge")  # the messages that ask for answers
INSTANT = "_at"  # a value whose name ends so is an instant


class Audience(StrEnum):
    """Whom a message is for: what must still be true of the reader when it is sent."""

    CIRCLE = "circle"  # the patient, or who is in the circle and shares this kind
    FORMER = "former"  # who was taken out of the circle, and is not in it again
    STAFF = "staff"  # active staff of the clinic
    INVITED = "invited"  # who was invited and has not answered
    LEAD = "lead"  # the address of the clinic's lead


@dataclass(frozen=True, slots=True)
class Message:
    """One kind of message. needs: names of the values its words or its link hold.

    title: what staff read in the list of messages. kind: the kind of information it is about.
    good_for: how long after it was due it is still worth sending.
    """

    title: Promise
    subject: Promise
    body: Promise
    audience: Audience
    path: str = "/"
    needs: tuple[str, ...] = ()
    kind: str = "schedule"
    good_for: timedelta = timedelta(hours=12)

    def for_circle_without(self, kinds: Collection[str]) -> bool:
        """Say whether this is a message to the circle of a kind that is not among `kinds`."""
        return self.audience is Audience.CIRCLE and self.kind not in kinds


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a message: where it goes, their language and clock, and on what they read it."""

    address: str
    name: str
    language: str
    zone: str
    device: str = CircleMember.Device.OWN


ESCALATION = "/clinic/escalations/%(escalation)s"
MESSAGES: dict[str, Message] = {
    "invite": Message(
        title=_("Invitation to a caretaker"),
        subject=_("An invitation for you"),
        body=_(
            "%(who)s asks you to be there on a few days that matter, and to join Luna. Luna tells you "
            "what to do and when, one step at a time.\n\n"
            "Open this link to see what it is about. Then say yes or no:\n%(link)s\n\n"
            "The link is for you alone. It works until %(until_at)s. If you do not know %(who)s, you can "
            "leave this message unanswered."
        ),
        audience=Audience.INVITED,
        needs=("invitation", "sent", "who", "until_at"),
        good_for=timedelta(days=7),
    ),
    "invite-patient": Message(
        title=_("Invitation to a patient"),
        subject=_("An invitation for you"),
        body=_(
            "You are invited to join Luna. It tells you what comes next, one step at a time, and it can "
            "do the same for someone who helps you.\n\n"
            "Open this link to see who asks you:\n%(link)s\n\n"
            "The link is for you alone. It works until %(until_at)s. If you did not expect this message, "
            "you can leave it unanswered."
        ),
        audience=Audience.INVITED,
        needs=("invitation", "sent", "until_at"),
        good_for=timedelta(days=7),
    ),
    "invite-therapist": Message(
        title=_("Invitation to an outside therapist"),
        subject=_("An invitation for you"),
        body=_(
            "%(who)s would like to share something with you in Luna. It asks nothing of you.\n\n"
            "Open this link to see what it is about. Then say yes or no:\n%(link)s\n\n"
            "The link is for you alone. It works until %(until_at)s. If you do not know %(who)s, you can "
            "leave this message unanswered."
        ),
        audience=Audience.INVITED,
        needs=("invitation", "sent", "who", "until_at"),
        good_for=timedelta(days=7),
    ),
    "invite-staff": Message(
        title=_("Welcome to a member of staff"),
        subject=_("You can now sign in to Luna"),
        body=_(
            "Your team works with Luna and has added you. Sign in with this e-mail address. You will be "
            "asked to set up a passkey or a code app first:\n%(link)s"
        ),
        audience=Audience.STAFF,
        path="/sign-in",
        good_for=timedelta(days=7),
    ),
    "sharing-ended": Message(
        title=_("Word that nothing is shared any more"),
        subject=_("A change in Luna"),
        body=_(
            "%(who)s no longer shares anything with you in Luna. There is nothing you need to do. Thank you "
            "for being there.\n\n%(link)s"
        ),
        audience=Audience.FORMER,
        path="/now",
        needs=("who",),
        good_for=timedelta(days=2),
    ),
    "circle-changed": Message(
        title=_("A change in the circle"),
        subject=_("Your circle has changed"),
        body=_("Somebody answered you, or left. Open Luna to see who:\n%(link)s"),
        audience=Audience.CIRCLE,
        path="/circle",
        good_for=timedelta(days=2),
    ),
    "series-booked": Message(
        title=_("New times"),
        subject=_("Your times are booked"),
        body=_(
            "The first one is on %(starts_at)s.\n\nOpen Luna to see all of them, and what to do before "
            "each one:\n%(link)s"
        ),
        audience=Audience.CIRCLE,
        path="/plan",
        needs=("starts_at",),
        good_for=timedelta(days=2),
    ),
    "booked": Message(
        title=_("A new time"),
        subject=_("A new time is booked"),
        body=_("It is on %(starts_at)s.\n\nOpen Luna to see it, and what to do before it:\n%(link)s"),
        audience=Audience.CIRCLE,
        path="/plan",
        needs=("starts_at",),
        good_for=timedelta(days=2),
    ),
    "series-stopped": Message(
        title=_("The plan has ended"),
        subject=_("Your plan has ended"),
        body=_("Nothing more is planned for now. Open Luna to see what that means for you:\n%(link)s"),
        audience=Audience.CIRCLE,
        path="/plan",
        good_for=timedelta(days=2),
    ),
    "moved": Message(
        title=_("A time has changed"),
        subject=_("A time has changed"),
        body=_(
            "It was on %(was_at)s.\nIt is now on %(starts_at)s.\n\nYour other steps have moved with it. "
            "Open Luna to see their new times:\n%(link)s"
        ),
        audience=Audience.CIRCLE,
        path="/plan",
        needs=("was_at", "starts_at"),
        good_for=timedelta(days=2),
    ),
    "cancelled": Message(
        title=_("A time is cancelled"),
        subject=_("A time is cancelled"),
        body=_(
            "What was planned on %(was_at)s will not take place.\n\n"
            "Open Luna to see what that means for you, and what comes next:\n%(link)s"
        ),
        audience=Audience.CIRCLE,
        path="/plan",
        needs=("was_at",),
        good_for=timedelta(days=2),
    ),
    "plan-changed": Message(
        title=_("The plan has changed"),
        subject=_("Something in your plan has changed"),
        body=_(
            "Your care team has changed a step for you. Please look at it again, even if you have done it "
            "already:\n%(link)s"
        ),
        audience=Audience.CIRCLE,
        path="/plan",
        good_for=timedelta(days=2),
    ),
    "medicine-plan": Message(
        title=_("The plan for medicines has changed"),
        subject=_("Something in your plan has changed"),
        body=_("Your care team has decided something for you. Open Luna to read it:\n%(link)s"),
        audience=Audience.CIRCLE,
        path="/medicine-plan",
        good_for=timedelta(days=2),
    ),
    "answered": Message(
        title=_("Word that a question was answered"),
        subject=_("There is an answer for you"),
        body=_("Somebody has answered something you asked. Open Luna to read it:\n%(link)s"),
        audience=Audience.CIRCLE,
        path="/intake/questions",
        kind="messages",
        good_for=timedelta(days=2),
    ),
    "chart-news": Message(
        title=_("Something new to read"),
        subject=_("Something new waits to be read"),
        body=_("Somebody has told you something new. Please read it in opening hours:\n%(link)s"),
        audience=Audience.STAFF,
        path="/clinic/news",
        kind="messages",
        good_for=timedelta(days=2),
    ),
    "decision-open": Message(
        title=_("A decision is open again"),
        subject=_("Something waits for you to decide again"),
        body=_(
            "Something new came in since you or a colleague decided. Please look at it before anything more "
            "is done:\n%(link)s"
        ),
        audience=Audience.STAFF,
        path="/clinic/news",
        kind="history",
        good_for=timedelta(days=2),
    ),
    "decision-over": Message(
        title=_("A decision has run out"),
        subject=_("The day to decide again has come"),
        body=_(
            "You or a colleague set a day to look at something again. It has come. Please decide "
            "anew:\n%(link)s"
        ),
        audience=Audience.STAFF,
        path="/clinic/news",
        kind="history",
        good_for=timedelta(days=2),
    ),
    "consent-withdrawn": Message(
        title=_("A consent was taken back"),
        subject=_("Something was taken back"),
        body=_(
            "Somebody in your care has taken something back. Please read it before you do anything more for "
            "them:\n%(link)s"
        ),
        audience=Audience.STAFF,
        path="/clinic/patients/%(patient)s/consents",
        needs=("patient",),
        kind="history",
        good_for=timedelta(days=2),
    ),
    "duty-open": Message(
        title=_("Nobody is there yet"),
        subject=_("One of your days is open"),
        body=_(
            "Nobody is set to be there on %(starts_at)s. Open Luna to see who can take it:\n%(link)s\n\n"
            "Whoever can says so there with one tap. You need not say why if you can’t."
        ),
        audience=Audience.CIRCLE,
        path="/duty",
        needs=("starts_at",),
        good_for=timedelta(days=2),
    ),
    "duty-asked": Message(
        title=_("Asked to be there"),
        subject=_("Can you say yes or no?"),
        body=_(
            "Someone in your circle proposes a change for %(starts_at)s. Nothing changes until you say "
            "yes. Open Luna to answer:\n%(link)s"
        ),
        audience=Audience.CIRCLE,
        path="/duty",
        needs=("starts_at",),
        good_for=timedelta(days=2),
    ),
    "duty-set": Message(
        title=_("Who is there has changed"),
        subject=_("Who is there has changed"),
        body=_("%(who)s is there on %(starts_at)s.\n\nOpen Luna to see every day:\n%(link)s"),
        audience=Audience.CIRCLE,
        path="/duty",
        needs=("starts_at", "who"),
        good_for=timedelta(days=2),
    ),
    "duty-stays": Message(
        title=_("It stays as it was"),
        subject=_("It stays as it was"),
        body=_(
            "The change you proposed for %(starts_at)s does not work this time. Open Luna to see who is "
            "there:\n%(link)s"
        ),
        audience=Audience.CIRCLE,
        path="/duty",
        needs=("starts_at",),
        good_for=timedelta(days=2),
    ),
    "duty-silent": Message(
        title=_("Reserve: nobody answers"),
        subject=_("Please look in now"),
        body=_(
            "A check-in was not answered, and you are the reserve. Please call or go there. If you take "
            "over, say so with one tap:\n%(link)s"
        ),
        audience=Audience.CIRCLE,
        path="/duty",
        kind="recovery",
        good_for=timedelta(hours=2),
    ),
    "step-open": Message(
        title=_("A step is ready"),
        subject=_("Your next step is ready"),
        body=_("Open Luna to see what to do now, and until when:\n%(link)s"),
        audience=Audience.CIRCLE,
        path="/now",
        good_for=timedelta(hours=2),
    ),
    "checkin-due": Message(
        title=_("Time to check in"),
        subject=_("Time to check in"),
        body=_("A few short questions are ready for you. They take about a minute:\n%(link)s"),
        audience=Audience.CIRCLE,
        path="/now",
        kind="recovery",
        good_for=timedelta(minutes=15),
    ),
    "checkin-nudge": Message(
        title=_("Check-in: second reminder"),
        subject=_("Please check in now"),
        body=_(
            "We do not have your answers yet. Please check in now:\n%(link)s\n\n"
            "If none come, someone may call you."
        ),
        audience=Audience.CIRCLE,
        path="/now",
        kind="recovery",
        good_for=timedelta(minutes=15),
    ),
    "rung": Message(
        title=_("Someone needs you"),
        subject=_("Someone needs you now"),
        body=_(
            "Open Luna, see what it is, and say that you have it:\n%(link)s\n\n"
            "Until someone does, Luna goes on and asks the next person."
        ),
        audience=Audience.STAFF,
        path=ESCALATION,
        needs=("escalation",),
        kind="recovery",
        good_for=timedelta(hours=4),
    ),
    "again": Message(
        title=_("News on what you have"),
        subject=_("There is news on what you have"),
        body=_("Something was added to what you said you have. Please look at it again:\n%(link)s"),
        audience=Audience.STAFF,
        path=ESCALATION,
        needs=("escalation",),
        kind="recovery",
        good_for=timedelta(hours=4),
    ),
    "hand-over": Message(
        title=_("Asked to take over"),
        subject=_("Can you take over?"),
        body=_("%(who)s asks you to take something over. It stays with %(who)s until you say yes:\n%(link)s"),
        audience=Audience.STAFF,
        path=ESCALATION,
        needs=("escalation", "who"),
        kind="recovery",
        good_for=timedelta(hours=4),
    ),
    "nobody": Message(
        title=_("Nobody could be told"),
        subject=_("Nobody could be told"),
        body=_(
            "Someone waits for help, and this step of the ladder names nobody who can be told. Please "
            "see to it now, and then look at the ladder:\n%(link)s"
        ),
        audience=Audience.LEAD,
        path=ESCALATION,
        needs=("escalation",),
        kind="recovery",
        good_for=timedelta(hours=4),
    ),
    "unreached": Message(
        title=_("An urgent message reached nobody"),
        subject=_("An urgent message reached nobody"),
        body=_(
            "Luna could not reach one of your team, and it could not wait. Please see whom, and tell them "
            "another way:\n%(link)s"
        ),
        audience=Audience.LEAD,
        path="/clinic/messages",
        good_for=timedelta(hours=4),
    ),
    "no-answer": Message(
        title=_("Nobody has answered"),
        subject=_("Nobody has answered"),
        body=_(
            "Someone waits for help. Everybody on the ladder was told, and nobody has seen to it. Luna "
            "begins again with the first. Please see to it now:\n%(link)s"
        ),
        audience=Audience.LEAD,
        path=ESCALATION,
        needs=("escalation",),
        kind="recovery",
        good_for=timedelta(hours=4),
    ),
}

# Why a try failed, as staff read it. A mail server's own code is said as it is.
REASONS: dict[str, Promise] = {
    "unreachable": _("The mail server could not be reached."),
    "no-answer": _("The mail server did not say whether it took the message."),
    "worker-lost": _("Luna stopped while sending, so the message may or may not have arrived."),
    "bad-address": _("This is not an address that mail can be sent to."),
    "too-late": _("It could not be sent in time, and would no longer have been true."),
    "words": _("The message could not be written. Please tell whoever runs Luna."),
    BY_PHONE: _("They have no smartphone: please call them."),
    "told-otherwise": _("Staff told them another way."),
}
SMTP_CODE = "smtp-"


class MissingValue(ValueError):
    """A message was planned without a value its words need: a mistake in the program."""


def check(code: str, values: Mapping[str, Any]) -> None:
    """Refuse a message that could not be written later. Raises KeyError or MissingValue."""
    missing = [name for name in MESSAGES[code].needs if name not in values]
    if missing:
        raise MissingValue(f"The message '{code}' needs {', '.join(missing)}. Give them in `values`.")


def link(notice: Notice) -> str:
    """Return the address of the page a message is about."""
    return f"{settings.LUNA_BASE_URL}{MESSAGES[notice.words].path % notice.values}"


def render(notice: Notice, reader: Reader, link: str) -> tuple[str, str]:
    """Return the subject and body of a message for its reader. link: the one address it holds.

    On a phone that others look at it says no more than that there is something to open.
    """
    if reader.device == CircleMember.Device.SHARED:
        with override(reader.language):
            body = gettext("Open Luna:\n%(link)s") % {"link": f"{settings.LUNA_BASE_URL}/"}
            return gettext("Open Luna"), f"{gettext('Hello,')}\n\n{body}\n\n{signature()}\n"
    message = MESSAGES[notice.words]
    there = notice.clinic.zone if notice.clinic else reader.zone
    with override(reader.language):
        values = {name: _say(name, value, reader.zone, there) for name, value in notice.values.items()}
        body = str(message.body) % (values | {"link": link})
        hello = gettext("Hello %(name)s,") % {"name": reader.name} if reader.name else gettext("Hello,")
        return str(message.subject), f"{hello}\n\n{body}\n\n{signature()}\n"


def title(code: str) -> str:
    """Return what staff call a message; one that a newer Luna planned keeps its code."""
    return str(MESSAGES[code].title) if code in MESSAGES else code


def signature() -> str:
    """Return how every message ends, in the language in force."""
    return gettext("Luna sends this message. Nobody reads answers to it.")


def moment(at: datetime, here: str, there: str) -> str:
    """Return an instant on the reader's clock, and on the clock where they are expected if it differs.

    here, there: IANA zones.
    """
    told = _day_and_time(at, here)
    if at.astimezone(ZoneInfo(here)).utcoffset() == at.astimezone(ZoneInfo(there)).utcoffset():
        return told
    return gettext("%(here)s by your clock (%(there)s where you are expected)") % {
        "here": told,
        "there": _day_and_time(at, there),
    }


def why(reason: str) -> str:
    """Return why a try failed, in words. reason: an Attempt's reason, "" for none."""
    if reason.startswith(SMTP_CODE):
        return gettext("The mail server answered %(code)s.") % {"code": reason.removeprefix(SMTP_CODE)}
    return str(REASONS.get(reason, ""))


def _say(name: str, value: Any, here: str, there: str) -> str:
    if name.endswith(INSTANT):
        return moment(datetime.fromisoformat(value), here, there)
    return str(value)


def _day_and_time(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return gettext("%(day)s at %(time)s") % {
        "day": times.full_day(local.date()),
        "time": times.clock(at, zone),
    }


def storable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as JSON keeps them: instants and ids as text."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
