"""Guard the tables whatever the Python above them does."""

from django.db import migrations

from luna.audit import guards

FACTS = (
    "medicine", "medicinereview", "question", "answer", "collateral", "news", "reading", "enquiry",
)  # fmt: skip


class Migration(migrations.Migration):
    """Keep each fact as it was written, and tie it to its clinic and patient."""

    dependencies = [
        ("intake", "0001_initial"),
    ]

    operations = [
        *(guards.AppendOnly(name) for name in FACTS),
        *(guards.SameClinic(name, "patient") for name in FACTS),
        *(guards.SamePatient(name, "supersedes") for name in FACTS),
        guards.SameClinic("answer", "question"),
        guards.SamePatient("answer", "question"),
        guards.SameClinic("reading", "news"),
        guards.SamePatient("reading", "news"),
    ]
