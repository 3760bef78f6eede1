"""Let what is told and decided before a first infusion say that 42 CFR Part 2 covers it."""

from django.db import migrations, models

LABELLED = ("answer", "collateral", "eligibilitydecision", "enquiry", "labresult", "medicine", "question")


class Migration(migrations.Migration):
    """Add the label; nobody was asked before, so it is empty on what is there."""

    dependencies = [("intake", "0007_decision_news")]

    operations = [migrations.AddField(name, "part2", models.BooleanField(null=True)) for name in LABELLED]
