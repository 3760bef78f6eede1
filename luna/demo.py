"""The demo clinic: made-up people, each at an interesting moment relative to now.

`seed` fills an empty database and marks it as a demonstration, once and for good; `start_over`
empties such a database and fills it again. Everything is written by the same actions the pages use.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.core import management
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from luna.careplan import plans as careplan
from luna.careplan.models import Mark
from luna.careplan.plans import Plan, Visit
from luna.checkins import actions as checkins
from luna.checkins.models import Watch
from luna.clinical.protocol import Actor
from luna.clinical.task import Task
from luna.escalation.models import Rung
from luna.library import actions as signing
from luna.library import content
from luna.library.models import ContentVersion
from luna.notices.channels import sink
from luna.notices.models import Notice
from luna.people import access
from luna.people.access import Viewer
from luna.people.actions import invitations
from luna.people.models import (
    Chair,
    CircleMember,
    Clinic,
    Clinician,
    Installation,
    Invitation,
    OpeningHours,
    Patient,
    User,
)
from luna.records.models import Response
from luna.treatment import actions as treatment
from luna.treatment.models import Moment, Series
from luna.treatment.slots import Start

# What stays when a demonstration starts over: Django's own books, and the mark itself.
KEPT = {"django_migrations", "django_content_type", "people_installation"}
LOCK_TRIES = 50  # of 0.2 s each


@transaction.atomic
def start_over(now: datetime) -> None:
    """Empty a demonstration and fill it again, all or nothing.

    Raises Installation.DoesNotExist for any other database: it is never emptied.
    """
    Installation.objects.get(demo=True)
    tables = sorted(set(connection.introspection.table_names()) - KEPT)
    if connection.vendor == "postgresql":
        _lock(tables)
    with _unguarded(tables), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
    fill(now)
    transaction.on_commit(sink.empty)


def _lock(tables: list[str]) -> None:
    """Take all tables from the clock and the pages, or none of them, as often as it takes.

    Waiting for one with others in hand is how a deadlock begins, so nothing is waited for longer than
    PostgreSQL takes to notice one. Raises OperationalError when somebody holds a table to the end.
    """
    names = ", ".join(map(connection.ops.quote_name, tables))
    for left in reversed(range(LOCK_TRIES)):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
                cursor.execute(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
            return
        except OperationalError:
            if not left:
                raise


@contextmanager
def _unguarded(tables: list[str]) -> Iterator[None]:
    """Lift the guards of a demonstration's tables, and put them back exactly as they were."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A table with a check still to come cannot be altered: let those of this transaction come now.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            for table in tables:
                cursor.execute(f"ALTER TABLE {quote(table)} DISABLE TRIGGER USER")
            yield
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {quote(table)} ENABLE TRIGGER USER")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        guards = cursor.fetchall()
        for name, _sql in guards:
            cursor.execute(f"DROP TRIGGER {quote(name)}")
        yield
        for _name, sql in guards:
            cursor.execute(sql)


@transaction.atomic
def seed(now: datetime) -> None:
    """Mark an empty database as a demonstration, and fill it."""
    Installation.objects.create(demo=True, created_at=now)
    fill(now)


