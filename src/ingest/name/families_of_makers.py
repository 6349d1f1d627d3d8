"""Rows of knowledge about families of models, found by the model's id: maker, first words, words within."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from ingest.errors import IngestError
from ingest.knowledge import KnowledgeEntry
from ingest.name.model_text import is_size, model_words
from ingest.name.organizations import organization_name

_Words = tuple[str, ...]


class FamilyRow(KnowledgeEntry):
    """Models of a ``maker`` that a row is about: their names begin with one of ``begins`` and hold all of ``holds``.

    Without ``begins``, all models of the maker are meant. ``but`` lists beginnings of names that are no part of it.
    ``sized``: only models whose names say how many parameters they have are meant.
    """

    maker: str
    begins: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    sized: bool = False
    reason: str


Row = TypeVar("Row", bound=FamilyRow)


class _Split(NamedTuple, Generic[Row]):
    row: Row
    begins: tuple[_Words, ...]
    holds: frozenset[str]
    but: tuple[_Words, ...]


class FamilyRows(Generic[Row]):
    """The rows of one ``file`` of knowledge. Raises :class:`IngestError` for a maker that nobody knows."""

    def __init__(self, rows: Iterable[Row], file: str) -> None:
        self._of: dict[str, list[_Split[Row]]] = {}
        for row in rows:
            if organization_name(row.maker) is None:
                raise IngestError(f"{file}: the maker {row.maker!r} is not known")
            begins = tuple(map(model_words, row.begins)) or ((),)
            holds = frozenset(word for text in row.holds for word in model_words(text))
            self._of.setdefault(row.maker, []).append(_Split(row, begins, holds, tuple(map(model_words, row.but))))

    def about(self, model_id: str) -> Iterator[tuple[Row, str]]:
        """The rows about a model, each with the words of the family by which it was found (the maker, where none)."""
        maker, _, slug = model_id.partition("/")
        words = model_words(slug)
        is_sized = any(map(is_size, words))
        for row, begins, holds, but in self._of.get(maker, ()):
            if not holds.issubset(words) or any(words[: len(other)] == other for other in but):
                continue
            if row.sized and not is_sized:
                continue
            begin = next((each for each in begins if words[: len(each)] == each), None)
            if begin is not None:
                yield row, " ".join(begin) or maker
