"""Ana's series: six infusions under the packaged protocol, Monday, Wednesday and Friday at nine.

The first is on Monday 15 March 2027, the day after the clocks go forward in New York.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from uuid6 import uuid7

from luna.intake import plans as intake
from luna.intake.actions import deciding
from luna.intake.models import EligibilityDecision
from luna.library import actions as library
from luna.library import content
from luna.library.models import ContentVersion
from luna.people.access import Viewer
from luna.people.models import Patient, User
from luna.treatment import actions
from luna.treatment.models import Duty, Infusion, Series
from tests.cast import Cast, viewer
from tests.cast import patient as new_patient
from tests.cast import user as new_user

NEW_YORK = "America/New_York"
PROTOCOL = "mood-acute"
DAYS = ("03-15", "03-17", "03-19", "03-22", "03-24", "03-26")


def at(text: str, zone: str = NEW_YORK) -> datetime:
    """Return the UTC instant of a local time of 2027, such as "03-15 09:00"."""
    return datetime.fromisoformat(f"2027-{text}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def staff(cast: Cast, person: User) -> Viewer:
    """Return a person as staff of Harbour Clinic."""
    return viewer(person, f"staff:{cast.harbour.id.hex}")


def patient(person: User, of: Patient) -> Viewer:
    """Return a person as a patient."""
    return viewer(person, f"patient:{of.id.hex}")


def caretaker(person: User, of: Patient) -> Viewer:
    """Return a person as a caretaker of `of`."""
    return viewer(person, f"caretaker:{of.id.hex}")


def sign(cast: Cast, now: datetime, name: str = PROTOCOL, text: str = "") -> ContentVersion:
    """Have Dr Diaz sign a protocol for Harbour Clinic, every number ticked: a packaged one, or `text`."""
    text = text or content.protocol_text(name)
    accepted = library.to_tick(content.protocol_of(text))
    return actions.sign(kind="protocol", text=text, accepted=accepted, viewer=staff(cast, cast.diaz), now=now)


def decide(cast: Cast, of: Patient, now: datetime, **said: object) -> EligibilityDecision:
    """Have Dr Diaz decide that somebody may be treated, or whatever `said` says; good for half a year."""
    diaz = staff(cast, cast.diaz)
    found = intake.findings_now(diaz, of, now)
    standing = intake.decision_of(diaz, of)
    judgement = deciding.Judgement(
        **{
            "verdict": "eligible",
            "reasons": "Two antidepressants at a full dose did not help.",
            "review_on": intake.today_of(of, now) + timedelta(days=180),
            "addressed": {one.id: "Talked through." for one in (*found.found, *found.undone)},
            "missing_why": "Known from the letter of referral.",
            "alone_plan": "Bea stays until the morning.",
            "shown": [one.id for one in found.found],
            **said,
        }
    )
    return deciding.decide(
        viewer=diaz, patient=of, judgement=judgement, before_id=standing.id if standing else None,
        client_id=uuid7(), now=now,
    )  # fmt: skip


def start(
    cast: Cast,
    now: datetime,
    *,
    starts: tuple[str, ...] = DAYS,
    of: Patient | None = None,
    hour: str = "09:00",
    protocol: str = PROTOCOL,
    text: str = "",
) -> Series:
    """Have Dr Diaz decide and start a series, Ana's unless `of` is given. starts: days such as "03-15".

    text: of a protocol of the clinic's own.
    """
    decide(cast, of or cast.ana_patient, now)
    return actions.start_series(
        patient=of or cast.ana_patient,
        content=sign(cast, now, protocol, text),
        starts=[actions.Start(at(f"{day} {hour}")) for day in starts],
        by=staff(cast, cast.diaz),
        client_id=uuid7(),
        now=now,
    )


@dataclass(frozen=True)
class Care:
    """A running series and what tests do with it."""

    cast: Cast
    series: Series

    @property
    def infusions(self) -> list[Infusion]:
        """Return the infusions by time, as the database has them now."""
        return list(self.series.infusions.order_by("starts_at"))

    def key(self, step: str, infusion: int = 1, n: int = 0) -> str:
        """Return the key of a task of an infusion, counted from 1."""
        return f"{self.infusions[infusion - 1].id.hex}.{step}.{n}"

    def say(self, what: str, when: datetime, infusion: int = 1) -> None:
        """Have Nia say that something happened on an infusion day."""
        actions.record_moment(
            infusion_id=self.infusions[infusion - 1].id, what=what, at=when,
            viewer=staff(self.cast, self.cast.nia), client_id=uuid7(), now=when, is_ready=True,
        )  # fmt: skip

    def leave(self, infusion: int = 1) -> None:
        """Let an infusion day happen as it is booked, up to leaving the clinic."""
        visit = self.infusions[infusion - 1]
        self.say("arrived", visit.starts_at, infusion)
        self.say("started", visit.starts_at, infusion)
        self.say("ended", visit.ends_at, infusion)
        self.say("left", visit.leaves_at, infusion)

    def home(self, when: datetime, infusion: int = 1) -> None:
        """Let an infusion day happen, up to Bea's "we're home" at `when`."""
        visit = self.infusions[infusion - 1]
        self.leave(infusion)
        actions.record_moment(
            infusion_id=visit.id, what="home", at=when,
            viewer=caretaker(self.cast.bea, self.cast.ana_patient), client_id=uuid7(), now=when,
        )  # fmt: skip

    def duty(self, said: str, who: User, when: datetime, infusion: int = 1, by: Viewer | None = None) -> Duty:
        """Have a caretaker of Ana's, or `by`, say who is there for an infusion."""
        return actions.say_duty(
            said=said, infusion_id=self.infusions[infusion - 1].id, who_id=who.id,
            viewer=by or caretaker(who, self.cast.ana_patient), client_id=uuid7(), now=when,
        )  # fmt: skip


@pytest.fixture
def care(cast, now) -> Care:
    """Ana's series, started a week before its first infusion."""
    return Care(cast, start(cast, now))


def new_in_care(cast: Cast, name: str, now: datetime) -> Patient:
    """Take one more person into Harbour Clinic's care."""
    return new_patient(cast.harbour, new_user(name, now), now)
