"""Say of a number that the clinic took it away with a sign-in, and that nobody put it back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the mark; of changes before it, nobody knows."""

    dependencies = [
        ('notices', '0011_mail_hooks'),
    ]

    operations = [
        migrations.AddField(
            model_name='numberchange',
            name='was_reset',
            field=models.BooleanField(default=False),
        ),
    ]
