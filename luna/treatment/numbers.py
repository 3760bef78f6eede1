"""Emergency and crisis numbers as a clinic reads them: what each is for, and what to dial."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from luna.library.emergency import Emergency, LineKind
from luna.library.emergency import Line as Number
from luna.people.forms.clinic import countries
from luna.people.models import Clinic
from luna.treatment.lines import Line, Words

ABOUT = _("On every page where somebody may need help.")
WORDS = Words(
    heading=_("Every number, and where it comes from"),
    columns=(_("Who answers"), _("What for"), _("Number"), _("Note")),
    ask=_("Check each number. Tick those that are not from a source: you agree to them one by one."),
    vow=_(
        "By signing you say: our clinic has checked each of these numbers, and they are right for where our"
        " patients recover. Your name and this exact text are kept. They are due again after a year."
    ),
    done=_("Signed. Every page shows these numbers from now on."),
    until=_("Until then pages show numbers that nobody at your clinic has checked."),
)
FOR = {
    LineKind.EMERGENCY: _("Life is in danger"),
    LineKind.URGENT: _("Advice at once"),
    LineKind.CRISIS: _("Somebody to talk to in a crisis"),
}


def title(numbers: Emergency) -> str:
    """Return the title of the page of a set."""
    return gettext("Emergency and crisis numbers: %(place)s") % {"place": numbers.name}


def summary(clinic: Clinic) -> str:
    """Return for which country these are to be signed."""
    words = gettext("Your clinic is in %(country)s. If you change that in Settings, other numbers are due.")
    return words % {"country": country(clinic)}


def problem(numbers: Emergency, clinic: Clinic) -> str:
    """Return why this clinic cannot sign a set, an empty text if it can."""
    if clinic.country in numbers.countries:
        return ""
    words = gettext(
        "Luna does not know the numbers of %(country)s yet, so these cannot be signed. Until a set for it is"
        " added, pages show those of: %(place)s."
    )
    return words % {"country": country(clinic), "place": numbers.name}


def country(clinic: Clinic) -> str:
    """Return the name of a clinic's country in the language of the page."""
    return dict(countries()).get(clinic.country, clinic.country)


def lines(numbers: Emergency) -> tuple[Line, ...]:
    """Return every number of a set."""
    return tuple(
        Line(
            id=number.name,
            title=number.name,
            cells=(str(FOR[number.kind]), _dial(number), number.note),
            grade=number.grade,
            needs_tick=number.needs_tick,
            evidence=number.evidence,
        )
        for number in numbers.lines
    )


def _dial(number: Number) -> str:
    ways = []
    if number.call:
        ways.append(gettext("Call %(number)s") % {"number": number.call})
    if number.text and number.text_word:
        words = gettext("Text %(word)s to %(number)s")
        ways.append(words % {"word": number.text_word, "number": number.text})
    elif number.text:
        ways.append(gettext("Text %(number)s") % {"number": number.text})
    return " · ".join(ways)
