from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0014_to_phone'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(
                condition=models.Q(('opened_at__isnull', True)),
                fields=['to_user', 'words'],
                name='notices_unopened',
            ),
        ),
    ]
