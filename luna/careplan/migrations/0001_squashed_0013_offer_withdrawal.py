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
        ("careplan", "0001_initial"),
        ("careplan", "0002_guards"),
        ("careplan", "0003_series"),
        ("careplan", "0004_arrival_check"),
        ("careplan", "0005_day_change"),
        ("careplan", "0006_standing"),
        ("careplan", "0007_day_call"),
        ("careplan", "0008_things"),
        ("careplan", "0009_thing_guards"),
        ("careplan", "0010_arrival_meal"),
        ("careplan", "0011_waiting_list"),
        ("careplan", "0012_day_calls_to_phone_calls"),
        ("careplan", "0013_offer_withdrawal"),
    ]

    dependencies = [
        ("people", "0001_squashed_0022_money"),
        ("treatment", "0001_squashed_0022_rezoned"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name="Mark",
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
                    ("task_key", models.CharField(max_length=64)),
                    ("done", models.BooleanField()),
                    ("revision", models.PositiveIntegerField()),
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
                            to="careplan.mark",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [models.Index(fields=["patient", "task_key"], name="careplan_mark_by_task")],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="careplan_mark_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Outcome",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "series",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="outcomes",
                            to="treatment.series",
                        ),
                    ),
                    ("task_key", models.CharField(max_length=64)),
                    ("revision", models.PositiveIntegerField()),
                    ("step", models.CharField(max_length=24)),
                    ("actor", models.CharField(max_length=10)),
                    ("opens_at", models.DateTimeField()),
                    ("due_at", models.DateTimeField()),
                    ("closes_at", models.DateTimeField()),
                    ("result", models.CharField(max_length=10)),
                    ("protocol_sha256", models.CharField(max_length=64)),
                    ("at", models.DateTimeField()),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="outcomes",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="outcomes",
                            to="people.patient",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["clinic", "-at"], name="careplan_outcome_by_clinic")],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("task_key", "revision", "result"), name="careplan_outcome_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ArrivalCheck",
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
                    ("revision", models.PositiveIntegerField()),
                    ("food_at", models.DateTimeField()),
                    ("drink_at", models.DateTimeField()),
                    ("as_ordered", models.BooleanField()),
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
                            related_name="arrival_checks",
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
                            to="careplan.arrivalcheck",
                        ),
                    ),
                    (
                        "meal",
                        models.CharField(
                            choices=[("light", "Light"), ("heavy", "Heavy"), ("not-sure", "Not Sure")],
                            max_length=8,
                            null=True,
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(fields=["infusion", "recorded_at"], name="careplan_arrival_by_infusion")
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="careplan_arrivalcheck_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="DayChange",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("on", models.DateField()),
                    (
                        "what",
                        models.CharField(choices=[("late", "Late"), ("closed", "Closed")], max_length=6),
                    ),
                    ("minutes", models.PositiveIntegerField(null=True)),
                    ("words", models.TextField(blank=True)),
                    ("lines", models.JSONField()),
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
                            related_name="day_changes",
                            to="people.clinic",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["clinic", "-at"], name="careplan_day_change_by_clinic")],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="careplan_day_change_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Standing",
                fields=[
                    (
                        "infusion",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="standing",
                            serialize=False,
                            to="treatment.infusion",
                        ),
                    ),
                    ("wake_at", models.DateTimeField()),
                    ("place", models.PositiveSmallIntegerField()),
                    ("body", models.JSONField()),
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
                options={"indexes": [models.Index(fields=["patient"], name="careplan_standing_by_patient")]},
            ),
            migrations.CreateModel(
                name="ThingWord",
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
                    ("which", models.CharField(choices=[("bag", "Bag"), ("home", "Home")], max_length=4)),
                    (
                        "what",
                        models.CharField(
                            choices=[
                                ("ticked", "Ticked"),
                                ("open", "Open"),
                                ("added", "Added"),
                                ("off", "Off"),
                            ],
                            max_length=6,
                        ),
                    ),
                    ("thing", models.CharField(max_length=32)),
                    ("text", models.CharField(blank=True, max_length=60)),
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
                            related_name="things",
                            to="treatment.series",
                        ),
                    ),
                    (
                        "supersedes",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="superseded_by",
                            to="careplan.thingword",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            fields=["series", "which", "recorded_at"], name="careplan_thing_by_series"
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="careplan_thingword_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Waiting",
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
                    ("revision", models.PositiveIntegerField()),
                    ("is_on", models.BooleanField()),
                    ("days", models.JSONField(default=list)),
                    ("earliest", models.TimeField(null=True)),
                    ("latest", models.TimeField(null=True)),
                    ("driver_name", models.CharField(blank=True, max_length=60)),
                    ("adult_name", models.CharField(blank=True, max_length=60)),
                    (
                        "adult",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
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
                        "driver",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "infusion",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="waitings",
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
                            to="careplan.waiting",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            fields=["clinic", "infusion", "recorded_at"], name="careplan_waiting_by_clinic"
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="careplan_waiting_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="ChairOffer",
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
                    ("revision", models.PositiveIntegerField()),
                    ("starts_at", models.DateTimeField()),
                    ("until", models.DateTimeField()),
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
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.chair"
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
                            related_name="chair_offers",
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
                            to="careplan.chairoffer",
                        ),
                    ),
                    (
                        "waiting",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="offers",
                            to="careplan.waiting",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(fields=["clinic", "starts_at"], name="careplan_offer_by_clinic")
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="careplan_chairoffer_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="OfferAnswer",
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
                    ("is_taken", models.BooleanField()),
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
                        "offer",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="answer",
                            to="careplan.chairoffer",
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
                            to="careplan.offeranswer",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="careplan_offeranswer_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="OfferWithdrawal",
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
                        "offer",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="withdrawal",
                            to="careplan.chairoffer",
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
                            to="careplan.offerwithdrawal",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("by", "client_id"), name="careplan_offerwithdrawal_once"
                        )
                    ],
                },
            ),
        ),
        guards.SameClinic("mark", "patient"),
        guards.SamePatient("mark", "supersedes"),
        guards.AppendOnly("mark"),
        guards.SameClinic("outcome", "patient", "series"),
        guards.SamePatient("outcome", "series"),
        guards.AppendOnly("outcome"),
        guards.SameClinic("arrivalcheck", "patient", "infusion", "supersedes"),
        guards.SamePatient("arrivalcheck", "infusion", "supersedes"),
        guards.AppendOnly("arrivalcheck"),
        guards.AppendOnly("daychange"),
        guards.SameClinic("standing", "patient", "infusion"),
        guards.SamePatient("standing", "infusion"),
        guards.Fixed("standing", "clinic", "patient"),
        guards.SameClinic("thingword", "patient", "series", "infusion", "supersedes"),
        guards.SamePatient("thingword", "series", "infusion", "supersedes"),
        guards.AppendOnly("thingword"),
        guards.SameClinic("waiting", "patient", "infusion", "supersedes"),
        guards.SamePatient("waiting", "infusion", "supersedes"),
        guards.AppendOnly("waiting"),
        guards.SameClinic("chairoffer", "patient", "waiting", "infusion", "chair", "supersedes"),
        guards.SamePatient("chairoffer", "waiting", "infusion", "supersedes"),
        guards.AppendOnly("chairoffer"),
        guards.SameClinic("offeranswer", "patient", "offer", "supersedes"),
        guards.SamePatient("offeranswer", "offer", "supersedes"),
        guards.AppendOnly("offeranswer"),
        guards.SameClinic("offerwithdrawal", "patient", "offer", "supersedes"),
        guards.SamePatient("offerwithdrawal", "offer", "supersedes"),
        guards.AppendOnly("offerwithdrawal"),
    ]
