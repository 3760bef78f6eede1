"""What a patient ticks for each person of their circle."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from luna.people import access, sharing
from luna.people.actions.sharing import Choice, Unsafe
from luna.people.errors import Refused, Stale
from luna.people.forms import fields
from luna.people.models import CircleMember


class Person(fields.Versioned):
    """What one person is to see. `member` is the person, as they stand."""

    kinds = forms.MultipleChoiceField(
        label=_("Sees"),
        choices=[(kind, access.KINDS[kind]) for kind in access.SHAREABLE],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_kept = forms.BooleanField(required=False)
    is_sure = forms.BooleanField(required=False)

    def __init__(self, data: Any, member: CircleMember) -> None:
        """Begin with what stands."""
        stands = {
            "kinds": sharing.in_order(access.shared_with(member)),
            "is_kept": member.kept_at is not None,
            "version": member.version,
        }
        super().__init__(data, prefix=member.pk.hex, initial=stands)
        self.member = member
        self.unsafe = False

    @property
    def standing(self) -> str:
        """Return in words what the person sees now."""
        return _in_words(access.shared_with(self.member))

    @property
    def needs(self) -> list[Any]:
        """Return what the way home would lack with what is ticked."""
        return [sharing.NEEDED[kind] for kind in sharing.lacking(self["kinds"].value() or ())]

    def choice(self, preset: str = "") -> Choice:
        """Return what was ticked, or the preset in its place. The form must be valid."""
        typed = self.cleaned_data
        chosen = sharing.preset(preset)
        return Choice(
            member_id=self.member.pk,
            kinds=chosen.kinds if chosen else frozenset(typed["kinds"]),
            is_kept=typed["is_kept"],
            version=typed["version"],
            is_sure=typed["is_sure"],
        )

    def refuse(self, refused: Refused) -> None:
        """Say why, keep what was ticked, and show what stands beside it where two tabs differ."""
        if isinstance(refused, Unsafe):
            self.unsafe = True
        if isinstance(refused, Stale):
            ticked = _in_words(self.cleaned_data["kinds"])
            self.both = [(self.member.user.name, self.standing, ticked)]
            self.data = self.data.copy()
            self.data[self.add_prefix("version")] = str(self.member.version)
        self.add_error(None, refused.message)


class Sharing:
    """One form a person, sent together. A button with a preset sets that of one person."""

    def __init__(self, data: Any, members: Iterable[CircleMember]) -> None:
        """Ask about each member; data: what was sent, or None."""
        self.people = [Person(data, member) for member in members]
        who, _sep, self.preset = (data or {}).get("preset", "").partition(":")
        self.preset_of = who

    @property
    def errors(self) -> list[tuple[str, Any]]:
        """Return every problem, with the place on the page it is about."""
        return [
            (f"person-{one.prefix}", text)
            for one in self.people
            if one.is_bound
            for texts in one.errors.values()
            for text in texts
        ]

    def is_valid(self) -> bool:
        """Say whether all of it could be read."""
        return all(one.is_valid() for one in self.people)

    def choices(self) -> list[Choice]:
        """Return what is to be shared with each person."""
        return [one.choice(self.preset if one.prefix == self.preset_of else "") for one in self.people]

    def refuse(self, refused: Refused) -> bool:
        """Put a refusal to the person it is about; return whether there is one."""
        about = next((one for one in self.people if one.prefix == refused.field), None)
        if about is not None:
            about.refuse(refused)
        return about is not None


def _in_words(kinds: Iterable[str]) -> str:
    seen = frozenset(kinds)
    if named := sharing.preset(sharing.preset_of(seen)):
        return str(named.label)
    return ", ".join(str(access.KINDS[kind]) for kind in sharing.in_order(seen)) or _now("Nothing")
