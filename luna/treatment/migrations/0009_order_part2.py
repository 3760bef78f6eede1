"""Let an order say that 42 CFR Part 2 covers it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the label; nobody was asked before, so it is empty on what is there."""

    dependencies = [("treatment", "0008_duty_guards")]

    operations = [migrations.AddField("order", "part2", models.BooleanField(null=True))]
