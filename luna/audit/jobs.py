"""What the clock does for the audit: chain new lines, and send each chain's head away once a day."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from luna.audit import plans
from luna.audit.models import AuditHead, AuditSeal, AuditUnsealed

BATCH = 200  # lines chained in one transaction, so that nobody waits long for the one writer of SQLite
SEND_EVERY = timedelta(hours=24)
HELD, HELD_S = "audit-heads-are-being-sent", 600


def run(now: datetime) -> int:
    """Chain the lines that wait and send the heads if a day has passed; return how many lines."""
    waiting = AuditUnsealed.objects.order_by("chain").values_list("chain", flat=True).distinct()
    sealed = sum(seal(chain, now) for chain in list(waiting))
    send_heads(now)
    return sealed


def seal(chain: UUID, now: datetime) -> int:
    """Add the oldest waiting lines of a chain to it; return how many.

    Of two workers at once one wins the next number; the other's batch is undone and comes again.
    """
    try:
        with transaction.atomic():
            return _seal(chain, now)
    except IntegrityError:
        return 0


def send_heads(now: datetime) -> int:
    """Send the head of every chain to the audit's address, at most once a day; return how many."""
    if not settings.LUNA_AUDIT_EMAIL or AuditHead.objects.filter(sent_at__gt=now - SEND_EVERY).exists():
        return 0
    heads = [head for chain in plans.chains() if (head := plans.head(chain)) is not None]
    # One worker sends; and a mail server that is away is asked again in ten minutes, not every second.
    if not heads or not cache.add(HELD, 1, HELD_S):
        return 0
    send_mail(
        subject=_("Luna: heads of the audit"),
        message=_("Keep this message. With it, “luna audit verify” finds a cut or rebuilt audit.")
        + "\n\n"
        + "\n".join(map(str, heads))
        + "\n",
        from_email=None,
        recipient_list=[settings.LUNA_AUDIT_EMAIL],
    )
    AuditHead.objects.bulk_create(
        AuditHead(chain=head.chain, number=head.number, hash=head.hash, sent_at=now) for head in heads
    )
    cache.delete(HELD)
    return len(heads)


def _seal(chain: UUID, now: datetime) -> int:
    waiting = list(
        AuditUnsealed.objects.filter(chain=chain).order_by("event_id").select_related("event")[:BATCH]
    )
    last = plans.head(chain)
    number, previous = (last.number, last.hash) if last else (0, "")
    seals = []
    for row in waiting:
        number += 1
        previous = plans.link(number, previous, row.event)
        seals.append(AuditSeal(chain=chain, number=number, event=row.event, hash=previous, sealed_at=now))
    AuditSeal.objects.bulk_create(seals)
    AuditUnsealed.objects.filter(pk__in=[row.pk for row in waiting]).delete()
    return len(seals)
