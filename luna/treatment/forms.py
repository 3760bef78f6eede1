"""What staff type to book: the rhythm of a series, its lines, a move, a reason, a time of day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from luna.clinical.moment import instant
from luna.clinical.protocol import Protocol
from luna.notices.channels import sms
from luna.people.access import Viewer
from luna.people.forms import fields
from luna.people.models import Chair, CircleMember, Clinic
from luna.treatment import saying
from luna.treatment.actions.bookings import LONGEST_WORDS
from luna.treatment.actions.money import LONGEST as LONGEST_NOTE
from luna.treatment.actions.money import LONGEST_NAME
from luna.treatment.actions.money import Wanted as WantedNote
from luna.treatment.actions.orders import NOT_READ_BACK, Wanted
from luna.treatment.actions.ride import Wanted as WantedRide
from luna.treatment.actions.series import MOST
from luna.treatment.models import BookingRevision, Moment, MoneyNote, Order, Ride
from luna.treatment.slots import Placed, Start

WEEKDAYS = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
)
WHYS = (
    (BookingRevision.Why.PATIENT, _("The patient asked for it")),
    (BookingRevision.Why.CLINIC, _("The clinic needs it")),
    (BookingRevision.Why.UNWELL, _("The patient is not well")),
    (BookingRevision.Why.OTHER, _("Another reason")),
)
# Why an infusion is cancelled; what its day shows is offered on that day and after it.
CANCEL_WHYS = (
    (BookingRevision.Why.NO_RIDE, _("There was no ride, or nobody who stays")),
    (BookingRevision.Why.ATE, _("They had eaten or drunk too late")),
    (BookingRevision.Why.PRESSURE, _("Blood pressure")),
    (BookingRevision.Why.UNWELL, _("The patient is not well")),
    (BookingRevision.Why.NO_SHOW, _("They did not come")),
    (BookingRevision.Why.PATIENT, _("The patient asked for it")),
    (BookingRevision.Why.CLINIC, _("The clinic needs it")),
    (BookingRevision.Why.OTHER, _("Another reason, in words")),
)
MORNING = "09:00"
# A year outside these is a slip of the finger, and near the ends of the calendar no zone can be applied.
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)


def form_id(request: HttpRequest) -> UUID:
    """Return the id the form was given; a new one where it has none, which then is no replay."""
    try:
        return UUID(request.POST.get("client_id", ""))
    except ValueError:
        return uuid7()


def number(request: HttpRequest, name: str) -> int:
    """Return a hidden whole number of a form, 0 when it is none."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def chairs(viewer: Viewer) -> list[Chair]:
    """Return the chairs that may be booked."""
    return list(viewer.clinic.chairs.filter(active=True).order_by("name"))


def date_field() -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=_("Day"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        validators=[
            MinValueValidator(FIRST, _("Look at the year, and choose the day again.")),
            MaxValueValidator(LAST, _("Look at the year, and choose the day again.")),
        ],
        error_messages={
            "required": _("Choose a day."),
            "invalid": _("Type the day as year-month-day, like 2027-03-15."),
        },
    )


def time_field() -> forms.TimeField:
    """Return a field for a time of day."""
    return forms.TimeField(
        label=_("Time"),
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        error_messages={"required": _("Choose a time."), "invalid": _("Type the time like 09:30.")},
    )


class Rhythm(forms.Form):
    """How a series goes: how many, from which day, on which weekdays, at what time."""

    count = forms.IntegerField(
        label=_("How many infusions"),
        min_value=1,
        max_value=MOST,
        error_messages={
            "required": _("Type how many."),
            "invalid": _("Type a whole number."),
            "min_value": _("Type a number from 1 to 60."),
            "max_value": _("Type a number from 1 to 60."),
        },
    )
    on = date_field()
    at = time_field()
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On these days"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose one day of the week or more.")},
    )

    @classmethod
    def usual(cls, protocol: Protocol) -> dict[str, Any]:
        """Return what a protocol usually asks for, to begin with."""
        return {"count": protocol.infusions.count, "weekdays": list(protocol.infusions.days), "at": MORNING}


