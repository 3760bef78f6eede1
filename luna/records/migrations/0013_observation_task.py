"""Let a measured value belong to something, such as an arrival; until now all are of the baseline."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add it; what is there belongs to nothing."""

    dependencies = [("records", "0012_line_share_guards")]

    operations = [
        migrations.AddField("observation", "task_key", models.CharField(max_length=64, null=True)),
    ]
