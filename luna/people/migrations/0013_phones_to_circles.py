"""Keep the number of each helper where it is used."""

from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery


def to_members(apps: Any, editor: Any) -> None:
    """Every circle somebody is in knows the number that was known of them."""
    of_user = apps.get_model("people", "User").objects.filter(pk=OuterRef("user"))
    apps.get_model("people", "CircleMember").objects.update(phone=Subquery(of_user.values("phone")))


def to_users(apps: Any, editor: Any) -> None:
    """Take the number of the latest circle they came into."""
    of_member = apps.get_model("people", "CircleMember").objects.filter(user=OuterRef("pk"))
    latest = of_member.exclude(phone="").order_by("-since").values("phone")[:1]
    users = apps.get_model("people", "User").objects
    known = apps.get_model("people", "CircleMember").objects.exclude(phone="").values("user")
    users.filter(pk__in=known).update(phone=Subquery(latest))


class Migration(migrations.Migration):
    """Move the numbers, and back."""

    dependencies = [("people", "0012_member_phone")]

    operations = [migrations.RunPython(to_members, to_users)]
