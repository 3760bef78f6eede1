"""Let a watch run before anybody has said that they keep it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from luna.audit import guards

KEPT = (
    guards.SameClinic("watch", "patient", "infusion"),
    guards.SamePatient("watch", "infusion"),
    guards.Fixed("watch", "clinic", "patient"),
)


class Migration(migrations.Migration):
    """Make the adult of a watch optional."""

    dependencies = [
        ("checkins", "0003_same_patient"),
    ]

    operations = [
        *(guards.Lift(guard) for guard in KEPT),
        migrations.AlterField(
            "watch",
            "adult",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="watches",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        *KEPT,
    ]
