"""Drivers without an account are written to by text message, end that by STOP, and are reminded in time.

Rae has a phone number and no account. Ana's first infusion is on Monday 15 March at nine: 48 hours before it
are eight on Saturday in New York, and 24 hours before it nine on Sunday, for the clocks go forward there.
"""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from luna.careplan import jobs
from luna.clinical.ride import Said, State
from luna.feed.models import Wake
from luna.notices import jobs as sending
from luna.notices import reach
from luna.notices.models import Notice, StoppedNumber
from luna.people import tokens
from luna.people.errors import Refused
from luna.people.models import CircleMember, ContactSafety, Patient, Token
from luna.treatment import actions, calls, covers, rides
from luna.treatment import sending as before_sending
from luna.treatment.actions import WantedRide as Wanted
from luna.treatment.actions.ride import MOST_NAMED
from tests import care as cared
from tests.notices import ledger
from tests.notices.conftest import mail_server, provider
from tests.notices.provider import tell
from tests.notices.reaching import reached

__all__ = ["mail_server", "provider"]

RAE_PHONE = "+12125550143"
LONG_BEFORE = cared.at("03-10 12:00")
SATURDAY, SUNDAY, DAWN = cared.at("03-13 08:00"), cared.at("03-14 09:00"), cared.at("03-15 06:00")
LAST = cared.at("03-14 20:00")  # three hours before nine are six: the evening before, for who cannot say
RAE = Wanted(name="Rae", phone=RAE_PHONE)
BY_BOTH = Wanted(name="Rae", email="rae@example.org", phone=RAE_PHONE)


@pytest.fixture
def ask(care, cast, provider):
    def asks(wanted=RAE, by="ana", *, now=LONG_BEFORE):
        return actions.ask_ride(
            infusion_id=care.infusions[0].id, wanted=wanted, viewer=cast.sees(by), client_id=uuid4(), now=now
        )

    return asks


@pytest.fixture
def ride(care, cast):
    def stands():
        return rides.ride(care.infusions[0], list(covers.circle().filter(patient=cast.ana_patient)))

    return stands


@pytest.fixture
def clock(care):
    """Let the clock look at Ana; return which messages to drivers by link it planned, as (words, hours)."""

    def look(at):
        known = set(Notice.objects.values_list("id", flat=True))
        Wake.objects.update(wake_at=at)
        jobs.run(at)
        fresh = Notice.objects.exclude(id__in=known).filter(words__in=("ride-remind", "ride-near"))
        return sorted((one.words, int(re.search(r":(\d+)h:", one.key)[1])) for one in fresh)

    return look


def by_link(said, asked, *, now=LONG_BEFORE):
    actions.answer_ride_by_link(ask_id=asked.id, said=Said(said), user_id=None, now=now)


def answer(said, asked, viewer, *, now=LONG_BEFORE):
    actions.answer_ride(
        infusion_id=asked.infusion_id, said=Said(said), ask_id=asked.id, viewer=viewer, client_id=uuid4(),
        now=now,
    )  # fmt: skip


