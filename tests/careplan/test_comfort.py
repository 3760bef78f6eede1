"""The comfort card: Ana writes it, Bea and the nurse read it; it is only ever as Ana says."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.http import Http404
from django.utils.html import escape

from luna.audit.models import AuditEvent
from luna.careplan import actions, plans
from luna.careplan.actions import WantedComfort as Wanted
from luna.careplan.models import Mark
from luna.clinical.comfort import ANSWERS
from luna.escalation.models import Escalation
from luna.people.errors import Refused, Replayed
from luna.treatment import comforts
from luna.treatment.models import ComfortCard
from tests import care as cared
from tests.library import reading

CARD = {"near": "outside", "voice": "silent", "touch": "none", "mask": "yes"}


@pytest.fixture
def write(care, cast, clock):
    """Have Ana, or whoever `by` names, write a card."""

    def now(said=CARD, *, by="ana", client_id=None, **more):
        return actions.write_comfort(
            viewer=cast.sees(by), wanted=Wanted(said, **more), client_id=client_id or uuid4(), now=clock.now
        )

    return now


@pytest.fixture
def stands(care, cast):
    """Return the card that stands for an infusion of Ana's, counted from 1, as somebody sees it."""

    def of(infusion=1, by="nia"):
        return comforts.of(cast.sees(by), care.infusions[infusion - 1])

    return of


def main(response):
    """Return the words of a page's main part, one space between them."""
    html = response.content.decode().split("<main", 1)[1]
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def at(care, hours, infusion=1):
    """Return so many hours after the booked start of an infusion."""
    return care.infusions[infusion - 1].starts_at + timedelta(hours=hours)


class TestWriting:
    def test_card_stands_for_every_infusion_with_one_audit_line(self, write, stands):
        row = write()

        assert [stands(n).said for n in range(1, 7)] == [CARD] * 6
        assert AuditEvent.objects.filter(verb="comfort.write", subject_id=row.id).count() == 1

    def test_what_is_not_said_is_kept_as_not_said(self, write):
        row = write({"touch": "", "voice": "few"}, calms="  ")

        assert (row.said, row.calms) == ({"voice": "few"}, "")

    def test_empty_card_can_be_saved_and_takes_everything_back(self, write, stands):
        write()
        write({})

        assert stands().is_empty

    def test_card_of_one_infusion_leaves_the_others_alone(self, write, stands, care):
        write()
        write({"voice": "few"}, infusion_id=care.infusions[0].id)

        assert (stands(1).said, stands(2).said) == ({"voice": "few"}, CARD)

    def test_same_form_again_is_one_card(self, write):
        form = uuid4()

        assert write(client_id=form) == write(client_id=form)
        assert ComfortCard.objects.count() == 1

    def test_same_form_with_other_answers_is_refused(self, write):
        form = uuid4()
        write(client_id=form)

        with pytest.raises(Replayed):
            write({"voice": "few"}, client_id=form)

    @pytest.mark.parametrize(
        ("said", "texts", "field"),
        [
            ({"touch": "everywhere"}, {}, "touch"),
            ({"song": "own"}, {}, "song"),
            ({}, {"calms": "a" * 201}, "calms"),
            ({}, {"avoid": "a" * 201}, "avoid"),
        ],
    )
    def test_what_cannot_be_said_is_refused_at_its_field(self, write, said, texts, field):
        with pytest.raises(Refused) as refused:
            write(said, **texts)

        assert refused.value.field == field
        assert not ComfortCard.objects.exists()

    @pytest.mark.threat("T4")
    @pytest.mark.parametrize("name", ["bea", "nia", "oli"])
    def test_nobody_else_writes_it(self, write, name):
        with pytest.raises(Http404):
            write(by=name)

    @pytest.mark.threat("T4")
    def test_infusion_of_somebody_else_is_refused(self, write, cast, now):
        with pytest.raises(Refused):
            write(infusion_id=uuid4())

    def test_after_the_start_it_counts_from_the_next_infusion(self, write, stands, care, clock):
        write()
        clock.now = at(care, 0)
        care.say("arrived", clock.now)
        care.say("started", clock.now)
        clock.move(minutes=10)

        write({"touch": "hand"})

        assert (stands(1).said, stands(2).said) == (CARD, {"touch": "hand"})

    def test_infusion_that_has_started_cannot_be_chosen(self, write, care, clock):
        clock.now = at(care, 0)
        care.say("arrived", clock.now)
        care.say("started", clock.now)

        with pytest.raises(Refused) as refused:
            write(infusion_id=care.infusions[0].id)

        assert refused.value.field == "only"

    def test_without_an_infusion_ahead_nothing_is_written(self, write, care, clock):
        clock.now = at(care, 24, infusion=6)

        with pytest.raises(Http404):
            write()

    def test_step_that_asks_for_the_card_is_done_with_it(self, write, care, cast, clock):
        clock.now = at(care, -24 * 5)
        key = f"{care.series.id.hex}.comfort-wishes.0"

        write()

        plan, task = plans.find(cast.sees("ana"), key, clock.now)
        assert plan.standing(task).done
        assert Mark.objects.count() == 1

    def test_step_that_is_not_open_yet_is_left_alone(self, write, care, clock):
        clock.now = at(care, -24 * 6)

        write()

        assert not Mark.objects.exists()

    @pytest.mark.hazard("H10")
    def test_words_that_cannot_wait_bring_a_human_also_when_refused(self, write):
        write({}, calms="I want to kill myself")
        with pytest.raises(Refused):
            write({}, calms="I want to kill myself" + "!" * 200)

        assert Escalation.objects.count() == 1


