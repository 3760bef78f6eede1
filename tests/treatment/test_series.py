"""A series in one step: what is written, what is refused, and that a form sent twice counts once."""

from datetime import UTC, datetime, time

import pytest
from uuid6 import uuid7

from luna.audit.models import AuditEvent
from luna.feed.models import Counter, Wake
from luna.library import actions as library
from luna.library import content
from luna.library.models import ContentVersion
from luna.notices.models import Notice
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import ClosedDay, Installation, OpeningHours
from luna.treatment import actions
from luna.treatment.models import BookingRevision, EpisodeOfCare, Infusion, Series
from tests import care as cared
from tests.cast import build


def start(cast, now, *days, client_id=None, content=None, anyway=False):
    cared.decide(cast, cast.ana_patient, now)
    return actions.start_series(
        patient=cast.ana_patient,
        content=content or cared.sign(cast, now),
        starts=[actions.Start(cared.at(day), anyway=anyway) for day in days],
        by=cared.staff(cast, cast.diaz),
        client_id=client_id or uuid7(),
        now=now,
    )


def test_start_series_books_every_infusion_once(cast, now):
    series = start(cast, now, "03-15 09:00", "03-17 09:00")

    infusions = list(series.infusions.order_by("starts_at"))
    assert [one.starts_at for one in infusions] == [cared.at("03-15 09:00"), cared.at("03-17 09:00")]
    assert [one.ends_at - one.starts_at for one in infusions] == [
        infusions[0].ends_at - infusions[0].starts_at
    ] * 2
    assert [(one.revision, one.why) for one in BookingRevision.objects.all()] == [(1, "booked")] * 2
    assert {one.chair.name for one in infusions} == {"Chair 1"}


def test_start_series_takes_the_lengths_of_the_protocol(cast, now):
    infusion = start(cast, now, "03-15 09:00").infusions.get()

    assert infusion.ends_at == cared.at("03-15 09:40")
    assert infusion.leaves_at == cared.at("03-15 11:00")


def test_start_series_after_the_clocks_change_keeps_the_clinics_hour(cast, now):
    infusion = start(cast, now, "03-12 09:00", "03-15 09:00").infusions.order_by("starts_at")

    assert [one.starts_at for one in infusion] == [
        datetime(2027, 3, 12, 14, tzinfo=UTC),
        datetime(2027, 3, 15, 13, tzinfo=UTC),
    ]


def test_start_series_tells_patient_and_caretaker_once(cast, now):
    start(cast, now, "03-15 09:00", "03-17 09:00")

    told = Notice.objects.values_list("words", "to_user__email")
    assert sorted(told) == [("series-booked", "ana@example.org"), ("series-booked", "bea@example.org")]


def test_start_series_writes_one_audit_line_and_wakes_the_clock(cast, now):
    series = start(cast, now, "03-15 09:00")

    assert AuditEvent.objects.filter(verb="series.start", subject_id=series.id).count() == 1
    assert Wake.objects.get(patient_id=cast.ana_patient.id).wake_at == now
    assert Counter.objects.get(clinic_id=cast.harbour.id).n > 0


def test_start_series_sent_twice_is_one_series(cast, now):
    form = uuid7()
    first = start(cast, now, "03-15 09:00", client_id=form)

    second = start(cast, now, "03-15 09:00", client_id=form)

    assert first == second
    assert (Series.objects.count(), Infusion.objects.count()) == (1, 1)
    assert AuditEvent.objects.filter(verb="series.start").count() == 1


def test_start_series_sent_twice_with_other_days_is_refused(cast, now):
    form = uuid7()
    start(cast, now, "03-15 09:00", client_id=form)

    with pytest.raises(Replayed):
        start(cast, now, "03-16 09:00", client_id=form)


def test_start_series_again_stays_in_the_open_episode(cast, now):
    start(cast, now, "03-15 09:00")
    start(cast, now, "04-15 09:00")

    assert EpisodeOfCare.objects.count() == 1


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("03-08 09:00", "Today at 9 am has passed. Choose a later time."),
        (
            "03-13 09:00",
            "The clinic is closed on Saturday 13 March. Choose another day, or tick “book it anyway”.",
        ),
        (
            "03-15 16:30",
            "The clinic is not open from 4:30 pm to 6:30 pm. Choose another time, or tick “book it anyway”.",
        ),
    ],
)
def test_start_series_refuses_a_time_that_cannot_be(cast, now, day, says):
    with pytest.raises(Refused) as refusal:
        start(cast, now, "03-15 12:00", day)

    assert str(refusal.value).replace("\u00a0", " ") == says
    assert refusal.value.field == "starts-1"
    assert Series.objects.count() == Infusion.objects.count() == 0


def test_start_series_refuses_a_closed_day_unless_confirmed(cast, now):
    ClosedDay.objects.create(clinic=cast.harbour, on="2027-03-17")

    with pytest.raises(Refused):
        start(cast, now, "03-17 09:00")

    assert start(cast, now, "03-17 09:00", anyway=True).infusions.count() == 1


def test_start_series_refuses_a_time_already_passed_even_when_confirmed(cast, now):
    with pytest.raises(Refused):
        start(cast, now, "03-08 11:00", anyway=True)


