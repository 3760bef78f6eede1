"""Logs: what happened and to which ids, never to whom."""

import io
import json
import logging
import logging.config
from uuid import UUID

import pytest

from luna import logs

ID = UUID("0193a1b2-0000-7000-8000-000000000001")
SECRET = "q9ZcU5c0XwJ7nP1u8hTq2LrE4mVb6yKd"


@pytest.fixture
def log():
    """Return a logger and the lines it wrote, as values."""
    stream = io.StringIO()
    logger = logging.Logger("luna.test")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    logger.addHandler(handler)
    logger.lines = lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    return logger


def test_line_has_its_facts(log):
    log.warning("A job failed", extra={"job": "notices", "notice": ID, "tries": 2})

    (line,) = log.lines()
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "luna.test",
        "event": "A job failed",
        "job": "notices",
        "notice": str(ID),
        "tries": 2,
    }


def test_values_in_the_text_are_kept_only_when_they_cannot_be_personal(log):
    log.info("Sent %s to %s after %d tries", ID, "Bea Boyd", 3)

    assert log.lines()[0]["event"] == f"Sent {ID} to … after 3 tries"


def test_named_values_are_masked_too(log):
    log.info("Sent to %(name)s", {"name": "Bea Boyd"})

    assert log.lines()[0]["event"] == "Sent to …"


def test_number_that_is_a_text_does_not_break_the_line(log):
    log.info("Room %d", "Bea Boyd")

    assert log.lines()[0]["event"] == "Room %d"


@pytest.mark.threat("T6")
@pytest.mark.parametrize(
    "text",
    [
        "Failed for bea@example.org",
        "Called +1 (555) 010-0199",
        f"GET /i/{SECRET}",
        "GET /find?name=Bea",
    ],
)
def test_text_written_by_others_loses_what_looks_personal(log, text):
    log.info(text)

    event = log.lines()[0]["event"]
    assert logs.MASK in event
    assert not any(word in event for word in ("bea@", "555", SECRET, "Bea"))


def test_extra_text_is_dropped_unless_it_is_an_id_or_a_named_word(log):
    log.info("Opened", extra={"who": "Bea", "patient": str(ID), "plan": ID.hex, "reason": "no-reply"})

    line = log.lines()[0]
    assert {key: line.get(key) for key in ("who", "patient", "plan", "reason")} == {
        "who": None,
        "patient": str(ID),
        "plan": ID.hex,
        "reason": "no-reply",
    }


@pytest.mark.threat("T8")
def test_error_keeps_type_and_place_but_not_its_message(log):
    try:
        try:
            raise KeyError("bea@example.org")
        except KeyError as error:
            raise ValueError("Bea Boyd lives at 1 Quay") from error
    except ValueError:
        log.exception("A page failed")

    line = log.lines()[0]
    assert (line["error"], line["cause"]) == ("ValueError", "KeyError")
    assert line["where"][-1].endswith("test_error_keeps_type_and_place_but_not_its_message")
    assert "Bea" not in json.dumps(line)
    assert "bea@" not in json.dumps(line)


@pytest.mark.threat("T6")
def test_request_is_named_by_its_route(log, rf):
    class Match:
        route = "i/<str:secret>"

    request = rf.get(f"/i/{SECRET}?name=Bea")
    request.resolver_match = Match()
    log.warning("%s: %s", "Not Found", request.path, extra={"request": request, "status_code": 404})

    line = log.lines()[0]
    assert (line["method"], line["route"], line["status"]) == ("GET", "i/<str:secret>", 404)
    assert SECRET not in json.dumps(line)


@pytest.mark.threat("T6")
def test_page_not_found_writes_no_path(client, db, capfd):
    logging.config.dictConfig(logs.CONFIG)

    client.get(f"/no-such-page/{SECRET}?name=Bea")

    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["status"] for line in lines] == [404]
    assert SECRET not in json.dumps(lines)
    assert "Bea" not in json.dumps(lines)


def test_settings_send_every_record_through_the_formatter():
    assert logs.CONFIG["root"]["handlers"] == ["stderr"]
    assert logs.CONFIG["handlers"]["stderr"]["formatter"] == "json"
    assert all(logger["handlers"] == [] for logger in logs.CONFIG["loggers"].values())
