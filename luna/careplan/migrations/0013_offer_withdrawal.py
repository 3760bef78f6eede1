"""Keep that staff took an offered chair back."""

import django.db.models.deletion
import uuid6
from django.conf import settings
from django.db import migrations, models

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the table and its guards."""

    dependencies = [
        ('careplan', '0012_day_calls_to_phone_calls'),
        ('people', '0022_money'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OfferWithdrawal',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('capacity', models.CharField(max_length=12)),
                ('source', models.CharField(choices=[('page', 'Page'), ('offline', 'Offline')], default='page', max_length=8)),
                ('client_id', models.UUIDField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.clinic')),
                ('offer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawal', to='careplan.chairoffer')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='people.patient')),
                ('supersedes', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='careplan.offerwithdrawal')),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('by', 'client_id'), name='careplan_offerwithdrawal_once')],
            },
        ),
        guards.SameClinic("offerwithdrawal", "patient", "offer", "supersedes"),
        guards.SamePatient("offerwithdrawal", "offer", "supersedes"),
        guards.AppendOnly("offerwithdrawal"),
    ]
