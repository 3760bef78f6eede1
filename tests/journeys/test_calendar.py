"""A patient puts her times in a calendar: the clinic moves one, and it moves there; she ends the link."""

import re
import urllib.error
import urllib.request
from datetime import date, timedelta

import pytest
import vobject

from tests.journeys.test_moving import Nurse

pytestmark = pytest.mark.journey


@pytest.fixture
def rosa(browse, live, axe):
    """Sit Rosa down at her window."""
    found = Nurse(browse(live, "/offline", width=1280), live, axe)
    found.given_i_am("Rosa Alvarez")
    return found


def fetched(address: str) -> dict[str, vobject.base.Component]:
    """Return uid -> event, as a calendar program that knows nothing but the address finds them."""
    with urllib.request.urlopen(address) as answer:
        calendar = vobject.readOne(answer.read().decode())
    return {event.uid.value: event for event in calendar.vevent_list}


def test_times_follow_a_move_until_the_link_is_ended(somebody, rosa):
    maya = somebody(width=320)
    maya.given_i_am("Maya Okafor")
    maya.when_i_open("/plan")
    maya.when_i_follow("Put these times in your calendar")
    maya.then_i_read("Your calendar")
    maya.then_everybody_can_use_the_page()
    maya.page.get_by_role("button", name=re.compile("Make (my|a new) link")).click()
    maya.then_i_see("Your link is ready")
    maya.then_everybody_can_use_the_page()
    address = maya.page.get_by_label("The link, to copy").input_value()
    assert maya.page.get_by_role("link", name="Add it to this phone").get_attribute(
        "href"
    ) == address.replace("http:", "webcal:")
    before = fetched(address)

    rosa.given_the_move_of_the_next_infusion_of("Maya Okafor")
    new: date = rosa.day_typed() + timedelta(days=1)
    rosa.when_i_move_it_to(new, "13:30")
    rosa.then_i_see("1:30 pm")

    after = fetched(address)
    moved = [uid for uid in before if before[uid].dtstart.value != after[uid].dtstart.value]
    assert {after[uid].summary.value for uid in moved} >= {"Appointment", "Be there", "Last drink"}
    assert all(int(after[uid].sequence.value) > int(before[uid].sequence.value) for uid in moved)

    maya.when_i_open("/calendar")
    maya.then_i_do_not_see(address)
    maya.then_i_see("Last fetched today")
    maya.then_everybody_can_use_the_page()
    maya.when_i_press("End the link")
    maya.then_i_see("The link has ended.")
    with pytest.raises(urllib.error.HTTPError) as gone:
        fetched(address)
    with gone.value as answer:
        assert answer.code == 410
