"""Guard to whom a private line is shown, whatever the Python above does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the guards of shared lines."""

    dependencies = [
        ("records", "0011_line_share"),
    ]

    operations = [
        guards.SameClinic("lineshare", "patient", "member"),
        guards.SamePatient("lineshare", "member"),
        guards.Fixed("lineshare", "clinic", "patient", "line", "member", "by", "at", "client_id"),
    ]
