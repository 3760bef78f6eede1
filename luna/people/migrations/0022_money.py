"""Keep what a clinic says of money: its price, its deposit, until when one cancels without a fee."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the columns to the clinic's settings."""

    dependencies = [
        ('people', '0021_undo_number'),
    ]

    operations = [
        migrations.AddField(
            model_name='clinic',
            name='deposit',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='clinic',
            name='free_ahead',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='clinic',
            name='free_unit',
            field=models.CharField(choices=[('hours', 'Hours'), ('days', 'Days')], default='hours', max_length=5),
        ),
        migrations.AddField(
            model_name='clinic',
            name='price',
            field=models.CharField(blank=True, max_length=250),
        ),
    ]
