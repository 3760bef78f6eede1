"""The `luna` command."""

import os
import sys
import uuid
from argparse import ArgumentParser, Namespace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import django
from django.core import management
from django.db import connections
from django.utils import timezone

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

    one = commands.add_parser("serve", help="run the pages and the clock until stopped")
    one.add_argument("--demo", action="store_true", help="fill a new database with a made-up clinic")
    one.set_defaults(run=serve)

    one = commands.add_parser("tick", help="run one more worker of the clock (PostgreSQL)")
    one.set_defaults(run=tick)

    one = commands.add_parser("doctor", help="say what is well, what is not, and what to do")
    one.add_argument("--go-live", action="store_true", help="ask also what real people's use needs")
    one.set_defaults(run=doctor)

    one = commands.add_parser("backup", help="write a sealed copy of the database")
    one.add_argument("file", type=Path)
    one.set_defaults(run=backup)

    one = commands.add_parser("backup-key", help="make the two keys of backups: luna backup-key new FILE")
    one.add_argument("what", choices=["new"])
    one.add_argument("file", type=Path, help="where to write the private key, to be taken away")
    one.set_defaults(run=backup_key)

    one = commands.add_parser("restore", help="put a backup in the place of an empty database")
    one.add_argument("file", type=Path)
    one.add_argument("--key", type=Path, required=True, help="the file with the private key")
    one.set_defaults(run=restore)

    one = commands.add_parser("audit", help="check the audit, or print its heads to keep elsewhere")
    one.add_argument("what", choices=["verify", "head"])
    one.add_argument("--heads", type=Path, help="verify: a file with heads printed earlier")
    one.set_defaults(run=audit)

    one = commands.add_parser("clinic", help="make a clinic and its first administrator: luna clinic new")
    one.add_argument("what", choices=["new"])
    for name, meaning in CLINIC.items():
        one.add_argument(f"--{name}", required=True, help=meaning)
    one.set_defaults(run=clinic)

    one = commands.add_parser("demo", help="start a demonstration over: luna demo reset")
    one.add_argument("what", choices=["reset"])
    one.set_defaults(run=demo)

    commands.add_parser("manage", help="run a command of Django, such as: luna manage migrate")
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
