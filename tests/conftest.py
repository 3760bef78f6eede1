"""What every test may use."""

import os
import socket
from datetime import UTC, datetime

import pytest

from luna.notices import jobs
from luna.notices.lanes import Lanes
from tests import running

pytest_plugins = ["tests.cast", "tests.care", "tests.browser"]

INTERNET = (socket.AF_INET, socket.AF_INET6)
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_connect = socket.socket.connect


def pytest_collection_modifyitems(config, items):
    """On PostgreSQL, leave out what does not touch the database: it would only say the same again."""
    if os.environ.get("LUNA_TEST_DB") == "postgres":
        apart = [
            item for item in items if not (_uses_database(item) or item.get_closest_marker("both_engines"))
        ]
        config.hook.pytest_deselected(items=apart)
        items[:] = [item for item in items if item not in apart]


def _uses_database(item: pytest.Item) -> bool:
    names = {"db", "transactional_db", "django_db_setup"}
    return bool(item.get_closest_marker("django_db") or names & set(getattr(item, "fixturenames", ())))


@pytest.fixture
def now() -> datetime:
    """A Monday noon in New York, in the week before the clocks go forward there."""
    return datetime(2027, 3, 8, 17, 0, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="session")
def _only_this_machine():
    """Refuse every connection that would leave this machine."""

    def connect(self, address):
        if self.family in INTERNET and address[0] not in LOOPBACK:
            raise RuntimeError(f"A test tried to reach {address[0]}. Tests may only talk to this machine.")
        return _connect(self, address)

    socket.socket.connect = connect
    yield
    socket.socket.connect = _connect


@pytest.fixture(autouse=True)
def _nothing_on_its_way(monkeypatch):
    """Let no test hear of the letters of another."""
    lanes = Lanes()
    monkeypatch.setattr(jobs, "LANES", lanes)
    yield
    lanes.rest()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory) -> running.Luna:
    """Return an installation others begin as: all migrations take longer than most tests."""
    return running.migrated(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(scope="module")
def races(request, tmp_path_factory, migrated):
    """What came of every race beside this test module, run once in an installation of its own."""
    luna = running.like(migrated, tmp_path_factory.mktemp("races") / "luna")
    return luna.ask(f"from {request.module.__package__} import races\nanswer = races.run_all()")


@pytest.fixture
def make_luna(request, tmp_path):
    """Make real installations, each with its own folder and database; end whatever they started.

    They have their tables, unless they are bare.
    """
    made = []

    def make(name: str = "luna", *, bare: bool = False, **settings: str) -> running.Luna:
        if bare:
            made.append(running.Luna(tmp_path / name, {**running.new_database(), **settings}))
        else:
            migrated = request.getfixturevalue("migrated")
            made.append(running.like(migrated, tmp_path / name, **settings))
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.fixture
def luna(make_luna) -> running.Luna:
    """Return one real installation with its tables, not yet started."""
    return make_luna()


@pytest.fixture
def bare_luna(make_luna) -> running.Luna:
    """Return one real installation as it is before its first start: not even an empty database."""
    return make_luna(bare=True)


@pytest.fixture(scope="session")
def demonstrations(migrated, tmp_path_factory) -> running.Demonstrations:
    """Make demonstrations, each as new, faster than each would fill itself."""
    return running.Demonstrations(migrated, tmp_path_factory.mktemp("demonstrations"))


@pytest.fixture(scope="module")
def live(demonstrations):
    """Serve the demo clinic to real browsers, for all journeys of one file."""
    demo = demonstrations.new()
    try:
        yield demo.start("--demo")
    finally:
        demo.end()


@pytest.fixture
def new_demo(demonstrations, live):
    """Make the demo clinic that is served as new again."""
    demonstrations.renew(live)
