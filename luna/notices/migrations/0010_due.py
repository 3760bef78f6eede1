from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0009_number_change'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='notice',
            name='notices_due',
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['state', 'due_at'], name='notices_due'),
        ),
    ]
