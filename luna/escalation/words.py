"""What staff read about an escalation: how urgent, why, what became of it, what happened when."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from luna.clinical.triage import Urgency
from luna.escalation.models import Escalation, EscalationStep

TELL_MEMBER = "tell-member"  # the patient wants the clinic to say it: see luna.people.sharing.Tell

# cause -> what was seen or said. The cards of triage rules, and what is not an answer to a question.
CAUSES: dict[str, Promise] = {
    "cannot-wake": _("Cannot be woken"),
    "breathing": _("Trouble breathing"),
    "breathing-odd": _("Breathing seems odd"),
    "chest": _("Chest pain or fainting"),
    "head": _("Sudden bad headache, or signs of a stroke"),
    "seizure": _("A seizure"),
    "swelling": _("Swelling of face or throat"),
    "self-harm": _("Self-harm, or talk of suicide"),
    "danger": _("Someone is in danger"),
    "drowsy-vomiting": _("Very drowsy and vomiting"),
    "drowsy-fall": _("Very drowsy after a fall"),
    "hard-to-wake": _("Hard to wake"),
    "panic": _("Panic or great fear"),
    "confused": _("Confused"),
    "vomiting": _("Vomiting"),
    "fall": _("A fall"),
    "dark-thoughts": _("Dark or hopeless thoughts"),
    "something-else": _("Something else worries them"),
    "missing-answer": _("A question has no answer"),
    "safety": _("Does not feel safe with someone"),
    "barred-adult": _("Someone who must not take them home is on duty, or is to drive"),
    "danger-now": _("Says they are in danger now"),
    "might-act": _("Might act on thoughts of suicide, or would rather talk"),
    "thoughts": _("Has thought about ending their life"),
    "hurt-lately": _("Self-harm or an attempt in the last three months, or would rather talk"),
    "hurt-last-year": _("Self-harm or an attempt in the last year"),
    "happening-now": _("Wrote, and says that a danger sign is there now"),
    "about-safety": _("Wrote, and says that it is about safety"),
    "worrying-words": _("Wrote words that a person should read now"),
    "unanswered": _("A question has waited longer than was promised"),
    "unread": _("Something new has waited longer than was promised"),
    "no-reply": _("No answer to a check-in"),
    "not-home": _("Nobody said that they are home"),
    "no-adult": _("Nobody is known to be with them at home"),
    "ride": _("Nobody is set to take them home"),
    "coverage": _("Nobody is set to be with them for an infusion"),
    "countersign": _("A spoken order is not countersigned"),
    "no-record": _("Nobody wrote down that they left the clinic"),
    TELL_MEMBER: _("Asks you to tell someone that they share nothing with them any more"),
}
UNNAMED = _("They need you")

URGENCIES: dict[int, tuple[str, Promise]] = {
    Urgency.EMERGENCY: ("alarm", _("Emergency")),
    Urgency.URGENT: ("warn", _("Call now")),
    Urgency.SOON: ("note", _("Today")),
    Urgency.ROUTINE: ("note", _("When there is time")),
}

OUTCOMES: dict[str, Promise] = {
    "advised": _("Advice given; nothing more needed"),
    "watch": _("Advice given; they go on watching and call if it changes"),
    "seen": _("Seen, or will be seen, by a clinician today"),
    "emergency": _("Emergency services called"),
    "nothing": _("All was well; nothing was needed"),
    "not-reached": _("Not reached; the note says who goes on"),
    "other": _("Something else; the note says what"),
}
NEEDS_NOTE = ("not-reached", "other")

What = EscalationStep.What
# %(by)s and %(to)s are names.
STEPS: dict[str, Promise] = {
    What.OPENED: _("Opened"),
    What.REPEATED: _("Reported again"),
    What.TOLD: _("Luna asked %(to)s"),
    What.NOBODY: _("A step of the ladder reached nobody. Luna wrote to the clinic’s lead"),
    What.ACKNOWLEDGED: _("%(by)s has it"),
    What.HANDED_OVER: _("%(by)s asked %(to)s to take over"),
    What.ACCEPTED: _("%(by)s took over"),
    What.CLOSED: _("%(by)s closed it"),
}


def cause(row: Escalation) -> str:
    """Return in words why an escalation was opened."""
    said = str(CAUSES.get(row.plain_cause, UNNAMED))
    return gettext("%(cause)s (a caretaker, in confidence)") % {"cause": said} if row.is_confided else said
