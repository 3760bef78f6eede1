"""A number that was given, changed or taken away: who is told, and taking that back for 72 hours."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from luna.audit.models import AuditEvent
from luna.notices import reach
from luna.notices.models import NumberChange, Reach
from luna.people import tombstones
from luna.people.errors import Refused
from luna.people.models import ContactSafety, Patient, Token
from tests.library import reading
from tests.notices.reaching import MOBILE, reached

pytestmark = [pytest.mark.django_db, pytest.mark.threat("T1")]

OTHER = "+12125550177"
THIRD = "+12125550188"


@pytest.fixture(autouse=True)
def _no_limits_left_over():
    cache.clear()


@pytest.fixture(autouse=True)
def _book(settings, tmp_path):
    """Nothing is written down yet as gone."""
    settings.LUNA_TOMBSTONES = tmp_path / "keys" / "tombstones.jsonl"


@pytest.fixture
def mobile(provider, cast, now):
    """Ana's number, that she agreed to be written to and called on."""
    return reached(cast.ana, now - timedelta(days=9))


def links(provider):
    """Return the undo links by where they went: newest last."""
    texts = [(one.fields["To"], one.fields["Body"]) for one in provider.taken]
    mails = [(one.to[0], one.body) for one in mail.outbox]
    found = [(to, re.search(r"http://localhost:8000(/u/\S+)", body)) for to, body in (*texts, *mails)]
    return [(to, link[1]) for to, link in found if link]


def link_to(provider, where):
    return [link for to, link in links(provider) if to == where][-1]


def undo(path):
    client = Client()
    asked = client.get(path, follow=True)
    return asked, client.post("/undo-number")


def stands(cast):
    row = Reach.objects.get(user=cast.ana)
    return row.mobile, row.mobile_at, row.sms_at, row.voice_at


def test_old_number_and_address_get_the_link_and_the_clinic_is_told(mobile, provider, cast, now):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)

    assert {to for to, _link in links(provider)} == {MOBILE, "ana@example.org"}
    assert [one.to for one in mail.outbox] == [["ana@example.org"], ["lead@harbour.example"]]
    said = provider.taken[-1].fields["Body"] + "".join(one.body for one in mail.outbox)
    assert [word for word in ("Ana", "Abel", "Harbour", OTHER, MOBILE) if word in said] == []
    assert len(provider.taken[-1].fields["Body"]) <= 160


def test_new_number_gets_no_link(mobile, provider, cast, now):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)

    assert OTHER not in {to for to, _link in links(provider)}


def test_old_number_is_put_back_as_it_was(mobile, provider, cast, now):
    before = stands(cast)
    reach.set_number(cast.ana, OTHER, voice=False, now=now)

    asked, done = undo(link_to(provider, MOBILE))

    assert "Put your old number back?" in asked.content.decode()
    assert MOBILE not in asked.content.decode()
    assert "Your old number is back" in done.content.decode()
    assert stands(cast) == before
    assert AuditEvent.objects.filter(verb="reach.undo", patient_id=cast.ana_patient.id).exists()
    assert mail.outbox[-2].subject == "Your phone number was put back"
    assert mail.outbox[-1].to == ["lead@harbour.example"]


def test_number_that_was_taken_away_is_put_back(mobile, provider, cast, now):
    before = stands(cast)
    reach.forget_number(cast.ana, now=now)
    assert stands(cast)[0] == ""

    undo(link_to(provider, MOBILE))

    assert stands(cast) == before


def test_first_number_is_taken_away_by_the_link(provider, cast, now):
    reach.set_number(cast.ana, OTHER, voice=True, now=now)

    asked, done = undo(link_to(provider, "ana@example.org"))

    assert "Take the new number away?" in asked.content.decode()
    assert "The new number is gone" in done.content.decode()
    assert stands(cast) == ("", None, None, None)


def test_looking_at_the_link_changes_nothing(mobile, provider, cast, now):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)

    Client().get(link_to(provider, MOBILE), follow=True)

    assert stands(cast)[0] == OTHER


