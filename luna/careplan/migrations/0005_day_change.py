"""Keep on which days the clinic ran late or closed, and what that was to change."""
import django.db.models.deletion
import uuid6
from django.conf import settings
from django.db import migrations, models

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the table and its guard."""

    dependencies = [
        ('careplan', '0004_arrival_check'),
        ('people', '0017_ride'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DayChange',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('on', models.DateField()),
                ('what', models.CharField(choices=[('late', 'Late'), ('closed', 'Closed')], max_length=6)),
                ('minutes', models.PositiveIntegerField(null=True)),
                ('words', models.TextField(blank=True)),
                ('lines', models.JSONField()),
                ('at', models.DateTimeField()),
                ('client_id', models.UUIDField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='day_changes', to='people.clinic')),
            ],
            options={
                'indexes': [models.Index(fields=['clinic', '-at'], name='careplan_day_change_by_clinic')],
                'constraints': [models.UniqueConstraint(fields=('by', 'client_id'), name='careplan_day_change_once')],
            },
        ),
        guards.AppendOnly("daychange"),
    ]
