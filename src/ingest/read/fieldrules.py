"""The schema of a ``fields.yaml``: a rule for each field that the files of a source are known to have.

A field is named by its path (``cost/input``); ``{n}`` in a path stands for digits and can be used again in ``tier``.
``suffixes`` are endings that prices share (``_above_200k_tokens``). ``tiers`` are lists of prices with a condition
beside them. ``ingest.read.rules`` applies the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationInfo, field_validator, model_validator

from ingest.knowledge import KnowledgeEntry, checked, knowledge, nearest
from ingest.read.fieldvalues import PER, READERS
from ingest.records.document import CONDITIONS, EVIDENCE_FIELDS, STATED_FIELDS

_ACTIONS = (
    "states", "price", "feature", "features", "condition", "score", "of_score", "entry", "period", "taken", "unused",
)  # fmt: skip
_OF_SCORE = (*EVIDENCE_FIELDS, *CONDITIONS, "interval", "category", "description", "self_reported", "benchmark")
_ENTRY = ("name", "id", "organization", "provider", "key")
_PERIOD = ("from", "to")
_OF = ("model", "maker", "offer")


class _Words(KnowledgeEntry):
    """Words that rules may use, with the reason why they are one group."""

    words: tuple[str, ...]
    reason: str


class _RuleWords(KnowledgeEntry):
    """The closed lists of ``knowledge/rules.yaml``."""

    price_kinds: tuple[_Words, ...]
    currencies: tuple[_Words, ...]
    score_units: tuple[_Words, ...]


@cache
def rule_words(name: str) -> tuple[str, ...]:
    """A closed list of ``knowledge/rules.yaml``: ``price_kinds``, ``currencies`` or ``score_units``."""
    return tuple(word for group in getattr(knowledge("rules", _RuleWords), name) for word in group.words)


def _one_of(word: str, known: Iterable[str], what: str) -> str:
    if word not in known:
        raise ValueError(f"{what} {word!r} is not known{nearest(word, known)}; there are: {', '.join(known)}")
    return word


_CHOICES: dict[str, tuple[Iterable[str], str]] = {
    "kind": (READERS, "the reader"),
    "of": (_OF, "whose word it is:"),
    "states": (sorted(STATED_FIELDS), "the column"),
    "at_least": (sorted(STATED_FIELDS), "the column"),
    "of_score": (_OF_SCORE, "what it says of a score:"),
    "entry": (_ENTRY, "what it says of the entry:"),
    "period": (_PERIOD, "the end of the period:"),
}
"""The words that a part of a rule may be, and what an error calls it."""


class Rule(KnowledgeEntry):
    """The rule for one field. Exactly one of ``states`` to ``unused`` is given (see docs/adding-a-source.md)."""

    path: str = ""
    states: str | None = None
    at_least: str | None = None
    price: str | None = None
    feature: str | None = None
    features: dict[str, str] | None = None
    condition: str | None = None
    score: str | None = None
    of_score: str | None = None
    entry: str | None = None
    period: str | None = None
    taken: str | None = None
    unused: str | None = None
    kind: str | None = Field(None, alias="as")
    per: str = "token"
    unit: str | None = None
    """The unit of a score."""
    level: float | None = None
    """The level of an interval, such as 0.95."""
    times: int | None = Field(None, gt=1)
    """What a count is multiplied by where its field is in thousands or millions."""
    beside: str | None = None
    """The field of the score that an ``of_score`` rule speaks of; without it, all scores of the record."""
    tier: str | None = None
    zero: str | None = None
    nothing: dict[str, str] = Field(default_factory=dict)
    nothing_of_host: dict[str, str] = Field(default_factory=dict)
    """Values of a host that say nothing of the model, each with what it means."""
    values: dict[str, str] = Field(default_factory=dict)
    of: str = "model"
    always: bool = False
    currency: str = "USD"
    reason: str | None = None

    @field_validator(*_CHOICES)
    @classmethod
    def _known_word(cls, word: str | None, said: ValidationInfo) -> str | None:
        return None if word is None else _one_of(word, *_CHOICES[said.field_name or ""])

    @model_validator(mode="after")
    def _one_action(self) -> Rule:
        if sum(getattr(self, action) is not None for action in _ACTIONS) != 1:
            raise ValueError(f"a rule has exactly one of: {', '.join(_ACTIONS)}")
        if self.score is not None and self.unit is None:
            raise ValueError(f"a score needs its unit: {', '.join(rule_words('score_units'))}")
        if self.times is not None and self.kind != "count":
            raise ValueError("times belongs to a count (as: count)")
        return self


class SuffixRule(KnowledgeEntry):
    """An ending that fields of prices share: what it adds to the tier, or before the kind."""

    tier: str | None = None
    kind_prefix: str = ""


class TiersRule(KnowledgeEntry):
    """A list whose items state prices under a condition: their fields are those below ``like``.

    ``conditions`` has the words of the tier for each field that states a condition: ``{}`` is its number, ``{0}`` and
    ``{1}`` the ends of a range. ``base`` is the range of the base price. ``words`` are the allowed values of a field of
    words. ``instead_of`` names older fields that say the same less exactly.
    """

    like: str
    conditions: dict[str, str]
    words: dict[str, list[str]] = Field(default_factory=dict)
    base: str | None = None
    instead_of: tuple[str, ...] = ()


class FurtherWords(KnowledgeEntry):
    """Words of one source beside the closed lists, each with the reason why it is needed."""

    price_kinds: dict[str, str] = Field(default_factory=dict)
    units: dict[str, str] = Field(default_factory=dict)
    currencies: dict[str, str] = Field(default_factory=dict)
    score_units: dict[str, str] = Field(default_factory=dict)


class FieldsFile(KnowledgeEntry):
    """A ``fields.yaml``. The file of a source that knows more of itself is a subclass."""

    fields: dict[str, Rule]
    also: FurtherWords = FurtherWords()
    suffixes: dict[str, SuffixRule] = Field(default_factory=dict)
    tiers: dict[str, TiersRule] = Field(default_factory=dict)
    varies: dict[str, str] = Field(default_factory=dict)
    """Numbers in the place of a price that is not stated, each with what it means: ``-1``."""

    @field_validator("fields", mode="before")
    @classmethod
    def _with_paths(cls, said: Any) -> Any:
        if not isinstance(said, dict):
            return said
        return {path: {**rule, "path": path} if isinstance(rule, dict) else rule for path, rule in said.items()}

    @model_validator(mode="after")
    def _known_words(self) -> FieldsFile:
        """Refuse a kind of price, a unit or a currency that neither the closed lists nor this source know."""
        lists: tuple[tuple[str, str, Iterable[str]], ...] = (
            ("price", "the kind of price", (*rule_words("price_kinds"), *self.also.price_kinds)),
            ("per", "the unit", (*PER, *self.also.units)),
            ("currency", "the currency", (*rule_words("currencies"), *self.also.currencies)),
            ("unit", "the unit of the score", (*rule_words("score_units"), *self.also.score_units)),
        )
        for path, rule in self.fields.items():
            for name, what, known in lists:
                word = getattr(rule, name)
                if word is not None and word not in known:
                    there = f"there are {', '.join(known)}; `also` can add one"
                    raise ValueError(f"{path}: {what} {word!r} is not known{nearest(word, known)}; {there}")
            if rule.beside is not None and rule.beside not in self.fields:
                raise ValueError(f"{path}: there is no field {rule.beside!r}{nearest(rule.beside, self.fields)}")
        return self


@dataclass(frozen=True, slots=True)
class _Suffix:
    pattern: re.Pattern[str]
    tier: str | None
    kind_prefix: str


class Rules:
    """The rules of one source, by path. Made by :func:`load_rules`."""

    def __init__(self, file: FieldsFile) -> None:
        self.tiers = file.tiers
        self.varies = file.varies
        self._exact: dict[str, Rule] = {}
        self._patterns: list[tuple[re.Pattern[str], Rule]] = []
        self._suffixes = [_Suffix(_digits(end), each.tier, each.kind_prefix) for end, each in file.suffixes.items()]
        self._found: dict[str, Rule | None] = {}
        for path, rule in file.fields.items():
            if "{n}" in path:
                self._patterns.append((_digits(path), rule))
            else:
                self._exact[path] = rule
        self._starts = {path.partition("/")[0] for path in (*file.fields, *file.tiers)}
        self.order = {path: i for i, path in enumerate(file.fields)}
        self.entry: dict[str, tuple[str, ...]] = {}
        """The fields of each part of an entry (name, id, organization, seller, key), in the order of belief."""
        for path, rule in self._exact.items():
            if rule.entry is not None:
                self.entry[rule.entry] = (*self.entry.get(rule.entry, ()), path)
        self.always = tuple(rule.path for rule in self._exact.values() if rule.always)

    def of(self, path: str) -> Rule | None:
        """The rule of a path, or None if no rule names it."""
        if path not in self._found:
            self._found[path] = self._find(path)
        return self._found[path]

    def know(self, record: Mapping[str, Any]) -> bool:
        """Whether a rule names any field of a record. A mapping without a known field is not a record of the source."""
        return any(key in self._starts or self.of(str(key)) is not None for key in record)

    def tiers_of(self, path: str) -> str | None:
        """The list of conditional prices that contains a path."""
        return next((name for name in self.tiers if path.startswith(f"{name}/*/")), None)

    def _find(self, path: str) -> Rule | None:
        if rule := self._exact.get(path):
            return rule
        for pattern, rule in self._patterns:
            if found := pattern.fullmatch(path):
                tier = rule.tier.replace("{n}", found["n"]) if rule.tier else None
                return rule.model_copy(update={"path": path, "tier": tier})
        for suffix in self._suffixes:
            cut = path.rfind("_", 0, len(path))
            while cut > 0:
                if found := suffix.pattern.fullmatch(path, cut):
                    if rule := self._with_suffix(path, self.of(path[:cut]), suffix, found):
                        return rule
                    break
                cut = path.rfind("_", 0, cut)
        return None

    @staticmethod
    def _with_suffix(path: str, base: Rule | None, suffix: _Suffix, found: re.Match[str]) -> Rule | None:
        if base is None or base.price is None:
            return None
        tier = suffix.tier.replace("{n}", found.groupdict().get("n") or "") if suffix.tier else None
        both = ", ".join(t for t in (base.tier, tier) if t) or None
        return base.model_copy(update={"path": path, "tier": both, "price": suffix.kind_prefix + base.price})


@cache
def load_rules(path: Path, schema: type[FieldsFile] = FieldsFile) -> Rules:
    """The rules in a ``fields.yaml``. Raises :class:`IngestError` for an invalid file.

    A source whose file has more than rules passes the ``schema`` that names the rest.
    """
    return Rules(fields_file(path, schema))


F = TypeVar("F", bound=FieldsFile)


def fields_file(path: Path, schema: type[F]) -> F:
    """A ``fields.yaml`` as its schema types it, read once."""
    found: F = _read_once(path, schema)
    return found


@cache
def _read_once(path: Path, schema: Any) -> Any:
    return checked(path, schema)


def _digits(path: str) -> re.Pattern[str]:
    """A path as a pattern in which ``{n}`` is a number."""
    return re.compile("(?P<n>[0-9]{1,12})".join(re.escape(part) for part in path.split("{n}", 1)))
