"""What people type to let each other in."""

from datetime import datetime
from typing import Any

from babel.core import get_global
from django import forms
from django.utils.translation import gettext_lazy as _

from luna.people.access import Viewer
from luna.people.actions import invitations
from luna.people.actions.helping import Device, Helping
from luna.people.errors import Refused
from luna.people.forms import fields, identity, kinds
from luna.people.models import Invitation

RELATIONS = (
    ("partner", _("Partner or spouse")),
    ("parent", _("Parent")),
    ("child", _("Grown-up child")),
    ("sibling", _("Brother or sister")),
    ("friend", _("Friend")),
    ("other", _("Someone else")),
)


class Invite(forms.Form):
    """A caretaker to ask: three short answers on one page."""

    name = fields.person_name(_("Their name"), help_text=_("As you call them."))
    email = fields.email(_("Their e-mail address"), help_text=_("They get a link there, and only there."))
    relation = forms.ChoiceField(
        label=_("They are your …"),
        choices=RELATIONS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what they are to you.")},
    )
    client_id = forms.UUIDField(widget=forms.HiddenInput)


class InviteTherapist(forms.Form):
    """An outside therapist to ask in."""

    name = fields.person_name(_("Their name"), help_text=_("As you call them."))
    email = fields.email(_("Their e-mail address"), help_text=_("They get a link there, and only there."))
    client_id = forms.UUIDField(widget=forms.HiddenInput)


class Answer(forms.Form):
    """One button next to an invitation. `apply` does it, `said` tells what was done."""

    SAID = {
        "resend": _("Sent again. Only the newest link works."),
        "cancel": _("Taken back. The link no longer works."),
        "approve": _("Agreed. We are writing to the new address now."),
        "refuse": _("The invitation stays with the first address."),
    }

    do = forms.ChoiceField(choices=tuple(SAID.items()))
    sent = forms.IntegerField(required=False)  # how often it had been sent when the page was shown
    email = forms.EmailField(required=False)  # the other address that was shown

    @property
    def widens(self) -> bool:
        """Say whether this lets somebody new in."""
        return bool(self.cleaned_data["do"] == "approve")

    @property
    def said(self) -> Any:
        """Return what to tell the person who pressed the button."""
        return self.SAID[self.cleaned_data["do"]]

    def apply(self, invitation: Invitation, *, by: Viewer, now: datetime) -> Any:
        """Do what was asked; return why not, or nothing when it is done."""
        if not self.is_valid():
            return _("Nothing was changed. Please press the button again.")
        asked = {"invitation": invitation, "by": by, "now": now}
        typed = self.cleaned_data
        try:
            match typed["do"]:
                case "resend":
                    invitations.resend(**asked, sent=typed["sent"] or 0)
                case "cancel":
                    invitations.cancel(**asked)
                case "approve":
                    invitations.approve_other_email(**asked, email=typed["email"])
                case "refuse":
                    invitations.refuse_other_email(**asked)
        except Refused as refused:
            return refused.message
        return None


def named_before() -> forms.BooleanField:
    """Return what staff say of somebody they let in while the patient may not decide."""
    return forms.BooleanField(
        label=_("The patient named this person before the infusion began"),
        help_text=_("The effect of the infusion is not over: ask them nothing about this now."),
        error_messages={"required": _("Tick this if it is so. Else ask when the effect is over.")},
    )


class OtherAddress(forms.Form):
    """Where somebody would rather get their invitation."""

    email = fields.email(_("Your other e-mail address"))


class Accept(forms.Form):
    """What a person tells of themselves when they join."""

    name = fields.person_name(_("Your name"), attrs={"autocomplete": "name"})
    zone = forms.ChoiceField(
        label=_("Where you are"),
        help_text=_("We show you times as your clocks do."),
        error_messages={"invalid_choice": _("Choose a place from the list.")},
    )
    own_device = forms.ChoiceField(
        label=_("Is this your own phone or computer?"),
        help_text=_("On a shared one you sign in each time, and it keeps nothing about you."),
        choices=(("yes", _("Yes, only I use it")), ("no", _("No, others use it too"))),
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether this is your own phone or computer.")},
    )
    help = kinds.help_field()
    is_adult = kinds.adult_field()

    def __init__(self, *args: Any, country: str, patient_name: str, **kwargs: Any) -> None:
        """Offer the zones of the clinic's country first.

        patient_name: whom a caretaker helps; empty when the patient accepts.
        """
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = zones(country)
        self.fields["help"].choices = kinds.helps(patient_name)
        if not patient_name:
            del self.fields["help"], self.fields["is_adult"]

    @property
    def helping(self) -> Helping:
        """Return what a caretaker said of how they help."""
        typed = self.cleaned_data
        is_own = typed["own_device"] == "yes"
        return Helping(
            help=typed["help"],
            is_adult=typed["is_adult"] == "yes",
            device=Device.OWN if is_own else Device.SHARED,
        )


def zones(country: str) -> list[tuple[str, Any]]:
    """Return the zones people know by a city, grouped: those of a country, then all others."""
    countries = get_global("zone_territories")
    near = [pair for pair in identity.zones() if countries.get(pair[0]) == country]
    far = [pair for pair in identity.zones() if countries.get(pair[0]) != country]
    return [(_("Near the clinic"), near), (_("Elsewhere"), far)]
