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

    replaces = [("consents", "0001_initial"), ("consents", "0002_guards")]

    dependencies = [
        ("library", "0001_squashed_0004_consents"),
        ("people", "0001_squashed_0022_money"),
        ("records", "0001_squashed_0013_observation_task"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name="Consent",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("recorded_at", models.DateTimeField()),
                    ("capacity", models.CharField(max_length=12)),
                    (
                        "source",
                        models.CharField(
                            choices=[("page", "Page"), ("offline", "Offline")], default="page", max_length=8
                        ),
                    ),
                    ("client_id", models.UUIDField()),
                    (
                        "what",
                        models.CharField(
                            choices=[("signed", "Signed"), ("withdrawn", "Withdrawn")], max_length=9
                        ),
                    ),
                    (
                        "route",
                        models.CharField(
                            choices=[("page", "Page"), ("paper", "Paper")], default="page", max_length=5
                        ),
                    ),
                    ("about", models.CharField(max_length=24)),
                    ("language", models.CharField(max_length=24)),
                    ("sha256", models.CharField(max_length=64)),
                    ("name", models.CharField(max_length=120)),
                    ("witness", models.CharField(blank=True, max_length=120)),
                    ("signed_on", models.DateField()),
                    ("good_until", models.DateTimeField()),
                    (
                        "by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.clinic"
                        ),
                    ),
                    (
                        "content",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="library.contentversion",
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="%(class)ss",
                            to="people.patient",
                        ),
                    ),
                    (
                        "supersedes",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="superseded_by",
                            to="consents.consent",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(fields=["patient", "about", "recorded_at"], name="consents_by_patient"),
                        models.Index(fields=["clinic", "recorded_at"], name="consents_by_clinic"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="consents_consent_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="ConsentFile",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "blob",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.blob"
                        ),
                    ),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.clinic"
                        ),
                    ),
                    (
                        "consent",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="file",
                            to="consents.consent",
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.patient"
                        ),
                    ),
                ],
            ),
        ),
        guards.SameClinic("consent", "patient", "content"),
        guards.SamePatient("consent", "supersedes"),
        guards.AppendOnly("consent"),
        guards.SameClinic("consentfile", "patient", "consent", "blob"),
        guards.SamePatient("consentfile", "consent", "blob"),
        guards.AppendOnly("consentfile"),
    ]
