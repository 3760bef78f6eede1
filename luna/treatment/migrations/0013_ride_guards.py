"""Guard what is said of the ride home, whatever the Python above does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the guards of the ride."""

    dependencies = [
        ("treatment", "0012_ride"),
    ]

    operations = [
        guards.SameClinic("ride", "patient", "infusion", "ask", "supersedes"),
        guards.SamePatient("ride", "infusion", "ask", "supersedes"),
        guards.AppendOnly("ride"),
    ]
