"""Make the tables and their guards."""

import datetime

import django.db.models.deletion
import django.db.models.functions.text
import uuid6
from django.conf import settings
from django.db import migrations, models

from luna.audit import guards
from luna.audit.tables import Tables


class Migration(migrations.Migration):
    """Stand for all migrations before the first release."""

    initial = True

    replaces = [
        ("people", "0001_initial"),
        ("people", "0002_guards"),
        ("people", "0003_sign_in"),
        ("people", "0004_told_at"),
        ("people", "0005_fixed"),
        ("people", "0006_token_used_at"),
        ("people", "0007_hours_to_midnight"),
        ("people", "0008_chair_version"),
        ("people", "0008_patient_impaired_until"),
        ("people", "0009_helpers"),
        ("people", "0010_helpers_and_safety"),
        ("people", "0011_sharing"),
        ("people", "0012_member_phone"),
        ("people", "0013_phones_to_circles"),
        ("people", "0014_remove_user_phone"),
        ("people", "0015_gone"),
        ("people", "0016_lately"),
        ("people", "0017_ride"),
        ("people", "0018_way_in"),
        ("people", "0019_calendar_link"),
        ("people", "0020_messages_a_day"),
        ("people", "0021_undo_number"),
        ("people", "0022_money"),
    ]

    dependencies = []

    operations = [
        Tables(
            migrations.CreateModel(
                name="Clinic",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("name", models.CharField(max_length=120)),
                    ("zone", models.CharField(max_length=64)),
                    ("country", models.CharField(max_length=2)),
                    ("address", models.CharField(max_length=250)),
                    ("phone", models.CharField(max_length=32)),
                    ("nurse_line", models.CharField(max_length=32)),
                    ("after_hours_phone", models.CharField(blank=True, max_length=32)),
                    ("lead_email", models.EmailField(max_length=254)),
                    ("welcome_name", models.CharField(max_length=120)),
                    ("welcome_text", models.TextField(blank=True)),
                    ("clock", models.PositiveSmallIntegerField(choices=[(12, "12"), (24, "24")], default=12)),
                    ("reclimb_min", models.PositiveSmallIntegerField(default=30)),
                    ("created_at", models.DateTimeField()),
                    ("version", models.PositiveIntegerField(default=1)),
                    (
                        "charts",
                        models.CharField(
                            choices=[("everyone", "Everyone"), ("assigned", "Assigned")],
                            default="everyone",
                            max_length=10,
                        ),
                    ),
                    ("chase_days", models.PositiveSmallIntegerField(default=3)),
                    ("part2", models.BooleanField(default=False)),
                    ("taxi", models.BooleanField(default=False)),
                    ("ask_for", models.CharField(blank=True, max_length=120)),
                    ("parking", models.CharField(blank=True, max_length=250)),
                    ("way_in", models.CharField(blank=True, max_length=250)),
                    ("messages_a_day", models.PositiveSmallIntegerField(default=3)),
                    ("deposit", models.CharField(blank=True, max_length=120)),
                    ("free_ahead", models.PositiveSmallIntegerField(null=True)),
                    (
                        "free_unit",
                        models.CharField(
                            choices=[("hours", "Hours"), ("days", "Days")], default="hours", max_length=5
                        ),
                    ),
                    ("price", models.CharField(blank=True, max_length=250)),
                ],
            ),
            migrations.CreateModel(
                name="User",
                fields=[
                    ("password", models.CharField(max_length=128, verbose_name="password")),
                    ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("email", models.EmailField(max_length=254, unique=True)),
                    ("name", models.CharField(max_length=120)),
                    ("zone", models.CharField(blank=True, max_length=64)),
                    ("language", models.CharField(default="en", max_length=12)),
                    ("pin", models.CharField(blank=True, max_length=200)),
                    ("is_active", models.BooleanField(default=True)),
                    ("created_at", models.DateTimeField()),
                    ("version", models.PositiveIntegerField(default=1)),
                    ("set_up_until", models.DateTimeField(null=True)),
                    ("set_up_code", models.CharField(blank=True, max_length=200)),
                    ("watching_until", models.DateTimeField(null=True)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            django.db.models.functions.text.Lower("email"), name="people_user_email"
                        )
                    ]
                },
            ),
            migrations.CreateModel(
                name="ContactChange",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("old_email", models.EmailField(max_length=254)),
                    ("new_email", models.EmailField(max_length=254)),
                    ("at", models.DateTimeField()),
                    ("undo_until", models.DateTimeField()),
                    ("undone_at", models.DateTimeField(null=True)),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="contact_changes",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("told_at", models.DateTimeField(null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("told_at", None), ("undone_at", None)),
                            fields=["at"],
                            name="people_change_untold",
                        )
                    ]
                },
            ),
            migrations.CreateModel(
                name="Installation",
                fields=[
                    ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                    ("demo", models.BooleanField(default=False)),
                    ("created_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(condition=models.Q(("id", 1)), name="people_one_installation")
                    ]
                },
            ),
            migrations.CreateModel(
                name="Key",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("owner_id", models.UUIDField()),
                    ("purpose", models.CharField(max_length=20)),
                    ("wrapped", models.BinaryField(null=True)),
                    ("master_id", models.CharField(max_length=16)),
                    ("created_at", models.DateTimeField()),
                    ("destroyed_at", models.DateTimeField(null=True)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("owner_id", "purpose"), name="people_key_once")
                    ]
                },
            ),
            migrations.CreateModel(
                name="Patient",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("name", models.CharField(max_length=120)),
                    ("born_on", models.DateField()),
                    ("email", models.EmailField(max_length=254)),
                    ("phone", models.CharField(blank=True, max_length=32)),
                    ("address", models.CharField(blank=True, max_length=250)),
                    ("client_id", models.UUIDField(null=True)),
                    ("created_at", models.DateTimeField()),
                    ("version", models.PositiveIntegerField(default=1)),
                    (
                        "added_by",
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
                            related_name="patients",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="patients",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("impaired_until", models.DateTimeField(null=True)),
                    ("circle_changed_at", models.DateTimeField(null=True)),
                    ("sharing_ends_at", models.DateTimeField(null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["clinic", "name"], name="people_patient_by_name"),
                        models.Index(
                            condition=models.Q(("circle_changed_at__isnull", False)),
                            fields=["circle_changed_at"],
                            name="people_circle_changed",
                        ),
                        models.Index(
                            condition=models.Q(("sharing_ends_at__isnull", False)),
                            fields=["sharing_ends_at"],
                            name="people_sharing_ends",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("user__isnull", False)),
                            fields=("clinic", "user"),
                            name="people_patient_once",
                        ),
                        models.UniqueConstraint(
                            fields=("added_by", "client_id"), name="people_patient_replay"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Invitation",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "role",
                        models.CharField(
                            choices=[
                                ("patient", "Patient"),
                                ("caretaker", "Caretaker"),
                                ("therapist", "Therapist"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("email", models.EmailField(max_length=254)),
                    ("wanted_email", models.EmailField(blank=True, max_length=254)),
                    ("name", models.CharField(max_length=120)),
                    (
                        "relation",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("partner", "Partner"),
                                ("parent", "Parent"),
                                ("child", "Child"),
                                ("sibling", "Sibling"),
                                ("friend", "Friend"),
                                ("other", "Other"),
                            ],
                            max_length=12,
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("pending", "Pending"),
                                ("accepted", "Accepted"),
                                ("declined", "Declined"),
                                ("cancelled", "Cancelled"),
                            ],
                            default="pending",
                            max_length=10,
                        ),
                    ),
                    ("sent", models.PositiveSmallIntegerField(default=1)),
                    ("told", models.PositiveSmallIntegerField(default=0)),
                    ("chase_at", models.DateTimeField(null=True)),
                    ("client_id", models.UUIDField()),
                    ("created_at", models.DateTimeField()),
                    ("expires_at", models.DateTimeField()),
                    ("answered_at", models.DateTimeField(null=True)),
                    ("version", models.PositiveIntegerField(default=1)),
                    (
                        "accepted_by",
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
                            related_name="invitations",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "invited_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="invitations",
                            to="people.patient",
                        ),
                    ),
                    ("chased", models.PositiveSmallIntegerField(default=0)),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["clinic", "state", "expires_at"], name="people_invitations_open"
                        ),
                        models.Index(
                            condition=models.Q(("state", "pending"), ("told__lt", models.F("sent"))),
                            fields=["created_at"],
                            name="people_invitations_unsent",
                        ),
                        models.Index(
                            condition=models.Q(("chase_at__isnull", False), ("state", "pending")),
                            fields=["chase_at"],
                            name="people_invitations_to_chase",
                        ),
                        models.Index(
                            condition=models.Q(("state", "declined")),
                            fields=["answered_at"],
                            name="people_invitations_declined",
                        ),
                        models.Index(
                            condition=models.Q(("state", "pending")),
                            fields=["expires_at"],
                            name="people_invitations_by_expiry",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            models.F("patient"),
                            models.F("role"),
                            django.db.models.functions.text.Lower("email"),
                            condition=models.Q(("state", "pending")),
                            name="people_invited_once",
                        ),
                        models.UniqueConstraint(
                            fields=("invited_by", "client_id"), name="people_invitation_replay"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="CircleMember",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "relation",
                        models.CharField(
                            choices=[
                                ("partner", "Partner"),
                                ("parent", "Parent"),
                                ("child", "Child"),
                                ("sibling", "Sibling"),
                                ("friend", "Friend"),
                                ("other", "Other"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("kinds", models.JSONField(default=list)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("active", "Active"),
                                ("left", "Left"),
                                ("revoked", "Revoked"),
                                ("gone", "Gone"),
                            ],
                            default="active",
                            max_length=8,
                        ),
                    ),
                    ("welcomed_at", models.DateTimeField(blank=True, null=True)),
                    ("since", models.DateTimeField()),
                    ("until", models.DateTimeField(blank=True, null=True)),
                    ("version", models.PositiveIntegerField(default=1)),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="circles",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="circle_members",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="circle",
                            to="people.patient",
                        ),
                    ),
                    (
                        "role",
                        models.CharField(
                            choices=[("caretaker", "Caretaker"), ("therapist", "Therapist")],
                            default="caretaker",
                            max_length=10,
                        ),
                    ),
                    (
                        "help",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("lives-with", "Lives With"),
                                ("comes-over", "Comes Over"),
                                ("drives", "Drives"),
                                ("phone", "Phone"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("hours", models.JSONField(default=list)),
                    ("is_adult", models.BooleanField(null=True)),
                    (
                        "device",
                        models.CharField(
                            choices=[("own", "Own"), ("shared", "Shared"), ("none", "None")],
                            default="own",
                            max_length=8,
                        ),
                    ),
                    ("language", models.CharField(blank=True, max_length=40)),
                    ("interpreter", models.BooleanField(default=False)),
                    ("shared_at", models.DateTimeField(null=True)),
                    ("kept_at", models.DateTimeField(null=True)),
                    ("phone", models.CharField(blank=True, max_length=32)),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["user", "state"], name="people_circle_by_user"),
                        models.Index(
                            condition=models.Q(("state", "left")), fields=["until"], name="people_circle_left"
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state", "active")),
                            fields=("patient", "user"),
                            name="people_circle_once",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Token",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "purpose",
                        models.CharField(
                            choices=[
                                ("invite", "Invite"),
                                ("undo-contact", "Undo Contact"),
                                ("undo-number", "Undo Number"),
                                ("ride", "Ride"),
                                ("calendar", "Calendar"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("hash", models.CharField(max_length=64, unique=True)),
                    ("subject_id", models.UUIDField()),
                    ("created_at", models.DateTimeField()),
                    ("expires_at", models.DateTimeField()),
                    ("revoked_at", models.DateTimeField(null=True)),
                    (
                        "clinic",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="tokens",
                            to="people.clinic",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Chair",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("name", models.CharField(max_length=40)),
                    ("active", models.BooleanField(default=True)),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="chairs",
                            to="people.clinic",
                        ),
                    ),
                    ("version", models.PositiveIntegerField(default=1)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("clinic", "name"), name="people_chair_name")
                    ]
                },
            ),
            migrations.CreateModel(
                name="Clinician",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("roles", models.JSONField(default=list)),
                    ("title", models.CharField(blank=True, max_length=40)),
                    ("active", models.BooleanField(default=True)),
                    ("since", models.DateTimeField()),
                    ("to_tell", models.BooleanField(default=False)),
                    ("version", models.PositiveIntegerField(default=1)),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="clinicians",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="clinician_roles",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("clinic", "user"), name="people_clinician_once")
                    ],
                    "indexes": [
                        models.Index(
                            condition=models.Q(("to_tell", True)),
                            fields=["since"],
                            name="people_staff_to_tell",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ClosedDay",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("on", models.DateField()),
                    ("reason", models.CharField(blank=True, max_length=120)),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="closed_days",
                            to="people.clinic",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("clinic", "on"), name="people_closed_once")
                    ]
                },
            ),
            migrations.CreateModel(
                name="OpeningHours",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("weekday", models.PositiveSmallIntegerField()),
                    ("opens", models.TimeField()),
                    ("closes", models.TimeField()),
                    (
                        "clinic",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="hours",
                            to="people.clinic",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("clinic", "weekday"), name="people_hours_once"),
                        models.CheckConstraint(
                            condition=models.Q(("weekday__lte", 6)), name="people_hours_weekday"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("closes__gt", models.F("opens")),
                                ("closes", datetime.time(0, 0)),
                                _connector="OR",
                            ),
                            name="people_hours_order",
                        ),
                    ]
                },
            ),
            migrations.CreateModel(
                name="AccessReview",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("week", models.DateField()),
                    ("note", models.CharField(blank=True, max_length=600)),
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
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="access_reviews",
                            to="people.clinic",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("clinic", "week"), name="people_review_once")
                    ]
                },
            ),
            migrations.CreateModel(
                name="CareRelation",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("since", models.DateTimeField()),
                    ("until", models.DateTimeField(null=True)),
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
                            related_name="care_relations",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="care_relations",
                            to="people.patient",
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="care_relations",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("until", None)),
                            fields=("patient", "user"),
                            name="people_relation_once",
                        )
                    ]
                },
            ),
            migrations.CreateModel(
                name="ChartReason",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("reason", models.CharField(max_length=300)),
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
                            related_name="chart_reasons",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="chart_reasons",
                            to="people.patient",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["clinic", "-at"], name="people_reason_latest")],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="people_reason_replay")
                    ],
                },
            ),
            migrations.CreateModel(
                name="ContactSafety",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "safe",
                        models.CharField(
                            choices=[("yes", "Yes"), ("no", "No"), ("unsure", "Unsure")], max_length=8
                        ),
                    ),
                    ("phone", models.CharField(blank=True, max_length=32)),
                    ("voicemail", models.BooleanField(default=False)),
                    ("barred", models.JSONField(default=list)),
                    ("note", models.TextField(blank=True)),
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
                            related_name="contact_safety",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="contact_safety",
                            to="people.patient",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["patient", "-at"], name="people_safety_latest")],
                    "constraints": [
                        models.UniqueConstraint(fields=("by", "client_id"), name="people_safety_replay")
                    ],
                },
            ),
            migrations.CreateModel(
                name="CalendarLink",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("capacity", models.CharField(max_length=10)),
                    ("created_at", models.DateTimeField()),
                    ("fetched_at", models.DateTimeField(null=True)),
                    ("client_id", models.UUIDField()),
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
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="calendar_links",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("user", "client_id"), name="people_calendar_replay")
                    ]
                },
            ),
        ),
        guards.AppendOnly("installation"),
        guards.Fixed("patient", "clinic"),
        guards.SameClinic("invitation", "patient"),
        guards.Fixed("invitation", "clinic", "patient"),
        guards.SameClinic("circlemember", "patient"),
        guards.Fixed("circlemember", "clinic", "patient"),
        guards.Fixed("chair", "clinic"),
        guards.Fixed("clinician", "clinic"),
        guards.AppendOnly("accessreview"),
        guards.SameClinic("carerelation", "patient"),
        guards.Fixed("carerelation", "clinic", "patient", "user"),
        guards.SameClinic("chartreason", "patient"),
        guards.AppendOnly("chartreason"),
        guards.SameClinic("contactsafety", "patient"),
        guards.AppendOnly("contactsafety"),
        guards.SameClinic("calendarlink", "patient"),
        guards.Fixed("calendarlink", "clinic", "patient"),
    ]
