"""Keep the ids of the answers that were the last ones of a number."""

from django.db import migrations
from django.db.models.functions import Now


def carry_over(apps, schema_editor):
    """Move them to the table of all of them."""
    replies = apps.get_model("notices", "TextReply").objects
    reach, stopped = (apps.get_model("notices", name).objects for name in ("Reach", "StoppedNumber"))
    kept = {
        *reach.values_list("stopped_by", flat=True),
        *stopped.values_list("stopped_by", flat=True),
        *stopped.values_list("started_by", flat=True),
    } - {""}
    replies.bulk_create(replies.model(ref=ref, at=Now()) for ref in kept)


class Migration(migrations.Migration):
    """Move them."""

    dependencies = [("notices", "0018_text_reply")]

    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]
