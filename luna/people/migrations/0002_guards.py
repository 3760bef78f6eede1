"""Guard the tables whatever the Python above them does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the guards of this slice's tables."""

    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        guards.AppendOnly("installation"),
        guards.Fixed("patient", "clinic"),
        guards.SameClinic("circlemember", "patient"),
        guards.SameClinic("invitation", "patient"),
    ]
