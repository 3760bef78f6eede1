"""Keep which START a number sent last: heard again, it takes back no STOP that came since."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0016_decided_by_form")]

    operations = [
        migrations.AddField(
            model_name="stoppednumber",
            name="started_by",
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
