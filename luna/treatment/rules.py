"""Triage rules as a clinic reads them: which answer at home means what, and what the page says then."""

from collections.abc import Iterator

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from luna.clinical.triage import Bound, Rule, RuleSet, Urgency
from luna.library import content
from luna.library import plans as library
from luna.library.emergency import LineKind
from luna.people.models import Clinic
from luna.treatment.lines import Line, Words

QUESTIONS = "checkin"  # what asks for the facts of the rules
TITLE = _("Triage rules for answers at home")
ABOUT = _("Which answer brings the clinic, and which one says to call the emergency number.")
SUMMARY = _("An unanswered question is never taken as “fine”. A further answer only makes it more urgent.")
WORDS = Words(
    heading=_("Every rule, and where it comes from"),
    columns=(_("Answer at home"), _("Explained as"), _("Urgency"), _("What the page says")),
    ask=_("Tick each rule that is not from a source. You agree to it one by one."),
    vow=_(
        "By signing you say: our clinic has read these rules, and answers at home are judged by them. Your"
        " name and this exact text are kept."
    ),
    done=_("Signed. Answers at home are judged by it from now on."),
    until=_("Until then answers at home are judged by rules that nobody at your clinic has agreed to."),
)
URGENCIES = {
    Urgency.EMERGENCY: _("Emergency"),
    Urgency.URGENT: _("Urgent"),
    Urgency.SOON: _("Soon"),
    Urgency.ROUTINE: _("Routine: nobody is called"),
}


def lines(rules: RuleSet, clinic: Clinic) -> tuple[Line, ...]:
    """Return every rule in words, as the pages of this clinic would follow it."""
    number = library.emergency(clinic.id, clinic.country).of(LineKind.EMERGENCY)[0].call
    return tuple(_line(rules, rule, number) for rule in rules.rules)


def _line(rules: RuleSet, rule: Rule, number: str) -> Line:
    answers = [_answer(bound) for bound in rule.when]
    return Line(
        id=rule.id,
        title=gettext(". And: ").join(title for title, _meaning in answers),
        cells=(
            gettext(". And: ").join(meaning for _title, meaning in answers),
            str(URGENCIES[rule.urgency]),
            _page(rules, rule, number),
        ),
        grade=rule.grade,
        needs_tick=rule.needs_tick,
        evidence=rule.evidence,
    )


def _answer(bound: Bound) -> tuple[str, str]:
    """Return the question with the answers that meet a bound, and what these are explained as."""
    said = list(_choices(bound))
    if not said:  # nothing at home asks for this fact
        return bound.fact, ""
    question = content.words("questionnaires", QUESTIONS, _language())["item"][said[0][0]]["question"]
    labels, meanings = (" / ".join(words) for words in list(zip(*said, strict=True))[1:])
    return f"{content.fill(question, _names())} {labels}", meanings


def _choices(bound: Bound) -> Iterator[tuple[str, str, str]]:
    """Yield (item id, label, meaning) of each choice that meets a bound."""
    words = content.words("questionnaires", QUESTIONS, _language())["item"]
    for item in content.questionnaire(QUESTIONS).items:
        for code, value in item.offered.items():
            if item.fact == bound.fact and value is not None and bound.holds(value):
                said = words[item.id]["choice"][code]
                yield item.id, said["label"], said["meaning"]


def _page(rules: RuleSet, rule: Rule, number: str) -> str:
    """Return the heading of the page that follows, and its first words."""
    heading = {
        Urgency.EMERGENCY: gettext("Call %(number)s now") % {"number": number},
        Urgency.URGENT: gettext("Call the clinic now"),
        Urgency.SOON: gettext("Call the clinic when it is open"),
        Urgency.ROUTINE: gettext("Thank you. That sounds fine."),
    }[rule.urgency]
    card = content.cards(rules.id, _language()).get(rule.card)
    return f"{heading} · {content.fill(card.told, _names())}" if card else heading


def _names() -> dict[str, str]:
    return {"patient": gettext("[name]")}


def _language() -> str:
    return get_language() or content.ENGLISH
