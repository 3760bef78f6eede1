"""What messages say. Made when a message is sent, in the reader's language and on their clock.

A message may lie open on a locked phone. It says that there is something to see and where; never
what it is about. No word of illness or treatment, no medicine, no clinic, no surname. A phone shows
the subject of a letter and how it begins, so neither names anybody: whoever must be named comes later,
by first name. A test holds every message to that.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext_lazy, override
from django.utils.translation import gettext_lazy as _

from luna.clinical.reaching import SILENT
from luna.library import times
from luna.notices.channels import Style
from luna.notices.models import DIGEST, DIGESTS, STEPS, UNWANTED, Notice
from luna.people.models import CircleMember

BY_PHONE = "by-phone"  # why a message was not sent: whoever it is for is called
CHECK_INS = ("checkin-due", "checkin-nudge")  # the messages that ask for answers
# What the clock reminds those of who were named by link: never at night, they cannot say when they sleep.
BY_DAY = ("ride-remind", "ride-near")
# The messages that an infusion was moved or cancelled, alone or with its series: one to each person of the
# circle, and driver by link.
STOPPED = "series-stopped"
MOVING = ("moved", "cancelled", STOPPED, "ride-link", "ride-released")
# The messages that change what comes before an infusion, which they hold: when somebody stops eating and
# drinking, or what of their medicines they take.
TIMES, MEDICINES = "times-changed", "medicine-plan"
BEFORE = (TIMES, MEDICINES)
CLOSES = "closes_at"  # a value of what asks for a step: until when it can be done
INSTANT = "_at"  # a value whose name ends so is an instant


class Act(StrEnum):
    """What somebody does in Luna that a message to them may have asked for; see `actions.acted`."""

    ANSWER = "answer"  # says yes or no to an invitation
    SIGN_IN = "sign-in"
    READ = "read"  # says to have read something new, or decides on it
    DUTY = "duty"  # says who is there: takes it, declines, asks somebody, cannot
    RIDE = "ride"  # the same about the way home
    OFFER = "offer"  # says yes or no to a freed chair
    MARK = "mark"  # says of a step that it is done, or not
    CHECK_IN = "check-in"
    WATCH = "watch"  # takes over the watch at home
    HAVE = "have"  # says to have an escalation, or closes it
    MEND = "mend"  # puts right what keeps an infusion from starting; see `actions.mended`


class Audience(StrEnum):
    """Whom a message is for: what must still be true of the reader when it is sent."""

    CIRCLE = "circle"  # the patient, or who is in the circle and shares this kind
    FORMER = "former"  # who was taken out of the circle, and is not in it again
    STAFF = "staff"  # active staff of the clinic
    INVITED = "invited"  # who was invited and has not answered
    DRIVER = "driver"  # who was named to take a patient home, and has no account
    LEAD = "lead"  # the address of the clinic's lead
    PARTS = "parts"  # whoever may read one of the messages that leave in it


@dataclass(frozen=True, slots=True)
class Message:
    """One kind of message. needs: names of the values its words or its link hold.

    title: what staff read in the list of messages. kind: the kind of information it is about.
    good_for: how long after it was due it is still worth sending. awaited: staff sent it by hand, and an
    open page of theirs says when it went out. asks: who answers a call with 1 says "I have this".
    line: what a text message says of it before the link; None: its subject.
    can_wait: nothing in it is bound to a time, so it leaves in one message with others, and above a person's
    day on the next morning. What names a time, moves one, or asks for something by then never does.
    done_by: what it asks for; its reader has acted on it once they did one of these. Empty: there is nothing
    to do but to read it, so opening it is the end.
    """

    title: Promise
    subject: Promise
    body: Promise
    audience: Audience
    path: str = "/"
    needs: tuple[str, ...] = ()
    kind: str = "schedule"
    good_for: timedelta = timedelta(hours=12)
    awaited: bool = False
    asks: bool = False
    can_wait: bool = False
    line: Promise | None = None
    done_by: tuple[Act, ...] = ()

    def for_circle_without(self, kinds: Collection[str]) -> bool:
        """Say whether this is a message to the circle of a kind that is not among `kinds`."""
        return self.audience is Audience.CIRCLE and self.kind not in kinds


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a message: where it goes, their language and clock, and on what they read it.

    addresses: where each channel reaches them. order: the channels they want first. quiet: from and to, on
    their clock. watching_until: they watch somebody at home.
    """

    addresses: Mapping[str, str]
    language: str
    zone: str
    device: str = CircleMember.Device.OWN
    order: Sequence[str] = ()
    quiet: tuple[time | None, time | None] = (None, None)
    watching_until: datetime | None = None

    def without(self, away: Collection[str]) -> "Reader":
        """Return them as they are reached while nobody answers on some channels."""
        return replace(self, addresses={name: to for name, to in self.addresses.items() if name not in away})

    def hushed(self) -> "Reader":
        """Return them as they are reached where no phone is to ring: a mail program may still be loud."""
        silent = {name: address for name, address in self.addresses.items() if name == SILENT}
        return replace(self, addresses=silent)


