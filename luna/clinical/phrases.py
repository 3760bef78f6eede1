"""Phrases that make a human read a text sooner. They only ever raise: a text without one is no all-clear.

id = "safety"; version = "1.0.0"; review_by = 2027-11-01; reviewed_by = ""
phrases = ["end my life", "overdose"]
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from luna.clinical.errors import PhraseError
from luna.clinical.reading import table_of

WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of one version, as `holds` compares them: words with single spaces."""

    id: str
    version: str
    phrases: tuple[str, ...]
    review_by: date
    reviewed_by: str

    def holds(self, text: str) -> bool:
        """Tell whether a text holds a phrase as whole words; case, accents and commas do not count."""
        words = f" {_plain(text)} "
        return any(f" {phrase} " in words for phrase in self.phrases)


def read_phrases(text: str) -> Phrases:
    """Return the phrases a TOML text holds. Raises PhraseError, naming place and cure."""
    top = table_of(text, PhraseError)
    read = Phrases(
        id=top.slug("id"),
        version=top.version(),
        phrases=tuple(map(_plain, top.texts("phrases", required=True))),
        review_by=top.take("review_by", date),
        reviewed_by=top.take("reviewed_by", str),
    )
    top.close()
    if "" in read.phrases:
        top.refuse("phrases", "One has no word in it.", "Write each as words, or take it out.")
    return read


def _plain(text: str) -> str:
    joined = text.replace("’", "").replace("'", "")
    letters = unicodedata.normalize("NFKD", joined).casefold()
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(WORD.findall(bare))
