"""An open page hears of everything that came after what it shows."""

import re
import threading

import pytest
from django.db import connection

from luna.feed import actions as feed

FACTS = re.compile(r'FROM "(careplan|escalation|notices|treatment)_')


@pytest.mark.hazard("H5")
@pytest.mark.parametrize(
    ("who", "path"), [("bea", "/now"), ("nia", "/clinic/escalations"), ("nia", "/clinic/calls")]
)
def test_what_changes_while_a_page_is_drawn_is_not_missed(cast, care, clock, who, path):
    browser, was_read = cast.browser(who, clock.now), threading.Event()

    def change_once(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        if FACTS.search(sql) and not was_read.is_set():
            was_read.set()
            feed.bump(cast.harbour.id)
        return found

    with connection.execute_wrapper(change_once):
        page = browser.get(path).content.decode()

    assert was_read.is_set()
    drawn_at = re.search(r'data-feed="(\d+)"', page)[1]
    assert browser.get(f"/feed?since={drawn_at}").status_code == 200
