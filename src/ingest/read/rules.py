"""Rules that turn the fields of a data file into records, kept as data beside each source.

A source's ``fields.yaml`` names every field that its files are known to have, by path (``cost/input``), and says
what becomes of it::

    release_date:       {states: release_date, as: day, always: true}
    limit/context:      {states: context_tokens, as: count, of: offer, zero: says nothing}
    cost/input:         {price: input, per: million_tokens}
    tool_call:          {feature: function_calling, of: offer}
    supported_params:   {features: {tools: function_calling}}
    id:                 {taken: key of the entry}
    npm:                {unused: name of a code package}

``{n}`` in a path stands for digits and can be used again in ``tier``. ``suffixes`` are endings that prices share
(``_above_200k_tokens``). What no rule names is reported as a new field, what ``unused`` and ``of: offer`` leave aside
is listed with its reason: nothing of a file is dropped in silence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ingest.errors import IngestError
from ingest.knowledge import read_yaml
from ingest.read.fieldvalues import READERS, WRITTEN_AS, is_zero, price_of
from ingest.read.leaves import Leaf
from ingest.read.plausible import contradict, doubt_prices, doubt_units
from ingest.read.values import is_nothing
from ingest.records.document import Check, Document, Entry, Price, Stated, UnreadLine

_ENOUGH = 20
"""A file with fewer records than this does not prove that a field has vanished."""

_MOST_REPORTED = 500
"""A file with more new fields than this is another kind of file; the rest are counted."""

_OFFER = "of a host's offer, not of the model"

_NOTHING = "a way to state nothing"

NO_CHARGE = "no charge"
"""The tier of prices of an entry that asks nothing."""

_INPUT_OF = {"output": "input", "batch_output": "batch_input"}

_NO_OUTPUT = "0: no price of output, since input is paid for"

Speaker = Literal["maker", "lone_host", "host"]
_NOT_FOR: dict[Speaker, tuple[str, ...]] = {"maker": (), "lone_host": ("offer",), "host": ("offer", "maker")}

Reported = tuple[str, str]
"""A field by path, and why it was left aside."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of one field: exactly one of the first six after ``path`` is given."""

    path: str
    states: str | None = None
    price: str | None = None
    feature: str | None = None
    features: Mapping[str, str] | None = None
    taken: str | None = None
    unused: str | None = None
    kind: str | None = None
    per: str = "token"
    tier: str | None = None
    zero: str | None = None
    nothing: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    of: str = "model"
    always: bool = False
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Suffix:
    """An ending that fields of prices share: what it adds to the tier, or before the kind."""

    pattern: re.Pattern[str]
    tier: str | None
    kind_prefix: str


class Rules:
    """The rules of one source, by path. Made by :func:`load_rules`."""

    def __init__(self, fields: Mapping[str, Any], suffixes: Mapping[str, Any]) -> None:
        self._exact: dict[str, Rule] = {}
        self._patterns: list[tuple[re.Pattern[str], Rule]] = []
        self._suffixes = [
            Suffix(_digits(ending), said.get("tier"), said.get("kind_prefix", "")) for ending, said in suffixes.items()
        ]
        self._found: dict[str, Rule | None] = {}
        for path, said in fields.items():
            rule = _rule(path, said)
            if "{n}" in path:
                self._patterns.append((_digits(path), rule))
            else:
                self._exact[path] = rule
        self._starts = {path.partition("/")[0] for path in fields}
        self.order = {path: i for i, path in enumerate(fields)}
        self.always = tuple(rule.path for rule in self._exact.values() if rule.always)

    def of(self, path: str) -> Rule | None:
        """The rule of a path, None for a field that no rule names."""
        if path not in self._found:
            self._found[path] = self._find(path)
        return self._found[path]

    def know(self, record: Mapping[str, Any]) -> bool:
        """Whether a rule names any field of a record; a mapping of which none is known is no record of the source."""
        return any(key in self._starts or self.of(str(key)) is not None for key in record)

    def _find(self, path: str) -> Rule | None:
        if rule := self._exact.get(path):
            return rule
        for pattern, rule in self._patterns:
            if found := pattern.fullmatch(path):
                return replace(rule, path=path, tier=rule.tier.replace("{n}", found["n"]) if rule.tier else None)
        for suffix in self._suffixes:
            cut = path.rfind("_", 0, len(path))
            while cut > 0:
                if found := suffix.pattern.fullmatch(path, cut):
                    base = self.of(path[:cut])
                    if base is None or base.price is None:
                        break
                    tier = suffix.tier.replace("{n}", found.groupdict().get("n") or "") if suffix.tier else None
                    both = ", ".join(t for t in (base.tier, tier) if t) or None
                    return replace(base, path=path, tier=both, price=suffix.kind_prefix + base.price)
                cut = path.rfind("_", 0, cut)
        return None


