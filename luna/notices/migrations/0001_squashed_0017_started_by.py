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
        ("notices", "0001_initial"),
        ("notices", "0002_guards"),
        ("notices", "0003_fixed"),
        ("notices", "0004_channels"),
        ("notices", "0005_withdrawn"),
        ("notices", "0006_push"),
        ("notices", "0007_stopped_by"),
        ("notices", "0008_digest"),
        ("notices", "0009_number_change"),
        ("notices", "0010_due"),
        ("notices", "0011_mail_hooks"),
        ("notices", "0012_number_reset"),
        ("notices", "0013_stopped_number"),
        ("notices", "0014_to_phone"),
        ("notices", "0015_unopened"),
        ("notices", "0016_decided_by_form"),
        ("notices", "0017_started_by"),
    ]

    dependencies = [
        ("people", "0001_squashed_0022_money"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name="Notice",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("to_email", models.EmailField(blank=True, max_length=254)),
                    ("key", models.CharField(max_length=200, unique=True)),
                    ("words", models.CharField(max_length=40)),
                    ("values", models.JSONField(default=dict)),
                    ("task_key", models.CharField(blank=True, max_length=64)),
                    ("revision", models.PositiveIntegerField(null=True)),
                    ("urgent", models.BooleanField(default=False)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("planned", "Planned"),
                                ("sending", "Sending"),
                                ("sent", "Sent"),
                                ("unknown", "Unknown"),
                                ("not-reached", "Not Reached"),
                                ("void", "Void"),
                                ("held", "Held"),
                            ],
                            default="planned",
                            max_length=12,
                        ),
                    ),
                    ("due_at", models.DateTimeField()),
                    ("lease_until", models.DateTimeField(null=True)),
                    ("fence", models.PositiveIntegerField(default=0)),
                    ("tries", models.PositiveSmallIntegerField(default=0)),
                    ("created_at", models.DateTimeField()),
                    ("sent_at", models.DateTimeField(null=True)),
                    ("opened_at", models.DateTimeField(null=True)),
                    (
                        "clinic",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="notices",
                            to="people.clinic",
                        ),
                    ),
                    (
                        "patient",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="notices",
                            to="people.patient",
                        ),
                    ),
                    (
                        "to_user",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="notices",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("acted_at", models.DateTimeField(null=True)),
                    ("delivered_at", models.DateTimeField(null=True)),
                    ("follow_at", models.DateTimeField(null=True)),
                    ("withdrawn", models.BooleanField(null=True)),
                    (
                        "digest",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="parts",
                            to="notices.notice",
                        ),
                    ),
                    ("to_phone", models.CharField(blank=True, max_length=20)),
                    ("decided_by_form", models.UUIDField(null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["clinic", "state", "-due_at"], name="notices_by_clinic"),
                        models.Index(fields=["clinic", "-due_at"], name="notices_latest"),
                        models.Index(fields=["patient", "-due_at"], name="notices_by_patient"),
                        models.Index(
                            condition=models.Q(("follow_at__isnull", False)),
                            fields=["follow_at"],
                            name="notices_to_follow",
                        ),
                        models.Index(fields=["state", "due_at"], name="notices_due"),
                        models.Index(
                            condition=models.Q(("opened_at__isnull", True)),
                            fields=["to_user", "words"],
                            name="notices_unopened",
                        ),
                    ]
                },
            ),
            migrations.CreateModel(
                name="Attempt",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("channel", models.CharField(max_length=10)),
                    (
                        "outcome",
                        models.CharField(
                            choices=[
                                ("started", "Started"),
                                ("accepted", "Accepted"),
                                ("refused", "Refused"),
                                ("unknown", "Unknown"),
                                ("delivered", "Delivered"),
                                ("returned", "Returned"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("fence", models.PositiveIntegerField()),
                    ("reason", models.CharField(blank=True, max_length=60)),
                    ("at", models.DateTimeField()),
                    (
                        "notice",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="attempts",
                            to="notices.notice",
                        ),
                    ),
                    ("lasting", models.BooleanField(null=True)),
                    ("ref", models.CharField(max_length=64, null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("ref__isnull", False)), fields=["ref"], name="notices_by_ref"
                        ),
                        models.Index(
                            condition=models.Q(("reason", "unwanted")), fields=["at"], name="notices_unwanted"
                        ),
                    ]
                },
            ),
            migrations.CreateModel(
                name="Reach",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("mobile", models.CharField(blank=True, max_length=20)),
                    ("mobile_at", models.DateTimeField(null=True)),
                    ("sms_at", models.DateTimeField(null=True)),
                    ("voice_at", models.DateTimeField(null=True)),
                    ("stopped_at", models.DateTimeField(null=True)),
                    ("order", models.JSONField(default=list)),
                    ("quiet_from", models.TimeField(null=True)),
                    ("quiet_to", models.TimeField(null=True)),
                    ("version", models.PositiveIntegerField(default=1)),
                    (
                        "user",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="reach",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("stopped_by", models.CharField(blank=True, max_length=64)),
                ],
                options={
                    "indexes": [models.Index(fields=["mobile"], name="notices_reach_mobile")],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("quiet_from__isnull", True), ("quiet_to__isnull", True)),
                                models.Q(("quiet_from__isnull", False), ("quiet_to__isnull", False)),
                                _connector="OR",
                            ),
                            name="notices_reach_quiet",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="PushSubscription",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("digest", models.CharField(max_length=64, unique=True)),
                    ("sealed", models.BinaryField()),
                    ("session_key", models.CharField(max_length=40)),
                    ("created_at", models.DateTimeField()),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="push_subscriptions",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="NumberChange",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("new_mobile", models.CharField(blank=True, max_length=20)),
                    ("old_mobile", models.CharField(blank=True, max_length=20)),
                    ("old_mobile_at", models.DateTimeField(null=True)),
                    ("old_sms_at", models.DateTimeField(null=True)),
                    ("old_voice_at", models.DateTimeField(null=True)),
                    ("old_stopped_at", models.DateTimeField(null=True)),
                    ("at", models.DateTimeField()),
                    ("undo_until", models.DateTimeField()),
                    ("made_at", models.DateTimeField(null=True)),
                    ("undone_at", models.DateTimeField(null=True)),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="number_changes",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("was_reset", models.BooleanField(default=False)),
                ],
            ),
            migrations.CreateModel(
                name="StoppedNumber",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("digest", models.CharField(max_length=64, unique=True)),
                    ("stopped_at", models.DateTimeField(null=True)),
                    ("stopped_by", models.CharField(blank=True, max_length=64)),
                    ("started_by", models.CharField(blank=True, max_length=64)),
                ],
            ),
        ),
        guards.SameClinic("notice", "patient", "digest"),
        guards.SamePatient("notice", "digest"),
        guards.Fixed("notice", "clinic", "patient"),
        guards.AppendOnly("attempt"),
    ]
