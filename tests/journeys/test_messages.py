"""What reached nobody: several sent again at once, named where that is no use, and page by page."""

import pytest

pytestmark = pytest.mark.journey

MANY = """
from datetime import timedelta
from django.utils import timezone
from luna.notices.models import Notice
lost = Notice.objects.filter(words="series-booked", to_user__name="Amir Yusuf").get()
now = timezone.now()
Notice.objects.bulk_create(
    Notice(key=f"many{number}", words=lost.words, values=lost.values, clinic_id=lost.clinic_id,
           patient_id=lost.patient_id, to_user_id=lost.to_user_id, due_at=now + timedelta(seconds=number),
           created_at=now, state="not-reached")
    for number in range(60)
)
answer = Notice.objects.filter(state="not-reached").count()
"""


def test_nurse_sends_several_again_and_reads_whom_to_call(somebody):
    rosa = somebody(width=320, dark=True)
    rosa.given_i_am("Rosa Alvarez")
    rosa.page.wait_for_timeout(2500)  # the clock turns once a second: who has no smartphone is on the list
    rosa.when_i_open("/clinic/messages")
    rosa.then_everybody_can_use_the_page()

    rosa.when_i_press("Send the ticked again")
    rosa.then_i_see("Tick at least one message first.")
    rosa.when_i_tick("All 2 on this page")
    rosa.when_i_press("Send the ticked again")

    rosa.then_i_see("It is being sent again.")
    rosa.then_i_see(
        "A time has changed, to Abe Mendel: They have no smartphone or no e-mail: please call them."
    )


def test_nurse_goes_through_a_long_list_page_by_page(live, somebody):
    rosa = somebody(width=390)
    rosa.given_i_am("Rosa Alvarez")
    live.ask(MANY)

    rosa.when_i_open("/clinic/messages")
    rosa.then_i_see("Page 1 of 2")
    rosa.when_i_follow("Next")
    rosa.then_i_see("Page 2 of 2")
    rosa.page.get_by_label("New times to Amir Yusuf").last.check()
    rosa.when_i_press("Told the ticked another way")

    rosa.then_i_see("Noted. It is off the list.")
    rosa.then_i_see("Page 2 of 2")
    rosa.page.get_by_role("link", name="All to Amir Yusuf").last.click()
    rosa.then_i_see("Messages to Amir Yusuf")
    rosa.then_i_see("Rosa Alvarez told them")
    rosa.then_everybody_can_use_the_page()
