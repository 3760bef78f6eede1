"""What people type about their sign-in, as clean values."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.totp.internal.auth import validate_totp_code
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from luna.people import adapters
from luna.people.actions import identity
from luna.people.models import User

AREAS = {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
TOO_OFTEN = _("That was too many tries. Wait a few minutes, then try again.")
WRONG_PIN = _("That is not your PIN. Type it again. If you forgot it, call your clinic.")
WRONG_APP_CODE = _("That code did not work. Wait for the next one in your app, then type it.")
WRONG_CODE = _("That code does not work. Type the 8 digits your clinic told you.")


def digits(**more: Any) -> forms.TextInput:
    """Return an input for a code: a number pad on a phone, big spaced digits."""
    return forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code", **more})


def hidden_digits(autocomplete: str) -> forms.PasswordInput:
    """Return an input for a PIN: never shown, never filled in again."""
    return forms.PasswordInput({"inputmode": "numeric", "autocomplete": autocomplete})


class AskForCode(RequestLoginCodeForm):
    """The address to send a code to."""

    own_device = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say it in our words."""
        super().__init__(*args, **kwargs)
        self.fields["email"] = forms.EmailField(
            label=_("Your e-mail address"),
            max_length=254,
            widget=forms.EmailInput({"autocomplete": "username webauthn"}),
            error_messages={
                "required": _("Type your e-mail address."),
                "invalid": _("Type an e-mail address, like ana@example.org."),
            },
        )
        self.fields["own_device"].label = _("This is my own phone or computer")
        self.fields["own_device"].help_text = _("You stay signed in for 30 days.")

    def clean_email(self) -> str:
        """Find the person, if there is one, and count the asking."""
        email: str = super().clean_email()
        if not adapters.may_ask(context.request, email):
            raise ValidationError(
                _("That is many codes in a short time. Wait 10 minutes, then ask for a new one.")
            )
        return email


class EnterCode(ConfirmLoginCodeForm):
    """The code from the e-mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say it in our words."""
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field(_("Code from the e-mail"), _("6 digits"))


class SecondFactor(AuthenticateForm):
    """A code from an authenticator app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say it in our words."""
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field(
            _("Code from your app"), _("Or one of your recovery codes, if you cannot use the app.")
        )


class TurnOnApp(forms.Form):
    """The first code of a new authenticator app, which proves that it was set up right."""

    def __init__(self, *args: Any, user: User, secret: str, **kwargs: Any) -> None:
        """Keep what the code is checked against."""
        super().__init__(*args, **kwargs)
        self.user, self.secret = user, secret
        self.fields["code"] = code_field(_("Code from your app"), _("6 digits"))

    def clean_code(self) -> str:
        """Check the code."""
        clear = check_rate_limit(self.user, error_key="rate_limited")
        if not validate_totp_code(self.secret, self.cleaned_data["code"]):
            raise ValidationError(WRONG_APP_CODE)
        clear()
        return str(self.cleaned_data["code"])


class AddPasskey(AddWebAuthnForm):
    """A new passkey. It always asks the person, by face, finger or the device's own PIN."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for a name people recognise."""
        super().__init__(*args, **kwargs)
        self.fields["passwordless"] = forms.BooleanField(required=True)
        self.fields["name"] = forms.CharField(
            label=_("What to call it"),
            help_text=_("For example: my phone"),
            max_length=60,
            required=False,
        )
        self.initial["name"] = _("My phone or computer")
        self.fields["credential"].error_messages["required"] = _(
            "The browser did not make a passkey. Try again, on a device with a screen lock."
        )


