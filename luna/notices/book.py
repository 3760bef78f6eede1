"""Notices that one transaction holds, and what it writes of them: many of them in few statements."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, prefetch_related_objects

from luna.feed import actions as feed
from luna.notices import words as texts
from luna.notices.models import Attempt, Notice

# What becomes of a notice once it is planned.
MOVES = (
    "state", "fence", "tries", "due_at", "lease_until", "sent_at", "delivered_at", "follow_at", "digest_id",
)  # fmt: skip
TRIES = Prefetch("attempts", Attempt.objects.order_by("at", "id"), to_attr="tried")


class Book:
    """Notices whose rows are locked, each with its tries so far as `tried`, as they were found.

    They are changed in memory; `write` stores what changed, `tell` wakes the pages that wait for it.
    """

    def __init__(self, notices: Sequence[Notice]) -> None:
        """Read what was tried of each: one query."""
        prefetch_related_objects(notices, TRIES)
        self.notices = list(notices)
        self._found = {notice.pk: _moves(notice) for notice in notices}
        self._carried: dict[UUID, Notice] = {}
        self._news: set[UUID] = set()

    def carry(self, notice: Notice, *, by: Notice) -> None:
        """Hold a digest that was just planned in place of a notice that leaves in it.

        What becomes of the notice is then written with the other parts, and no more from here.
        """
        by.tried = []
        self._found[by.pk] = _moves(by)
        self._carried[notice.pk] = by
        self.notices[self.notices.index(notice)] = by

    def has_moved(self, notice: Notice) -> bool:
        """Say whether anything became of a notice since it was found."""
        return _moves(notice) != self._found[notice.pk] or bool(_unsaved(notice))

    def undo(self, notice: Notice) -> None:
        """Forget what became of a notice, and the digest that it was to leave in."""
        if by := self._carried.pop(notice.pk, None):
            self.notices[self.notices.index(by)] = notice
        for name, value in zip(MOVES, self._found[notice.pk], strict=True):
            setattr(notice, name, value)
        notice.tried = [one for one in notice.tried if not one._state.adding]

    def write(self) -> None:
        """Store new tries, and the notices that moved: one statement for all that moved alike."""
        self._news |= {notice.clinic_id for notice in self.notices if self._is_news(notice)}
        alike: dict[tuple[Any, ...], list[UUID]] = {}
        for notice in filter(self.has_moved, self.notices):
            alike.setdefault(_moves(notice), []).append(notice.pk)
        for moves, ids in alike.items():
            Notice.objects.filter(pk__in=ids).update(**dict(zip(MOVES, moves, strict=True)))
        Attempt.objects.bulk_create([one for notice in self.notices for one in _unsaved(notice)])

    def tell(self, now: datetime) -> None:
        """Have the pages look again of each clinic where one waits for what was written. Call it last.

        Clinics come in one order, so that no two workers ever wait for each other.
        """
        for clinic_id in sorted(self._news):
            feed.changed(clinic_id=clinic_id, now=now)

    def _is_news(self, notice: Notice) -> bool:
        """Say whether a page waits for this: it ended, and was urgent, awaited, or staff must act."""
        was = self._found[notice.pk][0]
        has_ended = any(one.outcome != Attempt.Outcome.STARTED for one in _unsaved(notice))
        if not has_ended and notice.state in (was, Notice.State.SENDING):
            return False
        message = texts.MESSAGES.get(notice.words)  # None for a code that is no longer known
        awaited = notice.urgent or (message is not None and message.awaited)
        return awaited or notice.state in Notice.OPEN_TO_STAFF


def _moves(notice: Notice) -> tuple[Any, ...]:
    return tuple(getattr(notice, name) for name in MOVES)


def _unsaved(notice: Notice) -> list[Attempt]:
    return [one for one in notice.tried if one._state.adding]
