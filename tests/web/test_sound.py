"""The calm sounds a browser makes itself: heard, never loud, never cut off, and quiet at their end."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import expect

from tests.web import gallery
from tests.web.conftest import SITE

RATE = 22_050
SECONDS = 60  # what is rendered here: a whole sound, as the player schedules it
SOUNDS = ("rain", "waves", "wind", "tones")
# Renders one sound as the player would, faster than it is heard, and returns what is to be known of it.
RENDERED = """async ([name, rate, seconds]) => {
    const { schedule } = await import(document.querySelector("script[type=module]").src);
    const context = new OfflineAudioContext(2, rate * seconds, rate);
    schedule(context, name, seconds, 1);
    const buffer = await context.startRendering();
    const loudness = (channel, from, to) => {
        const part = buffer.getChannelData(channel).subarray(from * rate, to * rate);
        return Math.sqrt(part.reduce((sum, one) => sum + one * one, 0) / part.length);
    };
    const data = buffer.getChannelData(0);
    let peak = 0;
    for (const one of data) peak = Math.max(peak, Math.abs(one));
    const between = (from, to) => loudness(0, from, to);
    const each = Array.from({ length: 20 }, (_, at) => between(5 + at, 6 + at));
    return {
        peak,
        begin: between(0, 0.1),
        least: Math.min(...each),
        most: Math.max(...each),
        left: between(5, 25),
        right: loudness(1, 5, 25),
        end: between(seconds - 0.2, seconds),
    };
}"""
# The greatest step from one sample to the next at the seam of the looped noise, and anywhere else.
SEAM = """async ([rate]) => {
    const { SOUNDS } = await import(document.querySelector("script[type=module]").src);
    const context = new OfflineAudioContext(2, rate, rate);
    const [air] = SOUNDS.wind(context, context.destination);
    const data = air.buffer.getChannelData(0);
    let step = 0;
    for (let at = 1; at < data.length; at += 1) step = Math.max(step, Math.abs(data[at] - data[at - 1]));
    return [Math.abs(data[0] - data[data.length - 1]), step, air.loop];
}"""

pytestmark = pytest.mark.journey


@pytest.fixture
def open_player(page, site):
    """Open the player with a query in its address, on a page that was drawn for so many minutes."""

    def opened(query="", minutes=None):
        site["/calm/sounds"] = gallery.draw("web/sounds", minutes=minutes)
        page.goto(f"{SITE}/calm/sounds{query}")
        page.wait_for_selector("[data-player]:not([hidden])")
        return page

    return opened


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_is_heard_evenly_and_grows_quiet_at_its_end(open_player, name):
    found = open_player().evaluate(RENDERED, [name, RATE, SECONDS])

    assert found["peak"] < 1, "It would be cut off."
    assert found["begin"] < 0.01 < found["left"]
    assert found["least"] > 0.01, "It falls silent in between."
    assert found["most"] < 12 * found["least"]
    assert 0.5 < found["left"] / found["right"] < 2
    assert found["end"] < 0.002


def test_looped_noise_has_no_seam_to_hear(open_player):
    seam, step, loops = open_player().evaluate(SEAM, [RATE])

    assert loops
    assert seam <= step


def test_every_sound_can_be_chosen(open_player):
    page = open_player()

    made = page.evaluate(
        "import(document.querySelector('script[type=module]').src).then((m) => Object.keys(m.SOUNDS))"
    )
    offered = page.eval_on_selector_all("[name=sound]", "(all) => all.map((each) => each.value)")
    assert sorted(made) == sorted(offered) == sorted(SOUNDS)


def test_play_and_stop_by_keyboard_alone(open_player):
    page = open_player(minutes=260)
    page.focus("[data-play]")

    page.keyboard.press("Enter")
    expect(page.locator("[data-says]")).to_contain_text("Playing until ")
    expect(page.locator("[data-play]")).to_have_text("Stop")
    page.focus("[name=sound][value=rain]")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[name=sound][value=waves]")).to_be_checked()
    expect(page.locator("[data-play]")).to_have_text("Stop")
    page.focus("[name=volume]")
    page.keyboard.press("ArrowRight")
    assert page.input_value("[name=volume]") == "55"

    page.focus("[data-play]")
    page.keyboard.press("Space")
    expect(page.locator("[data-says]")).to_have_text("Nothing plays.")


def test_without_a_length_it_plays_until_it_is_stopped(open_player):
    page = open_player()

    page.click("[data-play]")

    expect(page.locator("[data-says]")).to_have_text("Playing until you stop it.")


def test_page_kept_on_the_phone_takes_the_length_from_its_address(open_player):
    assert open_player("?minutes=30").input_value("[name=minutes]") == "30"
    page = open_player("?minutes=77")
    assert page.input_value("[name=minutes]") == "77"
    expect(page.locator("[name=minutes] option:checked")).to_have_text("Infusion and after: 77 minutes")


@pytest.mark.parametrize("minutes", ["0077", "x", "-5", "1e3", "<b>"])
def test_length_that_is_none_is_left_alone(open_player, minutes):
    assert open_player(f"?minutes={minutes}").input_value("[name=minutes]") == "0"


def test_without_script_the_page_says_what_sound_needs(page, site):
    site["/"] = gallery.draw("web/sounds").replace("<script", "<meta")

    page.goto(f"{SITE}/")

    expect(page.get_by_text("Sound needs JavaScript")).to_be_visible()
    expect(page.locator("[data-player]")).to_be_hidden()


def test_breathing_gets_a_tone_that_ends_with_the_moon_held_still(page, site):
    site["/"] = gallery.draw("web/calm")
    page.goto(f"{SITE}/")

    page.get_by_role("button", name="Add sound").click()
    expect(page.get_by_role("button", name="No sound")).to_be_visible()
    page.get_by_text("Pause", exact=True).click()

    expect(page.get_by_role("button", name="Add sound")).to_be_visible()


def test_nothing_but_the_browser_makes_the_sound():
    script = Path(finders.find("sound.js")).read_text()

    loads = ("fetch(", "XMLHttpRequest", "http", ".mp3", "new Audio(")
    assert [word for word in loads if word in script] == []
