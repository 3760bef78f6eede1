"""What staff say about who opens a chart."""

from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from luna.people.forms import fields
from luna.people.models import Clinician


class Reason(forms.Form):
    """Why somebody needs the chart of a patient they do not care for."""

    reason = fields.text(
        _("Why do you need this chart?"),
        empty=_("Write why you need it. A few words are enough."),
        longest=300,
        help_text=_(
            "It is kept, and an administrator reads it once a week. The patient sees that you gave one."
        ),
    )
    client_id = forms.UUIDField(widget=forms.HiddenInput)


class Team(forms.Form):
    """Who cares for a patient."""

    users = forms.TypedMultipleChoiceField(
        label=_("Who cares for this patient"),
        required=False,
        coerce=UUID,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choose colleagues who work here now.")},
    )
    before = forms.TypedMultipleChoiceField(required=False, coerce=UUID, widget=forms.MultipleHiddenInput)

    def __init__(self, *args: object, staff: list[tuple[Clinician, bool]], **kwargs: object) -> None:
        """Offer everybody who works here; those who care for the patient are ticked."""
        ticked = [str(row.user_id) for row, cares in staff if cares]
        super().__init__(*args, initial={"users": ticked, "before": ticked}, **kwargs)
        offered = [(str(row.user_id), row.user.name) for row, _cares in staff]
        self.fields["users"].choices = self.fields["before"].choices = offered


class Review(forms.Form):
    """That a week was gone through."""

    note = fields.text(_("Note"), empty=None, longest=600, help_text=_("What you found, if anything."))
