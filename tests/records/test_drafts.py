"""Answers are kept one by one, belong to their writer, and are sent once."""

import pytest
from django.http import Http404

from luna.audit.models import AuditEvent
from luna.people.errors import Refused, Stale
from luna.records import drafts
from luna.records.models import Draft, Response
from tests.records.examples import ANSWERS, give, opened, send

pytestmark = pytest.mark.usefixtures("asked")


@pytest.fixture
def ana(cast):
    return cast.sees("ana")


@pytest.fixture
def of(cast):
    return cast.ana_patient


def save(viewer, asking, item_id, answer, now, **seen):
    seen = {"version": asking.version, "round": asking.round, **seen}
    item = asking.item(item_id)
    return drafts.save(viewer=viewer, asking=asking, item=item, answer=answer, now=now, **seen)


def test_looking_writes_nothing(ana, of, now):
    opened(ana, of, now)

    assert Draft.objects.count() == 0


def test_answers_are_there_when_the_person_comes_back(ana, of, now):
    give(ana, of, now, {"born": "1990-05-31", "weight": "160 lb"})

    again = opened(ana, of, now)

    assert dict(again.answers) == {"born": "1990-05-31", "weight": "160 lb"}
    assert (again.version, again.current.id) == (2, "alone")


def test_same_answer_twice_is_one_change(ana, of, now):
    first = save(ana, opened(ana, of, now), "born", "1990-05-31", now)

    second = save(ana, first, "born", "1990-05-31", now, version=0)

    assert (second.version, Draft.objects.get().version) == (1, 1)


def test_answer_that_does_not_fit_leaves_the_draft_as_it_was(ana, of, now):
    asking = give(ana, of, now, {"born": "1990-05-31"})

    with pytest.raises(Refused):
        save(ana, asking, "weight", "72", now)

    assert opened(ana, of, now).answers == {"born": "1990-05-31"}


def test_two_tabs_on_two_questions_do_not_disturb_each_other(ana, of, now):
    both = give(ana, of, now, {"born": "1990-05-31"})
    save(ana, both, "weight", "72 kg", now)

    after = save(ana, both, "alone", "no", now)

    assert after.answers == {"born": "1990-05-31", "weight": "72 kg", "alone": "no"}


def test_two_tabs_on_one_question_are_told_of_each_other(ana, of, now):
    both = give(ana, of, now, {"born": "1990-05-31"})
    save(ana, both, "weight", "72 kg", now)

    with pytest.raises(Stale):
        save(ana, both, "weight", "160 lb", now)

    assert opened(ana, of, now).answers["weight"] == "72 kg"


def test_two_tabs_that_both_begin_are_told_of_each_other(ana, of, now):
    both = opened(ana, of, now)
    save(ana, both, "born", "1990-05-31", now)

    with pytest.raises(Stale):
        save(ana, both, "born", "1991-05-31", now)

    assert Draft.objects.count() == 1


def test_answers_are_sent_split_by_what_each_is_shared_as(ana, of, now):
    sent = send(ana, give(ana, of, now), now)

    assert {one.kind: sorted(one.answers) for one in sent} == {
        "history": sorted(ANSWERS.keys() - {"drugs"}),
        "substances": ["drugs"],
    }
    assert {(one.questionnaire, one.questionnaire_version, one.urgency) for one in sent} == {
        ("example", "1.0.0", 0)
    }


@pytest.mark.threat("T1")
def test_no_kind_of_answer_is_implied_by_another(cast, ana, of, now):
    send(ana, give(ana, of, now), now)
    member = cast.bea_member
    member.kinds = ["schedule", "recovery", "history"]
    member.save()

    seen = Response.objects.visible_to(cast.sees("bea"))

    assert [one.kind for one in seen] == ["history"]
    assert "drugs" not in seen.get().answers


@pytest.mark.threat("T1")
@pytest.mark.parametrize(
    ("name", "count"),
    [("ana", 1), ("bea", 0), ("oli", 0), ("cal", 0), ("diaz", 1), ("nia", 1), ("dee", 0), ("eve", 0)],
)
def test_sent_answers_are_seen_by_the_patient_and_their_clinic(cast, ana, of, now, name, count):
    send(ana, give(ana, of, now), now)

    assert Response.objects.visible_to(cast.sees(name)).filter(kind="history").count() == count


@pytest.mark.threat("T4")
@pytest.mark.parametrize("name", ["bea", "oli", "cal", "diaz", "nia", "dee", "dee_caring", "zoe", "eve"])
def test_draft_is_nobody_elses(cast, ana, of, now, name):
    give(ana, of, now)

    assert Draft.objects.visible_to(cast.sees(name)).count() == 0


