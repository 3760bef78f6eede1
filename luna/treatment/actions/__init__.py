"""Start a series, book and move its infusions, say what happened, and sign the protocol it follows."""

from luna.treatment.actions.bookings import book, cancel, move
from luna.treatment.actions.briefing import sign as sign_briefing
from luna.treatment.actions.duty import about as about_duty
from luna.treatment.actions.duty import say as say_duty
from luna.treatment.actions.duty import tell_open, uncovered
from luna.treatment.actions.moments import record_moment, take_back_moment
from luna.treatment.actions.orders import Wanted, countersign, sign_order, stop_order
from luna.treatment.actions.series import MOST, start_series, stop_series
from luna.treatment.actions.signing import sign
from luna.treatment.slots import Start

__all__ = [
    "MOST",
    "Start",
    "Wanted",
    "about_duty",
    "book",
    "cancel",
    "countersign",
    "move",
    "record_moment",
    "say_duty",
    "sign",
    "sign_briefing",
    "sign_order",
    "start_series",
    "stop_order",
    "stop_series",
    "take_back_moment",
    "tell_open",
    "uncovered",
]
