"""Let a prescriber order how long a patient fasts, as one rule for food and drink."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the kind of order and its two times; empty on all that is there."""

    dependencies = [("treatment", "0015_comfort_card_guards")]

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
                    ("fasting", "Fasting"),
                    ("override", "Override"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddField("order", "food_min", models.PositiveIntegerField(null=True)),
        migrations.AddField("order", "drink_min", models.PositiveIntegerField(null=True)),
    ]
