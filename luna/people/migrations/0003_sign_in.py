"""Let a person set up their sign-in methods for a while, and stay signed in while they watch."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add three columns to the users, and take one away."""

    dependencies = [
        ("people", "0002_guards"),
    ]

    operations = [
        migrations.AddField("user", "set_up_until", models.DateTimeField(null=True)),
        migrations.AddField(
            "user", "set_up_code", models.CharField(blank=True, default="", max_length=200), False
        ),
        migrations.AddField("user", "watching_until", models.DateTimeField(null=True)),
        # Whether a phone is one's own is known of each sign-in, not of the person.
        migrations.RemoveField("user", "own_device_days"),
    ]
