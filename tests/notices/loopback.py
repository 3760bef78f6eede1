"""Luna's settings for real processes that may take this machine for a push service."""

from luna.settings import *  # noqa: F403 -- all but one line is as in real life

LUNA_TEST_PUSH_ON_LOOPBACK = True
