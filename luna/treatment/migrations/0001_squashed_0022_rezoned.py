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
        ("treatment", "0001_initial"),
        ("treatment", "0002_guards"),
        ("treatment", "0003_infusion_moved_revision"),
        ("treatment", "0004_same_patient"),
        ("treatment", "0005_orders"),
        ("treatment", "0006_orders_guards"),
        ("treatment", "0007_duty"),
        ("treatment", "0008_duty_guards"),
        ("treatment", "0009_order_part2"),
        ("treatment", "0010_override"),
        ("treatment", "0011_why_not_given"),
        ("treatment", "0012_ride"),
        ("treatment", "0013_ride_guards"),
        ("treatment", "0014_comfort_card"),
        ("treatment", "0015_comfort_card_guards"),
        ("treatment", "0016_fasting"),
        ("treatment", "0017_tips"),
        ("treatment", "0018_tips_guards"),
        ("treatment", "0019_money"),
        ("treatment", "0020_read_back"),
        ("treatment", "0021_phone_call"),
        ("treatment", "0022_rezoned"),
    ]

    dependencies = [
        ("library", "0001_squashed_0004_consents"),
        ("people", "0001_squashed_0022_money"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name="EpisodeOfCare",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("started_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(null=True)),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="episodes",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="episodes",
                            to="people.patient",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("ended_at__isnull", True)),
                            fields=("patient",),
                            name="treatment_episode_open_once",
                        )
                    ]
                },
            ),
            migrations.CreateModel(
                name="Series",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("started_at", models.DateTimeField()),
                    ("stopped_at", models.DateTimeField(null=True)),
                    ("stopped_why", models.CharField(blank=True, max_length=40)),
                    ("client_id", models.UUIDField()),
                    ("version", models.PositiveIntegerField(default=1)),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="series",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "episode",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="series",
                            to="treatment.episodeofcare",
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="series",
                            to="people.patient",
                        ),
                    ),
                    (
                        "protocol",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="library.contentversion",
                        ),
                    ),
                    (
                        "started_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("rezoned", models.JSONField(null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["clinic", "stopped_at", "-started_at"], name="treatment_series_by_clinic"
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("started_by", "client_id"), name="treatment_series_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Infusion",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("revision", models.PositiveIntegerField(default=1)),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("leaves_at", models.DateTimeField()),
                    ("cancelled", models.BooleanField(default=False)),
                    (
                        "chair",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="infusions",
                            to="people.chair",
                        ),
                    ),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="infusions",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="infusions",
                            to="people.patient",
                        ),
                    ),
                    (
                        "series",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="infusions",
                            to="treatment.series",
                        ),
                    ),
                    ("moved_revision", models.PositiveIntegerField(null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["clinic", "starts_at"], name="treatment_infusion_by_day")
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                            name="treatment_infusion_order",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("leaves_at__gte", models.F("ends_at"))),
                            name="treatment_infusion_leaves",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="BookingRevision",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("revision", models.PositiveIntegerField()),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("leaves_at", models.DateTimeField()),
                    ("cancelled", models.BooleanField(default=False)),
                    (
                        "why",
                        models.CharField(
                            choices=[
                                ("booked", "Booked"),
                                ("patient", "Patient"),
                                ("clinic", "Clinic"),
                                ("unwell", "Unwell"),
                                ("no-ride", "No Ride"),
                                ("ate", "Ate"),
                                ("pressure", "Pressure"),
                                ("no-show", "No Show"),
                                ("other", "Other"),
                            ],
                            max_length=10,
                        ),
                    ),
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
                        "chair",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="people.chair",
                        ),
                    ),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.clinic"
                        ),
                    ),
                    (
                        "infusion",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="revisions",
                            to="treatment.infusion",
                        ),
                    ),
                    ("words", models.TextField(null=True)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("infusion", "revision"), name="treatment_revision_once"
                        ),
                        models.UniqueConstraint(
                            fields=("by", "client_id", "infusion"), name="treatment_revision_replay"
                        ),
                    ]
                },
            ),
            migrations.CreateModel(
                name="Moment",
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
                                ("arrived", "Arrived"),
                                ("started", "Started"),
                                ("ended", "Ended"),
                                ("left", "Left"),
                                ("home", "Home"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("taken_back", models.BooleanField(default=False)),
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
                        "infusion",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="moments",
                            to="treatment.infusion",
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
                            to="treatment.moment",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            fields=["infusion", "what", "recorded_at"], name="treatment_moment_by_infusion"
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="treatment_moment_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Order",
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
                            choices=[
                                ("schedule", "Schedule"),
                                ("history", "History"),
                                ("substances", "Substances"),
                            ],
                            max_length=16,
                        ),
                    ),
                    (
                        "what",
                        models.CharField(
                            choices=[
                                ("number", "Number"),
                                ("skip", "Skip"),
                                ("add", "Add"),
                                ("medicine", "Medicine"),
                                ("fasting", "Fasting"),
                                ("override", "Override"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("name", models.CharField(max_length=120)),
                    ("value", models.DecimalField(decimal_places=3, max_digits=9, null=True)),
                    ("step_text", models.TextField(blank=True)),
                    (
                        "handling",
                        models.CharField(
                            blank=True,
                            choices=[("take", "Take"), ("hold", "Hold"), ("ask", "Ask")],
                            max_length=4,
                        ),
                    ),
                    ("stop_before_min", models.PositiveIntegerField(null=True)),
                    ("restart_after_min", models.PositiveIntegerField(null=True)),
                    ("words", models.TextField(blank=True)),
                    ("spoken", models.BooleanField(default=False)),
                    ("stopped", models.BooleanField(default=False)),
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
                        "infusion",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="treatment.infusion",
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
                        "prescriber",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "series",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="orders",
                            to="treatment.series",
                        ),
                    ),
                    (
                        "supersedes",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="superseded_by",
                            to="treatment.order",
                        ),
                    ),
                    ("part2", models.BooleanField(null=True)),
                    ("reasons", models.JSONField(null=True)),
                    ("food_min", models.PositiveIntegerField(null=True)),
                    ("drink_min", models.PositiveIntegerField(null=True)),
                    ("read_back", models.BooleanField(null=True)),
                ],
                options={
                    "abstract": False,
                    "indexes": [models.Index(fields=["series", "at"], name="treatment_order_by_series")],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="treatment_order_once"),
                        models.UniqueConstraint(fields=("supersedes",), name="treatment_order_ended_once"),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("handling", "hold"), _negated=True),
                                models.Q(
                                    ("restart_after_min__isnull", False), ("stop_before_min__isnull", False)
                                ),
                                _connector="OR",
                            ),
                            name="treatment_order_hold_restarts",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("stopped", False), ("supersedes__isnull", False), _connector="OR"
                            ),
                            name="treatment_order_stops_one",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Countersign",
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
                    ("agreed", models.BooleanField()),
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
                            to="treatment.countersign",
                        ),
                    ),
                    (
                        "order",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="countersign",
                            to="treatment.order",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="treatment_countersign_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Briefing",
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
                    ("cards", models.JSONField()),
                    ("in_full", models.BooleanField()),
                    ("signed_name", models.CharField(max_length=120)),
                    (
                        "adult",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="briefings",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
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
                        "series",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="briefings",
                            to="treatment.series",
                        ),
                    ),
                    (
                        "supersedes",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="superseded_by",
                            to="treatment.briefing",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(fields=["adult", "recorded_at"], name="treatment_briefing_by_adult")
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="treatment_briefing_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Duty",
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
                                ("takes", "Takes"),
                                ("stands-by", "Stands By"),
                                ("asked", "Asked"),
                                ("declined", "Declined"),
                                ("cannot", "Cannot"),
                            ],
                            max_length=10,
                        ),
                    ),
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
                        "infusion",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="duties",
                            to="treatment.infusion",
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
                            to="treatment.duty",
                        ),
                    ),
                    (
                        "who",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(fields=["infusion", "recorded_at"], name="treatment_duty_by_infusion")
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="treatment_duty_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Ride",
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
                                ("asked", "Asked"),
                                ("confirmed", "Confirmed"),
                                ("declined", "Declined"),
                                ("steps-in", "Steps In"),
                                ("taken-back", "Taken Back"),
                                ("not-needed", "Not Needed"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("revision", models.PositiveIntegerField()),
                    ("reserve", models.BooleanField(default=False)),
                    (
                        "how",
                        models.CharField(
                            choices=[("car", "Car"), ("taxi", "Taxi")], default="car", max_length=4
                        ),
                    ),
                    ("name", models.CharField(blank=True, max_length=60)),
                    ("email", models.EmailField(blank=True, max_length=254)),
                    ("phone", models.CharField(blank=True, max_length=32)),
                    (
                        "ask",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="words",
                            to="treatment.ride",
                        ),
                    ),
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
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.clinic"
                        ),
                    ),
                    (
                        "infusion",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="rides",
                            to="treatment.infusion",
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
                            to="treatment.ride",
                        ),
                    ),
                    (
                        "who",
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
                        models.Index(fields=["infusion", "recorded_at"], name="treatment_ride_by_infusion")
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="treatment_ride_once"),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("by__isnull", False),
                                models.Q(("ask__isnull", False), ("capacity", "link")),
                                _connector="OR",
                            ),
                            name="treatment_ride_by",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ComfortCard",
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
                    ("said", models.JSONField()),
                    ("calms", models.CharField(blank=True, max_length=200)),
                    ("avoid", models.CharField(blank=True, max_length=200)),
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
                        "infusion",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="treatment.infusion",
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
                        "series",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="comfort_cards",
                            to="treatment.series",
                        ),
                    ),
                    (
                        "supersedes",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="superseded_by",
                            to="treatment.comfortcard",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(fields=["series", "recorded_at"], name="treatment_comfort_by_series")
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="treatment_comfortcard_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="TipChoice",
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
                    ("part", models.CharField(choices=[("body", "Body"), ("mind", "Mind")], max_length=4)),
                    ("leaves_out", models.BooleanField()),
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
                            to="treatment.tipchoice",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(fields=["patient", "recorded_at"], name="treatment_tips_by_patient")
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="treatment_tipchoice_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="MoneyNote",
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
                            choices=[("price", "Price"), ("deposit", "Deposit"), ("waiver", "Waiver")],
                            max_length=7,
                        ),
                    ),
                    ("words", models.CharField(blank=True, max_length=250)),
                    ("told_to", models.CharField(blank=True, max_length=120)),
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
                        "series",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="money_notes",
                            to="treatment.series",
                        ),
                    ),
                    (
                        "supersedes",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="superseded_by",
                            to="treatment.moneynote",
                        ),
                    ),
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
                    "indexes": [models.Index(fields=["series", "at"], name="treatment_money_by_series")],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="treatment_moneynote_once"),
                        models.UniqueConstraint(
                            fields=("supersedes",), name="treatment_money_taken_back_once"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="PhoneCall",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("key", models.CharField(max_length=120, unique=True)),
                    ("at", models.DateTimeField()),
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
                        "infusion",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="phone_calls",
                            to="treatment.infusion",
                        ),
                    ),
                ],
            ),
        ),
        guards.SameClinic("episodeofcare", "patient"),
        guards.Fixed("episodeofcare", "clinic", "patient"),
        guards.SameClinic("series", "patient", "episode", "protocol"),
        guards.SamePatient("series", "episode"),
        guards.Fixed("series", "clinic", "patient"),
        guards.SameClinic("infusion", "patient", "series", "chair"),
        guards.SamePatient("infusion", "series"),
        guards.Fixed("infusion", "clinic", "patient"),
        guards.SameClinic("bookingrevision", "infusion", "chair"),
        guards.AppendOnly("bookingrevision"),
        guards.SameClinic("moment", "patient", "infusion"),
        guards.SamePatient("moment", "infusion", "supersedes"),
        guards.AppendOnly("moment"),
        guards.SameClinic("order", "patient", "series", "infusion", "supersedes"),
        guards.SamePatient("order", "series", "infusion", "supersedes"),
        guards.AppendOnly("order"),
        guards.SameClinic("countersign", "patient", "order"),
        guards.SamePatient("countersign", "order", "supersedes"),
        guards.AppendOnly("countersign"),
        guards.SameClinic("briefing", "patient", "series", "supersedes"),
        guards.SamePatient("briefing", "series", "supersedes"),
        guards.AppendOnly("briefing"),
        guards.SameClinic("duty", "patient", "infusion", "supersedes"),
        guards.SamePatient("duty", "infusion", "supersedes"),
        guards.AppendOnly("duty"),
        guards.SameClinic("ride", "patient", "infusion", "ask", "supersedes"),
        guards.SamePatient("ride", "infusion", "ask", "supersedes"),
        guards.AppendOnly("ride"),
        guards.SameClinic("comfortcard", "patient", "series", "infusion", "supersedes"),
        guards.SamePatient("comfortcard", "series", "infusion", "supersedes"),
        guards.AppendOnly("comfortcard"),
        guards.SameClinic("tipchoice", "patient", "supersedes"),
        guards.SamePatient("tipchoice", "supersedes"),
        guards.AppendOnly("tipchoice"),
        guards.SameClinic("moneynote", "patient", "series", "supersedes"),
        guards.SamePatient("moneynote", "series", "supersedes"),
        guards.AppendOnly("moneynote"),
        guards.SameClinic("phonecall", "infusion"),
        guards.AppendOnly("phonecall"),
    ]
