"""Structure of the parts: what a screen reader, a keyboard and a stylesheet rely on."""

import json

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test.html import parse_html
from jinja2 import UndefinedError
from markupsafe import Markup

from luna.web import icons
from tests.web import gallery

HOSTILE = "<img src=x onerror=alert(1)>\"'"


def same(drawn: str, expected: str) -> bool:
    """Say whether two pieces of html mean the same to a browser."""
    return parse_html(drawn) == parse_html(expected)


def words(drawn: str) -> str:
    """Return the html without its drawings, which other tests look at."""
    while "<svg" in drawn:
        drawn = drawn[: drawn.index("<svg")] + drawn[drawn.index("</svg>") + 6 :]
    return drawn


def page(source: str, **context) -> str:
    return gallery.environment().from_string(source).render(**context)


@pytest.mark.parametrize("name", gallery.PAGES)
def test_no_id_is_used_twice(name):
    ids = [part.split('"')[0] for part in gallery.draw(name).split(' id="')[1:]]

    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize("name", gallery.PAGES)
def test_every_described_by_points_at_something(name):
    drawn = gallery.draw(name)
    pointed = {
        each
        for attribute in ("aria-describedby", "aria-labelledby", "for")
        for part in drawn.split(f' {attribute}="')[1:]
        for each in part.split('"')[0].split()
    }

    assert [each for each in pointed if f' id="{each}"' not in drawn] == []


@pytest.mark.parametrize("name", gallery.PAGES)
def test_page_has_one_main_heading(name):
    assert gallery.draw(name).count("<h1") == 1


@pytest.mark.parametrize("level", ["fine", "note", "warn", "alarm", "todo", "running", "na"])
def test_severity_is_shape_then_word(level):
    drawn = gallery.macro("severity", "sev")(level, "Call back")

    assert same(words(drawn), f'<span class="sev {level}">Call back</span>')
    assert drawn.index("<svg") < drawn.index("Call back")


def test_every_level_has_its_own_shape():
    levels = ["fine", "note", "warn", "alarm", "todo", "running", "na"]

    assert len({gallery.macro("severity", "glyph")(level) for level in levels}) == len(levels)


def test_icons_are_hidden_from_screen_readers():
    assert same(
        gallery.macro("icons", "icon")("check"),
        '<svg class="i" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        '<path d="M20 6 9 17l-5-5"/></svg>',
    )


def test_unknown_icon_raises():
    with pytest.raises(UndefinedError, match="brain"):
        gallery.macro("icons", "icon")("brain")


def test_icons_start_somewhere():
    assert [name for name, path in icons.PATHS.items() if not path.startswith("M")] == []


def test_button_carries_its_answer():
    drawn = gallery.macro("buttons", "button")("Done", kind="moon", name="done", value="1", wide=True)

    assert same(
        drawn,
        '<button type="submit" class="btn btn--moon btn--wide" name="done" value="1" data-busy="Sending">'
        "<span>Done</span></button>",
    )


@pytest.mark.parametrize(
    ("text", "number", "shown", "seen"),
    [
        ("Call 911", "911", None, "Call 911"),
        (
            "Call the nurse line",
            "+15550142",
            "555 0142",
            'Call the nurse line <span class="nw">555 0142</span>',
        ),
        ("Samaritans", "116 123", None, 'Samaritans <span class="nw">116 123</span>'),
    ],
)
def test_call_button_always_shows_the_number(text, number, shown, seen):
    drawn = gallery.macro("buttons", "call_button")(text, number, shown)

    href = "tel:" + number.replace(" ", "")
    assert same(words(drawn), f'<a class="btn btn--wide" href="{href}"><span>{seen}</span></a>')


def test_choice_is_a_submit_button_never_chosen_beforehand():
    drawn = gallery.macro("choice", "choice")("No", "wake", "no", "I can’t wake her", shape_name="cross")

    assert same(
        words(drawn),
        '<button type="submit" class="choice" name="wake" value="no">'
        "<b>No</b> <span>I can’t wake her</span></button>",
    )


def test_choice_with_an_address_is_a_link():
    drawn = gallery.macro("choice", "choice")("No", href="#emergency")

    assert same(words(drawn), '<a class="choice" href="#emergency"><b>No</b></a>')


def test_timeline_says_done_in_words():
    item = gallery.macro("timeline", "tl_item")

    drawn = item(time="6 pm", iso="2027-03-08T18:00Z", title="Pack", state="done")

    assert same(
        drawn,
        '<li class="is-done"><time class="tl-time" datetime="2027-03-08T18:00Z">6 pm</time>'
        '<span class="tl-node"></span><div><h3>Pack<span class="vh"> (done)</span></h3></div></li>',
    )


def test_moons_always_come_with_words():
    drawn = gallery.macro("moon", "moons")(2, 6, "Infusion 3 of 6 tomorrow")

    assert same(words(drawn), '<p class="moons soft small"> <span>Infusion 3 of 6 tomorrow</span></p>')
    assert [drawn.count(state) for state in ("m-lit", "m-next", "m-later")] == [2, 1, 3]


def test_arc_is_decoration():
    drawn = gallery.macro("moon", "arc")(
        gallery.night(),
        begins="6 pm",
        stops=[("10 pm", "last food"), ("7:45 am", "last sip")],
        ends="9:45 am",
    )

    assert drawn.strip().startswith('<svg class="arc" viewBox="0 0 360 186" aria-hidden="true"')


