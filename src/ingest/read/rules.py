"""Applies the rules of a source's ``fields.yaml`` to the records of its files, and keeps account of every field.

A source's ``fields.yaml`` names every field that its files are known to have, by path (``cost/input``), and says
what becomes of it::

    release_date:       {states: release_date, as: day, always: true}
    limit/context:      {states: context_tokens, as: count, of: offer, zero: says nothing}
    cost/input:         {price: input, per: million_tokens}
    tool_call:          {feature: function_calling, of: offer}
    supported_params:   {features: {tools: function_calling}}
    pricing/discount:   {condition: 'discount of {}', zero: no discount}
    id:                 {taken: key of the entry}
    npm:                {unused: name of a code package}

The schema stands in :mod:`ingest.read.fieldrules`. What no rule names is reported as a new field, what ``unused`` and
``of: offer`` leave aside is listed with its reason: nothing of a file is dropped in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from ingest.read import values
from ingest.read.datafile import Twice
from ingest.read.decimals import decimal_sign, with_point
from ingest.read.fieldrules import FieldsFile, Rule, Rules, fields_file, load_rules
from ingest.read.fieldvalues import READERS, WRITTEN_AS, counted, exact, is_zero, price_of
from ingest.read.leaves import Leaf, leaves, written
from ingest.read.plausible import doubted, known_prices
from ingest.read.scorerules import scores_of
from ingest.read.values import Value, is_nothing
from ingest.records.document import FEATURES_OF_OFFER, Check, Document, Entry, Price, Score, Stated, UnreadLine

__all__ = [
    "FieldsFile",
    "Rule",
    "RuleReader",
    "Rules",
    "Speaker",
    "fields_file",
    "heed_around",
    "in_currency_beside",
    "load_rules",
    "type_name",
]  # fmt: skip

_ENOUGH = 3
"""In a file with fewer records than this, a missing field may be chance."""

_MOST_REPORTED = 500
"""A file with more new fields than this is another kind of file; the rest are counted."""

_OFFER = "of a host's offer, not of the model"

_NOTHING = "a way to state nothing"

_UNKNOWN_BESIDE = "unknown_field_beside_price"
"""The doubt of a price beside which stands a field that no rule names."""

Speaker = Literal["maker", "lone_host", "host"]
_NOT_FOR: dict[Speaker, tuple[str, ...]] = {"maker": (), "lone_host": ("offer",), "host": ("offer", "maker")}

Reported = tuple[str, str]
"""A field by path, and why it was left aside."""


_Features = dict[bool, dict[str, list[Leaf]]]
"""Features by name, with the fields that name them. True: they are there; False: they are not."""


@dataclass(slots=True)
class _Record:
    """What is known of the record that is being read."""

    entry: Entry
    provider: str | None
    tier: str | None
    speaks: Speaker
    stated: dict[str, tuple[int, Stated]] = field(default_factory=dict)
    features: _Features = field(default_factory=lambda: {True: {}, False: {}})
    offered: _Features = field(default_factory=lambda: {True: {}, False: {}})
    """What a host says that its offer has."""
    conditions: list[str] = field(default_factory=list)
    priced: list[tuple[str, int]] = field(default_factory=list)
    """The path of each price, with its place among those of the entry."""
    unknown: list[Leaf] = field(default_factory=list)
    scored: list[tuple[Rule, Leaf]] = field(default_factory=list)
    """The fields of scores and of what is said of them."""
    period: dict[str, date] = field(default_factory=dict)

    def tier_with(self, tier: str | None) -> str | None:
        """A tier of a price with the condition that the whole record is under."""
        return ", ".join(t for t in (tier, self.tier) if t) or None


@dataclass(slots=True)
class RuleReader:
    """Applies rules to the records of one file and keeps account of every field.

    ``where`` stands before each path in what is reported: ``/*/models/*/``. ``only_texts`` says that the format has
    only texts (a table), so that a number written as text is nothing strange. ``records`` counts what was read.

    >>> from ingest.read.fieldrules import FieldsFile
    >>> reading = RuleReader(Rules(FieldsFile(fields={"input": {"price": "input", "per": "million_tokens"}})))
    >>> entry = Entry("GPT-4.1 mini", "/models/0")
    >>> reading.read(entry, leaves({"input": Decimal("0.4")}, "/models/0"), provider="openai")
    >>> [(price.kind, price.amount, price.locator) for price in entry.prices]
    [('input', 0.4, '/models/0/input')]
    """

    rules: Rules
    where: str = ""
    only_texts: bool = False
    records: int = 0
    _seen: Counter[str] = field(default_factory=Counter)
    _filled: set[str] = field(default_factory=set)
    _aside: Counter[Reported] = field(default_factory=Counter)
    _new: Counter[Reported] = field(default_factory=Counter)
    _changed: Counter[Reported] = field(default_factory=Counter)
    _lines: dict[str, int] = field(default_factory=dict)
    _with_comma: list[tuple[Entry, str, str]] = field(default_factory=list)
    """Prices that a text writes with a comma: entry, place, unit."""
    _texts: set[str] = field(default_factory=set)

    def read(
        self,
        entry: Entry,
        found: Iterable[Leaf],
        *,
        provider: str | None = None,
        tier: str | None = None,
        speaks: Speaker = "maker",
    ) -> None:
        """Add to ``entry`` what the rules make of its fields.

        ``provider`` sells at its prices, ``tier`` is a condition that all of them share. ``speaks`` tells whose words
        they are: the ``maker``'s count for the model in full; of a ``host``, which speaks of its own offer, fields
        that are ``of: offer`` or ``of: maker`` are listed and not stated of the model; a ``lone_host`` sells a model
        whose maker has no entry in the file, so its ``of: maker`` fields are the best that the file says.
        """
        self.records += 1
        entry.provider = provider
        record = _Record(entry, provider, tier, speaks)
        in_lists: dict[str, dict[str, list[Leaf]]] = {}
        plain: list[Leaf] = []
        for leaf in found:
            name = self.rules.tiers_of(leaf.path)
            if name is None:
                plain.append(leaf)
            else:
                in_lists.setdefault(name, {}).setdefault(_item_of(leaf, name), []).append(leaf)
        older = tuple(path for name in in_lists for path in self.rules.tiers[name].instead_of)
        for leaf in plain:
            self._count(leaf)
            if older and leaf.path.startswith(older):
                self._aside[leaf.path, "an older field, beside which another says the same more exactly"] += 1
            else:
                self._take(record, leaf)
        for name, items in in_lists.items():
            for leaves_of_item in items.values():
                self._read_tier(record, name, leaves_of_item)
        self._look_beside(record)
        entry.stated.extend(each for _, each in record.stated.values())
        for said, column in ((True, "features"), (False, "features_absent")):
            self._state_features(record, record.features[said], column)
        self._state_features(record, record.offered[True], FEATURES_OF_OFFER)
        entry.scores.extend(scores_of(record.scored, self._mistyped, self._states_nothing))
        if record.period:
            since, until = record.period.get("from"), record.period.get("to")
            entry.prices = [replace(price, valid_from=since, valid_to=until) for price in entry.prices]
        for at, price in enumerate(entry.prices):
            if record.conditions and any(at == place for _, place in record.priced) and price.amount:
                entry.prices[at] = replace(price, tier=", ".join(t for t in (price.tier, *record.conditions) if t))

    def aside(self, path: str, reason: str, line: int = 0) -> None:
        """Count a field that the parser itself leaves aside, and say why. ``line`` is where it stands, of a text."""
        self._seen[path] += 1
        self._aside[path, reason] += 1
        if line:
            self._lines.setdefault(path, line)

    def report_new(self, path: str, what: str, line: int = 0) -> None:
        """Count a field that no rule names and that the parser met outside of a record."""
        self._new[path, what] += 1
        self._lines.setdefault(path, line)

    def finish(self, document: Document, doubled: Iterable[Twice] = ()) -> None:
        """Add to ``document`` the account of its fields: unread lines, and checks that name what has changed.

        ``doubled`` are the keys that the file holds twice in one object: of two values neither can be used.
        """
        for twice in doubled:
            _drop_doubled(document, twice)
        if self._with_comma and decimal_sign(self._texts) == ",":
            self._read_commas()
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

    def _read_commas(self) -> None:
        """Read prices with a decimal comma, in a file whose texts all use it."""
        for entry, place, per in self._with_comma:
            for at, price in enumerate(entry.prices):
                if price.locator == place and price.problem == "unreadable_price":
                    amount, unit, wrong = price_of(with_point(price.raw_text.strip()), per)
                    entry.prices[at] = replace(price, amount=amount, unit=unit, problem=wrong)

    def coverage(self) -> tuple[Counter[str], Counter[Reported], Counter[Reported]]:
        """How often each field was seen, was left aside with a reason, and was new."""
        return self._seen, self._aside, self._new

    def _line(self, path: str, times: int, reason: str) -> UnreadLine:
        return UnreadLine(self._lines.get(path, 0), f"{self.where}{path} ({times} times; {reason})")

    def _count(self, leaf: Leaf) -> None:
        if leaf.path not in self._seen and (line := _line_of(leaf)):
            self._lines.setdefault(leaf.path, line)
        self._seen[leaf.path] += 1
        if leaf.value is not None:
            self._filled.add(leaf.path)

    def _take(self, record: _Record, leaf: Leaf) -> None:
        """Do with one field what its rule says."""
        path = leaf.path
        rule = self.rules.of(path)
        if rule is None:
            record.unknown.append(leaf)
        elif rule.unused is not None:
            self._aside[path, rule.unused] += 1
        elif leaf.value is None or rule.entry is not None:
            if leaf.value is None and self.only_texts and leaf.text:
                self._states_nothing(leaf)
        elif rule.taken is not None:
            self._taken(rule, leaf)
        elif rule.of in _NOT_FOR[record.speaks]:
            if not (self._is_feature(rule, leaf) and self._note_features(record.offered, rule, leaf, record.entry)):
                self._aside[path, _OFFER] += 1
        elif said := self._says_nothing(rule, leaf, record.speaks):
            self._aside[path, f"{leaf.text}: {said}"] += 1
        elif rule.price is not None:
            self._price(record, rule, leaf, rule.tier)
        elif rule.condition is not None:
            record.conditions.append(rule.condition.replace("{}", leaf.text))
        elif rule.states is not None:
            self._state(record.stated, rule, leaf)
        else:
            self._take_more(record, rule, leaf)

    def _take_more(self, record: _Record, rule: Rule, leaf: Leaf) -> None:
        """Do with one field what its rule says, if that is a score, a period or a feature."""
        if rule.score is not None or rule.of_score is not None:
            record.scored.append((rule, leaf))
        elif rule.period is not None:
            self._date(record, rule.period, leaf)
        else:
            self._note_features(record.features, rule, leaf, record.entry)

    def _date(self, record: _Record, end: str, leaf: Leaf) -> None:
        """Note an end of the time in which the prices of a record hold; without a day it is open."""
        day = READERS["day"](leaf.value, leaf.text, {})
        if day.value is not None and day.unit == "day":
            record.period[end] = day.value
        elif day.problem is not None or day.value is not None:
            self._changed[leaf.path, f"day, not {leaf.text[:40]}"] += 1

    def _says_nothing(self, rule: Rule, leaf: Leaf, speaks: Speaker) -> str | None:
        """Why a value says nothing (a zero, a word, a number for a price that varies); None if it says something."""
        if rule.price is not None and self.rules.varies:
            number = exact(leaf.text.strip()) if isinstance(leaf.value, str) else leaf.value
            for text, why in self.rules.varies.items():
                if not isinstance(number, bool | list | None) and number == exact(text):
                    return why
        if speaks != "maker" and leaf.text in rule.nothing_of_host:
            return rule.nothing_of_host[leaf.text]
        return rule.nothing.get(leaf.text) or (rule.zero if is_zero(leaf.value) else None)

    def _report_new(self, leaf: Leaf) -> None:
        self._new[leaf.path, type_name(leaf.value)] += 1

    def _states_nothing(self, leaf: Leaf) -> None:
        self._aside[leaf.path, _NOTHING] += 1

    def _mistyped(self, rule: Rule, leaf: Leaf) -> None:
        named = ("price", rule.price), ("flag", rule.feature), ("list", rule.features), ("score", rule.score)
        expected = next((word for word, is_it in named if is_it), rule.kind or rule.of_score)
        self._changed[leaf.path, f"{expected}, not {type_name(leaf.value)}"] += 1

    def _taken(self, rule: Rule, leaf: Leaf) -> None:
        """Check the type of a field that the parser reads itself, if its rule names a type."""
        if rule.kind is None:
            return
        value = self._value(rule.kind, rule, leaf)
        if value.value is None and value.problem is None:
            self._states_nothing(leaf)
        elif value.problem == "unexpected_type" or self._is_of_another_type(rule.kind, leaf):
            self._mistyped(rule, leaf)

    def _value(self, kind: str, rule: Rule, leaf: Leaf) -> Value:
        """The value of a field. A table writes a count with commas or a multiplier too."""
        given = leaf.value if rule.times is None else counted(leaf.value, rule.times)
        found = READERS[kind](given, leaf.text, rule.values)
        if kind == "count" and found.problem == "unexpected_type" and self.only_texts and rule.times is None:
            return READERS["count_text"](leaf.value, leaf.text, rule.values)
        return found

    def _is_of_another_type(self, kind: str, leaf: Leaf) -> bool:
        """Whether a value that was read has not the type that its file usually writes."""
        usual = WRITTEN_AS.get(kind, object)
        return not (isinstance(leaf.value, usual) or (self.only_texts and isinstance(leaf.value, str)))

    def _state(self, stated: dict[str, tuple[int, Stated]], rule: Rule, leaf: Leaf) -> None:
        assert rule.states is not None
        kind = rule.kind or "text"
        value = self._value(kind, rule, leaf)
        if value.value is None and value.problem is None:
            self._states_nothing(leaf)
            return
        if value.problem == "unexpected_type" or self._is_of_another_type(kind, leaf):
            self._mistyped(rule, leaf)
        new = Stated(
            rule.states, value.value, leaf.text, leaf.locator, value.low, value.high, value.unit, value.problem
        )
        if rule.at_least and value.value is not None:
            bound = READERS["at_least"](leaf.value, leaf.text, rule.values)
            least = Stated(rule.at_least, value.value, leaf.text, leaf.locator, bound.low, bound.high)
            stated.setdefault(rule.at_least, (len(self.rules.order), least))
        rank = self.rules.order.get(rule.path, len(self.rules.order))
        before = stated.get(rule.states)
        if before is None:
            stated[rule.states] = rank, new
        elif rank < before[0]:
            self._aside[leaf.path, f"chosen over another field for {rule.states}"] += 1
            stated[rule.states] = rank, new
        else:
            self._aside[leaf.path, f"another field of the record states {rule.states} better"] += 1

    def _price(self, record: _Record, rule: Rule, leaf: Leaf, tier: str | None, problem: str | None = None) -> None:
        assert rule.price is not None
        if isinstance(leaf.value, str) and is_nothing(leaf.value):
            self._states_nothing(leaf)
            return
        amount, unit, wrong = price_of(leaf.value, rule.per)
        if wrong == "unexpected_type":
            self._mistyped(rule, leaf)
        if isinstance(leaf.value, str):
            if amount is not None and not self.only_texts and exact(leaf.value.strip()) is None:
                self._changed[leaf.path, "number, not text with a sign"] += 1
            self._texts.add(leaf.value)
            if wrong == "unreadable_price" and "," in leaf.value:
                self._with_comma.append((record.entry, leaf.locator, rule.per))
        record.priced.append((leaf.path, len(record.entry.prices)))
        record.entry.prices.append(
            Price(
                rule.price,
                amount,
                leaf.text,
                leaf.locator,
                unit,
                rule.currency,
                record.provider,
                record.tier_with(tier),
                problem=problem or wrong,
            )
        )

    def _read_tier(self, record: _Record, name: str, found: list[Leaf]) -> None:
        """Read one item of a list of conditional prices. A price under an unknown condition cannot be used."""
        list_of = self.rules.tiers[name]
        said: list[str] = []
        known, is_base = True, False
        prices: list[tuple[Rule, Leaf]] = []
        for leaf in found:
            self._count(leaf)
            inner = leaf.path.removeprefix(f"{name}/*/")
            rule = self.rules.of(f"{list_of.like}/{inner}" if list_of.like else inner)
            if words := list_of.conditions.get(inner):
                tier, is_first = _condition(words, leaf.value, list_of.base)
                known, is_base = known and (tier is not None or is_first), is_base or is_first
                said += [tier] if tier else []
            elif inner in list_of.words:
                known = known and leaf.text in list_of.words[inner]
            elif rule is not None and rule.price is not None:
                prices.append((rule, leaf))
            else:
                self._report_new(leaf)
                known = False
        problem = None if known and (said or is_base) else "unknown_tier"
        for rule, leaf in prices:
            if leaf.value is not None:
                tier = ", ".join(t for t in (rule.tier, *said) if t) or None
                self._price(record, rule, leaf, tier, problem)

    def _look_beside(self, record: _Record) -> None:
        """Report fields that no rule names, and apply what they may say of the prices beside them.

        A field speaks of the prices in its own object, however deep. A field at the top of a record speaks of all
        prices, if its name is about money.
        """
        words = known_prices().beside
        for leaf in record.unknown:
            self._report_new(leaf)
            *parents, name = leaf.path.split("/")
            near = [at for path, at in record.priced if parents and path.startswith(f"{parents[0]}/")]
            if not near and words.about_money(leaf.path) and _says_something(leaf.value):
                near = [at for _, at in record.priced]
            for at in near:
                record.entry.prices[at] = _as_said_beside(record.entry.prices[at], leaf, name)

    @staticmethod
    def _is_feature(rule: Rule, leaf: Leaf) -> bool:
        """Whether a host's field says that a feature is there. A host's no says nothing of the model."""
        return rule.features is not None or (rule.feature is not None and leaf.value is True)

    def _note_features(self, features: _Features, rule: Rule, leaf: Leaf, entry: Entry) -> bool:
        """Note what a field says of features; False where it could not be read."""
        if rule.feature is not None:
            flag = READERS["flag"](leaf.value, leaf.text, {})
            if flag.value is not None:
                features[flag.value].setdefault(rule.feature, []).append(leaf)
            if flag.problem is not None:
                self._wrong_feature(rule, leaf, entry)
            elif not isinstance(leaf.value, bool):
                self._mistyped(rule, leaf)
            return flag.value is not None
        assert rule.features is not None
        if not isinstance(leaf.value, list):
            self._wrong_feature(rule, leaf, entry)
            return False
        for item in leaf.value:
            if name := rule.features.get(str(item)):
                features[True].setdefault(name, []).append(leaf)
            else:
                self._aside[leaf.path, f"{str(item)[:60]}: a setting of requests, or not known as a feature"] += 1
        return True

    def _state_features(self, record: _Record, found: Mapping[str, list[Leaf]], column: str) -> None:
        """State the features that a record has, or explicitly lacks. One yes outweighs a no."""
        names = sorted(name for name in found if column != "features_absent" or name not in record.features[True])
        if names:
            text, place = _where_they_stand([leaf for name in names for leaf in found[name]], record.entry.locator)
            record.entry.stated.append(Stated(column, names, text, place))

    def _wrong_feature(self, rule: Rule, leaf: Leaf, entry: Entry) -> None:
        self._mistyped(rule, leaf)
        entry.stated.append(Stated("features", None, leaf.text[:200], leaf.locator, problem="unexpected_type"))


def _where_they_stand(said: list[Leaf], record: str) -> tuple[str, str]:
    """The text and the place of some features: those of the one field that names them, else of their record."""
    fields = list({leaf.locator: leaf for leaf in said}.values())
    if len(fields) == 1:
        return fields[0].text, fields[0].locator
    return ", ".join(f"{leaf.path.rpartition('/')[2]}: {leaf.text}" for leaf in fields), record


def _item_of(leaf: Leaf, name: str) -> str:
    """The pointer of the list item that contains a leaf."""
    below = leaf.path.removeprefix(f"{name}/*/").count("/") + 1
    return leaf.locator.rsplit("/", below)[0]


def _condition(words: str, value: Any, base: str | None) -> tuple[str | None, bool]:
    """The tier that a condition makes, and whether it is the range of the base price."""
    ends = value if isinstance(value, list) else [value]
    numbers = [READERS["count"](end, "", {}).value for end in ends]
    if any(number is None for number in numbers) or len(numbers) != (2 if "{1}" in words else 1):
        return None, False
    if base is not None and words == base and numbers[0] == 0:
        return None, True
    return words.format(*numbers), False


def heed_around(entries: Iterable[Entry], fields: Mapping[str, Any]) -> None:
    """Apply what fields around records (of the seller, of the file) say of all their prices.

    Only a currency, a unit or a number about money speaks of prices. Other words describe the seller or the file.
    """
    words = known_prices().beside
    for leaf in leaves(fields, ""):
        name = leaf.path.rpartition("/")[2].lower()
        if name in words.currency or name in words.unit or (words.about_money(name) and _is_amount(leaf.value)):
            for entry in entries:
                entry.prices = [_as_said_beside(price, leaf, name) for price in entry.prices]


def in_currency_beside(score: Score, fields: Iterable[Leaf]) -> Score:
    """A result in dollars (the cost of a run), with a problem if a field beside it names another currency."""
    if score.unit != "usd":
        return score
    words = known_prices().beside
    said = [leaf.text.strip().upper() for leaf in fields if leaf.path.lower() in words.currency]
    return score if all(code in ("USD", "$", "") for code in said) else replace(score, problem="currency_unknown")


def _as_said_beside(price: Price, leaf: Leaf, name: str) -> Price:
    """The price after a field beside it is applied: in its currency, in its unit, or with a doubt."""
    words = known_prices().beside
    if name.lower() in words.currency:
        return _in_currency(price, leaf)
    if name.lower() in words.unit:
        return _for_unit(price, leaf)
    return doubted(price, _UNKNOWN_BESIDE)


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and value != 0


def _says_something(value: Any) -> bool:
    """Whether a value may be a condition of prices. An address, an empty value and a no are none."""
    return bool(value) and not (isinstance(value, str) and "://" in value)


def _in_currency(price: Price, leaf: Leaf) -> Price:
    """The price in the currency that a field beside it names."""
    code = leaf.text.strip().upper()
    if len(code) == 3 and code.isascii() and code.isalpha():
        return replace(price, currency=code)
    return replace(price, problem=price.problem or "currency_unknown")


def _for_unit(price: Price, leaf: Leaf) -> Price:
    """The price for the unit that a field beside it names: ``per_1k_tokens``. ``tokens`` alone leaves it in doubt."""
    text = leaf.text.strip().lower().replace("_", " ").replace("usd", "").replace("$", "").replace("/", " ")
    said = " ".join(text.split())
    named, amount = values.per_unit(said.removeprefix("per ")), exact(price.raw_text.strip())
    if said.endswith("s") and said.isalpha():
        return doubted(price, _UNKNOWN_BESIDE)
    if named is None or amount is None:
        return replace(price, problem=price.problem or "price_unit_unknown")
    unit, factor = named
    return replace(price, amount=float(f"{float(amount) * factor:.12g}"), unit=unit, problem=None)


def _drop_doubled(document: Document, twice: Twice) -> None:
    """Mark what stands at a key that an object has twice with different values, and fail a check on the place."""
    number = next((n for n, e in enumerate(document.entries) if f"{twice.pointer}/".startswith(f"{e.locator}/")), None)
    said = f"{twice.pointer}: {_short(twice.first)}, then {_short(twice.last)}"
    document.checks.append(Check("key_twice", False, "each key once", said, twice.pointer, number))
    for entry in document.entries:
        for at, price in enumerate(entry.prices):
            if twice.differs_at(price.locator):
                entry.prices[at] = replace(price, problem="contradicting_prices")
        for at, stated in enumerate(entry.stated):
            if twice.differs_at(stated.locator):
                entry.stated[at] = replace(stated, value=None, problem="contradicting_values")
        for at, score in enumerate(entry.scores):
            if twice.differs_at(score.locator) or (twice.lies_in(score.locator) and twice.first != twice.last):
                entry.scores[at] = replace(score, problem="contradicting_scores")


def _short(value: Any) -> str:
    return written(value)[:100]


def _line_of(leaf: Leaf) -> int:
    """The line of a field in a text; 0 in a format without lines."""
    place, _, number = leaf.locator.partition(" ")
    return int(number) if place == "line" and number.isdigit() else 0


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
