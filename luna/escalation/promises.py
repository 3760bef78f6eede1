"""By when the clinic reads or answers what it is sent: the end of its second open day from tomorrow."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from luna.people import plans as people
from luna.people.models import Clinic

OPEN_DAYS = 2
AT_MOST = timedelta(days=7)  # also where the hours are not known, or the clinic is closed for long


def promise(clinic: Clinic, now: datetime) -> datetime:
    """Return the instant the clinic promises to have read or answered something by. Two queries."""
    today = now.astimezone(ZoneInfo(clinic.zone)).date()
    hours = {row.weekday: row for row in clinic.hours.all()}
    last = today + AT_MOST
    closed = set(clinic.closed_days.filter(on__gte=today, on__lte=last).values_list("on", flat=True))
    days = [today + timedelta(days=ahead) for ahead in range(1, AT_MOST.days + 1)]
    open_days = [on for on in days if on.weekday() in hours and on not in closed]
    if len(open_days) < OPEN_DAYS:
        return now + AT_MOST
    on = open_days[OPEN_DAYS - 1]
    row = hours[on.weekday()]
    _opens, closes = people.hours_on(on, (row.opens, row.closes), clinic.zone)
    return closes
