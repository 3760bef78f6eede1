"""Guard what a row belongs to, whatever the Python above does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Tie rows to one patient, and keep what they belong to as it was first written."""

    dependencies = [
        ("treatment", "0003_infusion_moved_revision"),
    ]

    operations = [
        guards.SamePatient("series", "episode"),
        guards.SamePatient("infusion", "series"),
        guards.SamePatient("moment", "infusion", "supersedes"),
        guards.Fixed("episodeofcare", "clinic", "patient"),
        guards.Fixed("series", "clinic", "patient"),
        guards.Fixed("infusion", "clinic", "patient"),
    ]
