"""Tie a result to the test of the screening it answers."""

from django.db import migrations, models

from luna.audit import guards

KEPT = (
    guards.AppendOnly("labresult"),
    guards.SameClinic("labresult", "patient"),
    guards.SamePatient("labresult", "supersedes"),
)


class Migration(migrations.Migration):
    """Results from before answer no test: nobody said which."""

    dependencies = [
        ("intake", "0004_decision_guards"),
    ]

    operations = [
        *(guards.Lift(guard) for guard in KEPT),
        migrations.AddField(
            model_name="labresult",
            name="test",
            field=models.CharField(blank=True, default="", max_length=40),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="labresult",
            name="positive",
            field=models.BooleanField(null=True),
        ),
        migrations.AlterField(
            model_name="labresult",
            name="result",
            field=models.CharField(blank=True, max_length=120),
        ),
        *KEPT,
    ]
