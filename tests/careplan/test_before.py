"""Before an infusion Ana says how anxious she is, for her nurse, and keeps a line that is hers alone."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.http import Http404
from django.utils.html import escape

from luna.audit.models import AuditEvent
from luna.careplan import actions, plans
from luna.careplan.models import Mark
from luna.feed.models import Counter
from luna.people import access, tombstones
from luna.people.actions import circle, sharing
from luna.people.errors import Impaired, Refused, Replayed
from luna.people.models import CircleMember, ContactSafety, Key, Patient
from luna.records import actions as records
from luna.records.models import LineShare, PrivateLine, Response
from luna.treatment import intentions
from luna.treatment.models import Infusion

LINE = "I can let this pass through."


def choose(cast, kinds, now):
    """Have Ana choose anew what Bea sees."""
    member = cast.bea_member
    member.refresh_from_db()
    wanted = sharing.Choice(member.pk, frozenset(kinds), False, member.version, is_sure=True)
    sharing.choose(choices=[wanted], by=cast.sees("ana"), now=now)


def main(response):
    """Return the words of a page's main part, one space between them."""
    html = response.content.decode().split("<main", 1)[1]
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture
def day(care, clock):
    """Let it be half an hour before Ana's first infusion."""
    clock.now = care.infusions[0].starts_at - timedelta(minutes=30)
    return care


@pytest.fixture
def say(day, cast, clock):
    """Have Ana answer with a number, in one browser."""
    browser = cast.browser("ana", clock.now)

    def answer(number, *, round=1, version=0):
        form = {"item": "anxiety", "answer": number, "round": round, "version": version}
        return browser.post("/anxiety", form, follow=True)

    return answer


class TestAnxiety:
    def test_number_is_stored_once_as_a_response_that_is_a_score(self, say, cast, day):
        page = say("7")

        assert "Thank you. Your nurse sees it." in main(page)
        row = Response.objects.get(questionnaire="anxiety")
        assert (row.answers, row.kind, row.by_id) == ({"anxiety": "7"}, "scores", cast.ana.id)
        assert AuditEvent.objects.filter(verb="answers.send").count() == 1

    def test_same_form_again_counts_once(self, say):
        say("7")

        assert say("7").redirect_chain[-1][0] == "/now"
        assert Response.objects.filter(questionnaire="anxiety").count() == 1

    def test_later_number_stands_until_the_start(self, say, cast, day):
        say("7")
        say("4", round=2)

        assert plans.felt(cast.sees("nia"), day.infusions[0]).value == 4

    @pytest.mark.parametrize("number", ["11", "-1", "x", "5.5", "", "²"])
    def test_what_is_no_number_from_0_to_10_is_refused(self, say, number):
        assert say(number).status_code == 422
        assert not Response.objects.filter(questionnaire="anxiety").exists()

    def test_every_number_is_one_tap_and_none_is_coloured(self, day, cast, clock):
        html = cast.browser("ana", clock.now).get("/anxiety").content.decode()

        assert re.findall(r'class="choice" name="answer" value="(\d+)"', html) == [str(n) for n in range(11)]

    def test_nurse_reads_number_and_time_and_no_colour(self, say, day, cast, clock):
        browser = cast.browser("nia", clock.now, fresh=True)
        path = f"/clinic/infusions/{day.infusions[0].id}/ready"
        assert "Anxiety, as they say it Not said." in main(browser.get(path))

        say("9")

        page = browser.get(path)
        assert "9 of 10, said today at 8:30 am" in main(page)
        section = page.content.decode().split('id="felt"')[1].split("</section>")[0]
        assert "sev" not in section

    def test_number_of_one_infusion_is_not_shown_for_another(self, say, day, cast):
        say("9")

        assert plans.felt(cast.sees("nia"), day.infusions[1]) is None

    def test_it_is_asked_on_the_day_and_not_after_the_start(self, care, cast, clock):
        asked = {}
        for hours in (-24, -1, 0.5):
            clock.now = care.infusions[0].starts_at + timedelta(hours=hours)
            if hours > 0:
                care.say("arrived", clock.now)
                care.say("started", clock.now)
            page = cast.browser("ana", clock.now).get("/now").content.decode()
            asked[hours] = ('href="/anxiety"' in page, plans.asked_today(cast.sees("ana"), clock.now))

        first = care.infusions[0]
        assert asked == {-24: (False, None), -1: (True, first), 0.5: (False, None)}

    @pytest.mark.threat("T4")
    def test_caretaker_is_neither_asked_nor_told(self, say, day, cast, clock):
        say("9")
        browser = cast.browser("bea", clock.now)

        assert browser.get("/anxiety").status_code == 404
        assert 'href="/anxiety"' not in browser.get("/now").content.decode()


