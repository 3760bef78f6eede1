"""What people type about how they are reached, and what staff tick of messages, as clean values."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from luna.clinical import reaching
from luna.notices import plans, subscriptions, ways, words
from luna.notices.channels import sms, voice
from luna.notices.models import Notice, Reach
from luna.people.errors import Refused
from luna.people.forms.fields import PhoneField, Versioned
from luna.people.forms.identity import code_field

PLACES = (_("First"), _("Second"), _("Third"), _("Fourth"))
MOST = 1000  # ticks: more than a page shows
CALLS = _("You may call me on it when something cannot wait")


class Number(forms.Form):
    """The number to write to, and whether it may be called."""

    mobile = PhoneField(label=_("Your mobile number"))
    voice = forms.BooleanField(label=CALLS, required=False)

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        """Read numbers as people of a country write them."""
        super().__init__(*args, **kwargs)
        self.fields["mobile"].for_country(country)
        self.fields["mobile"].widget.attrs["autocomplete"] = "tel"


class NumberCode(forms.Form):
    """The code that went to the number."""

    code = code_field(_("Code from the text message"), _("6 digits"))


class Choices(Versioned):
    """Which ways may be used, in which order, and when not."""

    sms = forms.BooleanField(label=_("Text messages"), required=False)
    voice = forms.BooleanField(label=CALLS, required=False)
    quiet_from = forms.TimeField(
        label=_("Quiet from"),
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("Type a time, like 22:00.")},
    )
    quiet_to = forms.TimeField(
        label=_("Quiet until"),
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("Type a time, like 07:00.")},
    )

    def __init__(self, *args: Any, reach: Reach, **kwargs: Any) -> None:
        """Ask for the place of every channel that leads to them. reach: what stands."""
        kwargs["initial"] = _standing(reach)
        super().__init__(*args, **kwargs)
        if not reach.mobile:
            del self.fields["sms"], self.fields["voice"]
        for name, is_there in (("sms", sms.is_there()), ("voice", voice.is_there())):
            if not is_there:  # not set up: it is not asked, and stays as they said
                self.fields.pop(name, None)
        self.names = _names(reach)
        if len(self.names) > 1:
            places = [(str(place), words) for place, words in enumerate(PLACES[: len(self.names)])]
            for name in self.names:
                self.fields[f"place_{name}"] = forms.ChoiceField(label=ways.NAMES[name], choices=places)

    def clean(self) -> dict[str, Any]:
        """Refuse quiet hours that only begin or only end."""
        data = super().clean() or {}
        if not self.errors and (data["quiet_from"] is None) != (data["quiet_to"] is None):
            missing = "quiet_from" if data["quiet_from"] is None else "quiet_to"
            self.add_error(missing, ValidationError(_("Give both times, or leave both empty.")))
        return data

    @property
    def quiet(self) -> tuple[Any, Any] | None:
        """Return the quiet hours, None for none."""
        begins, ends = self.cleaned_data["quiet_from"], self.cleaned_data["quiet_to"]
        return (begins, ends) if begins and ends else None

    @property
    def order(self) -> list[str]:
        """Return the channels by the place they were given.

        Of two at one place, the one that was moved there has it: moving one is enough.
        """

        def place(name: str) -> tuple[int, int]:
            given = int(self.cleaned_data.get(f"place_{name}", "0"))
            return given, given - self.names.index(name)

        return sorted(self.names, key=place)


def _names(reach: Reach) -> list[str]:
    """Return the channels somebody chose, in their order.

    Never asked of the channels themselves: what staff know of a number must leave no trace here.
    """
    there = {
        "email",
        *(["push"] if reach.user_id and subscriptions.has_any(reach.user) else []),
        *(["sms"] if reach.writes else []),
        *(["voice"] if reach.voice_at else []),
    }
    return list(reaching.order(reach.order, there, urgent=True))


def _standing(reach: Reach) -> dict[str, Any]:
    places = {f"place_{name}": str(place) for place, name in enumerate(_names(reach))}
    return places | {
        "version": reach.version,
        "sms": reach.writes,
        "voice": reach.voice_at is not None,
        "quiet_from": reach.quiet_from,
        "quiet_to": reach.quiet_to,
    }


def chosen(request: HttpRequest, name: str) -> dict[UUID, int]:
    """Return id -> fence of the messages that staff ticked, as the page showed them. Raises Http404."""
    given = request.POST.getlist(name)
    if len(given) > MOST:
        raise Http404
    try:
        pairs = [text.partition(":") for text in given]
        return {UUID(notice_id): fence(tried) for notice_id, _sep, tried in pairs}
    except ValueError:
        raise Http404 from None


def fence(text: str) -> int:
    """Return which try of a message the page showed; a form without it is of no try."""
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def named(refused: Iterable[tuple[Notice, Refused]]) -> list[str]:
    """Return which messages nothing was done about, and why."""
    return [
        gettext("%(what)s, to %(name)s: %(why)s")
        % {"what": words.title(one.words), "name": plans.addressed(one), "why": why.message}
        for one, why in refused
    ]
