"""The circle's page of the ride, what staff see and write down, and the page of who was named by link."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from luna.clinical.ride import Said, State
from luna.notices import reach
from luna.notices.models import Reach
from luna.people.actions import safety
from luna.people.errors import Refused
from luna.people.models import CareRelation, CircleMember, Clinic, ContactSafety, Patient
from luna.treatment import actions, covers, rides
from luna.treatment.actions import WantedRide as Wanted
from luna.treatment.models import Ride
from tests.cast import browser, member
from tests.library import reading
from tests.notices.conftest import provider

__all__ = ["provider"]

RAE = {
    "who": "other", "name": "Rae", "email": "rae@example.org", "phone": "(212) 555-0143", "is_adult": "on",
}  # fmt: skip


@pytest.fixture
def cal(cast, now):
    member(cast.ana_patient, cast.cal, now + timedelta(hours=1))
    return cast.cal


@pytest.fixture
def as_cal_for_ana(cast, cal, clock):
    return browser(cal, f"caretaker:{cast.ana_patient.id.hex}", clock.now)


@pytest.fixture
def way(care):
    """Return the address of a page of the first infusion's ride."""
    return lambda page="": f"/ride/{care.infusions[0].id}{page}"


@pytest.fixture
def desk(care):
    return lambda page="": f"/clinic/infusions/{care.infusions[0].id}{page}"


@pytest.fixture
def state(care, cast):
    def of():
        members = list(covers.circle().filter(patient=cast.ana_patient))
        return rides.ride(care.infusions[0], members).state

    return of


def asked():
    return Ride.objects.get(what="asked")


def say(who_says, way, do, ask=None):
    return who_says.post(way(), {"do": do, "ask": str(ask.id) if ask else ""}, follow=True)


def text(response):
    """Return the words of a page's main part, one space between them."""
    html = response.content.decode().split("<main", 1)[1]
    return " ".join(html.split())


@pytest.fixture
def rae(care, cast, clock):
    """A phone that followed Rae's link; nobody is signed in on it."""
    row = actions.ask_ride(
        infusion_id=care.infusions[0].id, wanted=Wanted(name="Rae", email="rae@example.org"),
        viewer=cast.sees("nia"), client_id=uuid4(), now=clock.now,
    )  # fmt: skip
    address = actions.ride_link(
        infusion_id=row.infusion_id, ask_id=row.id, viewer=cast.sees("nia"), now=clock.now
    )
    phone = Client()
    phone.path = "/r/" + address.rsplit("/", 1)[1]
    phone.page = phone.get(phone.path, follow=True)
    return phone


