"""The briefing: in full once for an adult, later what is new; a nurse may read it aloud."""

import re
from uuid import uuid4

import pytest
from django.http import Http404

from luna.careplan import plans as careplan
from luna.clinical.task import TaskStatus
from luna.library import content
from luna.people.errors import Refused, Replayed
from luna.people.models import CircleMember
from luna.records.models import Response
from luna.treatment import actions
from luna.treatment.models import Briefing, Series
from tests import care as cared
from tests.cast import browser, member

BEFORE = cared.at("03-10 12:00")
RIGHT = {"cannot-wake": "call", "shop": "stay", "unsure": "say-so"}


def text(response):
    """Return the words of a page's main part, one space between them."""
    return " ".join(response.content.decode().split("<main", 1)[1].split())


def drawn(page):
    """Return the version and round of the draft that a page was drawn with."""
    html = page.content.decode()
    return {name: re.search(rf'name="{name}" value="(\d+)"', html)[1] for name in ("version", "round")}


def answer(who, item, code):
    """Answer one question as the page does, and return the page that follows."""
    page = who.get(f"/briefing/questions?at={item}")
    return who.post("/briefing/questions", {"item": item, "answer": code, **drawn(page)}, follow=True)


def brief(who, name="Bea Burns", **answers):
    """Answer the questions and sign; return the page that follows."""
    for item, code in {**RIGHT, **answers}.items():
        answer(who, item, code)
    page = who.get("/briefing/questions?at=check")
    return who.post(
        "/briefing/questions",
        {"do": "sign", "name": name, "client_id": str(uuid4()), **drawn(page)},
        follow=True,
    )


def nurse_signs(care, cast, of=None, name="Nia Noor", **changes):
    return actions.sign_briefing(
        viewer=cast.sees("nia"), member=of or cast.bea_member, name=name, now=BEFORE,
        **{"client_id": uuid4(), **changes},
    )  # fmt: skip


def tasks(cast, care):
    """Return (infusion, status) of each briefing in the plan."""
    [plan] = careplan.plans_of(Series.objects.filter(id=care.series.id), BEFORE)
    return [(task.number, plan.status(task)) for task in plan.tasks if task.step.is_briefing]


@pytest.mark.hazard("H9")
@pytest.mark.parametrize(
    "fact", [{"is_adult": False}, {"is_adult": None}, {"help": "drives"}, {"help": "phone"}]
)
def test_who_cannot_be_the_adult_who_stays_is_not_told_to_stay_and_signs_nothing(
    care, cast, as_bea, as_nia, fact
):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(**fact)
    cast.bea_member.refresh_from_db()
    aloud = f"/clinic/patients/{cast.ana_patient.id}/briefing/{cast.bea_member.id}"

    pages = [
        (as_bea, "/briefing"),
        (as_bea, "/briefing?card=1"),
        (as_bea, "/briefing/questions"),
        (as_nia, aloud),
    ]
    assert [who.get(path).status_code for who, path in pages] == [404] * 4
    with pytest.raises(Http404):
        nurse_signs(care, cast)
    assert not Briefing.objects.exists()


def test_cards_come_one_after_the_other_then_the_questions(care, as_bea):
    cards = content.briefing("caretaker").cards

    shown = [text(as_bea.get(f"/briefing?card={n}")) for n in range(1, len(cards) + 1)]

    assert [f"Card {n} of {len(cards)}" in page for n, page in enumerate(shown, start=1)] == [True] * len(
        cards
    )
    assert ("You take Ana home and stay" in shown[0], "/briefing/questions" in shown[-1]) == (True, True)
    assert all("Not yet reviewed by a clinician." in page for page in shown)


@pytest.mark.parametrize("card", ["0", "6", "99", "x", "1'", "²"])
def test_card_there_is_not_shows_the_beginning(care, as_bea, card):
    assert "About two minutes" in text(as_bea.get("/briefing", {"card": card}))


@pytest.mark.hazard("H9")
def test_unsafe_answer_shows_its_card_again_and_no_score(care, as_bea):
    shown = text(answer(as_bea, "shop", "quick"))

    assert "One more look at this card" in shown
    assert "You take Ana home and stay" in shown
    assert [word for word in ("wrong", "score", "incorrect", "fail") if word in shown.lower()] == []


@pytest.mark.hazard("H9")
def test_unsafe_answer_is_asked_again_until_it_is_safe(care, as_bea):
    answer(as_bea, "cannot-wake", "write")
    answer(as_bea, "shop", "stay")
    answer(as_bea, "unsure", "say-so")
    assert as_bea.get("/briefing/questions").url.endswith("?at=cannot-wake")

    answer(as_bea, "cannot-wake", "call")

    assert "Your name, to sign" in text(as_bea.get("/briefing/questions"))


@pytest.mark.hazard("H9")
def test_nobody_signs_with_an_unsafe_answer(care, as_bea):
    response = brief(as_bea, shop="quick")

    assert (response.status_code, Briefing.objects.count()) == (422, 0)


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_name_is_needed_and_fits(care, as_bea, name):
    response = brief(as_bea, name=name)

    assert (response.status_code, Briefing.objects.count()) == (422, 0)


