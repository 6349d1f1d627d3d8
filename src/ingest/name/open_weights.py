"""Whether the weights of a model are published, told by its maker's practice (``open_weights.yaml``)."""

from __future__ import annotations

from functools import cache, lru_cache

from ingest.errors import IngestError
from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.name.model_text import model_words
from ingest.name.organizations import organization_name


class _Practice(KnowledgeEntry):
    maker: str
    open: bool
    begins: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    reason: str


_Words = tuple[str, ...]


@lru_cache(maxsize=16384)
def weights_of_family(model_id: str) -> tuple[bool, str] | None:
    """Whether the weights of the family of a model are published, and the family; None where nothing is known of it.

    >>> weights_of_family("anthropic/claude-2"), weights_of_family("openai/gpt-oss-20b")
    ((False, 'anthropic'), (True, 'gpt oss'))
    >>> weights_of_family("openai/gpt-2"), weights_of_family("somebody/gpt-4")
    (None, None)
    """
    maker, _, slug = model_id.partition("/")
    words = model_words(slug)
    for practice, begins, but in _practices().get(maker, ()):
        if any(words[: len(other)] == other for other in but):
            continue
        for begin in begins:
            if words[: len(begin)] == begin:
                return practice.open, " ".join(begin) or maker
    return None


@cache
def _practices() -> dict[str, list[tuple[_Practice, tuple[_Words, ...], tuple[_Words, ...]]]]:
    found: dict[str, list[tuple[_Practice, tuple[_Words, ...], tuple[_Words, ...]]]] = {}
    rows: tuple[_Practice, ...] = knowledge("names/open_weights", tuple[_Practice, ...])
    for row in rows:
        if organization_name(row.maker) is None:
            raise IngestError(f"open_weights.yaml: the maker {row.maker!r} is not known")
        begins = tuple(map(model_words, row.begins)) or ((),)
        found.setdefault(row.maker, []).append((row, begins, tuple(map(model_words, row.but))))
    return found
