"""Keep whom staff called about a changed day with all other calls."""

from typing import Any

from django.db import migrations

from luna.audit import guards


def to_phone_calls(apps: Any, editor: Any) -> None:
    """Name each call by what changed, as `treatment.calls` does: the revision, or the asking to drive."""
    revisions = apps.get_model("treatment", "BookingRevision").objects
    calls = apps.get_model("treatment", "PhoneCall").objects
    for row in apps.get_model("careplan", "DayCall").objects.order_by("at", "id"):
        revision = revisions.get(infusion=row.infusion_id, client_id=row.change_id)
        of = row.infusion_id.hex
        if row.about == "patient":
            key = f"{of}:{'cancelled' if revision.cancelled else 'moved'}:r{revision.revision}:patient"
        else:
            key = f"{of}.ride:{'off' if revision.cancelled else 'asked'}:{row.about}"
        told = {"clinic_id": row.clinic_id, "infusion_id": row.infusion_id, "by_id": row.by_id, "at": row.at}
        calls.get_or_create(key=key, defaults=told)  # one asking could be ticked off for two changes of a day


class Migration(migrations.Migration):
    """Copy the calls and drop their own table; back again it is empty."""

    dependencies = [("careplan", "0011_waiting_list"), ("treatment", "0021_phone_call")]

    operations = [
        migrations.RunPython(to_phone_calls, migrations.RunPython.noop),
        guards.Lift(guards.AppendOnly("daycall")),
        guards.Lift(guards.SameClinic("daycall", "change", "infusion")),
        migrations.DeleteModel("DayCall"),
    ]
