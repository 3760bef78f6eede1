"""What an administrator types about the staff."""

from django import forms
from django.utils.translation import gettext_lazy as _

from luna.people.forms import fields
from luna.people.models import Clinician

Role = Clinician.Role
ROLES = (
    (Role.NURSE, _("Nurse: the day, charts, escalations")),
    (Role.PRESCRIBER, _("Prescriber: also signs protocols and orders")),
    (Role.THERAPIST, _("Therapist")),
    (Role.COORDINATOR, _("Coordinator: bookings and invitations")),
    (Role.ADMIN, _("Administrator: settings, staff, audit")),
)


class Change(fields.Versioned):
    """What a member of staff is and may do."""

    title = fields.text(_("Title"), empty=None, longest=40, help_text=_("Shown after the name, like RN."))
    roles = forms.MultipleChoiceField(
        label=_("What they may do"),
        choices=ROLES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )


class Add(Change):
    """Somebody new on the staff."""

    version = None
    email = fields.email(_("Their work e-mail"), help_text=_("They sign in with it, and get a message now."))
    name = fields.person_name(_("Name"))

    field_order = ("email", "name", "title", "roles")
