"""Why a step is there for this person: what was told, by whom and when, in the words of who reads it."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from luna.careplan.plans.loading import Plan
from luna.clinical.tailoring import Because, Tag, Word
from luna.library import times
from luna.people.access import KINDS, Viewer
from luna.people.models import STAFF_ONLY, Clinic

# What the patient told, as they read it back.
OWN: dict[str, Promise] = {
    Tag.DIABETES: _("Because you told us on %(day)s that you have diabetes."),
    Tag.LIVES_ALONE: _("Because you told us on %(day)s that you live alone."),
    Tag.NO_DRIVER: _("Because you told us on %(day)s that nobody can take you home yet."),
    Tag.TRAUMA: _("Because you told us on %(day)s of something terrible that stays with you."),
}
# The same, to anybody else who may read it; and what somebody else told.
SAID: dict[str, Promise] = {
    Tag.DIABETES: _("Diabetes: told by %(name)s, %(day)s."),
    Tag.ASK_DIABETES: _("Not sure about diabetes: told by %(name)s, %(day)s."),
    Tag.LIVES_ALONE: _("Lives alone: told by %(name)s, %(day)s."),
    Tag.NO_DRIVER: _("Nobody drives yet: told by %(name)s, %(day)s."),
    Tag.TRAUMA: _("Answered the questions about trauma: %(name)s, %(day)s."),
}
LISTED = _("Because %(medicine)s is on your list of medicines, as of %(day)s.")
STOPPED = _("Because %(medicine)s was stopped only lately, as told on %(day)s.")
NO_MORE = _("Stopped %(medicine)s lately: told by %(name)s, %(day)s.")
TAKEN = _("Takes %(medicine)s: told by %(name)s, %(day)s.")
# While nobody told anything: to the patient, and to others.
UNTOLD: dict[str, tuple[Promise, Promise]] = {
    Tag.ASK_DIABETES: (
        _("Because nobody has said yet whether you have diabetes."),
        _("Nobody has said yet whether they have diabetes."),
    ),
    Tag.NO_DRIVER: (
        _("Because nobody is named yet who could take you home."),
        _("Nobody is known yet who could take them home."),
    ),
}


def told(plan: Plan, viewer: Viewer) -> tuple[str, ...]:
    """Return all that was told of a patient which switches steps on, each as the viewer may read it."""
    needed = {tag for step in plan.protocol.steps for tag in step.needs}
    return tuple(
        words for one in plan.facts.told if one.tag in needed for words in said(one, plan.clinic, viewer)
    )


def said(one: Because, clinic: Clinic, viewer: Viewer) -> Iterator[str]:
    """Give each reason why a tag holds that the viewer may read, the newest first."""
    own = viewer.capacity_kind == "patient"
    kinds = {*KINDS, STAFF_ONLY} if viewer.is_staff else viewer.kinds
    for word in one.to(kinds):
        yield _worded(one.tag, word, clinic, own=own)
    if not one.words and one.is_open_to(kinds):
        to_patient, to_others = UNTOLD[one.tag]
        yield str(to_patient if own else to_others)


def _worded(tag: str, word: Word, clinic: Clinic, *, own: bool) -> str:
    values = {"name": word.by, "day": _day(word.at, clinic), "medicine": word.medicine}
    if word.medicine and word.stopped:
        return str(STOPPED if own else NO_MORE) % values
    if word.medicine:
        return str(LISTED if own else TAKEN) % values
    return str(OWN[tag] if own and word.own and tag in OWN else SAID[tag]) % values


def _day(at: datetime, clinic: Clinic) -> str:
    return times.day_and_month(at.astimezone(ZoneInfo(clinic.zone)).date())
