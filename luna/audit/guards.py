"""Database guards that hold whatever the Python above them does, as migration operations.

`AppendOnly` lets a table be read and added to, never changed, emptied or shortened.
`SameClinic` ties a row's clinic to the clinic of the row it belongs to; `SamePatient` its patient.
`Fixed` keeps named columns as they were first written.

Each is a pair of triggers with the same meaning on SQLite and PostgreSQL. Django rebuilds a
SQLite table when a column changes and the triggers go with the old one: a migration that
alters a guarded table must add its guards again (`tests/test_house.py` finds a missing one).
"""

from abc import ABC, abstractmethod
from typing import Any

from django.db.migrations.operations.base import Operation


class Guard(ABC, Operation):
    """A trigger on one model's table, made forwards and dropped backwards."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model_name: str) -> None:
        """Guard the table of `model_name`, a model of the migration's own app."""
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing: a trigger is not part of Django's picture of a model."""

    def database_forwards(self, app_label: str, editor: Any, old: Any, new: Any) -> None:
        """Create the triggers."""
        model = new.apps.get_model(app_label, self.model_name)
        for name, when, test in self.rules(model):
            for sql in _create(editor.connection.vendor, model._meta.db_table, name, when, test):
                editor.execute(sql)

    def database_backwards(self, app_label: str, editor: Any, old: Any, new: Any) -> None:
        """Drop the triggers."""
        model = old.apps.get_model(app_label, self.model_name)
        for name, _when, _test in self.rules(model):
            for sql in _drop(editor.connection.vendor, model._meta.db_table, name):
                editor.execute(sql)

    @abstractmethod
    def rules(self, model: Any) -> list[tuple[str, str, str]]:
        """Return (trigger name, event, condition under which the write is refused)."""

    def describe(self) -> str:
        """Say what the migration does."""
        return f"{type(self).__name__} on {self.model_name}"


class AppendOnly(Guard):
    """Refuse UPDATE, DELETE and (on PostgreSQL) TRUNCATE."""

    def rules(self, model: Any) -> list[tuple[str, str, str]]:
        """Refuse every change to what is written."""
        table = model._meta.db_table
        return [
            (f"guard_{table}_update", "BEFORE UPDATE", "TRUE"),
            (f"guard_{table}_delete", "BEFORE DELETE", "TRUE"),
            (f"guard_{table}_truncate", "BEFORE TRUNCATE", "TRUE"),
        ]


class Same(Guard):
    """Refuse a row that says another owner than the row a foreign key of it points to."""

    owner = ""  # the column, in both tables
    mark = ""  # what tells its triggers from those of another owner

    def __init__(self, model_name: str, *parents: str) -> None:
        """Compare the owner with that of each foreign key in `parents`."""
        super().__init__(model_name)
        self.parents = parents

    def rules(self, model: Any) -> list[tuple[str, str, str]]:
        """Refuse an insert or update that mixes two owners."""
        found = []
        table, owner = model._meta.db_table, self.owner
        for parent in self.parents:
            field = model._meta.get_field(parent)
            other = field.related_model._meta.db_table
            test = (
                f'NEW."{field.column}" IS NOT NULL AND NEW."{owner}" IS NOT NULL AND NEW."{owner}" <> '
                f'(SELECT "{owner}" FROM "{other}" WHERE "id" = NEW."{field.column}")'
            )
            for event in ("insert", "update"):
                found.append((f"guard_{table}_{parent}{self.mark}_{event}", f"BEFORE {event.upper()}", test))
        return found


class SameClinic(Same):
    """Refuse a row whose clinic is not the clinic of the row `parent` points to."""

    owner = "clinic_id"


class SamePatient(Same):
    """Refuse a row whose patient is not the patient of the row `parent` points to."""

    owner, mark = "patient_id", "_patient"


class Fixed(Guard):
    """Refuse a change to the named columns once a row exists."""

    def __init__(self, model_name: str, *fields: str) -> None:
        """Keep each field in `fields` as it was first written."""
        super().__init__(model_name)
        self.fields = fields

    def rules(self, model: Any) -> list[tuple[str, str, str]]:
        """Refuse an update in which one of the columns differs."""
        table = model._meta.db_table
        columns = [model._meta.get_field(name).column for name in self.fields]
        test = " OR ".join(f'NEW."{column}" IS DISTINCT FROM OLD."{column}"' for column in columns)
        return [(f"guard_{table}_fixed", "BEFORE UPDATE", test)]


class Lift(Guard):
    """Take a guard away, so that a migration may rebuild a table; put it back in the same migration.

    SQLite rebuilds a table to change a column, and cannot while a trigger of another table reads it.
    """

    def __init__(self, guard: Guard) -> None:
        """Lift this guard, written as in the migration that added it."""
        super().__init__(guard.model_name)
        self.guard = guard

    def database_forwards(self, app_label: str, editor: Any, old: Any, new: Any) -> None:
        """Drop the triggers."""
        self.guard.database_backwards(app_label, editor, old, new)

    def database_backwards(self, app_label: str, editor: Any, old: Any, new: Any) -> None:
        """Create them again."""
        self.guard.database_forwards(app_label, editor, old, new)

    def rules(self, model: Any) -> list[tuple[str, str, str]]:
        """Return what the lifted guard refused."""
        return self.guard.rules(model)


class Of(Guard):
    """Make a guard, or lift one, on a table of another app than the migration's own."""

    def __init__(self, app_label: str, guard: Guard) -> None:
        """Act on this guard as a migration of `app_label` would."""
        super().__init__(guard.model_name)
        self.app_label, self.guard = app_label, guard

    def database_forwards(self, app_label: str, editor: Any, old: Any, new: Any) -> None:
        """Do what the guard does, in its own app."""
        self.guard.database_forwards(self.app_label, editor, old, new)

    def database_backwards(self, app_label: str, editor: Any, old: Any, new: Any) -> None:
        """Undo it there."""
        self.guard.database_backwards(self.app_label, editor, old, new)

    def rules(self, model: Any) -> list[tuple[str, str, str]]:
        """Return what the guard refuses."""
        return self.guard.rules(model)


def _create(vendor: str, table: str, name: str, event: str, test: str) -> list[str]:
    message = f"{name}: this write is refused"
    if vendor == "sqlite":
        if event == "BEFORE TRUNCATE":  # SQLite has none
            return []
        return [
            f'CREATE TRIGGER "{name}" {event} ON "{table}" FOR EACH ROW WHEN {test} '
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        ]
    level = "STATEMENT" if event == "BEFORE TRUNCATE" else "ROW"
    return [
        f'CREATE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $guard$ BEGIN '
        f"IF {test} THEN RAISE EXCEPTION '{message}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        f"{'RETURN OLD;' if event == 'BEFORE DELETE' else 'RETURN NEW;'} END $guard$",
        f'CREATE TRIGGER "{name}" {event} ON "{table}" FOR EACH {level} EXECUTE FUNCTION "{name}"()',
    ]


def _drop(vendor: str, table: str, name: str) -> list[str]:
    if vendor == "sqlite":
        return [f'DROP TRIGGER IF EXISTS "{name}"']
    return [f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"', f'DROP FUNCTION IF EXISTS "{name}"()']