@pytest.fixture
def keep(day, cast, clock):
    """Have Ana, or whoever `by` names, keep a line for her first infusion."""

    def now(text=LINE, *, by="ana", client_id=None):
        return actions.intend(
            viewer=cast.sees(by), infusion=day.infusions[0], text=text, client_id=client_id or uuid4(),
            now=clock.now,
        )  # fmt: skip

    return now


class TestIntention:
    def test_line_stands_on_now_before_the_infusion_and_not_after_its_start(self, keep, day, cast, clock):
        keep()
        browser = cast.browser("ana", clock.now)
        assert LINE in main(browser.get("/now"))

        day.say("arrived", clock.now)
        day.say("started", clock.now)

        assert LINE not in main(browser.get("/now"))

    def test_line_is_sealed_and_nothing_of_it_is_audited(self, keep):
        row = keep()

        assert LINE.encode() not in bytes(row.sealed)
        assert not AuditEvent.objects.filter(subject_id=row.id).exists()

    @pytest.mark.threat("T4")
    @pytest.mark.parametrize("name", ["bea", "nia", "diaz", "oli"])
    def test_nobody_else_gets_it_until_it_is_shared(self, keep, day, cast, name):
        keep()

        assert intentions.own(cast.sees(name), day.infusions[0]) is None
        assert intentions.shown(cast.sees(name), day.infusions[0], day.infusions[0].starts_at) is None

    @pytest.mark.threat("T4")
    @pytest.mark.parametrize("name", ["bea", "nia", "oli"])
    def test_nobody_else_writes_it(self, keep, name):
        with pytest.raises(Http404):
            keep(by=name)

    def test_newest_line_stands_and_deleting_it_destroys_its_key(self, keep, day, cast, clock):
        keep("The first")
        clock.move(minutes=1)
        row = keep("The second")
        browser = cast.browser("ana", clock.now)
        assert "The second" in main(browser.get("/intention"))

        browser.post(f"/intention/{row.id}/delete")

        assert intentions.own(cast.sees("ana"), day.infusions[0]).line.text == "The first"
        assert PrivateLine.objects.get(id=row.id).sealed is None
        assert Key.objects.filter(destroyed_at__isnull=False).count() == 1

    def test_same_form_again_is_one_line(self, keep):
        form = uuid4()

        assert keep(client_id=form) == keep(client_id=form)

    @pytest.mark.parametrize("text", ["", "  \n ", "a" * 121])
    def test_line_that_is_none_is_refused(self, keep, text):
        with pytest.raises(Refused):
            keep(text)

    def test_line_is_one_line(self, keep, day, cast):
        keep("One\r\n  two\tthree")

        assert intentions.own(cast.sees("ana"), day.infusions[0]).line.text == "One two three"

    def test_step_that_asks_for_it_is_done_without_the_words(self, keep, day):
        keep()

        assert Mark.objects.get().task_key == day.key("intention")

    def test_refused_line_keeps_what_was_typed(self, day, cast, clock):
        typed = "<b>" + "a" * 200

        response = cast.browser("ana", clock.now).post("/intention", {"text": typed})

        assert response.status_code == 422
        assert escape(typed) in response.content.decode()

    def test_without_an_infusion_the_pages_lead_back(self, as_oli):
        for path in ("/intention", "/anxiety"):
            assert as_oli.get(path).url == "/now"


