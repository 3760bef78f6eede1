"""Make Ana's first infusion ready: each thing said by whoever says it, with the actions of the pages."""

from datetime import datetime
from uuid import UUID

from uuid6 import uuid7

from luna.careplan import actions
from luna.clinical.ride import Said
from luna.treatment import actions as treatment
from luna.treatment import covers, rides
from luna.treatment.models import Infusion
from tests import care as cared
from tests.care import Care
from tests.consents import asking

EVE, DAWN, DESK, NINE = "03-14 19:00", "03-15 07:00", "03-15 08:45", "03-15 09:00"
STEPS = (("confirm-ride", "nia"), ("medicines", "ana"))
RIDE = "ride"


def before(care: Care, now: datetime) -> None:
    """Have the consent signed, the adult briefed and the orders confirmed, in the week before."""
    asking.sign_text(care.cast, now)
    asking.sign(care.cast, now)
    treatment.sign_briefing(
        viewer=care.cast.sees("nia"), member=care.cast.bea_member, name="Nia Noor", client_id=uuid7(), now=now
    )
    mark(care, "orders", "nia", now, of=care.series.id.hex)


def mark(care: Care, step: str, who: str, when: datetime, *, done=True, revision=1, of="", infusion=1):
    """Have somebody say of their own step that it is done, or not."""
    anchor = of or care.infusions[infusion - 1].id.hex
    return actions.mark(
        viewer=care.cast.sees(who), task_key=f"{anchor}.{step}.0", done=done, revision=revision,
        client_id=uuid7(), now=when,
    )  # fmt: skip


def eve(care: Care, *, besides: str = "", revision: int = 1) -> None:
    """Have everybody do on the eve what is asked of them, but for one step, or for the ride."""
    if besides != RIDE:
        drives(care, cared.at(EVE))
    for step, who in STEPS:
        if step != besides:
            mark(care, step, who, cared.at(EVE), revision=revision)


def drives(care: Care, when: datetime):
    """Have Bea say that she takes Ana home."""
    wanted = treatment.WantedRide(who_id=care.cast.bea.id)
    return treatment.ask_ride(
        infusion_id=care.infusions[0].id, wanted=wanted, viewer=care.cast.sees("bea"),
        client_id=uuid7(), now=when,
    )  # fmt: skip


def drive(care: Care, said: Said, when: datetime):
    """Have Bea answer who is asked to drive."""
    infusion = Infusion.objects.get(id=care.infusions[0].id)
    driver = rides.ride(infusion, list(covers.circle().filter(patient=infusion.patient_id))).driver
    return treatment.answer_ride(
        infusion_id=infusion.id, said=said, ask_id=UUID(driver.ask), viewer=care.cast.sees("bea"),
        client_id=uuid7(), now=when,
    )  # fmt: skip


def arrive(care: Care) -> None:
    """Have Ana come to the desk."""
    care.say("arrived", cared.at(DESK))


def check(
    care: Care, *, food="03-14 20:00", drink="03-15 06:00", as_ordered=True, meal="", anxiety=None, by="nia",
    **changed,
):  # fmt: skip
    """Have Nia ask at the desk, and measure."""
    asked = {
        "revision": care.infusions[0].revision, "client_id": uuid7(), "now": cared.at(DESK),
        "pressure": ("128", "82"),
    }  # fmt: skip
    told = actions.Told(cared.at(food), cared.at(drink), as_ordered, meal, anxiety)
    return actions.check_arrival(
        infusion_id=care.infusions[0].id, told=told, viewer=care.cast.sees(by), **(asked | changed)
    )


def measure(care: Care, upper: str, lower: str, when: str, *, by="nia", **changed):
    """Have Nia measure once more."""
    asked = {"revision": care.infusions[0].revision, "client_id": uuid7(), "now": cared.at(when)}
    return actions.measure_pressure(
        infusion_id=care.infusions[0].id, pressure=(upper, lower), viewer=care.cast.sees(by),
        **(asked | changed),
    )  # fmt: skip


def start(care: Care, *, by="nia", at=NINE, **changed):
    """Have Nia start it at nine."""
    asked = {"revision": care.infusions[0].revision, "client_id": uuid7(), "now": cared.at(at)}
    return actions.start(
        infusion_id=care.infusions[0].id, at=cared.at(at), viewer=care.cast.sees(by), **(asked | changed)
    )


def move(care: Care, to: str, when: datetime):
    """Have Nia move it."""
    row = care.infusions[0]
    return treatment.move(
        infusion_id=row.id, start=treatment.Start(cared.at(to)), why="clinic",
        expected_revision=row.revision, viewer=care.cast.sees("nia"), client_id=uuid7(), now=when,
    )  # fmt: skip


def ready_at_desk(care: Care) -> None:
    """Have Ana come, and Nia ask."""
    arrive(care)
    check(care)
