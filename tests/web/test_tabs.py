"""Every page lies in one place of the navigation, and that place is lit."""

import re

import pytest
from django.test import RequestFactory

from luna.web import context
from tests.test_access import patterns

PLACEHOLDER = re.compile(r"<[^>]+>")
# The poll, the door, and what leaves no trace of where somebody was; an account is nobody's place.
NOWHERE = {"feed", "clinic", "write"}


def lit(viewer, path, now):
    """Return the names of the tabs that are lit on a page."""
    request = RequestFactory().get(path)
    request.viewer, request.feed, request.now = viewer, 0, now
    request._messages = ()
    return [tab.label for tab in context.page(request)["nav"] if tab.current]


def pages(kind):
    """Return the address of every page of its own that a capacity may open."""
    return sorted(
        "/" + PLACEHOLDER.sub("x", str(one.pattern))
        for one in patterns()
        if kind in getattr(one.callback, "capacities", ()) and one.name not in NOWHERE
    )


@pytest.mark.parametrize(("who", "kind"), [("diaz", "staff"), ("ana", "patient"), ("bea", "caretaker")])
def test_every_page_lights_one_tab(cast, now, who, kind):
    viewer = cast.sees(who)

    assert {path: found for path in pages(kind) if len(found := lit(viewer, path, now)) != 1} == {}


@pytest.mark.parametrize(
    ("who", "path", "tab"),
    [
        ("nia", "/clinic/consents", "Patients"),
        ("nia", "/clinic/invitations", "Patients"),
        ("nia", "/clinic/calls", "Messages"),
        ("nia", "/clinic/check-ins/x", "At home"),
        ("nia", "/clinic/orders/x", "Series"),
        ("nia", "/clinic/infusions/x/move", "Series"),
        ("nia", "/clinic/permissions", "Settings"),
        ("diaz", "/clinic/ladder", "Settings"),
        ("diaz", "/clinic/access-review", "Audit"),
        ("ana", "/consents/treatment", "Now"),
        ("ana", "/medicine-plan", "Plan"),
        ("ana", "/fasting", "Plan"),
        ("ana", "/who-looked", "Circle"),
        ("bea", "/duty/x", "Circle"),
        ("bea", "/check-in/x", "Now"),
    ],
)
def test_page_lies_where_it_is_looked_for(cast, now, who, path, tab):
    assert lit(cast.sees(who), path, now) == [tab]


@pytest.mark.parametrize("path", ["/me", "/calm-down", "/clinic/seriesx"])
def test_page_that_lies_nowhere_lights_none(cast, now, path):
    assert lit(cast.sees("nia"), path, now) == []
