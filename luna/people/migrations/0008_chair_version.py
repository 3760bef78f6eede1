"""Notice when two people change one chair at once."""

from django.db import migrations, models

from luna.audit import guards

KEPT = guards.Fixed("chair", "clinic")
# They read the table that is rebuilt.
READ_IT = (
    guards.SameClinic("infusion", "patient", "series", "chair"),
    guards.SameClinic("bookingrevision", "infusion", "chair"),
)


class Migration(migrations.Migration):
    """Number the changes of a chair."""

    dependencies = [
        ("people", "0007_hours_to_midnight"),
        ("treatment", "0004_same_patient"),
    ]

    operations = [
        *(guards.Of("treatment", guards.Lift(guard)) for guard in READ_IT),
        guards.Lift(KEPT),
        migrations.AddField("chair", "version", models.PositiveIntegerField(default=1)),
        KEPT,
        *(guards.Of("treatment", guard) for guard in READ_IT),
    ]
