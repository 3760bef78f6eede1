"""Helpings with messages that leave together: rows held in memory and rows changed by a query stay one."""

from datetime import timedelta

import pytest

from luna.notices import actions, jobs, lanes, plans, words
from luna.notices.lanes import Said
from luna.notices.models import Attempt, Notice
from luna.people.models import CircleMember
from tests.notices.ledger import everywhere, finish, planned, rung, take

pytestmark = pytest.mark.django_db

State = Notice.State
Outcome = Attempt.Outcome


def answers(cast, now, who, count, **changes):
    """Plan word to somebody about their own questions, which can wait."""
    patient = {cast.ana.id: cast.ana_patient, cast.oli.id: cast.oli_patient}[who.id]
    given = {"words": "answered", "to_user_id": who.id, "patient_id": patient.id} | changes
    return [planned(cast, now, key=f"question:{who.id.hex}:{number}", **given) for number in range(count)]


def again(notice):
    return Notice.objects.get(id=notice.id)


def states(notices):
    return [again(one).state for one in notices]


def subjects(mail_server):
    return sorted(mail.message["Subject"] for mail in mail_server.taken)


def run_all(now):
    while jobs.run(now):
        pass


def test_several_readers_with_several_parts_get_one_digest_each_among_others(mail_server, cast, now):
    ana, oli = answers(cast, now, cast.ana, 3), answers(cast, now, cast.oli, 4)
    others = [planned(cast, now, key=f"n{number}") for number in range(5)]
    urgent = rung(cast, now)

    run_all(now)

    assert set(states([*ana, *oli, *others, urgent])) == {State.SENT}
    first, second = Notice.objects.filter(words="digest")
    assert {first.state, second.state} == {State.SENT}
    assert [len({again(one).digest_id for one in parts}) for parts in (ana, oli)] == [1, 1]
    assert {again(one).digest_id for one in [*ana, *oli]} == {first.id, second.id}
    assert [title for title in subjects(mail_server) if "things" in title] == [
        "There are 3 things for you in Luna",
        "There are 4 things for you in Luna",
    ]
    assert len(mail_server.taken) == 2 + len(others) + 1
    assert not Attempt.objects.filter(notice__in=[*ana, *oli]).exists()  # the digest was tried, they were not


def test_one_that_may_gather_is_passed_over_among_several(cast, now):
    parts = answers(cast, now, cast.ana, 2)
    plain = planned(cast, now)

    taken = actions.take([parts[0].id, plain.id, parts[1].id], everywhere(), now=now)

    assert [letter.notice_id for letter in taken.letters] == [plain.id]
    assert (taken.done, taken.left) == (1, [])
    assert states(parts) == [State.PLANNED] * 2
    assert not Notice.objects.filter(words="digest").exists()


def test_only_what_may_gather_or_carries_is_alone(cast, now):
    parts = answers(cast, now, cast.ana, 2)
    plain, urgent = planned(cast, now), rung(cast, now)
    finish(take(parts[0].id, now=now), now=now, outcome=Outcome.REFUSED, reason="smtp-451")
    digest = Notice.objects.get(words="digest")

    assert plans.alone([plain.id, urgent.id]) == set()
    assert plans.alone([digest.id, plain.id, parts[0].id]) == {digest.id, parts[0].id}
    assert words.CAN_WAIT < words.ALONE


@pytest.mark.hazard("H5")
def test_urgent_one_of_the_same_reader_leaves_first_and_by_itself(mail_server, cast, now):
    parts = answers(cast, now, cast.ana, 3, due_at=now - timedelta(hours=2))
    urgent = planned(cast, now, key="urgent", words="answered", to_user_id=cast.ana.id, urgent=True)

    run_all(now)

    assert states([*parts, urgent]) == [State.SENT] * 4
    assert again(urgent).digest is None
    assert mail_server.taken[0].key == urgent.id.hex
    assert subjects(mail_server) == ["There are 3 things for you in Luna", "There is an answer for you"]


def test_digest_that_finds_no_room_keeps_its_parts_and_leaves_once(cast, now):
    parts = answers(cast, now, cast.ana, 3)

    taken = actions.take([parts[0].id], lanes.Room(), now=now)

    digest = Notice.objects.get(words="digest")
    assert (taken.letters, taken.done, taken.left) == ([], 0, [digest.id])
    assert {again(one).digest_id for one in parts} == {digest.id}
    assert [take(one.id, now=now) for one in parts] == [None] * 3
    finish(take(digest.id, now=now), now=now, outcome=Outcome.ACCEPTED)
    assert states([*parts, digest]) == [State.SENT] * 4


