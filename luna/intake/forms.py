"""What people type around the questions of an intake, and what staff note before a first visit."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from luna.escalation import writing
from luna.escalation.writing import Written
from luna.intake.actions.medicines import LONGEST as LONGEST_OF_MEDICINE
from luna.intake.actions.medicines import Said
from luna.intake.actions.words import LONGEST
from luna.intake.models import Collateral, Enquiry
from luna.intake.plans import INTAKES
from luna.people.forms import fields

AUDIENCES = (
    (Collateral.Audience.TEAM, _("The care team")),
    (Collateral.Audience.PRESCRIBERS, _("Only the prescribers")),
    (Collateral.Audience.PATIENT, _("The care team and %(name)s")),
)


form_id = fields.form_id


def typed(request: HttpRequest, name: str, most: int) -> str:
    """Return a typed text, cut where nobody would have written on: what is longer than `most` is refused."""
    return request.POST.get(name, "")[: most + 1]


def written(request: HttpRequest) -> Written:
    """Return a text for the clinic and what was ticked beside it."""
    return writing.written(request, longest=LONGEST)


def said(request: HttpRequest) -> Said:
    """Return what somebody typed about one medicine."""
    words = {name: typed(request, name, most) for name, most in LONGEST_OF_MEDICINE.items()}
    return Said(**words, listed=typed(request, "listed", LONGEST_OF_MEDICINE["name"]))


class EnquiryForm(fields.Versioned):
    """What is known before the first visit. version: how often it was saved when the form was drawn."""

    SCREENS = (
        (Enquiry.Screen.NOT_ASKED, _("Not asked yet")),
        (Enquiry.Screen.NOTHING, _("Asked; nothing stands against a first visit")),
        (Enquiry.Screen.LOOK, _("Asked; a prescriber should look first")),
    )
    KNOWN = (
        (Enquiry.Known.UNKNOWN, _("Not asked yet")),
        (Enquiry.Known.YES, _("Yes")),
        (Enquiry.Known.NO, _("No")),
    )
    INTERPRETERS = (
        (Enquiry.Interpreter.UNKNOWN, _("Not asked yet")),
        (Enquiry.Interpreter.NO, _("No")),
        (Enquiry.Interpreter.SPOKEN, _("Yes")),
        (Enquiry.Interpreter.SIGNED, _("Yes, for sign language")),
    )

    CHOOSE = _("They choose")

    intake = forms.ChoiceField(
        label=_("What they come for"),
        choices=[("", CHOOSE), *INTAKES.items()],
        required=False,
        help_text=_("They are then asked these questions first."),
    )
    screen = forms.ChoiceField(
        label=_("First talk on the phone"),
        choices=SCREENS,
        help_text=_("Heart, blood pressure, psychosis, pregnancy, allergy to ketamine."),
    )
    screen_words = forms.CharField(
        label=_("What came up"), max_length=LONGEST, required=False, widget=forms.Textarea({"rows": 3})
    )
    lives_alone = forms.ChoiceField(
        label=_("Lives alone"),
        choices=KNOWN,
        help_text=_("Then the night after an infusion is decided with the eligibility, never on the day."),
    )
    language = fields.text(_("Language they speak best"), empty=None, longest=60)
    interpreter = forms.ChoiceField(label=_("Wants an interpreter"), choices=INTERPRETERS)
    emergency_name = fields.text(_("Emergency contact: name"), empty=None, longest=120)
    emergency_relation = fields.text(_("What they are to the patient"), empty=None, longest=60)
    emergency_phone = fields.PhoneField(label=_("Their phone"), required=False)
    referred_by = fields.text(_("Referred by"), empty=None, longest=120)
    referral_asked_on = forms.DateField(label=_("Referral asked for on"), required=False)
    referral_received_on = forms.DateField(label=_("Referral received on"), required=False)
    records_from = fields.text(_("Records from"), empty=None, longest=120)
    records_asked_on = forms.DateField(label=_("Records asked for on"), required=False)
    records_received_on = forms.DateField(label=_("Records received on"), required=False)
    words = forms.CharField(
        label=_("Anything else"), max_length=LONGEST, required=False, widget=forms.Textarea({"rows": 3})
    )
    client_id = forms.UUIDField(widget=forms.HiddenInput)

    COLUMNS = (
        "intake", "screen", "screen_words", "lives_alone", "language", "interpreter", "emergency_name",
        "emergency_relation", "emergency_phone", "referred_by", "referral_asked_on", "referral_received_on",
        "records_from", "records_asked_on", "records_received_on", "words",
    )  # fmt: skip
    DAYS = ("referral_asked_on", "referral_received_on", "records_asked_on", "records_received_on")

    def __init__(self, *args: Any, country: str, today: Any, **kwargs: Any) -> None:
        """Read phone numbers of a country, and days up to today."""
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["emergency_phone"].for_country(country)
        for name in self.DAYS:
            field = self.fields[name]
            field.widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
            field.error_messages["invalid"] = _("Enter a day, like 2027-03-31.")

    def clean(self) -> dict[str, Any]:
        """Refuse days that cannot be, and an answer that came before it was asked for."""
        found = super().clean() or {}
        for name in self.DAYS:
            if (on := found.get(name)) and (on > self.today or on.year < self.today.year - 10):
                self.add_error(name, _("Enter a day that has been, in the last ten years."))
        for what in ("referral", "records"):
            asked, received = found.get(f"{what}_asked_on"), found.get(f"{what}_received_on")
            if asked and received and received < asked:
                self.add_error(f"{what}_received_on", _("This is before it was asked for."))
        return found


def enquired(row: Enquiry) -> list[tuple[Any, Any]]:
    """Return each question of an enquiry with its answer in words; of one nobody was asked, that."""
    choices = {
        "intake": {"": EnquiryForm.CHOOSE, **INTAKES},
        "screen": dict(EnquiryForm.SCREENS),
        "lives_alone": dict(EnquiryForm.KNOWN),
        "interpreter": dict(EnquiryForm.INTERPRETERS),
    }
    found = []
    for name in EnquiryForm.COLUMNS:
        value = getattr(row, name)
        words = choices[name][value] if name in choices else value
        found.append((EnquiryForm.base_fields[name].label, words if words not in ("", None) else "–"))
    return found