class TestReading:
    def test_nurse_reads_three_lines_on_both_pages_of_the_infusion(self, write, care, as_nia):
        write({**CARD, "sound": "own", "light": "dim"}, calms="The sea", avoid="Perfume")
        infusion = care.infusions[0]

        for path in (f"/clinic/infusions/{infusion.id}", f"/clinic/infusions/{infusion.id}/ready"):
            page = main(as_nia.get(path))
            assert "Comfort card Caretaker outside the room · Silence · No touch" in page
            assert "Their own music · Dim light · Eye mask · Blanket: not said" in page
            assert "Calms: The sea · Not wanted: Perfume" in page

    def test_nothing_said_is_nothing_assumed(self, write, stands, care, as_nia):
        assert "Nothing is said yet" in main(as_nia.get(f"/clinic/infusions/{care.infusions[0].id}"))

        write({"voice": "few"})

        first, second, third = comforts.lines(stands())
        assert first == "Who is near: not said · A few soft words · Touch: not said"
        assert second.count("not said") == 4
        assert third == "What calms, what not: not said"

    def test_every_answer_has_its_words(self):
        assert set(comforts.QUESTIONS) == set(comforts.SHORT) == set(ANSWERS)
        assert [name for of in comforts.LINES for name in of] == list(ANSWERS)
        for name, answers in ANSWERS.items():
            assert set(comforts.QUESTIONS[name][1]) == set(answers)
            assert set(comforts.SHORT[name]) == {"", *answers}

    def test_caretaker_reads_what_is_said_and_what_is_not(self, write, as_bea):
        write(avoid="Perfume")

        page = main(as_bea.get("/comfort"))

        assert "What Ana wants from you" in page
        assert "No touch" in page
        assert "Light: not said" in page
        assert "Perfume" in page

    @pytest.mark.threat("T4")
    def test_caretaker_who_sees_no_schedule_reads_nothing(self, write, cast, as_bea):
        write(avoid="Perfume")
        cast.bea_member.kinds = ["ride"]
        cast.bea_member.save()

        assert "Perfume" not in main(as_bea.get("/comfort"))

    def test_caretaker_cannot_send_it(self, care, as_bea):
        assert as_bea.post("/comfort", {"voice": "few"}).status_code == 404

    def test_staff_look_is_written_down(self, write, care, as_nia, cast):
        write()
        as_nia.get(f"/clinic/infusions/{care.infusions[0].id}")

        assert AuditEvent.objects.filter(verb="chart.read", actor_id=cast.nia.id).exists()


class TestPage:
    def test_first_card_begins_with_a_start_that_leaves_touch_unsaid(self, care, as_ana):
        html = as_ana.get("/comfort").content.decode()

        chosen = re.findall(r'name="(\w+)" value="(\w*)" id="[^"]+" checked', html)
        start = {name: answer for name, answer in chosen if answer}
        assert start == {"near": "room", "voice": "few", "sound": "calm"}
        assert ("touch", "") in chosen
        assert not ComfortCard.objects.exists()

    def test_saved_card_stands_on_the_page(self, care, as_ana):
        response = as_ana.post("/comfort", {**CARD, "calms": "The sea"}, follow=True)

        assert "You can change it until the infusion starts" in main(response)
        assert 'value="The sea"' in response.content.decode()
        assert ComfortCard.objects.get().said == CARD

    def test_refused_card_keeps_what_was_typed(self, care, as_ana):
        typed = {"touch": "hand", "calms": "<b>" + "a" * 250, "avoid": "Perfume & noise"}

        response = as_ana.post("/comfort", typed)

        html = response.content.decode()
        assert response.status_code == 422
        assert escape("<b>aaa") in html
        assert escape("Perfume & noise") in html
        assert 'value="hand" id="id_touch_1" checked' in html

    def test_too_long_words_are_refused_wherever_a_space_falls(self, care, as_ana):
        for spaces in range(3):
            words = "a" * (201 - spaces) + " " * spaces + "b"
            assert as_ana.post("/comfort", {"calms": words}).status_code == 422

    def test_words_that_cannot_wait_lead_to_whom_to_call(self, care, as_ana):
        response = as_ana.post("/comfort", {"calms": "I want to kill myself"})

        assert response.url.startswith("/told/")

    def test_card_of_an_earlier_series_is_a_start_and_not_yet_said(self, write, cast, care, clock):
        write()
        later = cared.start(cast, clock.now, starts=("04-12", "04-14"))
        clock.now = at(care, 24, infusion=6)

        page = cast.browser("ana", clock.now).get("/comfort")

        assert "This is your card from before" in main(page)
        assert 'value="silent" id="id_voice_0" checked' in page.content.decode()
        assert comforts.of(cast.sees("nia"), later.infusions.first()) is None

    def test_page_without_an_infusion_says_so(self, cast, as_oli):
        assert "No infusion is ahead" in main(as_oli.get("/comfort"))

    def test_step_leads_to_the_card(self, care, as_ana, as_bea, clock):
        clock.now = at(care, -24 * 5)
        steps = {
            "ana": as_ana.get(f"/steps/{care.series.id.hex}.comfort-wishes.0"),
            "bea": as_bea.get(f"/steps/{care.series.id.hex}.comfort-talk.0"),
        }

        assert "Write your comfort card" in main(steps["ana"])
        assert "See the comfort card" in main(steps["bea"])

    def test_words_are_plain(self, care, cast, as_ana, as_bea):
        for browser in (as_ana, as_bea):
            html = browser.get("/comfort").content.decode().split("<main", 1)[1].split("</main>")[0]
            assert reading.grade(html) <= 8
