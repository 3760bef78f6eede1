from datetime import date, time, timedelta
from decimal import Decimal

import pytest

from luna.clinical import errors, protocol
from luna.clinical.moment import Moment, SafeSide
from luna.clinical.number import span_of
from luna.clinical.reading import Grade
from luna.clinical.triage import Urgency
from tests.clinical.examples import (
    FASTING,
    HEAD,
    INFUSIONS,
    NUMBERS,
    make_protocol,
    one_step,
    protocol_text,
    step_text,
)

HOUR = timedelta(hours=1)


def complaint(text):
    """Return what read_protocol says of a broken text."""
    with pytest.raises(errors.ProtocolError) as refused:
        protocol.read_protocol(text)
    assert str(refused.value) == f"{refused.value.path}: {refused.value.what} {refused.value.mend}"
    return str(refused.value)


def of_step(**changes):
    """Return what read_protocol says of one broken step."""
    return complaint(protocol_text(step_text(**changes)))


def test_protocol_is_read_whole():
    found = one_step()

    assert (found.id, found.version, found.title) == ("example", "1.0.0", "An example")
    assert (found.indication, found.review_by, found.reviewed_by) == ("depression", date(2027, 11, 1), "")
    assert found.infusions == protocol.Infusions(
        count=6,
        per_week="2-3",
        days=(0, 2, 4),
        minutes=40,
        stay_min=120,
        numbers=("infusions", "length", "stay"),
        evidence=("six-infusions",),
    )
    assert found.sources == ("six-infusions", "stay-default")


def test_step_has_the_plainest_and_safest_defaults():
    [step] = one_step().steps

    assert step == protocol.Step(
        id="ride",
        actor=protocol.Actor.PATIENT,
        anchor=protocol.Anchor.START,
        opens=Moment(offset=-24 * HOUR),
        due=Moment(offset=-HOUR),
        closes=Moment(offset=0 * HOUR),
        kind="schedule",
        infusions="all",
        gate=False,
        late_accepted=False,
        after_move=protocol.AfterMove.ASK_AGAIN,
        clock=protocol.Clock.CLINIC,
        safe_side=SafeSide.LATER,
        kind_time=False,
        guide=None,
        questionnaire=None,
        missed=None,
        every=None,
        times=1,
        numbers=(),
        evidence=(),
        needs=frozenset(),
        markable=True,
    )


def test_step_is_read_with_every_key():
    text = step_text(
        actor="caretaker",
        anchor="home",
        kind="recovery",
        opens="day+0 19:00",
        due="day+0 20:00",
        closes="day+1 07:30",
        infusions=[2, 3],
        gate=True,
        late_accepted=True,
        after_move="keep",
        clock="person",
        safe_side="earlier",
        kind_time=True,
        guide="watch",
        questionnaire="recovery",
        missed="urgent",
        every="1d",
        times=3,
        numbers=["fasting"],
        evidence=["watch-default"],
        needs=["alone"],
        markable=False,
    )

    [step] = make_protocol(text, numbers=NUMBERS + FASTING).steps

    assert step == protocol.Step(
        id="ride",
        actor=protocol.Actor.CARETAKER,
        anchor=protocol.Anchor.HOME,
        kind="recovery",
        opens=Moment(day=0, at=time(19)),
        due=Moment(day=0, at=time(20)),
        closes=Moment(day=1, at=time(7, 30)),
        infusions=frozenset({2, 3}),
        gate=True,
        late_accepted=True,
        after_move=protocol.AfterMove.KEEP,
        clock=protocol.Clock.PERSON,
        safe_side=SafeSide.EARLIER,
        kind_time=True,
        guide="watch",
        questionnaire="recovery",
        missed=Urgency.URGENT,
        every=timedelta(days=1),
        times=3,
        numbers=("fasting",),
        evidence=("watch-default",),
        needs=frozenset({"alone"}),
        markable=False,
    )


def test_number_is_read_with_its_source_and_grade():
    text = step_text(due="-fasting", closes="-fasting")

    found = make_protocol(text, numbers=NUMBERS + FASTING)

    assert found.numbers["fasting"] == protocol.Number(
        id="fasting",
        value=Decimal(6),
        unit="h",
        text="Hours without food",
        evidence=("fasting-default",),
        grade=Grade.B,
    )
    assert found.steps[0].numbers == ("fasting",)
    assert found.steps[0].due == Moment(offset=-6 * HOUR, number="fasting", sign=-1)


