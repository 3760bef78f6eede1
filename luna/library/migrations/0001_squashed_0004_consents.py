"""Make the tables and their guards."""

import uuid6
from django.db import migrations, models

from luna.audit import guards
from luna.audit.tables import Tables


class Migration(migrations.Migration):
    """Stand for all migrations before the first release."""

    initial = True

    replaces = [
        ("library", "0001_initial"),
        ("library", "0002_guards"),
        ("library", "0003_renewal"),
        ("library", "0004_consents"),
    ]

    dependencies = []

    operations = [
        Tables(
            migrations.CreateModel(
                name="ContentVersion",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("clinic_id", models.UUIDField()),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("protocol", "Protocol"),
                                ("triage", "Triage"),
                                ("emergency", "Emergency"),
                                ("consent", "Consent"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("content_id", models.CharField(max_length=60)),
                    ("version", models.CharField(max_length=20)),
                    ("text", models.TextField()),
                    ("sha256", models.CharField(max_length=64)),
                    ("accepted", models.JSONField(default=list)),
                    ("signed_by_id", models.UUIDField()),
                    ("signed_name", models.CharField(max_length=120)),
                    ("signed_at", models.DateTimeField()),
                    ("demo", models.BooleanField(default=False)),
                    ("renewal", models.PositiveSmallIntegerField(default=0)),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["clinic_id", "kind", "content_id", "-signed_at"], name="library_newest"
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("clinic_id", "kind", "content_id", "sha256", "renewal"),
                            name="library_signed_once",
                        )
                    ],
                },
            )
        ),
        guards.AppendOnly("contentversion"),
    ]
