"""What an administrator sets for a clinic."""

from datetime import date
from typing import Any

import phonenumbers
from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from luna.people import models
from luna.people.forms import fields, identity
from luna.people.models import MIDNIGHT

WEEKDAYS = (
    _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
)  # fmt: skip


MOST_AHEAD = 240
MOST_DAYS = 20  # working days: a month


class Clinic(fields.Versioned):
    """Name, place, numbers and words of a clinic."""

    name = fields.text(_("Name of the clinic"), empty=_("Type the name of the clinic."), longest=120)
    country = forms.ChoiceField(
        label=_("Country"),
        help_text=_("Decides the emergency numbers and how phone numbers are read."),
        error_messages={"invalid_choice": _("Choose a country from the list.")},
    )
    zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_(
            "All times of the plan are this clinic’s. If you change it, booked infusions stay at their "
            "moment, so their clock times read otherwise: look at each. What goes by the clock moves, such "
            "as “until 10 pm”: it is asked again, and everybody who goes by it gets a message. Patients "
            "without an account you call yourself."
        ),
        error_messages={"invalid_choice": _("Choose a time zone from the list.")},
    )
    is_sure_of_zone = forms.BooleanField(label=_("Yes, change the time zone"), required=False)
    address = fields.text(_("Address"), empty=_("Type the address patients come to."), longest=250)
    way_in = fields.text(
        _("The way in"),
        empty=None,
        longest=250,
        help_text=_("Route, entrance, floor. Patients and whoever drives read it. Empty is not shown."),
    )
    parking = fields.text(
        _("Parking"), empty=None, longest=250, help_text=_("Where, for how long, at what cost.")
    )
    ask_for = fields.text(_("Who to ask for"), empty=None, longest=120, help_text=_("A name or a desk."))
    price = fields.text(
        _("What an infusion costs"),
        empty=None,
        longest=250,
        help_text=_("In your words. Only patients and staff read it. Empty is not shown."),
    )
    deposit = fields.text(
        _("Deposit"), empty=None, longest=120, help_text=_("In your words, if you take one.")
    )
    free_ahead = forms.IntegerField(
        label=_("How long before an infusion can one cancel without a fee"),
        help_text=_(
            "A number, or empty to say nothing. Being unwell, no ride or your own doing never costs."
        ),
        min_value=1,
        max_value=MOST_AHEAD,
        required=False,
        error_messages={
            "invalid": _("Type a number from 1 to 240, or leave it empty."),
            "min_value": _("Type a number from 1 to 240, or leave it empty."),
            "max_value": _("Type a number from 1 to 240, or leave it empty."),
        },
    )
    free_unit = forms.ChoiceField(
        label=_("Counted in"),
        choices=(
            (models.Clinic.FreeUnit.HOURS, _("hours")),
            (models.Clinic.FreeUnit.DAYS, _("working days, until you close on the last of them")),
        ),
    )
    phone = fields.PhoneField(label=_("Phone of the desk"))
    nurse_line = fields.PhoneField(label=_("Nurse line"), help_text=_("Shown wherever people may need you."))
    after_hours_phone = fields.PhoneField(
        label=_("Phone when you are closed"),
        help_text=_("Only a number somebody answers. Leave it empty if there is none."),
        required=False,
    )
    lead_email = fields.email(
        _("E-mail of the clinic’s lead"), help_text=_("Told when nobody answers a call for help.")
    )
    welcome_name = fields.text(
        _("Who signs the welcome"),
        empty=_("Type the name of the person who welcomes caretakers."),
        longest=120,
    )
    welcome_text = forms.CharField(
        label=_("Own words in the welcome"),
        max_length=600,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"max_length": _("Use at most %(limit_value)s letters. There are %(show_value)s.")},
    )
    taxi = forms.BooleanField(
        label=_("A taxi home is allowed"),
        help_text=_("Only with somebody beside the patient, who is named. Nobody goes home alone."),
        required=False,
    )
    part2 = forms.BooleanField(
        label=_("This is a 42 CFR Part 2 programme"),
        help_text=_(
            "United States only: a programme for substance use. Answers about alcohol and drugs are then "
            "labelled when they are saved, and go nowhere without the notice of 42 CFR 2.32."
        ),
        required=False,
    )
    clock = forms.TypedChoiceField(
        label=_("Clock on staff pages"), choices=((12, "3:30 pm"), (24, "15:30")), coerce=int
    )
    reclimb_min = forms.IntegerField(
        label=_("Minutes until an escalation somebody took, but did not close, asks everyone again"),
        min_value=5,
        max_value=240,
        error_messages={
            "required": _("Type a number of minutes from 5 to 240."),
            "invalid": _("Type a number of minutes from 5 to 240."),
            "min_value": _("Type a number of minutes from 5 to 240."),
            "max_value": _("Type a number of minutes from 5 to 240."),
        },
    )

    charts = forms.ChoiceField(
        label=_("Who opens a chart without saying why"),
        choices=(
            (
                models.Clinic.Charts.EVERYONE,
                _("Everyone on the staff: a small team where everyone cares for everyone"),
            ),
            (
                models.Clinic.Charts.ASSIGNED,
                _("Only the patient’s care team; others say why, and it is reviewed"),
            ),
        ),
    )
    chase_days = forms.IntegerField(
        label=_("Days between two reminders of an invitation nobody answers"),
        help_text=_("0 sends none. There are never more than two."),
        min_value=0,
        max_value=7,
        error_messages={
            "required": _("Type a number of days from 0 to 7."),
            "invalid": _("Type a number of days from 0 to 7."),
            "min_value": _("Type a number of days from 0 to 7."),
            "max_value": _("Type a number of days from 0 to 7."),
        },
    )

    messages_a_day = forms.IntegerField(
        label=_("Messages to one person a day, before what can wait is kept for the next morning"),
        help_text=_("It then leaves at 8 am as one message. What is bound to a time always leaves at once."),
        min_value=1,
        max_value=20,
        error_messages={
            "required": _("Type a number of messages from 1 to 20."),
            "invalid": _("Type a number of messages from 1 to 20."),
            "min_value": _("Type a number of messages from 1 to 20."),
            "max_value": _("Type a number of messages from 1 to 20."),
        },
    )

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        """Read phone numbers as the chosen country does: the one typed now, else the clinic's."""
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = countries()
        self.fields["zone"].choices = identity.zones()
        self.is_other_zone = self.data.get("zone", self.initial["zone"]) != self.initial["zone"]
        typed = self.data.get("country", country)
        for name in ("phone", "nurse_line", "after_hours_phone"):
            self.fields[name].for_country(typed if typed in dict(countries()) else country)

    def clean(self) -> dict[str, Any]:
        """Refuse more working days than anybody looks ahead, and another zone nobody is sure of.

        A wheel of a mouse over the list is enough to choose another, and people fast by these times.
        """
        typed = self.cleaned_data
        if "zone" in typed and self.is_other_zone and not typed["is_sure_of_zone"]:
            stands = dict(identity.zones()).get(self.initial["zone"], self.initial["zone"])
            self.add_error(
                "zone",
                _(
                    "Until now it is %(zone)s. If you meant to change it, say so below. Otherwise choose "
                    "that one again."
                )
                % {"zone": stands},
            )
        is_days = typed.get("free_unit") == models.Clinic.FreeUnit.DAYS
        if is_days and (typed.get("free_ahead") or 0) > MOST_DAYS:
            self.add_error("free_ahead", _("Type at most 20 working days."))
        return typed


