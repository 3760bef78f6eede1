"""Make the tables and their guards."""

import django.db.models.deletion
import uuid6
from django.conf import settings
from django.db import migrations, models

from luna.audit import guards
from luna.audit.tables import Tables


class Migration(migrations.Migration):
    """Stand for all migrations before the first release."""

    initial = True

    replaces = [
        ("checkins", "0001_initial"),
        ("checkins", "0002_guards"),
        ("checkins", "0003_same_patient"),
        ("checkins", "0004_nobody_known"),
    ]

    dependencies = [
        ("people", "0001_squashed_0022_money"),
        ("treatment", "0001_squashed_0022_rezoned"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name="Watch",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("started_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    (
                        "adult",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="watches",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="watches",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "infusion",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="watch",
                            to="treatment.infusion",
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="watches",
                            to="people.patient",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["clinic", "ends_at"], name="checkins_watch_running")]
                },
            )
        ),
        guards.SameClinic("watch", "patient", "infusion"),
        guards.SamePatient("watch", "infusion"),
        guards.Fixed("watch", "clinic", "patient"),
    ]
