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
        ("escalation", "0001_initial"),
        ("escalation", "0002_guards"),
        ("escalation", "0003_fixed"),
        ("escalation", "0004_safety_words"),
    ]

    dependencies = [
        ("people", "0001_squashed_0022_money"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name="Escalation",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("cause", models.CharField(max_length=60)),
                    ("urgency", models.PositiveSmallIntegerField()),
                    ("about_type", models.CharField(max_length=20)),
                    ("about_id", models.CharField(max_length=64)),
                    ("opened_at", models.DateTimeField()),
                    ("acknowledged_at", models.DateTimeField(null=True)),
                    ("closed_at", models.DateTimeField(null=True)),
                    ("climbs_from", models.DateTimeField()),
                    ("next_rung_at", models.DateTimeField(null=True)),
                    ("version", models.PositiveIntegerField(default=1)),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="escalations",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "owner",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="escalations_owned",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="escalations",
                            to="people.patient",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["next_rung_at"], name="escalation_due"),
                        models.Index(
                            fields=["clinic", "closed_at", "-urgency", "opened_at"],
                            name="escalation_by_clinic",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("closed_at__isnull", True)),
                            fields=("patient", "cause"),
                            name="escalation_open_once",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="EscalationStep",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "what",
                        models.CharField(
                            choices=[
                                ("opened", "Opened"),
                                ("repeated", "Repeated"),
                                ("told", "Told"),
                                ("nobody", "Nobody"),
                                ("acknowledged", "Acknowledged"),
                                ("handed-over", "Handed Over"),
                                ("accepted", "Accepted"),
                                ("closed", "Closed"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("rung", models.PositiveSmallIntegerField(null=True)),
                    ("about_id", models.CharField(blank=True, max_length=64)),
                    ("outcome", models.CharField(blank=True, max_length=40)),
                    ("note", models.TextField(blank=True)),
                    ("client_id", models.UUIDField(null=True)),
                    ("at", models.DateTimeField()),
                    (
                        "by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="escalation_steps",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "escalation",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="steps",
                            to="escalation.escalation",
                        ),
                    ),
                    (
                        "to",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("client_id__isnull", False)),
                            fields=("by", "client_id"),
                            name="escalation_step_once",
                        )
                    ]
                },
            ),
            migrations.CreateModel(
                name="Rung",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("position", models.PositiveSmallIntegerField()),
                    ("after_min", models.PositiveSmallIntegerField()),
                    (
                        "role",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("nurse", "Nurse"),
                                ("prescriber", "Prescriber"),
                                ("therapist", "Therapist"),
                                ("coordinator", "Coordinator"),
                                ("admin", "Admin"),
                            ],
                            max_length=12,
                        ),
                    ),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="rungs",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "clinician",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="rungs",
                            to="people.clinician",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("clinic", "position"), name="escalation_rung_once"),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("clinician__isnull", False),
                                models.Q(("role", ""), _negated=True),
                                _connector="XOR",
                            ),
                            name="escalation_rung_names_one",
                        ),
                    ]
                },
            ),
            migrations.CreateModel(
                name="SafetyWord",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("text", models.TextField(blank=True)),
                    ("reach", models.CharField(blank=True, max_length=300)),
                    ("in_danger", models.BooleanField(default=False)),
                    ("at", models.DateTimeField()),
                    ("client_id", models.UUIDField()),
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
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="safety_words",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "escalation",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="safety_words",
                            to="escalation.escalation",
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="safety_words",
                            to="people.patient",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="escalation_word_once")
                    ]
                },
            ),
        ),
        guards.SameClinic("escalation", "patient"),
        guards.Fixed("escalation", "clinic", "patient"),
        guards.SameClinic("escalationstep", "escalation"),
        guards.AppendOnly("escalationstep"),
        guards.SameClinic("rung", "clinician"),
        guards.SameClinic("safetyword", "patient", "escalation"),
        guards.SamePatient("safetyword", "escalation"),
        guards.AppendOnly("safetyword"),
    ]