class Changing(forms.Form):
    """A form whose refusals know the field they belong to."""

    PLACES = {"date": "on", "time": "at", "chair": "chair", "why": "why"}

    def refuse(self, field: str, message: str) -> None:
        """Put a refusal on its field, else above the form."""
        place = self.PLACES.get(field)
        self.add_error(place if place in self.fields else None, message)


class Booking(Changing):
    """One infusion: day, time, chair. `zone` is the clinic's; every time typed is read on its clock."""

    on = date_field()
    at = time_field()
    chair = forms.TypedChoiceField(label=_("Chair"), required=False, coerce=UUID, empty_value=None)
    anyway = forms.BooleanField(label=_("Book it anyway, although the clinic is closed then"), required=False)

    def __init__(self, *args: Any, zone: str, chairs: Iterable[Chair], **kwargs: Any) -> None:
        """Offer the clinic's chairs."""
        super().__init__(*args, **kwargs)
        self.zone = zone
        any_free = ("", _("Any free chair"))
        self.fields["chair"].choices = [any_free, *((str(chair.id), chair.name) for chair in chairs)]

    @property
    def start(self) -> Start:
        """Return what was asked for, in UTC."""
        typed = self.cleaned_data
        at = instant(typed["on"], typed["at"], ZoneInfo(self.zone))
        return Start(at, typed["chair"], typed["anyway"])


class Move(Booking):
    """Another time for an infusion, and why."""

    why = forms.ChoiceField(
        label=_("Why?"),
        choices=WHYS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say why.")},
    )


class Reason(Changing):
    """Why an infusion is cancelled or a series stopped."""

    why = forms.ChoiceField(
        label=_("Why?"),
        choices=WHYS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say why.")},
    )


class Cancel(Reason):
    """Why an infusion is cancelled, with words where the reason says too little."""

    PLACES = {"why": "why", "words": "words"}

    words = forms.CharField(
        label=_("In words, if the reason says too little"),
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea({"rows": 2}),
        error_messages={"max_length": _("This is too long. Write at most 500 letters.")},
    )

    def __init__(self, *args: Any, is_day: bool, **kwargs: Any) -> None:
        """Offer the reasons there can be: those of the day once it has come."""
        super().__init__(*args, **kwargs)
        unseen = () if is_day else BookingRevision.ON_THE_DAY
        self.fields["why"].choices = [one for one in CANCEL_WHYS if one[0] not in unseen]


class Happened(forms.Form):
    """What happened on an infusion day, and when; no time means now."""

    what = forms.ChoiceField(choices=Moment.What.choices, widget=forms.HiddenInput)
    at = forms.CharField(label=_("When?"), required=False, max_length=16)

    def __init__(self, *args: Any, zone: str, now: datetime, **kwargs: Any) -> None:
        """Read times on the clinic's clock."""
        super().__init__(*args, **kwargs)
        self.zone, self.now = zone, now.replace(second=0, microsecond=0)

    def clean_at(self) -> datetime:
        """Return the instant, to the minute: people type no seconds, and "now" must not come after them."""
        typed = self.cleaned_data["at"].strip()
        return moment(typed, self.zone) if typed else self.now