@dataclass(slots=True)
class Reading:
    """Applies rules to the records of one file and keeps account of every field.

    ``where`` stands before each path in what is reported: ``/*/models/*/``.
    """

    rules: Rules
    where: str = ""
    records: int = 0
    _seen: Counter[str] = field(default_factory=Counter)
    _filled: set[str] = field(default_factory=set)
    _aside: Counter[Reported] = field(default_factory=Counter)
    _new: Counter[Reported] = field(default_factory=Counter)
    _changed: Counter[Reported] = field(default_factory=Counter)
    _lines: dict[str, int] = field(default_factory=dict)

    def read(
        self,
        entry: Entry,
        found: Iterable[Leaf],
        *,
        provider: str | None = None,
        tier: str | None = None,
        speaks: Speaker = "maker",
        dearest: float | None = None,
    ) -> None:
        """Add to ``entry`` what the rules make of its fields.

        ``provider`` sells at its prices, ``tier`` is a condition that all of them share. ``speaks`` tells whose words
        they are: the ``maker``'s count for the model in full; of a ``host``, which speaks of its own offer, fields
        that are ``of: offer`` or ``of: maker`` are listed and not stated of the model; a ``lone_host`` sells a model
        whose maker has no entry in the file, so its ``of: maker`` fields are the best that the file says.
        ``dearest`` is the most that a million tokens of such a model can cost.
        """
        self.records += 1
        stated: dict[str, tuple[int, Stated]] = {}
        features: dict[str, list[int]] = {}
        seen: list[Leaf] = []
        for leaf in found:
            path = leaf.path
            seen.append(leaf)
            self._seen[path] += 1
            self._filled.update((path,) if leaf.value is not None else ())
            rule = self.rules.of(path)
            if rule is None:
                self._report_new(leaf)
            elif rule.unused is not None:
                self._aside[path, rule.unused] += 1
            elif leaf.value is None:
                continue
            elif rule.taken is not None:
                self._taken(rule, leaf)
            elif rule.of in _NOT_FOR[speaks]:
                self._aside[path, _OFFER] += 1
            elif (said := rule.nothing.get(leaf.text)) or (rule.zero and is_zero(leaf.value)):
                self._aside[path, f"{leaf.text}: {said or rule.zero}"] += 1
            elif rule.price is not None:
                self._price(entry, rule, leaf, provider, tier)
            elif rule.states is not None:
                self._state(stated, rule, leaf)
            else:
                for name in self._features(rule, leaf, entry):
                    features.setdefault(name, []).append(len(seen) - 1)
        entry.stated.extend(each for _, each in stated.values())
        doubt_prices(entry, dearest)
        self._set_aside_free_output(entry, seen)
        _mark_free(entry)
        if features:
            text, place = _where_they_stand(seen, sorted(n for each in features.values() for n in each), entry.locator)
            entry.stated.append(Stated("features", sorted(features), text, place))

    def aside(self, path: str, reason: str) -> None:
        """Count a field that the parser itself leaves aside, and say why."""
        self._seen[path] += 1
        self._aside[path, reason] += 1

    def report_new(self, path: str, what: str, line: int = 0) -> None:
        """Count a field that no rule names and that the parser met outside of a record."""
        self._new[path, what] += 1
        self._lines.setdefault(path, line)

    def finish(self, document: Document, doubled: Iterable[str] = ()) -> None:
        """Add to ``document`` the account of its fields: unread lines, and checks that name what has changed.

        ``doubled`` are the keys that the file holds twice in one object. Prices that contradict each other in the
        file are marked too.
        """
        for key in doubled:
            self.report_new(key, "a key that stands twice in one object: the last one counts")
        contradict(document.entries)
        doubt_units(document.entries)
        for (path, reason), times in sorted(self._aside.items()):
            document.unread.append(self._line(path, times, reason))
        for (path, what), times in sorted(self._new.items())[:_MOST_REPORTED]:
            document.unread.append(self._line(path, times, f"no rule takes it; {what}"))
            document.checks.append(Check("new_field", False, None, f"{self.where}{path} ({times} times, {what})"))
        if len(self._new) > _MOST_REPORTED:
            more = len(self._new) - _MOST_REPORTED
            document.unread.append(UnreadLine(0, f"{self.where}* ({more} further fields that no rule takes)"))
        for (path, what), times in sorted(self._changed.items()):
            document.checks.append(Check("field_type", False, what, f"{self.where}{path} ({times} times)"))
        gone = [path for path in self.rules.always if path not in self._filled] if self.records >= _ENOUGH else []
        for path in gone:
            document.checks.append(Check("missing_field", False, f"{self.where}{path}", "in no record of the file"))
        known = not (self._new or self._changed or gone)
        seen = f"{len(self._seen)} fields of {self.records} records"
        document.checks.append(Check("fields_known", known, "every field named by a rule, of its type", seen))

    def coverage(self) -> tuple[Counter[str], Counter[Reported], Counter[Reported]]:
        """How often each field was seen, was left aside with a reason, and was new."""
        return self._seen, self._aside, self._new

    def _line(self, path: str, times: int, reason: str) -> UnreadLine:
        return UnreadLine(self._lines.get(path, 0), f"{self.where}{path} ({times} times; {reason})")

    def _report_new(self, leaf: Leaf) -> None:
        self._new[leaf.path, type_name(leaf.value)] += 1
        place, _, number = leaf.locator.partition(" ")
        self._lines.setdefault(leaf.path, int(number) if place == "line" and number.isdigit() else 0)

    def _mistyped(self, rule: Rule, leaf: Leaf) -> None:
        expected = "price" if rule.price else "flag" if rule.feature else "list" if rule.features else rule.kind
        self._changed[leaf.path, f"{expected}, not {type_name(leaf.value)}"] += 1

    def _taken(self, rule: Rule, leaf: Leaf) -> None:
        """A field that the parser reads itself: where its rule says of which type it is, another type is named."""
        if rule.kind is None:
            return
        value = READERS[rule.kind](leaf.value, leaf.text, rule.values)
        if value.value is None and value.problem is None:
            self._aside[leaf.path, _NOTHING] += 1
        elif value.problem == "unexpected_type" or not isinstance(leaf.value, WRITTEN_AS.get(rule.kind, object)):
            self._mistyped(rule, leaf)

    def _state(self, stated: dict[str, tuple[int, Stated]], rule: Rule, leaf: Leaf) -> None:
        assert rule.states is not None
        kind = rule.kind or "text"
        value = READERS[kind](leaf.value, leaf.text, rule.values)
        if value.value is None and value.problem is None:
            self._aside[leaf.path, _NOTHING] += 1
            return
        if value.problem == "unexpected_type" or not isinstance(leaf.value, WRITTEN_AS.get(kind, object)):
            self._mistyped(rule, leaf)
        new = Stated(
            rule.states, value.value, leaf.text, leaf.locator, value.low, value.high, value.unit, value.problem
        )
        rank = self.rules.order.get(rule.path, len(self.rules.order))
        before = stated.get(rule.states)
        if before is None:
            stated[rule.states] = rank, new
        elif rank < before[0]:
            self._aside[leaf.path, f"chosen over another field for {rule.states}"] += 1
            stated[rule.states] = rank, new
        else:
            self._aside[leaf.path, f"another field of the record states {rule.states} better"] += 1

    def _price(self, entry: Entry, rule: Rule, leaf: Leaf, provider: str | None, tier: str | None) -> None:
        assert rule.price is not None
        if isinstance(leaf.value, str) and is_nothing(leaf.value):
            self._aside[leaf.path, _NOTHING] += 1
            return
        amount, unit, problem = price_of(leaf.value, rule.per)
        if problem == "unexpected_type":
            self._mistyped(rule, leaf)
        both = ", ".join(t for t in (rule.tier, tier) if t) or None
        entry.prices.append(
            Price(rule.price, amount, leaf.text, leaf.locator, unit, rule.currency, provider, both, problem=problem)
        )

    def _features(self, rule: Rule, leaf: Leaf, entry: Entry) -> Iterator[str]:
        if rule.feature is not None:
            flag = READERS["flag"](leaf.value, leaf.text, {})
            if flag.value is True:
                yield rule.feature
            if flag.problem is not None:
                self._wrong_feature(rule, leaf, entry)
            elif not isinstance(leaf.value, bool):
                self._mistyped(rule, leaf)
            return
        assert rule.features is not None
        if not isinstance(leaf.value, list):
            self._wrong_feature(rule, leaf, entry)
            return
        for item in leaf.value:
            if name := rule.features.get(str(item)):
                yield name
            else:
                self._aside[leaf.path, f"{str(item)[:60]}: a setting of requests, or not known as a feature"] += 1

    def _set_aside_free_output(self, entry: Entry, seen: list[Leaf]) -> None:
        """Nobody asks for input and gives output away: an embedding has none, or its price is not known."""
        paid = {(p.kind, p.tier) for p in entry.prices if p.amount and p.unit == "per_million_tokens"}
        free = [p for p in entry.prices if p.amount == 0 and (_INPUT_OF.get(p.kind), p.tier) in paid]
        if free:
            paths = {leaf.locator: leaf.path for leaf in seen}
            for price in free:
                self._aside[paths.get(price.locator, price.kind), _NO_OUTPUT] += 1
            entry.prices = [p for p in entry.prices if p not in free]

    def _wrong_feature(self, rule: Rule, leaf: Leaf, entry: Entry) -> None:
        self._mistyped(rule, leaf)
        entry.stated.append(Stated("features", None, leaf.text[:200], leaf.locator, problem="unexpected_type"))


