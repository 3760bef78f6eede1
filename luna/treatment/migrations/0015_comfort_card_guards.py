"""Guard what patients write on their comfort card, whatever the Python above does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the guards of the comfort card."""

    dependencies = [
        ("treatment", "0014_comfort_card"),
    ]

    operations = [
        guards.SameClinic("comfortcard", "patient", "series", "infusion", "supersedes"),
        guards.SamePatient("comfortcard", "series", "infusion", "supersedes"),
        guards.AppendOnly("comfortcard"),
    ]
