"""Where providers say what became of text messages and calls, and of mails."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from luna.notices import hooks, reach
from luna.notices.models import Attempt, Notice
from luna.people import access
from luna.people.errors import Replayed, Stale


@csrf_exempt
@access.public
@require_POST
def status(request: HttpRequest, channel: str, notice_id: UUID, fence: int) -> HttpResponse:
    """Hear what became of one try: 204, or 409 and 410 for what was said before and is long over."""
    fields = hooks.heard(request)
    try:
        hooks.became(fields, channel=channel, notice_id=notice_id, fence=fence, now=request.now)
    except (Notice.DoesNotExist, Attempt.DoesNotExist):
        raise Http404 from None
    except Replayed:
        return HttpResponse(status=409)
    except Stale:
        return HttpResponse(status=410)
    return HttpResponse(status=204)


@csrf_exempt
@access.public
@require_POST
def mail(request: HttpRequest) -> HttpResponse:
    """Hear what became of mails: 204, or 503 where it is to be told again in a while."""
    try:
        said = hooks.heard_of_mail(request)
    except ValueError:
        return HttpResponse(status=400)
    is_done = [hooks.mail_became(one, now=request.now) for one in said]
    return HttpResponse(status=204 if all(is_done) else 503)


@csrf_exempt
@access.public
@require_POST
def reply(request: HttpRequest) -> HttpResponse:
    """Hear a text message: STOP ends them for its number, START takes that back. Nobody reads any other."""
    fields = hooks.heard(request)
    if hooks.is_stop(fields):
        reach.stop(fields.get("From", ""), ref=fields.get("MessageSid", ""), now=request.now)
    elif hooks.is_start(fields):
        reach.start(fields.get("From", ""), ref=fields.get("MessageSid", ""), now=request.now)
    return HttpResponse("<Response/>", content_type="text/xml")