def test_every_device_is_signed_out_and_codes_are_void(mobile, provider, cast, clock, now):
    phone = cast.browser("ana", now, fresh=True)
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    phone.post("/me/reach/number", {"mobile": "(212) 555-0188"})
    code = re.search(r"\d{6}", provider.taken[-1].fields["Body"])[0]

    undo(link_to(provider, MOBILE))
    answer = phone.post("/me/reach/code", {"code": code})

    assert answer.url.startswith("/sign-in")
    assert stands(cast)[0] == MOBILE


@pytest.mark.threat("T1")
def test_link_works_where_a_sign_in_ended(mobile, provider, cast, clock, now):
    phone = cast.browser("cal", now)
    held = phone.session
    held["own_device"] = False
    held.save()
    phone.get("/me")
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    clock.move(minutes=16)

    phone.get(link_to(provider, MOBILE), follow=True)
    phone.post("/undo-number")

    assert stands(cast)[0] == MOBILE


def test_link_works_once(mobile, provider, cast, now):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    path = link_to(provider, MOBILE)
    undo(path)
    reach.set_number(cast.ana, THIRD, voice=False, now=now + timedelta(minutes=1))

    for page in undo(path):
        assert page.status_code == 200
        assert "This was undone already" in page.content.decode()
        assert not {MOBILE[-2:], THIRD[-2:], "Ana"} & set(re.findall(r"\w+", page.content.decode()))
    assert stands(cast)[0] == THIRD


def test_second_tap_in_the_same_browser_says_that_it_was_done(mobile, provider, cast, now):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    client = Client()
    client.get(link_to(provider, MOBILE))

    taps = [client.post("/undo-number").content.decode() for _tap in range(2)]

    assert ["Your old number is back" in page for page in taps] == [True, False]
    assert "This was undone already" in taps[1]
    assert AuditEvent.objects.filter(verb="reach.undo").values("at").distinct().count() == 1


def test_what_was_undone_says_so_for_three_days(mobile, provider, cast, clock, now):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    path = link_to(provider, MOBILE)
    undo(path)
    clock.move(hours=72)

    assert [page.status_code for page in undo(path)] == [410, 410]


def test_first_link_undoes_later_changes_and_their_links(mobile, provider, cast, now):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    reach.set_number(cast.ana, THIRD, voice=False, now=now + timedelta(minutes=1))
    theirs = link_to(provider, OTHER)  # whoever took the number over got this one

    undo(link_to(provider, MOBILE))

    assert stands(cast)[0] == MOBILE
    assert "This was undone already" in undo(theirs)[1].content.decode()
    assert stands(cast)[0] == MOBILE


def test_link_that_was_used_stays_used_after_a_restore(mobile, provider, cast, now):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    path, opened = link_to(provider, MOBILE), Client()
    opened.get(path)
    before = dict(Reach.objects.values().get())
    undo(path)
    restore(before)

    for page in (*undo(path), opened.post("/undo-number")):
        assert "This was undone already" in page.content.decode()
    assert stands(cast)[0] == MOBILE


def restore(row):
    """Bring back a backup in which this was the row, and make it safe."""
    Reach.objects.update(**row)
    NumberChange.objects.update(undone_at=None, was_reset=False)
    Token.objects.update(revoked_at=None)
    return tombstones.replay()


def test_number_that_was_put_back_is_put_back_again_after_a_restore(mobile, provider, cast, now):
    before = stands(cast)
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    reach.set_number(cast.ana, THIRD, voice=False, now=now + timedelta(minutes=1))
    theirs = dict(Reach.objects.values().get())
    undo(link_to(provider, MOBILE))

    assert restore(theirs)["number-undone"] == 1

    assert stands(cast) == before
    assert not NumberChange.objects.filter(undone_at=None).exists()
    assert tombstones.replay()["number-undone"] == 0  # and once only


@pytest.mark.parametrize("act", ["forget", "reset"])
def test_number_that_was_taken_away_is_gone_after_a_restore(mobile, provider, cast, now, act):
    before = dict(Reach.objects.values().get())
    if act == "forget":
        reach.forget_number(cast.ana, now=now)
    else:
        reach.reset(user=cast.ana, by=cast.sees("nia"), now=now)

    assert restore(before)["number-gone"] == 1

    assert stands(cast) == ("", None, None, None)
    assert MOBILE not in settings.LUNA_TOMBSTONES.read_text()


