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
        ("records", "0001_initial"),
        ("records", "0002_guards"),
        ("records", "0003_same_patient"),
        ("records", "0004_drafts_and_blobs"),
        ("records", "0005_observations"),
        ("records", "0006_observation_guards"),
        ("records", "0007_part2"),
        ("records", "0008_response_told_by"),
        ("records", "0009_draft_part2"),
        ("records", "0010_response_scores"),
        ("records", "0011_line_share"),
        ("records", "0012_line_share_guards"),
        ("records", "0013_observation_task"),
    ]

    dependencies = [
        ("people", "0001_squashed_0022_money"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name="PrivateLine",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("task_key", models.CharField(blank=True, max_length=64)),
                    ("sealed", models.BinaryField(null=True)),
                    ("at", models.DateTimeField()),
                    ("deleted_at", models.DateTimeField(null=True)),
                    ("client_id", models.UUIDField()),
                    (
                        "by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="private_lines",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["by", "task_key"], name="records_line_by_task")],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="records_line_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Blob",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("schedule", "Schedule"),
                                ("history", "History"),
                                ("infusion", "Infusion"),
                            ],
                            max_length=16,
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("name", models.CharField(max_length=80)),
                    ("media", models.CharField(max_length=40)),
                    ("size", models.PositiveIntegerField()),
                    ("digest", models.CharField(max_length=64)),
                    ("sealed", models.BinaryField()),
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
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="blobs",
                            to="people.patient",
                        ),
                    ),
                ],
                options={"indexes": [models.Index(fields=["patient", "at"], name="records_blob_by_patient")]},
            ),
            migrations.CreateModel(
                name="Draft",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("capacity", models.CharField(max_length=12)),
                    ("questionnaire", models.CharField(max_length=60)),
                    ("questionnaire_version", models.CharField(max_length=40)),
                    ("task_key", models.CharField(blank=True, max_length=64)),
                    ("round", models.PositiveIntegerField(default=1)),
                    ("answers", models.JSONField(default=dict)),
                    ("saved_in", models.JSONField(default=dict)),
                    ("version", models.PositiveIntegerField(default=0)),
                    ("begun_at", models.DateTimeField()),
                    ("saved_at", models.DateTimeField()),
                    ("sent_at", models.DateTimeField(null=True)),
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
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.patient"
                        ),
                    ),
                    ("part2", models.BooleanField(null=True)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("by", "patient", "capacity", "questionnaire", "task_key", "round"),
                            name="records_draft_once",
                        )
                    ]
                },
            ),
            migrations.CreateModel(
                name="Response",
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
                    ("questionnaire", models.CharField(max_length=60)),
                    ("questionnaire_version", models.CharField(max_length=40)),
                    ("task_key", models.CharField(blank=True, max_length=64)),
                    ("revision", models.PositiveIntegerField(default=0)),
                    ("answers", models.JSONField()),
                    ("urgency", models.PositiveSmallIntegerField(default=0)),
                    ("cards", models.JSONField(default=list)),
                    ("missing", models.JSONField(default=list)),
                    ("rules_version", models.CharField(blank=True, max_length=20)),
                    ("content_hash", models.CharField(max_length=64)),
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
                            to="records.response",
                        ),
                    ),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("recovery", "Recovery"),
                                ("schedule", "Schedule"),
                                ("history", "History"),
                                ("journal", "Journal"),
                                ("scores", "Scores"),
                                ("pregnancy", "Pregnancy"),
                                ("substances", "Substances"),
                                ("safety-at-home", "Safety At Home"),
                                ("suicidality", "Suicidality"),
                            ],
                            default="recovery",
                            max_length=16,
                        ),
                    ),
                    (
                        "draft",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="responses",
                            to="records.draft",
                        ),
                    ),
                    ("part2", models.BooleanField(null=True)),
                    (
                        "told_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(fields=["patient", "task_key"], name="records_response_by_task"),
                        models.Index(
                            fields=["patient", "questionnaire"], name="records_response_by_questions"
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="records_response_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Observation",
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
                    ("name", models.CharField(max_length=40)),
                    ("value", models.DecimalField(decimal_places=2, max_digits=8)),
                    ("typed", models.CharField(max_length=24)),
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
                            to="records.observation",
                        ),
                    ),
                    ("task_key", models.CharField(max_length=64, null=True)),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(fields=["patient", "name", "at"], name="records_observation_by_name")
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="records_observation_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="LineShare",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("sealed", models.BinaryField(null=True)),
                    ("at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(null=True)),
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
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.clinic"
                        ),
                    ),
                    (
                        "line",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="shares",
                            to="records.privateline",
                        ),
                    ),
                    (
                        "member",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="people.circlemember",
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.patient"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="records_share_once")
                    ]
                },
            ),
        ),
        guards.SameClinic("blob", "patient"),
        guards.AppendOnly("blob"),
        guards.SameClinic("draft", "patient"),
        guards.Fixed(
            "draft", "clinic", "patient", "by", "capacity", "questionnaire", "task_key", "round", "begun_at"
        ),
        guards.SameClinic("response", "patient", "draft"),
        guards.SamePatient("response", "supersedes", "draft"),
        guards.AppendOnly("response"),
        guards.SameClinic("observation", "patient"),
        guards.SamePatient("observation", "supersedes"),
        guards.AppendOnly("observation"),
        guards.SameClinic("lineshare", "patient", "member"),
        guards.SamePatient("lineshare", "member"),
        guards.Fixed("lineshare", "clinic", "patient", "line", "member", "by", "at", "client_id"),
    ]
