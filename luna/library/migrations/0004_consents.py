"""Let a clinic sign the texts its patients consent to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Know one more kind of content. The column stays as it is."""

    dependencies = [("library", "0003_renewal")]

    operations = [
        migrations.AlterField(
            model_name="contentversion",
            name="kind",
            field=models.CharField(
                choices=[
                    ("protocol", "Protocol"),
                    ("triage", "Triage"),
                    ("emergency", "Emergency"),
                    ("consent", "Consent"),
                ],
                max_length=12,
            ),
        )
    ]
