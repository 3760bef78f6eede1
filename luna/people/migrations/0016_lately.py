"""Find by the clock what others lately did to a circle."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add an index for each: who said no, what ran out, who left."""

    dependencies = [("people", "0015_gone")]

    operations = [
        migrations.AddIndex(
            "invitation",
            models.Index(
                fields=["answered_at"],
                condition=models.Q(state="declined"),
                name="people_invitations_declined",
            ),
        ),
        migrations.AddIndex(
            "invitation",
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state="pending"),
                name="people_invitations_by_expiry",
            ),
        ),
        migrations.AddIndex(
            "circlemember",
            models.Index(fields=["until"], condition=models.Q(state="left"), name="people_circle_left"),
        ),
    ]