def _where_they_stand(seen: list[Leaf], which: list[int], record: str) -> tuple[str, str]:
    """The fields that features were read from, and where they stand: one field, or a record that has each of them."""
    if which[0] == which[-1]:
        return seen[which[0]].text, seen[which[0]].locator
    said = [seen[n] for n in dict.fromkeys(which)]
    return ", ".join(f"{leaf.path.rpartition('/')[2]}: {leaf.text}" for leaf in said), record


def _mark_free(entry: Entry) -> None:
    """Prices of an entry that asks nothing for tokens are those of a plan, not the list price of the model.

    Sources write 0 for subscriptions, trials, local use and prices that they do not know; as base prices these
    would contradict what the same seller asks elsewhere. A tier with a name (``free``) says as much itself; one that
    is a length does not.
    """
    tokens = [p for p in entry.prices if p.unit == "per_million_tokens"]
    if tokens and not any(p.amount or p.problem for p in tokens):
        for i, price in enumerate(entry.prices):
            if price.unit == "per_million_tokens" and price.tier is None:
                entry.prices[i] = replace(price, tier=NO_CHARGE)
            elif price.unit == "per_million_tokens" and str(price.tier).startswith("input "):
                entry.prices[i] = replace(price, tier=f"{NO_CHARGE}, {price.tier}")


