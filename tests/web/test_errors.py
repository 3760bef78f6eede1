"""Where there is no page, there are words and a way back."""

import pytest


@pytest.mark.parametrize("path", ["/home", "/sign-out"])
def test_an_address_that_only_takes_a_form_says_so(as_bea, path):
    answer = as_bea.get(path)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "This address only takes a form" in answer.content.decode()


def test_a_page_that_does_not_exist_says_so(client, db):
    answer = client.get("/nothing-here")

    assert answer.status_code == 404
    assert "We can’t find that page" in answer.content.decode()


@pytest.mark.threat("T10")
@pytest.mark.django_db
def test_byte_nobody_types_is_refused_before_it_is_read(cast, clock):
    staff = cast.browser("nia", clock.now)

    answers = [staff.post("/clinic/patients", {"q": "An\0a"}), staff.get("/clinic/patients?page=\0")]

    assert [answer.status_code for answer in answers] == [400, 400]
