"""Keep what was told and paid in a series: nothing is billed from it."""

import django.db.models.deletion
import uuid6
from django.conf import settings
from django.db import migrations, models

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the table and its guards."""

    dependencies = [
        ('people', '0022_money'),
        ('treatment', '0018_tips_guards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MoneyNote',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('capacity', models.CharField(max_length=12)),
                ('source', models.CharField(choices=[('page', 'Page'), ('offline', 'Offline')], default='page', max_length=8)),
                ('client_id', models.UUIDField()),
                ('what', models.CharField(choices=[('price', 'Price'), ('deposit', 'Deposit'), ('waiver', 'Waiver')], max_length=7)),
                ('words', models.CharField(blank=True, max_length=250)),
                ('told_to', models.CharField(blank=True, max_length=120)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.clinic')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='people.patient')),
                ('series', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='money_notes', to='treatment.series')),
                ('supersedes', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='treatment.moneynote')),
                ('told_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['series', 'at'], name='treatment_money_by_series')],
                'constraints': [models.UniqueConstraint(fields=('by', 'client_id'), name='treatment_moneynote_once'), models.UniqueConstraint(fields=('supersedes',), name='treatment_money_taken_back_once')],
            },
        ),
        guards.SameClinic("moneynote", "patient", "series", "supersedes"),
        guards.SamePatient("moneynote", "series", "supersedes"),
        guards.AppendOnly("moneynote"),
    ]
