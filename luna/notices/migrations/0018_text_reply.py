"""Make a table of the text messages that come back, so that each is heard once."""

import uuid6
from django.db import migrations, models


class Migration(migrations.Migration):
    """Make the table."""

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
    ]