class Money(Changing):
    """What staff note about money. Of a price, also who told whom."""

    PLACES = {"words": "words", "at": "at", "told_by": "told_by", "told_to": "told_to"}
    LABELS = {
        MoneyNote.What.PRICE: _("What was told"),
        MoneyNote.What.DEPOSIT: _("How much, or how"),
        MoneyNote.What.WAIVER: _("Why no fee is asked"),
    }

    words = fields.text(_("In words"), empty=None, longest=LONGEST_NOTE)
    told_by = forms.ChoiceField(label=_("Who told it"), required=False)
    told_to = fields.text(_("Who was told"), empty=None, longest=LONGEST_NAME)
    at = forms.CharField(
        label=_("When?"),
        required=False,
        max_length=16,
        widget=forms.TextInput({"type": "datetime-local"}),
        help_text=_("On the clinic’s clock. Leave it empty for now."),
    )

    def __init__(
        self, *args: Any, what: str, staff: Sequence[tuple[str, str]], zone: str, now: datetime, **kwargs: Any
    ) -> None:
        """Ask what this kind of note needs. staff: pairs (id of the user, name)."""
        super().__init__(*args, auto_id=f"{what}_%s", **kwargs)
        self.what, self.zone, self.now = what, zone, now
        self.fields["words"].label = self.LABELS[MoneyNote.What(what)]
        if what == MoneyNote.What.PRICE:
            self.fields["told_by"].choices = staff
        else:
            del self.fields["told_by"], self.fields["told_to"]
        self.fields["words"].help_text = _("The patient reads this.")

    def clean_at(self) -> datetime:
        """Return the instant."""
        typed = self.cleaned_data["at"].strip()
        return moment(typed, self.zone) if typed else self.now

    @property
    def wanted(self) -> WantedNote:
        """Return the note these words ask for. The form is valid."""
        typed = self.cleaned_data
        told_by = typed.get("told_by")
        return WantedNote(
            what=self.what,
            words=typed["words"],
            at=typed["at"],
            told_by_id=UUID(told_by) if told_by else None,
            told_to=typed.get("told_to", ""),
        )


def moment(typed: str, zone: str) -> datetime:
    """Return the instant that somebody typed on the clock of a zone. Raises ValidationError."""
    try:
        local = datetime.strptime(typed.strip(), "%Y-%m-%dT%H:%M").replace(tzinfo=UTC)
    except ValueError:
        raise forms.ValidationError(_("Type the day and time like 2027-03-15T09:30.")) from None
    if not FIRST <= local.date() <= LAST:
        raise forms.ValidationError(_("Look at the year, and choose the day again."))
    return instant(local.date(), local.time(), ZoneInfo(zone))


# What becomes of the number of somebody who is named to drive.
WRITTEN_TO = _("Type it alone to have a text message go there. With an e-mail address, that is tried first.")
ONLY_CALLED = _("To call them. No text message goes there.")


