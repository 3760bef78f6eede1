"""Say who cares for whom, why charts were opened, and who is safe to call; count reminders."""

import django.db.models.deletion
import uuid6
from django.conf import settings
from django.db import migrations, models

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the tables and their guards."""

    dependencies = [
        ('people', '0009_helpers'),
    ]

    operations = [
        guards.Lift(guards.SameClinic("invitation", "patient")),
        guards.Lift(guards.Fixed("invitation", "clinic", "patient")),
        migrations.CreateModel(
            name='AccessReview',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('week', models.DateField()),
                ('note', models.CharField(blank=True, max_length=600)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='CareRelation',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ChartReason',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(max_length=300)),
                ('at', models.DateTimeField()),
                ('client_id', models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name='ContactSafety',
            fields=[
                ('id', models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ('safe', models.CharField(choices=[('yes', 'Yes'), ('no', 'No'), ('unsure', 'Unsure')], max_length=8)),
                ('phone', models.CharField(blank=True, max_length=32)),
                ('voicemail', models.BooleanField(default=False)),
                ('barred', models.JSONField(default=list)),
                ('note', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('client_id', models.UUIDField()),
            ],
        ),
        migrations.AddField(
            model_name='clinic',
            name='charts',
            field=models.CharField(choices=[('everyone', 'Everyone'), ('assigned', 'Assigned')], default='everyone', max_length=10),
        ),
        migrations.AddField(
            model_name='clinic',
            name='chase_days',
            field=models.PositiveSmallIntegerField(default=3),
        ),
        migrations.AddField(
            model_name='invitation',
            name='chased',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='patient',
            name='circle_changed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='role',
            field=models.CharField(choices=[('patient', 'Patient'), ('caretaker', 'Caretaker'), ('therapist', 'Therapist')], max_length=10),
        ),
        migrations.AddIndex(
            model_name='patient',
            index=models.Index(condition=models.Q(('circle_changed_at__isnull', False)), fields=['circle_changed_at'], name='people_circle_changed'),
        ),
        migrations.AddField(
            model_name='accessreview',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='accessreview',
            name='clinic',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='access_reviews', to='people.clinic'),
        ),
        migrations.AddField(
            model_name='carerelation',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='carerelation',
            name='clinic',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='care_relations', to='people.clinic'),
        ),
        migrations.AddField(
            model_name='carerelation',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='care_relations', to='people.patient'),
        ),
        migrations.AddField(
            model_name='carerelation',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='care_relations', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='chartreason',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='chartreason',
            name='clinic',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='chart_reasons', to='people.clinic'),
        ),
        migrations.AddField(
            model_name='chartreason',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='chart_reasons', to='people.patient'),
        ),
        migrations.AddField(
            model_name='contactsafety',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='contactsafety',
            name='clinic',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contact_safety', to='people.clinic'),
        ),
        migrations.AddField(
            model_name='contactsafety',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contact_safety', to='people.patient'),
        ),
        migrations.AddConstraint(
            model_name='accessreview',
            constraint=models.UniqueConstraint(fields=('clinic', 'week'), name='people_review_once'),
        ),
        migrations.AddConstraint(
            model_name='carerelation',
            constraint=models.UniqueConstraint(condition=models.Q(('until', None)), fields=('patient', 'user'), name='people_relation_once'),
        ),
        migrations.AddIndex(
            model_name='chartreason',
            index=models.Index(fields=['clinic', '-at'], name='people_reason_latest'),
        ),
        migrations.AddConstraint(
            model_name='chartreason',
            constraint=models.UniqueConstraint(fields=('by', 'client_id'), name='people_reason_replay'),
        ),
        migrations.AddIndex(
            model_name='contactsafety',
            index=models.Index(fields=['patient', '-at'], name='people_safety_latest'),
        ),
        migrations.AddConstraint(
            model_name='contactsafety',
            constraint=models.UniqueConstraint(fields=('by', 'client_id'), name='people_safety_replay'),
        ),
        guards.SameClinic("invitation", "patient"),
        guards.Fixed("invitation", "clinic", "patient"),
        guards.AppendOnly("contactsafety"),
        guards.SameClinic("contactsafety", "patient"),
        guards.SameClinic("carerelation", "patient"),
        guards.Fixed("carerelation", "clinic", "patient", "user"),
        guards.AppendOnly("chartreason"),
        guards.SameClinic("chartreason", "patient"),
        guards.AppendOnly("accessreview"),
    ]
