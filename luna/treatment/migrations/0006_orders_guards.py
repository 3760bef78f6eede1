"""Guard orders and their countersignatures whatever the Python above does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the guards of orders."""

    dependencies = [
        ("treatment", "0005_orders"),
    ]

    operations = [
        guards.SameClinic("order", "patient", "series", "infusion", "supersedes"),
        guards.SamePatient("order", "series", "infusion", "supersedes"),
        guards.AppendOnly("order"),
        guards.SameClinic("countersign", "patient", "order"),
        guards.SamePatient("countersign", "order", "supersedes"),
        guards.AppendOnly("countersign"),
    ]
