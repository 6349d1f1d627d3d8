"""The family of a model that the catalogue lacks, by the line of its maker that its name continues.

A line is the beginning of names of one family: the family's own name ("Gemma 3"), the whole name of
a model ("gpt-5"), or two words and more that several names begin with ("kimi k2"). The longest line counts. A version
behind it begins a new generation, unless the family has models of several: GPT-6 is none of a "GPT" line, while a new
Mistral Large is one of Mistral Large. Where other families of the maker begin with the same words, a further word may
name one of those or a new one, so that only a size or a setting may follow: "qwen2-0.5b" is Qwen2, "qwen2-foo" nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

from ingest.name.families import settings_of_names
from ingest.name.model_catalogue import model_catalogue
from ingest.name.model_text import model_words

_Words = tuple[str, ...]

_VERSION = re.compile(r"[a-z]?\d{1,3}(?:\.\d+)*[a-z]?")
_SIZE_OR_WINDOW = re.compile(r"(?:\d+x)?\d+(?:\.\d+)?[bmkt]|a\d+b")
_SHORTEST = 2
"""Words that a line has at least which is neither a family's name nor that of a model."""


class NameLine(NamedTuple):
    """The family of a line, whether its names go on with versions, and whether other families begin so too."""

    family: str
    has_versions: bool
    is_shared: bool


@lru_cache(maxsize=16384)
def family_of_line(model_id: str) -> tuple[str, str] | None:
    """The family of a model by its name, and the words of the line; None where no line of its maker tells.

    >>> family_of_line("openai/whisper-huge"), family_of_line("google/gemma-9-2b-it")
    (('Whisper', 'whisper'), None)
    """
    return family_in(model_id, _lines().get(model_id.partition("/")[0], {}))


def family_in(model_id: str, lines: dict[_Words, NameLine]) -> tuple[str, str] | None:
    """The family of a model among the ``lines`` of its maker, whose own name may stand before the line."""
    maker, _, slug = model_id.partition("/")
    words = model_words(slug)
    own = model_words(maker)
    if own and words[: len(own)] == own and words[len(own) :]:
        return _longest(words, lines) or _longest(words[len(own) :], lines)
    return _longest(words, lines)


def _longest(words: _Words, lines: dict[_Words, NameLine]) -> tuple[str, str] | None:
    for length in range(len(words), 0, -1):
        line = lines.get(words[:length])
        if line is not None:
            follows = words[length] if length < len(words) else None
            return (line.family, " ".join(words[:length])) if _may_follow(follows, line) else None
    return None


def _may_follow(word: str | None, line: NameLine) -> bool:
    if word is None or _SIZE_OR_WINDOW.fullmatch(word) or word in settings_of_names():
        return True
    return not line.is_shared and (line.has_versions or not is_version(word))


def is_version(word: str) -> bool:
    """Whether a word of a name counts generations: "4", "v2", "k3", "2.5", and no size, window or date."""
    return _VERSION.fullmatch(word) is not None and _SIZE_OR_WINDOW.fullmatch(word) is None


@cache
def _lines() -> dict[str, dict[_Words, NameLine]]:
    by_maker: dict[str, list[tuple[_Words, str | None]]] = {}
    for model in model_catalogue().values():
        maker, _, slug = model.model_id.partition("/")
        by_maker.setdefault(maker, []).append((model_words(slug), model.family))
    return {maker: lines_of(models) for maker, models in by_maker.items()}


def lines_of(models: Iterable[tuple[_Words, str | None]]) -> dict[_Words, NameLine]:
    """The lines of one maker, of the words and the family of each of its models."""
    under: dict[_Words, list[tuple[_Words, str | None]]] = {}
    for words, family in models:
        for length in range(1, len(words) + 1):
            under.setdefault(words[:length], []).append((words, family))
    own_names = {model_words(family): family for found in under.values() for _, family in found if family}
    lines: dict[_Words, NameLine] = {}
    for begin, found in under.items():
        families = {family for _, family in found}
        of_name = own_names.get(begin)
        family = of_name if of_name in families else next(iter(families)) if len(families) == 1 else None
        if family is None or not _may_tell(begin, found, family, is_name=of_name is not None):
            continue
        numbers = {word for word in model_words(family) if is_version(word)}
        has_versions = numbers <= set(begin) and any(
            is_version(words[len(begin)]) for words, of in found if of == family and words != begin
        )
        lines[begin] = NameLine(family, has_versions, len(families) > 1)
    return lines


def _may_tell(begin: _Words, found: list[tuple[_Words, str | None]], family: str, *, is_name: bool) -> bool:
    """Whether a beginning is a line. One that lacks a part of the family's name ("starcoder" of StarCoder2) is none."""
    if is_name:
        return True
    name = model_words(family)
    if len(begin) < len(name) and name[: len(begin)] == begin:
        return False
    return any(words == begin for words, _ in found) or len(begin) >= _SHORTEST
