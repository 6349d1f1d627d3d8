"""Whether a result comes from the maker's own report: "GPT-4 Technical Report" is OpenAI's.

Leaderboards tell whom they have a result from. Where that is a report on models of the model's own maker, the maker
measured it. A report on those of another maker tells nothing of who measured: it may copy what others reported. Nor
does the name of an organization that measures many models, though it may have made one.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.name.families import words_of_makers
from ingest.name.model_text import model_words

_LONGEST_TITLE = 300
_PIECE = re.compile(r"[^\s:,;()]+")


class _Reports(KnowledgeEntry):
    words: frozenset[str]
    no_reports: frozenset[str]
    reason: str


@lru_cache(maxsize=16384)
def is_own_report(title: str, maker: str) -> bool:
    """Whether ``title`` is that of a report on models of the maker.

    >>> is_own_report("GPT-4 Technical Report", "openai"), is_own_report("Qwen Technical Report", "meta")
    (True, False)
    """
    if len(title) > _LONGEST_TITLE:
        return False
    said, words = _file(), set(model_words(title))
    if not words & said.words or words & said.no_reports:
        return False
    families = words_of_makers().get(maker, ())
    return any(_names(piece, families) for piece in _pieces(title))


def _pieces(title: str) -> list[tuple[str, bool]]:
    """Each word of a title with what follows it on one line, and whether it is a name: it has a capital or a number."""
    found = list(_PIECE.finditer(title))
    return [(title[each.start() :], each[0] != each[0].lower() or any(map(str.isdigit, each[0]))) for each in found]


def _names(piece: tuple[str, bool], families: tuple[tuple[str, ...], ...]) -> bool:
    rest, is_name = piece
    words = model_words(rest)
    return is_name and any(words[: len(family)] == family for family in families)


@cache
def _file() -> _Reports:
    said: _Reports = knowledge("names/reports", _Reports)
    return said
