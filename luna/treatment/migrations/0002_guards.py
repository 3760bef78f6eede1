"""Guard the tables whatever the Python above them does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the guards of this slice's tables."""

    dependencies = [
        ("treatment", "0001_initial"),
        ("library", "0002_guards"),
    ]

    operations = [
        guards.SameClinic("episodeofcare", "patient"),
        guards.SameClinic("series", "patient", "episode", "protocol"),
        guards.SameClinic("infusion", "patient", "series", "chair"),
        guards.SameClinic("bookingrevision", "infusion", "chair"),
        guards.SameClinic("moment", "patient", "infusion"),
        guards.AppendOnly("bookingrevision"),
        guards.AppendOnly("moment"),
    ]