def test_field_keeps_what_was_typed_and_says_what_is_wrong():
    drawn = gallery.macro("field", "text_field")(
        "code", "Code", value=HOSTILE, hint="From the e-mail", error="Enter 6 digits"
    )

    assert same(
        drawn,
        '<div class="field bad"><label class="label" for="id_code">Code</label>'
        '<p class="hint" id="id_code-hint">From the e-mail</p>'
        '<p class="err" id="id_code-error"><span class="vh">Error: </span>Enter 6 digits</p>'
        '<input class="input" id="id_code" name="code" type="text" aria-invalid="true"'
        ' aria-describedby="id_code-hint id_code-error"'
        ' value="&lt;img src=x onerror=alert(1)&gt;&#34;&#39;"></div>',
    )


def test_django_field_reads_the_same_as_a_plain_one():
    form = gallery.Ride({"phone": ""})
    plain = gallery.macro("field", "text_field")(
        "phone",
        form["phone"].label,
        hint=form["phone"].help_text,
        error=form.errors["phone"][0],
        required=True,
    )

    assert same(gallery.macro("field", "field")(form["phone"]), str(plain).replace(' value=""', ""))


def test_radios_are_a_group_with_a_legend():
    drawn = gallery.macro("field", "field")(gallery.Ride()["who"])

    expected = """<fieldset class="field" id="id_who"><legend class="label">Who stays after?</legend><div>
        <label class="check" for="id_who_0">
        <input type="radio" name="who" value="me" required id="id_who_0"><span>Me</span></label>
        <label class="check" for="id_who_1">
        <input type="radio" name="who" value="other" required id="id_who_1"><span>Someone else</span></label>
        </div></fieldset>"""
    assert same(drawn, expected)


def test_hidden_field_has_no_label():
    assert same(
        gallery.macro("field", "field")(gallery.Ride()["version"]),
        '<input type="hidden" name="version" value="3" id="id_version">',
    )


def test_error_summary_links_to_each_input():
    form = gallery.Ride({"zone": "ny", "on": "2027-03-08", "phone": "5", "agree": "on", "version": "3"})
    drawn = gallery.macro("field", "error_summary")(form, [(None, "Look again")])

    assert same(
        drawn,
        '<section class="errs" role="alert" tabindex="-1" aria-labelledby="errs-title" data-focus>'
        '<h2 id="errs-title">There is a problem</h2><ul><li>Look again</li>'
        '<li><a href="#id_who_0">This field is required.</a></li>'
        '<li><a href="#id_days_0">This field is required.</a></li></ul></section>',
    )


def test_error_summary_of_a_good_form_is_nothing():
    assert gallery.macro("field", "error_summary")(gallery.Ride()).strip() == ""


def test_client_id_is_fresh_each_time_and_kept_when_given():
    client_id = gallery.macro("field", "client_id")

    assert client_id() != client_id()
    assert client_id("7") == '<input type="hidden" name="client_id" value="7">'


@pytest.mark.parametrize("name", ["now", "eve", "readiness", "series"])
def test_words_of_people_are_never_markup(name):
    viewer = gallery.Value(
        capacity_kind="caretaker", name=HOSTILE, patient=gallery.Value(first_name=HOSTILE), looking=None
    )
    drawn = (
        gallery.environment()
        .get_template(f"{name}.html")
        .render(**{**gallery._people(), **gallery._own(name), "viewer": viewer, "messages": [HOSTILE]})
    )

    assert HOSTILE not in drawn
    assert str(Markup.escape(HOSTILE)) in drawn


def test_title_says_error_first_when_the_form_was_refused():
    source = '{% extends "plain.html" %}{% block title %}Ride{% endblock %}'

    good, bad = page(source, form=gallery.Ride()), page(source, form=gallery.Ride({}))

    assert "<title>Ride — Luna</title>" in good
    assert "<title>Error: Ride — Luna</title>" in bad


@pytest.mark.parametrize("status", [400, 403, 404, 500, 418])
def test_error_page_needs_nothing_but_its_number(status):
    drawn = gallery.environment().get_template("error.html").render(status=status)

    assert drawn.count('href="/worried"') == 1


def test_quiet_pacer_says_nothing_about_anybody():
    request = gallery.Value(GET={"quiet": ""})

    drawn = gallery.draw("web/calm", request=request)

    assert ("Maya" in drawn, "Sam" in drawn, "<nav" in drawn) == (False, False, False)


def test_misspelt_name_raises():
    with pytest.raises(UndefinedError, match="patinet"):
        page("{{ patinet }}")


def test_translation_escapes_what_it_is_given():
    drawn = page("{{ _('Caring for <b>%(name)s</b>', name=name) }}", name="<i>")

    assert drawn == "Caring for <b>&lt;i&gt;</b>"


@pytest.mark.parametrize(
    ("tab", "seen"),
    [
        ({"count": 3, "hot": False}, '<span class="rail-n">3<span class="vh"> waiting</span></span>'),
        (
            {"count": 1, "hot": True},
            '<span class="rail-n hot">1<span class="vh"> urgent, waiting</span></span>',
        ),
    ],
)
def test_rail_says_what_its_counts_are(tab, seen):
    nav = [gallery.Value(label="At home", icon="house", url="/h", current=False, **tab)]
    drawn = page('{% extends "staff.html" %}{% block title %}T{% endblock %}', nav=nav)

    assert seen in drawn


def test_manifest_names_icons_that_exist():
    manifest = json.loads(gallery.environment().get_template("web/manifest.webmanifest").render())

    paths = [icon["src"].removeprefix(settings.STATIC_URL) for icon in manifest["icons"]]
    assert [path for path in paths if finders.find(path) is None] == []
    assert {icon.get("purpose", "any") for icon in manifest["icons"]} == {"any", "maskable"}