@pytest.mark.threat("T4")
@pytest.mark.parametrize("name", ["oli", "cal", "dee", "dee_caring", "zoe", "eve"])
def test_questions_about_a_patient_are_not_asked_of_the_wrong_people(cast, of, now, name):
    with pytest.raises(Http404):
        opened(cast.sees(name), of, now)


def test_caretaker_who_was_taken_out_is_asked_nothing_more(cast, of, now):
    give(cast.sees("bea"), of, now)
    member = cast.bea_member
    member.state = "revoked"
    member.save()
    bea = cast.sees("bea")

    assert Draft.objects.visible_to(bea).count() == 0
    with pytest.raises(Http404):
        opened(bea, of, now)


def test_patient_caretaker_and_nurse_each_have_a_draft_of_their_own(cast, of, now):
    for name, weight in (("ana", "70 kg"), ("bea", "71 kg"), ("nia", "72 kg")):
        give(cast.sees(name), of, now, {"weight": weight})

    found = [opened(cast.sees(name), of, now).answers["weight"] for name in ("ana", "bea", "nia")]

    assert found == ["70 kg", "71 kg", "72 kg"]


def test_sending_twice_is_sending_once(ana, of, now):
    asking = give(ana, of, now)
    first = send(ana, asking, now)

    second = send(ana, asking, now)

    assert [one.pk for one in second] == [one.pk for one in first]
    assert Response.objects.count() == 2
    assert AuditEvent.objects.filter(verb="answers.send").count() == 1


def test_sent_draft_is_emptied(ana, of, now):
    send(ana, give(ana, of, now), now)

    draft = Draft.objects.get()

    assert (draft.answers, draft.saved_in, draft.sent_at) == ({}, {}, now)


def test_answer_from_a_tab_left_open_is_refused_after_the_sending(ana, of, now):
    asking = give(ana, of, now)
    send(ana, asking, now)

    with pytest.raises(Refused) as refused:
        save(ana, asking, "weight", "80 kg", now)

    assert str(refused.value) == str(drafts.SENT)
    assert Draft.objects.count() == 1


def test_first_answer_of_a_tab_left_open_is_refused_after_the_sending(ana, of, now):
    fresh = opened(ana, of, now)
    send(ana, give(ana, of, now), now)

    with pytest.raises(Refused) as refused:
        save(ana, fresh, "born", "1980-01-01", now)

    assert str(refused.value) == str(drafts.SENT)


def test_sending_what_another_tab_changed_is_stale(ana, of, now):
    checked = give(ana, of, now)
    save(ana, checked, "weight", "80 kg", now)

    with pytest.raises(Stale):
        send(ana, checked, now)

    assert Response.objects.count() == 0


def test_open_question_refuses_the_sending(ana, of, now):
    asking = give(ana, of, now, {**ANSWERS, "fears": ""})
    asking = save(ana, asking, "ill", "head", now)
    asking = save(ana, asking, "ill", "heart", now)
    Draft.objects.update(answers={**asking.answers, "weight": ""})

    with pytest.raises(Refused) as refused:
        send(ana, asking, now)

    assert refused.value.field == "weight"
    assert Response.objects.count() == 0


def test_contradiction_refuses_the_sending(ana, of, now):
    asking = give(ana, of, now, {**ANSWERS, "alone": "yes", "drugs": "yes"})

    with pytest.raises(Refused) as refused:
        send(ana, asking, now)

    assert (str(refused.value), refused.value.field) == ("You cannot be alone and use drugs.", "alone")
    assert Response.objects.count() == 0


def test_next_time_begins_with_what_it_is_given(ana, of, now):
    send(ana, give(ana, of, now), now)

    again = opened(ana, of, now, begin_with=ANSWERS)

    assert (again.round, again.version, again.current) == (2, 0, None)


def test_next_time_is_kept_and_sent_apart(ana, of, now):
    send(ana, give(ana, of, now), now)
    again = save(ana, opened(ana, of, now, begin_with=ANSWERS), "weight", "80 kg", now)

    sent = send(ana, again, now)

    assert Response.objects.count() == 4
    assert {one.answers["weight"] for one in sent if one.kind == "history"} == {"80 kg"}


def test_answer_an_older_version_took_is_asked_again(ana, of, now):
    give(ana, of, now)
    draft = Draft.objects.get()
    Draft.objects.update(answers={**draft.answers, "alone": "sometimes", "gone": "yes"})

    asking = opened(ana, of, now)

    assert asking.current.id == "alone"
    assert "gone" not in asking.answers