@cache
def load_rules(path: Path) -> Rules:
    """The rules in a ``fields.yaml``. Raises :class:`IngestError` for one that cannot be right."""
    said = read_yaml(path)
    return Rules(said["fields"], said.get("suffixes") or {})


def type_name(value: Any) -> str:
    """The type of a value as data formats call it."""
    return next((name for kind, name in _TYPE_NAMES if isinstance(value, kind)), "number")


_TYPE_NAMES: tuple[tuple[type, str], ...] = (
    (type(None), "null"),
    (bool, "boolean"),
    (str, "text"),
    (list, "list"),
    (dict, "object"),
    (date, "date"),
)


_ACTIONS = ("states", "price", "feature", "features", "taken", "unused")


def _rule(path: str, said: Mapping[str, Any]) -> Rule:
    if sum(action in said for action in _ACTIONS) != 1:
        raise IngestError(f"The rule of {path!r} must have exactly one of: {', '.join(_ACTIONS)}.")
    kind = said.get("as")
    if kind is not None and kind not in READERS:
        raise IngestError(f"The rule of {path!r} reads it as {kind!r}; there are: {', '.join(READERS)}.")
    given = {
        name: said[name] for name in (*_ACTIONS, "per", "tier", "zero", "values", "always", "currency") if name in said
    }
    nothing = {str(text): str(why) for text, why in (said.get("nothing") or {}).items()}
    return Rule(path=path, kind=kind, of=said.get("of", "model"), nothing=nothing, **given)


def _digits(path: str) -> re.Pattern[str]:
    """A path as a pattern in which ``{n}`` is a number."""
    return re.compile("(?P<n>[0-9]{1,12})".join(re.escape(part) for part in path.split("{n}", 1)))
