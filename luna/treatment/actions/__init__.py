"""Start a series, book and move its infusions, say what happened, and sign the protocol it follows."""

from luna.treatment.actions.bookings import book, cancel, move
from luna.treatment.actions.briefing import sign as sign_briefing
from luna.treatment.actions.calling import told_by_phone
from luna.treatment.actions.duty import about as about_duty
from luna.treatment.actions.duty import say as say_duty
from luna.treatment.actions.duty import tell_open, uncovered
from luna.treatment.actions.moments import record_moment, take_back_moment
from luna.treatment.actions.money import Wanted as WantedNote
from luna.treatment.actions.money import note as note_money
from luna.treatment.actions.money import take_back as take_back_money
from luna.treatment.actions.orders import Wanted, countersign, sign_order, stop_order
from luna.treatment.actions.ride import Wanted as WantedRide
from luna.treatment.actions.ride import about as about_ride
from luna.treatment.actions.ride import answer as answer_ride
from luna.treatment.actions.ride import answer_by_link as answer_ride_by_link
from luna.treatment.actions.ride import ask as ask_ride
from luna.treatment.actions.ride import link as ride_link
from luna.treatment.actions.ride import not_needed as ride_not_needed
from luna.treatment.actions.ride import remind as remind_drivers
from luna.treatment.actions.ride import unridden
from luna.treatment.actions.series import MOST, start_series, stop_series
from luna.treatment.actions.signing import sign
from luna.treatment.actions.tips import choose as choose_tips
from luna.treatment.slots import Start

__all__ = [
    "MOST",
    "Start",
    "Wanted",
    "WantedNote",
    "WantedRide",
    "about_duty",
    "about_ride",
    "answer_ride",
    "answer_ride_by_link",
    "ask_ride",
    "book",
    "cancel",
    "choose_tips",
    "countersign",
    "move",
    "note_money",
    "record_moment",
    "remind_drivers",
    "ride_link",
    "ride_not_needed",
    "say_duty",
    "sign",
    "sign_briefing",
    "sign_order",
    "start_series",
    "stop_order",
    "stop_series",
    "take_back_moment",
    "take_back_money",
    "tell_open",
    "told_by_phone",
    "uncovered",
    "unridden",
]
