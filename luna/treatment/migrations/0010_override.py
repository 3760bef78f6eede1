"""Let a prescriber say in an order that an infusion goes ahead in spite of what keeps it from starting."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the kind of order, and what it sets aside; empty on all that is there."""

    dependencies = [("treatment", "0009_order_part2")]

    operations = [
        migrations.AlterField(
            "order",
            "what",
            models.CharField(
                choices=[
                    ("number", "Number"),
                    ("skip", "Skip"),
                    ("add", "Add"),
                    ("medicine", "Medicine"),
                    ("override", "Override"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddField("order", "reasons", models.JSONField(null=True)),
    ]