class Unlock(forms.Form):
    """What opens the private pages: the PIN, or the code the clinic gave."""

    pin = forms.CharField(
        label=_("Your PIN"), required=False, max_length=64, widget=hidden_digits("current-password")
    )
    clinic_code = forms.CharField(
        label=_("Code from your clinic"),
        help_text=_("8 digits"),
        required=False,
        max_length=64,
        widget=digits(),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        """Ask only for what this person has."""
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.pin:
            del self.fields["pin"]
        if not user.set_up_code:
            del self.fields["clinic_code"]

    def clean(self) -> dict[str, Any]:
        """Check the one that was given, if it may be tried."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        if not given:
            raise ValidationError(_("Type your PIN, or use a passkey."))
        if not adapters.may_try_pin(context.request, self.user):
            raise ValidationError(TOO_OFTEN)
        if "pin" in given:
            if not identity.is_pin(self.user, given["pin"]):
                self.add_error("pin", WRONG_PIN)
        elif not identity.use_clinic_code(self.user, given["clinic_code"], now=context.request.now):
            self.add_error("clinic_code", WRONG_CODE)
        return self.cleaned_data


class ChoosePin(forms.Form):
    """A new PIN, twice."""

    pin = forms.CharField(
        label=_("New PIN"),
        help_text=_("6 digits or more. Do not use a birthday or your phone’s code."),
        max_length=64,
        widget=hidden_digits("new-password"),
        error_messages={"required": _("Type a PIN of 6 digits or more.")},
    )
    again = forms.CharField(
        label=_("The same PIN again"),
        max_length=64,
        widget=hidden_digits("new-password"),
        error_messages={"required": _("Type the same PIN again.")},
    )

    def clean_pin(self) -> str:
        """Refuse a PIN that is easy to guess."""
        problem = identity.pin_problem(self.cleaned_data["pin"])
        if problem:
            raise ValidationError(problem)
        return str(self.cleaned_data["pin"])

    def clean(self) -> dict[str, Any]:
        """Compare the two."""
        chosen, again = self.cleaned_data.get("pin"), self.cleaned_data.get("again")
        if chosen and again and chosen != again:
            self.add_error("again", _("The two PINs differ. Type the same one twice."))
        return self.cleaned_data


class Profile(forms.Form):
    """What a person says of themselves."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "name"}),
        error_messages={
            "required": _("Type your name."),
            "max_length": _("Use at most 120 letters for your name."),
        },
    )
    zone = forms.ChoiceField(
        label=_("Your time zone"),
        help_text=_("Times at home are shown in it."),
        required=False,
        error_messages={"invalid_choice": _("Choose a time zone from the list.")},
    )
    language = forms.ChoiceField(
        label=_("Language"), error_messages={"invalid_choice": _("Choose a language from the list.")}
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the zones and languages there are."""
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = [("", _("The same as my clinic")), *zones()]
        self.fields["language"].choices = settings.LANGUAGES


class NewEmail(forms.Form):
    """Another address to sign in with."""

    email = forms.EmailField(
        label=_("Your new e-mail address"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
        error_messages={
            "required": _("Type your new e-mail address."),
            "invalid": _("Type an e-mail address, like ana@example.org."),
        },
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        """Keep whose address it is."""
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        """Refuse the address they have, and one that may not be asked for again so soon."""
        email: str = self.cleaned_data["email"].lower()
        if email == self.user.email.lower():
            raise ValidationError(_("This is the address you have now. Type the new one."))
        if not adapters.may_ask(context.request, email):
            raise ValidationError(TOO_OFTEN)
        return email


class NewEmailCode(forms.Form):
    """The code that went to the new address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for six digits."""
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field(_("Code from the e-mail"), _("6 digits"))


@cache
def zones() -> tuple[tuple[str, str], ...]:
    """Return the time zones people know by a city, as (zone, words)."""
    found = sorted(zone for zone in available_timezones() if zone.split("/")[0] in AREAS)
    return tuple((zone, zone.replace("_", " ").replace("/", " / ")) for zone in found)


def code_field(label: Any, hint: Any) -> forms.CharField:
    """Return a field for a code that was sent."""
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=64,
        widget=digits(),
        error_messages={"required": _("Type the code."), "max_length": _("The code is shorter than that.")},
    )
