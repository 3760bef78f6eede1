"""Somebody invited who mistypes the code too often: only the invitation can send them a new one."""

import pytest
from django.core import mail

from luna.people.actions import invitations
from tests.people import reading
from tests.people.test_accept import code_of, follow, invitation  # noqa: F401 -- a fixture


@pytest.mark.threat("T1")
def test_wrong_codes_lead_back_to_the_invitation(as_nobody, invitation, now):  # noqa: F811 -- the fixture above
    address = invitations.link(invitation_id=invitation.id, email=invitation.email, now=now)
    follow(as_nobody, address.removeprefix("http://localhost:8000"))
    asked = as_nobody.post("/invitation/code").url
    right = code_of(mail.outbox[-1])
    wrong = "000000" if right != "000000" else "111111"

    for _try in range(8):
        answer = as_nobody.post(asked, {"code": wrong}, follow=True)
        if answer.redirect_chain:
            break

    assert answer.redirect_chain == [("/invitation", 302)]
    assert reading.flashes(answer) == [
        "That was too many tries. Wait a few minutes, then ask for a new code."
    ]
    assert "_auth_user_id" not in as_nobody.session
