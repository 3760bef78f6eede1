"""Keep who waits for an earlier chair, which were offered, and what was answered."""

import django.db.models.deletion
import uuid6
from django.conf import settings
from django.db import migrations, models

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the tables and their guards."""

    dependencies = [
        ('careplan', '0010_arrival_meal'),
        ('people', '0022_money'),
        ('treatment', '0019_money'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Waiting',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('capacity', models.CharField(max_length=12)),
                ('source', models.CharField(choices=[('page', 'Page'), ('offline', 'Offline')], default='page', max_length=8)),
                ('client_id', models.UUIDField()),
                ('revision', models.PositiveIntegerField()),
                ('is_on', models.BooleanField()),
                ('days', models.JSONField(default=list)),
                ('earliest', models.TimeField(null=True)),
                ('latest', models.TimeField(null=True)),
                ('driver_name', models.CharField(blank=True, max_length=60)),
                ('adult_name', models.CharField(blank=True, max_length=60)),
                ('adult', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.clinic')),
                ('driver', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('infusion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waitings', to='treatment.infusion')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='people.patient')),
                ('supersedes', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='careplan.waiting')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ChairOffer',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('capacity', models.CharField(max_length=12)),
                ('source', models.CharField(choices=[('page', 'Page'), ('offline', 'Offline')], default='page', max_length=8)),
                ('client_id', models.UUIDField()),
                ('revision', models.PositiveIntegerField()),
                ('starts_at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('chair', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.chair')),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.clinic')),
                ('infusion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='chair_offers', to='treatment.infusion')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='people.patient')),
                ('supersedes', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='careplan.chairoffer')),
                ('waiting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='careplan.waiting')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='OfferAnswer',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('capacity', models.CharField(max_length=12)),
                ('source', models.CharField(choices=[('page', 'Page'), ('offline', 'Offline')], default='page', max_length=8)),
                ('client_id', models.UUIDField()),
                ('is_taken', models.BooleanField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.clinic')),
                ('offer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='answer', to='careplan.chairoffer')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='people.patient')),
                ('supersedes', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='careplan.offeranswer')),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('by', 'client_id'), name='careplan_offeranswer_once')],
            },
        ),
        migrations.AddIndex(
            model_name='waiting',
            index=models.Index(fields=['clinic', 'infusion', 'recorded_at'], name='careplan_waiting_by_clinic'),
        ),
        migrations.AddConstraint(
            model_name='waiting',
            constraint=models.UniqueConstraint(fields=('by', 'client_id'), name='careplan_waiting_once'),
        ),
        migrations.AddIndex(
            model_name='chairoffer',
            index=models.Index(fields=['clinic', 'starts_at'], name='careplan_offer_by_clinic'),
        ),
        migrations.AddConstraint(
            model_name='chairoffer',
            constraint=models.UniqueConstraint(fields=('by', 'client_id'), name='careplan_chairoffer_once'),
        ),
        guards.SameClinic("waiting", "patient", "infusion", "supersedes"),
        guards.SamePatient("waiting", "infusion", "supersedes"),
        guards.AppendOnly("waiting"),
        guards.SameClinic("chairoffer", "patient", "waiting", "infusion", "chair", "supersedes"),
        guards.SamePatient("chairoffer", "waiting", "infusion", "supersedes"),
        guards.AppendOnly("chairoffer"),
        guards.SameClinic("offeranswer", "patient", "offer", "supersedes"),
        guards.SamePatient("offeranswer", "offer", "supersedes"),
        guards.AppendOnly("offeranswer"),
    ]
