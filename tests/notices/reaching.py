"""A shortcut to somebody who is reached by more than e-mail, for the tests of this slice."""

from luna.notices.models import Reach

MOBILE = "+12125550142"


def reached(user, now, **changes):
    """Write down that somebody agreed to text messages and calls; any column may be given."""
    given = {"mobile": MOBILE, "mobile_at": now, "sms_at": now, "voice_at": now}
    return Reach.objects.create(user=user, **(given | changes))
