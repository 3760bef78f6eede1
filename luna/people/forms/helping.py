"""How somebody helps, asked of themselves, of the patient, or of staff."""

from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from luna.people.actions import helping as actions
from luna.people.actions.helping import Device
from luna.people.forms import fields
from luna.people.forms.circle import RELATIONS, named_before
from luna.people.forms.clinic import WEEKDAYS
from luna.people.forms.kinds import adult_field, help_field, helps, helps_of
from luna.people.models import CircleMember

OWN_DEVICES = (
    (Device.OWN, _("My own smartphone")),
    (Device.SHARED, _("A phone others use too: messages say only “open Luna”, and I sign in each time")),
    (Device.NONE, _("No smartphone: the clinic calls me instead")),
)
DEVICES = (
    (Device.OWN, _("Their own smartphone")),
    (Device.SHARED, _("A phone others use too: messages say only “open Luna”, and they sign in each time")),
    (Device.NONE, _("No smartphone: the clinic calls instead")),
)


class Helping(fields.Versioned):
    """How somebody helps: whose words they are depends on who fills it in."""

    help = help_field()
    is_adult = adult_field()
    device = forms.ChoiceField(
        label=_("Phone for messages"),
        choices=DEVICES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what phone it is.")},
    )
    phone = fields.PhoneField(label=_("Number to call"), required=False)
    language = fields.text(_("Language they speak best"), empty=None, longest=40)
    interpreter = forms.BooleanField(label=_("Needs an interpreter on the phone"), required=False)

    def __init__(self, *args: Any, country: str, first_name: str, is_self: bool, **kwargs: Any) -> None:
        """Ask in the words of whoever answers, and for two times on each weekday.

        first_name: of the patient, empty if the patient answers.
        is_self: the helper answers; else the patient or staff do.
        """
        super().__init__(*args, **kwargs)
        # Which questions there are differs: see Add and Change.
        self.fields["help"].choices = helps(first_name) if is_self else helps_of(first_name)
        self.fields["phone"].for_country(country)
        if not is_self:
            self.fields["help"].label = _("How they help")
            self.fields["help"].error_messages["required"] = _("Choose how they help.")
            self.fields["is_adult"].label = _("Are they 18 or older?")
            self.fields["is_adult"].help_text = _(
                "If not, they can still help. Someone older stays after an infusion."
            )
        else:
            self.fields["device"].label = _("Your phone")
            self.fields["device"].choices = OWN_DEVICES
            self.fields["language"].label = _("Language you speak best")
            self.fields["interpreter"].label = _("I need an interpreter on the phone")
            self.fields["phone"].label = _("Your number")
        for day, name in enumerate(WEEKDAYS):
            self.fields[f"from_{day}"] = _time(_("%(day)s, from") % {"day": name})
            self.fields[f"to_{day}"] = _time(_("%(day)s, until") % {"day": name})

    def clean(self) -> dict[str, Any]:
        """Ask for a number where the clinic calls, and for both times of a day."""
        typed = self.cleaned_data
        if typed.get("device") == Device.NONE and typed.get("phone") == "":
            self.add_error("phone", _("Type the number the clinic is to call."))
        for day in range(7):
            both = [f"from_{day}", f"to_{day}"]
            half = sum(typed.get(name) is None for name in both) == 1
            if half and not any(self.has_error(name) for name in both):
                self.add_error(f"to_{day}", _("Type both times, or neither."))
        return typed

    @property
    def helping(self) -> actions.Helping:
        """Return what was said."""
        typed = self.cleaned_data
        spans = [(day, typed[f"from_{day}"], typed[f"to_{day}"]) for day in range(7)]
        return actions.Helping(
            help=typed["help"],
            hours=tuple((day, f"{a:%H:%M}", f"{b:%H:%M}") for day, a, b in spans if a is not None),
            is_adult=typed["is_adult"] == "yes",
            device=typed.get("device", Device.NONE),
            language=typed["language"],
            interpreter=typed["interpreter"],
        )


class Change(Helping):
    """How somebody in the circle helps now, to be changed. The patient cannot change their number."""

    def __init__(self, *args: Any, asks_phone: bool, **kwargs: Any) -> None:
        """Ask for the number of the helper or of staff; a patient sees it no more than they change it."""
        super().__init__(*args, **kwargs)
        if not asks_phone:
            del self.fields["phone"]

    @staticmethod
    def stands(member: CircleMember) -> dict[str, Any]:
        """Return what is known of a member as the form's values."""
        spans = {}
        for day, begins, ends in member.hours:
            spans |= {f"from_{day}": time.fromisoformat(begins), f"to_{day}": time.fromisoformat(ends)}
        is_adult = {True: "yes", False: "no", None: None}[member.is_adult]
        empty = {f"{end}_{day}": None for day in range(7) for end in ("from", "to")}
        return empty | spans | {
            "help": member.help,
            "is_adult": is_adult,
            "device": member.device,
            "phone": member.phone,
            "language": member.language,
            "interpreter": member.interpreter,
        }  # fmt: skip


class Add(Helping):
    """Somebody without e-mail, whom the clinic calls."""

    version = None
    device = None
    name = fields.person_name(_("Their name"))
    phone = fields.PhoneField(label=_("Number to call"))
    relation = forms.ChoiceField(
        label=_("They are the patient’s …"),
        choices=RELATIONS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what they are to the patient.")},
    )
    agreed = forms.BooleanField(
        label=_("They know of this, and may be called about the schedule, the ride and the hours at home"),
        error_messages={"required": _("Ask them first.")},
    )
    named_before = named_before()
    client_id = forms.UUIDField(widget=forms.HiddenInput)

    field_order = ("name", "phone", "relation", "help", "is_adult", "language", "interpreter")

    def __init__(self, *args: Any, first_name: str, is_impaired: bool, **kwargs: Any) -> None:
        """Ask the patient about theirs, and staff about the patient's.

        is_impaired: staff answer for a patient who is under the effect of an infusion.
        """
        super().__init__(*args, first_name=first_name, **kwargs)
        if not is_impaired:
            del self.fields["named_before"]
        if not first_name:
            self.fields["relation"].label = _("They are your …")
            self.fields["relation"].error_messages["required"] = _("Choose what they are to you.")


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("Type a time, like 18:30.")},
    )