class TestCircle:
    def test_page_says_when_and_that_nobody_goes_alone(self, care, cast, as_ana):
        page = text(as_ana.get("/ride"))

        assert "Be at the desk at 8:45 am. Pick-up is at 11 am." in page
        assert "not by car, taxi, bus or train" in page
        assert "Nobody is set to drive home yet" in page

    def test_patient_names_a_member_who_says_yes_on_their_own(self, care, cast, way, as_ana, as_bea):
        response = as_ana.post(way("/name"), {"who": str(cast.bea.id)}, follow=True)
        assert "Bea was asked to drive. There is no answer yet" in text(response)
        assert "You are asked to drive." in text(as_bea.get("/ride"))

        assert "Bea drives home" in text(say(as_bea, way, "confirmed", asked()))
        assert "Bea drives home" in text(as_ana.get("/ride"))

    def test_caretaker_says_in_one_tap_that_they_drive(self, way, as_bea, state):
        response = say(as_bea, way, "asked")

        assert "You are set to drive" in text(response)
        assert state() is State.CONFIRMED

    def test_caretaker_says_once_that_they_drive_to_all_that_are_open(self, cast, care, way, as_bea, as_ana):
        say(as_bea, way, "asked")
        form = {"client_id": str(uuid4())}

        shown = [as_bea.post("/ride/all", form, follow=True) for _twice in range(2)][-1]

        assert text(shown).count("Bea drives home") == len(care.infusions) == Ride.objects.count()
        assert "that are open" not in text(shown)
        assert as_ana.post("/ride/all", form).status_code == 404

    def test_patient_cannot_say_that_they_drive(self, way, as_ana):
        assert say(as_ana, way, "asked").status_code == 404

    def test_caretaker_names_somebody_by_link(self, way, as_bea, state):
        response = as_bea.post(way("/name"), RAE, follow=True)

        assert "Rae was asked to drive" in text(response)
        assert (asked().phone, state()) == ("+12125550143", State.ASKED)

    @pytest.mark.hazard("H9")
    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"is_adult": ""}, "Only an adult can take them home."),
            ({"email": "ana@example.org"}, "This is the patient’s own address."),
            ({"phone": "(212) 555-0100"}, "This is the patient’s own number."),
            ({"name": ""}, "Type their first name."),
            ({"email": ""}, "Type an e-mail address"),
        ],
    )
    def test_refusal_says_what_to_do_and_keeps_what_was_typed(self, way, as_ana, typed, words):
        response = as_ana.post(way("/name"), RAE | typed)

        assert (response.status_code, words in text(response)) == (422, True)
        assert 'value="Rae"' in text(response) or typed == {"name": ""}

    @pytest.mark.hazard("H9")
    def test_mobile_the_patient_proved_is_no_number_of_a_driver(self, cast, way, as_bea, as_nia, desk, clock):
        Reach.objects.create(user=cast.ana, mobile="+12125550143", mobile_at=clock.now)

        for response in (as_bea.post(way("/name"), RAE), as_nia.post(desk("/ride/name"), RAE)):
            assert response.status_code == 422
            assert "This is the patient’s own number. Type the number of who drives." in text(response)
        assert not Ride.objects.exists()

    @pytest.mark.hazard("H9")
    @pytest.mark.parametrize("number", ["+12125550100", "+12125550177"])
    def test_member_known_by_the_patients_own_number_does_not_drive(
        self, cast, way, as_ana, as_bea, state, clock, number
    ):
        Reach.objects.create(user=cast.ana, mobile="+12125550177", mobile_at=clock.now)
        CircleMember.objects.filter(id=cast.bea_member.id).update(phone=number)

        response = as_ana.post(way("/name"), {"who": str(cast.bea.id)})

        assert response.status_code == 422
        assert "The number known of this person is the patient’s own." in text(response)
        assert "The number known of this person is the patient’s own." in text(say(as_bea, way, "asked"))
        assert (state(), Ride.objects.exists()) == (State.NONE, False)

    @pytest.mark.hazard("H9")
    def test_safe_number_of_the_patient_counts_for_staff_and_leaves_no_trace_for_others(
        self, cast, care, way, as_bea, clock
    ):
        values = {"safe": "no", "phone": "+12125550188", "voicemail": False, "barred": [], "note": ""}
        safety.note(
            patient=cast.ana_patient, values=values, before=None, by=cast.sees("nia"), client_id=uuid4(),
            now=clock.now,
        )  # fmt: skip
        CircleMember.objects.filter(id=cast.bea_member.id).update(phone="+12125550188")

        with pytest.raises(Refused, match="own"):
            actions.ask_ride(
                infusion_id=care.infusions[0].id, wanted=Wanted(who_id=cast.bea.id), viewer=cast.sees("nia"),
                client_id=uuid4(), now=clock.now,
            )  # fmt: skip
        assert "You are set to drive" in text(say(as_bea, way, "asked"))

    def test_minor_of_the_circle_is_not_offered(self, cast, way, as_ana):
        CircleMember.objects.filter(id=cast.bea_member.id).update(is_adult=False)

        assert "Bea Burns" not in text(as_ana.get(way("/name")))
        assert as_ana.post(way("/name"), {"who": str(cast.bea.id)}).status_code == 422

    def test_taxi_is_offered_where_the_clinic_allows_it(self, cast, way, as_ana):
        assert "They come along in a taxi" not in text(as_ana.get(way("/name")))
        Clinic.objects.filter(id=cast.harbour.id).update(taxi=True)

        response = as_ana.post(way("/name"), RAE | {"how": "taxi"}, follow=True)

        assert (asked().how, "Rae was asked" in text(response)) == ("taxi", True)

    def test_reserve_steps_into_the_gap(self, cast, cal, way, as_ana, as_bea, as_cal_for_ana, state):
        say(as_bea, way, "asked")
        as_ana.post(way("/name") + "?reserve=1", {"who": str(cal.id)})
        say(as_cal_for_ana, way, "confirmed", asked())
        say(as_bea, way, "declined", Ride.objects.get(who=cast.bea))
        assert "Bea can’t drive. Nobody else is set" in text(as_ana.get("/ride"))

        say(as_cal_for_ana, way, "steps-in", asked())

        assert "Cal drives home" in text(as_ana.get("/ride"))

    def test_what_does_not_fit_any_more_is_said_on_the_page(self, cast, way, as_ana, as_bea):
        as_ana.post(way("/name"), {"who": str(cast.bea.id)})
        say(as_bea, way, "confirmed", asked())

        response = say(as_bea, way, "steps-in", asked())

        assert (response.status_code, "This has changed meanwhile." in text(response)) == (422, True)

    def test_who_is_not_shown_the_ride_sees_none_of_it(self, cast, way, as_ana, as_bea):
        as_ana.post(way("/name"), RAE)
        CircleMember.objects.filter(id=cast.bea_member.id).update(kinds=["schedule"])

        assert "Rae" not in text(as_bea.get("/ride"))
        assert "Rae" not in text(as_bea.get("/plan"))
        assert as_bea.get(way("/name")).status_code == 404
        assert say(as_bea, way, "asked").status_code == 404

    def test_plan_says_who_drives(self, way, as_bea, as_ana):
        say(as_bea, way, "asked")

        assert "Bea drives home" in text(as_ana.get("/plan"))

    def test_now_page_says_who_is_asked_and_what_fell_through(self, cast, way, as_ana, as_bea):
        as_ana.post(way("/name"), {"who": str(cast.bea.id)})
        assert "Can you drive? Say yes or no" in text(as_bea.get("/now"))
        assert "Can you drive?" not in text(as_ana.get("/now"))

        say(as_bea, way, "declined", asked())

        assert "Nobody drives home yet" in text(as_ana.get("/now"))

    def test_the_one_kept_away_is_offered_as_any_other(self, cast, way, as_ana, now):
        before = text(as_ana.get(way("/name")))
        ContactSafety.objects.create(
            clinic=cast.harbour, patient=cast.ana_patient, safe="no", barred=[str(cast.bea.id)], by=cast.nia,
            at=now, client_id=uuid4(),
        )  # fmt: skip

        assert ("Bea Burns" in before, "Bea Burns" in text(as_ana.get(way("/name")))) == (True, True)

    @pytest.mark.parametrize("who", ["bea", "ana"])
    def test_sentences_are_easy_to_read(self, cast, way, as_bea, as_ana, who):
        as_ana.post(way("/name"), {"who": str(cast.bea.id)})

        page = text({"bea": as_bea, "ana": as_ana}[who].get("/ride"))

        assert reading.grade(page) <= 8

    def test_ride_of_a_long_series_takes_no_more_queries(
        self, care, as_ana, django_assert_max_num_queries, cast, way
    ):
        as_ana.post(way("/name"), RAE)
        as_ana.get("/ride")

        with django_assert_max_num_queries(22):
            as_ana.get("/ride")


