"""The clinic goes over to another zone: what is told by the clock comes to other instants."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef

from luna.clinical import plan as rules
from luna.library import plans as library
from luna.notices import actions as notices
from luna.people.models import Clinic
from luna.treatment import plans, turns
from luna.treatment.actions import telling
from luna.treatment.models import Infusion, Series

WORDS = "clock-changed"


def zone_changed(*, clinic: Clinic, was: str, now: datetime) -> None:
    """Ask again what was marked of times that changed, and tell everybody who goes by them.

    One of settings.LUNA_WHEN_ZONE_CHANGED. An infusion keeps its instant: its booking, its ride and who is
    there stand. Where no instant changed nothing is asked and nobody is told.
    """
    ahead = Infusion.objects.filter(series=OuterRef("pk"), cancelled=False, leaves_at__gt=now - turns.OVER)
    going = Series.objects.filter(Exists(ahead), clinic=clinic).order_by("id")
    held = list(going.select_for_update(no_key=True).values_list("id", flat=True))
    for series in plans.loaded(Series.objects.filter(id__in=held).order_by("id")):
        changed = _changed(series, was, now)
        if changed:
            _follow(series, changed, clinic.version, now)


def _changed(series: Series, was: str, now: datetime) -> frozenset[str]:
    """Return the keys of the tasks of a series that came to other instants."""
    protocol = library.protocol(series.protocol)
    after = rules.apply(protocol, plans.facts(series))
    series.clinic.zone, zone = was, series.clinic.zone
    before = rules.apply(protocol, plans.facts(series))
    series.clinic.zone = zone
    return rules.retimed(before, after, now)


def _follow(series: Series, changed: Collection[str], version: int, now: datetime) -> None:
    """Void what was still to be said of former times, and send each person concerned one message."""
    known = series.rezoned or {}
    series.rezoned = known | {key: known.get(key, 0) + 1 for key in sorted(changed)}
    series.save(update_fields=["rezoned"])
    for key in notices.waiting(patient_id=series.patient_id, task_key_prefix="") & set(changed):
        notices.void(patient_id=series.patient_id, task_key_prefix=key)
    for user in telling.concerned(series):
        notices.plan(
            key=f"{series.id.hex}:{WORDS}:v{version}:{user.id.hex}",
            words=WORDS,
            clinic_id=series.clinic_id,
            patient_id=series.patient_id,
            to_user_id=user.id,
            due_at=now,
            now=now,
        )
