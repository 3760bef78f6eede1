"""Tie an outcome to the series it is an outcome of."""

from django.db import migrations, models

from luna.audit import guards

OF_PATIENT = guards.SameClinic("outcome", "patient")
KEPT = guards.AppendOnly("outcome")


class Migration(migrations.Migration):
    """Make the series of an outcome a foreign key, of the same clinic and patient."""

    dependencies = [
        ("careplan", "0002_guards"),
        ("treatment", "0004_same_patient"),
    ]

    operations = [
        guards.Lift(KEPT),
        guards.Lift(OF_PATIENT),
        migrations.RenameField("outcome", "series_id", "series"),
        migrations.AlterField(
            "outcome",
            "series",
            models.ForeignKey("treatment.series", on_delete=models.PROTECT, related_name="outcomes"),
        ),
        OF_PATIENT,
        KEPT,
        guards.SameClinic("outcome", "series"),
        guards.SamePatient("outcome", "series"),
        guards.SamePatient("mark", "supersedes"),
    ]
