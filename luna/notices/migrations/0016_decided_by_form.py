from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0015_unopened'),
    ]

    operations = [
        migrations.AddField(
            model_name='notice',
            name='decided_by_form',
            field=models.UUIDField(null=True),
        ),
    ]
