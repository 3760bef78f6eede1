"""Words are filled in once and come out inert, whatever the names and texts bring along."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luna.clinical.protocol import Actor
from luna.library import wording
from luna.library.errors import BadPlaceholder, LibraryError

HOSTILE = "<script>alert(1)</script> {phone} {{7*7}} {% x %} \"'> <img src=x onerror=y> [a](javascript:x)"
FRONT = """+++
id = "rest"
version = "1.0.0"
title = "Rest, {patient}"
why = "You may."
done = "OK"
icon = "bed"
sources = ["effects-tired"]
review_by = 2027-11-01
reviewed_by = ""
+++
"""


def read(text):
    return wording.read_guide(text, actor=Actor.PATIENT, language="en", path="guides/patient/rest.en.md")


@pytest.mark.threat("T8")
def test_fill_puts_the_value_in_once():
    filled = wording.fill("{patient} and {patient}, {day}", {"patient": "{day}", "day": "{patient}"})

    assert filled == "{day} and {day}, {patient}"


def test_typeset_curves_apostrophes_and_leaves_quotation_marks():
    typed = "don't, it's Ana's: x = 'y', \"I'm here\""

    assert wording.typeset(typed) == "don’t, it’s Ana’s: x = 'y', \"I’m here\""


@pytest.mark.threat("T8")
def test_fill_html_escapes_every_value():
    filled = wording.fill_html("<p>Ask {patient}.</p>", {"patient": HOSTILE})

    assert filled == (
        "<p>Ask &lt;script&gt;alert(1)&lt;/script&gt; {phone} {{7*7}} {% x %} &quot;&#x27;&gt; "
        "&lt;img src=x onerror=y&gt; [a](javascript:x).</p>"
    )


@pytest.mark.threat("T8")
@given(st.text())
def test_filled_value_never_brings_markup(value):
    filled = wording.fill_html("<p>{patient}</p>", {"patient": value})

    assert (filled.count("<"), filled.count(">")) == (2, 2)


@pytest.mark.parametrize(
    "name", ["password", "patient.password_hash", "self", "0", "", " patient", "patient!r"]
)
def test_fill_refuses_a_name_that_is_not_on_the_list(name):
    with pytest.raises(BadPlaceholder):
        wording.fill(f"Hello {{{name}}}", {name: "x"})


def test_fill_refuses_a_name_without_a_value():
    with pytest.raises(BadPlaceholder) as refused:
        wording.fill("Ask {patient}.", {"clinic": "Harbor"})

    assert refused.value.what == "There is no value for {patient}."


@pytest.mark.threat("T8")
@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("a <b onclick=x>b</b>", "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>\n"),
        ("<style>p{color:red}</style>", "<p>&lt;style&gt;p{color:red}&lt;/style&gt;</p>\n"),
        (
            "![x](https://evil.example/x.png)",
            '<p>!<a href="https://evil.example/x.png" rel="noopener">x</a></p>\n',
        ),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](data:text/html,hi)", "<p>[x](data:text/html,hi)</p>\n"),
        ("[x](http://evil.example)", '<p><a rel="noopener">x</a></p>\n'),
        ("&lt;script&gt;", "<p>&lt;script&gt;</p>\n"),
        ("**a** *b*", "<p><strong>a</strong> <em>b</em></p>\n"),
    ],
)
def test_markdown_comes_out_inert(markdown, html):
    assert wording.render(markdown) == html


def test_guide_is_read_whole():
    guide = read(FRONT + "Rest **now**.\n")

    assert (guide.id, guide.title, guide.not_done, guide.html) == (
        "rest",
        "Rest, {patient}",
        "",
        "<p>Rest <strong>now</strong>.</p>\n",
    )


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Rest.", ""),
        (FRONT, ""),
        (FRONT.replace('"bed"', "bed"), ""),
        (FRONT.replace('icon = "bed"\n', "") + "x", ".icon"),
        (FRONT.replace('"OK"', '" "') + "x", ".done"),
        (FRONT.replace("1.0.0", "one") + "x", ".version"),
        (FRONT.replace('["effects-tired"]', "[]") + "x", ".sources"),
        (FRONT.replace("2027-11-01", '"soon"') + "x", ".review_by"),
        (FRONT.replace("why =", 'wye = "x"\nwhy =') + "x", ".wye"),
    ],
)
def test_broken_guide_names_the_place(text, key):
    with pytest.raises(LibraryError) as refused:
        read(text)

    assert refused.value.path == f"guides/patient/rest.en.md{key}"


@pytest.mark.threat("T8")
@pytest.mark.parametrize(
    "text",
    [
        FRONT.replace("{patient}", "{secret}") + "x",
        FRONT + "Ask {password}.",
        FRONT + "Ask {patient.user.password}.",
        FRONT + "Ask {address}.",  # of cards only: a guide has no address to show
        FRONT + "[x](https://example.org/{patient})",
        FRONT + "{{ config }}",
    ],
)
def test_guide_refuses_a_placeholder_nobody_may_fill(text):
    with pytest.raises(BadPlaceholder):
        read(text)