class TestStaff:
    def test_staff_name_by_phone_alone_and_write_down_a_yes(self, desk, as_nia, state):
        response = as_nia.post(desk("/ride/name"), RAE | {"email": ""}, follow=True)
        assert "(212) 555-0143" in text(response)

        as_nia.post(desk("/ride"), {"do": "confirmed", "ask": str(asked().id)})

        assert state() is State.CONFIRMED

    def test_number_of_a_driver_of_the_circle_is_there_to_call(self, cast, desk, as_nia, as_ana, way):
        CircleMember.objects.filter(user=cast.bea).update(phone="+12125550188")
        as_ana.post(way("/name"), {"who": str(cast.bea.id)})

        assert 'href="tel:+12125550188"' in text(as_nia.get(desk()))
        assert "555-0188" not in text(as_ana.get("/ride"))

    def test_driver_who_gave_no_number_has_none(self, cast, desk, as_nia, as_ana, way):
        as_ana.post(way("/name"), {"who": str(cast.bea.id)})

        assert "No phone number known" in text(as_nia.get(desk()))

    def test_driver_who_is_a_patient_too_is_called_where_it_is_safe(
        self, cast, desk, as_nia, as_ana, way, now
    ):
        CircleMember.objects.filter(user=cast.bea).update(phone="+12125550188")
        Patient.objects.filter(id=cast.oli_patient.id).update(user=cast.bea)
        ContactSafety.objects.create(
            clinic=cast.harbour, patient=cast.oli_patient, safe="no", phone="+12125550199", by=cast.nia,
            at=now, client_id=uuid4(),
        )  # fmt: skip
        as_ana.post(way("/name"), {"who": str(cast.bea.id)})

        page = text(as_nia.get(desk()))
        assert 'href="tel:+12125550199"' in page
        assert "555-0188" not in page

    @pytest.mark.threat("T6")
    def test_link_is_shown_once_and_kept_nowhere(self, desk, as_nia):
        as_nia.post(desk("/ride/name"), RAE)

        response = as_nia.post(desk("/ride"), {"do": "link", "ask": str(asked().id)})

        assert "/r/" in text(response)
        assert "no-store" in response["Cache-Control"]
        assert "/r/" not in text(as_nia.get(desk()))

    def test_series_and_infusion_say_how_it_stands(self, care, desk, as_nia):
        as_nia.post(desk("/ride/name"), RAE)

        series = text(as_nia.get(f"/clinic/series/{care.series.id}"))
        assert "Rae was asked to drive. There is no answer yet" in series
        assert "Nobody is set to drive home yet" in series

    def test_staff_say_that_no_ride_is_needed(self, desk, as_nia, state):
        response = as_nia.post(desk("/ride"), {"do": "not-needed"}, follow=True)

        assert ("No ride home is needed" in text(response), state()) == (True, State.NOT_NEEDED)

    @pytest.mark.hazard("H9")
    def test_who_is_kept_away_is_marked_and_not_taken(self, cast, way, desk, as_bea, as_nia, now):
        ContactSafety.objects.create(
            clinic=cast.harbour, patient=cast.ana_patient, safe="no", barred=[str(cast.bea.id)], by=cast.nia,
            at=now, client_id=uuid4(),
        )  # fmt: skip

        refused = as_nia.post(desk("/ride/name"), {"who": str(cast.bea.id)})
        say(as_bea, way, "asked")

        assert (refused.status_code, "See contact safety." in text(refused)) == (422, True)
        assert "For staff alone: see contact safety" in text(as_nia.get(desk()))

    def test_therapist_of_the_clinic_is_not_let_in(self, cast, desk, as_nia):
        cast.harbour.clinicians.filter(user=cast.nia).update(roles=["therapist"])

        assert as_nia.get(desk("/ride/name")).status_code == 404
        assert as_nia.post(desk("/ride"), {"do": "not-needed"}).status_code == 404

    def test_chart_asks_why_first(self, cast, desk, as_nia):
        Clinic.objects.update(charts="assigned")
        CareRelation.objects.all().delete()

        assert "/reason?next=" in as_nia.get(desk("/ride/name"))["Location"]