def test_number_needs_a_tick_when_background_or_by_design():
    found = make_protocol(step_text(due="-fasting", closes="-fasting"), numbers=NUMBERS + FASTING)

    ticks = {number.id for number in found.numbers.values() if number.needs_tick}
    assert ticks == {"fasting", "stay"}


@pytest.mark.parametrize(
    ("value", "unit", "span"),
    [("1.5", "h", 1.5 * HOUR), ("30", "min", HOUR / 2), ("400", "d", timedelta(days=400)), ("9", "mg", None)],
)
def test_span_of_a_number_follows_its_unit(value, unit, span):
    assert span_of(Decimal(value), unit) == span


@pytest.mark.parametrize("value", ["-1", "9601"])
def test_span_of_a_number_is_refused_outside_0_to_400_days(value):
    with pytest.raises(errors.BadSpan) as refused:
        span_of(Decimal(value), "h")

    assert str(refused.value) == f"{value} h is no time to wait. Use 0 to 400 days."


@pytest.mark.parametrize(
    ("infusions", "chosen"),
    [("all", [1, 2, 3, 4]), ("first", [2]), ("last", [4]), ([1, 3], [1, 3])],
)
def test_step_applies_to_the_infusions_it_names(infusions, chosen):
    [step] = one_step(infusions=infusions).steps

    assert [number for number in (1, 2, 3, 4) if step.applies_to(number, first=2, last=4)] == chosen


# Broken texts: the whole message, as its author reads it.


def test_text_is_refused_when_it_is_not_toml():
    assert complaint("id = \n") == (
        "text: This is not TOML: Invalid value (at line 1, column 6). Mend that line; see toml.io."
    )


@pytest.mark.parametrize("text", ["[" * 5000, f"a = {'9' * 5000}", "a = 1\na = 2", "\x00"])
def test_text_is_refused_when_it_is_hostile(text):
    assert complaint(text).startswith("text: This is not TOML")


def test_text_is_refused_when_a_key_is_misspelt():
    assert of_step(opnes="-1h") == "step[1] 'ride'.opnes: Nothing reads this key. Did you mean opens?"


def test_text_is_refused_when_a_top_key_is_unknown():
    text = protocol_text(head=HEAD + "colour = 1\n")

    assert complaint(text) == (
        "colour: Nothing reads this key. Use only: "
        "id, indication, infusions, number, review_by, reviewed_by, step, title, version."
    )


def test_text_is_refused_when_a_key_is_missing():
    assert complaint(protocol_text(head=HEAD.replace('id = "example"', ""))) == (
        'id: This is missing. Add it, like id = "mood-acute".'
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"1.0.0"', '"1.0"', "version: '1.0' is not a version. Write three numbers, like \"1.0.0\"."),
        ('"An example"', '" "', "title: This is blank. Write something here."),
        (
            "2027-11-01",
            '"soon"',
            "review_by: 'soon' is not a day. Write it like review_by = 2027-11-01.",
        ),
        (
            "2027-11-01",
            "2027-11-01T00:00:00Z",
            "review_by: datetime.datetime(2027, 11, 1, 0, 0, tzinfo=datetime.time... is not a day. "
            "Write it like review_by = 2027-11-01.",
        ),
        (
            '"example"',
            '"Ex ample"',
            "id: 'Ex ample' is not an id. Use 1 to 24 of a-z, 0-9 and -, like ride-home.",
        ),
    ],
)
def test_text_is_refused_when_its_head_is_wrong(old, new, message):
    assert complaint(protocol_text(head=HEAD.replace(old, new))) == message


def test_text_is_refused_when_there_are_no_steps():
    assert complaint(HEAD + INFUSIONS + NUMBERS) == "step: There are no steps. Add at least one [[step]]."


def test_text_is_refused_when_steps_are_not_tables():
    assert complaint(HEAD + "step = [1]\n" + INFUSIONS + NUMBERS) == (
        "step[1]: 1 is not a table. Write each one as [[step]]."
    )


