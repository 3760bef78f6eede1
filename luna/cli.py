"""The `luna` command."""

import argparse
import os
import sys

import django
from django.core import management


def main(words: list[str]) -> int:
    """Run the command that words spell; return the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "luna.settings")
    if words[:1] == ["manage"]:
        # Django reads its own options, so argparse must not.
        management.execute_from_command_line(["luna manage", *words[1:]])
        return 0
    django.setup()
    arguments = _parser().parse_args(words)
    return arguments.run(arguments) or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="luna", description="Guidance around ketamine infusions.")
    commands = parser.add_subparsers(required=True, metavar="command")
    manage = commands.add_parser("manage", help="run a command of Django, such as migrate")
    manage.set_defaults(run=lambda arguments: sys.exit(2))
    return parser