@pytest.mark.usefixtures("mail_server")
def test_reader_with_a_phone_of_no_use_is_told_by_staff_of_each_part(cast, now):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(device=CircleMember.Device.NONE)
    parts = [
        planned(cast, now, key=f"c{number}", words="circle-changed", to_user_id=cast.bea.id)
        for number in range(3)
    ]

    run_all(now)

    assert states(parts) == [State.NOT_REACHED] * 3
    assert not Notice.objects.filter(words="digest").exists()
    assert set(Attempt.objects.filter(notice__in=parts).values_list("reason", flat=True)) == {words.BY_PHONE}


def test_part_gathered_and_given_up_at_once_stays_given_up(cast, now, monkeypatch):
    """The first part is in memory while the digest's end is written to all parts by their rows."""
    parts = answers(cast, now, cast.ana, 3)
    monkeypatch.setattr(actions, "_following", lambda _notice, _reader: None)

    assert take(parts[0].id, now=now) is None

    digest = Notice.objects.get(words="digest")
    assert states([*parts, digest]) == [State.NOT_REACHED] * 4
    assert {(again(one).digest_id, again(one).fence) for one in parts} == {(digest.id, 1)}
    for part in parts:
        assert list(part.attempts.values_list("outcome", "reason")) == [("refused", "no-way")]


def test_digest_that_cannot_be_written_leaves_nothing_behind_but_its_first_part_given_up(
    cast, now, monkeypatch
):
    parts = answers(cast, now, cast.ana, 3)
    render = words.render

    def broken(notice, *given):
        if notice.words == "digest":
            raise KeyError("things")
        return render(notice, *given)

    monkeypatch.setattr(words, "render", broken)

    assert take(parts[0].id, now=now) is None

    assert not Notice.objects.filter(words="digest").exists()
    assert states(parts) == [State.NOT_REACHED, State.PLANNED, State.PLANNED]
    assert {again(one).digest_id for one in parts} == {None}
    assert list(Attempt.objects.values_list("notice", "reason")) == [(parts[0].id, "words")]


def test_answers_of_several_and_a_digest_are_all_written_down(cast, now):
    parts = answers(cast, now, cast.ana, 2)
    plain = [planned(cast, now, key=f"n{number}") for number in range(3)]
    said = [Said(take(one.id, now=now), Outcome.ACCEPTED) for one in [*plain, parts[0]]]
    digest = Notice.objects.get(words="digest")

    left = actions.finish(said, now=now)

    assert [one.letter.notice_id for one in left] == [digest.id]
    assert states([*plain, digest, *parts]) == [*[State.SENT] * 3, State.SENDING, *[State.PLANNED] * 2]
    assert actions.finish(left, now=now) == []
    assert states([digest, *parts]) == [State.SENT] * 3
    assert digest.attempts.filter(outcome=Outcome.ACCEPTED).count() == 1


def test_part_withdrawn_between_gathering_and_the_answer_stays_withdrawn(mail_server, cast, now):
    parts = answers(cast, now, cast.ana, 3)
    letter = take(parts[0].id, now=now)
    Notice.objects.filter(id=parts[0].id).update(state=State.VOID)

    actions.finish([Said(letter, Outcome.REFUSED, "smtp-451")], now=now)
    later = Notice.objects.get(words="digest").lease_until
    run_all(later)

    assert states(parts) == [State.VOID, State.SENT, State.SENT]
    assert subjects(mail_server) == ["There are 2 things for you in Luna"]


def test_part_that_a_move_withdraws_before_its_helping_is_in_no_digest(mail_server, cast, now):
    parts = answers(cast, now, cast.ana, 3, task_key="aa", revision=1)
    actions.void(patient_id=cast.ana_patient.id, task_key_prefix="aa")
    fresh = planned(cast, now, key="fresh", words="answered", to_user_id=cast.ana.id)

    run_all(now)

    assert states([*parts, fresh]) == [*[State.VOID] * 3, State.SENT]
    assert subjects(mail_server) == ["There is an answer for you"]


@pytest.mark.hazard("H5")
def test_lost_worker_with_several_and_a_digest_leaves_each_in_its_doubt(cast, now):
    parts = answers(cast, now, cast.ana, 3)
    plain = planned(cast, now)
    for one in (parts[0], plain):
        assert take(one.id, now=now)

    assert actions.lapse(now=now + actions.LEASE) == 2

    assert states([*parts, plain]) == [State.UNKNOWN] * 4
    assert set(Attempt.objects.filter(notice__in=parts).values_list("reason", flat=True)) == {"worker-lost"}


def test_messages_of_the_day_are_counted_over_one_turn(mail_server, cast, now):
    """Those that the same turn has just sent count for what can wait."""
    for number in range(3):
        planned(
            cast, now, key=f"step:{number}", words="step-open", to_user_id=cast.ana.id,
            due_at=now - timedelta(minutes=1),
        )  # fmt: skip
    parts = answers(cast, now, cast.ana, 2)

    run_all(now)

    assert states(parts) == [State.PLANNED] * 2
    assert len(mail_server.taken) == 3
    assert all(again(one).lease_until > now for one in parts)