DRIVER = "/r/%(secret)s"
ESCALATION = "/clinic/escalations/%(escalation)s"
MESSAGES: dict[str, Message] = {
    "invite": Message(
        title=_("Invitation to a caretaker"),
        subject=_("An invitation for you"),
        body=_(
            "Someone asks you to be there on a few days that matter, and to join Luna. Luna tells you "
            "what to do and when, one step at a time.\n\n"
            "Open this link to see what it is about. Then say yes or no:\n%(link)s\n\n"
            "It is %(who)s who asks. The link is for you alone. It works until %(until_at)s. If you do not "
            "know %(who)s, you can leave this message unanswered."
        ),
        audience=Audience.INVITED,
        needs=("invitation", "sent", "who", "until_at"),
        good_for=timedelta(days=7),
        done_by=(Act.ANSWER,),
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
        done_by=(Act.ANSWER,),
    ),
    "invite-therapist": Message(
        title=_("Invitation to an outside therapist"),
        subject=_("An invitation for you"),
        body=_(
            "Someone would like to share something with you in Luna. It asks nothing of you.\n\n"
            "Open this link to see who it is and what it is about. Then say yes or no, as you "
            "like:\n%(link)s\n\n"
            "It is %(who)s who asks. The link is for you alone. It works until %(until_at)s. If you do not "
            "know %(who)s, you can leave this message unanswered."
        ),
        audience=Audience.INVITED,
        needs=("invitation", "sent", "who", "until_at"),
        good_for=timedelta(days=7),
        done_by=(Act.ANSWER,),
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
        done_by=(Act.SIGN_IN,),
    ),
    "sharing-ended": Message(
        title=_("Word that nothing is shared any more"),
        subject=_("A change in Luna"),
        body=_(
            "You see less in Luna from now on. There is nothing you need to do, and no more messages about "
            "this will come. Thank you for being there for someone who needed it.\n\n"
            "%(who)s no longer shares anything with you in Luna.\n\n%(link)s"
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
        can_wait=True,
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
        path="/now",
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
        path="/now",
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
    "steps-changed": Message(
        title=_("Your plan has changed"),
        subject=_("Something in your plan has changed"),
        body=_("By what was told lately, steps came to your plan or went. Please look at it:\n%(link)s"),
        audience=Audience.CIRCLE,
        path="/plan",
        good_for=timedelta(days=2),
    ),
    "times-changed": Message(
        title=_("Some times have changed"),
        subject=_("Some times have changed"),
        body=_(
            "Your care team has set other times for what comes before. Please look at them again, even if "
            "you have done it already:\n%(link)s"
        ),
        audience=Audience.CIRCLE,
        path="/fasting",
        good_for=timedelta(days=2),
    ),
    "clock-changed": Message(
        title=_("Times changed with the clinic’s time zone"),
        subject=_("Some times have changed"),
        body=_(
            "The time zone that your plan goes by is another one now, and some of your times have changed "
            "with it. Please look at them again, even if you have done something already:\n%(link)s"
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
        can_wait=True,
    ),
    DIGEST: Message(
        title=_("Several things in one message"),
        subject=ngettext_lazy(
            "There is one thing for you in Luna", "There are %(things)d things for you in Luna", "things"
        ),
        body=_("Open Luna to see them, one by one:\n%(link)s"),
        audience=Audience.PARTS,
        path="/me/messages",
        needs=("things",),
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
        can_wait=True,
        done_by=(Act.READ,),
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
        done_by=(Act.READ,),
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
        can_wait=True,
        done_by=(Act.READ,),
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
        done_by=(Act.DUTY,),
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
        done_by=(Act.DUTY,),
    ),
    "duty-set": Message(
        title=_("Who is there has changed"),
        subject=_("Who is there has changed"),
        body=_(
            "It is about %(starts_at)s.\n\nOpen Luna to see who is there then, and on every day:\n%(link)s"
        ),
        audience=Audience.CIRCLE,
        path="/duty",
        needs=("starts_at",),
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
        done_by=(Act.WATCH, Act.CHECK_IN),
    ),
    "ready-ask": Message(
        title=_("Something is still open before an infusion"),
        subject=_("One thing is still open"),
        body=_(
            "Your care team asks you to look at one thing before %(starts_at)s. Open Luna to see what it "
            "is:\n%(link)s\n\nIf it cannot be done, please call."
        ),
        audience=Audience.CIRCLE,
        path="/now",
        needs=("starts_at",),
        awaited=True,
        done_by=(Act.MEND,),
    ),
    "ready-duty": Message(
        title=_("Nobody is there or drives yet"),
        subject=_("One thing is still open"),
        body=_(
            "Your care team asks who takes you home and stays on %(starts_at)s. Open Luna to see who "
            "can:\n%(link)s\n\nIf nobody can, please call."
        ),
        audience=Audience.CIRCLE,
        path="/duty",
        needs=("starts_at",),
        awaited=True,
        done_by=(Act.MEND,),
    ),
    "ready-decide": Message(
        title=_("A decision is missing before an infusion"),
        subject=_("Something waits for you to decide"),
        body=_("A colleague asks you to decide something before %(starts_at)s. Please look at it:\n%(link)s"),
        audience=Audience.STAFF,
        path="/clinic/infusions/%(infusion)s/ready",
        needs=("starts_at", "infusion"),
        kind="history",
        awaited=True,
        done_by=(Act.MEND,),
    ),
    "sooner-offered": Message(
        title=_("A freed chair is offered"),
        subject=_("There may be an earlier time for you"),
        body=_(
            "You asked for one. You can say yes or no until %(until_at)s:\n%(link)s\n\n"
            "Whoever says yes first has it. If it does not suit you, everything stays as it is."
        ),
        audience=Audience.CIRCLE,
        path="/sooner",
        needs=("until_at",),
        awaited=True,
        done_by=(Act.OFFER,),
    ),
    "ride-asked": Message(
        title=_("Asked to drive"),
        subject=_("Can you drive?"),
        body=_(
            "You are asked to take someone home on %(leaves_at)s. Please open Luna and say yes or "
            "no:\n%(link)s"
        ),
        audience=Audience.CIRCLE,
        path="/ride",
        needs=("leaves_at",),
        kind="ride",
        good_for=timedelta(days=2),
        done_by=(Act.RIDE,),
    ),
    "ride-link": Message(
        title=_("Asked to drive, by link"),
        subject=_("Can you take someone home?"),
        body=_(
            "Someone needs to be taken home on %(leaves_at)s, and you were named. Open this link to see "
            "where, and to say yes or no. You need no account, and the link is for you alone:\n%(link)s\n\n"
            "It is %(who)s who needs a ride. If you do not know %(who)s, you can leave this message "
            "unanswered."
        ),
        line=_("Luna: somebody asks you for a lift. STOP ends these texts. Open:"),
        audience=Audience.DRIVER,
        path=DRIVER,
        needs=("ask", "who", "leaves_at"),
        kind="ride",
        good_for=timedelta(days=2),
        done_by=(Act.RIDE,),
    ),
    "ride-remind": Message(
        title=_("Asked to drive, by link: reminder"),
        subject=_("Can you say yes or no?"),
        body=_(
            "Someone still needs to know whether you can take them home on %(leaves_at)s. A no helps too: "
            "somebody else can be asked then. Open this link to say yes or no:\n%(link)s\n\n"
            "It is %(who)s who needs a ride."
        ),
        line=_("Luna: somebody waits for your yes or no about a lift. Open:"),
        audience=Audience.DRIVER,
        path=DRIVER,
        needs=("ask", "who", "leaves_at"),
        kind="ride",
        good_for=timedelta(hours=3),
        done_by=(Act.RIDE,),
    ),
    "ride-near": Message(
        title=_("Is coming to drive, by link: reminder"),
        subject=_("A lift you said yes to is near"),
        body=_(
            "You said that you take someone home on %(leaves_at)s. Thank you. If you can’t come any more, "
            "please say so now. Open this link for that, and for the place:\n%(link)s\n\n"
            "It is %(who)s who needs a ride."
        ),
        line=_("Luna: a lift you said yes to is near. Open for the time and place:"),
        audience=Audience.DRIVER,
        path=DRIVER,
        needs=("ask", "who", "leaves_at"),
        kind="ride",
    ),
    "ride-set": Message(
        title=_("The ride is set"),
        subject=_("The ride home is set"),
        body=_("Somebody said yes for %(leaves_at)s.\n\nOpen Luna to see who is coming:\n%(link)s"),
        audience=Audience.CIRCLE,
        path="/ride",
        needs=("leaves_at",),
        kind="ride",
        good_for=timedelta(days=2),
    ),
    "ride-open": Message(
        title=_("Nobody drives yet"),
        subject=_("A ride home is open"),
        body=_(
            "Nobody is set to drive home on %(leaves_at)s any more. Open Luna to see who could, and to ask "
            "them:\n%(link)s"
        ),
        audience=Audience.CIRCLE,
        path="/ride",
        needs=("leaves_at",),
        kind="ride",
        good_for=timedelta(days=2),
        done_by=(Act.RIDE,),
    ),
    "ride-step-in": Message(
        title=_("Reserve: nobody drives"),
        subject=_("Can you drive after all?"),
        body=_(
            "You are the reserve for taking someone home on %(leaves_at)s. The one who was to drive cannot "
            "come, so now you are asked. Please open this link and say whether you can:\n%(link)s\n\n"
            "It is %(who)s who needs a ride."
        ),
        line=_("Luna: can you give somebody a lift after all? Open:"),
        audience=Audience.DRIVER,
        path=DRIVER,
        needs=("ask", "who", "leaves_at"),
        kind="ride",
        good_for=timedelta(days=2),
        done_by=(Act.RIDE,),
    ),
    "ride-off": Message(
        title=_("No longer asked to drive"),
        subject=_("You need not drive"),
        body=_(
            "You no longer need to drive on %(leaves_at)s. Thank you for being ready. Open Luna to see how "
            "it stands:\n%(link)s"
        ),
        audience=Audience.CIRCLE,
        path="/ride",
        needs=("leaves_at",),
        kind="ride",
        good_for=timedelta(days=2),
    ),
    "ride-released": Message(
        title=_("No longer asked to drive, by link"),
        subject=_("You need not drive"),
        body=_(
            "You no longer need to take anyone home on %(leaves_at)s. Thank you for being ready. Your link "
            "says so too, and there is nothing more for you to do:\n%(link)s\n\n"
            "This was about the ride of %(who)s."
        ),
        line=_("Luna: you need not give that lift any more. Thank you. Open:"),
        audience=Audience.DRIVER,
        path=DRIVER,
        needs=("ask", "who", "leaves_at"),
        kind="ride",
        good_for=timedelta(days=2),
    ),
    "step-open": Message(
        title=_("A step is ready"),
        subject=_("Your next step is ready"),
        body=_("Open Luna to see what to do now, and until when:\n%(link)s"),
        audience=Audience.CIRCLE,
        path="/now",
        good_for=timedelta(hours=2),
        done_by=(Act.MARK,),
    ),
    STEPS: Message(
        title=_("Several steps in one message"),
        subject=_("Your next steps are ready"),
        body=_("Open Luna to see what to do now, and until when:\n%(link)s"),
        audience=Audience.PARTS,
        path="/now",
        needs=("things",),
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
        done_by=(Act.CHECK_IN,),
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
        done_by=(Act.CHECK_IN,),
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
        asks=True,
        done_by=(Act.HAVE,),
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
        done_by=(Act.HAVE,),
    ),
    "hand-over": Message(
        title=_("Asked to take over"),
        subject=_("Can you take over?"),
        body=_(
            "A colleague asks you to take something over. It stays with them until you say yes:\n%(link)s"
        ),
        audience=Audience.STAFF,
        path=ESCALATION,
        needs=("escalation",),
        kind="recovery",
        good_for=timedelta(hours=4),
        asks=True,
        done_by=(Act.HAVE,),
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
        done_by=(Act.HAVE,),
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
        done_by=(Act.HAVE,),
    ),
}

# Where whoever signs in as that message says comes first: they have followed it.
SIGNED_IN = {"/sign-in": "/clinic/escalations"}
_LEADS = [
    (code, re.compile(re.sub(r"%\\\(\w+\\\)s", "[^/]+", re.escape(SIGNED_IN.get(one.path, one.path)))))
    for code, one in MESSAGES.items()
    if one.audience not in (Audience.INVITED, Audience.DRIVER)
]
TO_STAFF = frozenset(
    code for code, one in MESSAGES.items() if one.audience in (Audience.STAFF, Audience.LEAD)
)
TO_DRIVERS = frozenset(code for code, one in MESSAGES.items() if one.audience is Audience.DRIVER)
DONE_BY = {act: [code for code, one in MESSAGES.items() if act in one.done_by] for act in Act}
READ_ONLY = frozenset(code for code, one in MESSAGES.items() if not one.done_by)
CAN_WAIT = frozenset(code for code, message in MESSAGES.items() if message.can_wait)
ALONE = CAN_WAIT.union(DIGESTS)  # taken one by one: each may gather others, or carries them

# Why a try failed, as staff read it. A mail server's own code is said as it is.
REASONS: dict[str, Promise] = {
    "broken": _("Something broke in Luna while it was being sent."),
    "unreachable": _("The mail server could not be reached."),
    "no-answer": _("The mail server did not say whether it took the message."),
    "push-no-answer": _("The push service did not say whether it took the message."),
    "push-later": _("The push service could not take the message just then."),
    "push-refused": _("The push service refused the message."),
    "push-sender": _("No push service takes messages from the address that Luna sends from."),
    "push-gone": _("Their phone or computer does not show messages any more."),
    "no-way": _("There is no way left to reach them."),
    "worker-lost": _("Luna stopped while sending, so the message may or may not have arrived."),
    "bad-address": _("This is not an address that mail can be sent to."),
    "too-late": _("It could not be sent in time, and would no longer have been true."),
    "quiet": _("It would have come in their quiet hours, and too late after them."),
    "words": _("The message could not be written. Please tell whoever runs Luna."),
    "provider-away": _("The provider of text messages and calls could not be reached."),
    "provider-silent": _("The provider did not say whether it took the message."),
    "stopped": _("They answered STOP, so no text messages go there."),
    "machine": _("A machine answered the call."),
    "not-undelivered": _("The text message did not reach the phone."),
    "not-failed": _("The provider could not do it."),
    "not-busy": _("The phone was busy."),
    "not-no-answer": _("Nobody answered the phone."),
    "not-canceled": _("The call was not made."),
    "mail-returned": _("Their mailbox did not take the e-mail, or sent it back."),
    "mail-blocked": _("The provider sends no e-mail to this address, such as after one came back."),
    UNWANTED: _("They told their mail program that they want no such e-mail, so the next may not arrive."),
    BY_PHONE: _("They have no smartphone: please call them."),
    "told-otherwise": _("Staff told them another way."),
}
SMTP_CODE = "smtp-"
PROVIDER_CODE = "provider-"


# What came of a try, as staff read it behind the name of its channel.
OUTCOMES: dict[str, Promise] = {
    "accepted": _("sent"),
    "refused": _("refused"),
    "unknown": _("may not have arrived"),
    "delivered": _("arrived"),
    "returned": _("did not arrive"),
}


class MissingValue(ValueError):
    """A message was planned without a value its words need: a mistake in the program."""


def check(code: str, values: Mapping[str, Any]) -> None:
    """Refuse a message that could not be written later. Raises KeyError or MissingValue."""
    missing = [name for name in MESSAGES[code].needs if name not in values]
    if missing:
        raise MissingValue(f"The message '{code}' needs {', '.join(missing)}. Give them in `values`.")


def best_before(notice: Notice) -> datetime:
    """Return until when a notice is worth sending."""
    return notice.due_at + MESSAGES[notice.words].good_for


def closes_at(notice: Notice) -> datetime | None:
    """Return until when the step can be done that a notice asks for, None where it asks for none."""
    closes = notice.values.get(CLOSES)
    return datetime.fromisoformat(closes) if closes else None


def breaks_quiet(notice: Notice, watching_until: datetime | None, now: datetime) -> bool:
    """Say whether a message comes through quiet hours.

    What is urgent about recovery does, and so does what asks whoever watches at home to check in: a human
    would be woken in its place. watching_until: they watch somebody at home.
    """
    watches = watching_until is not None and watching_until > now
    return MESSAGES[notice.words].kind == "recovery" and (notice.urgent or watches)


def leading_to(path: str) -> list[str]:
    """Return the codes of the messages that may lead to a page of this Luna. path: without a query.

    Pages opened by a secret link are none of them: that proves nobody's eyes.
    """
    return [code for code, pattern in _LEADS if pattern.fullmatch(path)]


def link(notice: Notice, **more: str) -> str:
    """Return the address of the page a message is about. more: what its path holds besides the values."""
    return settings.LUNA_BASE_URL + path(notice, **more)


def path(notice: Notice, **more: str) -> str:
    """Return where that page is in this Luna; see `link`."""
    return MESSAGES[notice.words].path % (notice.values | more)


def is_at(notice: Notice, path_: str) -> bool:
    """Say whether a message leads whoever is signed in to a page of this Luna. path_: without a query."""
    leads = path(notice)
    return SIGNED_IN.get(leads, leads) == path_


def render(notice: Notice, reader: Reader, link: str, style: Style = Style.LETTER) -> tuple[str, str]:
    """Return the subject and body of a message for its reader. link: the one address it holds.

    On a phone that others look at it says no more than that there is something to open. A line, and what
    is said aloud, say no more than a subject does, which names nobody.
    """
    if reader.device == CircleMember.Device.SHARED:
        link = f"{settings.LUNA_BASE_URL}/"
    with override(reader.language):
        subject, body = _said(notice, reader, link)
        if style is Style.LINE:
            line = MESSAGES[notice.words].line
            return subject, f"{line} {link}" if line else f"{subject}: {link}"
        if style is Style.SPOKEN:
            return subject, _aloud(notice, subject)
        return subject, body


def _said(notice: Notice, reader: Reader, link: str) -> tuple[str, str]:
    """Return the subject and the body of a letter, in the language in force."""
    if reader.device == CircleMember.Device.SHARED:
        body = gettext("Open Luna:\n%(link)s") % {"link": link}
        return gettext("Open Luna"), f"{gettext('Hello,')}\n\n{body}\n\n{signature()}\n"
    message = MESSAGES[notice.words]
    there = notice.clinic.zone if notice.clinic else reader.zone
    values = {name: _say(name, value, reader.zone, there) for name, value in notice.values.items()}
    body = str(message.body) % (values | {"link": link})
    return subject(notice), f"{gettext('Hello,')}\n\n{body}\n\n{signature()}\n"


def subject(notice: Notice) -> str:
    """Return the one line a message says on a locked phone, in the language in force."""
    return str(MESSAGES[notice.words].subject % notice.values)


def _aloud(notice: Notice, subject: str) -> str:
    """Return what a call says, in the language in force."""
    ended = subject if subject.endswith("?") else f"{subject}."
    said = gettext("This is a call from Luna. %(subject)s") % {"subject": ended}
    ask = gettext("Press 1 now to say: I have this.") if MESSAGES[notice.words].asks else ""
    return " ".join(filter(None, (said, ask, gettext("Open Luna to see what it is."))))


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
    if reason.startswith(PROVIDER_CODE) and reason not in REASONS:
        return gettext("The provider answered %(code)s.") % {"code": reason.removeprefix(PROVIDER_CODE)}
    return str(REASONS.get(reason, ""))


def outcome(code: str, reason: str) -> str:
    """Return what came of a try, in words: why it failed where that is known."""
    return why(reason) or str(OUTCOMES[code])


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
