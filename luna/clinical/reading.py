"""Read a TOML text table by table, so that every complaint names its place and how to mend it."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from luna.clinical.errors import ContentError

T = TypeVar("T")

SLUG = re.compile(r"[a-z0-9-]{1,24}")
VERSION = re.compile(r"[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}")
LARGEST = 1_000_000
SHAPES: dict[type[Any], tuple[str, str]] = {
    str: ("a text", '"mood-acute"'),
    int: ("a whole number", "6"),
    bool: ("true or false", "true"),
    date: ("a day", "2027-11-01"),
    list: ("a list", '["one", "two"]'),
    dict: ("a table", '{ name = "value" }'),
}


class Grade(StrEnum):
    """How a number is known."""

    R = "R"
    """Retrieved from its primary source."""
    S = "S"
    """Secondary: retrieved from a copy or summary of the source."""
    B = "B"
    """Background knowledge, still to be checked."""
    D = "D"
    """A design proposal; a clinician must agree to it."""
    C = "C"
    """Computed from cited numbers."""


class Table:
    """One table of a text: each key is taken with its type, and `close` refuses the rest."""

    def __init__(self, values: Mapping[str, Any], path: str, error: type[ContentError]) -> None:
        self.values, self.path, self.error = values, path, error
        self.known: set[str] = set()

    def refuse(self, key: str, what: str, mend: str) -> NoReturn:
        """Raise this text's own error at a key; an empty key means the whole table."""
        raise self.error(".".join(filter(None, (self.path, key))) or "text", what, mend)

    def has(self, key: str) -> bool:
        """Tell whether the text gives this key."""
        self.known.add(key)
        return key in self.values

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """Return the value of a key, exactly of this kind; a key without a default is required."""
        name, example = SHAPES[kind]
        if not self.has(key):
            if default is None:
                self.refuse(key, "This is missing.", f"Add it, like {key} = {example}.")
            return default
        value = self.values[key]
        if type(value) is not kind:  # isinstance would let true pass for 1, and a time for a day
            self.refuse(key, f"{_short(value)} is not {name}.", f"Write it like {key} = {example}.")
        return value

    def text(self, key: str) -> str:
        """Return a text that is not blank."""
        value = self.take(key, str)
        if not value.strip():
            self.refuse(key, "This is blank.", "Write something here.")
        return value

    def slug(self, key: str) -> str:
        """Return an id: small letters, digits and hyphens, at most 24."""
        value = self.take(key, str)
        if not SLUG.fullmatch(value):
            self.refuse(
                key, f"{_short(value)} is not an id.", "Use 1 to 24 of a-z, 0-9 and -, like ride-home."
            )
        return value

    def version(self, key: str = "version") -> str:
        """Return a version of three numbers."""
        value = self.take(key, str)
        if not VERSION.fullmatch(value):
            self.refuse(key, f"{_short(value)} is not a version.", 'Write three numbers, like "1.0.0".')
        return value

    def whole(self, key: str, default: int | None = None, *, least: int = 0, most: int = 999) -> int:
        """Return a whole number within its limits."""
        value = self.take(key, int, default)
        if not least <= value <= most:
            self.refuse(key, f"{_short(value)} is out of range.", f"Use {least} to {most}.")
        return value

    def decimal(self, key: str) -> Decimal:
        """Return a finite number, as written."""
        value = self.values[key] if self.has(key) else self.refuse(key, "This is missing.", "Add a number.")
        if type(value) not in (int, Decimal) or not Decimal(value).is_finite():
            self.refuse(key, f"{_short(value)} is not a number.", f"Write it like {key} = 0.5.")
        if abs(value) > LARGEST:
            self.refuse(key, f"{_short(value)} is too large.", f"Use at most {LARGEST}.")
        return Decimal(value)

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Return a list of texts, without blanks or repeats."""
        values = self.take(key, list, None if required else [])
        if any(type(value) is not str or not value.strip() for value in values):
            self.refuse(key, f"{_short(values)} is not a list of texts.", f'Write it like {key} = ["one"].')
        if len(set(values)) < len(values) or (required and not values):
            self.refuse(key, "The list is empty or says a thing twice.", "Name each once, and at least one.")
        return tuple(values)

    def pick(self, key: str, options: Mapping[str, T], default: T | None = None) -> T:
        """Return what one of the allowed words stands for."""
        if not self.has(key):
            if default is None:
                self.refuse(key, "This is missing.", f"Use one of: {', '.join(options)}.")
            return default
        word = self.take(key, str)
        if word not in options:
            near = get_close_matches(word, options, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Use one of: {', '.join(options)}."
            self.refuse(key, f"There is no {_short(word)}.", hint)
        return options[word]

    def table(self, key: str) -> "Table":
        """Return the table under a key."""
        return Table(self.take(key, dict), f"{self.path}.{key}" if self.path else key, self.error)

    def tables(self, key: str, *, id_key: str = "id") -> tuple["Table", ...]:
        """Return the list of tables under a key, counted from 1 and named by their ids."""
        rows: list[Table] = []
        seen: set[str] = set()
        for place, values in enumerate(self.take(key, list, []), start=1):
            row = Table({}, ".".join(filter(None, (self.path, f"{key}[{place}]"))), self.error)
            if type(values) is not dict:
                row.refuse("", f"{_short(values)} is not a table.", f"Write each one as [[{key}]].")
            row.values, name = values, values.get(id_key)
            if isinstance(name, str):
                row.path += f" '{name[:24]}'"
                if name in seen:
                    row.refuse(id_key, "There is another one above.", "Give each one of its own.")
                seen.add(name)
            rows.append(row)
        return tuple(rows)

    def close(self) -> None:
        """Refuse the first key nobody asked for."""
        for key in self.values:
            if key not in self.known:
                near = get_close_matches(key, self.known, 1)
                hint = f"Did you mean {near[0]}?" if near else f"Use only: {', '.join(sorted(self.known))}."
                self.refuse(key, "Nothing reads this key.", hint)


def table_of(text: str, error: type[ContentError]) -> Table:
    """Return the whole text as a table. Raises the error given if it is not TOML."""
    try:
        return Table(tomllib.loads(text, parse_float=Decimal), "", error)
    except (ValueError, ArithmeticError, RecursionError) as problem:
        raise error("text", f"This is not TOML: {problem}.", "Mend that line; see toml.io.") from problem


def _short(value: object) -> str:
    shown = repr(str(value)) if isinstance(value, str | Decimal) else repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
