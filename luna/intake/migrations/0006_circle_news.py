"""Tell the clinic who said no, who left, and what invitation ran out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Allow the new words; no row changes."""

    dependencies = [("intake", "0005_tests")]

    operations = [
        migrations.AlterField(
            "news",
            "what",
            models.CharField(
                choices=[
                    ("intake", "Intake"),
                    ("medicine", "Medicine"),
                    ("collateral", "Collateral"),
                    ("declined", "Declined"),
                    ("ran-out", "Ran Out"),
                    ("left", "Left"),
                ],
                max_length=12,
            ),
        ),
    ]
