"""docs/permissions.md says what the code does."""

import re
from pathlib import Path

from luna.people import access, permissions
from luna.people.models import Clinician
from tests.test_access import MACHINES, patterns

TEXT = Path("docs/permissions.md").read_text()
WORDS = {"public": "anyone", "person": "anyone signed in"}


def table(heading):
    """Return the rows of the table under a heading, as tuples of cells, without its head."""
    part = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]) for line in lines[2:]]


def open_to(view):
    """Return in words to whom a view is open."""
    who = [WORDS.get(kind, kind) for kind in view.capacities]
    if roles := getattr(view, "roles", ()):
        who[who.index("staff")] = f"staff who are {' or '.join(roles)}"
    return ", ".join(who)


def address(pattern):
    """Return an address as the table writes it: what it is about in braces."""
    return "`/" + re.sub(r"<\w+?:(\w+?)(?:_id)?>", r"{\1}", str(pattern.pattern)) + "`"


def to_caretakers(kind):
    """Return in words whether a caretaker sees a kind."""
    if kind in access.PRIVATE:
        return "never"
    return "yes" if kind in access.PRACTICAL else "if the patient says so"


def test_pages_are_open_to_whom_it_says():
    pages = {
        (
            address(pattern),
            open_to(pattern.callback),
            "yes" if getattr(pattern.callback, "fresh", False) else "",
        )
        for pattern in patterns()
        if pattern.name not in MACHINES
    }

    assert {(row[0], *row[2:]) for row in table("Pages")} == pages


def test_kinds_are_as_written():
    kinds = [(str(label), "yes", to_caretakers(kind), "yes") for kind, label in access.KINDS.items()]

    assert table("Kinds of information") == kinds


def test_roles_are_as_written():
    assert table("Roles of staff") == [(role.value, str(words)) for role, words in permissions.MAY.items()]
    assert list(permissions.MAY) == list(Clinician.Role)


def test_staff_read_the_same_as_is_written_here(as_nia):
    """The page is drawn from what views say of themselves, and so is the table above."""
    addresses = {pattern.name: address(pattern) for pattern in patterns()}
    names = {str(words): addresses[name] for name, words in permissions.PAGES.items()}
    pages = {(names[str(row.name)], "yes" if row.is_fresh else "") for row in permissions.staff_pages()}
    text = as_nia.get("/clinic/permissions").content.decode()

    assert pages == {
        (row[0], row[3]) for row in table("Pages") if "staff who are" in row[2] or row[2:] == ("staff", "yes")
    }
    assert "/clinic/" not in "".join(re.findall(r'<th scope="row">.*?</th>', text))
    assert [row[0] for row in table("Kinds of information")] == [
        str(row.label) for row in permissions.kinds()
    ]
    assert [row[2] for row in table("Kinds of information")] == [
        str(row.to_caretakers) for row in permissions.kinds()
    ]
    assert text.count('<th scope="row">') == len(access.KINDS) + len(permissions.MAY) + len(pages)


def test_page_of_an_administrator_says_so():
    (row,) = (one for one in permissions.staff_pages() if one.name == "Opening hours")

    assert row.roles == {"admin"}
