"""A form sent after the sign-in was lost: nobody may think that it arrived."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from tests.cast import browser
from tests.people import reading

LOST = "You are not signed in. What you just sent did not arrive: send it again."


def send(browser, path, referer):
    return browser.post(path, {"name": "Bea"}, headers={"Referer": referer}, follow=True)


def test_form_sent_without_sign_in_says_so_and_leads_back(cast):
    response = send(Client(), "/me/profile", "http://testserver/me/profile?x=1")

    assert response.redirect_chain == [("/sign-in?next=%2Fme%2Fprofile%3Fx%3D1", 302)]
    assert reading.flashes(response) == [LOST]


def test_form_sent_after_the_sign_in_ended_says_so_once(cast, clock):
    bea = browser(cast.bea, f"caretaker:{cast.ana_patient.id.hex}", clock.now)
    held = bea.session
    held["own_device"] = False
    held.save()
    bea.get("/me")
    clock.move(minutes=16)

    response = send(bea, "/me/profile", "http://testserver/me/profile")

    assert response.redirect_chain == [("/sign-in?next=%2Fme%2Fprofile", 302)]
    assert reading.flashes(response) == [LOST]


@pytest.mark.parametrize(
    "referer", ["", "https://evil.example/me", "http://testserver.evil.example/me", "//testserver/me", "x"]
)
def test_form_sent_from_elsewhere_leads_nowhere_else(cast, referer):
    response = send(Client(), "/me/profile", referer)

    expected = "/sign-in?next=%2Fme" if referer == "//testserver/me" else "/sign-in"
    assert response.redirect_chain == [(expected, 302)]


@pytest.mark.parametrize("path", ["/sw.js", "/sign-in", "/now"])
def test_answer_to_an_older_cookie_takes_no_newer_one_away(cast, clock, path):
    bea = browser(cast.bea, f"caretaker:{cast.ana_patient.id.hex}", clock.now)
    Session.objects.all().delete()  # as a form does that is sent at the same moment, too late

    response = bea.get(path)

    assert settings.SESSION_COOKIE_NAME not in response.cookies


def test_who_signs_out_keeps_no_cookie(cast, clock):
    bea = browser(cast.bea, f"caretaker:{cast.ana_patient.id.hex}", clock.now)

    bea.post("/sign-out")

    assert bea.cookies[settings.SESSION_COOKIE_NAME].value == ""
