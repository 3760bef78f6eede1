"""Keep how near infusions stood when the clock last looked, for the board."""

import django.db.models.deletion
from django.db import migrations, models

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the table and its guards; what is in it can be made anew at any time."""

    dependencies = [
        ('careplan', '0005_day_change'),
        ('people', '0019_calendar_link'),
        ('treatment', '0016_fasting'),
    ]

    operations = [
        migrations.CreateModel(
            name='Standing',
            fields=[
                ('infusion', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='standing', serialize=False, to='treatment.infusion')),
                ('wake_at', models.DateTimeField()),
                ('place', models.PositiveSmallIntegerField()),
                ('body', models.JSONField()),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.clinic')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['patient'], name='careplan_standing_by_patient')],
            },
        ),
        guards.SameClinic("standing", "patient", "infusion"),
        guards.SamePatient("standing", "infusion"),
        guards.Fixed("standing", "clinic", "patient"),
    ]
