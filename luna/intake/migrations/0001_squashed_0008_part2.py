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
        ("intake", "0001_initial"),
        ("intake", "0002_guards"),
        ("intake", "0003_decisions"),
        ("intake", "0004_decision_guards"),
        ("intake", "0005_tests"),
        ("intake", "0006_circle_news"),
        ("intake", "0007_decision_news"),
        ("intake", "0008_part2"),
    ]

    dependencies = [
        ("people", "0001_squashed_0022_money"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name="News",
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
                            choices=[
                                ("intake", "Intake"),
                                ("medicine", "Medicine"),
                                ("collateral", "Collateral"),
                                ("declined", "Declined"),
                                ("ran-out", "Ran Out"),
                                ("left", "Left"),
                                ("phone-screen", "Screen"),
                                ("reopened", "Reopened"),
                                ("over", "Over"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("about_id", models.UUIDField()),
                    ("for_prescribers", models.BooleanField(default=False)),
                    ("promised_at", models.DateTimeField()),
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
                            to="intake.news",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(fields=["patient", "at"], name="intake_news_by_patient"),
                        models.Index(fields=["promised_at"], name="intake_news_by_promise"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="intake_news_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Question",
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
                        models.CharField(choices=[("fear", "Fear"), ("question", "Question")], max_length=8),
                    ),
                    ("code", models.CharField(blank=True, max_length=24)),
                    ("text", models.TextField(blank=True)),
                    ("promised_at", models.DateTimeField()),
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
                            to="intake.question",
                        ),
                    ),
                    ("part2", models.BooleanField(null=True)),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(fields=["patient", "at"], name="intake_question_by_patient"),
                        models.Index(fields=["promised_at"], name="intake_question_by_promise"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="intake_question_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Answer",
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
                    ("text", models.TextField()),
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
                            to="intake.answer",
                        ),
                    ),
                    (
                        "question",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="answers",
                            to="intake.question",
                        ),
                    ),
                    ("part2", models.BooleanField(null=True)),
                ],
                options={
                    "abstract": False,
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="intake_answer_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Reading",
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
                        "news",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="readings",
                            to="intake.news",
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
                            to="intake.reading",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="intake_reading_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Collateral",
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
                        "audience",
                        models.CharField(
                            choices=[
                                ("prescribers", "Prescribers"),
                                ("team", "Team"),
                                ("patient", "Patient"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("text", models.TextField()),
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
                            to="intake.collateral",
                        ),
                    ),
                    ("part2", models.BooleanField(null=True)),
                ],
                options={
                    "abstract": False,
                    "indexes": [models.Index(fields=["patient", "at"], name="intake_collateral_by_patient")],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="intake_collateral_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Enquiry",
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
                    ("intake", models.CharField(blank=True, max_length=60)),
                    (
                        "screen",
                        models.CharField(
                            choices=[("not-asked", "Not Asked"), ("nothing", "Nothing"), ("look", "Look")],
                            default="not-asked",
                            max_length=12,
                        ),
                    ),
                    ("screen_words", models.TextField(blank=True)),
                    ("referred_by", models.CharField(blank=True, max_length=120)),
                    ("referral_asked_on", models.DateField(null=True)),
                    ("referral_received_on", models.DateField(null=True)),
                    ("records_from", models.CharField(blank=True, max_length=120)),
                    ("records_asked_on", models.DateField(null=True)),
                    ("records_received_on", models.DateField(null=True)),
                    ("language", models.CharField(blank=True, max_length=60)),
                    (
                        "interpreter",
                        models.CharField(
                            choices=[
                                ("unknown", "Unknown"),
                                ("no", "No"),
                                ("spoken", "Spoken"),
                                ("signed", "Signed"),
                            ],
                            default="unknown",
                            max_length=8,
                        ),
                    ),
                    ("emergency_name", models.CharField(blank=True, max_length=120)),
                    ("emergency_relation", models.CharField(blank=True, max_length=60)),
                    ("emergency_phone", models.CharField(blank=True, max_length=32)),
                    (
                        "lives_alone",
                        models.CharField(
                            choices=[("unknown", "Unknown"), ("yes", "Yes"), ("no", "No")],
                            default="unknown",
                            max_length=8,
                        ),
                    ),
                    ("words", models.TextField(blank=True)),
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
                            to="intake.enquiry",
                        ),
                    ),
                    ("part2", models.BooleanField(null=True)),
                ],
                options={
                    "abstract": False,
                    "indexes": [models.Index(fields=["patient", "at"], name="intake_enquiry_by_patient")],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="intake_enquiry_once"),
                        models.UniqueConstraint(fields=("supersedes",), name="intake_enquiry_changed_once"),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Medicine",
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
                        "kind",
                        models.CharField(
                            choices=[("history", "History"), ("substances", "Substances")], max_length=16
                        ),
                    ),
                    ("name", models.CharField(max_length=120)),
                    ("listed", models.CharField(blank=True, max_length=120)),
                    ("codes", models.JSONField(default=list)),
                    ("list_version", models.CharField(blank=True, max_length=20)),
                    ("dose_text", models.CharField(blank=True, max_length=200)),
                    ("when_text", models.CharField(blank=True, max_length=200)),
                    ("since_text", models.CharField(blank=True, max_length=120)),
                    ("stopped_on", models.DateField(null=True)),
                    ("mistaken", models.BooleanField(default=False)),
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
                            to="intake.medicine",
                        ),
                    ),
                    ("part2", models.BooleanField(null=True)),
                ],
                options={
                    "abstract": False,
                    "indexes": [models.Index(fields=["patient", "at"], name="intake_medicine_by_patient")],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="intake_medicine_once"),
                        models.UniqueConstraint(fields=("supersedes",), name="intake_medicine_changed_once"),
                    ],
                },
            ),
            migrations.CreateModel(
                name="MedicineReview",
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
                    ("takes_none", models.BooleanField()),
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
                            to="intake.medicinereview",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [models.Index(fields=["patient", "at"], name="intake_review_by_patient")],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="intake_medicinereview_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="EligibilityDecision",
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
                        "verdict",
                        models.CharField(
                            choices=[
                                ("eligible", "Eligible"),
                                ("not-now", "Not Now"),
                                ("not-suitable", "Not Suitable"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("reasons", models.TextField()),
                    ("conditions", models.TextField(blank=True)),
                    ("alone_plan", models.TextField(blank=True)),
                    ("review_on", models.DateField()),
                    ("addressed", models.JSONField(default=dict)),
                    ("seen", models.JSONField(default=list)),
                    ("missing", models.JSONField(default=list)),
                    ("missing_why", models.TextField(blank=True)),
                    ("lives_alone", models.BooleanField()),
                    ("content_version", models.CharField(max_length=40)),
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
                            to="intake.eligibilitydecision",
                        ),
                    ),
                    ("part2", models.BooleanField(null=True)),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(fields=["patient", "at"], name="intake_decision_by_patient"),
                        models.Index(fields=["review_on"], name="intake_decision_by_end"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("by", "client_id"), name="intake_eligibilitydecision_once"
                        ),
                        models.UniqueConstraint(fields=("supersedes",), name="intake_decision_followed_once"),
                    ],
                },
            ),
            migrations.CreateModel(
                name="LabResult",
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
                    ("name", models.CharField(max_length=80)),
                    ("result", models.CharField(blank=True, max_length=120)),
                    ("taken_on", models.DateField()),
                    ("mistaken", models.BooleanField(default=False)),
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
                            to="intake.labresult",
                        ),
                    ),
                    ("test", models.CharField(blank=True, max_length=40)),
                    ("positive", models.BooleanField(null=True)),
                    ("part2", models.BooleanField(null=True)),
                ],
                options={
                    "abstract": False,
                    "indexes": [models.Index(fields=["patient", "taken_on"], name="intake_lab_by_patient")],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="intake_labresult_once"),
                        models.UniqueConstraint(fields=("supersedes",), name="intake_lab_corrected_once"),
                    ],
                },
            ),
        ),
        guards.SameClinic("news", "patient"),
        guards.SamePatient("news", "supersedes"),
        guards.AppendOnly("news"),
        guards.SameClinic("question", "patient"),
        guards.SamePatient("question", "supersedes"),
        guards.AppendOnly("question"),
        guards.SameClinic("answer", "patient", "question"),
        guards.SamePatient("answer", "supersedes", "question"),
        guards.AppendOnly("answer"),
        guards.SameClinic("reading", "patient", "news"),
        guards.SamePatient("reading", "supersedes", "news"),
        guards.AppendOnly("reading"),
        guards.SameClinic("collateral", "patient"),
        guards.SamePatient("collateral", "supersedes"),
        guards.AppendOnly("collateral"),
        guards.SameClinic("enquiry", "patient"),
        guards.SamePatient("enquiry", "supersedes"),
        guards.AppendOnly("enquiry"),
        guards.SameClinic("medicine", "patient"),
        guards.SamePatient("medicine", "supersedes"),
        guards.AppendOnly("medicine"),
        guards.SameClinic("medicinereview", "patient"),
        guards.SamePatient("medicinereview", "supersedes"),
        guards.AppendOnly("medicinereview"),
        guards.SameClinic("eligibilitydecision", "patient"),
        guards.SamePatient("eligibilitydecision", "supersedes"),
        guards.AppendOnly("eligibilitydecision"),
        guards.SameClinic("labresult", "patient"),
        guards.SamePatient("labresult", "supersedes"),
        guards.AppendOnly("labresult"),
    ]
