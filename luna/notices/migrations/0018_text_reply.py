"""Hear each text message that comes back once, whichever it is, not only the last of a number."""

import uuid6
from django.db import migrations, models
from django.db.models.functions import Now


def carry_over(apps, schema_editor):
    """Keep the ids of the answers that were the last ones of a number."""
    replies = apps.get_model("notices", "TextReply").objects
    reach, stopped = (apps.get_model("notices", name).objects for name in ("Reach", "StoppedNumber"))
    kept = {
        *reach.values_list("stopped_by", flat=True),
        *stopped.values_list("stopped_by", flat=True),
        *stopped.values_list("started_by", flat=True),
    } - {""}
    replies.bulk_create(replies.model(ref=ref, at=Now()) for ref in kept)


class Migration(migrations.Migration):
    """Make the table, fill it, and drop what it stands for."""

    dependencies = [("notices", "0001_squashed_0017_started_by")]

    operations = [
        migrations.CreateModel(
            name="TextReply",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("ref", models.CharField(max_length=64, unique=True)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RemoveField(model_name="reach", name="stopped_by"),
        migrations.RemoveField(model_name="stoppednumber", name="started_by"),
        migrations.RemoveField(model_name="stoppednumber", name="stopped_by"),
    ]
