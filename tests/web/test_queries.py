"""A page asks the database as often in a large clinic as in a small one."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.signals import post_init
from django.urls import reverse
from django.utils import timezone

from luna import demo
from luna.checkins.models import Watch
from luna.escalation.models import Escalation, EscalationStep
from luna.people.models import Clinic, Patient
from luna.treatment.models import BookingRevision, Series
from tests import cast, crowd

SMALL, LARGE = 1, 989  # with the demonstration’s eleven patients: 12, and 1,000
BUSY = 30  # of the large clinic's patients: at home, and with an open escalation
IDLE = (Watch, Escalation, EscalationStep, BookingRevision)  # what the others have none of
# page -> the most queries it may make. More is not wrong, but is to be seen and thought about.
MOST = {
    ("sam", "/now"): 29,
    ("maya", "/now"): 33,
    ("sam", "/plan"): 22,
    ("sam", "/ride"): 23,
    ("sam", "/fasting"): 22,
    ("maya", "/fasting"): 22,
    ("rosa", "/clinic/series"): 28,
    ("rosa", "/clinic/escalations"): 13,
    ("rosa", "/clinic/at-home"): 25,
    ("rosa", "series"): 43,
    ("rosa", "/clinic/consents"): 13,
}


@pytest.fixture
def demonstration(db, monkeypatch):
    """The demonstration, with the clock standing still."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    demo.seed(now)
    return now


def ask(slug, path, now):
    """Return how many queries a page makes when it is looked at again."""
    user, capacity = demo.sign_in(slug)
    browser = cast.browser(user, capacity, now)
    if path == "series":
        path = reverse("series", args=[Series.objects.get(patient__user__email="maya@harbor.example").id])
    assert browser.get(path).status_code == 200  # writes the audit line of this hour
    count = 0

    def counting(execute, sql, params, many, context):
        nonlocal count
        count += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(counting):
        assert browser.get(path).status_code == 200
    return count


def rows_made(slug, path, now):
    """Return how many rows a page makes when looked at again: what it reads and does not show is too much."""
    user, capacity = demo.sign_in(slug)
    browser = cast.browser(user, capacity, now)
    assert browser.get(path).status_code == 200  # writes the audit lines of this hour
    made = []

    def note(sender, **_rest):
        made.append(sender)

    post_init.connect(note)
    try:
        assert browser.get(path).status_code == 200
    finally:
        post_init.disconnect(note)
    return Counter(one.__name__ for one in made)


def grow(size, start, *, busy):
    """Add `size` copies of Halima, who is at home and not well; only `busy` of them are."""
    halima = Patient.objects.get(user__email="halima@harbor.example")
    crowd.of(halima, busy, start=start)
    crowd.of(halima, size - busy, start=start + busy, without=IDLE)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # As a server does by itself; without, it plans for empty tables.


def test_pages_make_as_many_queries_for_a_thousand_patients_as_for_ten(demonstration):
    grow(SMALL, 0, busy=SMALL)
    small = {page: ask(*page, demonstration) for page in MOST}

    grow(LARGE - SMALL, SMALL, busy=BUSY)
    large = {page: ask(*page, demonstration) for page in MOST}

    assert Patient.objects.filter(clinic=Clinic.objects.get()).count() == 1000
    assert Watch.objects.filter(ends_at__gt=demonstration + timedelta(minutes=1)).count() > BUSY
    assert large == small
    assert {page: count for page, count in small.items() if count > MOST[page]} == {}


def test_consents_read_no_more_rows_of_three_hundred_patients_than_of_sixty(demonstration):
    grow(60, 0, busy=0)
    sixty = rows_made("rosa", "/clinic/consents", demonstration)

    grow(240, 60, busy=0)

    assert rows_made("rosa", "/clinic/consents", demonstration) == sixty
    assert sixty["Patient"] <= 50
