"""Guard what a row belongs to, whatever the Python above does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Keep the clinic and the patient of a row as they were first written."""

    dependencies = [
        ("people", "0004_told_at"),
    ]

    operations = [
        guards.Fixed("chair", "clinic"),
        guards.Fixed("clinician", "clinic"),
        guards.Fixed("circlemember", "clinic", "patient"),
        guards.Fixed("invitation", "clinic", "patient"),
    ]