def test_step_is_refused_when_its_id_is_taken():
    assert complaint(protocol_text(step_text(), step_text())) == (
        "step[2] 'ride'.id: There is another one above. Give each one of its own."
    )


@pytest.mark.parametrize("name", ["Ride", "ride home", "x" * 25, "", "ride_home"])
def test_step_is_refused_when_its_id_cannot_be_part_of_a_key(name):
    said = complaint(protocol_text(step_text(name)))

    assert said == (
        f"step[1] '{name[:24]}'.id: {name!r} is not an id. Use 1 to 24 of a-z, 0-9 and -, like ride-home."
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"actor": "doctor"},
            "actor: There is no 'doctor'. Use one of: patient, caretaker, clinic.",
        ),
        (
            {"anchor": "begin"},
            "anchor: There is no 'begin'. Use one of: start, end, left, home, series-start, series-end.",
        ),
        ({"anchor": "strat"}, "anchor: There is no 'strat'. Did you mean start?"),
        ({"opens": "8 hours"}, "opens: '8 hours' is not a time span. Write it like -12h, 30min or 2d."),
        ({"opens": 8}, 'opens: 8 is not a text. Write it like opens = "mood-acute".'),
        (
            {"due": "-fasting"},
            "due: There is no number 'fasting' that counts time. Use one of: length, stay.",
        ),
        (
            {"due": "-infusions"},
            "due: There is no number 'infusions' that counts time. Use one of: length, stay.",
        ),
        ({"opens": "-30min"}, "due: Opens, due and closes are not in that order. Put the earliest first."),
        ({"due": "1h"}, "due: Opens, due and closes are not in that order. Put the earliest first."),
        (
            {"opens": "0min", "due": "0min"},
            "closes: It closes the moment it opens. Open it earlier or close it later.",
        ),
        ({"gate": 1}, "gate: 1 is not true or false. Write it like gate = true."),
        (
            {"gate": True, "markable": False},
            "gate: Nobody could meet this gate. Make it markable, or give it a questionnaire.",
        ),
        (
            {"actor": "patient", "prescriber": True},
            "prescriber: A prescriber could not mark it. Make it a markable step of the clinic.",
        ),
        (
            {"actor": "clinic", "prescriber": True, "markable": False},
            "prescriber: A prescriber could not mark it. Make it a markable step of the clinic.",
        ),
        (
            {"missed": "urgent"},
            "missed: Only a check-in can go unanswered. Give it a questionnaire, or drop this.",
        ),
        ({"times": 2}, 'every: every and times go together. Write both, like every = "1d", times = 3.'),
        ({"every": "1d"}, 'every: every and times go together. Write both, like every = "1d", times = 3.'),
        ({"every": "-1d", "times": 2}, 'every: A step repeats forwards. Write it like "1d".'),
        (
            {"every": "a day", "times": 2},
            "every: 'a day' is not a time span. Write it like -12h, 30min or 2d.",
        ),
        ({"times": 0}, "times: 0 is out of range. Use 1 to 999."),
        ({"infusions": []}, "infusions: This is no list of infusions. Count from 1, like [1, 2]."),
        ({"infusions": [0]}, "infusions: This is no list of infusions. Count from 1, like [1, 2]."),
        (
            {"anchor": "series-end", "infusions": "all"},
            "infusions: A step of the series has no infusion. Drop this, or change the anchor.",
        ),
        ({"numbers": ["speed"]}, "numbers: There is no number 'speed'. There are: infusions, length, stay."),
        (
            {"needs": ["a", "a"]},
            "needs: The list is empty or says a thing twice. Name each once, and at least one.",
        ),
        ({"needs": [1]}, 'needs: [1] is not a list of texts. Write it like needs = ["one"].'),
        ({"due": "day-0 20:00"}, "safe_side: The clocks may skip its clock time. Write earlier or later."),
    ],
)
def test_step_is_refused_when_a_key_is_wrong(changes, message):
    assert of_step(**changes) == f"step[1] 'ride'.{message}"


def test_step_is_refused_when_its_clock_times_are_out_of_order():
    said = of_step(opens="day+0 20:00", due="day+0 19:00", closes="day+1 08:00", safe_side="later")

    assert said == "step[1] 'ride'.due: Opens, due and closes are not in that order. Put the earliest first."


