"""PostgreSQL with two roles, by the very statements of docs/run-it.md."""

import os
import re

import psycopg
import pytest

from tests import running

pytestmark = [
    pytest.mark.processes,
    pytest.mark.both_engines,
    pytest.mark.skipif(os.environ.get("LUNA_TEST_DB") != "postgres", reason="Roles are PostgreSQL's."),
]


def statements() -> list[str]:
    text = (running.ROOT / "docs" / "run-it.md").read_text()
    return re.findall(r"```sql\n(.*?)```", text, re.DOTALL)


def execute(address: str, block: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in filter(str.strip, block.split(";")):
            connection.execute(statement)


def as_role(role: str) -> str:
    return re.sub(r"//[^@]*@", f"//{role}@", os.environ["DATABASE_URL"]).rpartition("/")[0] + "/luna"


@pytest.fixture
def luna(make_luna):
    """Return an installation set up as the document says, run by the lesser role."""
    create, grant, revoke = statements()
    execute(os.environ["DATABASE_URL"], create)
    execute(as_role("luna_owner"), grant)
    made = make_luna(bare=True)
    made.settings["DATABASE_URL"] = as_role("luna_owner")
    assert made.run("manage", "createcachetable").returncode == 0
    assert made.run("manage", "migrate").returncode == 0
    execute(as_role("luna_owner"), revoke)
    made.settings["DATABASE_URL"] = as_role("luna_app")
    yield made
    made.end()
    drop = "DROP DATABASE luna WITH (FORCE); DROP ROLE luna_owner; DROP ROLE luna_app"
    execute(os.environ["DATABASE_URL"], drop)


@pytest.mark.threat("T5")
def test_luna_serves_as_a_role_that_cannot_touch_its_safeguards(luna):
    luna.start()

    with psycopg.connect(as_role("luna_app"), autocommit=True) as connection:
        for statement in (
            "TRUNCATE audit_auditevent",
            "DELETE FROM audit_auditevent",
            "UPDATE audit_auditevent SET verb = 'nothing'",
            "ALTER TABLE audit_auditevent DISABLE TRIGGER ALL",
            "DROP TABLE audit_auditseal",
            "CREATE TABLE mine ()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
    assert luna.status() == 200
    assert "ok    The database role Luna runs as" in luna.run("doctor", "--go-live").stdout


def test_database_that_is_behind_asks_for_its_owner(luna):
    execute(as_role("luna_owner"), "DELETE FROM django_migrations WHERE app = 'feed'")

    done = luna.run("serve")

    assert done.returncode == 1
    assert "must be brought up to date by its owner" in done.stderr
