"""The catalogue of models (``knowledge/names/models.yaml``), indexed by each way in which a name may lead to one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from ingest.errors import IngestError
from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.knowledge.kept import kept
from ingest.name import text
from ingest.name.data import NameDecision, added, decisions, made_with_added
from ingest.name.families import has_word
from ingest.name.model_text import (
    letters,
    loose_words,
    may_lack_a_point,
    model_key,
    model_words,
    reordered,
    without_active,
    without_points,
)
from ingest.name.organizations import organization_keys
from ingest.name.typos import Vocabulary

RELEASE = re.compile(r"(?<![^\W_])\d{4}(?![^\W_])")
"""Four digits by which makers number releases, most often a year and a month."""


_RELEASE_LAST = re.compile(r"-\d{4}$")


class _Model(KnowledgeEntry):
    id: str
    name: str
    family: str | None = None
    released: date | None = None
    snapshots: dict[date, tuple[str, ...]] = {}  # noqa: RUF012 - pydantic copies it for each entry
    aliases: tuple[str, ...] = ()
    size: str | None = None
    versions: dict[str, str] = {}  # noqa: RUF012 - pydantic copies it for each entry
    moves: bool = False
    reason: str | None = None


class _Models(KnowledgeEntry):
    models: tuple[_Model, ...]


@dataclass(slots=True, frozen=True)
class KnownModel:
    """One entry of the catalogue. ``snapshots`` are the dates of releases that are models of their own.

    ``versions`` are other spellings of versions, and slips, each beside the version that it means. ``moves``: later
    releases under the name are models of their own, so that "-latest" is none of them for certain.
    """

    model_id: str
    name: str
    organization_id: str
    family: str | None
    released: date | None
    snapshots: tuple[date, ...]
    aliases: tuple[str, ...]
    versions: tuple[tuple[str, str], ...] = ()
    moves: bool = False


@dataclass(slots=True, frozen=True)
class Hit:
    """A catalogued model that a name leads to, and the date of its snapshot where the name tells it."""

    model: KnownModel
    snapshot: date | None


class ModelIndex:
    """The catalogue and the decisions on its names, ready to be asked."""

    def __init__(self, rows: Iterable[_Model], decided: Iterable[NameDecision]) -> None:
        self.catalogue: dict[str, KnownModel] = {}
        self.exact: dict[str, Hit] = {}
        self._keys: dict[str, list[Hit]] = {}
        self._reordered: dict[tuple[str, ...], list[Hit]] = {}
        self._loose: dict[tuple[str, ...], list[Hit]] = {}
        self._pointless: dict[tuple[str, ...], list[Hit]] = {}
        self._numbers: dict[str, set[str]] = {}
        self._words = {"v"}
        self._letters: set[int] = set()
        for row in rows:
            self._add(row)
        self.names = Vocabulary({m.model_id: (m.name, *m.aliases) for m in self.catalogue.values()})
        for decision in decided:
            self._decide(decision)

    def _decide(self, decision: NameDecision) -> None:
        if decision.same_as is None:
            return
        if decision.same_as not in self.catalogue:
            raise IngestError(f"the decision on {decision.name!r} names no known model: {decision.same_as!r}")
        hit = Hit(self.catalogue[decision.same_as], None)
        self.exact[decision.name] = hit
        self._letters.add(letters(decision.name))
        self._keys[model_key(decision.name)] = [hit]

    def _add(self, row: _Model) -> None:
        model = KnownModel(
            model_id=row.id,
            name=row.name,
            organization_id=row.id.partition("/")[0],
            family=row.family,
            released=row.released,
            snapshots=tuple(sorted(row.snapshots)),
            aliases=row.aliases,
            versions=tuple(row.versions.items()),
            moves=row.moves,
        )
        if row.id in self.catalogue:
            raise IngestError(f"the model {row.id!r} stands twice in the lists of models")
        self.catalogue[row.id] = model
        hit = Hit(model, None)
        for name in (row.id, row.id.partition("/")[2], row.name, *row.aliases):
            self._index(name, hit)
        if row.size:
            self._index(f"{row.id.partition('/')[2]}-{row.size}", hit)
        for day, names in row.snapshots.items():
            for name in (f"{row.id}-{day}", *names):
                self._index(name, Hit(model, day))

    def _index(self, name: str, hit: Hit) -> None:
        self.exact.setdefault(name, hit)
        self._numbers.setdefault(hit.model.model_id, set()).update(RELEASE.findall(name))
        self._words.update(model_words(name))
        _keep(self._keys.setdefault(model_key(name), []), hit)
        _keep(self._reordered.setdefault(reordered(name), []), hit)
        loose = _loose(name)
        self._letters.add(letters(name))
        for words in {loose, without_active(loose)}:
            self._letters.add(letters(" ".join(words)))
            _keep(self._loose.setdefault(words, []), hit)
            _keep(self._pointless.setdefault(without_points(words), []), hit)

    def may_have(self, written: str, hints: tuple[str, ...] = ()) -> bool:
        """Whether a name has the letters of a known one, also with or without the name of a hinted maker before it.

        For most names that the catalogue does not have, this settles the search.
        """
        own = letters(written)
        if own in self._letters:
            return True
        if not hints:
            return False
        makers = (each for maker in hints for each in _maker_letters(maker))
        return any(own - each in self._letters or own + each in self._letters for each in makers)

    def find(self, written: str, hints: tuple[str, ...]) -> tuple[Hit | None, str]:
        """The one model that a spelling fits, and the rule of spelling by which it does."""
        return self._find(written, hints) if self.may_have(written, hints) else (None, "none")

    def _find(self, written: str, hints: tuple[str, ...]) -> tuple[Hit | None, str]:
        spelled = model_key(written)
        for tried, maker in self._variants(spelled, hints):
            hits = self._keys.get(tried, [])
            if len(hits) == 1 and maker in {None, hits[0].model.organization_id}:
                return hits[0], "spelling"
        if not self._words.issuperset(word for word in model_words(written) if word.isalpha()):
            return None, "none"
        hits = self._reordered.get(reordered(written), [])
        if len(hits) == 1:
            return hits[0], "spelling, the words in another order"
        loose = _loose(written)
        hits = self._loose.get(loose, [])
        if len(hits) == 1:
            return hits[0], "spelling of a version or a size"
        hits = self._pointless.get(loose, []) if may_lack_a_point(loose) else []
        if len(hits) == 1:
            return hits[0], "spelling of a number without its point"
        return None, "none"

    def has_release(self, model: KnownModel, number: str) -> bool:
        """Whether a name of the model has this number of a release ("2512" of mistral-large-2512)."""
        return number in self._numbers.get(model.model_id, ())

    def of_month(self, model: KnownModel, year: int, month: int) -> Hit | None:
        """The release of a model that came out in a month: one of its snapshots, else the model that the catalogue
        has under its name and a number ("deepseek-v3-0324"), else the model itself. None where it cannot be told."""
        days = [day for day in model.snapshots if (day.year, day.month) == (year, month)]
        if days:
            return Hit(model, days[0]) if len(days) == 1 else None
        if model.released is not None and (model.released.year, model.released.month) == (year, month):
            return Hit(model, None)
        stem = _stem(model)
        near = [
            (each, _stem(each))
            for each in self.catalogue.values()
            if each.released is not None
            and (each.released.year, each.released.month) == (year, month)
            and each.organization_id == model.organization_id
            and _stem(each) != each.model_id
        ]
        same = [each for each, other in near if other == stem or self._is_named(other, model)]
        parts = [each for each, other in near if other.startswith(f"{stem}-") and each not in same]
        if same or parts:
            return Hit(same[0], None) if len(same) == 1 and not parts else None
        return Hit(model, None)

    def _is_named(self, model_id: str, model: KnownModel) -> bool:
        hits = self._keys.get(model_key(model_id.partition("/")[2]), [])
        return [hit.model for hit in hits] == [model]

    @staticmethod
    def _variants(spelled: str, hints: tuple[str, ...]) -> Iterable[tuple[str, str | None]]:
        """The spelling with and without the name of a hinted maker before it, and whose model it must be then."""
        yield spelled, None
        for maker in hints:
            for prefix in organization_keys(maker):
                if spelled.startswith(prefix) and len(spelled) > len(prefix):
                    yield spelled[len(prefix) :], maker
            for prefix in organization_keys(maker):
                yield prefix + spelled, maker

    def ambiguous(self, written: str) -> tuple[str, ...]:
        """Ids of several catalogued models that one spelling fits."""
        if not self.may_have(written):
            return ()
        hits = [*self._keys.get(model_key(written), ()), *self._reordered.get(reordered(written), ())]
        found = sorted({hit.model.model_id for hit in hits})
        return tuple(found) if len(found) > 1 else ()


def _stem(model: KnownModel) -> str:
    """The id of a model without the number of its release."""
    return _RELEASE_LAST.sub("", model.model_id)


@cache
def _maker_letters(maker: str) -> tuple[int, ...]:
    return tuple({letters(key) for key in organization_keys(maker)})


def _loose(name: str) -> tuple[str, ...]:
    return loose_words(name, keeps_v="v" in name.lower() and has_word(name, "v"))


def _keep(hits: list[Hit], hit: Hit) -> None:
    if hit not in hits:
        hits.append(hit)


@cache
def model_index() -> ModelIndex:
    """The catalogue of models with the decisions on their names, read once."""
    decided = decisions("models")

    def make(left_out: frozenset[Path]) -> ModelIndex:
        others = added("models", _Model, left_out)
        return kept("models", lambda: _made_index(others, decided), others, decided)

    return made_with_added(make)


def _made_index(others: tuple[_Model, ...], decided: tuple[NameDecision, ...]) -> ModelIndex:
    index = ModelIndex((*knowledge("names/models", _Models).models, *others), decided)
    index.names.prepare()
    return index


def model_catalogue() -> Mapping[str, KnownModel]:
    """Every catalogued model by id; a model with dated snapshots stands under the id without a date."""
    return model_index().catalogue


def nearest_models(name: str, limit: int = 5) -> list[tuple[str, float]]:
    """Ids of the catalogued names that look most like ``name``, with a likeness of 0 to 100, best first."""
    return model_index().names.nearest(text.name_key(name), limit)
