"""Let a clinic sign the same words again once its signature has run out."""

from django.db import migrations, models

from luna.audit import guards

KEPT = guards.AppendOnly("contentversion")
# It reads the table that is rebuilt.
READS_IT = guards.SameClinic("series", "patient", "episode", "protocol")


class Migration(migrations.Migration):
    """Number the signatures of one text."""

    dependencies = [
        ("library", "0002_guards"),
        ("treatment", "0002_guards"),
    ]

    operations = [
        guards.Of("treatment", guards.Lift(READS_IT)),
        guards.Lift(KEPT),
        migrations.AddField("contentversion", "renewal", models.PositiveSmallIntegerField(default=0)),
        migrations.RemoveConstraint("contentversion", "library_signed_once"),
        migrations.AddConstraint(
            "contentversion",
            models.UniqueConstraint(
                fields=["clinic_id", "kind", "content_id", "sha256", "renewal"], name="library_signed_once"
            ),
        ),
        KEPT,
        guards.Of("treatment", READS_IT),
    ]
