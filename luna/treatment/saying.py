"""An order in words: for staff with the numbers, for the patient with clock times."""

from datetime import timedelta
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from luna.clinical import fasting
from luna.clinical.protocol import Protocol, Step
from luna.library import content, times
from luna.library.errors import NoSuchContent
from luna.treatment.models import Order

HANDLINGS: dict[str, Promise] = {
    Order.Handling.TAKE: _("Take it as usual"),
    Order.Handling.HOLD: _("Hold it"),
    Order.Handling.ASK: _("Ask before each infusion"),
}

# The fasting rules, as a prescriber chooses them.
RULES: dict[str, Promise] = {
    fasting.Choice.PROTOCOL: _("As the protocol"),
    fasting.Choice.ASA: _("ASA"),
    fasting.Choice.ESKETAMINE: _("Like esketamine"),
    fasting.Choice.OTHER: _("Another rule"),
}


def said(order: Order, protocol: Protocol) -> str:
    """Return what an order says, as staff read it."""
    match order.what:
        case Order.What.NUMBER:
            return _number(order, protocol)
        case Order.What.SKIP:
            step = next((one for one in protocol.steps if one.id == order.name), None)
            return gettext("Left out: %(step)s") % {"step": title(step) if step else order.name}
        case Order.What.ADD:
            text = order.step_text or (order.supersedes.step_text if order.supersedes else "")
            name = title(content.step_of(text)) if text else order.name
            return gettext("Added: %(step)s") % {"step": name}
        case Order.What.FASTING:
            return _fasting(order)
        case Order.What.OVERRIDE:
            return gettext("Goes ahead all the same: %(why)s") % {"why": order.words}
    return _medicine(order)


def fast(of: fasting.Fast) -> str:
    """Return the times of a fasting rule: "food 6 hours, clear drinks 2 hours"."""
    words = {"food": times.span(of.food), "drink": times.span(of.drink)}
    if of.heavy is not None:
        both = gettext("light food %(food)s, a fatty or heavy meal %(heavy)s, clear drinks %(drink)s")
        return both % {**words, "heavy": times.span(of.heavy)}
    return gettext("food %(food)s, clear drinks %(drink)s") % words


def number_value(value: Decimal, unit: str) -> str:
    """Return a number with its unit and no needless zeros: "8 h"."""
    return f"{value.normalize():f}\u00a0{unit}"


def title(step: Step) -> str:
    """Return what a step is called on a page of staff."""
    try:
        found = content.guide(step.actor, step.guide or "", get_language() or content.ENGLISH).title
    except NoSuchContent:
        return step.id
    names = {"patient": gettext("the patient"), "caretaker": gettext("the caretaker")}
    return content.fill(found, _Anything(names))


def _number(order: Order, protocol: Protocol) -> str:
    number = protocol.numbers.get(order.name)
    if number is None or order.value is None:  # a stop names the number alone
        return number.text if number else order.name
    words = gettext("%(text)s: %(value)s instead of %(usual)s")
    return words % {
        "text": number.text,
        "value": number_value(order.value, number.unit),
        "usual": number_value(number.value, number.unit),
    }


def _fasting(order: Order) -> str:
    name = RULES.get(order.name, order.name)
    if order.food_min is None or order.drink_min is None:  # a stop names the rule alone
        return gettext("Fasting: %(rule)s") % {"rule": name}
    food, drink = timedelta(minutes=order.food_min), timedelta(minutes=order.drink_min)
    of = fasting.Fast(food, drink, heavy=fasting.heavy(order.name))
    return gettext("Fasting: %(rule)s: %(times)s") % {"rule": name, "times": fast(of)}


def _medicine(order: Order) -> str:
    words = {"name": order.name, "what": HANDLINGS.get(order.handling, "")}
    if order.stop_before_min is None or order.restart_after_min is None:
        return gettext("%(name)s: %(what)s") % words if order.handling else order.name
    words["stop"] = times.span(timedelta(minutes=order.stop_before_min))
    words["again"] = times.span(timedelta(minutes=order.restart_after_min))
    held = gettext("%(name)s: %(what)s. Last %(stop)s before the start, again %(again)s after the end")
    return held % words


class _Anything(dict[str, str]):
    """Names to fill in; what is not known here is left open."""

    def get(self, name: str, default: object = None) -> str:  # type: ignore[override]
        """Return a name, or three dots."""
        return super().get(name, "…")
