"""How long the board of who is ready takes for 10, 100 and 1,000 infusions a day.

Each size has a database of its own in a process of its own, on SQLite as `luna serve` uses it. The patients
are copies of one with a signed consent, a decision and five more infusions to come; some things are missing,
so every row waits for somebody. The clock looks at all of them first, as it does within
a day. The page is asked for as a browser asks, twice first; so is the page with everything on it, which no
part of a day cuts short. Once more nothing was kept: the longest it takes.
"""

import json
import os
import subprocess
import sys
import tempfile
from statistics import median
from time import perf_counter
from typing import Any

NAMES = (
    "readiness.board.ms_10",
    "readiness.board.ms_100",
    "readiness.board.ms_1000",
    "readiness.board.ms_1000_all",
    "readiness.board.ms_1000_worked_out",
)
SIZES = (10, 100, 1_000)
ROUNDS = 7


def measure() -> list[dict[str, object]]:
    """Time the board at each size, kept by the clock; the largest also with everything, and worked out."""
    found = []
    for name, size in zip(NAMES, SIZES, strict=False):
        times = _in_own_process(size)
        about = f"the whole page at {size} infusions today, median of {ROUNDS}, SQLite"
        found.append({"name": name, "value": times["kept"], "note": f"{about}, {times['queries']} queries"})
    note = (
        f"the same at {SIZES[-1]} with all of them on it, median of {ROUNDS}, {times['all_queries']} queries"
    )
    found.append({"name": NAMES[3], "value": times["all"], "note": note})
    note = f"the same at {SIZES[-1]}, when the clock has kept none of them, once"
    found.append({"name": NAMES[4], "value": times["worked_out"], "note": note})
    return [{"unit": "ms", "baseline": None, **one} for one in found]


def _in_own_process(size: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="luna-bench-") as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LUNA_")}
        environment |= {"LUNA_DATA": f"{folder}/data", "DJANGO_SETTINGS_MODULE": "luna.settings"}
        environment.pop("DATABASE_URL", None)
        done = subprocess.run(
            [sys.executable, "-m", "bench.board", str(size)],
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
        )
    return dict(json.loads(done.stdout))


def _times(size: int) -> dict[str, float]:
    """Fill a new database; return the times in ms of the page, and the queries of what is kept."""
    import django  # noqa: PLC0415 -- the settings of this process are known only now

    django.setup()
    from django.conf import settings  # noqa: PLC0415 -- needs the settings above
    from django.core.management import call_command  # noqa: PLC0415 -- as above
    from django.db import connection  # noqa: PLC0415 -- as above
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 -- as above

    from luna import static  # noqa: PLC0415 -- as above
    from luna.careplan.models import Standing  # noqa: PLC0415 -- as above

    settings.ALLOWED_HOSTS, settings.STATIC_ROOT = ["testserver"], static.build()
    call_command("migrate", verbosity=0)
    browser = _fill(size)

    def page(query: str = "") -> float:
        begun = perf_counter()
        if browser.get(f"/clinic/readiness{query}").status_code != 200:
            raise RuntimeError("The board did not open.")
        return (perf_counter() - begun) * 1000

    def usual(query: str = "") -> tuple[float, int]:
        page(query), page(query)
        ms = round(median(page(query) for _round in range(ROUNDS)), 1)
        with CaptureQueriesContext(connection) as queries:
            page(query)
        return ms, len(queries)

    kept, queries = usual()
    everything, all_queries = usual("?all=1")
    Standing.objects.all().delete()
    return {
        "kept": kept,
        "queries": queries,
        "all": everything,
        "all_queries": all_queries,
        "worked_out": round(page()),
    }


def _fill(size: int) -> Any:
    """Have the clock look at so many patients on the day of their infusion; return a nurse's browser."""
    from django.utils import timezone  # noqa: PLC0415 -- needs the settings of this process

    from luna.careplan import jobs  # noqa: PLC0415 -- as above
    from luna.feed.models import Wake  # noqa: PLC0415 -- as above
    from tests import care, cast, crowd  # noqa: PLC0415 -- as above
    from tests.consents import asking  # noqa: PLC0415 -- as above

    now = care.at("03-15 07:00")
    timezone.now = lambda: now  # the page has no other clock
    made = cast.build(care.at("03-01 12:00"))
    asking.sign_text(made, care.at("03-02 12:00"))
    asking.sign(made, care.at("03-02 12:05"))
    care.start(made, care.at("03-05 12:00"))
    crowd.of(made.ana_patient, size - 1)
    Wake.objects.update(wake_at=now)
    while jobs.run(now):
        pass
    return made.browser("nia", now, fresh=True)


if __name__ == "__main__":
    print(json.dumps(_times(int(sys.argv[1]))))
