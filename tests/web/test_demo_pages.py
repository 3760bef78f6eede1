"""The pages of a demonstration exist in a demonstration, and nowhere else."""

import pytest
from django.test import Client

from luna import demo
from luna.people.models import Clinic

PAGES = ["/demo", "/demo/outbox"]
POSTS = ["/demo/as/maya", "/demo/as/rosa", "/demo/start-over"]


@pytest.fixture
def visitor(db, clock):
    demo.seed(clock.now)
    return Client()


@pytest.mark.threat("T7")
@pytest.mark.parametrize("path", PAGES)
def test_demo_pages_are_not_found_in_a_real_database(cast, client, path):
    assert client.get(path).status_code == 404


@pytest.mark.threat("T7")
@pytest.mark.parametrize("path", POSTS)
def test_demo_sign_in_is_not_found_in_a_real_database(cast, client, path):
    assert client.post(path).status_code == 404


def test_demo_lists_everybody_and_signs_in_as_each(visitor):
    page = visitor.get("/demo").content.decode()

    for one in demo.PEOPLE:
        assert f'action="/demo/as/{one.slug}"' in page
        landed = visitor.post(f"/demo/as/{one.slug}", follow=True)
        assert landed.status_code == 200, (one.slug, landed.redirect_chain)


def test_demo_sign_in_as_nobody_known_is_not_found(visitor):
    assert visitor.post("/demo/as/nobody").status_code == 404


def test_every_page_of_a_demonstration_says_so(visitor):
    visitor.post("/demo/as/maya")

    for path in ("/now", "/worried", "/calm"):
        assert "This is a demonstration with made-up people." in visitor.get(path).content.decode()


def test_start_over_signs_out_and_begins_again(visitor):
    visitor.post("/demo/as/maya")
    old = Clinic.objects.get().pk

    answer = visitor.post("/demo/start-over")

    assert answer.headers["Location"] == "/demo"
    assert Clinic.objects.get().pk != old
    assert visitor.get("/now").status_code == 302