class Driver(Changing):
    """Who takes the patient home: somebody of the circle, or a person by first name who gets a link."""

    PLACES = {"who": "who", "name": "name", "email": "email", "phone": "phone", "how": "how"}
    OTHER = "other"
    HOWS = (
        (Ride.How.CAR, _("They drive")),
        (Ride.How.TAXI, _("They come along in a taxi, and stay until home")),
    )

    who = forms.ChoiceField(
        label=_("Who?"), widget=forms.RadioSelect, error_messages={"required": _("Choose one.")}
    )
    name = fields.text(_("Their first name"), empty=None, longest=60)
    email = fields.email(_("Their e-mail address"), required=False)
    phone = fields.PhoneField(label=_("Their phone number"), required=False)
    is_adult = forms.BooleanField(label=_("They are 18 or older"), required=False)

    def __init__(
        self, *args: Any, people: Iterable[CircleMember], clinic: Clinic, by: Viewer, **kwargs: Any
    ) -> None:
        """Offer those of the circle who can be asked, and a taxi where the clinic allows one."""
        super().__init__(*args, **kwargs)
        members = [
            (str(one.user_id), _("I do") if one.user_id == by.user_id else one.user.name) for one in people
        ]
        someone = _("Somebody else, by name") if members else _("Somebody by name")
        self.fields["who"].choices = [*members, (self.OTHER, someone)]
        if not members:
            self.initial.setdefault("who", self.OTHER)
        self.texts = sms.is_there()
        self.fields["phone"].for_country(clinic.country)
        self.fields["phone"].help_text = WRITTEN_TO if self.texts else ONLY_CALLED
        if clinic.taxi:
            self.fields["how"] = forms.ChoiceField(
                label=_("How?"),
                choices=self.HOWS,
                initial=Ride.How.CAR,
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose one.")},
            )

    def clean(self) -> dict[str, Any]:
        """Ask of somebody outside the circle whether they are of age."""
        typed = super().clean()
        if typed.get("who") == self.OTHER and not typed.get("is_adult"):
            self.add_error("is_adult", _("Only an adult can take them home. Tick this if they are one."))
        return typed

    def wanted(self, *, reserve: bool) -> WantedRide:
        """Return whom these words ask for. The form is valid."""
        typed = self.cleaned_data
        how = typed.get("how", Ride.How.CAR)
        if typed["who"] != self.OTHER:
            return WantedRide(who_id=UUID(typed["who"]), how=how, reserve=reserve)
        return WantedRide(
            name=typed["name"].split(" ")[0],
            email=typed["email"],
            phone=typed["phone"],
            how=how,
            reserve=reserve,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a series to be booked: its form, and what is in its way, if anything."""

    form: Booking
    placed: Placed | None


def lines(data: Mapping[str, Any], count: int, *, zone: str, chairs: Sequence[Chair]) -> list[Booking]:
    """Return the forms of a preview that was sent back, one an infusion."""
    return [Booking(data, prefix=f"line-{n}", zone=zone, chairs=chairs) for n in range(count)]


def drawn(placed: Iterable[Placed], *, zone: str, chairs: Sequence[Chair]) -> list[Line]:
    """Return the lines of a preview, filled in, with what is in the way of each."""
    found = []
    for n, one in enumerate(placed):
        local = one.starts_at.astimezone(ZoneInfo(zone))
        values = {
            "on": local.date().isoformat(),
            "at": f"{local:%H:%M}",
            "chair": str(one.start.chair_id or ""),
            "anyway": "on" if one.start.anyway else "",
        }
        form = Booking(
            {f"line-{n}-{key}": value for key, value in values.items()},
            prefix=f"line-{n}",
            zone=zone,
            chairs=chairs,
        )
        form.full_clean()
        if one.refused:
            form.refuse(one.refused.field, str(one.refused))
        found.append(Line(form, one))
    return found


def spoken_fields(prescribers: Sequence[tuple[str, str]]) -> dict[str, forms.Field]:
    """Return what is asked of whoever writes down what a prescriber spoke: who it was, and the tick."""
    return {
        "prescriber": forms.ChoiceField(
            label=_("Who told you"),
            choices=[("", _("Choose")), *prescribers],
            error_messages={"required": _("Choose who told you.")},
        ),
        "read_back": forms.BooleanField(
            label=_("I read it back to them, and they said it is right"),
            error_messages={"required": NOT_READ_BACK},
        ),
    }


class NewOrder(Changing):
    """What somebody types to order something. `what` says which fields there are."""

    PLACES = {
        "name": "name",
        "value": "value",
        "handling": "handling",
        "stop": "stop_h",
        "restart": "restart_h",
        "food": "food_h",
        "drink": "drink_h",
        "words": "words",
        "infusion": "infusion",
        "prescriber": "prescriber",
        "read_back": "read_back",
    }
    LABELS = {
        Order.What.NUMBER: _("Which number"),
        Order.What.SKIP: _("Which step is left out"),
        Order.What.ADD: _("Which step is added"),
        Order.What.MEDICINE: _("Which medicine"),
        Order.What.FASTING: _("Which rule"),
    }
    OTHER = "other"

    def __init__(
        self,
        *args: Any,
        what: str,
        names: Sequence[tuple[str, str]],
        infusions: Sequence[tuple[str, str]],
        prescribers: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        """Ask for an order of one kind. names: what it may be about. prescribers: none for one of them."""
        super().__init__(*args, **kwargs)
        self.what = what
        missing = {"required": _("Choose one.")}
        first = (("", _("Choose")),)
        self.fields["name"] = forms.ChoiceField(
            label=self.LABELS[Order.What(what)], choices=[*first, *names], error_messages=missing
        )
        if what == Order.What.FASTING:
            self._ask_fasting(names)
        if what == Order.What.NUMBER:
            self._ask_number()
        if what == Order.What.MEDICINE:
            self._ask_medicine()
        self.fields["infusion"] = forms.ChoiceField(
            label=_("For which infusion"), choices=[("", _("All of the series")), *infusions], required=False
        )
        self.fields["words"] = forms.CharField(
            label=_("A word for whoever follows it"),
            required=False,
            max_length=500,
            widget=forms.Textarea({"rows": 2}),
            error_messages={"max_length": _("This is too long. Write at most 500 letters.")},
        )
        if prescribers:
            self.fields |= spoken_fields(prescribers)

    @property
    def wanted(self) -> Wanted:
        """Return the order these words ask for. The form is valid."""
        typed = self.cleaned_data
        name = typed["name"]
        return Wanted(
            what=self.what,
            name=typed["other"] if self.what == Order.What.MEDICINE and name == self.OTHER else name,
            infusion_id=UUID(typed["infusion"]) if typed["infusion"] else None,
            value=typed.get("value"),
            handling=typed.get("handling", ""),
            stop_before_min=_minutes(typed.get("stop_h")),
            restart_after_min=_minutes(typed.get("restart_h")),
            food_min=_minutes(typed.get("food_h")),
            drink_min=_minutes(typed.get("drink_h")),
            words=typed["words"],
            prescriber_id=UUID(typed["prescriber"]) if typed.get("prescriber") else None,
            read_back=typed.get("read_back", False),
            sure=bool(typed.get("sure")),
        )

    def _ask_number(self) -> None:
        self.fields["value"] = _decimal_field(_("Value, in the unit named above"))
        self.fields["sure"] = forms.BooleanField(label=_("I mean this value"), required=False)

    def _ask_fasting(self, rules: Sequence[tuple[str, str]]) -> None:
        self.fields["name"].widget = forms.RadioSelect()
        self.fields["name"].choices = rules
        for name, label in (
            ("food_h", _("Hours without food")),
            ("drink_h", _("Hours without clear drinks")),
        ):
            self.fields[name] = _decimal_field(label, required=False)
            self.fields[name].validators.append(_check_minutes)
        self.fields["sure"] = forms.BooleanField(label=_("I mean this value"), required=False)

    def _ask_medicine(self) -> None:
        self.fields["other"] = forms.CharField(
            label=_("The other one, if it is not in the list"),
            required=False,
            max_length=120,
            widget=forms.TextInput(),
        )
        self.fields["handling"] = forms.ChoiceField(
            label=_("What to do with it"),
            choices=list(saying.HANDLINGS.items()),
            widget=forms.RadioSelect(),
            error_messages={"required": _("Choose what is to be done with it.")},
        )
        self.fields["stop_h"] = _decimal_field(
            _("Hours before the start when it is taken last"), required=False
        )
        self.fields["restart_h"] = _decimal_field(
            _("Hours after the end when it is taken again"), required=False
        )


def _decimal_field(label: Any, *, required: bool = True) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=required,
        min_value=0,
        max_value=99999,
        max_digits=9,
        decimal_places=3,
        widget=forms.TextInput({"inputmode": "decimal"}),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value", "max_digits", "max_decimal_places",
             "max_whole_digits"),
            _("Type a number, such as 8 or 0.5."),
        ),
    )  # fmt: skip


def _check_minutes(hours: Decimal) -> None:
    """Refuse hours that are no whole minutes: nobody is given a time to the second."""
    if hours * 60 % 1:
        raise forms.ValidationError(_("Use whole minutes: 0.25 is a quarter of an hour."))


def _minutes(hours: Decimal | None) -> int | None:
    return None if hours is None else int(hours * 60)
