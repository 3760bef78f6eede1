"""Keep what staff ask when a patient comes for an infusion."""
import django.db.models.deletion
import uuid6
from django.conf import settings
from django.db import migrations, models

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the table and its guards."""

    dependencies = [
        ('careplan', '0003_series'),
        ('people', '0016_lately'),
        ('treatment', '0010_override'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ArrivalCheck',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('capacity', models.CharField(max_length=12)),
                ('source', models.CharField(choices=[('page', 'Page'), ('offline', 'Offline')], default='page', max_length=8)),
                ('client_id', models.UUIDField()),
                ('revision', models.PositiveIntegerField()),
                ('food_at', models.DateTimeField()),
                ('drink_at', models.DateTimeField()),
                ('as_ordered', models.BooleanField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.clinic')),
                ('infusion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='arrival_checks', to='treatment.infusion')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='people.patient')),
                ('supersedes', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='careplan.arrivalcheck')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['infusion', 'recorded_at'], name='careplan_arrival_by_infusion')],
                'constraints': [models.UniqueConstraint(fields=('by', 'client_id'), name='careplan_arrivalcheck_once')],
            },
        ),
        guards.SameClinic("arrivalcheck", "patient", "infusion", "supersedes"),
        guards.SamePatient("arrivalcheck", "infusion", "supersedes"),
        guards.AppendOnly("arrivalcheck"),
    ]
