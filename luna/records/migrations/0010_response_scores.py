"""Let answers be shared as scores."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the kind; the column stays as it is."""

    dependencies = [
        ('records', '0009_draft_part2'),
    ]

    operations = [
        migrations.AlterField(
            model_name='response',
            name='kind',
            field=models.CharField(choices=[('recovery', 'Recovery'), ('schedule', 'Schedule'), ('history', 'History'), ('journal', 'Journal'), ('scores', 'Scores'), ('pregnancy', 'Pregnancy'), ('substances', 'Substances'), ('safety-at-home', 'Safety At Home'), ('suicidality', 'Suicidality')], default='recovery', max_length=16),
        ),
    ]
