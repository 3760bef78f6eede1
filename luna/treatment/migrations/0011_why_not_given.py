"""Say why an infusion did not happen, where the reasons for another time say too little."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the reasons of the day, and words; empty on all that is there."""

    dependencies = [("treatment", "0010_override")]

    operations = [
        migrations.AlterField(
            "bookingrevision",
            "why",
            models.CharField(
                choices=[
                    ("booked", "Booked"),
                    ("patient", "Patient"),
                    ("clinic", "Clinic"),
                    ("unwell", "Unwell"),
                    ("no-ride", "No Ride"),
                    ("ate", "Ate"),
                    ("pressure", "Pressure"),
                    ("no-show", "No Show"),
                    ("other", "Other"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField("bookingrevision", "words", models.TextField(null=True)),
    ]
