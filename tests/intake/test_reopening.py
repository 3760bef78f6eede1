"""A decision that is open again or has run out: who is told, once, and where it is shown."""

import html
import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from uuid6 import uuid7

from luna.intake import jobs, plans
from luna.intake.actions import deciding, medicines
from luna.intake.actions import enquiry as enquiries
from luna.intake.models import News
from luna.notices.models import Notice
from luna.people.errors import Refused
from luna.treatment import actions as treatment
from luna.treatment.models import Series
from luna.treatment.slots import Start
from tests import care as cared
from tests.intake import giving

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def ana(cast):
    return cast.ana_patient


def new(what=("reopened", "over")):
    return list(News.objects.filter(what__in=what).order_by("at").values_list("what", flat=True))


def written_to(words):
    return list(Notice.objects.filter(words=words).values_list("to_user_id", flat=True))


def text_of(response):
    words = html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))
    return " ".join(words.replace("\u00a0", " ").split())


# --- Every way it opens again ---------------------------------------------------------------------------


def medicine(cast, ana, now):
    giving.tell(cast.sees("ana"), "phenelzine", now)


def answer(cast, ana, now):
    giving.save(cast.sees("ana"), "heart", "brain-bleed", now)
    giving.send(cast.sees("ana"), now, heart="brain-bleed")


def measurement(cast, ana, now):
    typed = {"systolic_mmhg": ("185", "mmHg"), "diastolic_mmhg": ("112", "mmHg")}
    deciding.measure(viewer=cast.sees("nia"), patient=ana, typed=typed, client_id=uuid4(), now=now)


def result(cast, ana, now):
    deciding.add_result(
        viewer=cast.sees("nia"), patient=ana, name="", result="THC", taken_on=plans.today_of(ana, now),
        test="drug-test", positive=True, client_id=uuid4(), now=now,
    )  # fmt: skip


def enquiry(cast, ana, now, **values):
    values = values or {"lives_alone": "yes"}
    version = ana.enquirys.count()
    enquiries.save(
        viewer=cast.sees("nia"), patient=ana, values=values, version=version, client_id=uuid4(), now=now
    )


@pytest.mark.parametrize("tell", [medicine, answer, measurement, result, enquiry])
def test_prescriber_is_told_once_however_it_opened(cast, ana, now, tell):
    giving.send(cast.sees("ana"), now)
    cared.decide(cast, ana, now)

    tell(cast, ana, now + DAY)
    giving.tell(cast.sees("ana"), "theophylline", now + 2 * DAY)

    assert new() == ["reopened"]
    assert written_to("decision-open") == [cast.diaz.id]


def test_each_decision_that_opens_again_is_told_anew(cast, ana, now):
    cared.decide(cast, ana, now)
    giving.tell(cast.sees("ana"), "phenelzine", now + DAY)
    cared.decide(cast, ana, now + 2 * DAY)
    giving.tell(cast.sees("ana"), "theophylline", now + 3 * DAY)

    assert new() == ["reopened", "reopened"]
    assert written_to("decision-open") == [cast.diaz.id, cast.diaz.id]


def test_what_opens_nothing_is_told_to_nobody(cast, ana, now):
    giving.tell(cast.sees("ana"), "phenelzine", now)  # before anybody decided
    cared.decide(cast, ana, now, verdict="not-now")
    giving.tell(cast.sees("ana"), "theophylline", now + DAY)  # nobody may be treated on that anyway
    cared.decide(cast, ana, now + 2 * DAY)
    giving.tell(cast.sees("ana"), "paracetamol", now + 3 * DAY)

    assert new() == []


def test_deciding_again_reads_the_news_by_name(cast, ana, now):
    cared.decide(cast, ana, now)
    giving.tell(cast.sees("ana"), "phenelzine", now + DAY)
    cared.decide(cast, ana, now + 2 * DAY)

    assert News.objects.get(what="reopened").readings.get().by == cast.diaz
    assert jobs.run(News.objects.get(what="reopened").promised_at) == 1  # "Medicines changed" is still unread


# --- Running out ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", ["eligible", "not-now"])
def test_day_to_decide_again_is_told_once_when_it_has_come(cast, ana, now, verdict):
    cared.decide(cast, ana, now, verdict=verdict, review_on=plans.today_of(ana, now) + 30 * DAY)

    told = [jobs.run(now + days * DAY) for days in (29, 30, 31)]

    assert (told, new()) == ([0, 1, 0], ["over"])
    assert written_to("decision-over") == [cast.diaz.id]


def test_day_comes_where_the_clinic_is(cast, ana, now):
    review_on = plans.today_of(ana, now) + 2 * DAY
    cared.decide(cast, ana, now, review_on=review_on)
    midnight = cared.at(f"{review_on:%m-%d} 00:00")

    assert [jobs.run(midnight - timedelta(seconds=1)), jobs.run(midnight)] == [0, 1]


