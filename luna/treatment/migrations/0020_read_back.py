"""Keep that a spoken order was read back to whoever spoke it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add what was ticked; empty on all that is there, of which nobody was asked."""

    dependencies = [("treatment", "0019_money")]

    operations = [migrations.AddField("order", "read_back", models.BooleanField(null=True))]