def test_start_series_refuses_two_infusions_of_one_patient_at_once(cast, now):
    with pytest.raises(Refused) as refusal:
        start(cast, now, "03-15 09:00", "03-15 10:00")

    assert str(refusal.value).replace("\u00a0", " ") == (
        "This patient already has an infusion then: Monday 15 March at 9 am. Choose another time."
    )


def test_start_series_puts_others_into_the_next_chair_and_refuses_when_all_are_taken(cast, now):
    cared.start(cast, now, starts=("03-15",), of=cast.oli_patient)
    second = start(cast, now, "03-15 09:30").infusions.get()
    third = cared.new_in_care(cast, "Pia Park", now)

    with pytest.raises(Refused) as refusal:
        cared.start(cast, now, starts=("03-15",), of=third)

    assert second.chair.name == "Chair 2"
    assert str(refusal.value) == "Every chair is taken at that time. Choose another time."


def test_start_series_at_a_clinic_without_chairs_asks_for_none(cast, now):
    cast.harbour.chairs.all().delete()

    assert start(cast, now, "03-15 09:00").infusions.get().chair is None


def test_start_series_refuses_a_protocol_of_another_clinic(cast, now):
    theirs = ContentVersion.objects.create(
        clinic_id=cast.hill.id, kind="protocol", content_id="mood-acute", version="1.0.0", text="",
        sha256="x", signed_by_id=cast.eve.id, signed_name="Eve", signed_at=now,
    )  # fmt: skip

    with pytest.raises(Refused) as refusal:
        start(cast, now, "03-15 09:00", content=theirs)

    assert str(refusal.value) == "Your clinic has not signed this protocol. Sign it first."


def shown_in_a_demonstration(now, *, demo):
    Installation.objects.create(id=1, demo=demo, created_at=now)
    cast = build(now)
    shown = library.sign(
        clinic_id=cast.harbour.id, kind="protocol", text=content.protocol_text("mood-acute"),
        by_id=cast.diaz.id, name="Nobody", now=now, demo=True,
        accepted=library.to_tick(content.protocol("mood-acute")),
    )  # fmt: skip
    return cast, shown


def test_start_series_in_a_demonstration_takes_a_protocol_nobody_signed(db, now):
    cast, shown = shown_in_a_demonstration(now, demo=True)

    assert start(cast, now, "03-15 09:00", content=shown).infusions.count() == 1


def test_start_series_for_real_people_refuses_a_protocol_of_a_demonstration(db, now):
    cast, shown = shown_in_a_demonstration(now, demo=False)

    with pytest.raises(Refused) as refusal:
        start(cast, now, "03-15 09:00", content=shown)

    assert str(refusal.value) == "This protocol is from a demonstration. Sign it yourself first."


def test_stop_series_cancels_what_is_to_come_and_tells_once(care, now):
    nia = cared.staff(care.cast, care.cast.nia)
    after_two = cared.at("03-18 12:00")
    Notice.objects.update(state=Notice.State.SENT)

    actions.stop_series(
        series_id=care.series.id, why="unwell", version=1, viewer=nia, client_id=uuid7(), now=after_two
    )

    assert [one.cancelled for one in care.infusions] == [False, False, True, True, True, True]
    told = Notice.objects.filter(state=Notice.State.PLANNED).values_list("words", "to_user__email")
    assert sorted(told) == [("series-stopped", "ana@example.org"), ("series-stopped", "bea@example.org")]


def test_stop_series_twice_changes_nothing_more(care, now):
    nia = cared.staff(care.cast, care.cast.nia)
    first = actions.stop_series(
        series_id=care.series.id, why="other", version=1, viewer=nia, client_id=uuid7(), now=now
    )

    second = actions.stop_series(
        series_id=care.series.id,
        why="other",
        version=1,
        viewer=nia,
        client_id=uuid7(),
        now=cared.at("03-20 12:00"),
    )

    assert first.stopped_at == second.stopped_at == now
    assert AuditEvent.objects.filter(verb="series.stop").count() == 1


def test_stop_series_on_an_old_page_is_stale(care, now):
    nia = cared.staff(care.cast, care.cast.nia)

    with pytest.raises(Stale):
        actions.stop_series(
            series_id=care.series.id, why="other", version=7, viewer=nia, client_id=uuid7(), now=now
        )


def test_start_series_over_midnight_in_a_clinic_that_never_closes(cast, now):
    OpeningHours.objects.filter(clinic=cast.harbour).delete()
    for weekday in (0, 1):
        OpeningHours.objects.create(clinic=cast.harbour, weekday=weekday, opens=time(0), closes=time(0))

    assert start(cast, now, "03-15 23:30").infusions.count() == 1

    with pytest.raises(Refused):
        start(cast, now, "03-16 23:30")  # it is closed on Wednesdays


def test_start_series_before_the_hours_are_set_up_says_the_clinic_is_closed(cast, now):
    OpeningHours.objects.filter(clinic=cast.harbour).delete()

    with pytest.raises(Refused):
        start(cast, now, "03-15 09:00")

    OpeningHours.objects.create(clinic=cast.harbour, weekday=0, opens=time(8), closes=time(17))
    assert start(cast, now, "03-15 09:00").infusions.count() == 1
