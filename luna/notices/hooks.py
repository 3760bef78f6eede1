"""What a provider tells us later, of text messages and calls, or of mails.

Nothing is believed that is not signed, or, from a provider of mail that signs nothing, sent with our secret.
"""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.module_loading import import_string

from luna.notices import actions, plans
from luna.notices.channels import EMAIL, Word, phone
from luna.notices.models import Attempt, Notice
from luna.people.errors import Replayed, Stale

FORM = "application/x-www-form-urlencoded"
# What the provider says at the end of a try. Anything else is on the way, and says nothing yet.
DELIVERED = {"sms": {"delivered", "read"}, "voice": {"completed"}}
RETURNED = {"sms": {"undelivered", "failed"}, "voice": {"busy", "no-answer", "failed", "canceled"}}
LARGEST = 1024 * 1024  # bytes of a hook about mails: one may be about many
PERSON = {"", "human", "unknown"}  # who answered; anything else is a machine, which hears nothing
STOPS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"}
STARTS = {"START", "UNSTOP"}


def heard(request: HttpRequest) -> dict[str, str]:
    """Return the fields of a signed hook. Raises PermissionDenied for one that the provider did not sign."""
    url = f"{settings.LUNA_BASE_URL}{request.get_full_path()}"
    signature = request.headers.get("X-Twilio-Signature", "")
    if not settings.LUNA_SMS_URL or request.content_type != FORM:
        raise PermissionDenied
    try:
        if len(request.body) <= phone.LONGEST and phone.is_signed(url, request.body, signature):
            return dict(phone.read(request.body))
    except ValueError:
        pass  # Not a form: nobody signed that.
    raise PermissionDenied


def became(fields: dict[str, str], *, channel: str, notice_id: UUID, fence: int, now: datetime) -> None:
    """Write down what became of one try, if the provider knows. Raises as `actions.report` does."""
    status = fields.get("MessageStatus") or fields.get("CallStatus", "")
    is_machine = fields.get("AnsweredBy", "") not in PERSON
    delivered = status in DELIVERED[channel] and not is_machine
    if not delivered and status not in RETURNED[channel] | DELIVERED[channel]:
        return
    actions.report(
        notice_id=notice_id,
        fence=fence,
        channel=channel,
        ref=fields.get("MessageSid") or fields.get("CallSid", ""),
        delivered=delivered,
        reason=_why(fields, status, delivered=delivered, is_machine=is_machine),
        now=now,
    )


def heard_of_mail(request: HttpRequest) -> list[Word]:
    """Return what a hook says of mails. Raises PermissionDenied for one that is not from the provider.

    Raises ValueError for one that cannot be read.
    """
    if not (settings.LUNA_MAIL_PROVIDER and settings.LUNA_MAIL_HOOK_SECRET):
        raise PermissionDenied
    if len(request.body) > LARGEST:
        raise PermissionDenied
    found: list[Word] = import_string("luna.notices.channels.providers.heard")(request)
    return found


def mail_became(word: Word, *, now: datetime) -> bool:
    """Write down what became of one mail; return whether it is known, or never will be.

    A provider tells of mails too that the ledger knows nothing of, such as sign-in codes; and it may tell of
    one before we have written down what it is called. What was said before, or is long over, changes nothing.
    """
    try:
        tried = plans.mail_try(word.ref)
        actions.report(
            notice_id=tried.notice_id, fence=tried.fence, channel=EMAIL, ref=word.ref,
            delivered=word.delivered, reason=word.reason, now=now,
        )  # fmt: skip
    except (Notice.DoesNotExist, Attempt.DoesNotExist):
        return not plans.is_mailing(now)
    except (Replayed, Stale):
        pass
    return True


def pressed(fields: dict[str, str]) -> str:
    """Return the key that somebody pressed in a call, "" for none and for a machine that answered it."""
    return fields.get("Digits", "") if fields.get("AnsweredBy", "") in PERSON else ""


def is_stop(fields: dict[str, str]) -> bool:
    """Say whether a text message asks for no more of them."""
    return _word(fields) in STOPS


def is_start(fields: dict[str, str]) -> bool:
    """Say whether a text message asks for them again."""
    return _word(fields) in STARTS


def _word(fields: dict[str, str]) -> str:
    return fields.get("Body", "").strip().upper()


def _why(fields: dict[str, str], status: str, *, delivered: bool, is_machine: bool) -> str:
    if delivered:
        return ""
    if is_machine:
        return "machine"
    code = fields.get("ErrorCode", "")
    return f"provider-{code}" if code.isdecimal() and len(code) < 10 else f"not-{status}"
