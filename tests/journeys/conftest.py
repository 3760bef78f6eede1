"""Who takes part in a journey."""

import pytest

from tests.journeys.somebody import Somebody


@pytest.fixture
def somebody(browse, live, axe):
    """Sit somebody down at a device of their own: somebody("sam@harbor.example", width=320, dark=True)."""

    def sit_down(email: str = "", **options) -> Somebody:
        return Somebody(browse(live, "/offline", **options), live, axe, email)

    return sit_down
