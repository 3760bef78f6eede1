"""What the board and the home are told: facts only, and for one reader as for a thousand rows."""

from datetime import timedelta

import pytest

from luna.clinical.triage import Urgency
from luna.escalation import actions, climb, jobs, plans, words
from luna.escalation.models import Escalation
from luna.library import content
from luna.notices.models import Attempt, Notice
from tests.escalation.crew import act, diaz, nia, opened, set_rungs, viewer
from tests.notices import ledger

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def home(row):
    return plans.state_for_home(Escalation.objects.get(id=row.id))


def send(notice, outcome, now):
    ledger.finish(ledger.take(notice.id, now=now), outcome=outcome, lasting=True, now=now)


@pytest.mark.hazard("H1")
def test_home_is_not_told_more_than_is_known(cast, now):
    set_rungs(cast, ("role:nurse", 0))
    row = opened(cast, now)
    jobs.run(now)

    assert home(row) == plans.Home(now, None, "", None, None)


@pytest.mark.hazard("H1")
def test_home_hears_when_the_first_message_was_taken_by_the_mail_server(cast, now):
    set_rungs(cast, ("role:nurse", 0), ("person:diaz", 1))
    row = opened(cast, now)
    climb.climb(row.id, now=now + MINUTE)
    first, second = Notice.objects.order_by("id")

    send(first, Attempt.Outcome.REFUSED, now + MINUTE)
    assert home(row).told_at is None
    send(second, Attempt.Outcome.ACCEPTED, now + 2 * MINUTE)

    assert home(row).told_at == now + 2 * MINUTE


def test_home_hears_who_has_it_and_when_it_is_closed(cast, now):
    row = opened(cast, now)
    act(actions.acknowledge, row, nia(cast), now + MINUTE)

    assert (home(row).acknowledged_by, home(row).acknowledged_at) == ("Nia Noor", now + MINUTE)
    act(actions.close, row, nia(cast), now + 2 * MINUTE, outcome="advised", note="")
    assert home(row).closed_at == now + 2 * MINUTE


@pytest.mark.hazard("H1")
def test_home_and_staff_hear_who_had_it_once_it_is_everybodys_again(cast, now):
    row = opened(cast, now)
    act(actions.acknowledge, row, nia(cast), now + MINUTE)
    opened(cast, now + 2 * MINUTE, urgency=Urgency.EMERGENCY)

    line = plans.board(diaz(cast), now + 3 * MINUTE).open[0]

    assert (home(row).acknowledged_by, home(row).had_by) == ("", "Nia Noor")
    assert (line.row.owner, line.had_by) == (None, "Nia Noor")


@pytest.mark.hazard("H6")
def test_board_shows_three_and_says_how_many_more(cast, now):
    for number, urgency in enumerate((1, 3, 2, 1, 2)):
        opened(cast, now + number * MINUTE, cause=f"cause-{number}", urgency=urgency)

    board = plans.board(nia(cast), now + 10 * MINUTE)

    assert [line.row.cause for line in board.top] == ["cause-1", "cause-2", "cause-4"]
    assert (len(board.open), board.more) == (5, 2)
    assert board.top[0].open_for == 9 * MINUTE


def test_board_shows_what_was_closed_lately_and_how(cast, now):
    row = opened(cast, now)
    act(actions.close, row, nia(cast), now, outcome="nothing", note="")

    board = plans.board(nia(cast), now)

    assert board.open == []
    assert [line.outcome for line in board.closed] == ["All was well; nothing was needed"]


@pytest.mark.threat("T4")
def test_board_of_another_clinic_is_empty(cast, now):
    opened(cast, now)

    board = plans.board(viewer(cast.eve, cast.hill), now)

    assert (board.open, board.closed) == ([], [])


def test_board_asks_as_often_for_many_as_for_few(cast, now, django_assert_num_queries):
    for number in range(40):
        opened(cast, now, cause=f"cause-{number}")

    staff = nia(cast)
    with django_assert_num_queries(4):
        plans.board(staff, now)


def test_whole_names_who_was_asked_and_has_not_answered(cast, now):
    row = opened(cast, now)
    act(actions.acknowledge, row, nia(cast), now)
    act(actions.hand_over, row, nia(cast), now + MINUTE, to_id=cast.diaz.id)

    whole = plans.whole(diaz(cast), row.id, now)

    assert whole.line.asked == cast.diaz
    assert [step.text for step in whole.steps] == [
        "Opened", "Nia Noor has it", "Nia Noor asked Delia Diaz to take over",
    ]  # fmt: skip
    assert [member.user.name for member in whole.circle] == ["Bea Burns"]


def test_every_card_of_the_rules_has_words_for_staff():
    causes = {rule.card for rule in content.triage_rules("recovery").rules}

    assert causes - set(words.CAUSES) - {"mild"} == set()
    assert words.cause(Escalation(cause="never-heard-of")) == "They need you"


def test_every_urgency_has_a_shape_and_a_word():
    assert set(words.URGENCIES) == set(Urgency)
