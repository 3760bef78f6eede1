"""Book, move and cancel: what is written, who is told, and what two tabs or a double click do."""

import pytest
from django.http import Http404
from uuid6 import uuid7

from luna.audit.models import AuditEvent
from luna.notices.models import Notice
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import CircleMember
from luna.treatment import actions
from luna.treatment.models import Infusion
from tests import care as cared


@pytest.fixture
def nia(cast):
    return cared.staff(cast, cast.nia)


@pytest.fixture
def move(care, nia, now):
    def act(when, *, infusion=1, chair=None, revision=1, form=None, why="clinic", by=None, anyway=False):
        return actions.move(
            infusion_id=care.infusions[infusion - 1].id,
            start=actions.Start(cared.at(when), chair, anyway),
            why=why,
            expected_revision=revision,
            viewer=by or nia,
            client_id=form or uuid7(),
            now=now,
        )

    return act


@pytest.fixture
def cancel(care, nia, now):
    def act(infusion, *, revision=1, form=None, why="patient"):
        return actions.cancel(
            infusion_id=infusion.id, why=why, expected_revision=revision, viewer=nia,
            client_id=form or uuid7(), now=now,
        )  # fmt: skip

    return act


def told(words):
    return sorted(
        Notice.objects.filter(words=words, state="planned").values_list("to_user__email", flat=True)
    )


def test_move_writes_a_revision_and_keeps_the_lengths(care, move):
    infusion = move("03-16 10:00")

    first, second = infusion.revisions.order_by("revision")
    assert (first.starts_at, second.starts_at) == (cared.at("03-15 09:00"), cared.at("03-16 10:00"))
    assert (second.revision, second.why, infusion.revision, infusion.moved_revision) == (2, "clinic", 2, 2)
    assert infusion.leaves_at - infusion.starts_at == first.leaves_at - first.starts_at


def test_move_tells_each_person_once_what_changed(care, move):
    move("03-16 10:00")

    notice = Notice.objects.get(words="moved", to_user=care.cast.ana)
    assert told("moved") == ["ana@example.org", "bea@example.org"]
    assert notice.values == {
        "was_at": cared.at("03-15 09:00").isoformat(),
        "starts_at": cared.at("03-16 10:00").isoformat(),
    }


def test_move_twice_takes_back_the_message_nobody_got_yet(care, move):
    move("03-16 10:00")
    move("03-16 11:00", revision=2)

    assert Notice.objects.filter(words="moved", state="void").count() == 2
    assert told("moved") == ["ana@example.org", "bea@example.org"]


def test_move_tells_nobody_who_may_not_see_the_schedule(care, move):
    CircleMember.objects.filter(id=care.cast.bea_member.id).update(kinds=["ride"])

    move("03-16 10:00")

    assert told("moved") == ["ana@example.org"]


def test_move_to_another_chair_only_tells_nobody_and_asks_nothing_again(care, move):
    other = care.cast.harbour.chairs.get(name="Chair 2")

    infusion = move("03-15 09:00", chair=other.id)

    assert (infusion.chair, infusion.revision, infusion.moved_revision) == (other, 2, None)
    assert told("moved") == []


def test_move_in_two_tabs_is_stale_in_the_second(care, move):
    move("03-16 10:00")

    with pytest.raises(Stale):
        move("03-16 12:00")

    assert care.infusions[0].starts_at == cared.at("03-16 10:00")


def test_move_sent_twice_is_one_move(care, move):
    form = uuid7()
    move("03-16 10:00", form=form)

    again = move("03-16 10:00", form=form)

    assert again.revision == 2
    assert again.revisions.count() == 2
    assert AuditEvent.objects.filter(verb="infusion.move").count() == 1


def test_move_sent_twice_with_another_time_is_refused(care, move):
    form = uuid7()
    move("03-16 10:00", form=form)

    with pytest.raises(Replayed):
        move("03-16 12:00", form=form)


def test_move_into_an_own_infusion_is_refused(care, move):
    with pytest.raises(Refused) as refusal:
        move("03-17 10:00")

    assert refusal.value.field == "time"
    assert care.infusions[0].revision == 1


def test_move_over_its_own_old_time_is_not_in_its_own_way(care, move):
    assert move("03-15 09:30").chair.name == "Chair 1"


def test_move_into_a_taken_chair_names_it(care, move, cast, now):
    cared.start(cast, now, starts=("03-16",), of=cast.oli_patient)
    chair = cast.harbour.chairs.get(name="Chair 1")

    with pytest.raises(Refused) as refusal:
        move("03-16 10:00", chair=chair.id)

    assert (str(refusal.value), refusal.value.field) == (
        "Chair 1 is taken at that time. Choose another chair or another time.",
        "chair",
    )


def test_move_to_the_same_time_is_refused(care, move):
    with pytest.raises(Refused) as refusal:
        move("03-15 09:00")

    assert str(refusal.value) == "It is booked for this time already. Choose another time or chair."


@pytest.mark.parametrize("why", ["", "booked", "nonsense"])
def test_move_without_a_reason_is_refused(move, why):
    with pytest.raises(Refused):
        move("03-16 10:00", why=why)


