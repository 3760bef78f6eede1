"""Let answers say that 42 CFR Part 2 covers them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the label; nobody was asked before, so it is empty on what is there."""

    dependencies = [("records", "0006_observation_guards")]

    operations = [migrations.AddField("response", "part2", models.BooleanField(null=True))]
