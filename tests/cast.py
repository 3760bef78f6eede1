"""The people every test knows, at two clinics, and the browsers they look through.

Harbour Clinic (New York)                      Hill Clinic (Dublin)
  Ana     a patient                              Zoe   a patient
  Bea     Ana's caretaker: practical only        Eve   prescriber and administrator
  Oli     another patient                        Dee   a nurse; and a caretaker of Oli at Harbour
  Cal     Oli's caretaker
  Dr Diaz Ana's prescriber, and administrator
  Nia     a nurse

Ask for `cast` and for the browser of whoever acts: `as_ana.get("/circle")`. A page of Ana's is
not found by `as_cal`, `as_dee`, `as_dee_caring` and `as_eve`. The clock stands still at `now` in
any test that uses a browser; `clock.move(hours=2)` moves it.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from luna.people import access
from luna.people.models import (
    Chair,
    CircleMember,
    Clinic,
    Clinician,
    Installation,
    OpeningHours,
    Patient,
    User,
)


@dataclass(frozen=True)
class Cast:
    """Everybody, by name. `ana` is the user; `ana_patient` is Ana in Harbour Clinic's care."""

    harbour: Clinic
    hill: Clinic
    ana: User
    ana_patient: Patient
    bea: User
    bea_member: CircleMember
    oli: User
    oli_patient: Patient
    cal: User
    cal_member: CircleMember
    diaz: User
    nia: User
    dee: User
    dee_member: CircleMember
    zoe: User
    zoe_patient: Patient
    eve: User

    def sees(self, name: str) -> access.Viewer:
        """Return who looks: ana, bea, oli, cal, diaz, nia, dee, dee_caring, zoe or eve."""
        person = getattr(self, name.removesuffix("_caring"))
        return viewer(person, self.capacity(name))

    def browser(self, name: str, now: datetime, *, fresh: bool = False) -> Client:
        """Return a browser in which somebody is signed in; names as in `sees`.

        fresh: the PIN or passkey was given a moment ago.
        """
        return browser(getattr(self, name.removesuffix("_caring")), self.capacity(name), now, fresh=fresh)

    def capacity(self, name: str) -> str:
        """Return the capacity somebody of this name acts in, as the session holds it."""
        return {
            "ana": f"patient:{self.ana_patient.id.hex}",
            "oli": f"patient:{self.oli_patient.id.hex}",
            "zoe": f"patient:{self.zoe_patient.id.hex}",
            "bea": f"caretaker:{self.ana_patient.id.hex}",
            "cal": f"caretaker:{self.oli_patient.id.hex}",
            "dee_caring": f"caretaker:{self.oli_patient.id.hex}",
            "diaz": f"staff:{self.harbour.id.hex}",
            "nia": f"staff:{self.harbour.id.hex}",
            "dee": f"staff:{self.hill.id.hex}",
            "eve": f"staff:{self.hill.id.hex}",
        }[name]


class FrozenClock:
    """The time everything reads through `timezone.now()`; it moves when a test says so."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> datetime:
        """Go on by a timedelta's arguments, such as hours=2, and return the new time."""
        self.now += timedelta(**span)
        return self.now


@pytest.fixture
def clock(now, monkeypatch) -> FrozenClock:
    """Make the time stand still at `now`."""
    frozen = FrozenClock(now)
    monkeypatch.setattr(timezone, "now", frozen)
    return frozen


@pytest.fixture
def cast(db, now) -> Cast:
    """Everybody, in the database."""
    return build(now)


def build(now: datetime) -> Cast:
    """Write everybody into the database and return them."""
    Installation.objects.get_or_create(id=1, defaults={"demo": False, "created_at": now})
    harbour = _clinic(now, name="Harbour Clinic", zone="America/New_York", country="US", phone="+12125550100")
    hill = _clinic(now, name="Hill Clinic", zone="Europe/Dublin", country="IE", phone="+35315550100")
    names = ("Ana Abel", "Bea Burns", "Oli Orr", "Cal Cole", "Delia Diaz", "Nia Noor", "Dee Dunn", "Zoe Zhu")
    ana, bea, oli, cal, diaz, nia, dee, zoe = (user(name, now) for name in names)
    eve = user("Eve Eames", now)
    staff(harbour, diaz, ["prescriber", "admin"], now, title="MD")
    staff(harbour, nia, ["nurse"], now, title="RN")
    staff(hill, dee, ["nurse"], now)
    staff(hill, eve, ["prescriber", "admin"], now)
    ana_patient, oli_patient = patient(harbour, ana, now), patient(harbour, oli, now)
    return Cast(
        harbour=harbour,
        hill=hill,
        ana=ana,
        ana_patient=ana_patient,
        bea=bea,
        bea_member=member(ana_patient, bea, now),
        oli=oli,
        oli_patient=oli_patient,
        cal=cal,
        cal_member=member(oli_patient, cal, now),
        diaz=diaz,
        nia=nia,
        dee=dee,
        dee_member=member(oli_patient, dee, now),
        zoe=zoe,
        zoe_patient=patient(hill, zoe, now),
        eve=eve,
    )


