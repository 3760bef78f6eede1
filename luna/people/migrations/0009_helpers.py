"""Say how somebody helps, and whether they are of age."""

from typing import Any

from django.db import migrations, models

from luna.audit import guards

ROLES = [("caretaker", "Caretaker"), ("therapist", "Therapist")]
HELPS = [("lives-with", "Lives With"), ("comes-over", "Comes Over"), ("drives", "Drives"), ("phone", "Phone")]
DEVICES = [("own", "Own"), ("shared", "Shared"), ("none", "None")]


def keep_who_lives_there(apps: Any, editor: Any) -> None:
    """What was known until now: who lives with the patient."""
    members = apps.get_model("people", "CircleMember").objects
    members.filter(lives_with=True).update(help="lives-with")


class Migration(migrations.Migration):
    """Put the kind of help in the place of "lives with"; nothing else is guessed."""

    dependencies = [("people", "0008_patient_impaired_until")]

    operations = [
        guards.Lift(guards.SameClinic("circlemember", "patient")),
        guards.Lift(guards.Fixed("circlemember", "clinic", "patient")),
        migrations.AddField("circlemember", "role", models.CharField(max_length=10, choices=ROLES, default="caretaker")),
        migrations.AddField("circlemember", "help", models.CharField(max_length=12, choices=HELPS, blank=True, default="")),
        migrations.AlterField("circlemember", "help", models.CharField(max_length=12, choices=HELPS, blank=True)),
        migrations.AddField("circlemember", "hours", models.JSONField(default=list)),
        migrations.AddField("circlemember", "is_adult", models.BooleanField(null=True)),
        migrations.AddField("circlemember", "device", models.CharField(max_length=8, choices=DEVICES, default="own")),
        migrations.AddField("circlemember", "language", models.CharField(max_length=40, blank=True, default="")),
        migrations.AlterField("circlemember", "language", models.CharField(max_length=40, blank=True)),
        migrations.AddField("circlemember", "interpreter", models.BooleanField(default=False)),
        migrations.RunPython(keep_who_lives_there, migrations.RunPython.noop),
        migrations.RemoveField("circlemember", "lives_with"),
        guards.SameClinic("circlemember", "patient"),
        guards.Fixed("circlemember", "clinic", "patient"),
    ]
