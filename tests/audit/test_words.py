import ast
import re
from pathlib import Path

from luna.audit.words import VERBS

VERB = re.compile(r"sign-in|[a-z-]+\.(?!html|css|js|lock)[a-z-]+")


def test_every_verb_has_a_sentence_and_every_sentence_a_verb():
    written = {verb for path in Path("luna").rglob("*.py") for verb in verbs_in(path)}

    assert written == set(VERBS)


def verbs_in(path):
    """Return what looks like a verb in a module that writes the audit."""
    text = path.read_text()
    if "luna.audit import actions" in text:
        words = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
        yield from (word for word in words if isinstance(word, str) and VERB.fullmatch(word))