def user(name: str, now: datetime) -> User:
    """Add a person who can sign in as first@example.org."""
    email = f"{name.split()[0].lower()}@example.org"
    person = User(name=name, email=email, created_at=now)
    person.set_unusable_password()
    person.save()
    return person


def staff(clinic: Clinic, person: User, roles: list[str], now: datetime, title: str = "") -> Clinician:
    """Make a person staff of a clinic."""
    return Clinician.objects.create(clinic=clinic, user=person, roles=roles, title=title, since=now)


def patient(clinic: Clinic, person: User, now: datetime) -> Patient:
    """Take a person into a clinic's care."""
    return Patient.objects.create(
        clinic=clinic, user=person, name=person.name, born_on=date(1990, 5, 4), email=person.email,
        phone=clinic.phone, created_at=now,
    )  # fmt: skip


def member(of: Patient, person: User, now: datetime) -> CircleMember:
    """Let a person into a patient's circle, practical only."""
    return CircleMember.objects.create(
        clinic=of.clinic, patient=of, user=person, relation="friend", help="comes-over", is_adult=True,
        kinds=list(access.PRACTICAL), since=now, welcomed_at=now,
    )  # fmt: skip


def viewer(person: User, capacity: str) -> access.Viewer:
    """Return a person acting in one capacity, written as for `browser`."""
    session = {"capacity": capacity, "second_factor": "given"}
    return access.viewer(SimpleNamespace(user=person, session=session))


def browser(person: User, capacity: str, now: datetime, *, fresh: bool = False) -> Client:
    """Return a browser in which a person is signed in, acting as `capacity`; not staff: on their own phone.

    capacity: "patient:<hex>", "caretaker:<hex of the patient>" or "staff:<hex of the clinic>".
    fresh: the PIN or passkey was given a moment ago.
    """
    client = Client()
    client.force_login(person)
    session = client.session
    session["capacity"] = capacity
    if capacity.startswith("staff:"):
        session["second_factor"] = now.isoformat()
    else:
        session["own_device"] = True
    if fresh:
        session["fresh_at"] = now.isoformat()
    session.save()
    return client


@pytest.fixture
def as_ana(cast, clock) -> Client:
    """Ana's browser: patient."""
    return cast.browser("ana", clock.now)


@pytest.fixture
def as_ana_fresh(cast, clock) -> Client:
    """Ana's browser, a moment after her PIN."""
    return cast.browser("ana", clock.now, fresh=True)


@pytest.fixture
def as_bea(cast, clock) -> Client:
    """Bea's browser: caretaker of Ana."""
    return cast.browser("bea", clock.now)


@pytest.fixture
def as_oli(cast, clock) -> Client:
    """Oli's browser: another patient of Harbour Clinic."""
    return cast.browser("oli", clock.now, fresh=True)


@pytest.fixture
def as_cal(cast, clock) -> Client:
    """Cal's browser: caretaker of Oli."""
    return cast.browser("cal", clock.now, fresh=True)


@pytest.fixture
def as_diaz(cast, clock) -> Client:
    """Dr Diaz's browser: prescriber and administrator at Harbour Clinic."""
    return cast.browser("diaz", clock.now, fresh=True)


@pytest.fixture
def as_nia(cast, clock) -> Client:
    """Nia's browser: nurse at Harbour Clinic."""
    return cast.browser("nia", clock.now, fresh=True)


@pytest.fixture
def as_dee(cast, clock) -> Client:
    """Dee's browser at work: nurse at Hill Clinic."""
    return cast.browser("dee", clock.now, fresh=True)


@pytest.fixture
def as_dee_caring(cast, clock) -> Client:
    """Dee's browser at home: caretaker of Oli, of Harbour Clinic."""
    return cast.browser("dee_caring", clock.now, fresh=True)


@pytest.fixture
def as_eve(cast, clock) -> Client:
    """Eve's browser: prescriber and administrator at Hill Clinic."""
    return cast.browser("eve", clock.now, fresh=True)


@pytest.fixture
def as_nobody(db, clock) -> Client:
    """A browser nobody is signed in to."""
    return Client()


def _clinic(now: datetime, *, name: str, zone: str, country: str, phone: str) -> Clinic:
    word = name.split()[0].lower()
    clinic = Clinic.objects.create(
        name=name, zone=zone, country=country, address=f"1 {name.split()[0]} Street", phone=phone,
        nurse_line=phone[:-1] + "1", after_hours_phone=phone[:-1] + "2", lead_email=f"lead@{word}.example",
        welcome_name="Rosa Reyes", created_at=now,
    )  # fmt: skip
    for weekday in range(5):
        OpeningHours.objects.create(clinic=clinic, weekday=weekday, opens=time(8), closes=time(17))
    for number in ("1", "2"):
        Chair.objects.create(clinic=clinic, name=f"Chair {number}")
    return clinic
