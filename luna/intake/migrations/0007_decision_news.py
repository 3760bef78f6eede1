"""News about decisions, and an index by the day on which one ends."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add three kinds of news."""

    dependencies = [
        ("intake", "0006_circle_news"),
    ]

    operations = [
        migrations.AlterField(
            model_name="news",
            name="what",
            field=models.CharField(
                choices=[
                    ("intake", "Intake"),
                    ("medicine", "Medicine"),
                    ("collateral", "Collateral"),
                    ("declined", "Declined"),
                    ("ran-out", "Ran Out"),
                    ("left", "Left"),
                    ("phone-screen", "Screen"),
                    ("reopened", "Reopened"),
                    ("over", "Over"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="eligibilitydecision",
            index=models.Index(fields=["review_on"], name="intake_decision_by_end"),
        ),
    ]
