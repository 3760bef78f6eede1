"""The demo clinic: made-up people, each at an interesting moment relative to now.

`seed` fills an empty database and marks it as a demonstration, once and for good; `start_over`
empties such a database and fills it again. Everything is written by the same actions the pages use.
"""

import struct
import zlib
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

from luna.careplan import actions as planning
from luna.careplan import plans as careplan
from luna.careplan.models import DayChange, Mark
from luna.careplan.plans import Plan, Visit
from luna.checkins import actions as checkins
from luna.checkins.models import Watch
from luna.clinical.duty import Said
from luna.clinical.protocol import Actor
from luna.clinical.ride import Said as RideSaid
from luna.clinical.task import Task
from luna.clinical.things import Said as ThingSaid
from luna.clinical.tips import Part
from luna.consents import actions as agreeing
from luna.consents import plans as consents
from luna.escalation import actions as escalation
from luna.escalation.models import Escalation, Rung
from luna.escalation.writing import Written
from luna.intake import actions as intake
from luna.intake import plans as consultation
from luna.intake.actions import enquiry as enquiries
from luna.intake.actions import medicines
from luna.intake.models import Question
from luna.library import actions as signing
from luna.library import consent as wording
from luna.library import content
from luna.library.models import ContentVersion
from luna.notices import actions as notices
from luna.notices import lanes, reach
from luna.notices.channels import sink
from luna.notices.models import UNWANTED, Attempt, Notice, Reach
from luna.notices.ways import CHANNELS
from luna.notices.words import CAN_WAIT, READ_ONLY
from luna.people import access
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.actions import calendars, charts, circle, helping, invitations, safety, sharing
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
from luna.records import drafts
from luna.records.models import Response
from luna.records.questions import Asking
from luna.treatment import actions as treatment
from luna.treatment import briefings
from luna.treatment.actions import impairing
from luna.treatment.models import BookingRevision, Briefing, Infusion, Moment, Ride, Series
from luna.treatment.slots import Start

# What Noor told before her first visit, and what Kaya told of pain.
TOLD = {
    "mood-since": "months", "mood-tried": "talking,medicines", "mood-medicines": "2",
    "mood-hospital": "never", "mood-helped": "Swimming, when I manage to go.",
    "born": "1990-04-12", "weight": "64 kg", "height": "168 cm",
    "heart": "bp-treated", "head": "none", "breathing": "none", "organs": "none", "mind": "none",
    "dark-thoughts": "no", "self-harm": "never", "pregnancy": "cannot",
    "allergies": "medicine", "allergy-words": "Penicillin, a rash.", "ketamine-before": "no",
    "anaesthesia": "fine", "implants": "none", "alcohol": "sometimes", "substances": "none",
    "use-problem": "no", "lives-with": "adults", "night-adult": "lives-here", "ride-home": "driven",
    "language": "English", "interpreter": "no", "fears": "needle,control",
    "hopes": "To cook for my friends again.", "questions": "May my sister sit beside me?",
}  # fmt: skip
ALONE = {
    "lives-with": "alone", "night-adult": "comes-over", "heart": "bp-treated", "fears": "control",
    "questions": "What if I cannot sleep the night before?", "hopes": "To go back to the boat.",
}  # fmt: skip
HALFWAY = {
    "pain-where": "Left hand, up to the elbow", "pain-since": "years", "pain-name": "crps",
    "pain-usual": "6", "pain-tried": "medicines,physio", "pain-opioids": "no",
}  # fmt: skip

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
    ("Australia/Brisbane", "AU", "+61 7 5550 01"),
    ("Australia/Perth", "AU", "+61 8 5550 01"),
    ("Indian/Cocos", "AU", "+61 8 5550 01"),
    ("Indian/Reunion", "FR", "+33 1 99 00 01"),
    ("Europe/Athens", "GR", "+30 210 555 01"),
    ("Europe/Dublin", "IE", "+353 1 555 01"),
    ("Atlantic/Azores", "PT", "+351 21 555 01"),
    ("America/St_Johns", "CA", "+1 709 555 01"),
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
        "therapist": CircleMember.objects.filter(user=user).values_list("patient_id", flat=True),
        "staff": Clinician.objects.filter(user=user).values_list("clinic_id", flat=True),
    }[person.kind]
    return user, f"{person.kind}:{of.get().hex}"


def invitation_link(now: datetime) -> str | None:
    """Return the link the invited person would find in their mail, None once it was used."""
    invitation = Invitation.objects.open(now).order_by("created_at").first()
    if invitation is None:
        return None
    return invitations.link(invitation_id=invitation.id, email=invitation.email, now=now)


