"""Say until when a patient is under the effect of an infusion."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the moment; nobody has one before the next infusion starts."""

    dependencies = [("people", "0008_chair_version")]

    operations = [
        migrations.AddField(
            model_name="patient", name="impaired_until", field=models.DateTimeField(null=True)
        )
    ]
