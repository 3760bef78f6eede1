"""Keep what the last food was before an infusion, where the rule tells a heavy meal from a light one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add it; of what is there nobody asked."""

    dependencies = [("careplan", "0009_thing_guards")]

    operations = [
        migrations.AddField(
            "arrivalcheck",
            "meal",
            models.CharField(
                choices=[("light", "Light"), ("heavy", "Heavy"), ("not-sure", "Not Sure")],
                max_length=8,
                null=True,
            ),
        ),
    ]
