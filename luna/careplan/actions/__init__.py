"""Say that a task is done; write the comfort card; ask at arrival, start; run late; offer chairs."""

from luna.careplan.actions.chasing import Due, chase, remind, withdraw
from luna.careplan.actions.comfort import Wanted as WantedComfort
from luna.careplan.actions.comfort import write as write_comfort
from luna.careplan.actions.day import carry_out, change_day
from luna.careplan.actions.intending import LONGEST as LONGEST_LINE
from luna.careplan.actions.intending import intend, show_intention
from luna.careplan.actions.marking import mark, take_back
from luna.careplan.actions.retelling import retell
from luna.careplan.actions.starting import (
    PRESSURE,
    NotReady,
    Told,
    check_arrival,
    measure_pressure,
    override,
    start,
)
from luna.careplan.actions.things import Wanted as WantedThing
from luna.careplan.actions.things import say as say_thing
from luna.careplan.actions.waiting import Wish as WaitingWish
from luna.careplan.actions.waiting import answer_offer, offer_chair, stop_waiting, wait, withdraw_offer

__all__ = [
    "LONGEST_LINE",
    "PRESSURE",
    "Due",
    "NotReady",
    "Told",
    "WaitingWish",
    "WantedComfort",
    "WantedThing",
    "answer_offer",
    "carry_out",
    "change_day",
    "chase",
    "check_arrival",
    "intend",
    "mark",
    "measure_pressure",
    "offer_chair",
    "override",
    "remind",
    "retell",
    "say_thing",
    "show_intention",
    "start",
    "stop_waiting",
    "take_back",
    "wait",
    "withdraw",
    "withdraw_offer",
    "write_comfort",
]