@pytest.mark.threat("T6")
class TestByLink:
    def test_it_shows_a_first_name_a_time_and_a_place(self, cast, rae):
        page = text(rae.page)

        assert "Can you take Ana home?" in page
        assert "Monday 15 March at 11 am" in page
        assert cast.harbour.address in page
        for secret in ("Abel", "Harbour Clinic", "nfusion", "etamine", cast.ana.email, "Rae"):
            assert secret not in page
        assert rae.page["Cache-Control"].count("no-store")

    def test_looking_confirms_nothing(self, rae, state):
        for _n in range(3):
            rae.get(rae.path, follow=True)

        assert (state(), Ride.objects.count()) == (State.ASKED, 1)

    def test_the_address_after_it_holds_no_secret(self, rae):
        assert rae.page.redirect_chain == [("/driver", 302)]

    def test_yes_from_an_adult_is_set(self, rae, state):
        response = rae.post("/driver", {"do": "confirmed", "is_adult": "on"}, follow=True)

        assert ("you’ll take Ana home" in text(response), state()) == (True, State.CONFIRMED)

    def test_yes_on_a_phone_whose_sign_in_ended_is_set_too(self, rae, cast, clock, state):
        phone = cast.browser("cal", clock.now)
        held = phone.session
        held["own_device"] = False
        held.save()
        phone.get("/me")
        clock.move(minutes=16)
        phone.get(rae.path, follow=True)

        response = phone.post("/driver", {"do": "confirmed", "is_adult": "on"}, follow=True)

        assert ("you’ll take Ana home" in text(response), state()) == (True, State.CONFIRMED)

    @pytest.mark.hazard("H9")
    def test_yes_needs_eighteen_years(self, rae, state):
        response = rae.post("/driver", {"do": "confirmed"})

        assert (response.status_code, state()) == (422, State.ASKED)
        assert "Please say that you are 18 or older." in text(response)

    def test_no_needs_nothing_and_can_be_changed(self, rae, state):
        response = rae.post("/driver", {"do": "declined"}, follow=True)
        assert ("I can after all" in text(response), state()) == (True, State.DECLINED)

        rae.post("/driver", {"do": "confirmed", "is_adult": "on"})

        assert state() is State.CONFIRMED

    @pytest.mark.parametrize("do", ["asked", "taken-back", "not-needed", "nonsense", ""])
    def test_it_can_say_nothing_else(self, rae, do, state):
        response = rae.post("/driver", {"do": do, "is_adult": "on"})

        assert (response.status_code in {404, 422}, state()) == (True, State.ASKED)

    def test_after_a_move_it_says_so_and_takes_no_answer(self, care, cast, rae, clock, state):
        start = care.infusions[0].starts_at + timedelta(days=1)
        actions.move(
            infusion_id=care.infusions[0].id, start=actions.Start(start), why="clinic", expected_revision=1,
            viewer=cast.sees("nia"), client_id=uuid4(), now=clock.now,
        )  # fmt: skip

        shown, posted = rae.get("/driver"), rae.post("/driver", {"do": "confirmed", "is_adult": "on"})

        assert ("The time has changed" in text(shown), "Ana" in text(shown)) == (True, False)
        assert (posted.status_code, state()) == (410, State.ASKED)

    def test_after_a_cancellation_it_says_so(self, care, cast, rae, clock):
        actions.cancel(
            infusion_id=care.infusions[0].id, why="clinic", expected_revision=1, viewer=cast.sees("nia"),
            client_id=uuid4(), now=clock.now,
        )  # fmt: skip

        assert "You need not come" in text(rae.get("/driver"))

    def test_taken_back_it_says_so(self, cast, rae, clock):
        actions.answer_ride(
            infusion_id=asked().infusion_id, said=Said.TAKEN_BACK, ask_id=asked().id, viewer=cast.sees("ana"),
            client_id=uuid4(), now=clock.now,
        )  # fmt: skip

        assert "There is nothing more to do" in text(rae.get("/driver"))

    def test_wrong_or_old_link_tells_nothing(self, care, rae, clock):
        clock.now = care.infusions[0].leaves_at + timedelta(days=2)

        for phone, path in ((rae, rae.path), (Client(), "/r/nonsense"), (Client(), "/driver")):
            response = phone.get(path, follow=True)
            assert (response.status_code, "This link does not work" in text(response)) == (410, True)

    def test_patients_own_phone_cannot_answer(self, rae, as_ana, state):
        as_ana.get(rae.path)

        response = as_ana.post("/driver", {"do": "confirmed", "is_adult": "on"})

        assert (response.status_code, state()) == (422, State.ASKED)

    def test_sentences_are_easy_to_read(self, rae):
        assert reading.grade(text(rae.page)) <= 8


