"""What an operator may have set wrongly, each with the way to mend it."""

import difflib
import os
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from luna import sqlite

ALL = {
    "LUNA_DATA", "LUNA_KEYS", "LUNA_TOMBSTONES", "LUNA_DB_KEY_FILE", "LUNA_HOST", "LUNA_BASE_URL",
    "LUNA_PROXIES", "LUNA_WORKERS", "LUNA_HEARTBEAT_URL", "LUNA_METRICS_TOKEN", "LUNA_AUDIT_EMAIL",
    "LUNA_PSEUDO", "LUNA_STATIC", "LUNA_SMTP_URL", "LUNA_MAIL_FROM",
}  # fmt: skip


@register()
def operator_settings(**_kwargs) -> list[CheckMessage]:
    """Check the environment variables that docs/run-it.md lists."""
    return problems()


def problems() -> list[CheckMessage]:
    """Return what is wrong with the settings, worst first."""
    found = [*_folders(), *_addresses(), *_numbers(), *_unknown()]
    return sorted(found, key=lambda problem: -problem.level)


def _folders() -> Iterator[CheckMessage]:
    for name in ("LUNA_KEYS", "LUNA_TOMBSTONES", "LUNA_DB_KEY_FILE"):
        path = getattr(settings, name)
        if path and path.is_relative_to(settings.LUNA_DATA):
            yield Error(
                f"{name} is {path}, inside the data folder.",
                hint="A copy of the data must not carry its keys. Move it outside LUNA_DATA.",
                id="luna.E001",
            )
    if settings.LUNA_DB_KEY_FILE:
        try:
            sqlite.read_key(settings.LUNA_DB_KEY_FILE)
        except (OSError, ValueError) as error:
            yield Error(
                f"LUNA_DB_KEY_FILE cannot be used: {error}",
                hint="Make a new database's key with: openssl rand -hex 32 > FILE; chmod 600 FILE",
                id="luna.E002",
            )


def _addresses() -> Iterator[CheckMessage]:
    base = urlsplit(settings.LUNA_BASE_URL)
    if base.scheme not in ("http", "https") or not base.hostname or base.path or base.query:
        yield Error(
            f"LUNA_BASE_URL is {settings.LUNA_BASE_URL!r}, which is not the start of an address.",
            hint="Write it like https://luna.example.org, without anything behind the name.",
            id="luna.E003",
        )
    watcher = urlsplit(settings.LUNA_HEARTBEAT_URL)
    if settings.LUNA_HEARTBEAT_URL and watcher.scheme not in ("http", "https"):
        yield Error(
            "LUNA_HEARTBEAT_URL is not an http or https address.",
            hint="Write the whole address that your watcher gave you.",
            id="luna.E004",
        )
    if _is_open(settings.LUNA_HOST) and base.scheme != "https":
        yield Warning(
            f"LUNA_HOST is {settings.LUNA_HOST}, so others can reach Luna, but LUNA_BASE_URL is not https.",
            hint="Put a proxy with TLS before Luna and set LUNA_BASE_URL to its https address.",
            id="luna.W001",
        )


def _is_open(host: str) -> bool:
    try:
        return bool(host) and not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def _numbers() -> Iterator[CheckMessage]:
    for name, lowest, highest in (("PORT", 1, 65535), ("LUNA_WORKERS", 1, 64), ("LUNA_PROXIES", 0, 9)):
        value = getattr(settings, name)
        if not (value.isdecimal() and lowest <= int(value) <= highest):
            yield Error(
                f"{name} is {value!r}, not a whole number.",
                hint=f"Write a number from {lowest} to {highest}, or leave it unset.",
                id="luna.E005",
            )


def _unknown() -> Iterator[CheckMessage]:
    for name in sorted(name for name in os.environ if name.startswith("LUNA_") and name not in ALL):
        if name.startswith("LUNA_TEST_"):
            continue
        near = difflib.get_close_matches(name, ALL, n=1)
        yield Warning(
            f"{name} is set, but there is no such setting.",
            hint=f"Did you mean {near[0]}?" if near else "The settings are listed in docs/run-it.md.",
            id="luna.W002",
        )
