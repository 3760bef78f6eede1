"""What staff type about a patient."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from luna.people.forms import circle, fields

OLDEST = 120  # years


class Chart(fields.Versioned):
    """Who a patient is and how to reach them."""

    name = fields.person_name(_("Name"), help_text=_("As on their papers."))
    born_on = forms.DateField(
        label=_("Date of birth"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Enter the date of birth."),
            "invalid": _("Enter the date of birth as a date, like 1990-05-04."),
        },
    )
    email = fields.email(_("E-mail"), help_text=_("Their own, not a shared one."))
    phone = fields.PhoneField(label=_("Phone"), required=False)
    address = fields.text(
        _("Where they are on the day of an infusion"),
        empty=None,
        longest=250,
        help_text=_("For an ambulance: street, number, floor, town."),
    )

    def __init__(self, *args: Any, country: str, today: date, **kwargs: Any) -> None:
        """Read phone numbers of a country, and dates of birth up to today."""
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["phone"].for_country(country)

    def clean_born_on(self) -> date:
        """Refuse a day that cannot be."""
        born_on: date = self.cleaned_data["born_on"]
        if not self.today.year - OLDEST <= born_on.year or born_on > self.today:
            raise ValidationError(_("Enter a day of birth in the past, like 1990-05-04."))
        return born_on


class NewChart(Chart):
    """A new patient, invited at once unless staff say otherwise."""

    version = None
    invite = forms.BooleanField(
        label=_("Invite them now"),
        help_text=_("They get a link by e-mail."),
        required=False,
        initial=True,
    )
    client_id = forms.UUIDField(widget=forms.HiddenInput)


class InviteCaretaker(circle.Invite):
    """A caretaker the patient named to the clinic."""

    agreed = forms.BooleanField(
        label=_(
            "The patient told us that this person may see the schedule, the ride and the check-ins at home"
        ),
        error_messages={"required": _("Ask the patient first. Only they decide who may see what.")},
    )

    named_before = circle.named_before()

    def __init__(self, *args: Any, is_impaired: bool, **kwargs: Any) -> None:
        """Say it to staff. is_impaired: the patient is under the effect of an infusion."""
        super().__init__(*args, **kwargs)
        if not is_impaired:
            del self.fields["named_before"]
        self.fields["name"].help_text = ""
        self.fields["relation"].label = _("To the patient they are …")
