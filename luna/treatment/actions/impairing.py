"""Keep with a patient until when an infusion makes them sign nothing and let nobody in."""

from collections.abc import Iterator
from uuid import UUID

from luna.clinical import impairment, plan
from luna.library import plans as library
from luna.people.models import Patient
from luna.treatment import plans
from luna.treatment.models import Series


def settle(patient_id: UUID) -> None:
    """Work out anew until when, from all that stands. Part of an action that changed a moment or a number."""
    series = list(plans.loaded(Series.objects.filter(patient_id=patient_id)))
    until = impairment.until(given for one in series for given in _given(one))
    Patient.objects.filter(pk=patient_id).update(impaired_until=until)


def _given(series: Series) -> Iterator[impairment.Given]:
    """Yield what was started, cancelled later or not: its effect is the same."""
    facts, protocol = plans.facts(series), library.protocol(series.protocol)
    for booking in facts.bookings:
        if booking.started_at is not None:
            wait = plan.number_of(protocol, facts, impairment.NUMBER, booking.infusion)
            yield impairment.Given(booking.started_at, booking.ended_at, wait.span if wait else None)
