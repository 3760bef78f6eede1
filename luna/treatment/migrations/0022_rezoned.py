"""Keep which steps came to other times when the clinic went over to another zone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add it to series; empty on all that are there."""

    dependencies = [("treatment", "0021_phone_call")]

    operations = [migrations.AddField("series", "rezoned", models.JSONField(null=True))]