class TestSharing:
    @pytest.fixture
    def show(self, day, cast, clock):
        """Have Ana, or whoever `by` names, show a line to Bea, to another member, or to the nurses (None)."""

        def now(line, to="bea", *, by="ana", client_id=None):
            member = cast.bea_member.id if to == "bea" else to
            return actions.show_intention(
                viewer=cast.sees(by), infusion=day.infusions[0], line_id=line.id, member_id=member,
                client_id=client_id or uuid4(), now=clock.now,
            )  # fmt: skip

        return now

    @pytest.fixture
    def reads(self, day, cast, clock):
        """Return the words somebody gets of Ana's line, None for nothing."""

        def now(name):
            line = intentions.shown(cast.sees(name), day.infusions[0], clock.now)
            return line.text if line else None

        return now

    def test_line_is_shown_to_whom_it_is_shared_with_and_to_nobody_else(self, keep, show, reads):
        show(keep())

        assert [reads(name) for name in ("bea", "nia", "diaz", "oli")] == [LINE, None, None, None]

    def test_nurses_read_it_and_no_other_staff(self, keep, show, reads):
        show(keep(), None)

        assert [reads(name) for name in ("bea", "nia", "diaz")] == [None, LINE, None]

    def test_caretaker_reads_it_on_now_and_beside_the_card_until_it_is_stopped(
        self, keep, show, day, cast, clock
    ):
        line, browser = keep(), cast.browser("bea", clock.now)
        show(line)
        paths = ("/now", "/comfort")
        assert all(LINE in main(browser.get(path)) for path in paths)

        records.hide_line(
            viewer=cast.sees("ana"), line_id=line.id, member_id=cast.bea_member.id, now=clock.now
        )

        assert not any(LINE in main(browser.get(path)) for path in paths)

    def test_nurse_reads_it_at_the_bedside_lines_while_it_is_shared(self, keep, show, day, cast, clock):
        line, browser = keep(), cast.browser("nia", clock.now, fresh=True)
        paths = [f"/clinic/infusions/{day.infusions[0].id}{end}" for end in ("", "/ready")]
        assert not any(LINE in main(browser.get(path)) for path in paths)
        show(line, None)
        assert all(LINE in main(browser.get(path)) for path in paths)

        records.hide_line(viewer=cast.sees("ana"), line_id=line.id, member_id=None, now=clock.now)

        assert not any(LINE in main(browser.get(path)) for path in paths)

    def test_patient_reads_on_every_page_to_whom_it_is_shared(self, keep, show, cast, clock):
        line, browser = keep(), cast.browser("ana", clock.now)
        alone = [main(browser.get(path)) for path in ("/now", "/intention")]
        show(line)
        show(line, None)
        shared = [main(browser.get(path)) for path in ("/now", "/intention")]

        assert all("Only you can read it." in page for page in alone)
        assert not any("Only you can read it." in page for page in shared)
        assert all("the nurses, Bea" in page for page in shared)

    def test_new_line_is_shared_with_nobody(self, keep, show, reads, clock):
        show(keep("The first"))
        clock.move(minutes=1)
        keep("The second")

        assert reads("bea") is None

    def test_share_of_an_earlier_line_never_comes_back_by_itself(self, keep, show, reads, cast, clock):
        show(keep("The first"))
        clock.move(minutes=1)
        second = keep("The second")
        records.delete_line(viewer=cast.sees("ana"), line_id=second.id, now=clock.now)

        assert reads("bea") is None
        assert AuditEvent.objects.filter(verb="line.hide").count() == 1

    def test_deleting_a_shared_line_reaches_open_pages_and_is_audited(self, keep, show, day, cast, clock):
        line = keep()
        row = show(line)
        before = Counter.objects.get(clinic_id=cast.harbour.id).n
        records.delete_line(viewer=cast.sees("ana"), line_id=line.id, now=clock.now)

        assert Counter.objects.get(clinic_id=cast.harbour.id).n > before
        assert AuditEvent.objects.filter(subject_id=row.id, verb="line.hide").count() == 1

    def test_share_sent_again_after_a_stop_says_nothing_of_sharing(self, keep, cast, clock):
        line, browser, form = keep(), cast.browser("ana", clock.now), {"to": "", "client_id": uuid4()}
        path = f"/intention/{line.id}/show"
        said = [main(browser.post(path, form | {"do": do}, follow=True)) for do in ("show", "hide", "show")]

        assert ["Shared. You can stop" in page for page in said] == [True, False, False]

    def test_deleted_line_is_gone_for_everybody_and_so_are_its_keys(self, keep, show, reads, cast, clock):
        line = keep()
        show(line)
        show(line, None)

        records.delete_line(viewer=cast.sees("ana"), line_id=line.id, now=clock.now)

        assert (reads("bea"), reads("nia")) == (None, None)
        assert Key.objects.filter(destroyed_at__isnull=False).count() == 3
        assert [row.sealed for row in LineShare.objects.all()] == [None, None]

    @pytest.mark.parametrize("how", ["narrowed", "with the series", "left"])
    def test_share_ends_with_the_access_and_never_comes_back_with_it(
        self, keep, show, reads, cast, clock, how
    ):
        line, member = keep(), cast.bea_member
        share, others = show(line), show(line, None)
        if how == "narrowed":
            choose(cast, ["ride"], clock.now)
        elif how == "left":
            circle.leave(by=cast.sees("bea"), now=clock.now)
        else:
            Patient.objects.filter(pk=member.patient_id).update(sharing_ends_at=clock.now)
            sharing.end_with_series(member.patient_id, clock.now)
        CircleMember.objects.filter(pk=member.pk).update(
            state="active", kinds=list(access.PRACTICAL), version=9
        )  # as if let in again

        assert reads("bea") is None
        share.refresh_from_db()
        others.refresh_from_db()
        assert (share.sealed, share.ended_at, others.ended_at) == (None, clock.now, None)
        assert AuditEvent.objects.filter(verb="line.end").count() == 1

    def test_share_stays_while_they_still_see_the_plan(self, keep, show, reads, cast, clock):
        show(keep())

        choose(cast, ["schedule", "ride"], clock.now)

        assert reads("bea") == LINE

    def test_stopped_share_stays_stopped_in_a_restored_backup(self, keep, show, reads, cast, clock):
        line = keep()
        share = show(line)
        sealed = share.sealed
        kept = list(Key.objects.filter(owner_id=share.id).values("pk", "wrapped"))
        records.hide_line(
            viewer=cast.sees("ana"), line_id=line.id, member_id=cast.bea_member.id, now=clock.now
        )
        LineShare.objects.filter(pk=share.pk).update(sealed=sealed, ended_at=None)
        for one in kept:
            Key.objects.filter(pk=one["pk"]).update(wrapped=one["wrapped"], destroyed_at=None)
        assert reads("bea") == LINE

        tombstones.replay()

        assert reads("bea") is None
        assert intentions.own(cast.sees("ana"), infusion_of(line)).shown == []

    def test_share_is_sealed_and_audited_without_the_words(self, keep, show, cast, clock):
        line = keep()
        row = show(line)
        records.hide_line(
            viewer=cast.sees("ana"), line_id=line.id, member_id=cast.bea_member.id, now=clock.now
        )

        assert LINE.encode() not in bytes(row.sealed)
        verbs = AuditEvent.objects.filter(subject_id=row.id).values_list("verb", flat=True)
        assert sorted(verbs) == ["line.hide", "line.show"]

    def test_same_form_again_is_one_share_and_never_undoes_a_stop(self, keep, show, reads, cast, clock):
        line, form = keep(), uuid4()
        show(line, client_id=form)
        records.hide_line(
            viewer=cast.sees("ana"), line_id=line.id, member_id=cast.bea_member.id, now=clock.now
        )
        show(line, client_id=form)

        assert LineShare.objects.count() == 1
        assert reads("bea") is None

    def test_same_form_for_somebody_else_is_refused(self, keep, show):
        line, form = keep(), uuid4()
        show(line, client_id=form)

        with pytest.raises(Replayed):
            show(line, None, client_id=form)

    @pytest.mark.threat("T4")
    @pytest.mark.parametrize("name", ["bea", "nia", "oli"])
    def test_nobody_else_shares_it(self, keep, show, name):
        line = keep()

        with pytest.raises(Http404):
            show(line, by=name)

    @pytest.mark.threat("T4")
    def test_nobody_else_stops_it(self, keep, show, reads, cast, clock):
        line = keep()
        show(line)

        with pytest.raises(Http404):
            records.hide_line(
                viewer=cast.sees("nia"), line_id=line.id, member_id=cast.bea_member.id, now=clock.now
            )
        assert reads("bea") == LINE

    @pytest.mark.threat("T4")
    def test_line_of_a_step_is_never_shared(self, day, show, cast, clock):
        line = records.keep_line(
            viewer=cast.sees("ana"), task_key=day.key("intention"), text="Mine", client_id=uuid4(),
            now=clock.now,
        )  # fmt: skip

        with pytest.raises(Refused):
            show(line)

    @pytest.mark.threat("T4")
    def test_whoever_is_taken_out_reads_nothing_and_is_offered_no_more(self, keep, show, reads, cast, clock):
        line = keep()
        show(line)
        circle.revoke(member=cast.bea_member, by=cast.sees("ana"), now=clock.now)

        assert reads("bea") is None
        assert intentions.own(cast.sees("ana"), infusion_of(line)).shown == []
        with pytest.raises(Refused):
            show(line)

    @pytest.mark.threat("T4")
    def test_whoever_sees_the_plan_no_more_reads_nothing(self, keep, show, reads, cast):
        show(keep())
        CircleMember.objects.filter(pk=cast.bea_member.pk).update(kinds=["ride"])

        assert reads("bea") is None

    @pytest.mark.threat("T4")
    def test_barred_person_reads_nothing_and_the_preview_does_not_tell(self, keep, show, reads, cast, clock):
        line = keep()
        show(line)
        ContactSafety.objects.create(
            clinic=cast.harbour, patient=cast.ana_patient, safe="no", barred=[str(cast.bea.id)],
            by=cast.nia, at=clock.now, client_id=uuid4(),
        )  # fmt: skip
        looking = access.as_seen_by(cast.sees("ana"), cast.bea_member)

        assert reads("bea") is None
        assert intentions.shown(looking, infusion_of(line), clock.now).text == LINE

    def test_from_the_start_it_can_be_stopped_and_not_widened(self, keep, show, reads, day, cast, clock):
        line = keep()
        show(line)
        day.say("arrived", clock.now)
        day.say("started", clock.now)
        browser = cast.browser("ana", clock.now)
        assert reads("bea") == LINE
        assert "You share it with Bea" in main(browser.get("/now"))
        with pytest.raises(Impaired):
            show(line, None)

        form = {"do": "hide", "to": cast.bea_member.id, "client_id": uuid4()}
        page = browser.post(f"/intention/{line.id}/show", form, follow=True)

        assert "They don’t see it any more." in main(page)
        assert reads("bea") is None

    def test_it_is_not_shown_once_the_infusion_is_over_or_called_off(
        self, keep, show, reads, day, cast, clock
    ):
        show(keep())
        clock.now = day.infusions[0].leaves_at + timedelta(minutes=1)
        assert reads("bea") is None

        clock.now = day.infusions[0].starts_at
        assert reads("bea") == LINE
        infusion = day.infusions[0]
        infusion.cancelled = True
        assert intentions.shown(cast.sees("bea"), infusion, clock.now) is None

    def test_page_shares_and_stops_in_one_tap_each(self, keep, reads, cast, clock):
        line, browser = keep(), cast.browser("ana", clock.now)

        for do, words in (("show", LINE), ("hide", None)):
            form = {"do": do, "to": "", "client_id": uuid4()}
            assert browser.post(f"/intention/{line.id}/show", form).status_code == 302
            assert reads("nia") == words

    @pytest.mark.parametrize(
        "form", [{}, {"do": "give"}, {"do": "show", "to": "x"}, {"do": "hide", "to": "x"}]
    )
    def test_form_that_says_nothing_known_is_not_found(self, keep, cast, clock, form):
        line = keep()

        assert cast.browser("ana", clock.now).post(f"/intention/{line.id}/show", form).status_code == 404


def infusion_of(line):
    """Return the infusion a line was kept for."""
    return Infusion.objects.get(id=UUID(line.task_key.split(".")[0]))
