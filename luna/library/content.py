"""Read the packaged content: protocols, guides, questions, rules, medicines, numbers, evidence.

Content is data a clinician can read and correct without code; docs/content.md says how to write it.
A text is parsed once and kept by its exact words, so a signed version reads as fast as a packaged
one. Words have a language and fall back to English.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from luna.clinical import interactions as interaction_rules
from luna.clinical import medicines as medicine_lists
from luna.clinical import phrases as phrase_lists
from luna.clinical import protocol as protocols
from luna.clinical import questionnaire as questionnaires
from luna.clinical import tailoring, triage
from luna.clinical.protocol import Actor
from luna.clinical.reading import SLUG, Grade, Table, table_of
from luna.library import briefing as briefings
from luna.library import consent as consents
from luna.library import emergency as numbers
from luna.library import wording
from luna.library.errors import LibraryError, NoSuchContent
from luna.library.evidence import Record, read_evidence

ROOT = Path(__file__).parent
ENGLISH = "en"
FALLBACK_COUNTRY = "eu"  # 112 is answered, or passed on, in more places than any other number
# From the surest to the least sure: a number may not claim to be surer than all it cites.
SURENESS = (Grade.R, Grade.S, Grade.C, Grade.B, Grade.D)

fill = wording.fill
protocol_of = lru_cache(maxsize=64)(protocols.read_protocol)
step_of = lru_cache(maxsize=64)(protocols.read_step)
triage_of = lru_cache(maxsize=64)(triage.read_triage)
briefing_of = lru_cache(maxsize=64)(briefings.read_briefing)
consent_of = lru_cache(maxsize=256)(consents.read_consent)
screening_of = lru_cache(maxsize=64)(interaction_rules.read_screening)
interactions_of = lru_cache(maxsize=64)(interaction_rules.read_interactions)
emergency_of = lru_cache(maxsize=64)(numbers.read_emergency)


@dataclass(frozen=True, slots=True)
class Later:
    """A whole check-in in one tap. answers: item id -> code. after_fine: only after a fine one."""

    id: str
    answers: Mapping[str, str]
    after_fine: bool


def fill_html(html: str, values: Mapping[str, str]) -> Markup:
    """Return a guide's HTML with its placeholders filled in, for a page to show as it stands.

    It and `consent_html` alone call a text safe: `wording` has sanitised it and escapes every value.
    """
    return Markup(wording.fill_html(html, values))


def protocol_text(name: str) -> str:
    """Return the exact text of a packaged protocol, as a clinic signs it."""
    return _text("protocols", name)


def protocol(name: str) -> protocols.Protocol:
    """Return a packaged protocol."""
    return protocol_of(protocol_text(name))


def step_text(name: str) -> str:
    """Return the exact text of a packaged step that an order may add to a plan."""
    return _text("steps", name)


def triage_text(name: str) -> str:
    """Return the exact text of a packaged set of triage rules, as a clinic signs it."""
    return _text("triage", name)


def triage_rules(name: str) -> triage.RuleSet:
    """Return a packaged set of triage rules."""
    return triage_of(triage_text(name))


@lru_cache(maxsize=64)
def cards(name: str, language: str = ENGLISH) -> Mapping[str, wording.Card]:
    """Return card id -> what to say and do, for a set of triage rules."""
    path, text = _worded("triage", name, language)
    top = Table(_toml(text, path), path, LibraryError)
    read = {card.id: card for card in map(wording.read_card, top.tables("card"))}
    for key in ("id", "version", "review_by", "reviewed_by"):
        top.has(key)
    top.close()
    return MappingProxyType(read)


@lru_cache(maxsize=64)
def questionnaire(name: str) -> questionnaires.Questionnaire:
    """Return a packaged questionnaire, joined with the one it includes."""
    read = questionnaires.read_questionnaire(_text("questionnaires", name))
    return questionnaires.joined(read, questionnaire(read.include)) if read.include else read


def consent_text(name: str, language: str = ENGLISH) -> str:
    """Return the exact text of a packaged consent, for a clinic to begin with."""
    return _text("consents", name, f".{_spoken(f'consents/{name}', language, '.md')}.md")


def briefing(name: str) -> briefings.Briefing:
    """Return a packaged briefing: its cards are guides, its questions a questionnaire."""
    return briefing_of(_text("briefings", name))


def consent_html(document: consents.Document) -> Markup:
    """Return the text of a consent for a page or a PDF to show as it stands; nothing is filled in."""
    return Markup(document.html)  # `wording.render` has sanitised it


def screening_text(name: str) -> str:
    """Return the exact text of a packaged screening, as a clinic signs it."""
    return _text("screening", name)


def screening(name: str) -> interaction_rules.Screening:
    """Return a packaged screening; its words are for staff."""
    return screening_of(screening_text(name))


def interactions_text(name: str) -> str:
    """Return the exact text of a packaged table of interactions, as a clinic signs it."""
    return _text("interactions", name)


def interactions(name: str) -> interaction_rules.InteractionTable:
    """Return a packaged table of interactions; its words are for staff."""
    return interactions_of(interactions_text(name))


@lru_cache(maxsize=1)
def medicines() -> medicine_lists.MedicineList:
    """Return the packaged list of medicines, ready to be searched."""
    return medicine_lists.read_medicines(_text("medicines", "medicines"))


@lru_cache(maxsize=64)
def phrases(name: str, language: str = ENGLISH) -> phrase_lists.Phrases:
    """Return packaged phrases after which a text is read sooner."""
    _path, text = _worded("phrases", name, language)
    return phrase_lists.read_phrases(text)


@lru_cache(maxsize=64)
def later(name: str) -> tuple[Later, ...]:
    """Return the one-tap answers a questionnaire offers when it comes again; most have none."""
    path = f"questionnaires/{name}.later.toml"
    if not (SLUG.fullmatch(name) and (ROOT / path).is_file()):
        return ()
    top = table_of(_read(path), LibraryError)
    quick = tuple(_later(row, questionnaire(name)) for row in top.tables("later"))
    top.close()
    return quick


@lru_cache(maxsize=1024)
def guide(actor: str, name: str, language: str = ENGLISH) -> wording.Guide:
    """Return what one reader is told about a step. actor: patient, caretaker or clinic."""
    reader = Actor(actor)
    folder = f"guides/{reader}"
    chosen = _spoken(f"{folder}/{name}", language, ".md")
    text = wording.typeset(_text(folder, name, f".{chosen}.md"))
    return wording.read_guide(text, actor=reader, language=chosen, path=f"{folder}/{name}.{chosen}.md")


@lru_cache(maxsize=64)
def words(kind: str, name: str, language: str = ENGLISH) -> Mapping[str, Any]:
    """Return the words of a protocol, questionnaire, page and the like. kind: the folder they lie in.

    Words that include others have theirs too, for items and conflicts.
    """
    path, text = _worded(kind, name, language)
    read = _toml(text, path)
    if "include" in read:
        included = words(kind, read["include"], language)
        for part in ("item", "conflict"):
            read[part] = {**included.get(part, {}), **read.get(part, {})}
    return MappingProxyType(read)


@lru_cache(maxsize=1)
def evidence() -> Mapping[str, Record]:
    """Return record id -> fact, grade and sources."""
    return read_evidence(wording.typeset(_read("evidence.toml")))


@lru_cache(maxsize=256)
def emergency_text(country: str) -> str:
    """Return the exact text of a country's emergency numbers; 112 for one we do not know."""
    code = country.lower()
    return _text("emergency", code if code in names("emergency") else FALLBACK_COUNTRY)


