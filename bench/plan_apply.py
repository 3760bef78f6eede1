"""How long it takes to work out a series' plan and the status of every task: plan.apply.ms."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter

from luna.clinical import plan, protocol, task

NAMES = ("plan.apply.ms", "plan.apply_360.ms")
ROUNDS = 200
STARTS = datetime(2027, 3, 8, 14, tzinfo=UTC)  # the clocks change in New York within the series
HEAD = """
id = "bench"
version = "1.0.0"
title = "Six infusions, sixty tasks"
indication = "depression"
review_by = 2027-11-01
reviewed_by = ""
[infusions]
count = "infusions"
minutes = "length"
stay = "length"
per_week = "3"
days = ["mon", "wed", "fri"]
evidence = ["bench"]
"""
NUMBER = """
[[number]]
id = "{id}"
value = {value}
unit = "{unit}"
text = "{id}"
grade = "R"
evidence = ["bench"]
"""
STEP = """
[[step]]
id = "step-{n}"
actor = "{actor}"
anchor = "{anchor}"
kind = "schedule"
safe_side = "earlier"
kind_time = true
opens = "{opens}"
due = "{due}"
closes = "{closes}"
"""
WINDOWS = (
    ("start", "-16h", "-fasting", "-fasting"),
    ("start", "day-1 18:00", "day-1 20:00", "day-1 22:00"),
    ("start", "-2d", "day-1 20:00", "-1h"),
    ("end", "0min", "1h", "4h"),
    ("home", "0min", "2h", "4h"),
)


def measure() -> list[dict[str, object]]:
    """Time plan and statuses of six infusions, half of the tasks marked: ten steps each, then sixty."""
    return [_measure(name, copies) for name, copies in zip(NAMES, (1, 6), strict=True)]


def _measure(name: str, copies: int) -> dict[str, object]:
    written, facts = _protocol(copies), _facts()
    tasks = plan.apply(written, facts)
    marks = [
        task.Mark(task_key=one.key, done=True, revision=1, at=one.due_at, by="bench") for one in tasks[::2]
    ]
    now = STARTS + timedelta(days=6)
    whole = _median(lambda: _stand(plan.apply(written, facts), marks, now))
    floor = _median(lambda: [replace(one) for one in tasks])
    return {
        "name": name,
        "value": round(whole * 1000, 3),
        "unit": "ms",
        "baseline": round(floor * 1000, 3),
        "note": f"{len(tasks)} tasks of 6 infusions, with {len(marks)} marks; median of {ROUNDS}; "
        "baseline: only copying the finished tasks",
    }


def _stand(tasks: tuple[plan.Task, ...], marks: list[task.Mark], now: datetime) -> list[task.TaskStatus]:
    marked = task.by_key(marks)
    return [task.status(one, marked.get(one.key, ()), now) for one in tasks]


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        work()
        times.append(perf_counter() - begun)
    return median(times)


def _protocol(copies: int) -> protocol.Protocol:
    numbers = (("infusions", 6, "count"), ("length", 40, "min"), ("fasting", 6, "h"))
    steps = [
        STEP.format(n=n, actor=actor, anchor=anchor, opens=opens, due=due, closes=closes)
        for n, (actor, (anchor, opens, due, closes)) in enumerate(
            (actor, window) for actor in ("patient", "caretaker") for window in WINDOWS * copies
        )
    ]
    text = HEAD + "".join(NUMBER.format(id=id, value=value, unit=unit) for id, value, unit in numbers)
    return protocol.read_protocol(text + "".join(steps))


def _facts() -> plan.SeriesFacts:
    starts = [STARTS + timedelta(days=days) for days in (0, 2, 4, 7, 9, 11)]
    bookings = tuple(
        plan.Booking(
            infusion=f"{number:032x}",
            number=number,
            revision=1,
            starts_at=start,
            ends_at=start + timedelta(hours=2),
            home_at=start + timedelta(hours=4),
        )
        for number, start in enumerate(starts, start=1)
    )
    return plan.SeriesFacts(series="5" * 32, zone="America/New_York", bookings=bookings)
