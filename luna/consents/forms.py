"""What people type to agree, and what a clinic writes for them to agree to."""

from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import Truncator, format_lazy
from django.utils.translation import gettext_lazy as _

from luna.consents.actions import Paper
from luna.library import consent
from luna.library.consent import Document
from luna.people.forms import fields
from luna.records import blobs

TOO_LARGE = _("This file is too large. Use one of at most 8 megabytes.")


class Sign(forms.Form):
    """The ticks of one consent, and the name under it."""

    read = forms.CharField(max_length=64, widget=forms.HiddenInput)
    client_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, document: Document, **kwargs: Any) -> None:
        """Ask for each tick of the text, and last for the name."""
        super().__init__(*args, **kwargs)
        for place, words in enumerate(document.ticks):
            self.fields[f"tick_{place}"] = forms.BooleanField(
                label=words, error_messages={"required": _unticked(words)}
            )
        self.fields["name"] = fields.text(
            _("Your full name"),
            empty=_("Type your full name."),
            longest=120,
            help_text=_("Typing it here counts as your signature."),
            attrs={"autocomplete": "off", "autocapitalize": "words", "spellcheck": "false"},
        )

    @property
    def ticks(self) -> list[forms.BoundField]:
        """Return the boxes to tick."""
        return [self[name] for name in self.fields if name.startswith("tick_")]

    @property
    def ticked(self) -> set[int]:
        """Return the places of what was ticked."""
        given = (name for name, value in self.cleaned_data.items() if value and name.startswith("tick_"))
        return {int(name.removeprefix("tick_")) for name in given}


def _unticked(words: str) -> Any:
    """Return what to do about a line that was not ticked, naming it."""
    return format_lazy(_("Tick “{line}” if you agree."), line=Truncator(words).words(6, truncate="…"))


class OnPaper(forms.Form):
    """A consent that was signed on paper."""

    read = forms.CharField(max_length=64, widget=forms.HiddenInput)
    client_id = forms.UUIDField(widget=forms.HiddenInput)
    name = fields.person_name(_("Name under the consent"), help_text=_("As it stands on the paper."))
    signed_on = forms.DateField(
        label=_("Day it was signed"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Give the day it was signed."),
            "invalid": _("Give a day, like 2027-03-15."),
        },
    )
    witness = fields.person_name(_("Who saw it signed"), help_text=_("The witness’s full name."))
    is_after = forms.BooleanField(required=False, label=_("It was signed after they took it back."))
    is_clear = forms.BooleanField(
        required=False,
        label=_("When it was signed, no infusion was running, and the effect of the last one was over."),
    )
    file = forms.FileField(
        label=_("Photo or PDF of the paper"),
        help_text=_("PDF, JPEG or PNG, at most 8 megabytes. Every page must be readable."),
        widget=forms.FileInput({"accept": ",".join(media for _begins, media, _ending in blobs.MEDIA)}),
        error_messages={
            "required": _("Choose the photo or PDF."),
            "empty": _("This file is empty. Choose another one."),
            "invalid": _("No file came. Choose it again."),
            "missing": _("No file came. Choose it again."),
        },
    )

    def __init__(self, *args: Any, was_back: bool, was_impaired: bool, **kwargs: Any) -> None:
        """Ask more about the day where it may matter; the action says when it does.

        was_back: it was taken back. was_impaired: the patient was under the effect of an infusion, or is.
        """
        super().__init__(*args, **kwargs)
        if not was_back:
            del self.fields["is_after"]
        if not was_impaired:
            del self.fields["is_clear"]

    def clean_file(self) -> UploadedFile:
        """Refuse a file that is too large before it is read."""
        file: UploadedFile = self.cleaned_data["file"]
        if file.size is None or file.size > blobs.LARGEST:
            raise forms.ValidationError(TOO_LARGE)
        return file

    @property
    def paper(self) -> Paper:
        """Return what was typed and chosen."""
        typed = self.cleaned_data
        on: date = typed["signed_on"]
        said = {name: typed[name] for name in ("is_clear", "is_after") if name in typed}
        return Paper(typed["name"], typed["witness"], on, typed["file"].read(), **said)


class Withdraw(forms.Form):
    """One press."""

    client_id = forms.UUIDField()


class Text(forms.Form):
    """A clinic's own words of a consent."""

    begun_on = forms.CharField(max_length=64, widget=forms.HiddenInput)
    title = fields.text(_("Title"), empty=_("Give it a title."), longest=consent.LONGEST_LINE)
    summary = fields.text(
        _("One line about it"), empty=_("Say in one line what it is about."), longest=consent.LONGEST_LINE
    )
    body = forms.CharField(
        label=_("Text"),
        help_text=_("## makes a heading, - a list, **bold** stands out. Nothing else of a web page is kept."),
        widget=forms.Textarea({"rows": 24}),
        max_length=consent.LONGEST_BODY,
        error_messages={"required": _("Write the text."), "max_length": _("This text is too long.")},
    )
    ticks = forms.CharField(
        label=_("What the patient ticks"),
        help_text=_("One on each line. Each of them must be ticked before the name is typed."),
        widget=forms.Textarea({"rows": 8}),
        max_length=consent.MOST_TICKS * (consent.LONGEST_LINE + 2),
        error_messages={"required": _("Write at least one line."), "max_length": _("This text is too long.")},
    )
    months = forms.IntegerField(
        label=_("Months until it is asked again"),
        min_value=1,
        max_value=consent.MOST_MONTHS,
        widget=forms.NumberInput({"inputmode": "numeric"}),
        error_messages={
            "required": _("Give a number of months, from 1 to 60."),
            "invalid": _("Give a number of months, from 1 to 60."),
            "min_value": _("Give a number of months, from 1 to 60."),
            "max_value": _("Give a number of months, from 1 to 60."),
        },
    )

    def clean_body(self) -> str:
        """Return the text with plain line ends."""
        return str(self.cleaned_data["body"]).replace("\r\n", "\n").strip()

    def clean_ticks(self) -> tuple[str, ...]:
        """Return the lines that are not blank."""
        lines = (line.strip() for line in str(self.cleaned_data["ticks"]).splitlines())
        return tuple(line for line in lines if line)

    @property
    def words(self) -> dict[str, Any]:
        """Return what `library.consent.edited` takes."""
        return {key: self.cleaned_data[key] for key in ("title", "summary", "body", "ticks", "months")}


def of_text(document: Document) -> dict[str, Any]:
    """Return what the form for a clinic's words begins with."""
    return {
        "title": document.title,
        "summary": document.summary,
        "body": document.body,
        "ticks": "\n".join(document.ticks),
        "months": document.months,
    }
