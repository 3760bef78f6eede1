"""Tell who was taken out and then left from who only left."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Allow the new word; no row changes."""

    dependencies = [("people", "0014_remove_user_phone")]

    operations = [
        migrations.AlterField(
            "circlemember",
            "state",
            models.CharField(
                choices=[("active", "Active"), ("left", "Left"), ("revoked", "Revoked"), ("gone", "Gone")],
                default="active",
                max_length=8,
            ),
        ),
    ]