def test_number_given_again_since_stays_after_a_restore(mobile, provider, cast, now):
    reach.forget_number(cast.ana, now=now)
    reach.set_number(cast.ana, MOBILE, voice=False, now=now + timedelta(minutes=1))

    assert tombstones.replay()["number-gone"] == 0
    assert stands(cast)[0] == MOBILE


def test_number_put_back_since_stays_after_a_restore(mobile, provider, cast, clock, now):
    reach.forget_number(cast.ana, now=now)
    clock.move(minutes=1)
    undo(link_to(provider, MOBILE))

    assert tombstones.replay()["number-gone"] == 0
    assert stands(cast)[0] == MOBILE


def test_link_is_over_after_three_days_and_says_what_to_do(mobile, provider, cast, clock, now):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    path = link_to(provider, MOBILE)
    clock.move(hours=72)

    asked, done = undo(path)

    assert (asked.status_code, done.status_code) == (410, 410)
    assert "call your clinic now" in asked.content.decode()
    assert stands(cast)[0] == OTHER


def test_secret_that_never_was_one_is_not_found(db, clock):
    assert Client().get("/u/abcdefghijklmnop").status_code == 404
    assert Client().get("/undo-number").status_code == 410


def test_trying_links_is_limited(db, clock):
    answers = [Client().get(f"/u/guess{number}").status_code for number in range(62)]

    assert (answers[0], answers[-1]) == (404, 429)


def test_undoing_is_limited_too(db, clock):
    answers = [Client().post("/undo-number").status_code for _number in range(62)]

    assert (answers[0], answers[-1]) == (410, 429)


@pytest.mark.parametrize("is_told", [True, False])
def test_page_says_that_the_number_was_told_only_if_it_was(mobile, provider, cast, now, is_told):
    if not is_told:
        reach.stop(MOBILE, now=now)

    page = cast.browser("ana", now).post("/me/reach/forget", follow=True).content.decode()

    assert "Your number is taken away." in page
    assert ("We told it so" in page) == is_told


def test_link_of_another_purpose_opens_nothing(mobile, provider, cast, now):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    secret = link_to(provider, MOBILE).removeprefix("/u/")
    client = Client()
    client.get(f"/undo/{secret}")

    assert client.get("/undo").status_code == 404


