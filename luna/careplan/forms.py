"""What staff type about the readiness of an infusion: what was asked at arrival, and why it goes ahead."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from luna.careplan import actions, plans
from luna.careplan.actions import waiting
from luna.careplan.actions.day import LONGEST_WORDS as LONGEST_REASON
from luna.careplan.actions.day import What
from luna.careplan.actions.waiting import LONGEST_NAME
from luna.careplan.models import Waiting
from luna.clinical.moment import DAY
from luna.clinical.readiness import Meal
from luna.intake import plans as intake
from luna.people.forms import fields
from luna.people.models import CircleMember
from luna.treatment import forms as treatment
from luna.treatment.actions.orders import LONGEST_WORDS

OFFER_HOURS = (("1", _("one hour")), ("2", _("two hours")), ("4", _("four hours")), ("12", _("twelve hours")))


class Pressure(treatment.Changing):
    """Both numbers of a blood pressure, as typed, in mmHg."""

    PLACES = {name: name for name in actions.PRESSURE}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for the upper number and the lower one."""
        super().__init__(*args, **kwargs)
        for name in actions.PRESSURE:
            self.fields[name] = forms.CharField(
                label=intake.MEASURES[name],
                required=False,
                max_length=7,
                widget=forms.TextInput({"inputmode": "decimal"}),
                error_messages={"max_length": _("Type one number.")},
            )

    @property
    def pressure(self) -> tuple[str, str]:
        """Return the upper and the lower number. The form is valid."""
        upper, lower = (self.cleaned_data.get(name, "") for name in actions.PRESSURE)
        return upper, lower


class Arrival(Pressure):
    """Last food, last drink, and whether medicines were taken as ordered. Times are on the clinic's clock.

    What may be left out: how anxious they are, and the blood pressure where it is asked here.
    """

    PLACES = {**Pressure.PLACES, "food_at": "food_at", "drink_at": "drink_at", "meal": "meal"}

    food_at = forms.CharField(
        label=_("When did they last eat?"),
        max_length=16,
        error_messages={"required": _("Ask when they last ate, and write it down.")},
    )
    drink_at = forms.CharField(
        label=_("When did they last drink?"),
        max_length=16,
        error_messages={"required": _("Ask when they last drank, and write it down.")},
    )
    as_ordered = forms.ChoiceField(
        label=_("Medicines taken and left out as ordered?"),
        choices=(("yes", _("Yes, or there are none")), ("no", _("No"))),
        widget=forms.RadioSelect,
        error_messages={"required": _("Ask about their medicines, and write it down.")},
    )

    meal = forms.ChoiceField(
        label=_("What was it?"),
        choices=(
            (Meal.LIGHT, _("A light meal")),
            (Meal.HEAVY, _("A fatty or heavy meal, such as fried food")),
            (Meal.NOT_SURE, _("Not sure: judged as heavy")),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": _("Ask what they ate, and write it down.")},
    )

    anxiety = forms.IntegerField(
        label=_("How anxious do they say they are, 0 to 10?"),
        required=False,
        min_value=0,
        max_value=10,
        widget=forms.TextInput({"inputmode": "numeric"}),
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), _("Type a number from 0 to 10, or leave it empty.")
        ),
    )

    def __init__(self, *args: Any, zone: str, asks_meal: bool, asks_pressure: bool, **kwargs: Any) -> None:
        """Read times on the clinic's clock.

        asks_meal: the rule tells a heavy meal from a light one. asks_pressure: it is measured with this.
        """
        super().__init__(*args, **kwargs)
        self.zone = zone
        left_out = () if asks_meal else ("meal",)
        for name in left_out if asks_pressure else (*left_out, *actions.PRESSURE):
            del self.fields[name]
        for name in ("food_at", "drink_at"):
            self.fields[name].widget = forms.TextInput({"type": "datetime-local"})

    def clean_food_at(self) -> datetime:
        """Return the instant."""
        return self._latest("food_at")

    def clean_drink_at(self) -> datetime:
        """Return the instant."""
        return self._latest("drink_at")

    def _latest(self, field: str) -> datetime:
        """Return the instant, the later one in the hour that comes twice: nobody fasted longer for it."""
        at = treatment.moment(self.cleaned_data[field], self.zone)
        return max(at, at.astimezone(ZoneInfo(self.zone)).replace(fold=1).astimezone(UTC))

    @property
    def told(self) -> actions.Told:
        """Return what the patient said. The form is valid."""
        return actions.Told(
            self.cleaned_data["food_at"],
            self.cleaned_data["drink_at"],
            self.cleaned_data["as_ordered"],
            self.cleaned_data.get("meal", ""),
            self.cleaned_data["anxiety"],
        )

    def clean_as_ordered(self) -> bool:
        """Return the answer."""
        return bool(self.cleaned_data["as_ordered"] == "yes")


class Override(treatment.Changing):
    """Which reasons an infusion goes ahead in spite of, why, and who said so where a nurse writes it down."""

    PLACES = {
        "reasons": "keys",
        "words": "words",
        "prescriber": "prescriber",
        "read_back": "read_back",
    }

    def __init__(
        self,
        *args: Any,
        keys: Sequence[tuple[str, str]],
        prescribers: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        """Offer the reasons that stand. prescribers: none where one of them decides."""
        super().__init__(*args, **kwargs)
        self.fields["keys"] = forms.MultipleChoiceField(
            label=_("It goes ahead in spite of"),
            choices=keys,
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "required": _("Choose what it goes ahead in spite of."),
                "invalid_choice": _("This has changed meanwhile. Look at what stands now."),
            },
        )
        self.fields["words"] = forms.CharField(
            label=_("Why"),
            max_length=LONGEST_WORDS,
            widget=forms.Textarea({"rows": 3}),
            error_messages={
                "required": _("Write down why."),
                "max_length": _("This is too long. Write at most 500 letters."),
            },
        )
        if prescribers:
            self.fields |= treatment.spoken_fields(prescribers)

    @property
    def prescriber_id(self) -> UUID | None:
        """Return who said so, None where they sign it themselves. The form is valid."""
        named = self.cleaned_data.get("prescriber")
        return UUID(named) if named else None


