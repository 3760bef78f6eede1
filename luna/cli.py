"""The `luna` command."""

import os
import sys
import uuid
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import django
from django.conf import settings
from django.core import management
from django.db import connections
from django.utils import timezone

from luna.keys import KeysMissing

CLINIC = {
    "name": "as patients know it",
    "zone": "its time zone, like Europe/Dublin",
    "country": "two letters, like IE: decides the emergency numbers",
    "address": "where patients come to",
    "phone": "of the front desk",
    "nurse-line": "the number on every page for caretakers",
    "lead-email": "who hears when nobody else answers",
    "admin-name": "who sets up the rest",
    "admin-email": "where they sign in",
}


def main(words: list[str]) -> int:
    """Run the command that words spell; return the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "luna.settings")
    try:
        _ = settings.INSTALLED_APPS  # Read now, so that what is wrong is said in a sentence.
    except (KeysMissing, RuntimeError, ValueError) as problem:
        return _fail(f"Luna's settings cannot be used. {problem}")
    if words[:1] == ["manage"]:
        # Django reads its own options, so argparse must not.
        management.execute_from_command_line(["luna manage", *words[1:]])
        return 0
    given = parser().parse_args(words)
    django.setup()
    try:
        return given.run(given) or 0
    finally:
        connections.close_all()


def parser() -> ArgumentParser:
    """Return the grammar of the command."""
    made = ArgumentParser(prog="luna", description="Guidance around ketamine infusions.")
    commands = made.add_subparsers(title="commands", required=True, metavar="COMMAND")

    one = _add(commands, serve, "serve", "run the pages and the clock until stopped")
    one.add_argument("--demo", action="store_true", help="fill a new database with a made-up clinic")
    _add(commands, tick, "tick", "run one more worker of the clock (PostgreSQL)")
    one = _add(commands, doctor, "doctor", "say what is well, what is not, and what to do")
    one.add_argument("--go-live", action="store_true", help="ask also what real people's use needs")
    one = _add(commands, clinic, "clinic", "make a clinic and its first administrator", "new")
    for name, meaning in CLINIC.items():
        one.add_argument(f"--{name}", required=True, help=meaning)
    one = _add(commands, backup_key, "backup-key", "make the two keys of backups", "new")
    one.add_argument("file", type=Path, help="where to write the private key, to be taken away")
    one = _add(commands, backup, "backup", "write a sealed copy of the database")
    one.add_argument("file", type=Path)
    one = _add(commands, restore, "restore", "put a backup in the place of an empty database")
    one.add_argument("file", type=Path)
    one.add_argument("--key", type=Path, required=True, help="the file with the private key")
    one = _add(commands, audit, "audit", "check the audit, or print its heads", "verify", "head")
    one.add_argument("--heads", type=Path, help="verify: a file with heads printed earlier")
    _add(commands, demo, "demo", "start a demonstration over", "reset")
    commands.add_parser("manage", help="run a command of Django, such as: luna manage migrate")
    return made


def _add(commands: Any, run: Callable[[Namespace], int | None], name: str, meaning: str, *what: str) -> Any:
    """Add a command; with `what`, it is followed by one of those words."""
    made = commands.add_parser(name, help=f"{meaning}: luna {name} {'|'.join(what)}" if what else meaning)
    if what:
        made.add_argument("what", choices=what)
    made.set_defaults(run=run)
    return made


def serve(given: Namespace) -> int:
    """Run the pages and the clock."""
    return _of("serve").run(for_demo=given.demo)


def tick(_given: Namespace) -> None:
    """Run one worker of the clock."""
    _of("tick").run(uuid.uuid4())


def doctor(given: Namespace) -> int:
    """Print each finding; fail when something must be mended."""
    findings = _of("doctor").examine(timezone.now(), go_live=given.go_live)
    for finding in findings:
        print(finding)
    return int(any(finding.must_mend for finding in findings))


def backup_key(given: Namespace) -> int:
    """Make the keys of backups."""
    module = _of("backup")
    try:
        public = module.new_key(given.file)
    except module.Refused as problem:
        return _fail(problem)
    print(f"The public key is in {public}. Take {given.file} away from this machine now, and keep it safe:")
    print("without it no backup can be read.")
    return 0


def backup(given: Namespace) -> int:
    """Write a sealed copy of the database."""
    module = _of("backup")
    try:
        module.backup(given.file, timezone.now())
    except module.Refused as problem:
        return _fail(problem)
    print(f"The backup is in {given.file}. It holds no keys: keep a copy of the key folder apart from it.")
    return 0


def restore(given: Namespace) -> int:
    """Put a backup in the place of an empty database."""
    module, refused, cannot_open = _of("restore"), _of("backup").Refused, _of("seal").CannotOpen
    try:
        done = module.restore(given.file, given.key, timezone.now())
    except (refused, cannot_open) as problem:
        return _fail(problem)
    except OSError as error:
        return _fail(f"{error.filename} cannot be read: {error.strerror}.")
    print("The backup is restored. To make it safe:")
    for what, count in done.items():
        print(f"  {count:6} {what}")
    return 0


def audit(given: Namespace) -> int:
    """Verify the audit, or print the heads of its chains."""
    module = _of("doctor")
    if given.what == "head":
        print("\n".join(module.audit_heads()))
        return 0
    problems = module.audit_problems(given.heads.read_text().splitlines() if given.heads else [])
    print("\n".join(problems) or "Every line of the audit is as it was written.")
    return int(bool(problems))


def clinic(given: Namespace) -> int:
    """Make a clinic and its first administrator."""
    values = {name.replace("-", "_"): getattr(given, name.replace("-", "_")) for name in CLINIC}
    admin = {name: values.pop(name) for name in ("admin_name", "admin_email")}
    try:
        _of("people.actions.founding").found(values=values, **admin, now=timezone.now())
    except _of("people.errors").Refused as problem:
        return _fail(problem)
    print(f"The clinic is there. Its administrator gets a message; or sign in as {admin['admin_email']}.")
    return 0


def demo(_given: Namespace) -> int:
    """Empty a demonstration and fill it again."""
    installation = _of("people.models").Installation
    try:
        _of("demo").start_over(timezone.now())
    except installation.DoesNotExist:
        return _fail("This database is not a demonstration, so it is left as it is.")
    print("The demonstration starts over.")
    return 0


def _fail(problem: object) -> int:
    print(problem, file=sys.stderr)
    return 1


def _of(module: str) -> ModuleType:
    """Import a module of Luna, which needs Django to be set up."""
    return import_module(f"luna.{module}")
