"""Guard the tables whatever the Python above them does."""

from django.db import migrations

from luna.audit import guards


class Migration(migrations.Migration):
    """Keep each signature and its file as they were written, and tie them to clinic and patient."""

    dependencies = [
        ("consents", "0001_initial"),
    ]

    operations = [
        guards.AppendOnly("consent"),
        guards.SameClinic("consent", "patient", "content"),
        guards.SamePatient("consent", "supersedes"),
        guards.AppendOnly("consentfile"),
        guards.SameClinic("consentfile", "patient", "consent", "blob"),
        guards.SamePatient("consentfile", "consent", "blob"),
    ]
