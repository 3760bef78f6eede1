"""`luna doctor`: say in words what is well, what is not, and what to do about it."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from luna import backup, checks, health, restore
from luna.audit import plans as audit
from luna.audit.models import AuditHead
from luna.escalation import plans as escalation
from luna.escalation import watchdog
from luna.feed.models import Heartbeat
from luna.library import plans as library
from luna.library.models import ContentVersion
from luna.notices.models import Notice
from luna.people.models import Clinic, Installation
from luna.records import pdf

SPACE_BYTES = 1 << 30
REHEARSE_EVERY = timedelta(days=90)
HEADS_WITHIN = timedelta(days=2)


@dataclass(frozen=True)
class Finding:
    """One thing looked at. fix: what to do; empty when it is well."""

    what: str
    fix: str = ""
    must_mend: bool = False

    def __str__(self) -> str:
        """Return the line to print."""
        mark = "MEND" if self.must_mend else "look" if self.fix else "ok  "
        return f"{mark}  {self.what}" + (f"\n      {self.fix}" if self.fix else "")


def examine(now: datetime, *, go_live: bool) -> list[Finding]:
    """Return what was found; with go_live also what must be true before real people use Luna."""
    found = [*_settings(), *_keys()]
    problem = _database_problem()
    if problem:
        return [*found, Finding(problem, "Nothing more can be looked at before that.", must_mend=True)]
    found += [*_storage(), *_clock(now), *_messages(), *_audit(), *_mail(), *_paper()]
    return [*found, *_go_live(now)] if go_live else found


def audit_heads() -> list[str]:
    """Return the head of every chain as text, to be kept where this machine cannot change it."""
    return [str(head) for chain in audit.chains() if (head := audit.head(chain))]


def audit_problems(saved: Iterable[str]) -> list[str]:
    """Return in sentences what is wrong with the audit, measured also against heads saved earlier."""
    heads = {head.chain: head for head in map(audit.read_head, filter(str.strip, saved))}
    chains = {*audit.chains(), *heads}
    return [str(finding) for chain in sorted(chains) for finding in audit.verify(chain, heads.get(chain))]


def _settings() -> Iterator[Finding]:
    problems = checks.problems()
    for problem in problems:
        yield Finding(problem.msg, problem.hint, must_mend=problem.is_serious())
    if not problems:
        yield Finding("The settings fit together.")


def _keys() -> Iterator[Finding]:
    folder = settings.LUNA_KEYS
    if folder.stat().st_mode & 0o077:
        yield Finding(f"Others can look into {folder}.", f"Run: chmod 700 {folder}", must_mend=True)
    else:
        yield Finding(
            f"The keys are in {folder}, closed to others. Keep a copy of it apart from the backups."
        )
    if (folder / backup.PUBLIC_KEY).exists():
        yield Finding("Backups can be sealed.")
    else:
        yield Finding("There is no key for backups.", "Run: luna backup-key new FILE")


def _database_problem() -> str | None:
    try:
        return health.problem()
    except Exception as error:
        return f"The database cannot be opened ({type(error).__name__})."


def _storage() -> Iterator[Finding]:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            found = cursor.execute("PRAGMA quick_check").fetchone()[0]
        if found == "ok":
            how = "encrypted" if settings.LUNA_DB_KEY_FILE else "not encrypted by Luna: use an encrypted disk"
            yield Finding(f"The database file is whole; it is {how}.")
        else:
            yield Finding(f"The database file is damaged: {found}.", "Restore a backup.", must_mend=True)
    free = shutil.disk_usage(settings.LUNA_DATA).free
    if free < SPACE_BYTES:
        yield Finding(f"Only {free >> 20} MB are free in {settings.LUNA_DATA}.", "Make room.", must_mend=True)
    else:
        yield Finding(f"There is room in {settings.LUNA_DATA}: {free >> 30} GB.")


def _clock(now: datetime) -> Iterator[Finding]:
    beat = Heartbeat.objects.order_by("-at").first()
    if beat is None or now - beat.at > watchdog.TELL_AFTER:
        since = f"since {beat.at:%Y-%m-%d %H:%M} UTC" if beat else "yet"
        yield Finding(
            f"The clock has not ticked {since}: no reminder is sent and no escalation climbs.",
            "Start it: luna serve",
            must_mend=True,
        )
    elif beat.failures:
        yield Finding(
            f"The clock ticks, but {beat.failures} of its jobs fail.", "Look for 'A job failed' in the log."
        )
    else:
        yield Finding("The clock ticks.")


def _messages() -> Iterator[Finding]:
    states = (Notice.State.NOT_REACHED, Notice.State.UNKNOWN, Notice.State.HELD)
    counts = {state: Notice.objects.reasons().filter(state=state).count() for state in states}
    for state, count in counts.items():
        if count:
            yield Finding(
                f"{count} messages are {state.label.lower()}.", "Look at them on the page Messages."
            )
    if not any(counts.values()):
        yield Finding("Every message went out.")


def _audit() -> Iterator[Finding]:
    problems = audit_problems([])
    for problem in problems:
        yield Finding(problem, "Compare it with a saved head: luna audit verify --heads FILE", must_mend=True)
    if not problems:
        yield Finding("The audit is as it was written.")


def _mail() -> Iterator[Finding]:
    if Installation.objects.filter(demo=True).exists():
        yield Finding("This is a demonstration: it sends nothing, whatever the settings say.")
    elif settings.LUNA_SMTP_URL or settings.LUNA_MAIL_PROVIDER:
        yield Finding("A mail server is set.")
    else:
        yield Finding("No mail server is set, so no message leaves.", "Set LUNA_SMTP_URL.", must_mend=True)


def _paper() -> Iterator[Finding]:
    problem = pdf.problem()
    yield (
        Finding("PDFs cannot be made.", problem, must_mend=True) if problem else Finding("PDFs can be made.")
    )


def _go_live(now: datetime) -> Iterator[Finding]:
    """Look at what safety asks for before the first real person."""
    if Installation.objects.filter(demo=True).exists():
        yield Finding("This is a demonstration.", "Start with a new, empty database.", must_mend=True)
    yield _must(
        settings.IS_HTTPS, "People reach Luna by https only.", "Set LUNA_BASE_URL to an https address."
    )
    yield _must(
        bool(settings.LUNA_HEARTBEAT_URL),
        "A watcher outside this machine hears when the clock stands still.",
        "Set LUNA_HEARTBEAT_URL.",
    )
    yield _must(
        AuditHead.objects.filter(sent_at__gte=now - HEADS_WITHIN).exists(),
        "The heads of the audit leave this machine every day.",
        "Set LUNA_AUDIT_EMAIL to a mailbox that whoever runs this machine cannot change.",
    )
    yield _must(
        _rehearsed(now), "A restore was rehearsed in the last 90 days.", "Rehearse one: see docs/run-it.md."
    )
    yield _must(
        not _owns_tables(),
        "The database role Luna runs as cannot change its own safeguards.",
        "Run it as a role that does not own the tables: see Two roles in docs/run-it.md.",
    )
    clinics = list(Clinic.objects.all())
    yield _must(bool(clinics), "There is a clinic.", "Make one: luna clinic new")
    for clinic in clinics:
        yield from _clinic(clinic, now)


def _clinic(clinic: Clinic, now: datetime) -> Iterator[Finding]:
    kinds = ContentVersion.Kind
    newest = library.newest(clinic.id)
    signed = {key: version for key, version in newest.items() if not version.demo}
    yield _must(
        any(kind == kinds.PROTOCOL for kind, _name in signed),
        f"Clinic {clinic.id} signed a protocol.",
        "A prescriber signs it on the page Protocols.",
    )
    yield _must(
        (kinds.TRIAGE, library.RULES) in signed,
        f"Clinic {clinic.id} signed the triage rules.",
        "A prescriber signs them on the page Protocols.",
    )
    numbers = signed.get((kinds.EMERGENCY, clinic.country.lower()))
    yield _must(
        numbers is not None and not library.has_run_out(numbers, now),
        f"Clinic {clinic.id} signed its emergency numbers within a year.",
        "A prescriber checks each number, then signs them on the page Protocols.",
    )
    rungs = escalation.rungs(clinic.id)
    reached = bool(rungs) and all(escalation.recipients(rung) for rung in rungs)
    yield _must(
        reached,
        f"Every rung of clinic {clinic.id}'s ladder reaches somebody.",
        "Fill the gaps on the page Ladder.",
    )


def _owns_tables() -> bool:
    """Say whether PostgreSQL would let Luna drop a table or its guards. On SQLite whoever runs it could."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_tables "
            "WHERE schemaname = current_schema() AND pg_has_role(tableowner, 'MEMBER')"
        )
        (owned,) = cursor.fetchone()
    return bool(owned)


def _rehearsed(now: datetime) -> bool:
    path = Path(settings.LUNA_KEYS) / restore.REHEARSED
    return path.exists() and now - datetime.fromisoformat(path.read_text()) <= REHEARSE_EVERY


def _must(is_so: bool, what: str, fix: str) -> Finding:
    return Finding(what) if is_so else Finding(f"Not yet: {what}", fix, must_mend=True)
