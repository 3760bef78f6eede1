"""Guard observations whatever the Python above does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the guards of observations."""

    dependencies = [
        ("records", "0005_observations"),
    ]

    operations = [
        guards.SameClinic("observation", "patient"),
        guards.SamePatient("observation", "supersedes"),
        guards.AppendOnly("observation"),
    ]
