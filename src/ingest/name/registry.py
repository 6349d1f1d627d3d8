"""What earlier runs read under the names of models, so that a later run sees the whole of the data.

The pipeline stores :meth:`ModelRegistry.rows` as a table and hands them to :meth:`ModelRegistry.from_rows`. Which
model a listing means can depend on other listings: they tell its maker, its catalogued name, or which of two pages of
one name is the earlier one. So a run asks for the earlier listings that bear on its own, decides on all of them
together, and says which earlier ones now mean something else. The ids are the same in every order of arrival.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from datetime import date
from typing import Any, NamedTuple

from ingest.name.families import has_word
from ingest.name.model_text import is_size


class ModelRequest(NamedTuple):
    """A model as a source lists it.

    ``scope`` is the place that holds this one model (a page's location, or the location of a feed with the place of
    the entry in it). ``source_key`` is the source's own id of the model, where it has one; a source with ids of its
    own tells its models apart by them and not by their dates.
    """

    source: str
    scope: str
    name: str | None = None
    organization: str | None = None
    source_key: str | None = None
    release_date: date | None = None


class Decided(NamedTuple):
    """What a listing was taken for. ``own_id`` is what it says alone, without the rest of the data."""

    own_id: str
    model_id: str
    version: str | None
    name: str


class ModelRegistry:
    """Listings of earlier runs with what they were taken for. Small, in memory, owned by one writer."""

    def __init__(self) -> None:
        self._decided: dict[ModelRequest, Decided] = {}
        self._by_trait: dict[Hashable, list[ModelRequest]] | None = None
        self._changed: set[ModelRequest] = set()
        self._added: set[ModelRequest] = set()

    @classmethod
    def from_rows(cls, rows: Iterable[Iterable[Any]]) -> ModelRegistry:
        """From rows as :meth:`rows` gave them."""
        registry = cls()
        for source, scope, name, organization, source_key, release_date, *decided in rows:
            request = ModelRequest(source, scope, name, organization, source_key, release_date)
            registry._keep(request, Decided(*decided))
        return registry

    def rows(self, *, only_new: bool = False) -> list[tuple[Any, ...]]:
        """One row for each listing, sorted: its six fields, then what it was taken for.

        ``only_new``: those alone that were added or have changed since the rows were handed in.
        """
        wanted = self._added | self._changed if only_new else self._decided.keys()
        found = [
            (r.source, r.scope, r.name, r.organization, r.source_key, r.release_date, *self._decided[r]) for r in wanted
        ]
        return sorted(found, key=lambda row: tuple(str(cell) for cell in row))

    def __len__(self) -> int:
        return len(self._decided)

    def changed(self) -> list[ModelRequest]:
        """Listings of earlier runs that mean something else now, sorted."""
        return sorted(self._changed, key=lambda r: (r.source, r.scope, str(r.release_date), r.name or ""))

    def near(self, traits: Iterable[Hashable]) -> list[ModelRequest]:
        """Earlier listings that share one of the traits, or one with those that do."""
        waiting, met = list(traits), set[Hashable]()
        found: dict[ModelRequest, None] = {}
        if self._by_trait is None:
            self._by_trait = {}
            for request in self._decided:
                self._index(request)
        while waiting and self._by_trait:
            trait = waiting.pop()
            if trait in met:
                continue
            met.add(trait)
            for request in self._by_trait.get(trait, ()):
                if request not in found:
                    found[request] = None
                    waiting += self._traits_of(request)
        return list(found)

    def add(self, request: ModelRequest, decided: Decided) -> None:
        """Keep what a listing was taken for."""
        before = self._decided.get(request)
        if before is None:
            self._added.add(request)
        elif before != decided and request not in self._added:
            self._changed.add(request)
        self._keep(request, decided)

    def _keep(self, request: ModelRequest, decided: Decided) -> None:
        self._decided[request] = decided
        self._index(request)

    def _index(self, request: ModelRequest) -> None:
        if self._by_trait is not None:
            for trait in self._traits_of(request):
                self._by_trait.setdefault(trait, []).append(request)

    def _traits_of(self, request: ModelRequest) -> set[Hashable]:
        decided = self._decided[request]
        return traits(request, decided.own_id, decided.model_id)


_GLUED_V = re.compile(r"^([a-z]+)-v(?=\d)")
"""Before the first number of a name: behind a size it is a revision."""
_IT = frozenset(("google",))
"""Makers whose tuned models are "it"; elsewhere that may be a language."""

_POINT_ZERO = re.compile(r"(?<=\d)\.0(?![\d.])")


def words_of(model_id: str) -> tuple[str, ...]:
    """The words of an id behind the maker, less what hosts write otherwise: a "v" before the first number (where the
    family has none of its own, as MiniCPM-V), ".0" behind one, Google's "it" for "instruct" beside a size.

    >>> words_of("meta/llama-v5.0-70b"), words_of("google/gemma-5-12b-it")
    (('llama', '5', '70b'), ('gemma', '5', '12b', 'instruct'))
    """
    maker, _, slug = model_id.partition("/")
    if "-v" in slug and not has_word(slug, "v"):
        slug = _GLUED_V.sub(r"\1-", slug)
    words = (_POINT_ZERO.sub("", slug) if ".0" in slug else slug).split("-")
    if maker in _IT and words[-1] == "it" and any(map(is_size, words)):
        words[-1] = "instruct"
    return tuple(words)


def traits(request: ModelRequest, *ids: str) -> set[Hashable]:
    """By what a listing can bear on another: the id that the source gives it, and the words of its model's name."""
    found: set[Hashable] = {tuple(sorted(words_of(each))) for each in ids}
    if request.source_key:
        found.add((request.source, "id", request.source_key))
    return found
