"""Protocols and bookings made for tests: small, and saying only what a test is about."""

from datetime import UTC, datetime, timedelta

from luna.clinical import plan, protocol

SERIES = "5" * 32
HEAD = """
id = "example"
version = "1.0.0"
title = "An example"
indication = "depression"
review_by = 2027-11-01
reviewed_by = ""
"""
INFUSIONS = """
[infusions]
count = "infusions"
minutes = "length"
stay = "stay"
per_week = "2-3"
days = ["mon", "wed", "fri"]
evidence = ["six-infusions"]
"""
NUMBERS = """
[[number]]
id = "infusions"
value = 6
unit = "count"
text = "Infusions in the series"
grade = "R"
evidence = ["six-infusions"]

[[number]]
id = "length"
value = 40
unit = "min"
text = "Minutes one infusion takes"
grade = "R"
evidence = ["six-infusions"]

[[number]]
id = "stay"
value = 2
unit = "h"
text = "Hours at the clinic"
grade = "D"
evidence = ["stay-default"]
"""
FASTING = """
[[number]]
id = "fasting"
value = 6
unit = "h"
text = "Hours without food"
grade = "B"
evidence = ["fasting-default"]
"""


def step_text(name: str = "ride", **changes: object) -> str:
    """Write one step: a patient's, from a day before each infusion until it starts."""
    keys = {
        "actor": "patient",
        "anchor": "start",
        "kind": "schedule",
        "opens": "-24h",
        "due": "-1h",
        "closes": "0min",
    }
    keys.update(changes)
    return "\n".join(["\n[[step]]", f'id = "{name}"', *(f"{key} = {_toml(keys[key])}" for key in keys)])


def protocol_text(*steps: str, numbers: str = NUMBERS, infusions: str = INFUSIONS, head: str = HEAD) -> str:
    """Write a whole protocol with these steps."""
    return head + infusions + numbers + "".join(steps or (step_text(),))


def make_protocol(*steps: str, numbers: str = NUMBERS) -> protocol.Protocol:
    """Read a protocol with these steps."""
    return protocol.read_protocol(protocol_text(*steps, numbers=numbers))


def one_step(**changes: object) -> protocol.Protocol:
    """Read a protocol with one step, `ride`."""
    return make_protocol(step_text(**changes))


def booking(number: int, starts_at: datetime, **changes: object) -> plan.Booking:
    """Book infusion `number` for two hours."""
    values = {"infusion": f"{number:032x}", "revision": 1, "ends_at": starts_at + timedelta(hours=2)}
    return plan.Booking(number=number, starts_at=starts_at, **{**values, **changes})


def series(*bookings: plan.Booking, zone: str = "Europe/Dublin", **changes: object) -> plan.SeriesFacts:
    """Gather the facts of a series."""
    return plan.SeriesFacts(series=SERIES, zone=zone, bookings=bookings, **changes)


def at(text: str) -> datetime:
    """Read a time in UTC, like 2027-03-08 09:00."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value).replace("'", '"')