def test_move_of_an_infusion_that_has_started_is_refused(care, nia):
    care.say("arrived", cared.at("03-15 08:50"))
    care.say("started", cared.at("03-15 09:00"))

    with pytest.raises(Refused) as refusal:
        actions.move(
            infusion_id=care.infusions[0].id, start=actions.Start(cared.at("03-16 09:00")), why="clinic",
            expected_revision=1, viewer=nia, client_id=uuid7(), now=cared.at("03-15 09:10"),
        )  # fmt: skip

    assert str(refusal.value) == "This infusion has started. It can no longer be moved or cancelled."


def test_move_by_staff_of_another_clinic_is_not_found(move, cast):
    with pytest.raises(Http404):
        move("03-16 10:00", by=cared.viewer(cast.eve, f"staff:{cast.hill.id.hex}"))


def test_cancel_frees_the_chair_and_tells_each_person(care, cancel, cast, now):
    infusion = cancel(care.infusions[0])

    assert (infusion.cancelled, infusion.revision) == (True, 2)
    assert told("cancelled") == ["ana@example.org", "bea@example.org"]
    cared.start(cast, now, starts=("03-15",), of=cast.oli_patient)
    assert Infusion.objects.get(patient=cast.oli_patient).chair == care.infusions[0].chair


def test_cancel_sent_twice_is_one_cancelling(care, cancel):
    form = uuid7()
    cancel(care.infusions[0], form=form)
    cancel(care.infusions[0], form=form)

    assert care.infusions[0].revision == 2


def test_cancel_on_an_old_page_is_stale(care, cancel, move):
    move("03-16 10:00")

    with pytest.raises(Stale):
        cancel(care.infusions[0])


def test_cancel_again_says_so(care, cancel):
    cancel(care.infusions[0])

    with pytest.raises(Refused) as refusal:
        cancel(care.infusions[0], revision=2)

    assert str(refusal.value) == "This infusion was cancelled. Book a new one instead."


def book(care, when, now, form=None):
    return actions.book(
        series_id=care.series.id,
        start=actions.Start(cared.at(when)),
        viewer=cared.staff(care.cast, care.cast.nia),
        client_id=form or uuid7(),
        now=now,
    )


def test_book_adds_an_infusion_and_tells_each_person(care, now):
    infusion = book(care, "03-29 09:00", now)

    assert infusion.series == care.series
    assert infusion.leaves_at == cared.at("03-29 11:00")
    assert told("booked") == ["ana@example.org", "bea@example.org"]


def test_book_sent_twice_is_one_infusion(care, now):
    form = uuid7()

    assert book(care, "03-29 09:00", now, form) == book(care, "03-29 09:00", now, form)
    assert care.series.infusions.count() == 7


def test_book_into_a_stopped_series_is_refused(care, nia, now):
    actions.stop_series(
        series_id=care.series.id, why="other", version=1, viewer=nia, client_id=uuid7(), now=now
    )

    with pytest.raises(Refused):
        book(care, "03-29 09:00", now)


@pytest.mark.parametrize("why", ["ate", "pressure", "no-show"])
def test_why_an_infusion_did_not_happen_is_said_on_its_day_and_not_before(care, cast, now, why):
    asked = {
        "infusion_id": care.infusions[0].id,
        "expected_revision": 1,
        "viewer": cast.sees("nia"),
        "why": why,
    }
    with pytest.raises(Refused):
        actions.cancel(**asked, client_id=uuid7(), now=now)

    actions.cancel(**asked, words="The car broke down.", client_id=uuid7(), now=cared.at("03-15 09:30"))

    last = care.infusions[0].revisions.order_by("revision").last()
    assert (last.cancelled, last.why, last.words) == (True, why, "The car broke down.")


def test_missing_ride_is_known_before_the_day(care, cast):
    actions.cancel(
        infusion_id=care.infusions[0].id, expected_revision=1, viewer=cast.sees("nia"), why="no-ride",
        client_id=uuid7(), now=cared.at("03-14 20:30"),
    )  # fmt: skip

    assert care.infusions[0].revisions.order_by("revision").last().why == "no-ride"


@pytest.mark.parametrize("when", ["03-10 12:00", "03-15 08:00"])
def test_other_reason_needs_words(care, cast, when):
    asked = {"infusion_id": care.infusions[0].id, "expected_revision": 1, "viewer": cast.sees("nia")}

    with pytest.raises(Refused) as refusal:
        actions.cancel(**asked, why="other", words=" ", client_id=uuid7(), now=cared.at(when))

    assert refusal.value.field == "words"


def test_infusion_that_never_started_is_cancelled_afterwards_and_nobody_is_told(care, cast):
    told = Notice.objects.count()

    actions.cancel(
        infusion_id=care.infusions[0].id, expected_revision=1, viewer=cast.sees("nia"), why="no-show",
        client_id=uuid7(), now=cared.at("03-15 15:00"),
    )  # fmt: skip

    assert Notice.objects.count() == told
    with pytest.raises(Refused):
        actions.cancel(
            infusion_id=care.infusions[0].id, expected_revision=2, viewer=cast.sees("nia"), why="ate",
            client_id=uuid7(), now=cared.at("03-15 15:01"),
        )  # fmt: skip


@pytest.mark.parametrize("why", ["no-ride", "no-show"])
def test_nobody_moves_for_a_reason_to_cancel(move, why):
    with pytest.raises(Refused):
        move("03-16 10:00", why=why)
