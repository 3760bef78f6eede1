"""Every part on a page, drawn by the real environment without a server or a database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace as Value

import jinja2
from django import forms
from django.template import engines

from luna.library import content
from luna.web import moon

FOLDER = Path(__file__).parent / "gallery"
OWN = sorted(path.stem for path in FOLDER.glob("*.html"))
PAGES = ["web/calm", "web/sounds", "web/offline", "error", *OWN]

CLINIC = Value(name="Harbor Clinic", country="US", zone="UTC", clock=24)
NOW = datetime(2025, 11, 21, 10, 24, 8, tzinfo=UTC)
WORDS = {"fine": "done", "warn": "missed", "draft": "later", "todo": "now", "na": "doesn’t apply"}


class Ride(forms.Form):
    """A form with one widget of each kind."""

    phone = forms.CharField(
        label="Driver’s phone number",
        help_text="Only if you’re late on the day.",
        error_messages={"required": "Enter a phone number we can call, like 555 0142"},
    )
    who = forms.ChoiceField(
        label="Who stays after?", choices=[("me", "Me"), ("other", "Someone else")], widget=forms.RadioSelect
    )
    days = forms.MultipleChoiceField(
        label="Which days?",
        choices=[("mon", "Monday"), ("fri", "Friday")],
        widget=forms.CheckboxSelectMultiple,
    )
    zone = forms.ChoiceField(label="Where?", choices=[("ny", "New York"), ("ie", "Dublin")])
    on = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    at = forms.TimeField(label="Time", widget=forms.TimeInput(attrs={"type": "time"}), required=False)
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agree = forms.BooleanField(label="I can do this", help_text="You can change your mind.")
    version = forms.IntegerField(widget=forms.HiddenInput, initial=3)


def environment() -> jinja2.Environment:
    """Return Luna's own environment, which also finds the pages of the gallery."""
    env = engines["jinja2"].env
    return env.overlay(loader=jinja2.ChoiceLoader([env.loader, jinja2.FileSystemLoader(FOLDER)]))


def draw(name: str, **more) -> str:
    """Return the html of one page of the gallery."""
    staff = name in ("readiness", "series")
    context = _staff() if staff else _people()
    return environment().get_template(f"{name}.html").render(**context, **(_own(name) | more))


def macro(file: str, name: str):
    """Return one macro, to call from a test."""
    return getattr(environment().get_template(f"parts/{file}.html").module, name)


def _people() -> dict:
    tabs = [
        ("Now", "moon-star", None),
        ("Plan", "list-checks", 2),
        ("Calm", "wind", None),
        ("Circle", "users-round", None),
    ]
    return {
        "viewer": Value(
            capacity_kind="caretaker", name="Sam", patient=Value(first_name="Maya"), looking=None
        ),
        "nav": [_tab(label, icon, count, label == "Now") for label, icon, count in tabs],
        "demo": Value(age_text="It was made 2 hours ago."),
        "messages": ["Saved. The clinic has it."],
        "clinic": CLINIC,
        "emergency_number": "911",
        "feed": 7,
    }


def _staff() -> dict:
    tabs = [
        ("Escalations", "bell", 1),
        ("Readiness", "list-checks", 3),
        ("At home", "house", None),
        ("Audit", "file-clock", None),
    ]
    return {
        "viewer": Value(capacity_kind="staff", name="Rosa Alvarez, RN", patient=None, looking=None),
        "clinic": CLINIC,
        "nav": [_tab(label, icon, count, label == "Readiness", count == 1) for label, icon, count in tabs],
        "feed": 7,
    }


def _tab(label, icon, count, current, hot=False) -> Value:
    return Value(label=label, icon=icon, url=f"/{label.lower()}", current=current, count=count, hot=hot)


def _own(name: str) -> dict:
    if name == "eve":
        return {"night": night()}
    if name == "form":
        return {"form": Ride({"phone": "", "zone": "ny", "note": "Late <shift>"})}
    if name == "series":
        return {"days": _days()}
    if name == "readiness":
        return {"now": NOW}
    if name == "web/offline":
        return {"countries": countries()}
    if name == "web/sounds":
        return {"minutes": 260}
    return {"status": 404} if name == "error" else {}


def night() -> moon.Arc:
    """Return the night of the prototype: 6 pm to 9.45 am, seen at 7.42 pm."""
    eve = datetime(2025, 11, 20, tzinfo=UTC)
    begins, now, food, drink, ends = (eve + timedelta(hours=hours) for hours in (18, 19.7, 22, 31.75, 33.75))
    return moon.arc(begins=begins, now=now, stops=[food, drink], ends=ends)


def _task(time: str, title: str, status: str) -> dict:
    return {
        "time": time,
        "title": title,
        "status": status,
        "word": WORDS[status],
        "url": "/t" if status == "todo" else "",
    }


def _days() -> list[dict]:
    eve = [
        [_task("10 pm", "Last food", "todo")],
        [_task("6 pm", "Make a light supper", "fine"), _task("9 pm", "Set out the comfort bag", "todo")],
        [_task("5 pm", "Confirm the ride", "warn")],
    ]
    day = [
        [_task("7:45 am", "Last clear drink", "draft")],
        [_task("8:50 am", "Leave home", "draft")],
        [_task("", "Weigh", "na")],
    ]
    return [
        {"day": "Wed 19 Nov", "note": "", "today": False, "infusion": False, "cells": [[], [], []]},
        {"day": "Thu 20 Nov", "note": "today", "today": True, "infusion": False, "cells": eve},
        {"day": "Fri 21 Nov", "note": "Infusion 3, 9:45 am", "today": False, "infusion": True, "cells": day},
    ]


def countries() -> list:
    """Return the packaged numbers of every country."""
    return [content.emergency(code) for code in content.names("emergency")]
