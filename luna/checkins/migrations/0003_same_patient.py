"""Guard what a row belongs to, whatever the Python above does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Tie rows to one patient, and keep what they belong to as it was first written."""

    dependencies = [
        ("checkins", "0002_guards"),
    ]

    operations = [
        guards.SamePatient("watch", "infusion"),
        guards.Fixed("watch", "clinic", "patient"),
    ]
