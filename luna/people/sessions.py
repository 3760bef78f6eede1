"""How long a sign-in lasts: rules over what one browser's session holds. Values in, values out.

A session holds, as texts: `capacity` (as what the person acts), `second_factor`, `fresh_at`,
`began_at` and `seen_at` (instants), `own_device` (the person said this phone is theirs), `over` (the sign-in
was seen to have ended), and `typed` (a form that was sent just after that, for its writer alone).
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

IDLE = timedelta(minutes=15)
OWN_DEVICE = timedelta(days=30)  # patients and caretakers, on a phone of their own
STAFF_LONGEST = timedelta(hours=12)
KEEP_TYPED = timedelta(hours=1)  # long enough to fetch a code from a mailbox, too short for the next person
LARGEST_TYPED = 100_000  # letters
# What no sign-in is needed for: links that were opened, and what a passkey is asked.
ANYBODYS = ("invitation", "ride", "undo", "undo_number", "mfa.webauthn.state")
NOTE_EVERY = timedelta(minutes=1)  # that somebody is there is written at most this often


class Standing(Enum):
    """What a session allows now."""

    OPEN = "open"
    LOCKED = "locked"  # staff were away: the PIN or passkey opens it again, nothing typed is lost
    ENDED = "ended"


def standing(session: Mapping[str, Any], *, watching_until: datetime | None, now: datetime) -> Standing:
    """Return what a session allows at `now`.

    watching_until: until when the person watches over a patient at home; nothing ends before. What was seen
    to have ended stays so.
    """
    if session.get("over"):
        return Standing.ENDED
    if is_staff(session):
        return _staff(session, now)
    if watching_until is not None and now < watching_until:
        return Standing.OPEN
    if session.get("own_device"):
        is_over = _since(session, "began_at", now) > OWN_DEVICE
    else:
        is_over = _since(session, "seen_at", now) > IDLE
    return Standing.ENDED if is_over else Standing.OPEN


def is_staff(session: Mapping[str, Any]) -> bool:
    """Say whether the session acts as staff."""
    return str(session.get("capacity", "")).startswith("staff:")


def begin(session: MutableMapping[str, Any], now: datetime) -> None:
    """Note that a sign-in began."""
    session["began_at"] = session["seen_at"] = now.isoformat()


def note(session: MutableMapping[str, Any], now: datetime) -> None:
    """Note that somebody is there, unless that was noted a moment ago."""
    if "began_at" not in session:
        begin(session, now)
    elif _since(session, "seen_at", now) >= NOTE_EVERY:
        session["seen_at"] = now.isoformat()


def end(session: MutableMapping[str, Any]) -> None:
    """Note that a sign-in was seen to have ended: a watch that begins later does not open it again."""
    if not session.get("over"):
        session["over"] = True


def asked_of_anybody(session: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a session holds for whoever is there: from a link that was opened, or for a passkey."""
    return {name: session[name] for name in ANYBODYS if name in session}


def own_device(session: SessionBase, is_own: bool) -> None:
    """Keep the sign-in for long on a person's own phone; elsewhere, until the browser is closed."""
    session["own_device"] = is_own
    session.set_expiry(int(OWN_DEVICE.total_seconds()) if is_own else 0)


def act_as(session: MutableMapping[str, Any], capacity: str) -> None:
    """Go on as `capacity`. Who leaves the staff capacity gives the second factor again to come back."""
    if is_staff(session) and session["capacity"] != capacity:
        session.pop("second_factor", None)
        session.pop("fresh_at", None)
    session["capacity"] = capacity


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that was sent too late: to which address, and what was in it, as {name: values}."""

    to: str
    fields: Mapping[str, list[str]]
    capacity: str


def keep_typed(session: MutableMapping[str, Any], typed: Typed, *, user_id: Any, now: datetime) -> bool:
    """Keep a form in nobody's session until its writer signs in again; say whether it fits."""
    fields = {name: list(values) for name, values in typed.fields.items()}
    if sum(len(value) for values in fields.values() for value in values) > LARGEST_TYPED:
        return False
    session["typed"] = {
        "to": typed.to,
        "fields": fields,
        "capacity": typed.capacity,
        "by": str(user_id),
        "at": now.isoformat(),
    }
    return True


def typed(session: MutableMapping[str, Any], *, user_id: Any, now: datetime) -> Typed | None:
    """Return the form this person sent too late. Anybody else's, or an old one, is thrown away."""
    kept = session.get("typed")
    if kept is None:
        return None
    if kept["by"] != str(user_id) or now - datetime.fromisoformat(kept["at"]) > KEEP_TYPED:
        forget_typed(session)
        return None
    return Typed(kept["to"], kept["fields"], kept["capacity"])


def forget_typed(session: MutableMapping[str, Any]) -> None:
    """Throw the kept form away: it was sent, or its writer does not want it."""
    session.pop("typed", None)


def _staff(session: Mapping[str, Any], now: datetime) -> Standing:
    if _since(session, "second_factor", now) > STAFF_LONGEST:
        return Standing.ENDED
    return Standing.LOCKED if _since(session, "seen_at", now) > IDLE else Standing.OPEN


def _since(session: Mapping[str, Any], name: str, now: datetime) -> timedelta:
    at = session.get(name)
    return now - datetime.fromisoformat(at) if at else timedelta(0)


# What a browser says of itself, in the order to look: most also claim to be one of the later ones.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


def device(user_agent: str) -> tuple[str, str]:
    """Return the names of a browser and its system, empty where it does not say: ("Firefox", "Android")."""
    return _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for sign, name in names if sign in text), "")