class TestByNumber:
    """Rae has a phone and no e-mail: what the pages say of her is what happens."""

    BY_NUMBER = RAE | {"email": ""}
    STOPPED = "This number answered STOP: no text message goes there"
    CALL = "No message reaches them. Call them, or show them the link."

    def test_patient_reads_that_a_text_goes_there(self, provider, way, as_ana, state):
        page = text(as_ana.get(way("/name")))
        response = as_ana.post(way("/name"), self.BY_NUMBER, follow=True)

        assert "They get a link, by e-mail or text message." in page
        assert "They get a text message with a link. It is set once they say yes." in text(response)
        assert state() is State.ASKED

    def test_without_text_messages_the_page_promises_none(self, way, as_ana):
        page = text(as_ana.get(way("/name")))

        assert "They get a link by e-mail." in page
        assert "To call them. No text message goes there." in page
        assert "text message with" not in page

    def test_who_has_an_address_too_gets_an_e_mail(self, provider, way, as_ana):
        response = as_ana.post(way("/name"), RAE, follow=True)

        assert "They get an e-mail with a link. It is set once they say yes." in text(response)

    def test_number_that_answered_stop_keeps_what_was_typed(self, provider, way, as_ana, clock):
        reach.stop("+12125550143", now=clock.now)

        response = as_ana.post(way("/name"), self.BY_NUMBER)

        assert response.status_code == 422
        assert "No text message can go to this number. Type their e-mail address" in text(response)
        assert 'value="Rae"' in text(response)

    def test_staff_see_stop_and_are_told_to_call(self, provider, desk, as_nia, clock):
        as_nia.post(desk("/ride/name"), self.BY_NUMBER)
        before = text(as_nia.get(desk()))
        reach.stop("+12125550143", now=clock.now)
        after = text(as_nia.get(desk()))

        assert (self.STOPPED in before, self.CALL in before) == (False, False)
        assert (self.STOPPED in after, self.CALL in after) == (True, True)

    def test_patient_is_told_to_call_whom_no_message_reaches(self, provider, way, as_ana, clock):
        as_ana.post(way("/name"), self.BY_NUMBER)
        before = text(as_ana.get("/ride"))
        reach.stop("+12125550143", now=clock.now)

        call = "No message reaches Rae. Please call them."
        assert (call in before, call in text(as_ana.get("/ride"))) == (False, True)

    def test_staff_who_name_a_number_no_message_goes_to_are_told_so_at_once(self, desk, as_nia):
        response = as_nia.post(desk("/ride/name"), self.BY_NUMBER, follow=True)

        assert "Noted. No message reaches them: call them, or show them the link." in text(response)
        assert self.CALL in text(response)
        assert self.STOPPED not in text(response)

    def test_address_still_reaches_who_answered_stop(self, provider, desk, as_nia, clock):
        as_nia.post(desk("/ride/name"), RAE)
        reach.stop("+12125550143", now=clock.now)

        page = text(as_nia.get(desk()))
        assert (self.STOPPED in page, self.CALL in page) == (True, False)

    def test_sentences_are_easy_to_read(self, provider, way, as_ana):
        assert reading.grade(text(as_ana.get(way("/name")))) <= 8
