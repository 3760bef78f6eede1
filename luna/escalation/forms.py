"""Forms of the ladder: its rungs."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from luna.escalation.ladder import RungChoice
from luna.escalation.models import Rung
from luna.people.models import Clinician

MOST_RUNGS = 6
LONGEST_WAIT_MIN = 24 * 60


class RungForm(forms.Form):
    """One rung: whom to tell, and how many minutes after the beginning. Nobody: the rung is left out."""

    who = forms.ChoiceField(required=False, label=gettext_lazy("Whom to tell"))
    after_min = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=LONGEST_WAIT_MIN,
        label=gettext_lazy("Minutes after it began"),
        error_messages={
            "invalid": gettext_lazy("Enter a whole number of minutes, like 10."),
            "min_value": gettext_lazy("Enter 0 or more minutes."),
            "max_value": gettext_lazy("Enter at most %(limit_value)s minutes."),
        },
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer these people and roles."""
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = choices

    def clean(self) -> dict[str, Any]:
        """Ask for the minutes of a rung that names someone."""
        found = super().clean() or {}
        if found.get("who") and found.get("after_min") is None and not self.has_error("after_min"):
            self.add_error("after_min", _("Enter after how many minutes."))
        return found


def choices(staff: list[Clinician]) -> list[tuple[str, str]]:
    """Return whom a rung may name: nobody, every role, every active member of staff."""
    roles = [
        (f"role:{role.value}", _("Everyone who is: %(role)s") % {"role": role.label})
        for role in Clinician.Role
    ]
    people = [(f"person:{one.id}", one.user.name) for one in staff]
    return [("", _("Nobody: leave this step out")), *people, *roles]


def rung_forms(
    data: Mapping[str, Any] | None, stored: list[Rung], offered: list[tuple[str, str]]
) -> list[RungForm]:
    """Return one form a rung, with what was typed, else what is stored, else nothing."""
    return [
        RungForm(
            data,
            prefix=f"rung{position}",
            choices=offered,
            initial=_initial(stored[position]) if position < len(stored) else {},
        )
        for position in range(MOST_RUNGS)
    ]


def chosen(filled: list[RungForm]) -> list[RungChoice]:
    """Return the rungs that name someone, in order. The forms are valid."""
    clean = [form.cleaned_data for form in filled if form.cleaned_data["who"]]
    return [RungChoice(one["who"], one["after_min"]) for one in clean]


def _initial(rung: Rung) -> dict[str, Any]:
    who = f"role:{rung.role}" if rung.role else f"person:{rung.clinician_id}"
    return {"who": who, "after_min": rung.after_min}