PEOPLE = (
    Person("maya", "Maya Okafor", "patient", _("The eve of infusion 3 of 6")),
    Person("sam", "Sam Okafor", "caretaker", _("Maya’s partner. Supper, then a quiet evening")),
    Person(
        "dele", "Dele Okafor", "caretaker", _("Maya’s brother: takes one evening, and is not briefed yet")
    ),
    Person("theo", "Theo Lindqvist", "patient", _("In the chair: infusion 2 began 20 minutes ago")),
    Person("greta", "Greta Lindqvist", "caretaker", _("Sits beside Theo")),
    Person("june", "June Whitaker", "patient", _("At home for two hours")),
    Person("paul", "Paul Whitaker", "caretaker", _("Watches over June: a check-in is due")),
    Person(
        "rafi",
        "Rafi Mendel",
        "patient",
        _("Post-traumatic stress: between two infusions, a new text to sign"),
    ),
    Person("tova", "Tova Mendel", "caretaker", _("Cares for Rafi between infusions")),
    Person(
        "noa", "Noa Mendel", "caretaker", _("Rafi’s daughter, 16: helps, and is never the adult who stays")
    ),
    Person("ines", "Ines Castro", "therapist", _("Rafi’s therapist, from outside: sees when, and no more")),
    Person("elin", "Elin Berg", "patient", _("Chronic pain: infusions on ten weekdays")),
    Person("liv", "Liv Berg", "caretaker", _("Elin’s sister: stays with Elin after each infusion")),
    Person("per", "Per Berg", "caretaker", _("Drives Elin every day: sees when and where, and no more")),
    Person("halima", "Halima Yusuf", "patient", _("At home, and not well")),
    Person("amir", "Amir Yusuf", "caretaker", _("Told the clinic 10 minutes ago; nobody has answered yet")),
    Person("grace", "Grace Oduya", "patient", _("All is ready for tomorrow")),
    Person("tomas", "Tomas Oduya", "caretaker", _("Drives Grace tomorrow, and has said so")),
    Person("wes", "Wes Carter", "patient", _("Took what he was to leave out: tomorrow is on hold")),
    Person("ada", "Ada Carter", "caretaker", _("Cannot drive Wes tomorrow, and has said so")),
    Person("lea", "Lea Bakshi", "invited", _("Just invited by Noor: the link, then a code by e-mail")),
    Person("noor", "Noor Bakshi", "patient", _("New: has told the clinic all, and has questions")),
    Person("kaya", "Kaya Demir", "patient", _("Before the first visit: halfway through the questions")),
    Person("milo", "Milo Adeyemi", "patient", _("Has told all: waits for the prescriber’s decision")),
    Person("rosa", "Rosa Alvarez", "staff", _("Nurse. Somebody at home needs her")),
    Person("osei", "Kofi Osei", "staff", _("Prescriber and administrator: signs protocols, sees the audit")),
)
COUPLES = {
    "maya": "sam", "theo": "greta", "june": "paul", "rafi": "tova", "elin": "liv", "halima": "amir",
    "grace": "tomas", "wes": "ada",
}  # fmt: skip
# Second helpers: whose, how they help, and on what phone.
SECONDS = {
    "dele": ("maya", CircleMember.Help.COMES_OVER, CircleMember.Device.OWN),
    "per": ("elin", CircleMember.Help.DRIVES, CircleMember.Device.SHARED),
}


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
        for slug in (
            "maya", "theo", "june", "rafi", "elin", "halima", "grace", "wes", "noor", "kaya", "milo",
        ):  # fmt: skip
            self._patient(slug, before)
        for patient, caretaker in COUPLES.items():
            self._join(patient, caretaker, before)
        for helper, (patient, help_, device) in SECONDS.items():
            since = before + timedelta(days=1)
            self._join(patient, helper, since, relation="sibling", help=help_, device=device)
        self._share(before)
        self._part(before + timedelta(days=2))
        self._say_why()
        self._agree(before)
        self._tell(self.now - timedelta(hours=20))
        self._wait()
        self._series()
        self._take_turns()
        self._plan_rides()
        self._prepare()
        self._note_money()
        self._order()
        self._make_ready()
        self._reopen()
        self._run_late()
        self._send_together()
        self._free_chair()
        self._send_past()
        self._reach(before)
        self._lose()
        self._helpers()
        self._invite()
        self._at_home()
        # At the very end: what people signed and asked before an infusion is written after it here.
        for patient in self.patients.values():
            impairing.settle(patient.id)

    def _prepare(self) -> None:
        """Have people prepare for tomorrow, each in their way."""
        self._write_cards()
        self._keep_a_line()
        self._leave_out_tips()
        self._pack()
        self._keep_calendar()

    def _clinic(self, at: datetime) -> Clinic:
        clinic = Clinic.objects.create(
            name="Harbor Clinic",
            zone=self.zone,
            country=self.country,
            address="1 Harbor Road",
            way_in="The blue door beside the pharmacy, then the lift to floor 2.",
            parking="Behind the house, free for three hours. Stop at the door to let somebody out.",
            ask_for="Rosa, at the desk",
            price="450 an infusion, paid on the day at the desk.",
            deposit="100, given back with the last infusion.",
            free_ahead=2,
            free_unit=Clinic.FreeUnit.DAYS,
            phone=self._phone(),
            nurse_line=self._phone(),
            after_hours_phone=self._phone(),
            lead_email="osei@harbor.example",
            welcome_name="Rosa Alvarez, nurse",
            created_at=at,
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
        self.osei = access.acting(self.users["osei"], f"staff:{self.clinic.id.hex}")

    def _sign(self, at: datetime) -> dict[str, ContentVersion]:
        texts = [("protocol", content.protocol_text(name), "") for name in content.names("protocols")]
        texts += [("consent", content.consent_text(name), "") for name in content.names("consents")]
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
            phone=self._phone(),
            address="14 Alder Street, apartment 2",
            created_at=at,
        )

    def _join(self, patient: str, helper: str, at: datetime, **facts: object) -> None:
        CircleMember.objects.create(
            clinic=self.clinic,
            patient=self.patients[patient],
            user=self._user(helper, at),
            phone=self._phone(),
            kinds=list(access.PRACTICAL),
            welcomed_at=at,
            since=at,
            **{"relation": "partner", "help": CircleMember.Help.LIVES_WITH, "is_adult": True, **facts},
        )

    def _share(self, at: datetime) -> None:
        """Let Elin show Per less than others show, and Maya show Sam more and keep him."""
        for slug, helper, kinds, is_kept in (
            ("elin", "per", ("schedule", "ride"), False),
            ("maya", "sam", (*access.PRACTICAL, "live", "scores"), True),
        ):
            patient = self.patients[slug]
            member = patient.circle.get(user=self.users[helper])
            choice = sharing.Choice(member.pk, frozenset(kinds), is_kept, member.version, is_sure=True)
            sharing.choose(choices=[choice], by=self._patient_viewer(slug), now=at)

    def _part(self, at: datetime) -> None:
        """Have Theo take somebody out of his circle whom the clinic called."""
        by_phone = helping.Helping(
            help=CircleMember.Help.PHONE, is_adult=True, device=CircleMember.Device.NONE
        )
        nils = helping.add_without_mail(
            patient=self.patients["theo"], name="Nils Lindqvist", phone=self._phone(), relation="sibling",
            helping=by_phone, by=self.rosa, client_id=_id(), now=at,
        )  # fmt: skip
        circle.revoke(member=nils, by=self._patient_viewer("theo"), now=at + timedelta(days=8))

    def _say_why(self) -> None:
        """Have Rosa open a chart with a reason, in a week that nobody has reviewed yet."""
        charts.say_why(
            patient=self.patients["halima"], reason="Her pharmacy called the nurse line about a refill.",
            by=self.rosa, client_id=_id(), now=self.now - timedelta(days=7),
        )  # fmt: skip

    def _agree(self, at: datetime) -> None:
        """Have most people sign their consents: Rafi older words, Elin on paper, Noor not yet."""
        day = timedelta(days=1)
        for about in consents.ABOUTS:
            self._sign_consent("rafi", about, at + day)
        self._reword(at + 2 * day)
        for about in consents.ABOUTS:
            for slug in ("maya", "theo", "june", "halima", "grace", "wes"):
                self._sign_consent(slug, about, at + 3 * day)
        on = (at + 3 * day).astimezone(ZoneInfo(self.zone)).date()
        agreeing.on_paper(
            patient_id=self.patients["elin"].id,
            about=consents.TREATMENT,
            read=self._offered("elin", consents.TREATMENT, at + 3 * day).sha256,
            paper=agreeing.Paper("Elin Berg", "Rosa Alvarez", on, _page()),
            viewer=self.rosa,
            client_id=_id(),
            now=at + 4 * day,
        )
        self._sign_consent("elin", consents.SHARING, at + 4 * day)
        self._sign_consent("milo", consents.SHARING, at + 4 * day)
        agreeing.withdraw(
            patient_id=self.patients["milo"].id, about=consents.SHARING, viewer=self._patient_viewer("milo"),
            client_id=_id(), now=at + 9 * day,
        )  # fmt: skip

    def _sign_consent(self, slug: str, about: str, at: datetime) -> None:
        offered = self._offered(slug, about, at)
        agreeing.sign(
            about=about,
            read=offered.sha256,
            name=self.patients[slug].name,
            ticked=range(len(consents.document(offered).ticks)),
            viewer=self._patient_viewer(slug),
            client_id=_id(),
            now=at,
        )

    def _offered(self, slug: str, about: str, at: datetime) -> ContentVersion:
        return consents.standing(self.patients[slug], at)[about].offered

    def _reword(self, at: datetime) -> None:
        """Have the clinic add a paragraph of its own to what patients sign about their treatment."""
        base = consents.text_to_edit(self.clinic.id, consents.TREATMENT, "en")
        read, osei = base.document, self.users["osei"]
        body = f"{read.body}\n\n## At our clinic\n\nRosa Alvarez answers your questions before you sign."
        same = {key: getattr(read, key) for key in ("language", "title", "summary", "ticks", "months")}
        signing.sign(
            clinic_id=self.clinic.id,
            kind=ContentVersion.Kind.CONSENT,
            text=wording.edited(base.text, body=body, **same),
            accepted=_Everything(),
            by_id=osei.id,
            name=osei.name,
            now=at,
            demo=True,
        )

    def _user(self, slug: str, at: datetime) -> User:
        name = next(person.name for person in PEOPLE if person.slug == slug)
        user = User(name=name, email=f"{slug}@harbor.example", pin=self.pin, created_at=at)
        user.set_unusable_password()
        user.save()
        self.users[slug] = user
        return user

    def _phone(self) -> str:
        self.phones += 1
        return f"{self.dial}{self.phones}".replace(" ", "")

    def _tell(self, at: datetime) -> None:
        """Noor has told all and asked; Kaya is halfway; Sam has noticed something about Maya."""
        self._told_all(self._patient_viewer("noor"), at)
        self._halfway(self._patient_viewer("kaya"), at)
        intake.notice(
            viewer=self._viewer("sam", f"caretaker:{self.patients['maya'].id.hex}"),
            audience="team",
            written=Written("She laughed at dinner on Friday, for the first time in months."),
            client_id=_id(),
            now=at,
        )

    def _told_all(self, noor: Viewer, at: datetime) -> None:
        """Noor takes three medicines, has sent all answers, and has one of three answers from Rosa.

        She told of diabetes and of a GLP-1 medicine: both put steps on her plan that others do not have.
        """
        asking = self._answer(noor, "intake-mood", {**TOLD, "organs": "diabetes"}, at)
        for said in (
            medicines.Said("Zoloft", "100 mg", "mornings", "2024"),
            medicines.Said("lamotrigine", "200 mg"),
            medicines.Said("Ozempic", "0.5 mg", "Sundays"),
        ):
            medicines.tell(viewer=noor, patient=noor.patient, said=said, client_id=_id(), now=at)
        medicines.review(viewer=noor, patient=noor.patient, takes_none=False, client_id=_id(), now=at)
        intake.send(viewer=noor, asking=asking, version=asking.version, round=asking.round, now=at)
        needle = Question.objects.get(patient=noor.patient, code="needle")
        text = "I put a numbing cream on first, and you tell me when to begin. You can stop me at any time."
        answered = self.now - timedelta(hours=3)
        intake.answer(viewer=self.rosa, question_id=needle.id, text=text, client_id=_id(), now=answered)

    def _halfway(self, kaya: Viewer, at: datetime) -> None:
        """Rosa spoke with Kaya on the phone; Kaya has begun to answer, and has the hard question next."""
        enquiries.save(
            viewer=self.rosa,
            patient=kaya.patient,
            values={
                "intake": "intake-pain",
                "screen": "nothing",
                "lives_alone": "yes",
                "language": "Turkish",
            },
            version=0,
            client_id=_id(),
            now=at - timedelta(days=2),
        )
        self._answer(kaya, "intake-pain", {**TOLD, **HALFWAY}, at, until="dark-thoughts")
        said = medicines.Said("Gabapentin", "300 mg")
        medicines.tell(viewer=kaya, patient=kaya.patient, said=said, client_id=_id(), now=at)

    def _answer(
        self, viewer: Viewer, name: str, answers: dict[str, str], at: datetime, until: str = ""
    ) -> Asking:
        """Answer a questionnaire question by question, to its end or until one of them is asked."""

        def opened() -> Asking:
            return drafts.open(
                viewer=viewer, patient=viewer.patient, questionnaire=name, kind="history", now=at
            )

        asking = opened()
        while asking.current is not None and asking.current.id != until:
            asking = drafts.save(
                viewer=viewer,
                asking=asking,
                item=asking.current,
                answer=answers.get(asking.current.id, ""),
                version=asking.version,
                round=asking.round,
                now=at,
            )
        return asking

    def _series(self) -> None:
        """Start each series, then write down what has happened in it since."""
        days = {
            "maya": ("mood-acute", (-4, -2, 1, 3, 5, 8), time(9, 45)),
            "theo": ("mood-acute", (-3, None, 2, 4, 7, 9), time(9, 30)),
            "june": ("mood-acute", (-7, -5, -2, None, 3, 5), time(10, 15)),
            "rafi": ("ptsd-series", (-8, -6, -4, -1, 2, 4), time(11)),
            "elin": ("crps-outpatient", (-3, -2, -1, 1, 2, 3, 4, 5, 6, 7), time(8)),
            "halima": ("mood-acute", (None, 2, 4, 7, 9, 11), time(9)),
            "grace": ("mood-acute", (-4, -2, 1, 3, 5, 8), time(8, 30)),
            "wes": ("mood-acute", (-2, 1, 3, 5, 8, 10), time(9)),
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

    def _wait(self) -> None:
        """Milo has told all and lives alone; Rosa has measured; nobody has answered or decided yet.

        Of the tests he needs one is done.
        """
        at = self.now - timedelta(hours=26)
        milo = self._patient_viewer("milo")
        for said in (medicines.Said("Xanax", "0.5 mg", "evenings"), medicines.Said("ramipril", "5 mg")):
            medicines.tell(viewer=milo, patient=milo.patient, said=said, client_id=_id(), now=at)
        medicines.review(viewer=milo, patient=milo.patient, takes_none=False, client_id=_id(), now=at)
        asking = self._answer(milo, "intake-mood", {**TOLD, **ALONE}, at)
        intake.send(viewer=milo, asking=asking, version=asking.version, round=asking.round, now=at)
        measured = {
            "systolic_mmhg": ("138", "mmHg"),
            "diastolic_mmhg": ("84", "mmHg"),
            "heart_rate_per_min": ("72", "/min"),
            "weight_kg": ("63.5", "kg"),
        }
        intake.measure(
            viewer=self.rosa,
            patient=milo.patient,
            typed=measured,
            client_id=_id(),
            now=self.now - timedelta(hours=2),
        )
        intake.add_result(
            viewer=self.rosa,
            patient=milo.patient,
            name="",
            result="ALT 24 U/L, ALP 61 U/L, GGT 31 U/L",
            taken_on=consultation.today_of(milo, at) - timedelta(days=9),
            test="liver-tests",
            client_id=_id(),
            now=self.now - timedelta(hours=2),
        )

    def _reopen(self) -> None:
        """Rafi told of a painkiller for his tooth and took it off again; nobody has looked at it yet."""
        rafi, told = self._patient_viewer("rafi"), self.now - timedelta(hours=30)
        tramadol = medicines.tell(
            viewer=rafi,
            patient=rafi.patient,
            said=medicines.Said("tramadol", "50 mg", "when my tooth hurts"),
            client_id=_id(),
            now=told,
        )
        medicines.stop(
            viewer=rafi,
            patient=rafi.patient,
            medicine_id=tramadol.id,
            stopped_on=consultation.today_of(rafi, told),
            client_id=_id(),
            now=self.now - timedelta(hours=5),
        )

    def _decide(self, slug: str, at: datetime) -> None:
        """Dr Osei decides that somebody may be treated, having read all there is."""
        patient = self.patients[slug]
        found = consultation.findings_now(self.osei, patient, at)
        judgement = intake.Judgement(
            verdict="eligible",
            reasons="Two treatments at a full dose did not help enough. The risks were talked through.",
            conditions="Blood pressure before each infusion.",
            review_on=consultation.today_of(patient, at) + timedelta(days=180),
            addressed={one.id: "Talked through at the visit." for one in (*found.found, *found.undone)},
            missing_why="Known from the visit and the letter of referral.",
            alone_plan="A sister comes and stays until the morning.",
            shown=[one.id for one in found.found],
        )
        intake.decide(
            viewer=self.osei,
            patient=patient,
            judgement=judgement,
            before_id=standing.id if (standing := consultation.decision_of(self.osei, patient)) else None,
            client_id=_id(),
            now=at,
        )

    def _order(self) -> None:
        """Dr Osei has Maya hold a medicine, Elin fast longer and ask, Grace by ASA; Theo’s was spoken."""
        at = self.now - timedelta(days=2)
        told = {
            "elin": [medicines.Said("gabapentin", "300 mg", "three times a day")],
            "maya": [medicines.Said("lorazepam", "0.5 mg", "at night"), medicines.Said("Zoloft", "100 mg")],
        }
        for slug, those in told.items():
            viewer = self._patient_viewer(slug)
            for said in those:
                medicines.tell(viewer=viewer, patient=viewer.patient, said=said, client_id=_id(), now=at)
            self._decide(slug, at)
        held = treatment.Wanted(
            what="medicine",
            name="lorazepam",
            handling="hold",
            stop_before_min=24 * 60,
            restart_after_min=8 * 60,
            words="Take it as usual on all other nights.",
        )
        sip, ask = "With a sip of water.", "Ask Rosa in the morning."
        taken = treatment.Wanted(what="medicine", name="Zoloft", handling="take", words=sip)
        asked = treatment.Wanted(what="medicine", name="gabapentin", handling="ask", words=ask)
        fasting = treatment.Wanted(what="fasting", name="other", food_min=8 * 60, drink_min=2 * 60)
        osei = self.osei.user_id
        called = treatment.Wanted(what="add", name="evening-call", prescriber_id=osei, read_back=True)
        for slug, wanted, by in (
            ("grace", treatment.Wanted(what="fasting", name="asa"), self.osei),
            ("maya", held, self.osei),
            ("maya", taken, self.osei),
            ("elin", fasting, self.osei),
            ("elin", asked, self.osei),
            ("theo", called, self.rosa),
        ):
            treatment.sign_order(
                series_id=Series.objects.get(patient=self.patients[slug]).id,
                wanted=wanted,
                viewer=by,
                client_id=_id(),
                now=at if by is self.osei else self.now - timedelta(hours=3),
            )

    def _make_ready(self) -> None:
        """Grace has done all for tomorrow; Wes took what he was to leave out, and Ada cannot drive him."""
        wes, at = self._patient_viewer("wes"), self.now - timedelta(days=2)
        said = medicines.Said("lorazepam", "0.5 mg", "at night")
        medicines.tell(viewer=wes, patient=wes.patient, said=said, client_id=_id(), now=at)
        self._decide("wes", at)
        held = treatment.Wanted(
            what="medicine", name="lorazepam", handling="hold", stop_before_min=30 * 60, restart_after_min=480
        )
        series = Series.objects.get(patient=wes.patient)
        treatment.sign_order(
            series_id=series.id, wanted=held, viewer=self.osei, client_id=_id(), now=at
        )  # fmt: skip
        for slug, step, who, done in (
            ("grace", "medicines", "grace", True),
            ("grace", "confirm-ride", "rosa", True),
            ("wes", "stop-", "wes", False),
        ):
            plan, coming = self._coming(slug)
            for task in plan.tasks:
                if task.infusion == coming.booking.infusion and task.step.id.startswith(step):
                    self._fact(
                        Mark, slug, self.users[who], self.now - timedelta(minutes=40), task_key=task.key,
                        done=done, revision=task.revision,
                    )  # fmt: skip

        for slug in ("grace", "wes"):
            self._drive(slug, self._coming(slug)[1], self.now - timedelta(hours=5))
        _wes, coming = self._coming("wes")
        treatment.answer_ride(
            infusion_id=coming.row.id, said=RideSaid.DECLINED, ask_id=UUID(coming.ride.driver.ask),
            viewer=self._viewer("ada", f"caretaker:{self.patients['wes'].id.hex}"), client_id=_id(),
            now=self.now - timedelta(minutes=40),
        )  # fmt: skip
        gap = Escalation.objects.open().get(patient=wes.patient)
        escalation.acknowledge(
            escalation_id=gap.id, viewer=self.osei, client_id=_id(),
            version=gap.version, now=self.now - timedelta(minutes=35),
        )  # fmt: skip

    def _coming(self, slug: str) -> tuple[Plan, Visit]:
        """Return the plan of somebody's series, and the next infusion of it."""
        plan = self._plan(Series.objects.filter(patient=self.patients[slug]))
        return plan, next(one for one in plan.live_visits if one.starts_at > self.now)

    def _drive(self, slug: str, visit: Visit, at: datetime) -> None:
        """Have whoever stays with somebody say that they take them home, unless that is set."""
        if not visit.ride.is_set:
            adult = self.users[COUPLES[slug]]
            self._fact(
                Ride, slug, adult, at, infusion=visit.row, what=RideSaid.CONFIRMED, who=adult,
                revision=visit.row.times_revision,
            )  # fmt: skip

    def _run_late(self) -> None:
        """Two nurses are away on the morning of June’s next infusion: it begins later.

        June’s reserve has a phone and no address: somebody has to call him about the new time.
        """
        plan = self._plan(Series.objects.filter(patient=self.patients["june"]))
        coming = next(one for one in plan.live_visits if one.starts_at > self.now)
        treatment.ask_ride(
            infusion_id=coming.row.id,
            wanted=treatment.WantedRide(name="Hal", phone=self._phone(), reserve=True),
            viewer=self.rosa,
            client_id=_id(),
            now=self.now - timedelta(hours=2),
        )
        planning.carry_out(
            change_id=planning.change_day(
                asked=careplan.Asked(
                    coming.starts_at.astimezone(ZoneInfo(self.zone)).date(), DayChange.What.LATE, 15
                ),
                seen={coming.booking.infusion: coming.row.revision},
                words="Two nurses are away that morning.",
                viewer=self.rosa,
                client_id=_id(),
                now=self.now - timedelta(hours=1),
            ).id,
            viewer=self.rosa,
            now=self.now - timedelta(hours=1),
        )

    def _start(self, slug: str, protocol: str, starts: list[Start]) -> None:
        started = min(start.at for start in starts) - timedelta(days=8)
        if slug == "noor":  # who has told all only since yesterday
            started = self.now - timedelta(hours=1)
        self._decide(slug, min(started, self.now))
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
        self._brief(slug, series.get())
        plan = self._plan(series)
        self._watches(slug, plan)
        self._said(slug, plan)

    def _brief(self, slug: str, series: Series) -> None:
        """Have whoever stays sign their briefing, if the series has begun."""
        if slug in COUPLES:
            adult = self.users[COUPLES[slug]]
            at = min(series.started_at + timedelta(days=2), self.now)
            self._fact(
                Briefing, slug, adult, at, series=series, adult=adult, cards=briefings.versions(),
                in_full=True, signed_name=adult.name,
            )  # fmt: skip

    def _take_turns(self) -> None:
        """Let Dele stand by for Maya tomorrow and take the infusion after it; the next is open.

        Sam has asked Dele to take the last one too, and waits for a yes.
        """
        coming = [
            visit.row for visit in self._plan(Series.objects.filter(patient=self.patients["maya"])).visits
        ]
        tomorrow, after, later, last = [one for one in coming if one.starts_at > self.now]
        for said, helper, infusion in (
            (Said.STANDS_BY, "dele", tomorrow),
            (Said.ASKED, "dele", after),
            (Said.CANNOT, "sam", later),
        ):
            self._say(said, helper, infusion)
        self._say(Said.TAKES, "dele", after, by="sam")
        self._say(Said.ASKED, "dele", last, by="sam")

    def _plan_rides(self) -> None:
        """Have Maya's rides at every stage: Sam drives tomorrow, with a friend in reserve, and cannot later.

        Two more were asked by their number alone: Noa for the last one, who has not answered, and Kit as the
        reserve of the one Sam cannot drive to, who answered STOP.
        """
        coming = [
            visit.row for visit in self._plan(Series.objects.filter(patient=self.patients["maya"])).visits
        ]
        tomorrow, after, later, last = [one for one in coming if one.starts_at > self.now]
        friend = {"name": "Rae", "email": "rae@harbor.example"}
        self._ask_ride("sam", tomorrow, treatment.WantedRide(who_id=self.users["sam"].id))
        self._ask_ride("maya", tomorrow, treatment.WantedRide(reserve=True, **friend))
        for infusion in (after, later):
            asked = self._ask_ride("maya", infusion, treatment.WantedRide(who_id=self.users["sam"].id))
            said = RideSaid.CONFIRMED if infusion == after else RideSaid.DECLINED
            treatment.answer_ride(
                infusion_id=infusion.id, said=said, ask_id=asked.id, viewer=self._circle_of_maya("sam"),
                client_id=_id(), now=self.now - timedelta(hours=1),
            )  # fmt: skip
        self._ask_ride("maya", last, treatment.WantedRide(name="Noa", phone=self._phone()))
        kit = self._ask_ride(
            "maya", later, treatment.WantedRide(name="Kit", phone=self._phone(), reserve=True)
        )
        reach.stop(kit.phone, now=self.now - timedelta(minutes=90))

    def _write_cards(self) -> None:
        """Have Maya and Theo say how they want to be cared for; Theo is in the chair with it."""
        maya = {"near": "room", "voice": "few", "touch": "hand", "sound": "own", "mask": "yes"}
        theo = {"near": "room", "voice": "silent", "touch": "none", "light": "dim", "blanket": "yes"}
        for slug, said, calms, avoid in (
            ("maya", maya, "The sea. “You are here, this will pass.”", "Questions about work"),
            ("theo", theo, "Feet under the blanket", "Being asked how it feels"),
        ):
            planning.write_comfort(
                viewer=self._patient_viewer(slug), wanted=planning.WantedComfort(said, calms, avoid),
                client_id=_id(), now=self.now - timedelta(days=1),
            )  # fmt: skip
        theo = self._patient_viewer("theo")
        today = Infusion.objects.filter(patient=theo.patient, starts_at__lt=self.now).latest("starts_at")
        self._fact(
            Response, "theo", self.users["theo"], today.starts_at - timedelta(minutes=12),
            questionnaire=careplan.ANXIETY, questionnaire_version="1.0.0",
            task_key=careplan.anxiety_key(today), kind=Response.Kind.SCORES,
            answers={careplan.ANXIETY: "6"}, content_hash="",
        )  # fmt: skip

    def _keep_a_line(self) -> None:
        """Have Maya keep a line for tomorrow, which Sam and her nurses read too."""
        maya, said_at = self._patient_viewer("maya"), self.now - timedelta(hours=3)
        infusion = careplan.next_infusion(maya, said_at)
        assert infusion is not None
        words = "I can let this pass through."
        line = planning.intend(viewer=maya, infusion=infusion, text=words, client_id=_id(), now=said_at)
        for member_id in (None, self.patients["maya"].circle.get(user=self.users["sam"]).id):
            planning.show_intention(
                viewer=maya, infusion=infusion, line_id=line.id, member_id=member_id, client_id=_id(),
                now=said_at,
            )  # fmt: skip

    def _pack(self) -> None:
        """Have Maya pack half of her bag, with a thing of her own, and Sam begin to make the home ready."""
        maya, sam = self._patient_viewer("maya"), self._circle_of_maya("sam")
        infusion = careplan.next_infusion(maya, self.now)
        assert infusion is not None
        ticked = {"bag": ("headphones", "eye-mask", "medicine-list"), "home": ("quiet", "water", "pets")}
        for which, viewer in (("bag", maya), ("home", sam)):
            for thing in ticked[which]:
                self._say_thing(which, viewer, planning.WantedThing(ThingSaid.TICKED, infusion.id, thing))
        own = planning.WantedThing(ThingSaid.ADDED, infusion.id, text="The grey cardigan")
        self._say_thing("bag", maya, own)

    def _say_thing(self, which: str, viewer: Viewer, wanted: planning.WantedThing) -> None:
        said_at = self.now - timedelta(hours=2)
        planning.say_thing(viewer=viewer, which=which, wanted=wanted, client_id=_id(), now=said_at)

    def _leave_out_tips(self) -> None:
        """Have Theo leave out the tips for the mind: practices are not for him."""
        treatment.choose_tips(
            viewer=self._patient_viewer("theo"), part=Part.MIND, leaves_out=True, client_id=_id(),
            now=self.now - timedelta(days=2),
        )  # fmt: skip

    def _note_money(self) -> None:
        """Have Rosa note what Maya was told and paid before her first infusion."""
        series = Series.objects.get(patient=self.patients["maya"])
        at = self.now - timedelta(days=9)
        told = treatment.WantedNote("price", self.clinic.price, at, self.rosa.user_id, series.patient.name)
        for wanted in (told, treatment.WantedNote("deposit", "100, by card.", at + timedelta(minutes=5))):
            treatment.note_money(
                series_id=series.id, wanted=wanted, viewer=self.rosa, client_id=_id(), now=wanted.at
            )

    def _free_chair(self) -> None:
        """Wes and Halima wait for an earlier time; Grace has just given one up that Wes can have."""
        for slug, helper, ago in (("wes", "Nora", 30), ("halima", "Amal", 5)):
            viewer = self._patient_viewer(slug)
            last = Infusion.objects.filter(patient=viewer.patient).latest("starts_at")
            planning.wait(
                infusion_id=last.id,
                wish=planning.WaitingWish(tuple(range(7)), driver_name=helper, adult_name=helper),
                viewer=viewer,
                client_id=_id(),
                now=self.now - timedelta(hours=ago),
            )
        series = Series.objects.get(patient=self.patients["grace"])
        at = self.now - timedelta(hours=2)
        start = Start(self._at(10, time(7, 30)))  # on the day of Wes's last one, an hour and a half before it
        booked = treatment.book(series_id=series.id, start=start, viewer=self.rosa, client_id=_id(), now=at)
        treatment.cancel(
            infusion_id=booked.id,
            why=BookingRevision.Why.CLINIC,
            expected_revision=1,
            viewer=self.rosa,
            client_id=_id(),
            now=at + timedelta(minutes=5),
        )

    def _keep_calendar(self) -> None:
        """Have Sam's phone fetch his times: it last asked an hour ago."""
        sam = self._circle_of_maya("sam")
        calendars.make(viewer=sam, client_id=_id(), now=self.now - timedelta(days=2))
        link = people.calendar_link(sam, self.now)
        assert link is not None
        calendars.fetched(link, now=self.now - timedelta(hours=1))

    def _ask_ride(self, by: str, infusion: Infusion, wanted: treatment.WantedRide) -> Ride:
        return treatment.ask_ride(
            infusion_id=infusion.id, wanted=wanted, viewer=self._circle_of_maya(by), client_id=_id(),
            now=self.now - timedelta(hours=2),
        )  # fmt: skip

    def _circle_of_maya(self, who: str) -> Viewer:
        kind = "patient" if who == "maya" else "caretaker"
        return self._viewer(who, f"{kind}:{self.patients['maya'].id.hex}")

    def _say(self, said: Said, who: str, infusion: Infusion, by: str = "") -> None:
        viewer = self._viewer(by or who, f"caretaker:{self.patients['maya'].id.hex}")
        treatment.say_duty(
            said=said, infusion_id=infusion.id, who_id=self.users[who].id, viewer=viewer, client_id=_id(),
            now=self.now - timedelta(hours=2),
        )  # fmt: skip

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
        """Mark what was due by now as done, and answer the check-ins that have closed as fine.

        What a prescriber decides before an infusion, Dr Osei has decided.
        """
        by = {Actor.PATIENT: slug, Actor.CARETAKER: COUPLES.get(slug, ""), Actor.CLINIC: "rosa"}
        for task in plan.tasks:
            is_of_clinic = task.actor is Actor.CLINIC
            is_decision = is_of_clinic and task.step.gate and task.step.kind in ("infusion", "history")
            who = self.users.get("osei" if is_decision else by[task.actor])
            if who is None or task.due_at >= self.now or not task.step.answerable:
                continue
            if task.step.is_check_in and task.closes_at < self.now:
                self._fine(slug, who, task)
            elif careplan.item(plan, task).is_markable:
                self._fact(Mark, slug, who, task.due_at, task_key=task.key, done=True, revision=task.revision)
        for visit in plan.live_visits:
            asked = plan.ride_step(visit)
            is_said_later = slug == "maya" and visit.starts_at > self.now  # see _plan_rides
            if slug in COUPLES and asked and asked.due_at < self.now and not is_said_later:
                self._drive(slug, visit, asked.due_at)

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
        by_role = {self.users[slug].id: "patient"} | {self.users[one].id: "staff" for one in ("rosa", "osei")}
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

    def _reach(self, at: datetime) -> None:
        """Rosa is rung when nobody answers; Sam's mailbox sent one back; Elin wants no text and no mail."""
        agreed = {"mobile_at": at, "sms_at": at}
        Reach.objects.create(
            user=self.users["rosa"],
            mobile=self._phone(),
            voice_at=at,
            order=["email", "sms", "voice"],
            **agreed,
        )
        Reach.objects.create(user=self.users["sam"], mobile=self._phone(), **agreed)
        Reach.objects.create(
            user=self.users["elin"], mobile=self._phone(), stopped_at=self.now - timedelta(days=2), **agreed
        )
        full = (
            Notice.objects.filter(to_user=self.users["sam"], state=Notice.State.SENT)
            .order_by("due_at")
            .last()
        )
        for after_s, fence, channel, outcome, reason in (
            (0, 1, "email", Attempt.Outcome.STARTED, ""),
            (1, 1, "email", Attempt.Outcome.ACCEPTED, ""),
            (40, 1, "email", Attempt.Outcome.RETURNED, "mail-returned"),
            (101, 2, "sms", Attempt.Outcome.STARTED, ""),
            (102, 2, "sms", Attempt.Outcome.ACCEPTED, ""),
            (109, 2, "sms", Attempt.Outcome.DELIVERED, ""),
        ):
            self._tried(full, channel, outcome, reason, fence=fence, after_s=after_s)
        full.fence = full.tries = 2
        full.delivered_at = full.due_at + timedelta(seconds=109)
        full.save()
        told = Notice.objects.filter(to_user=self.users["elin"], state=Notice.State.SENT)
        unwanted = told.order_by("due_at").last()
        self._tried(unwanted, "email", Attempt.Outcome.DELIVERED, UNWANTED, fence=1, after_s=600)

    @staticmethod
    def _tried(notice: Notice, channel: str, outcome: str, reason: str, *, fence: int, after_s: int) -> None:
        at = notice.due_at + timedelta(seconds=after_s)
        Attempt.objects.create(
            notice=notice, channel=channel, outcome=outcome, reason=reason, fence=fence, at=at
        )

    def _send_together(self) -> None:
        """What Osei is to read came to him in one message an hour ago."""
        at = self.now - timedelta(hours=1)
        told = Notice.objects.filter(to_user=self.users["osei"], words__in=CAN_WAIT)
        first = told.filter(due_at__gt=at - timedelta(days=1), due_at__lte=at).order_by("due_at").first()
        room = lanes.Room(free={(name, False): 1 for name in CHANNELS})
        (letter,) = notices.take([first.id], room, now=at).letters
        notices.finish([lanes.Said(letter, Attempt.Outcome.ACCEPTED)], now=at)

    def _send_past(self) -> None:
        """Say that each message of the made-up past went out when it was due."""
        past = Notice.objects.filter(state=Notice.State.PLANNED, due_at__lt=self.now)
        past.update(state=Notice.State.SENT, sent_at=F("due_at"))
        read = Notice.objects.filter(words__in=READ_ONLY, sent_at__lt=self.now - timedelta(days=1))
        read.update(opened_at=F("sent_at") + timedelta(minutes=20))

    def _lose(self) -> None:
        """What was last sent to Amir came back: his mailbox does not exist any more."""
        sent = Notice.objects.filter(to_user=self.users["amir"], state=Notice.State.SENT, digest=None)
        last = sent.latest("due_at")
        Attempt.objects.create(
            notice=last, channel="email", outcome=Attempt.Outcome.REFUSED, reason="smtp-550",
            fence=1, lasting=True, at=last.due_at,
        )  # fmt: skip
        last.state, last.fence, last.tries = Notice.State.NOT_REACHED, 1, 1
        last.sent_at = last.opened_at = None
        last.save()

    def _helpers(self) -> None:
        """Every kind of helper around Rafi: one of sixteen, one without e-mail, a therapist from outside."""
        rafi, at = self.patients["rafi"], self.now - timedelta(days=10)
        self._join("rafi", "noa", at, relation="child", help=CircleMember.Help.LIVES_WITH, is_adult=False)
        ines = invitations.invite(
            patient=rafi, role=Invitation.Role.THERAPIST, email="ines@harbor.example", name="Ines Castro",
            by=self._patient_viewer("rafi"), client_id=_id(), now=at,
        )  # fmt: skip
        circle.accept(
            invitation=ines, user=self._user("ines", at), name="Ines Castro", zone=self.zone, now=at
        )
        helping.add_without_mail(
            patient=rafi, name="Abe Mendel", phone=self._phone(), relation="parent", by=self.rosa,
            helping=helping.Helping(
                help=CircleMember.Help.COMES_OVER, is_adult=True, device=CircleMember.Device.NONE,
                language="Español", interpreter=True,
                hours=((5, "10:00", "18:00"), (6, "10:00", "18:00")),
            ),
            client_id=_id(), now=at,
        )  # fmt: skip
        safety.note(
            patient=self.patients["june"], before=None, by=self.rosa, client_id=_id(), now=at,
            values={"safe": "yes", "phone": "", "voicemail": False, "barred": [], "note": ""},
        )  # fmt: skip
        safety.note(
            patient=self.patients["elin"], before=None, by=self.rosa, client_id=_id(), now=at,
            values={
                "safe": "unsure", "phone": "", "voicemail": False, "barred": [str(self.users["per"].id)],
                "note": "Goes quiet when he is named. Ask again, alone, next week.",
            },
        )  # fmt: skip
        last = Series.objects.get(patient=rafi).infusions.order_by("starts_at").last()
        treatment.move(
            infusion_id=last.id, start=Start(at=last.starts_at + timedelta(hours=1), anyway=True),
            why="patient", expected_revision=last.revision, viewer=self.rosa, client_id=_id(), now=self.now,
        )  # fmt: skip

    def _invite(self) -> None:
        """Lea was invited just now; one invitation ran out, and one was declined."""
        self._ask_in("noor", "lea", "Lea Bakshi", "sibling", self.now - timedelta(minutes=3))
        self._ask_in("kaya", "deniz", "Deniz Demir", "sibling", self.now - timedelta(days=20))
        said = self.now - timedelta(days=4)
        bisi = self._ask_in("milo", "bisi", "Bisi Adeyemi", "friend", said - timedelta(days=2))
        invitations.decline(invitation=bisi, now=said)
        invitations.told_of_circle(bisi.patient)

    def _ask_in(self, patient: str, slug: str, name: str, relation: str, at: datetime) -> Invitation:
        return invitations.invite(
            patient=self.patients[patient], role=Invitation.Role.CARETAKER, email=f"{slug}@harbor.example",
            name=name, relation=relation, by=self._patient_viewer(patient), client_id=_id(), now=at,
        )  # fmt: skip

    def _at_home(self) -> None:
        """June’s check-in is open; Halima’s caretaker has just said that something is wrong."""
        at = self.now - timedelta(minutes=10)
        amir = self._viewer("amir", f"caretaker:{self.patients['halima'].id.hex}")
        plan = self._plan(Series.objects.filter(patient=self.patients["halima"]))
        asked = [
            task for task in plan.tasks if task.step.is_check_in and task.opens_at <= at < task.closes_at
        ]
        for task in asked[:1]:
            checkins.submit(
                viewer=amir,
                task_key=task.key,
                revision=task.revision,
                answers={"wake": "awake", "breathing": "easy", "other": "vomiting"},
                client_id=_id(),
                now=at,
            )

    def _patient_viewer(self, slug: str) -> Viewer:
        return self._viewer(slug, f"patient:{self.patients[slug].id.hex}")

    def _viewer(self, slug: str, capacity: str) -> Viewer:
        return access.acting(self.users[slug], capacity)


class _Everything:
    """Every number is accepted: nobody real signs in a demonstration, and every page says so."""

    def __contains__(self, ticked: object) -> bool:
        return True


def _page() -> bytes:
    """Return a photo of a page with lines on it, as a PNG of shades of grey."""
    wide, high = 210, 297

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    white, line = b"\0" + b"\xff" * wide, b"\0" + b"\xff" * 20 + b"\x60" * (wide - 40) + b"\xff" * 20
    rows = b"".join(line if row % 12 == 0 and 30 < row < 260 else white for row in range(high))
    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")
    )


def _id() -> UUID:
    return UUID(int=uuid7().int)


def _from_evening(zone: str, now: datetime) -> timedelta:
    """Return how far a place is from early evening, on the clock's circle."""
    local = now.astimezone(ZoneInfo(zone))
    minutes = (local.hour - EVENING.hour) * 60 + local.minute - EVENING.minute
    return timedelta(minutes=min(minutes % 1440, -minutes % 1440))
