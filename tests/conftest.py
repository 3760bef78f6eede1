"""What every test may use."""

import socket
from datetime import UTC, datetime

import pytest

pytest_plugins = ["tests.cast"]

INTERNET = (socket.AF_INET, socket.AF_INET6)
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_connect = socket.socket.connect


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
