"""The rules of this house that a machine can check. Each says what to do when it fails."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, models

from luna import checks, tick

ROOT = Path(__file__).resolve().parent.parent
LUNA = ROOT / "luna"
MIGRATIONS = "migrations"
LONGEST_BODY = 40
# Words we do not use, where the search cannot hit another sense. docs/words.md says what to say instead.
NOT_OUR_WORDS = ("caregiver", "regimen", "deadline", "roster", "tenant", "blacklist", "whitelist_")
NO_HOME = (
    "utils",
    "core",
    "common",
    "services",
    "helpers",
    "managers",
    "signals",
    "repositories",
    "presenters",
)
UNESCAPED = re.compile(r"\bmark_safe\b|\bMarkup\(|\|\s*safe\b|\bfrom_string\(|autoescape\s+false")
INLINE = re.compile(
    r"\sstyle=|<style|<script(?![^>]*\bsrc=)|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE
)


def python_files(folder: Path = LUNA) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if MIGRATIONS not in path.parts)


def text_files() -> list[Path]:
    kinds = {".py", ".html", ".txt", ".toml", ".md", ".css", ".js"}
    return sorted(path for path in LUNA.rglob("*") if path.suffix in kinds)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in [*python_files(), *python_files(ROOT / "bench")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{name_of(path)}:{node.lineno} {node.name}", node


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("luna.")]


def of_a_patient(model: type[models.Model]) -> bool:
    return any(field.name in ("patient", "patient_id") for field in model._meta.get_fields())


def docs() -> str:
    return "\n".join(path.read_text() for path in sorted((ROOT / "docs").rglob("*.md")))


# Layers


def test_every_package_has_a_layer_and_none_that_exists_is_optional():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    one_way = config["tool"]["importlinter"]["contracts"][0]
    layers = {word.strip() for layer in one_way["layers"] for word in layer.split("|")}
    packages = {path.parent.name for path in LUNA.glob("*/__init__.py")}

    assert packages - layers == set()  # A package in parentheses lands here too: take them off.


def test_no_module_is_named_after_nothing():
    homeless = [name_of(path) for path in python_files() if {path.stem, path.parent.name} & set(NO_HOME)]

    assert homeless == []  # Put it in the slice that owns its word.


# Sizes and words


def test_functions_are_short():
    long = {}
    for name, node in functions():
        body = node.body[1:] if ast.get_docstring(node) else node.body
        lines = node.end_lineno - body[0].lineno + 1 if body else 0
        if lines > LONGEST_BODY:
            long[name] = lines

    assert long == {}  # Find the missing word rather than cut it in two.


def test_words_are_ours():
    pattern = re.compile("|".join(NOT_OUR_WORDS), re.IGNORECASE)
    found = [
        f"{name_of(path)}: {word}"
        for path in text_files()
        if path.name != "evidence.toml"  # titles of other people's papers
        for word in pattern.findall(path.read_text())
    ]

    assert found == []  # docs/words.md has the word we use.


def test_nothing_is_left_to_do():
    found = [
        f"{name_of(path)}:{number}"
        for path in text_files()
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line)
    ]

    assert found == []


def test_every_silenced_warning_says_why():
    found = [
        f"{name_of(path)}:{number}"
        for path in [*python_files(), *python_files(ROOT / "tests")]
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"# noqa: [A-Z0-9, ]+$", line)
    ]

    assert found == []  # Say why after the code: two dashes and a reason.


# Access


@pytest.mark.threat("T4")
def test_views_reach_patients_only_through_visible_to():
    scoped = {model.__name__ for model in our_models() if hasattr(model._default_manager, "visible_to")}
    found = []
    for path in (path for path in python_files() if "views" in {path.stem, path.parent.name}):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Attribute(
                    attr=method,
                    value=ast.Attribute(attr="objects", value=ast.Name(id=model) | ast.Attribute(attr=model)),
                ) if model in scoped and method != "visible_to":
                    found.append(f"{name_of(path)}:{node.lineno} {model}.objects.{method}")

    assert found == []


@pytest.mark.threat("T4")
@pytest.mark.parametrize(
    "model", [pytest.param(one, id=one.__name__) for one in our_models() if of_a_patient(one)]
)
def test_row_of_a_patient_says_its_kind_and_its_clinic(model):
    exempt = {"AuditEvent", "Wake"}  # Ids only; who may read them is decided by clinic.

    has_kind = isinstance(getattr(model, "kind", None), str) or hasattr(model, "Kind")

    assert model.__name__ in exempt or has_kind  # One kind for all its rows, or each row its own.
    assert any(field.name in ("clinic", "clinic_id") for field in model._meta.get_fields())


@pytest.mark.threat("T4")
@pytest.mark.django_db
def test_clinic_of_a_row_is_tied_to_its_patients_by_the_database():
    guards = triggers()
    missing = [
        f"{model._meta.db_table}.{field.name}"
        for model in our_models()
        if any(own.name == "clinic" for own in model._meta.fields)
        for field in model._meta.fields
        if field.related_model in our_models() and has_clinic(field.related_model)
        if field.name not in ("clinic", "supersedes")  # what a fact supersedes is of the same patient
        for event in ("insert", "update")
        if f"guard_{model._meta.db_table}_{field.name}_{event}" not in guards
    ]

    assert sorted(set(missing)) == []  # Add guards.SameClinic in a migration.


@pytest.mark.threat("T4")
@pytest.mark.django_db
def test_patient_of_a_row_is_the_patient_of_what_it_belongs_to():
    guards = triggers()
    missing = [
        f"{model._meta.db_table}.{field.name}"
        for model in our_models()
        if has_patient(model)
        for field in model._meta.fields
        if field.related_model in our_models() and has_patient(field.related_model)
        for event in ("insert", "update")
        if f"guard_{model._meta.db_table}_{field.name}_patient_{event}" not in guards
    ]

    assert sorted(set(missing)) == []  # Add guards.SamePatient in a migration.


@pytest.mark.threat("T4")
@pytest.mark.django_db
def test_what_other_rows_are_measured_by_never_moves():
    guards = triggers()
    parents = {field.related_model for model in our_models() for field in model._meta.fields}
    missing = [
        model._meta.db_table
        for model in our_models()
        if (model in parents and any(field.name == "clinic" for field in model._meta.fields))
        or has_patient(model)
        if not guards & {f"guard_{model._meta.db_table}_{kind}" for kind in ("fixed", "update")}
    ]

    assert missing == []  # Add guards.Fixed of the clinic and the patient in a migration.


@pytest.mark.threat("T5")
@pytest.mark.django_db
def test_append_only_tables_are_guarded():
    guards = triggers()
    said = [model for model in our_models() if "append-only" in (model.__doc__ or "").lower()]

    missing = [model.__name__ for model in said if f"guard_{model._meta.db_table}_update" not in guards]

    assert said
    assert missing == []  # Add guards.AppendOnly in a migration; a changed table must get it again.


def has_clinic(model: type[models.Model]) -> bool:
    return any(field.column == "clinic_id" for field in model._meta.fields)


def has_patient(model: type[models.Model]) -> bool:
    return any(field.name == "patient" for field in model._meta.fields)


def triggers() -> set[str]:
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(names[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


# Text that others wrote


@pytest.mark.threat("T8")
def test_nothing_is_put_on_a_page_unescaped():
    found = [
        f"{name_of(path)}: {match}"
        for path in text_files()
        if path.suffix in {".py", ".html"}
        and path != LUNA / "library" / "content.py"  # the one reviewed place
        for match in UNESCAPED.findall(path.read_text())
    ]

    assert found == []


@pytest.mark.threat("T8")
def test_templates_need_no_hole_in_the_content_policy():
    found = [
        f"{name_of(path)}: {match.strip()}"
        for path in sorted(LUNA.rglob("jinja2/**/*.html"))
        for match in INLINE.findall(re.sub(r"{#.*?#}", "", path.read_text(), flags=re.DOTALL))
    ]

    assert found == []


@pytest.mark.hazard("H10")
def test_box_of_a_patient_or_caretaker_is_drawn_by_the_part_that_asks_about_danger():
    found = []
    for path in sorted(LUNA.rglob("jinja2/**/*.html")):
        text = path.read_text()
        is_page = '{% extends "people.html" %}' in text or "{% extends layout %}" in text
        if is_page and re.search(r"<textarea|\barea_field\(", text):
            asks = re.search(r'from "parts/writing.html" import [^%]*\b(box|numbers)\b', text)
            found += [] if asks else [name_of(path)]

    assert found == []  # Draw it with `box`; a box nobody reads, with `numbers`: docs/flow.md.


# Data


def test_no_model_orders_itself_and_no_write_ignores_conflicts():
    ordered = [model.__name__ for model in our_models() if model._meta.ordering]
    ignoring = [name_of(path) for path in python_files() if "ignore_conflicts" in path.read_text()]

    assert (ordered, ignoring) == ([], [])


def test_locks_name_no_host():
    found = [
        f"{path.name}: {line}"
        for path in sorted(ROOT.glob("requirements*.lock"))
        for line in path.read_text().splitlines()
        if "://" in line or line.lstrip().startswith(("--index", "--extra-index", "-i ", "--find-links"))
    ]

    assert found == []
    assert list(ROOT.glob("uv.lock")) == list(ROOT.glob("pylock*.toml")) == []


# Docs


@pytest.mark.parametrize("name", sorted({*checks.ALL, "PORT", "DATABASE_URL"}))
def test_setting_is_explained(name):
    assert f"`{name}`" in (ROOT / "docs" / "run-it.md").read_text()


def test_every_setting_that_is_read_is_known():
    read = {
        name
        for path in [*python_files(), *(ROOT / "bin").iterdir(), ROOT / "Makefile"]
        for name in re.findall(r"""(?:ENV|environ)(?:\.get\(|\[)["'](LUNA_[A-Z_]+)""", path.read_text())
    }

    assert read - checks.ALL == set()


@pytest.mark.parametrize("name", sorted(tick.JOBS))
def test_job_is_explained(name):
    assert f"`{name}`" in (ROOT / "docs" / "run-it.md").read_text()


def test_every_table_has_its_word():
    words = (ROOT / "docs" / "words.md").read_text()

    missing = [model.__name__ for model in our_models() if not re.search(rf"\b{model.__name__}\b", words)]

    assert missing == []  # One row in docs/words.md each.


@pytest.mark.parametrize("book", ["hazard", "threat"])
def test_controlled_rows_and_marked_tests_agree(book):
    rows = tomllib.loads((ROOT / "docs" / f"{book}s.toml").read_text())
    marked = set()
    for path in python_files(ROOT / "tests"):
        marked |= set(re.findall(rf"""mark\.{book}\(["']([A-Z]\d+)["']\)""", path.read_text()))
    controlled = {name for name, row in rows.items() if "controlled" in row["controls"].values()}

    assert controlled - marked == set()  # A control without a test is a wish.
    assert marked - set(rows) == set()
    assert {state for row in rows.values() for state in row["controls"].values()} <= {"controlled", "planned"}


def test_links_between_documents_lead_somewhere():
    broken = []
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", path.read_text()):
            if not (path.parent / link).exists():
                broken.append(f"{name_of(path)}: {link}")

    assert broken == []
