"""Fields that ask for the same thing in the same words wherever they stand."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7


def form_id(request: HttpRequest) -> UUID:
    """Return the id the form was given; a new one where it has none, which then is no replay."""
    try:
        return UUID(request.POST.get("client_id", ""))
    except ValueError:
        return UUID(int=uuid7().int)


def text(label: Any, *, empty: Any, longest: int, **more: Any) -> forms.CharField:
    """Return a one-line field. empty: what to say when it is left blank; None: it may be."""
    attrs = more.pop("attrs", {})
    return Line(
        label=label,
        max_length=longest,
        required=empty is not None,
        widget=forms.TextInput(attrs),
        error_messages={
            "required": empty or "",
            "max_length": _("Use at most %(limit_value)s letters. There are %(show_value)s."),
        },
        **more,
    )


class Line(forms.CharField):
    """One line: a line break, which could end up in the head of a message, becomes a space."""

    def to_python(self, value: Any) -> str:
        """Return the words with single spaces between them."""
        return " ".join(super().to_python(value).split())


def person_name(label: Any, **more: Any) -> forms.CharField:
    """Return a field for somebody's whole name."""
    return text(label, empty=_("Type a name."), longest=120, **more)


def email(label: Any, **more: Any) -> forms.EmailField:
    """Return a field for an e-mail address, kept in small letters."""
    return EmailField(
        label=label,
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
        error_messages={
            "required": _("Type an e-mail address, like ana@example.org."),
            "invalid": _("Type an e-mail address, like ana@example.org."),
            "max_length": _("An e-mail address has at most 254 letters."),
        },
        **more,
    )


class EmailField(forms.EmailField):
    """An address in small letters: everyone's mailbox is the same in either."""

    def clean(self, value: Any) -> str:
        """Return the address."""
        return str(super().clean(value)).lower()


class PhoneField(forms.CharField):
    """A telephone number we can call, kept as +12125550142.

    `country` says how a number without a + is read; give it with `for_country`.
    """

    def __init__(self, *, country: str = "US", **more: Any) -> None:
        """Ask for a number of a country."""
        more.setdefault("max_length", 40)
        more.setdefault("widget", forms.TextInput({"type": "tel", "autocomplete": "off", "inputmode": "tel"}))
        super().__init__(**more)
        self.for_country(country)

    def for_country(self, country: str) -> None:
        """Read numbers as people of a country write them, and show one in the errors."""
        self.country = country
        self.error_messages["required"] = self.error_messages["max_length"] = self._how()

    def clean(self, value: Any) -> str:
        """Return the number. Raises ValidationError where nobody could be called, or a call costs extra."""
        typed = super().clean(value)
        if not typed:
            return ""
        try:
            number = phonenumbers.parse(typed, self.country)
        except phonenumbers.NumberParseException:
            raise ValidationError(self._how()) from None
        if not phonenumbers.is_valid_number(number):
            raise ValidationError(self._how())
        if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.PREMIUM_RATE:
            raise ValidationError(_("That number costs extra. Type an ordinary one."))
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def prepare_value(self, value: Any) -> Any:
        """Show a kept number as people of the country write it; what was typed stays as it was."""
        return shown_phone(value, self.country) if isinstance(value, str) and value[:1] == "+" else value

    def _how(self) -> Any:
        example = phonenumbers.example_number(self.country) or phonenumbers.example_number("US")
        shown = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        return _("Type a phone number we can call, like %(example)s. From another country, begin with +.") % {
            "example": shown
        }


def shown_phone(number: str, country: str) -> str:
    """Return a kept number as people of a country write it."""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return number
    is_home = phonenumbers.region_code_for_number(parsed) == country
    style = (
        phonenumbers.PhoneNumberFormat.NATIONAL if is_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, style)


class Versioned(forms.Form):
    """A form over a row that two people may have open at once."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def show_both(self, stands: Mapping[str, Any], version: int, message: Any) -> None:
        """Keep what was typed, and put what stands now beside it in `both`; the next save overwrites.

        both: (label, what stands now, what was typed) of every field that differs.
        """
        self.both = [
            (self.fields[name].label, _words(self.fields[name], value), _words(self.fields[name], typed))
            for name, value in stands.items()
            if (typed := self.cleaned_data.get(name)) != value
        ]
        self.data = self.data.copy()
        self.data["version"] = str(version)
        self.add_error(None, message)


def _words(field: forms.Field, value: Any) -> Any:
    """Return a value as the page shows it."""
    if isinstance(field, forms.ChoiceField):
        return dict(field.choices).get(value, value)
    if isinstance(field, forms.BooleanField):
        return _("yes") if value else _("no")
    return field.prepare_value(value)
