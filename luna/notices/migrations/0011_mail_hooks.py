from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0010_due'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(
                condition=models.Q(('ref__isnull', False)), fields=['ref'], name='notices_by_ref'
            ),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(
                condition=models.Q(('reason', 'unwanted')), fields=['at'], name='notices_unwanted'
            ),
        ),
    ]
