"""The `luna` command."""

import argparse
import os
import uuid
from importlib import import_module

import django
from django.core import management


def main(words: list[str]) -> int:
    """Run the command that words spell; return the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "luna.settings")
    if words[:1] == ["manage"]:
        # Django reads its own options, so argparse must not.
        management.execute_from_command_line(["luna manage", *words[1:]])
        return 0
    arguments = parser().parse_args(words)
    django.setup()
    return arguments.run(arguments) or 0


def parser() -> argparse.ArgumentParser:
    """Return the grammar of the command."""
    made = argparse.ArgumentParser(prog="luna", description="Guidance around ketamine infusions.")
    commands = made.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the pages and the clock until stopped")
    serve.add_argument("--demo", action="store_true", help="fill a new database with a made-up clinic")
    serve.set_defaults(run=lambda given: _of("serve").run(for_demo=given.demo))

    tick = commands.add_parser("tick", help="run one more worker of the clock (PostgreSQL)")
    tick.set_defaults(run=lambda given: _of("tick").run(uuid.uuid4()))

    commands.add_parser("manage", help="run a command of Django, such as: manage migrate")
    return made


def _of(module: str):
    """Import a module of Luna once Django is ready for it."""
    return import_module(f"luna.{module}")