def test_step_is_refused_when_a_clock_time_repeats_by_parts_of_a_day():
    said = of_step(opens="day-9 20:00", safe_side="later", every="12h", times=2)

    assert said == (
        "step[1] 'ride'.every: A step with a clock time repeats by whole days. Write it like \"1d\"."
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('grade = "B"\n', "", "grade: This is missing. Use one of: R, S, B, D, C."),
        ('"B"', '"A"', "grade: There is no 'A'. Use one of: R, S, B, D, C."),
        (
            '["fasting-default"]',
            "[]",
            "evidence: The list is empty or says a thing twice. Name each once, and at least one.",
        ),
        (
            '"h"',
            '"hours"',
            "unit: There is no 'hours'. Use one of: min, h, d, count, mg, mg/kg, mg/kg/h, mg/h, "
            "mL, mL/h, mmHg, /min, %, kg, points.",
        ),
        ("= 6", "= -6", "value: -6 is below zero. Put the sign where it is used."),
        ("= 6", "= nan", "value: 'NaN' is not a number. Write it like value = 0.5."),
        ("= 6", "= true", "value: True is not a number. Write it like value = 0.5."),
        ("= 6", "= 1e99999", "value: '1E+99999' is too large. Use at most 1000000."),
        ("= 6", "= 9601", "value: 9601 h is no time to wait. Use 0 to 400 days."),
        ("value = 6\n", "", "value: This is missing. Add a number."),
    ],
)
def test_number_is_refused_when_a_key_is_wrong(old, new, message):
    numbers = NUMBERS + FASTING.replace(old, new)

    assert complaint(protocol_text(numbers=numbers)) == f"number[4] 'fasting'.{message}"


def test_number_is_refused_when_it_could_be_read_as_a_span():
    numbers = NUMBERS + FASTING.replace('"fasting"', '"6h"')

    assert complaint(protocol_text(numbers=numbers)) == (
        "number[4] '6h'.id: '6h' does not start with a letter. Put a word first."
    )


def test_pregnancy_test_counts_for_whole_days():
    number = FASTING.replace("fasting", "pregnancy-test", 1)
    text = protocol_text(step_text(numbers=["pregnancy-test"]), numbers=NUMBERS + number)

    assert complaint(text).endswith('unit: A pregnancy test counts for whole days. Write "d".')


def test_number_is_refused_when_nothing_uses_it():
    assert complaint(protocol_text(numbers=NUMBERS + FASTING)) == (
        "number[4] 'fasting': Nothing uses this number. Name it in a step or [infusions], or drop it."
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'count = "infusions"',
            "count = 6",
            'count: This is a bare number. Make it a [[number]] and write its id: count = "id".',
        ),
        (
            'count = "infusions"',
            'count = "length"',
            "count: 'length' is 40 min. Use a whole number of count, 1 or more.",
        ),
        (
            'per_week = "2-3"',
            'per_week = "often"',
            'per_week: \'often\' is not how many there are in a week. Write "3", or "2-3".',
        ),
        (
            'minutes = "length"',
            'minutes = "infusions"',
            "minutes: 'infusions' is 6 count. Use a whole number of min, 1 or more.",
        ),
        ('minutes = "length"', 'minutes = "lenght"', "minutes: There is no 'lenght'. Did you mean length?"),
        ('"fri"', '"friday"', "days: There is no day 'friday'. Use mon, tue, wed, thu, fri, sat, sun."),
        (
            'evidence = ["six-infusions"]',
            "",
            'evidence: This is missing. Add it, like evidence = ["one", "two"].',
        ),
    ],
)
def test_infusions_are_refused_when_a_key_is_wrong(old, new, message):
    assert complaint(protocol_text(infusions=INFUSIONS.replace(old, new))) == f"infusions.{message}"


def test_infusions_are_refused_when_they_are_missing():
    assert complaint(protocol_text(infusions="")) == (
        'infusions: This is missing. Add it, like infusions = { name = "value" }.'
    )


def test_long_values_are_cut_in_messages():
    said = of_step(actor="x" * 2_000_000)

    assert len(said) < 200
