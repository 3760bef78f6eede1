"""Say what is kept of sharing beyond a series, since when it stands, and where Part 2 binds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the columns; nothing anybody shares changes."""

    dependencies = [("people", "0010_helpers_and_safety")]

    operations = [
        migrations.AddField("circlemember", "shared_at", models.DateTimeField(null=True)),
        migrations.AddField("circlemember", "kept_at", models.DateTimeField(null=True)),
        migrations.AddField("patient", "sharing_ends_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "patient",
            models.Index(
                fields=["sharing_ends_at"],
                condition=models.Q(sharing_ends_at__isnull=False),
                name="people_sharing_ends",
            ),
        ),
        migrations.AddField("clinic", "part2", models.BooleanField(default=False)),
    ]