def move(care, cast, to="03-16 09:00", now=LONG_BEFORE):
    actions.move(
        infusion_id=care.infusions[0].id, start=actions.Start(cared.at(to)), why="clinic",
        expected_revision=care.infusions[0].revision, viewer=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip


def called(cast, now=LONG_BEFORE):
    """Return whom staff have to call, and what for."""
    return [(one.name, one.what) for one in calls.to_make(cast.sees("nia"), now)]


def states(words):
    return sorted(Notice.objects.filter(words=words).values_list("state", flat=True))


@pytest.mark.threat("T6")
class TestText:
    def test_patient_names_by_number_alone_and_a_text_leads_to_the_page(self, ask, provider):
        ask()
        sending.run(LONG_BEFORE)

        (text,) = provider.taken
        assert (text.what, text.fields["To"]) == ("Messages", RAE_PHONE)
        link = re.search(r"(http://localhost:8000)(/r/\S+)", text.fields["Body"])
        assert text.fields["Body"] == (
            f"Luna: somebody asks you for a lift. STOP ends these texts. Open: {link[0]}"
        )
        secret = link[2].rpartition("/")[2]
        assert tokens.find(Token.Purpose.RIDE, secret, LONG_BEFORE) is not None

    def test_text_opens_the_page_and_a_yes_there_is_set(self, ask, provider, monkeypatch, ride):
        ask()
        sending.run(LONG_BEFORE)
        monkeypatch.setattr(timezone, "now", lambda: LONG_BEFORE)
        phone = Client()

        page = phone.get(re.search(r"/r/\S+", provider.taken[0].fields["Body"])[0], follow=True)
        phone.post("/driver", {"do": "confirmed", "is_adult": "on"})

        assert b"Can you take Ana home?" in page.content
        assert (ride().state, ride().driver.name) == (State.CONFIRMED, "Rae")

    def test_no_secret_is_kept(self, ask, provider):
        ask()
        sending.run(LONG_BEFORE)

        secret = re.search(r"/r/(\S+)", provider.taken[0].fields["Body"])[1]
        rows = [*Token.objects.all(), *Notice.objects.all()]
        assert all(secret not in str(vars(row)) for row in rows)

    def test_who_has_both_is_written_to_by_mail_alone(self, ask, provider, mail_server):
        ask(BY_BOTH)
        sending.run(LONG_BEFORE)

        assert (len(mail_server.taken), provider.taken) == (1, [])

    def test_where_the_mail_fails_for_good_the_text_holds_another_link(self, ask, provider, mail_server):
        ask(BY_BOTH)
        mail_server.answers = 550
        sending.run(LONG_BEFORE)
        sending.run(LONG_BEFORE + timedelta(minutes=2))

        (text,) = provider.taken
        secret = re.search(r"/r/(\S+)", text.fields["Body"])[1]
        assert tokens.find(Token.Purpose.RIDE, secret, LONG_BEFORE).subject_id is not None
        assert states("ride-link") == ["sent"]

    def test_nobody_is_ever_rung(self, ask, provider):
        ask()
        provider.answers = 400  # a landline
        for minutes in (0, 2, 4):
            sending.run(LONG_BEFORE + timedelta(minutes=minutes))

        assert provider.taken == []
        assert states("ride-link") == ["not-reached"]  # staff see it, and call

    def test_patient_in_a_chair_somewhere_keeps_no_text_from_anybody(self, ask, provider, cast, care):
        """Whoever has no account is not the patient without an account who sits there now."""
        Patient.objects.filter(id=cast.ana_patient.id).update(user=None)
        starts = care.infusions[0].starts_at
        care.say("arrived", starts - timedelta(minutes=20))
        care.say("started", starts)
        ask(by="nia", now=starts)

        sending.run(starts + timedelta(minutes=5))

        assert len(provider.taken) == 1

    def test_moved_before_it_left_it_is_never_sent(self, ask, provider, care, cast):
        ask()
        move(care, cast)
        sending.run(LONG_BEFORE)

        assert states("ride-link") == ["sent", "void"]
        assert len(provider.taken) == 1

    def test_cancelled_they_are_told_that_they_need_not_come(self, ask, provider, cast, care):
        ask()
        sending.run(LONG_BEFORE)
        actions.cancel(
            infusion_id=care.infusions[0].id, why="clinic", expected_revision=1, viewer=cast.sees("nia"),
            client_id=uuid4(), now=LONG_BEFORE,
        )  # fmt: skip
        sending.run(LONG_BEFORE)

        assert "you need not give that lift any more" in provider.taken[-1].fields["Body"]

    def test_reserve_by_number_hears_of_the_gap_and_steps_in(self, ask, provider, cast, ride):
        bea = ask(Wanted(who_id=cast.bea.id))
        rae = ask(Wanted(name="Rae", phone=RAE_PHONE, reserve=True))
        by_link("confirmed", rae)
        answer("declined", bea, cared.caretaker(cast.bea, cast.ana_patient))
        sending.run(LONG_BEFORE)

        assert "after all? Open:" in provider.taken[-1].fields["Body"]
        by_link("steps-in", rae)
        assert (ride().state, ride().driver.name) == (State.CONFIRMED, "Rae")

    def test_gap_that_closed_before_the_text_left_is_not_told(self, ask, provider, cast):
        bea = ask(Wanted(who_id=cast.bea.id))
        by_link("confirmed", ask(Wanted(name="Rae", phone=RAE_PHONE, reserve=True)))
        me = cared.caretaker(cast.bea, cast.ana_patient)
        answer("declined", bea, me)
        answer("confirmed", bea, me)

        assert states("ride-step-in") == ["void"]

    def test_what_staff_wrote_down_is_not_asked_any_more(self, ask, provider, cast):
        answer("confirmed", ask(), cast.sees("nia"))

        assert states("ride-link") == ["void"]


@pytest.mark.threat("T6")
@pytest.mark.hazard("H9")
class TestWhoIsNamed:
    def test_patients_own_number_is_refused(self, ask, cast, now):
        reached(cast.ana, now, mobile="+12125550177")

        for own in (cast.ana_patient.phone, "+12125550177"):
            with pytest.raises(Refused, match="own number"):
                ask(Wanted(name="Rae", phone=own))
        assert not Notice.objects.filter(words="ride-link").exists()

    def test_number_that_became_the_patients_own_answers_nothing(self, ask, cast, ride):
        asked = ask()
        Patient.objects.filter(id=cast.ana_patient.id).update(phone=RAE_PHONE)

        with pytest.raises(Refused, match="own number"):
            by_link("confirmed", asked)
        assert ride().state is State.ASKED

    def test_nobody_writes_to_many_strangers_in_a_day_and_staff_still_can(self, ask, provider):
        for n in range(MOST_NAMED):
            ask(Wanted(name="Rae", phone=f"+1212555017{n}"))

        with pytest.raises(Refused, match="Ask the clinic"):
            ask()
        ask(by="nia")
        ask(now=LONG_BEFORE + timedelta(days=1))

    def test_without_text_messages_a_number_alone_is_for_staff(self, ask, settings, ride):
        settings.LUNA_SMS_URL = ""

        with pytest.raises(Refused, match="e-mail address"):
            ask()
        ask(by="nia")
        assert ride().driver.has_phone
        assert not Notice.objects.filter(words="ride-link").exists()

    def test_who_is_kept_away_is_known_by_their_number(self, ask, cast, care, ride, now):
        CircleMember.objects.filter(id=cast.bea_member.id).update(phone=RAE_PHONE)
        ContactSafety.objects.create(
            clinic=cast.harbour, patient=cast.ana_patient, safe="no", barred=[str(cast.bea.id)], by=cast.nia,
            at=now, client_id=uuid4(),
        )  # fmt: skip

        with pytest.raises(Refused, match="contact safety"):
            ask(by="nia")
        ask()  # the patient sees no difference

        members = list(covers.circle().filter(patient=cast.ana_patient))
        assert rides.is_barred(care.infusions[0], ride().driver, members)


class TestStop:
    def reply(self, word, sid=""):
        phone = Client(enforce_csrf_checks=True)
        said = {"From": RAE_PHONE, "Body": word, "MessageSid": sid or f"SM{uuid4().hex}"}
        return tell(phone, "/hooks/sms/reply", said)

    def test_stop_ends_texts_to_a_number_without_an_account(self, ask, provider):
        ask()
        self.reply("STOP")
        sending.run(LONG_BEFORE)

        assert provider.taken == []
        assert states("ride-link") == ["not-reached"]
        assert all(RAE_PHONE not in str(vars(row)) for row in StoppedNumber.objects.all())

    def test_stop_the_provider_knows_of_holds_as_well(self, ask, provider):
        ask()
        provider.answers, provider.code = 400, 21610
        sending.run(LONG_BEFORE)

        assert reach.stopped_among({RAE_PHONE}) == {RAE_PHONE}
        assert states("ride-link") == ["not-reached"]

    def test_circle_is_asked_for_another_way_and_staff_may_name_them_still(self, ask, ride):
        self.reply("STOP")

        with pytest.raises(Refused, match="No text message can go to this number"):
            ask()
        ask(BY_BOTH)
        ask(by="nia")

        assert ride().driver.has_phone

    def test_stop_of_who_has_an_account_holds_for_the_number(self, ask, cast, now):
        reached(cast.cal, now, mobile=RAE_PHONE, stopped_at=now)

        assert reach.addresses("", RAE_PHONE) == {}

    def test_start_takes_it_back_and_an_old_stop_ends_nothing_since(self, ask, provider):
        self.reply("STOP", "SM9")
        self.reply("start")
        self.reply("STOP", "SM9")

        assert reach.addresses("", RAE_PHONE) == {"sms": RAE_PHONE}
        self.reply("STOP", "SM10")
        assert reach.addresses("", RAE_PHONE) == {}

    def test_start_heard_again_takes_back_no_stop_that_came_since(self, ask, provider):
        for word, sid in (("STOP", "SM1"), ("START", "SM2"), ("STOP", "SM3"), ("START", "SM2")):
            self.reply(word, sid)

        assert reach.addresses("", RAE_PHONE) == {}
        self.reply("START", "SM4")
        assert reach.addresses("", RAE_PHONE) == {"sms": RAE_PHONE}

    def test_who_was_not_written_to_stays_to_be_called_though_texts_go_again(self, ask, care, cast):
        self.reply("STOP")
        ask(by="nia")
        self.reply("START")

        assert called(cast) == [("Rae", "asked")]

    def test_who_was_written_to_stands_in_one_place_though_texts_go_no_more(self, ask, care, cast, provider):
        ask()
        provider.answers, provider.code = 400, 21610
        sending.run(LONG_BEFORE)
        assert states("ride-link") == ["not-reached"]
        assert called(cast) == []

        move(care, cast)
        assert called(cast) == [("Rae", "asked")]

    def test_start_alone_is_nothing(self, ask):
        self.reply("START")

        assert not StoppedNumber.objects.exists()


@pytest.mark.hazard("H9")
class TestReminders:
    def test_who_has_not_answered_hears_of_it_three_times(self, ask, clock, provider):
        ask()
        found = [clock(at) for at in (SATURDAY - timedelta(minutes=1), SATURDAY, SUNDAY, LAST, DAWN)]

        assert found == [[], [("ride-remind", 48)], [("ride-remind", 24)], [("ride-remind", 3)], []]
        assert clock(LAST) == []  # twice is once

    def test_reminder_is_a_text_with_a_link_that_works(self, ask, clock, provider):
        asked = ask()
        sending.run(LONG_BEFORE)
        clock(SATURDAY)
        sending.run(SATURDAY)

        body = provider.taken[-1].fields["Body"]
        assert body.startswith("Luna: somebody waits for your yes or no about a lift. Open: http")
        secret = re.search(r"/r/(\S+)", body)[1]
        assert tokens.find(Token.Purpose.RIDE, secret, SATURDAY).subject_id == asked.id

    def test_who_is_coming_hears_of_it_once_a_day_before(self, ask, clock):
        by_link("confirmed", ask(BY_BOTH))

        assert [clock(at) for at in (SATURDAY, SUNDAY, LAST, DAWN)] == [[], [("ride-near", 24)], [], []]

    def test_reminder_leaves_the_link_before_it_as_it_is(self, ask, clock, provider):
        ask()
        sending.run(LONG_BEFORE)
        clock(SATURDAY)
        provider.answers = 400  # the reminder arrives nowhere
        sending.run(SATURDAY)

        first, *_more = provider.taken
        secret = re.search(r"/r/(\S+)", first.fields["Body"])[1]
        assert Notice.objects.get(words="ride-remind").tries == 1
        assert tokens.find(Token.Purpose.RIDE, secret, SATURDAY) is not None

    def test_reserve_who_has_not_answered_is_reminded_and_one_who_has_is_not(self, ask, clock, cast):
        answer("confirmed", ask(Wanted(who_id=cast.bea.id)), cared.caretaker(cast.bea, cast.ana_patient))
        reserve = ask(Wanted(name="Rae", phone=RAE_PHONE, reserve=True))
        assert clock(SATURDAY) == [("ride-remind", 48)]

        by_link("confirmed", reserve, now=SATURDAY + timedelta(hours=1))

        assert clock(SUNDAY) == []

    def test_who_was_asked_a_moment_ago_is_spared(self, ask, clock):
        ask(now=SATURDAY - timedelta(hours=1))

        assert (clock(SATURDAY), clock(SUNDAY)) == ([], [("ride-remind", 24)])

    @pytest.mark.parametrize("said", ["confirmed", "declined"])
    def test_answered_before_it_left_it_is_withdrawn(self, ask, clock, provider, said):
        asked = ask()
        clock(SATURDAY)
        by_link(said, asked, now=SATURDAY)
        sending.run(SATURDAY)

        assert states("ride-remind") == ["void"]
        assert not any("yes or no" in one.fields["Body"] for one in provider.taken)

    @pytest.mark.parametrize("first", [(), ("confirmed",)])
    def test_what_was_said_meanwhile_counts_when_it_is_sent(self, ask, clock, first):
        """Also where the word and the clock came at one moment, and `void` saw no message yet."""
        asked = ask()
        for said in first:
            by_link(said, asked)
        clock(SUNDAY)
        notice = Notice.objects.get(words__in=("ride-remind", "ride-near"))
        by_link("declined", asked, now=SUNDAY)
        Notice.objects.filter(id=notice.id).update(state="planned")

        assert ledger.take(notice.id, now=SUNDAY) is None
        assert Notice.objects.get(id=notice.id).state == "void"

    def test_moved_cancelled_or_taken_back_it_is_withdrawn(self, ask, clock, care, cast):
        asked = ask()
        clock(SATURDAY)
        answer("taken-back", asked, cast.sees("ana"), now=SATURDAY)
        assert states("ride-remind") == ["void"]

        ask(BY_BOTH, now=SATURDAY)
        clock(SUNDAY)
        move(care, cast, "03-18 09:00", SUNDAY)
        assert set(states("ride-remind")) == {"void"}
        assert clock(DAWN) == []

    def test_nobody_is_reminded_at_night(self, ask, clock, provider, care, cast):
        """Of an infusion at nine whose clock stood still in the evening."""
        ask()
        sending.run(LONG_BEFORE)
        clock(LAST)
        sending.run(cared.at("03-14 21:30"))

        assert len(provider.taken) == 1
        assert states("ride-remind") == ["void"]  # after the night it would be too late

    def test_nobody_is_reminded_whom_no_message_reaches(self, ask, clock, settings):
        ask(by="nia")
        settings.LUNA_SMS_URL = ""

        assert clock(SATURDAY) == []

    def test_clock_wakes_for_that_evening(self, ask, clock, cast):
        ask()
        clock(cared.at("03-14 19:00"))

        assert Wake.objects.get(patient_id=cast.ana_patient.id).wake_at <= LAST

    def test_message_that_is_no_reminder_is_judged_by_its_times_alone(self, ask, care, ride):
        asked = ask()
        infusion = care.infusions[0]

        by_link("declined", asked)

        for about in ("", "asked", "comes"):
            key = rides.asking_key(infusion, asked.id, about)
            assert len(key) <= 64
            assert before_sending.is_current(key, 1) is (about == "")
