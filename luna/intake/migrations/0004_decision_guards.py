"""Guard decisions and results whatever the Python above them does."""

from django.db import migrations

from luna.audit import guards

FACTS = ("labresult", "eligibilitydecision")


class Migration(migrations.Migration):
    """Keep each fact as it was written, and tie it to its clinic and patient."""

    dependencies = [
        ("intake", "0003_decisions"),
    ]

    operations = [
        *(guards.AppendOnly(name) for name in FACTS),
        *(guards.SameClinic(name, "patient") for name in FACTS),
        *(guards.SamePatient(name, "supersedes") for name in FACTS),
    ]
