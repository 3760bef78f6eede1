"""What is asked about how somebody helps."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from luna.people.models import CircleMember

Help = CircleMember.Help
YES_NO = (("yes", _("Yes")), ("no", _("No")))


def helps(first_name: str) -> list[tuple[str, Any]]:
    """Return the kinds of help, said by the helper. first_name: of the patient."""
    named = {"name": first_name}
    return [
        (Help.LIVES_WITH, _("I live with %(name)s") % named),
        (Help.COMES_OVER, _("I come over and can stay")),
        (Help.DRIVES, _("I only drive")),
        (Help.PHONE, _("I help by phone only")),
    ]


def helps_of(first_name: str) -> list[tuple[str, Any]]:
    """Return the kinds of help, said of the helper.

    first_name: of the patient, empty if the patient reads it.
    """
    lives = _("Lives with %(name)s") % {"name": first_name} if first_name else _("Lives with you")
    return [
        (Help.LIVES_WITH, lives),
        (Help.COMES_OVER, _("Comes over and can stay")),
        (Help.DRIVES, _("Only drives")),
        (Help.PHONE, _("Helps by phone only")),
    ]


def help_field() -> forms.ChoiceField:
    """Return the question how somebody helps; `helps` says its choices."""
    return forms.ChoiceField(
        label=_("How you help"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how you help. You can change it later.")},
    )


def adult_field() -> forms.ChoiceField:
    """Return the question whether somebody is of age."""
    return forms.ChoiceField(
        label=_("Are you 18 or older?"),
        help_text=_("If not, you can still help. Someone older stays after an infusion."),
        choices=YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": _("18 or older? Choose yes or no.")},
    )
