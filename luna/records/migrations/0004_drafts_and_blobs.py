"""Keep drafts and files, and let answers say what they are shared as."""

import django.db.models.deletion
import uuid6
from django.conf import settings
from django.db import migrations, models

from luna.audit import guards

OF_CLINIC = guards.SameClinic("response", "patient")
OF_PATIENT = guards.SamePatient("response", "supersedes")
KEPT = guards.AppendOnly("response")


class Migration(migrations.Migration):
    """Add the two tables, and tie answers to the draft they were sent from."""

    dependencies = [
        ("people", "0003_sign_in"),
        ("records", "0003_same_patient"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        guards.Lift(KEPT),
        guards.Lift(OF_PATIENT),
        guards.Lift(OF_CLINIC),
        migrations.AddField(
            model_name="response",
            name="kind",
            field=models.CharField(
                choices=[
                    ("recovery", "Recovery"),
                    ("schedule", "Schedule"),
                    ("history", "History"),
                    ("journal", "Journal"),
                    ("pregnancy", "Pregnancy"),
                    ("substances", "Substances"),
                    ("safety-at-home", "Safety At Home"),
                    ("suicidality", "Suicidality"),
                ],
                default="recovery",
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="response",
            name="questionnaire_version",
            field=models.CharField(max_length=40),
        ),
        migrations.AlterField(
            model_name="response",
            name="rules_version",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AlterField(
            model_name="response",
            name="urgency",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="Blob",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("schedule", "Schedule"), ("history", "History"), ("infusion", "Infusion")],
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="blobs", to="people.patient"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False),
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
            ],
        ),
        migrations.AddField(
            model_name="response",
            name="draft",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="responses",
                to="records.draft",
            ),
        ),
        migrations.AddIndex(
            model_name="response",
            index=models.Index(fields=["patient", "questionnaire"], name="records_response_by_questions"),
        ),
        migrations.AddIndex(
            model_name="blob",
            index=models.Index(fields=["patient", "at"], name="records_blob_by_patient"),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.UniqueConstraint(
                fields=("by", "patient", "capacity", "questionnaire", "task_key", "round"),
                name="records_draft_once",
            ),
        ),
        OF_CLINIC,
        OF_PATIENT,
        KEPT,
        guards.SameClinic("response", "draft"),
        guards.SamePatient("response", "draft"),
        guards.SameClinic("draft", "patient"),
        guards.Fixed(
            "draft", "clinic", "patient", "by", "capacity", "questionnaire", "task_key", "round", "begun_at"
        ),
        guards.SameClinic("blob", "patient"),
        guards.AppendOnly("blob"),
    ]
