"""Change an address only when its owner was told."""

from typing import Any

from django.db import migrations, models


def note_that_all_were_told(apps: Any, editor: Any) -> None:
    """Until now a change that nobody could be told of was taken back at once."""
    changes = apps.get_model("people", "ContactChange")
    changes.objects.filter(told_at=None).update(told_at=models.F("at"))


class Migration(migrations.Migration):
    """Note when the old address was told of a change."""

    dependencies = [
        ("people", "0003_sign_in"),
    ]

    operations = [
        migrations.AddField("contactchange", "told_at", models.DateTimeField(null=True)),
        migrations.RunPython(note_that_all_were_told, migrations.RunPython.noop),
        migrations.AddIndex(
            "contactchange",
            models.Index(
                fields=["at"],
                condition=models.Q(told_at=None, undone_at=None),
                name="people_change_untold",
            ),
        ),
    ]
