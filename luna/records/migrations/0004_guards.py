"""Guard the new tables, and the changed one again."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Add the guards of this slice's tables."""

    dependencies = [
        ("records", "0003_drafts_and_blobs"),
    ]

    operations = [
        guards.SameClinic("response", "patient", "draft"),
        guards.AppendOnly("response"),
        guards.SameClinic("draft", "patient"),
        guards.Fixed(
            "draft", "clinic", "patient", "by", "capacity", "questionnaire", "task_key", "round", "begun_at"
        ),
        guards.SameClinic("blob", "patient"),
        guards.AppendOnly("blob"),
    ]
