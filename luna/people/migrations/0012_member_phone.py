"""Give each place in a circle the number to call about its patient."""

from django.db import migrations, models

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the column; a person known in two places may have a number in each."""

    dependencies = [("people", "0011_sharing")]

    operations = [
        guards.Lift(guards.SameClinic("circlemember", "patient")),
        guards.Lift(guards.Fixed("circlemember", "clinic", "patient")),
        migrations.AddField("circlemember", "phone", models.CharField(max_length=32, blank=True)),
        guards.SameClinic("circlemember", "patient"),
        guards.Fixed("circlemember", "clinic", "patient"),
    ]