def emergency(country: str) -> numbers.Emergency:
    """Return who to call in a country. country: ISO 3166 code of two letters.

    A country we do not know gets 112; `countries` tells whether the set was made for it.
    """
    return emergency_of(emergency_text(country))


def names(kind: str) -> tuple[str, ...]:
    """Return the names of all packaged content of a kind, sorted. kind: the folder it lies in."""
    return tuple(
        sorted(
            {path.name.split(".")[0] for path in (ROOT / kind).iterdir() if path.suffix in (".toml", ".md")}
        )
    )


def problems(checked: protocols.Protocol) -> tuple[str, ...]:
    """Return what in the library does not bear a protocol out, one sentence each; nothing if sound.

    Every step needs a guide for its reader, every questionnaire must exist, every evidence id must
    be a record, and no number may be graded surer than the surest record it cites. What a step needs
    must be a tag there is, and what was told may not show by a step that is shared as less.
    """
    found = [*_uncited(checked), *_overgraded(checked), *_mistagged(checked)]
    for step in checked.steps:
        try:
            if step.guide:
                guide(step.actor, step.guide)
            if step.questionnaire:
                questionnaire(step.questionnaire)
        except NoSuchContent as problem:
            found.append(f"step '{step.id}': {problem}")
        if not step.guide:
            found.append(f"step '{step.id}': It has no guide. Name one, like guide = \"rest\".")
    return tuple(found)


