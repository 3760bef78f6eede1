"""Ana leaves out the tips for body and mind in one tap, and has them back in one; nobody blames her."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.http import Http404

from luna.audit.models import AuditEvent
from luna.careplan import jobs, plans
from luna.careplan.models import Outcome
from luna.clinical.tips import Part
from luna.library import content
from luna.notices.models import Notice
from luna.people.errors import Replayed
from luna.treatment import actions, tips
from luna.treatment.models import Series, TipChoice

TIPS = {"calm-practice", "light-days", "sleep"}


@pytest.fixture
def choose(care, cast, clock):
    """Have Ana, or whoever `by` names, leave out the tips of a part, or want them back."""

    def now(part=Part.BODY, *, leaves_out=True, by="ana", client_id=None):
        form = client_id or uuid4()
        actions.choose_tips(
            viewer=cast.sees(by), part=part, leaves_out=leaves_out, client_id=form, now=clock.now
        )

    return now


def steps(care, when):
    """Return the ids of the steps of Ana's plan."""
    (plan,) = plans.plans_of(Series.objects.filter(pk=care.series.pk), when)
    return {task.step.id for task in plan.tasks}


def main(response):
    """Return the words of a page's main part, one space between them."""
    html = response.content.decode().split("<main", 1)[1]
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture
def week(care, clock):
    """Let it be four days before Ana's first infusion, at noon."""
    clock.now = care.infusions[0].starts_at - timedelta(days=4) + timedelta(hours=3)
    return care


class TestChoosing:
    def test_part_is_left_out_of_every_infusion_and_gates_stay(self, week, choose, clock):
        before = steps(week, clock.now)
        choose(Part.BODY)
        choose(Part.MIND)

        assert before >= TIPS
        assert before - steps(week, clock.now) == TIPS

    def test_it_is_written_once_with_one_audit_line(self, week, choose):
        choose()

        row = TipChoice.objects.get()
        assert AuditEvent.objects.filter(verb="tips.choose", subject_id=row.id).count() == 1

    def test_same_form_again_is_one_choice_and_never_undoes_a_later_one(self, week, choose, cast, clock):
        form = uuid4()
        choose(client_id=form)
        clock.move(minutes=1)
        choose(leaves_out=False)
        choose(client_id=form)

        assert TipChoice.objects.count() == 2
        assert [one.is_off for one in tips.switches(cast.sees("ana"))] == [False, False]

    def test_same_form_with_another_choice_is_refused(self, week, choose):
        form = uuid4()
        choose(client_id=form)

        with pytest.raises(Replayed):
            choose(leaves_out=False, client_id=form)

    def test_saying_the_same_again_writes_nothing(self, week, choose):
        choose(leaves_out=False)
        choose()
        choose()

        assert TipChoice.objects.count() == 1

    @pytest.mark.threat("T4")
    @pytest.mark.parametrize("name", ["bea", "nia", "diaz"])
    def test_nobody_else_chooses(self, week, choose, name):
        with pytest.raises(Http404):
            choose(by=name)

    @pytest.mark.threat("T4")
    @pytest.mark.parametrize(("name", "sees"), [("ana", 1), ("nia", 1), ("bea", 0), ("oli", 0)])
    def test_patient_and_staff_read_it_and_no_circle_does(self, week, choose, cast, name, sees):
        choose()

        assert TipChoice.objects.visible_to(cast.sees(name)).count() == sees

    def test_what_is_left_out_has_no_outcome_and_no_message(self, week, choose, clock):
        choose(Part.BODY)
        choose(Part.MIND)
        sent = Notice.objects.filter(task_key__contains="calm-practice")
        clock.now = week.infusions[0].starts_at + timedelta(hours=1)

        jobs.run(clock.now)

        assert not Outcome.objects.filter(step__in=TIPS).exists()
        assert not sent.exists()
        assert Outcome.objects.filter(step="learn").exists()


class TestPages:
    def test_step_is_left_out_in_one_tap_and_back_in_one(self, week, cast, clock):
        browser = cast.browser("ana", clock.now)
        path = f"/steps/{week.series.id.hex}.calm-practice.0"
        page = browser.get(path).content.decode()
        assert 'name="part" value="mind"' in page

        left = browser.post("/tips", {"part": "mind", "leaves_out": "yes", "client_id": uuid4()}, follow=True)
        assert "Left out. We won’t ask." in main(left)
        assert browser.get(path).status_code == 404
        assert "Tips for the mind Short practices, such as slow breathing. Left out" in main(left)

        back = browser.post("/tips", {"part": "mind", "leaves_out": "no", "client_id": uuid4()}, follow=True)
        assert "They are back in your plan." in main(back)
        assert browser.get(path).status_code == 200

    def test_gate_cannot_be_left_out_from_its_page(self, week, cast, clock):
        browser = cast.browser("ana", clock.now)
        keys = [task.key for task in gates(week, clock.now)]

        pages = [browser.get(f"/steps/{key}").content.decode() for key in keys]

        assert len(pages) > 10
        assert not any('action="/tips"' in page for page in pages)

    @pytest.mark.parametrize(
        "sent", [{}, {"part": "mind"}, {"leaves_out": "yes"}, {"part": "ride", "leaves_out": "yes"}]
    )
    def test_form_that_says_nothing_known_is_not_found(self, week, cast, clock, sent):
        assert cast.browser("ana", clock.now).post("/tips", sent).status_code == 404
        assert not TipChoice.objects.exists()

    def test_tip_that_is_over_offers_nothing(self, week, cast, clock):
        clock.now = week.infusions[0].starts_at + timedelta(hours=4)
        page = cast.browser("ana", clock.now).get(f"/steps/{week.series.id.hex}.calm-practice.0")

        assert 'action="/tips"' not in page.content.decode()

    def test_now_offers_it_on_the_card_and_leaves_it_out(self, week, cast, clock, choose):
        browser = cast.browser("ana", clock.now)
        before = main(browser.get("/now"))
        choose(Part.MIND)

        assert "Try a short calm practice" in before
        assert "Try a short calm practice" not in main(browser.get("/now"))

    def test_staff_see_that_it_was_her_choice(self, week, cast, clock, choose):
        browser = cast.browser("nia", clock.now, fresh=True)
        path = f"/clinic/series/{week.series.id}"
        assert "own choice" not in main(browser.get(path))

        choose(Part.MIND)

        assert "Left out by Ana’s own choice" in main(browser.get(path))
        assert "tips for the mind." in main(browser.get(path))

    @pytest.mark.threat("T4")
    def test_caretaker_sees_the_same_pages_as_before(self, week, cast, clock, choose):
        browser = cast.browser("bea", clock.now)
        paths = ("/now", "/plan", "/comfort", "/duty")
        before = [main(browser.get(path)) for path in paths]

        choose(Part.MIND)
        choose(Part.BODY)

        assert [main(browser.get(path)) for path in paths] == before
        assert browser.get("/tips").status_code == 404


def gates(care, when):
    """Return Ana's own gates."""
    (plan,) = plans.plans_of(Series.objects.filter(pk=care.series.pk), when)
    return [task for task in plan.tasks if task.gate and task.actor == "patient"]


@pytest.mark.parametrize("name", content.names("protocols"))
def test_each_protocol_has_tips_for_the_body_and_none_of_them_is_a_gate(name):
    parts = {step.id: step.part for step in content.protocol(name).steps if step.part}

    assert {"light-days", "sleep"} <= set(parts) <= TIPS
    assert parts.get("calm-practice", Part.MIND) is Part.MIND