class DayChange(treatment.Changing):
    """On which day, and whether the clinic runs late or closes."""

    PLACES = {"on": "on", "what": "what", "minutes": "minutes", "words": "words"}
    TODAY, TOMORROW, OTHER = "today", "tomorrow", "other"

    day = forms.ChoiceField(
        label=_("Which day?"),
        choices=((TODAY, _("Today, from now on")), (TOMORROW, _("Tomorrow")), (OTHER, _("Another day"))),
        initial=TODAY,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a day.")},
    )
    on = treatment.date_field()
    what = forms.ChoiceField(
        label=_("What happens?"),
        choices=(
            (What.LATE, _("We run late")),
            (What.CLOSED, _("We close")),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether you run late or close.")},
    )
    minutes = forms.IntegerField(
        label=_("How many minutes late"),
        required=False,
        min_value=5,
        max_value=480,
        widget=forms.TextInput({"inputmode": "numeric"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), _("Type from 5 to 480 minutes.")),
    )
    shut = forms.BooleanField(
        label=_("If you close: enter it as a closed day, so that nothing new is booked"), required=False
    )
    words = forms.CharField(
        label=_("Why? Only your team reads it"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.TextInput(),
        error_messages={"max_length": _("This is too long. Write at most 300 letters.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Count days from today on the clinic's calendar."""
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["on"].required = False

    def clean(self) -> dict[str, Any]:
        """Ask for the day and the minutes where they are needed, and for no day that is over."""
        typed = super().clean()
        ahead = {self.TODAY: self.today, self.TOMORROW: self.today + DAY}
        on = ahead.get(typed.get("day", ""), typed.get("on"))
        if on is None and "on" not in self.errors:
            self.add_error("on", _("Choose a day."))
        elif on is not None and on < self.today:
            self.add_error("on", _("This day is over. Choose today or a later one."))
        is_late = typed.get("what") == What.LATE
        if is_late and typed.get("minutes") is None and "minutes" not in self.errors:
            self.add_error("minutes", _("Type from 5 to 480 minutes."))
        return {**typed, "on": on}

    @property
    def asked(self) -> plans.Asked:
        """Return what these words say. The form is valid."""
        typed = self.cleaned_data
        is_late = typed["what"] == What.LATE
        return plans.Asked(typed["on"], typed["what"], typed["minutes"] if is_late else None)


class Sooner(treatment.Changing):
    """When somebody can come earlier, and who takes them home and stays then."""

    PLACES = {"days": "days", "latest": "latest", "driver": "driver", "adult": "adult"}
    OTHER = "other"

    days = forms.TypedMultipleChoiceField(
        label=_("On which days can you come?"),
        choices=treatment.WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose one day of the week or more.")},
    )
    earliest = treatment.time_field()
    latest = treatment.time_field()
    driver = forms.ChoiceField(label=_("Who takes you home then?"), widget=forms.RadioSelect, required=False)
    driver_name = fields.text(_("Their first name, if it is somebody else"), empty=None, longest=LONGEST_NAME)
    adult = forms.ChoiceField(label=_("Who stays with you then?"), widget=forms.RadioSelect, required=False)
    adult_name = fields.text(_("Their first name, if it is somebody else"), empty=None, longest=LONGEST_NAME)

    def __init__(
        self,
        *args: Any,
        drivers: Sequence[CircleMember],
        adults: Sequence[CircleMember],
        before: Waiting | None,
        **kwargs: Any,
    ) -> None:
        """Offer those of the circle who can help. before: what they said last."""
        super().__init__(*args, initial=_said_before(before), **kwargs)
        for name, members in (("driver", drivers), ("adult", adults)):
            people = [(str(one.user_id), one.user.name) for one in members]
            self.fields[name].choices = [*people, (self.OTHER, _("Somebody else, by name"))]
        self.fields["earliest"].label = _("Not before")
        self.fields["latest"].label = _("Start at the latest")
        for name in ("earliest", "latest"):
            self.fields[name].required = False
            self.fields[name].help_text = _("Leave it empty if any hour is fine.")

    @property
    def wish(self) -> waiting.Wish:
        """Return what these words ask for. The form is valid."""
        typed = self.cleaned_data
        return waiting.Wish(
            days=tuple(typed["days"]),
            earliest=typed["earliest"],
            latest=typed["latest"],
            driver_id=self._member("driver"),
            driver_name=typed["driver_name"],
            adult_id=self._member("adult"),
            adult_name=typed["adult_name"],
        )

    def _member(self, field: str) -> UUID | None:
        chosen = self.cleaned_data[field]
        return UUID(chosen) if chosen and chosen != self.OTHER else None


def _said_before(before: Waiting | None) -> dict[str, Any]:
    if before is None:
        return {"days": list(range(5))}
    return {
        "days": before.days,
        "earliest": before.earliest,
        "latest": before.latest,
        "driver": str(before.driver_id or Sooner.OTHER),
        "driver_name": before.driver_name,
        "adult": str(before.adult_id or Sooner.OTHER),
        "adult_name": before.adult_name,
    }
