"""Guard what a row belongs to, whatever the Python above does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Keep the clinic and the patient of a row as they were first written."""

    dependencies = [
        ("escalation", "0002_guards"),
    ]

    operations = [
        guards.Fixed("escalation", "clinic", "patient"),
    ]
