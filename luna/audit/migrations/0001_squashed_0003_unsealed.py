"""Make the tables and their guards."""

import django.db.models.deletion
import uuid6
from django.db import migrations, models

from luna.audit import guards
from luna.audit.tables import Tables


class Migration(migrations.Migration):
    """Stand for all migrations before the first release."""

    initial = True

    replaces = [("audit", "0001_initial"), ("audit", "0002_guards"), ("audit", "0003_unsealed")]

    dependencies = []

    operations = [
        Tables(
            migrations.CreateModel(
                name="AuditEvent",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("clinic_id", models.UUIDField(null=True)),
                    ("at", models.DateTimeField()),
                    ("actor_id", models.UUIDField(null=True)),
                    ("capacity", models.CharField(max_length=12)),
                    ("verb", models.CharField(max_length=60)),
                    ("subject_type", models.CharField(max_length=40)),
                    ("subject_id", models.UUIDField(null=True)),
                    ("patient_id", models.UUIDField(null=True)),
                    ("reason", models.CharField(blank=True, max_length=40)),
                    ("digest", models.CharField(blank=True, max_length=64)),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["patient_id", "-at"], name="audit_by_patient"),
                        models.Index(fields=["clinic_id", "-at"], name="audit_by_clinic"),
                    ]
                },
            ),
            migrations.CreateModel(
                name="AuditHead",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("chain", models.UUIDField()),
                    ("number", models.PositiveBigIntegerField()),
                    ("hash", models.CharField(max_length=64)),
                    ("sent_at", models.DateTimeField()),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["chain", "-number"], name="audit_head_latest"),
                        models.Index(fields=["-sent_at"], name="audit_head_sent"),
                    ]
                },
            ),
            migrations.CreateModel(
                name="AuditSeal",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=uuid6.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("chain", models.UUIDField()),
                    ("number", models.PositiveBigIntegerField()),
                    ("hash", models.CharField(max_length=64)),
                    ("sealed_at", models.DateTimeField()),
                    (
                        "event",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="seal",
                            to="audit.auditevent",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("chain", "number"), name="audit_seal_once")
                    ]
                },
            ),
            migrations.CreateModel(
                name="AuditUnsealed",
                fields=[
                    (
                        "event",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="unsealed",
                            serialize=False,
                            to="audit.auditevent",
                        ),
                    ),
                    ("chain", models.UUIDField()),
                ],
                options={
                    "indexes": [models.Index(fields=["chain", "event"], name="audit_unsealed_by_chain")]
                },
            ),
        ),
        guards.AppendOnly("auditevent"),
        guards.AppendOnly("audithead"),
        guards.AppendOnly("auditseal"),
    ]
