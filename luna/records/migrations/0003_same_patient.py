"""Guard what a row belongs to, whatever the Python above does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Let an answer take the place only of one about the same patient."""

    dependencies = [
        ("records", "0002_guards"),
    ]

    operations = [
        guards.SamePatient("response", "supersedes"),
    ]