# Where it is early evening now: the eve of an infusion is then most worth looking at.
# zone, country, the beginning of numbers that reach nobody
PLACES = (
    ("America/New_York", "US", "+1 212 555 01"),
    ("America/Chicago", "US", "+1 312 555 01"),
    ("America/Denver", "US", "+1 303 555 01"),
    ("America/Los_Angeles", "US", "+1 213 555 01"),
    ("Pacific/Honolulu", "US", "+1 808 555 01"),
    ("Pacific/Auckland", "NZ", "+64 9 555 01"),
    ("Australia/Sydney", "AU", "+61 2 5550 01"),
    ("Australia/Perth", "AU", "+61 8 5550 01"),
    ("Europe/Athens", "GR", "+30 210 555 01"),
    ("Europe/Dublin", "IE", "+353 1 555 01"),
)
EVENING = time(17, 45)
PIN = "385162"  # everybody's


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a visitor may be. slug: in the address; blurb: where they are right now."""

    slug: str
    name: str
    kind: str  # patient, caretaker, staff, or invited
    blurb: object


def sign_in(slug: str) -> tuple[User, str]:
    """Return a made-up person and the capacity they act in. Raises KeyError for nobody known."""
    person = {one.slug: one for one in PEOPLE}[slug]
    user = User.objects.get(email=f"{slug}@harbor.example")
    of = {
        "patient": Patient.objects.filter(user=user).values_list("id", flat=True),
        "caretaker": CircleMember.objects.filter(user=user).values_list("patient_id", flat=True),
        "staff": Clinician.objects.filter(user=user).values_list("clinic_id", flat=True),
    }[person.kind]
    return user, f"{person.kind}:{of.get().hex}"


def invitation_link(now: datetime) -> str | None:
    """Return the link the invited person would find in their mail, None once it was used."""
    invitation = Invitation.objects.filter(state=Invitation.State.PENDING).order_by("created_at").first()
    if invitation is None:
        return None
    return invitations.link(invitation_id=invitation.id, email=invitation.email, now=now)


PEOPLE = (
    Person("maya", "Maya Okafor", "patient", _("The eve of infusion 3 of 6")),
    Person("sam", "Sam Okafor", "caretaker", _("Maya’s partner. Supper, then a quiet evening")),
    Person("theo", "Theo Lindqvist", "patient", _("In the chair: infusion 2 began 20 minutes ago")),
    Person("greta", "Greta Lindqvist", "caretaker", _("Sits beside Theo")),
    Person("june", "June Whitaker", "patient", _("At home for two hours")),
    Person("paul", "Paul Whitaker", "caretaker", _("Watches over June: a check-in is due")),
    Person("rafi", "Rafi Mendel", "patient", _("Between two infusions")),
    Person("tova", "Tova Mendel", "caretaker", _("Cares for Rafi between infusions")),
    Person("elin", "Elin Berg", "patient", _("Chronic pain: infusions on ten weekdays")),
    Person("per", "Per Berg", "caretaker", _("Drives Elin every day")),
    Person("halima", "Halima Yusuf", "patient", _("At home, and not well")),
    Person("amir", "Amir Yusuf", "caretaker", _("Told the clinic 10 minutes ago; nobody has answered yet")),
    Person("lea", "Lea Bakshi", "invited", _("Just invited by Noor: the link, then a code by e-mail")),
    Person("noor", "Noor Bakshi", "patient", _("New: the first infusion is in six days")),
    Person("rosa", "Rosa Alvarez", "staff", _("Nurse. Somebody at home needs her")),
    Person("osei", "Kofi Osei", "staff", _("Prescriber and administrator: signs protocols, sees the audit")),
)
COUPLES = {
    "maya": "sam", "theo": "greta", "june": "paul", "rafi": "tova", "elin": "per", "halima": "amir",
}  # fmt: skip


def fill(now: datetime) -> None:
    """Write the clinic, its people, and where each of them is."""
    if connection.vendor == "sqlite":
        management.call_command("createcachetable", verbosity=0)
    _Filling(now).run()


class _Filling:
    """One filling of a demonstration: the rows made so far, by name."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.zone, self.country, self.dial = min(PLACES, key=lambda place: _from_evening(place[0], now))
        self.users: dict[str, User] = {}
        self.patients: dict[str, Patient] = {}
        self.phones = 42
        self.pin = make_password(PIN)

    def run(self) -> None:
        """Write everything, the oldest first."""
        before = self.now - timedelta(days=21)
        self.clinic = self._clinic(before)
        self._staff(before)
        self.protocols = self._sign(before)
        for slug in ("maya", "theo", "june", "rafi", "elin", "halima", "noor"):
            self._patient(slug, before)
        for patient, caretaker in COUPLES.items():
            self._couple(patient, caretaker, before)
        self._series()
        self._send_past()
        self._invite()
        self._at_home()

    def _clinic(self, at: datetime) -> Clinic:
        clinic = Clinic.objects.create(
            name="Harbor Clinic",
            zone=self.zone,
            country=self.country,
            address="1 Harbor Road",
            phone=self._phone(),
            nurse_line=self._phone(),
            after_hours_phone=self._phone(),
            lead_email="osei@harbor.example",
            welcome_name="Rosa Alvarez, nurse",
            created_at=self.now,
        )
        for weekday in range(7):
            OpeningHours.objects.create(clinic=clinic, weekday=weekday, opens=time(7), closes=time(21))
        for number in range(1, 7):
            Chair.objects.create(clinic=clinic, name=f"Chair {number}")
        return clinic

    def _staff(self, at: datetime) -> None:
        for slug, roles, title in (("rosa", ["nurse"], "RN"), ("osei", ["prescriber", "admin"], "MD")):
            user = self._user(slug, at)
            Clinician.objects.create(
                clinic=self.clinic, user=user, roles=roles, title=title, since=at, to_tell=False
            )
        for position, (after_min, role) in enumerate(((0, "nurse"), (5, "nurse"), (10, "prescriber"))):
            Rung.objects.create(clinic=self.clinic, position=position, after_min=after_min, role=role)
        self.rosa = access.acting(self.users["rosa"], f"staff:{self.clinic.id.hex}")

    def _sign(self, at: datetime) -> dict[str, ContentVersion]:
        texts = [("protocol", content.protocol_text(name), "") for name in content.names("protocols")]
        texts += [("triage", content.triage_text("recovery"), "")]
        texts += [("emergency", content.emergency_text(self.country), self.country)]
        osei = self.users["osei"]
        rows = [
            signing.sign(
                clinic_id=self.clinic.id,
                kind=kind,
                text=text,
                accepted=_Everything(),
                by_id=osei.id,
                name=osei.name,
                country=country,
                now=at,
                demo=True,
            )
            for kind, text, country in texts
        ]
        return {row.content_id: row for row in rows}

    def _patient(self, slug: str, at: datetime) -> None:
        user = self._user(slug, at)
        self.patients[slug] = Patient.objects.create(
            clinic=self.clinic,
            user=user,
            name=user.name,
            born_on=date(1990, 4, 12),
            email=user.email,
            phone=user.phone,
            address="14 Alder Street, apartment 2",
            created_at=at,
        )

    def _couple(self, patient: str, caretaker: str, at: datetime) -> None:
        CircleMember.objects.create(
            clinic=self.clinic,
            patient=self.patients[patient],
            user=self._user(caretaker, at),
            relation="partner",
            lives_with=True,
            kinds=list(access.PRACTICAL),
            welcomed_at=at,
            since=at,
        )

    def _user(self, slug: str, at: datetime) -> User:
        name = next(person.name for person in PEOPLE if person.slug == slug)
        user = User(
            name=name, email=f"{slug}@harbor.example", phone=self._phone(), pin=self.pin, created_at=at
        )
        user.set_unusable_password()
        user.save()
        self.users[slug] = user
        return user

    def _phone(self) -> str:
        self.phones += 1
        return f"{self.dial}{self.phones}".replace(" ", "")

    def _series(self) -> None:
        """Start each series, then write down what has happened in it since."""
        days = {
            "maya": ("mood-acute", (-4, -2, 1, 3, 5, 8), time(9, 45)),
            "theo": ("mood-acute", (-3, None, 2, 4, 7, 9), time(9, 30)),
            "june": ("mood-acute", (-7, -5, -2, None, 3, 5), time(10, 15)),
            "rafi": ("mood-acute", (-8, -6, -4, -1, 2, 4), time(11)),
            "elin": ("crps-outpatient", (-3, -2, -1, 1, 2, 3, 4, 5, 6, 7), time(8)),
            "halima": ("mood-acute", (None, 2, 4, 7, 9, 11), time(9)),
            "noor": ("mood-acute", (6, 8, 10, 13, 15, 17), time(10)),
        }
        # Those whose infusion is today began so long ago, whatever the clock says.
        ago = {
            "theo": timedelta(minutes=20),
            "june": timedelta(hours=4, minutes=20),
            "halima": timedelta(hours=3, minutes=35),
        }
        for slug, (protocol, on, at) in days.items():
            starts = [
                Start(at=self._at(day, at) if day is not None else self.now - ago[slug], anyway=True)
                for day in on
            ]
            self._start(slug, protocol, starts)
            self._write_past(slug, ago.get(slug))

    def _start(self, slug: str, protocol: str, starts: list[Start]) -> None:
        started = min(start.at for start in starts) - timedelta(days=8)
        treatment.start_series(
            patient=self.patients[slug],
            content=self.protocols[protocol],
            starts=starts,
            by=self.rosa,
            client_id=_id(),
            now=min(started, self.now),
        )

    def _at(self, day: int, at: time) -> datetime:
        on = self.now.astimezone(ZoneInfo(self.zone)).date() + timedelta(days=day)
        return datetime.combine(on, at, ZoneInfo(self.zone)).astimezone(UTC)

    def _write_past(self, slug: str, ago: timedelta | None) -> None:
        """Write what people said and did in a series until now, as their pages would have."""
        series = Series.objects.filter(patient=self.patients[slug])
        for visit in self._plan(series).visits:
            is_today = ago is not None and visit.starts_at == self.now - ago
            if visit.starts_at < self.now:
                self._happened(slug, visit, is_today=is_today)
        plan = self._plan(series)
        self._watches(slug, plan)
        self._said(slug, plan)

    def _plan(self, series: object) -> Plan:
        return careplan.plans_of(series, self.now)[0]

    def _happened(self, slug: str, visit: Visit, *, is_today: bool) -> None:
        start = visit.starts_at
        spent = {
            Moment.What.ARRIVED: start - timedelta(minutes=25),
            Moment.What.STARTED: start,
            Moment.What.ENDED: visit.booking.ends_at,
            Moment.What.LEFT: visit.booking.ends_at + timedelta(minutes=65),
            Moment.What.HOME: visit.booking.ends_at + timedelta(minutes=100),
        }
        for what, at in spent.items():
            if at <= self.now:
                by = self.users[COUPLES[slug]] if what == Moment.What.HOME else self.users["rosa"]
                self._fact(Moment, slug, by, at, infusion=visit.row, what=what)

    def _watches(self, slug: str, plan: Plan) -> None:
        for visit in plan.visits:
            home_at = visit.booking.home_at
            if home_at is not None:
                Watch.objects.create(
                    clinic=self.clinic,
                    patient=self.patients[slug],
                    infusion=visit.row,
                    adult=self.users[COUPLES[slug]],
                    started_at=home_at,
                    ends_at=careplan.watch_ends_at(plan, visit),
                )

    def _said(self, slug: str, plan: Plan) -> None:
        """Mark what was due by now as done, and answer the check-ins that have closed as fine."""
        by = {Actor.PATIENT: slug, Actor.CARETAKER: COUPLES.get(slug, ""), Actor.CLINIC: "rosa"}
        for task in plan.tasks:
            who = self.users.get(by[task.actor])
            if who is None or task.due_at >= self.now or not task.step.answerable:
                continue
            if task.questionnaire and task.closes_at < self.now:
                self._fine(slug, who, task)
            elif task.step.markable and not task.questionnaire and task.step.anchor != "left":
                self._fact(Mark, slug, who, task.due_at, task_key=task.key, done=True, revision=task.revision)

    def _fine(self, slug: str, who: User, task: Task) -> None:
        rules = content.triage_rules("recovery")
        self._fact(
            Response,
            slug,
            who,
            task.due_at,
            questionnaire=task.questionnaire,
            questionnaire_version=content.questionnaire(task.questionnaire).version,
            task_key=task.key,
            revision=task.revision,
            answers={"wake": "awake", "breathing": "easy", "other": "fine"},
            urgency=0,
            rules_version=rules.version,
            content_hash="",
        )

    def _fact(self, model: type, slug: str, by: User, at: datetime, **columns: object) -> None:
        by_role = {self.users[slug].id: "patient", self.users["rosa"].id: "staff"}
        model.objects.create(
            clinic=self.clinic,
            patient=self.patients[slug],
            at=at,
            recorded_at=at,
            by=by,
            capacity=by_role.get(by.id, "caretaker"),
            client_id=_id(),
            **columns,
        )

    def _send_past(self) -> None:
        """Say that each message of the made-up past went out when it was due."""
        past = Notice.objects.filter(state=Notice.State.PLANNED, due_at__lt=self.now)
        past.update(state=Notice.State.SENT, sent_at=F("due_at"))

    def _invite(self) -> None:
        noor = self._viewer("noor", f"patient:{self.patients['noor'].id.hex}")
        invitations.invite(
            patient=self.patients["noor"],
            role=Invitation.Role.CARETAKER,
            email="lea@harbor.example",
            name="Lea Bakshi",
            relation="sibling",
            by=noor,
            client_id=_id(),
            now=self.now - timedelta(minutes=3),
        )

    def _at_home(self) -> None:
        """June’s check-in is open; Halima’s caretaker has just said that something is wrong."""
        at = self.now - timedelta(minutes=10)
        amir = self._viewer("amir", f"caretaker:{self.patients['halima'].id.hex}")
        plan = self._plan(Series.objects.filter(patient=self.patients["halima"]))
        asked = [task for task in plan.tasks if task.questionnaire and task.opens_at <= at < task.closes_at]
        for task in asked[:1]:
            checkins.submit(
                viewer=amir,
                task_key=task.key,
                revision=task.revision,
                answers={"wake": "awake", "breathing": "easy", "other": "vomiting"},
                client_id=_id(),
                now=at,
            )

    def _viewer(self, slug: str, capacity: str) -> Viewer:
        return access.acting(self.users[slug], capacity)


class _Everything:
    """Every number is accepted: nobody real signs in a demonstration, and every page says so."""

    def __contains__(self, ticked: object) -> bool:
        return True


def _id() -> UUID:
    return UUID(int=uuid7().int)


def _from_evening(zone: str, now: datetime) -> timedelta:
    """Return how far a place is from early evening, on the clock's circle."""
    local = now.astimezone(ZoneInfo(zone))
    minutes = (local.hour - EVENING.hour) * 60 + local.minute - EVENING.minute
    return timedelta(minutes=min(minutes % 1440, -minutes % 1440))