@pytest.fixture
def no_mail(settings):
    """No mail server answers."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


def test_when_nobody_can_be_told_nothing_is_changed(mobile, provider, cast, now, no_mail):
    with pytest.raises(OSError, match="refused"):
        reach.set_number(cast.ana, OTHER, voice=False, now=now)

    assert stands(cast)[0] == MOBILE
    assert not [one for one in NumberChange.objects.all() if one.is_undoable(now)]


def test_taking_away_works_though_no_mail_goes_out(mobile, provider, cast, now, no_mail):
    reach.forget_number(cast.ana, now=now)

    assert stands(cast)[0] == ""
    assert [to for to, _link in links(provider)] == [MOBILE]


def test_number_that_answered_stop_is_not_written_to(mobile, provider, cast, now):
    reach.stop(MOBILE, now=now)

    reach.set_number(cast.ana, OTHER, voice=False, now=now)

    assert [to for to, _link in links(provider)] == ["ana@example.org"]


def test_number_staff_were_told_not_to_use_is_not_written_to(mobile, provider, cast, now):
    ContactSafety.objects.create(
        clinic=cast.harbour,
        patient=cast.ana_patient,
        safe="no",
        phone=OTHER,
        by=cast.nia,
        at=now,
        client_id=cast.nia.id,
    )

    reach.set_number(cast.ana, THIRD, voice=False, now=now)

    assert MOBILE not in {to for to, _link in links(provider)}


def test_provider_that_is_away_stops_nothing(mobile, provider, cast, now):
    provider.answers = 503

    reach.set_number(cast.ana, OTHER, voice=False, now=now)

    assert stands(cast)[0] == OTHER


# After an infusion


@pytest.fixture
def impaired(cast):
    def begin(now):
        Patient.objects.filter(pk=cast.ana_patient.pk).update(impaired_until=now + timedelta(hours=6))

    return begin


@pytest.mark.threat("T2")
def test_after_an_infusion_the_new_number_goes_and_the_old_one_waits(
    mobile, provider, cast, clock, now, impaired
):
    before = stands(cast)
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    impaired(now)
    path = link_to(provider, MOBILE)

    _asked, done = undo(path)

    assert "Your old number waits" in done.content.decode()
    assert "because of your infusion" in done.content.decode()
    assert stands(cast)[0] == ""
    verbs = AuditEvent.objects.filter(verb__startswith="reach.").values_list("verb", flat=True)
    assert list(verbs.order_by("at", "id")) == ["reach.number", "reach.forget"]
    clock.move(hours=7)
    undo(path)
    assert stands(cast) == before


@pytest.mark.threat("T2")
def test_waiting_link_opened_again_signs_nobody_out_and_mails_nobody(
    mobile, provider, cast, clock, now, impaired
):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    impaired(now)
    path = link_to(provider, MOBILE)
    undo(path)
    assert mail.outbox[-2].subject == "Your phone number was taken away"
    assert "can be put back later" in mail.outbox[-2].body
    cast.ana.refresh_from_db()
    phone, sent = cast.browser("ana", now), len(mail.outbox)
    assert phone.get("/me/reach").status_code == 200

    _asked, again = undo(path)

    assert "Your old number waits" in again.content.decode()
    assert len(mail.outbox) == sent
    assert phone.get("/me/reach").status_code == 200


@pytest.mark.parametrize("act", ["undo", "choose"])
def test_patient_is_held_before_the_person(mobile, provider, cast, now, act):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    change = NumberChange.objects.select_related("user").get()
    wanted = {"sms": True, "voice": True, "order": [], "quiet": None, "version": reach.of(cast.ana).version}

    with CaptureQueriesContext(connection) as found:
        if act == "undo":
            reach.undo(change, now=now)
        else:
            reach.choose(cast.ana, now=now, **wanted)

    asked = [re.search(r'^SELECT .*? FROM "(people_patient|people_user)"', one["sql"]) for one in found]
    tables = [one[1] for one in asked if one]
    assert tables.index("people_patient") < tables.index("people_user")


@pytest.mark.threat("T2")
def test_after_an_infusion_a_first_number_goes_for_good(provider, cast, now, impaired):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    impaired(now)
    path = link_to(provider, "ana@example.org")

    undo(path)

    assert stands(cast)[0] == ""
    assert "This was undone already" in undo(path)[1].content.decode()


@pytest.mark.parametrize("is_over", [True, False])
def test_sentences_are_easy_to_read(mobile, provider, cast, clock, now, is_over):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    if is_over:
        clock.move(hours=73)

    pages = undo(link_to(provider, MOBILE))

    for page in pages:
        assert reading.grade(" ".join(page.content.decode().split("<main", 1)[1].split())) <= 8


# The clinic


def test_staff_see_whose_number_changed(mobile, provider, cast, now, as_nia):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)

    page = as_nia.get("/clinic/messages").content.decode()

    assert "Numbers that changed" in page
    assert "Ana Abel: changed" in page
    undo(link_to(provider, MOBILE))
    assert "Ana Abel: put back" in as_nia.get("/clinic/messages").content.decode()


def test_list_says_what_a_reset_did_and_not_that_somebody_put_it_back(mobile, provider, cast, now, as_nia):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    reach.reset(user=cast.ana, by=cast.sees("nia"), now=now)

    page = as_nia.get("/clinic/messages").content.decode()
    assert "Ana Abel: taken away when the clinic reset their sign-in" in page
    assert "put back" not in page


def test_another_clinic_sees_nothing_of_it(mobile, provider, cast, now):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)

    assert "Ana Abel" not in cast.browser("dee", now).get("/clinic/messages").content.decode()


def test_what_the_clinic_takes_away_no_link_brings_back(mobile, provider, cast, now):
    reach.set_number(cast.ana, OTHER, voice=False, now=now)
    change = NumberChange.objects.get()

    reach.reset(user=cast.ana, by=cast.sees("nia"), now=now)

    assert undo(link_to(provider, MOBILE))[1].status_code == 410
    with pytest.raises(Refused):
        reach.undo(change, now=now)
    assert stands(cast)[0] == ""
