"""What staff ask a patient alone."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from luna.people.forms import fields
from luna.people.models import ContactSafety, User

Safe = ContactSafety.Safe


class Contact(forms.Form):
    """Safe at home, which number, voicemail or not, who must not take them home."""

    alone = forms.BooleanField(
        label=_("I asked the patient alone"),
        help_text=_("Nobody else in the room, and not on a loudspeaker."),
        error_messages={
            "required": _("Ask the patient alone first. If they are not alone, ask another day.")
        },
    )
    safe = forms.ChoiceField(
        label=_("Are they safe at home?"),
        choices=(
            (Safe.YES, _("Yes")),
            (Safe.NO, _("No")),
            (Safe.UNSURE, _("Not sure, or they would rather not say")),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the patient said.")},
    )
    phone = fields.PhoneField(
        label=_("Number that is safe to call"),
        help_text=_("Leave it empty if the number in the chart is safe."),
        required=False,
    )
    voicemail = forms.TypedChoiceField(
        label=_("May a message be left there?"),
        choices=(("no", _("No")), ("yes", _("Yes"))),
        coerce=lambda text: text == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes or no.")},
    )
    barred = forms.MultipleChoiceField(
        label=_("Must not take the patient home"),
        help_text=_("Nobody in the circle is told, and no page of theirs shows it."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(
        label=_("Note for the team"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"max_length": _("Use at most %(limit_value)s letters. There are %(show_value)s.")},
    )
    before = forms.UUIDField(widget=forms.HiddenInput, required=False)
    client_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, country: str, people: list[User], **kwargs: Any) -> None:
        """Read phone numbers of a country. people: who can be barred, or is, though they left the circle."""
        super().__init__(*args, **kwargs)
        self.fields["phone"].for_country(country)
        self.fields["barred"].choices = [(str(user.pk), user.name) for user in people]
        if not people:
            self.fields["barred"].widget = forms.MultipleHiddenInput()

    def show_beside(self, stands: ContactSafety | None, message: Any) -> None:
        """Keep what was typed beside what stands now, which the page shows; the next save adds to it."""
        self.data = self.data.copy()
        self.data["before"] = str(stands.pk) if stands else ""
        self.add_error(None, message)
