"""Drop the ids of the last answers of a number: all are kept elsewhere."""

from django.db import migrations


class Migration(migrations.Migration):
    """Drop the columns."""

    dependencies = [("notices", "0019_heard_replies")]

    operations = [
        migrations.RemoveField(model_name="reach", name="stopped_by"),
        migrations.RemoveField(model_name="stoppednumber", name="started_by"),
        migrations.RemoveField(model_name="stoppednumber", name="stopped_by"),
    ]