class Hours(fields.Versioned):
    """When the clinic opens and closes on each weekday."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for two times a day."""
        super().__init__(*args, **kwargs)
        for weekday, label in enumerate(WEEKDAYS):
            self.fields[f"opens_{weekday}"] = _time(_("%(day)s, opens") % {"day": label})
            self.fields[f"closes_{weekday}"] = _time(_("%(day)s, closes") % {"day": label})

    def clean(self) -> dict[str, Any]:
        """Refuse half a day, and one that ends before it begins."""
        for weekday in range(7):
            opens, closes = (self.cleaned_data.get(f"{end}_{weekday}") for end in ("opens", "closes"))
            if f"opens_{weekday}" in self.errors or f"closes_{weekday}" in self.errors:
                continue
            if (opens is None) != (closes is None):
                self.add_error(f"closes_{weekday}", _("Type both times, or neither if you are closed."))
            elif opens is not None and closes <= opens and closes != MIDNIGHT:
                self.add_error(f"closes_{weekday}", _("Closing must be later than opening."))
        return self.cleaned_data

    @property
    def hours(self) -> dict[int, tuple[Any, Any]]:
        """Return the opening hours by weekday."""
        spans = {
            day: (self.cleaned_data[f"opens_{day}"], self.cleaned_data[f"closes_{day}"]) for day in range(7)
        }
        return {day: span for day, span in spans.items() if span[0] is not None}


class ClosedDay(forms.Form):
    """A day the clinic is closed although its hours say open."""

    on = forms.DateField(
        label=_("Day"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Enter the day."),
            "invalid": _("Enter the day as a date, like 2027-12-24."),
        },
    )
    reason = fields.text(_("Why"), empty=None, longest=120, help_text=_("Patients do not see it."))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Take days from today on."""
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_on(self) -> date:
        """Refuse a day that is over."""
        on: date = self.cleaned_data["on"]
        if on < self.today:
            raise ValidationError(_("This day is over. Enter a day from today on."))
        return on


class NewChair(forms.Form):
    """A place to be infused."""

    name = fields.text(_("Name of the chair"), empty=_("Type a name, like Chair 3."), longest=40)


class Chair(fields.Versioned, NewChair):
    """A chair that is there, with whether it is used."""

    active = forms.BooleanField(
        label=_("In use"),
        help_text=_("What is booked in it stays booked there until you move it."),
        required=False,
    )


def countries() -> list[tuple[str, str]]:
    """Return the countries whose telephone numbers are known, by name in the reader's language."""
    names = Locale.parse(to_locale(get_language() or "en").split("_")[0]).territories
    known = [(code, names[code]) for code in phonenumbers.SUPPORTED_REGIONS if code in names]
    return sorted(known, key=lambda pair: pair[1])


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("Type a time, like 08:30.")},
    )
