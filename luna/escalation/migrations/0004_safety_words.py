"""Keep what a patient says who does not feel safe with someone."""

import uuid6
from django.conf import settings
from django.db import migrations, models
from django.db.models.deletion import PROTECT

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the table and its guards."""

    dependencies = [
        ("escalation", "0003_fixed"),
        ("people", "0010_helpers_and_safety"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                ("by", models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")),
                ("clinic", models.ForeignKey("people.clinic", PROTECT, related_name="safety_words")),
                (
                    "escalation",
                    models.ForeignKey("escalation.escalation", PROTECT, related_name="safety_words"),
                ),
                ("patient", models.ForeignKey("people.patient", PROTECT, related_name="safety_words")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["by", "client_id"], name="escalation_word_once")
                ]
            },
        ),
        guards.AppendOnly("safetyword"),
        guards.SameClinic("safetyword", "patient", "escalation"),
        guards.SamePatient("safetyword", "escalation"),
    ]
