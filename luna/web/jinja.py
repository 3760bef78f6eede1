"""The Jinja2 environment of every page: escaped, strict about names, translated.

A misspelt variable raises instead of printing nothing. Templates know `static`, `url`,
`language`, `text_direction`, `icons` (name -> SVG path), `moon` (its geometry), `new_id`,
for pages of slices below them `consents_of` (how a patient's consents stand), `allergies_of` and
`eligibility_of` (what they told of allergies, whether they may be treated) with its `verdicts`, and, as
filters, the words for instants of `luna.library.times` and for hours of the week of `luna.people.hours`.
"""

from typing import Any

import jinja2
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from uuid6 import uuid7

from luna.consents import plans as consents
from luna.intake import plans as intake
from luna.library import times
from luna.people import hours
from luna.people.forms.fields import shown_phone
from luna.web import icons, moon

TIME_WORDS = ("clock", "day", "when", "until", "place", "span", "short_day", "full_day")


def environment(**options: Any) -> jinja2.Environment:
    """Return the environment Django's Jinja2 backend asks for in settings.TEMPLATES."""
    options["undefined"] = jinja2.StrictUndefined
    env = jinja2.Environment(**options, trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"])
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(  # type: ignore[attr-defined]  # added by ext.i18n
        translation.gettext,
        translation.ngettext,
        newstyle=True,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
    )
    env.globals.update(
        static=static,
        url=url,
        language=language,
        text_direction=text_direction,
        new_id=new_id,
        icons=icons.PATHS,
        moon=moon,
        consents_of=consents.briefly,
        allergies_of=intake.allergies_of,
        eligibility_of=intake.current_eligibility,
        verdicts=intake.VERDICTS,
    )
    env.filters.update({name: getattr(times, name) for name in TIME_WORDS}, phone=shown_phone)
    env.filters["weekly"] = hours.in_words
    return env


def new_id() -> str:
    """Return a fresh id for a form, so that sending it twice counts once."""
    return str(uuid7())


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """Return the address of a named page; arguments go into it by place or by name."""
    return reverse(name, args=args, kwargs=kwargs)


def language() -> str:
    """Return the language of this page as the html `lang` attribute wants it."""
    return translation.get_language() or "en"


def text_direction() -> str:
    """Return "rtl" or "ltr" for the language of this page."""
    return "rtl" if translation.get_language_bidi() else "ltr"