def wordless(checked: triage.RuleSet) -> tuple[str, ...]:
    """Return which rules have a card without words, one sentence each: its reader would be told nothing."""
    try:
        worded = cards(checked.id)
    except NoSuchContent as problem:
        return (str(problem),)
    return tuple(
        f"rule '{rule.id}': There are no words for its card '{rule.card}'. Name one of: {', '.join(worded)}."
        for rule in checked.rules
        if rule.card not in worded
    )


def _uncited(checked: protocols.Protocol) -> list[str]:
    missing = [name for name in checked.sources if name not in evidence()]
    bare = [step.id for step in checked.steps if not step.evidence]
    return [
        *(
            f"evidence: There is no record '{name}'. Add it to the evidence, or mend the name."
            for name in missing
        ),
        *(f"step '{name}': It cites nothing. Add evidence = [...]." for name in bare),
    ]


def _mistagged(checked: protocols.Protocol) -> list[str]:
    told = frozenset(tailoring.Tag)
    found = []
    for step in checked.steps:
        if stray := step.needs - told - tailoring.HELP:
            tags = ", ".join(sorted(told | tailoring.HELP))
            found.append(f"step '{step.id}': There is no tag '{min(stray)}'. There are: {tags}.")
        if step.needs & told and step.kind != tailoring.HISTORY:
            found.append(
                f"step '{step.id}': It shows what was told, so it is of the kind '{tailoring.HISTORY}'."
            )
    return found


def _overgraded(checked: protocols.Protocol) -> list[str]:
    found = []
    for number in checked.numbers.values():
        cited = [evidence()[name].grade for name in number.evidence if name in evidence()]
        if cited and SURENESS.index(number.grade) < min(map(SURENESS.index, cited)):
            found.append(
                f"number '{number.id}': Its grade {number.grade} is surer than what it cites. Lower it."
            )
    return found


def _later(row: Table, asked: questionnaires.Questionnaire) -> Later:
    quick = Later(
        id=row.slug("id"),
        answers=MappingProxyType(row.take("answers", dict)),
        after_fine=row.take("after_fine", bool),
    )
    row.close()
    questionnaires.check(asked, quick.answers)
    return quick


def _worded(kind: str, name: str, language: str) -> tuple[str, str]:
    chosen = _spoken(f"{kind}/{name}", language, ".toml")
    return f"{kind}/{name}.{chosen}.toml", wording.typeset(_text(kind, name, f".{chosen}.toml"))


def _spoken(stem: str, language: str, ending: str) -> str:
    """Return the language if the words exist in it, else English."""
    return (
        language if SLUG.fullmatch(language) and (ROOT / f"{stem}.{language}{ending}").is_file() else ENGLISH
    )


def _text(kind: str, name: str, ending: str = ".toml") -> str:
    # The name may come from an address: it must never reach outside its folder.
    path = f"{kind}/{name}{ending}"
    if not SLUG.fullmatch(name) or not (ROOT / path).is_file():
        raise NoSuchContent(path[:80], "There is no such content.", f"There are: {', '.join(names(kind))}.")
    return _read(path)


@lru_cache(maxsize=512)
def _read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _toml(text: str, path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise LibraryError(path, f"This is not TOML: {problem}.", "Mend that line; see toml.io.") from problem
