"""Who makes a model, told by the family word that its name begins with (``families.yaml``).

Only for names whose maker no source states. A word too much leaves the maker unknown: a fine-tune by somebody else
carries the name of the model that it was made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from ingest.errors import IngestError
from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.name import text
from ingest.name.endings import read_listing
from ingest.name.model_text import model_words
from ingest.name.organizations import UNKNOWN, may_be_a_name, organization_keys, organization_name

_NUMBER = re.compile(r"v?\d{1,4}(?:\.\d{1,3}){0,2}[nov]?|20\d{6}|v20\d{6}|2\d[01]\d[0-3]\d")
"""A version, a date or a revision. Longer numbers are lengths of a context, which fine-tunes are named for."""

_GENERATION = re.compile(r"\d{1,2}(?:\.\d)?")
"""The number of a generation, which may part the words of a family."""

_SIZE = re.compile(r"(?:\d{1,3}x|[ae])?\d{1,4}(?:\.\d{1,2})?[bmet]")

_LENGTHS = frozenset(("1024", "2048", "4096", "8192"))

_LONGEST_MAKER = 4
"""Words of a maker's name that may stand before the family: "black forest labs flux"."""


class _FamilyEntry(KnowledgeEntry):
    word: str
    maker: str
    own: frozenset[str] = frozenset()
    sizes: frozenset[str] | None = None
    behind_maker: bool = False
    reason: str


class _FamilyFile(KnowledgeEntry):
    scripts: dict[str, str]
    settings: frozenset[str]
    tiers: frozenset[str]
    families: tuple[_FamilyEntry, ...]


@dataclass(slots=True, frozen=True)
class Family:
    """What is known of the models whose names begin with ``word``."""

    word: str
    maker: str
    own: frozenset[str]
    sizes: frozenset[str] | None
    behind_maker: bool

    def has(self, word: str) -> bool:
        """Whether its maker uses a word in names of the family, a size or a number included."""
        if word in self.own or word in settings_of_names():
            return True
        if _SIZE.fullmatch(word):
            return self.sizes is None or word in self.sizes or word.startswith("a")
        return _NUMBER.fullmatch(word) is not None and word not in _LENGTHS


def words_that_tell(name: str) -> tuple[str, ...]:
    """The words of a name less the endings that are no part of it; none where two models work together."""
    if " + " in name or len(name) > text.LONGEST_NAME:
        return ()
    told = [listing.text for listing in read_listing(name) if not listing.needs_known][-1]
    return model_words(told)


class FoundFamily(NamedTuple):
    """A family that a name begins with: ``stated`` are words of its maker's name before it, ``rest`` those behind."""

    family: Family
    stated: tuple[str, ...]
    rest: tuple[str, ...]

    def is_known(self) -> bool:
        """Whether the maker uses each further word, so that the name is none of somebody's fine-tune."""
        return all(map(self.family.has, self.rest)) and has_one_size(self.rest)


def families_at_start(words: tuple[str, ...]) -> list[FoundFamily]:
    """The families whose word a name begins with, also behind a name of the maker; the longest word of each place."""
    found: list[FoundFamily] = []
    if _first_words().isdisjoint(words[: _LONGEST_MAKER + 1]):
        return found
    for behind in range(min(_LONGEST_MAKER, len(words) - 1) + 1):
        stated = words[:behind]
        for begun, rest in _beginnings(words[behind:]):
            family = _families().get(begun)
            if family is None or (family.behind_maker and not behind) or not _names(stated, family.maker):
                continue
            found.append(FoundFamily(family, stated, rest))
            break
    return found


