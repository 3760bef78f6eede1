"""Logs: one JSON object a line on stderr, holding what happened and to which ids, never to whom.

Names, answers, addresses and links must not reach a log, whoever wrote the log call. So a line keeps
the fixed text of the call and only those values that cannot be personal: numbers, times, UUIDs and a few
named words. An error keeps its type and the lines of code it came through, not its message.
A request is named by its route, `i/<token>`, not by its path.
"""

import json
import logging
import re
import traceback
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

MASK = "…"
SAFE_TYPES = (bool, int, float, UUID, datetime, date, time, timedelta, type(None))
SAFE_WORDS = {"job", "verb", "reason", "channel", "state", "check", "child"}
_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
_PERSONAL = re.compile(
    r"\S+@\S+"  # addresses
    r"|[A-Za-z0-9_-]{24,}"  # tokens, but not the parts of a UUID
    r"|\+?\d[\d ().-]{6,}\d"  # telephone numbers
    r"|\?\S+=\S*"  # query strings
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_UUID_HEX = re.compile(r"[0-9a-f]{32}")


class JsonFormatter(logging.Formatter):
    """Write a record as one line of JSON without personal data."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for record."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": event(record),
            **request_facts(record),
            **extras(record),
        }
        if record.exc_info and record.exc_info[1]:
            line |= error_facts(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def event(record: logging.LogRecord) -> str:
    """Return the text of the log call, its values masked unless they are safe."""
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    args = record.args or ()
    if isinstance(args, dict):
        args = {key: _safe(value) for key, value in args.items()}
    else:
        args = tuple(map(_safe, args))
    try:
        text = record.msg % args if args else record.msg
    except (TypeError, ValueError):  # "%d" with a masked value
        text = record.msg
    return mask(text)


def mask(text: str) -> str:
    """Return text with whatever looks like an address, a token, a number to call or a query left out."""
    pieces = _UUID.split(text)
    uuids = [*_UUID.findall(text), ""]
    return "".join(_PERSONAL.sub(MASK, piece) + uuid for piece, uuid in zip(pieces, uuids, strict=True))


def request_facts(record: logging.LogRecord) -> dict:
    """Return the route and the status of the request that the record is about, if any."""
    request = getattr(record, "request", None)
    facts = {}
    if request is not None and hasattr(request, "META"):
        match = getattr(request, "resolver_match", None)
        facts["method"] = request.method
        facts["route"] = match.route if match else None
    if isinstance(status := getattr(record, "status_code", None), int):
        facts["status"] = status
    return facts


def extras(record: logging.LogRecord) -> dict:
    """Return the values given by `extra=` that may be written down."""
    given = {key: value for key, value in vars(record).items() if key not in _STANDARD}
    return {
        key: value
        for key, value in given.items()
        if isinstance(value, SAFE_TYPES) or (isinstance(value, str) and _is_safe_word(key, value))
        if key not in {"request", "status_code"}
    }


def error_facts(error: BaseException) -> dict:
    """Return the type of error, what caused it, and the lines of code it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    facts = {
        "error": type(error).__qualname__,
        "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    cause = error.__cause__ or error.__context__
    if cause is not None:
        facts["cause"] = type(cause).__qualname__
    return facts


def _is_safe_word(key: str, value: str) -> bool:
    return key in SAFE_WORDS or bool(_UUID.fullmatch(value) or _UUID_HEX.fullmatch(value))


def _safe(value: object) -> object:
    return value if isinstance(value, SAFE_TYPES) else MASK


CONFIG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "luna.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Django's own handlers would write to the console and mail what they see.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # Who sets a PDF tells each step and each font.
        "weasyprint": {"handlers": [], "level": "ERROR"},
        "fontTools": {"handlers": [], "level": "ERROR"},
    },
}
