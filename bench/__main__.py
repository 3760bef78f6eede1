"""Run every measure, or only some, and write bench/results.json.

    python -m bench                     every measure
    python -m bench plan.apply.ms       one measure, by its name (or ONLY=plan.apply.ms)
    python -m bench notices             those whose names begin so

Each other module here has NAMES, the measures it makes, and measure(), which makes them:
a list of {name, value, unit, baseline, note}. baseline: what the value is to be compared with.
"""

import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.json"
KEYS = ("name", "value", "unit", "baseline", "note")

Result = Mapping[str, object]


def modules() -> list[ModuleType]:
    """Return the modules here that measure something, by name."""
    names = sorted(found.name for found in pkgutil.iter_modules([str(FOLDER)]) if found.name != "__main__")
    return [
        module for name in names if hasattr(module := importlib.import_module(f"bench.{name}"), "measure")
    ]


def run(chosen: Iterable[ModuleType], only: str = "") -> list[Result]:
    """Return what the modules measure, or only what was asked for: how its name begins."""
    results: list[Result] = []
    for module in chosen:
        print(f"measuring {', '.join(module.NAMES)} ...", file=sys.stderr)
        results += [{key: found[key] for key in KEYS} for found in module.measure()]
    return [found for found in results if str(found["name"]).startswith(only)]


def merged(old: Iterable[Result], new: Iterable[Result]) -> list[Result]:
    """Return the new results with the old ones they do not replace, by name."""
    by_name = {str(found["name"]): found for found in (*old, *new)}
    return [by_name[name] for name in sorted(by_name)]


def table(results: Iterable[Result]) -> str:
    """Draw the results, one a line, with their notes below them."""
    lines = [f"{'measure':<28}{'value':>12}  {'unit':<8}{'baseline':>12}"]
    for found in results:
        value, baseline = found["value"], "-" if found["baseline"] is None else found["baseline"]
        lines += [f"{found['name']:<28}{value:>12}  {found['unit']:<8}{baseline:>12}", f"    {found['note']}"]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Measure, write the results and print them. Returns 2 for a name nobody measures."""
    only = arguments[0] if arguments else os.environ.get("ONLY", "")
    found = modules()
    chosen = [module for module in found if any(name.startswith(only) for name in module.NAMES)]
    if not chosen:
        known = ", ".join(name for module in found for name in module.NAMES)
        print(f"No measure is called {only!r}. There are: {known}.", file=sys.stderr)
        return 2
    results = run(chosen, only)
    old = json.loads(RESULTS.read_text()) if only and RESULTS.exists() else []
    RESULTS.write_text(json.dumps(merged(old, results), indent=2) + "\n")
    print(table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
