"""Who watches the clock: when the tick is silent, nobody is told anything, so the clinic lead must be.

This is the one message that does not go through the ledger of notices, because the tick would send it.
"""

import logging
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.core import mail
from django.db import Error
from django.utils.translation import gettext as _

from luna.feed.models import Heartbeat
from luna.people.models import Clinic

log = logging.getLogger(__name__)

RESTART_AFTER = timedelta(seconds=60)  # a silent worker is started again, and has as long to be heard
TELL_AFTER = timedelta(minutes=2)  # nobody's clock has ticked: the leads are told
TELL_AGAIN = timedelta(hours=1)
PING_EVERY = timedelta(minutes=1)
PING_TIMEOUT_S = 5


@dataclass
class Watch:
    """What the watchdog knows. Addresses are kept, since a lost database cannot be asked for them."""

    since: datetime  # the watchdog's own start: silence is not older than that
    beats: dict[UUID, datetime] = field(default_factory=dict)
    leads: list[str] = field(default_factory=list)
    restarted_at: datetime | None = None
    told_at: datetime | None = None
    pinged_at: datetime | None = None

    def read(self) -> None:
        """Learn the latest heartbeats and addresses; keep the old ones when the database is away."""
        try:
            self.beats = dict(Heartbeat.objects.values_list("worker", "at"))
            self.leads = sorted(set(Clinic.objects.values_list("lead_email", flat=True)))
        except Error:
            log.exception("The watchdog cannot read the database")

    def silent_for(self, now: datetime, worker: UUID | None = None) -> timedelta:
        """Return how long worker, or else every worker, has not been heard."""
        heard = self.beats.values() if worker is None else filter(None, [self.beats.get(worker)])
        return now - max([self.since, *heard])

    def must_restart(self, now: datetime, worker: UUID) -> bool:
        """Say whether worker must be started again. It beats after its first turn, so it is given time."""
        if self.silent_for(now, worker) < RESTART_AFTER:
            return False
        return self.restarted_at is None or now - self.restarted_at >= RESTART_AFTER

    def must_tell(self, now: datetime) -> bool:
        """Say whether the leads must hear now that the clock stands still."""
        if self.silent_for(now) < TELL_AFTER:
            self.told_at = None
            return False
        return self.told_at is None or now - self.told_at >= TELL_AGAIN

    def must_ping(self, now: datetime) -> bool:
        """Say whether it is time to tell the outside watcher that all is well. Never while it is not."""
        if now - self.since < PING_EVERY and not self.beats:
            return False
        due = self.pinged_at is None or now - self.pinged_at >= PING_EVERY
        return due and self.silent_for(now) < RESTART_AFTER


def tell_leads(addresses: list[str], since: datetime) -> None:
    """Send each clinic lead the one message that the clock stands still.

    since: when the tick was last heard.
    """
    subject = _("Luna is not sending messages")
    text = _(
        "Luna’s clock has been silent since %(since)s UTC. Until it runs again, no reminder is sent and no "
        "escalation climbs. Please call your patients who are at home after an infusion, and ask whoever "
        "runs Luna to look at it now: luna doctor"
    ) % {"since": since.strftime("%Y-%m-%d %H:%M")}
    with mail.get_connection() as connection:
        for address in addresses:
            mail.EmailMessage(subject, text, to=[address], connection=connection).send()


def ping(url: str) -> None:
    """Tell the watcher at url that the clock ticks."""
    with urllib.request.urlopen(url, timeout=PING_TIMEOUT_S) as response:
        response.read(1)
