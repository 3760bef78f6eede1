"""Keep no number of a person that all their clinics would share."""

from django.db import migrations


class Migration(migrations.Migration):
    """Drop the column: the place in the circle has it."""

    dependencies = [("people", "0013_phones_to_circles")]

    operations = [migrations.RemoveField("user", "phone")]
