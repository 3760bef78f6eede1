"""What a page and a PDF say of a consent: values in, words out."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext

from luna.consents.models import Consent
from luna.consents.plans import Standing, State
from luna.library import times
from luna.library.models import ContentVersion
from luna.people.models import Clinic, Patient


def says(stands: Standing, zone: str, now: datetime) -> str:
    """Return in one sentence how a consent stands and since when."""
    last = stands.last
    if last is None or stands.state is State.NONE:
        return gettext("Not signed yet.")
    today = now.astimezone(ZoneInfo(zone)).date()
    signed_on, ends = times.full_day(last.signed_on, today), _day(last.good_until, zone)
    match stands.state:
        case State.CURRENT:
            words = gettext("Signed on %(day)s. Good until %(ends)s.")
            if last.route == Consent.Route.PAPER:
                words = gettext("Signed on paper on %(day)s. Good until %(ends)s.")
            return words % {"day": signed_on, "ends": times.full_day(ends, today)}
        case State.EXPIRED:
            return gettext("It ran out on %(day)s.") % {"day": times.full_day(ends, today)}
        case State.WITHDRAWN:
            return gettext("Taken back on %(day)s.") % {"day": signed_on}
    return gettext("Signed on %(day)s. The clinic’s text has changed since.") % {"day": signed_on}


def signed_for(version: ContentVersion, clinic: Clinic) -> str:
    """Return which text this is: who signed it for the clinic, and when."""
    return gettext("Version %(version)s, signed for %(clinic)s by %(name)s on %(day)s.") % {
        "version": version.version,
        "clinic": clinic.name,
        "name": version.signed_name,
        "day": _full(_day(version.signed_at, clinic.zone)),
    }


def lines(consent: Consent) -> list[tuple[str, str]]:
    """Return who signed what, when and how, line by line, so that it still tells in years."""
    zone, clinic = consent.clinic.zone, consent.clinic
    found = [
        (gettext("Patient"), _born(consent.patient)),
        (gettext("Name as it was signed"), consent.name),
    ]
    if consent.route == Consent.Route.PAPER:
        found += [
            (gettext("Signed on paper"), _full(consent.signed_on)),
            (gettext("Seen by"), consent.witness),
            (gettext("Kept by"), consent.by.name),
        ]
    else:
        done = gettext("Taken back") if consent.what == Consent.What.WITHDRAWN else gettext("Signed on Luna")
        found.append((done, _exactly(consent, zone)))
    if consent.what == Consent.What.WITHDRAWN and consent.capacity == "staff":
        found.append((gettext("Noted for the patient by"), consent.by.name))
    if consent.what == Consent.What.SIGNED:
        found.append((gettext("Good until"), _full(_day(consent.good_until, zone))))
    found.append((gettext("Text"), signed_for(consent.content, clinic)))
    language = dict(settings.LANGUAGES).get(consent.language, consent.language)
    found.append((gettext("Language"), str(language)))
    found.append((gettext("Fingerprint of the exact text (SHA-256)"), grouped(consent.sha256)))
    return found


def grouped(sha256: str) -> str:
    """Return a fingerprint as people compare it: eight letters at a time, which a narrow page can break."""
    return " ".join(sha256[place : place + 8] for place in range(0, len(sha256), 8))


def _born(patient: Patient) -> str:
    words = gettext("%(name)s, born %(day)s")
    return words % {"name": patient.name, "day": times.dated(patient.born_on)}


def _exactly(consent: Consent, zone: str) -> str:
    """Return when a name was typed, on the clinic's clock and to the second on everybody's."""
    return gettext("%(day)s, %(time)s (%(city)s), in UTC %(utc_day)s, %(utc_time)s") % {
        "day": _full(consent.signed_on),
        "time": times.clock(consent.at, zone),
        "city": zone.split("/")[-1].replace("_", " "),
        "utc_day": times.dated(_day(consent.at, "UTC")),
        "utc_time": f"{consent.at:%H:%M:%S}",
    }


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def _full(on: date) -> str:
    return f"{times.full_day(on)} {on.year}"
