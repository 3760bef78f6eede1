"""What an operator may have set wrongly, each with the way to mend it."""

import difflib
import os
import re
from collections.abc import Iterator
from email.utils import parseaddr
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from luna import sqlite

MAIL_PROVIDERS = ("brevo", "mailersend", "postmark", "resend", "sparkpost")
# What a provider signs its hooks with; for one that signs nothing, a password of our own, for an address.
HOOK_SECRETS = {
    "mailersend": re.compile(r"[!-~]{16,}"),
    "resend": re.compile(r"(whsec_)?([A-Za-z0-9+/]{4}){4,}([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"),
}
TYPED = re.compile(r"[A-Za-z0-9_-]{24,}")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
ALL = {
    "LUNA_DATA", "LUNA_KEYS", "LUNA_TOMBSTONES", "LUNA_DB_KEY_FILE", "LUNA_HOST", "LUNA_BASE_URL",
    "LUNA_PROXIES", "LUNA_WORKERS", "LUNA_HEARTBEAT_URL", "LUNA_METRICS_TOKEN", "LUNA_AUDIT_EMAIL",
    "LUNA_PSEUDO", "LUNA_STATIC", "LUNA_SMTP_URL", "LUNA_MAIL_FROM",
    "LUNA_MAIL_PROVIDER", "LUNA_MAIL_KEY", "LUNA_MAIL_HOOK_SECRET",
    "LUNA_SMS_URL", "LUNA_SMS_FROM", "LUNA_VOICE_FROM", "LUNA_PUSH_HOSTS",
}  # fmt: skip


@register()
def operator_settings(**_kwargs) -> list[CheckMessage]:
    """Check the environment variables that docs/run-it.md lists."""
    return problems()


def problems() -> list[CheckMessage]:
    """Return what is wrong with the settings, worst first."""
    found = [*_folders(), *_addresses(), *_mail(), *_provider(), *_numbers(), *_unknown()]
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


def _provider() -> Iterator[CheckMessage]:
    url = urlsplit(settings.LUNA_SMS_URL)
    is_safe = url.scheme == "https" or (url.scheme == "http" and url.hostname == "127.0.0.1")
    if settings.LUNA_SMS_URL and not (is_safe and url.hostname and url.username and url.password):
        yield Error(
            "LUNA_SMS_URL is not the https address of a provider with an account and its secret.",
            hint="Write it like https://account:secret@api.example.org/2010-04-01.",
            id="luna.E006",
        )
    for name in ("LUNA_SMS_FROM", "LUNA_VOICE_FROM"):
        sender = getattr(settings, name)
        if sender and not (E164.fullmatch(sender) and settings.LUNA_SMS_URL):
            yield Error(
                f"{name} is {sender!r}, which no message can be sent from.",
                hint="Write a number of your provider like +12125550100, and set LUNA_SMS_URL.",
                id="luna.E007",
            )


def _mail() -> Iterator[CheckMessage]:
    named = settings.LUNA_MAIL_PROVIDER
    if named and named not in MAIL_PROVIDERS:
        yield Error(
            f"LUNA_MAIL_PROVIDER is {named!r}, which Luna does not know.",
            hint=f"Use one of: {', '.join(MAIL_PROVIDERS)}. Any other is reached with LUNA_SMTP_URL.",
            id="luna.E008",
        )
    if bool(named) != bool(settings.LUNA_MAIL_KEY) or (named and settings.LUNA_SMTP_URL):
        yield Error(
            "LUNA_MAIL_PROVIDER, LUNA_MAIL_KEY and LUNA_SMTP_URL do not fit together.",
            hint="Set the provider with its key, or the mail server's address, and not both.",
            id="luna.E009",
        )
    yield from _mail_hook()
    shown, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    if shown not in ("", "Luna"):
        yield Warning(
            f"LUNA_MAIL_FROM sends as {shown!r}, which stands open on every locked phone.",
            hint="Write the address alone, so that it says Luna. Nobody is to read of a clinic there.",
            id="luna.W005",
        )
    name, _at, host = address.rpartition("@")
    if not name or ("." not in host.strip(".") and host != "localhost"):
        yield Warning(
            f"LUNA_MAIL_FROM is {settings.DEFAULT_FROM_EMAIL!r}, which no push service takes a message from.",
            hint="Write a whole address, with a dot behind the @: luna@example.org.",
            id="luna.W003",
        )


def _mail_hook() -> Iterator[CheckMessage]:
    named, secret = settings.LUNA_MAIL_PROVIDER, settings.LUNA_MAIL_HOOK_SECRET
    if named and not secret:
        yield Warning(
            "LUNA_MAIL_HOOK_SECRET is not set, so a mail that comes back counts as sent.",
            hint="Have the provider tell /hooks/mail what became of mails: see docs/run-it.md.",
            id="luna.W004",
        )
    if secret and not (named and HOOK_SECRETS.get(named, TYPED).fullmatch(secret)):
        yield Error(
            "LUNA_MAIL_HOOK_SECRET is no secret for what LUNA_MAIL_PROVIDER tells later.",
            hint="Resend and MailerSend give you one with the webhook. For any other, make one with: "
            "openssl rand -hex 32",
            id="luna.E010",
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
