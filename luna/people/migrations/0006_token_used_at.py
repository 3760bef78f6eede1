"""Forget when a link was used: what is done by a link revokes it."""

from django.db import migrations


class Migration(migrations.Migration):
    """Take a column away that nothing wrote."""

    dependencies = [
        ("people", "0005_fixed"),
    ]

    operations = [
        migrations.RemoveField("token", "used_at"),
    ]
