"""Guard what people tick, add and take off, whatever the Python above does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the guards of the lists of things."""

    dependencies = [
        ("careplan", "0008_things"),
    ]

    operations = [
        guards.SameClinic("thingword", "patient", "series", "infusion", "supersedes"),
        guards.SamePatient("thingword", "series", "infusion", "supersedes"),
        guards.AppendOnly("thingword"),
    ]
