"""Keep whom staff told of a changed day on the phone."""

import django.db.models.deletion
import uuid6
from django.conf import settings
from django.db import migrations, models

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the table and its guards."""

    dependencies = [
        ('careplan', '0006_standing'),
        ('people', '0019_calendar_link'),
        ('treatment', '0016_fasting'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DayCall',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('about', models.CharField(max_length=32)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='careplan.daychange')),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.clinic')),
                ('infusion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treatment.infusion')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('change', 'infusion', 'about'), name='careplan_day_call_once')],
            },
        ),
        guards.SameClinic("daycall", "change", "infusion"),
        guards.AppendOnly("daycall"),
    ]
