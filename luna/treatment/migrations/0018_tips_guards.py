"""Guard what patients leave out, whatever the Python above does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the guards of the choices about tips."""

    dependencies = [
        ("treatment", "0017_tips"),
    ]

    operations = [
        guards.SameClinic("tipchoice", "patient", "supersedes"),
        guards.SamePatient("tipchoice", "supersedes"),
        guards.AppendOnly("tipchoice"),
    ]
