"""Guard what is said of duty, and who was briefed, whatever the Python above does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the guards of duty and briefings."""

    dependencies = [
        ("treatment", "0007_duty"),
    ]

    operations = [
        guards.SameClinic("duty", "patient", "infusion", "supersedes"),
        guards.SamePatient("duty", "infusion", "supersedes"),
        guards.AppendOnly("duty"),
        guards.SameClinic("briefing", "patient", "series", "supersedes"),
        guards.SamePatient("briefing", "series", "supersedes"),
        guards.AppendOnly("briefing"),
    ]