def test_decision_that_was_followed_runs_out_for_nobody(cast, ana, now):
    cared.decide(cast, ana, now, review_on=plans.today_of(ana, now) + 2 * DAY)
    cared.decide(cast, ana, now + DAY)

    assert jobs.run(now + 3 * DAY) == 0


# --- On the phone ---------------------------------------------------------------------------------------


def test_phone_screen_is_a_finding_and_news_for_prescribers_once(cast, ana, now):
    look = {"screen": "look", "screen_words": "A stroke two years ago."}
    enquiry(cast, ana, now, **look)
    enquiry(cast, ana, now + DAY, **look, language="Spanish")

    [found] = plans.findings_now(cast.sees("diaz"), ana, now + DAY).found
    assert (found.id, found.because) == ("screening.phone-screen", "Nia Noor: A stroke two years ago.")
    assert new(["phone-screen"]) == ["phone-screen"]
    assert written_to("chart-news") == [cast.diaz.id]


def test_phone_screen_that_says_more_is_news_again(cast, ana, now):
    enquiry(cast, ana, now, screen="look", screen_words="A stroke.")
    enquiry(cast, ana, now + DAY, screen="look", screen_words="A stroke, and a seizure.")

    assert new(["phone-screen"]) == ["phone-screen", "phone-screen"]


# --- Where it is shown ----------------------------------------------------------------------------------


def chart(ana):
    return f"/clinic/patients/{ana.id}"


def test_nurse_sees_it_everywhere_and_a_prescriber_reads_it(care, cast, ana, as_nia, as_diaz, now):
    giving.tell(cast.sees("ana"), "phenelzine", now)
    pages = (chart(ana), "/clinic/series", f"/clinic/series/{care.series.id}", f"{chart(ana)}/series/new")
    row = News.objects.get(what="reopened")
    sent = {"do": "read", "news": [row.id], "client_id": uuid4()}

    assert "A decision is open again" in text_of(as_nia.get("/clinic/news"))
    shown = [text_of(as_nia.get(path)) for path in pages]
    assert ["Open again: something new came up" in page for page in shown] == [True] * 4
    assert "A prescriber reads this." in text_of(as_nia.get(f"{chart(ana)}/consultation"))
    as_nia.post(f"{chart(ana)}/consultation", sent)
    assert not row.readings.exists()

    as_diaz.post(f"{chart(ana)}/consultation", sent | {"client_id": uuid4()})
    assert row.readings.get().by == cast.diaz
    assert "Open again: something new came up" in text_of(as_nia.get("/clinic/series"))


def test_chart_does_not_say_what_came_up(care, cast, ana, as_nia, now):
    giving.tell(cast.sees("ana"), "phenelzine", now)

    assert "MAO" not in text_of(as_nia.get(chart(ana)))


def test_running_series_shows_that_the_decision_has_run_out(care, cast, ana, clock, now):
    cared.decide(cast, ana, now, review_on=plans.today_of(ana, now) + 4 * DAY)
    clock.now = now + 5 * DAY
    jobs.run(clock.now)
    as_nia = cast.browser("nia", clock.now)

    for path in ("/clinic/series", f"/clinic/series/{care.series.id}", chart(ana)):
        assert "The decision has run out" in text_of(as_nia.get(path))
    assert "The day to decide again has come" in text_of(as_nia.get("/clinic/news"))


def test_current_decision_says_nothing_in_the_list(care, as_nia):
    page = text_of(as_nia.get("/clinic/series"))

    assert "Ana Abel" in page
    assert "Can be treated" not in page


# --- Starting -------------------------------------------------------------------------------------------


def start(cast, ana, now):
    return treatment.start_series(
        patient=ana, content=cared.sign(cast, now), starts=[Start(cared.at("03-29 09:00"))],
        by=cared.staff(cast, cast.nia), client_id=uuid7(), now=now,
    )  # fmt: skip


def test_series_does_not_start_on_a_decision_that_is_open_again(cast, ana, now):
    cared.decide(cast, ana, now)
    row = giving.tell(cast.sees("ana"), "phenelzine", now + DAY)
    medicines.stop(
        viewer=cast.sees("ana"), patient=ana, medicine_id=row.id, stopped_on=date(2027, 3, 9),
        client_id=uuid4(), now=now + DAY,
    )  # fmt: skip

    with pytest.raises(Refused, match="Something new came up") as refused:
        start(cast, ana, now + 2 * DAY)
    assert refused.value.field == "eligibility"

    cared.decide(cast, ana, now + 2 * DAY)
    assert start(cast, ana, now + 2 * DAY)


def test_series_does_not_start_on_a_decision_that_has_run_out(cast, ana, now):
    cared.decide(cast, ana, now, review_on=plans.today_of(ana, now) + DAY)

    with pytest.raises(Refused, match="has run out") as refused:
        start(cast, ana, now + DAY)

    assert refused.value.field == "eligibility"
    assert not Series.objects.exists()