def test_signed_by_name_it_is_done_for_every_infusion(care, cast, as_bea):
    assert tasks(cast, care) == [(1, TaskStatus.READY)]

    response = brief(as_bea)

    row = Briefing.objects.get()
    assert (response.status_code, row.signed_name, row.in_full, row.by) == (200, "Bea Burns", True, cast.bea)
    assert tasks(cast, care) == [(1, TaskStatus.COMPLETED)]
    assert '<a href="/now">Back to Now</a>' in text(as_bea.get("/briefing"))


def test_answers_are_no_check_in(care, cast, as_bea, as_nia):
    brief(as_bea)

    [sent] = Response.objects.all()
    assert (sent.kind, sent.task_key, sent.rules_version, sent.answers) == ("schedule", "", "", RIGHT)


def test_signing_twice_is_once(care, cast):
    asked = {"client_id": uuid4()}

    first, again = nurse_signs(care, cast, **asked), nurse_signs(care, cast, **asked)
    later = nurse_signs(care, cast)

    assert (first, first) == (again, later)
    with pytest.raises(Replayed):
        nurse_signs(care, cast, name="Somebody Else", **asked)


def test_nurse_reads_it_aloud_and_signs_with_their_own_name(care, cast, as_nia):
    path = f"/clinic/patients/{cast.ana_patient.id}/briefing/{cast.bea_member.id}"
    assert "Listen for: Call the emergency number" in text(as_nia.get(path))

    response = as_nia.post(path, {"name": "Nia Noor", "client_id": str(uuid4())})

    row = Briefing.objects.get()
    assert (response.status_code, row.adult, row.by, row.in_full) == (302, cast.bea, cast.nia, True)


def test_nurse_without_a_name_is_told_so(care, cast, as_nia):
    path = f"/clinic/patients/{cast.ana_patient.id}/briefing/{cast.bea_member.id}"

    response = as_nia.post(path, {"name": " "})

    assert (response.status_code, Briefing.objects.count()) == (422, 0)
    assert "Write your name to sign." in text(response)


def test_in_full_once_then_only_what_is_new(care, cast, as_bea, now):
    nurse_signs(care, cast)
    actions.stop_series(
        series_id=care.series.id, why="other", version=1, viewer=cast.sees("diaz"), client_id=uuid4(), now=now
    )
    again = cared.start(cast, now, starts=("04-05",))

    shown = text(as_bea.get("/briefing"))
    assert "Nothing has changed since you signed last." in shown
    as_bea.post("/briefing", {"name": "Bea Burns", "client_id": str(uuid4())})

    row = Briefing.objects.get(series=again)
    assert (row.in_full, row.adult) == (False, cast.bea)


def test_card_of_another_version_is_new(care, cast, as_bea, now):
    old = nurse_signs(care, cast)
    Series.objects.filter(id=care.series.id).update(stopped_at=now)
    again = cared.start(cast, now, starts=("04-05",))
    Briefing.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, series=care.series, adult=cast.bea, in_full=True,
        cards={**old.cards, "briefing-call": "0.9.0"}, signed_name="Bea Burns", at=now, recorded_at=BEFORE,
        by=cast.bea, capacity="caretaker", client_id=uuid4(),
    )  # fmt: skip

    shown = text(as_bea.get("/briefing"))

    assert ("Who you call, and when" in shown, "What is normal today" in shown) == (True, False)
    assert again.briefings.count() == 0


def test_without_a_series_nothing_can_be_signed(cast, now, clock):
    with pytest.raises(Refused):
        nurse_signs(None, cast)


def test_second_adult_on_duty_is_briefed_too(care, cast, now):
    member(cast.ana_patient, cast.cal, now)
    nurse_signs(care, cast)
    care.duty("cannot", cast.bea, BEFORE, infusion=3)
    care.duty("takes", cast.cal, BEFORE, infusion=3)

    assert tasks(cast, care) == [(1, TaskStatus.COMPLETED), (3, TaskStatus.DRAFT)]


def test_series_page_says_who_is_not_briefed(care, cast, as_nia):
    path = f"/clinic/series/{care.series.id}"
    assert "Not briefed yet" in text(as_nia.get(path))

    nurse_signs(care, cast)

    assert "Not briefed yet" not in text(as_nia.get(path))


@pytest.mark.parametrize("who", ["oli", "dee", "eve", "zoe", "ana"])
def test_others_sign_for_nobody(care, cast, who):
    with pytest.raises(Http404):
        actions.sign_briefing(
            viewer=cast.sees(who), member=cast.bea_member, name="X", client_id=uuid4(), now=BEFORE
        )


@pytest.mark.parametrize("who", ["dee", "eve"])
def test_staff_of_another_clinic_do_not_find_it(care, cast, clock, who):
    path = f"/clinic/patients/{cast.ana_patient.id}/briefing/{cast.bea_member.id}"
    staff = cast.browser(who, clock.now, fresh=True)

    assert (staff.get(path).status_code, staff.post(path, {"name": "X"}).status_code) == (404, 404)


def test_someone_taken_out_is_briefed_no_more(care, cast, as_bea):
    CircleMember.objects.update(state="revoked")

    assert [as_bea.get(path).status_code for path in ("/briefing", "/briefing/questions")] == [404, 404]


def test_caretaker_of_two_patients_reads_it_in_full_once(care, cast, now, clock):
    nurse_signs(care, cast)
    member(cast.oli_patient, cast.bea, now)
    cared.start(cast, now, of=cast.oli_patient, hour="13:00")
    bea = browser(cast.bea, f"caretaker:{cast.oli_patient.id.hex}", clock.now)

    assert "Anything new?" in text(bea.get("/briefing"))
