"""Answers given and sent at the same moment, each with a connection of its own.

Run inside a Luna of its own: append-only tables cannot be emptied again after a test.
"""

from datetime import UTC, datetime
from typing import Any

from luna.audit.models import AuditEvent
from luna.records import drafts
from luna.records.models import Draft, Response
from luna.records.questions import Asking
from tests import cast as people
from tests.crowding import CROWD, at_once

NOW = datetime(2027, 3, 8, 17, tzinfo=UTC)


def run_all() -> dict[str, Any]:
    """Run every race and return what came of each."""
    cast = people.build(NOW)
    return {race.__name__: race(cast) for race in (beginning, two_tabs, sending)}


def beginning(cast: people.Cast) -> Any:
    """A double click on the first answer makes one draft."""
    found = at_once([lambda: answered(cast, opened(cast), "first")] * CROWD)
    return [{type(one).__name__ for one in found} == {"Asking"}, Draft.objects.count()]


def two_tabs(cast: people.Cast) -> Any:
    """Two tabs give one question two answers."""
    both = opened(cast)
    found = at_once([lambda which=which: answered(cast, both, which) for which in ("second", "third")])
    return sorted(type(one).__name__ for one in found)


def sending(cast: people.Cast) -> Any:
    """A double click sends once."""
    asking = opened(cast)
    for item in asking.questionnaire.items:
        asking = drafts.save(
            viewer=cast.sees("bea"), asking=asking, item=item, answer=item.choices[0].code,
            version=asking.version, round=asking.round, now=NOW,
        )  # fmt: skip

    def send() -> Any:
        return drafts.submit(
            viewer=cast.sees("bea"), asking=asking, version=asking.version, round=asking.round, now=NOW
        )

    found = at_once([send] * CROWD)
    ids = {one.id for sent in found for one in sent}
    return [len(ids), Response.objects.count(), AuditEvent.objects.filter(verb="answers.send").count()]


def opened(cast: people.Cast) -> Asking:
    return drafts.open(
        viewer=cast.sees("bea"), patient=cast.ana_patient, questionnaire="checkin", kind="recovery", now=NOW
    )


def answered(cast: people.Cast, asking: Asking, which: str) -> Asking:
    item = asking.questionnaire.items[0]
    code = item.choices[("first", "second", "third").index(which)].code
    return drafts.save(
        viewer=cast.sees("bea"), asking=asking, item=item, answer=code,
        version=asking.version, round=asking.round, now=NOW,
    )  # fmt: skip
