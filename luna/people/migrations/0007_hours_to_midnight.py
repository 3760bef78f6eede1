"""Let a clinic close at midnight, which is the end of the day."""

from datetime import time

from django.db import migrations, models


class Migration(migrations.Migration):
    """Write the rule of opening hours anew."""

    dependencies = [("people", "0006_token_used_at")]

    operations = [
        migrations.RemoveConstraint(model_name="openinghours", name="people_hours_order"),
        migrations.AddConstraint(
            model_name="openinghours",
            constraint=models.CheckConstraint(
                condition=models.Q(closes__gt=models.F("opens")) | models.Q(closes=time()),
                name="people_hours_order",
            ),
        ),
    ]