def _beginnings(words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The first words of a name, most first, and the rest. A number may stand within two of them: "nova 3 pro"."""
    for length in (3, 2, 1):
        yield words[:length], words[length:]
        if length == 2 and len(words) > 2 and _GENERATION.fullmatch(words[1]):
            yield (words[0], words[2]), (words[1], *words[3:])


def has_one_size(words: tuple[str, ...]) -> bool:
    """Whether not more than one word is a number of all parameters: "70b", but not the "a22b" of the active ones."""
    return sum(_SIZE.fullmatch(word) is not None and word[0] not in "ae" for word in words) <= 1


@lru_cache(maxsize=16384)
def has_word(name: str, word: str) -> bool:
    """Whether the family that a name begins with has ``word`` in its own names: MiniCPM-V, GLM-V."""
    words = tuple(model_words(name[: text.LONGEST_NAME]))
    if words[:1] and words[0] not in _first_words():
        return False
    families = (_families().get(words[:length]) for length in (3, 2, 1))
    return any(word in family.own for family in families if family is not None)


def without_maker(name: str, maker: str) -> str:
    """A name without that of its maker before it, where a family of the maker begins behind it.

    >>> without_maker("nvidia-nemotron-5-nano", "nvidia"), without_maker("deepseek-v5", "deepseek")
    ('nemotron-5-nano', 'deepseek-v5')
    """
    if maker == UNKNOWN or not may_be_a_name(name):
        return name
    words = tuple(model_words(name))
    for behind in range(min(_LONGEST_MAKER, len(words) - 1), 0, -1):
        families = (_families().get(words[behind : behind + length]) for length in (3, 2, 1))
        if not _names(words[:behind], maker) or any(words[: behind + length] in _families() for length in (1, 2)):
            continue
        if any(family and family.maker == maker for family in families):
            return behind_words(name, words[:behind])
    return name


def behind_words(name: str, stated: tuple[str, ...]) -> str:
    """A name without the words of its maker that stand before it."""
    ends = (at for at, sign in enumerate(name) if sign.isalnum() and tuple(model_words(name[:at])) == stated)
    return name[next(ends, 0) :] if stated else name


def _names(stated: Sequence[str], maker: str) -> bool:
    return not stated or text.name_key(" ".join(stated)) in organization_keys(maker)


def _file() -> _FamilyFile:
    said: _FamilyFile = knowledge("names/families", _FamilyFile)
    return said


def in_latin_letters(name: str) -> str:
    """A name whose first word is that of a family in other letters, in Latin ones.

    >>> in_latin_letters("카나나 1.5 8B Instruct"), in_latin_letters("通义千问 Qwen3-32B")
    ('Kanana 1.5 8B Instruct', '通义千问 Qwen3-32B')
    """
    first, *rest = name.split(" ")
    known = _file().scripts
    if name.isascii() or first not in known or (rest and rest[0].isascii() and rest[0][:1].isalpha()):
        return name
    return " ".join(known.get(word, word) for word in (first, *rest))


def family_words() -> dict[str, frozenset[str]]:
    """The words that families' names begin with, each with the further words that its names have."""
    settings = settings_of_names()
    return {row.word: row.own | settings for row in _file().families}


@cache
def words_of_makers() -> dict[str, tuple[tuple[str, ...], ...]]:
    """The family words of each maker, as words of names."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for words, family in _families().items():
        found.setdefault(family.maker, []).append(words)
    return {maker: tuple(families) for maker, families in found.items()}


@cache
def settings_of_names() -> frozenset[str]:
    """Words of names that say how a model is tuned, packed or served."""
    return _file().settings


@cache
def tiers() -> frozenset[str]:
    """Words by which makers tell the sizes of one generation, as "pro" and "flash"."""
    return _file().tiers


@cache
def _first_words() -> frozenset[str]:
    return frozenset(words[0] for words in _families())


@cache
def _families() -> dict[tuple[str, ...], Family]:
    found: dict[tuple[str, ...], Family] = {}
    for row in _file().families:
        words = tuple(row.word.split())
        if words in found or organization_name(row.maker) is None:
            raise IngestError(f"families.yaml: {row.word!r} stands twice, or its maker is not known")
        found[words] = Family(row.word, row.maker, row.own, row.sizes, row.behind_maker)
    return found
