"""Let a draft say that 42 CFR Part 2 covers it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the label; nobody was asked before, so it is empty on what is there."""

    dependencies = [("records", "0008_response_told_by")]

    operations = [migrations.AddField("draft", "part2", models.BooleanField(null=True))]
