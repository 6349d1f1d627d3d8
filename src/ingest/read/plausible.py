"""Can a price be true? One judge for pages and feeds, with the record around each price as its witness.

A price that cannot be true keeps its amount and gets a ``problem``, the reason with which it goes to quarantine. A
strange but possible price gets a doubt: it is kept, counts less when values are chosen, is no reference price, and
fails a check that names model and place. The judge also says what a zero means. ``knowledge/prices.yaml`` has the
limits with their reasons.

Later steps have other witnesses: the same model at other sellers (``load/sql``), and for scores the catalogue of
benchmarks (``read/scales.py``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise
from math import inf
from statistics import median
from typing import NamedTuple

from pydantic import Field

from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.read.counts import judge_counts
from ingest.read.margins import settle_margin
from ingest.read.tiers import parts_of
from ingest.read.values import per_unit
from ingest.records.document import Check, Document, Entry, Price, Stated, UnreadLine

NO_CHARGE = "no charge"
"""The tier of the prices of an entry that charges nothing."""

TOKENS = "per_million_tokens"

_SIZE = re.compile(r"(?<![a-z0-9.])([0-9]{1,3}(?:\.[0-9]{1,2})?)b(?![a-z0-9])")
_CHARACTERS = "per_million_characters"

_BESIDE_UNUSABLE = "beside prices that cannot be used"

_LONGEST_LINE = 100
_ABOUT_PRICES = re.compile(
    r"^(?:all |our |the )?(?:currency|prices?|pricing|rates?|costs?|billed|charged)\b", re.IGNORECASE
)
_PROMOTION = re.compile(
    r"\b(?:discount|promotion|promotional|promo|limited[- ]time|launch (?:price|offer)|special offer)\b|[0-9] ?% off\b",
    re.IGNORECASE,
)
_NEAR_LINES = 4
"""Lines between a promotion and the prices that it speaks of."""
_LAST_NUMBER = re.compile(r"[0-9]+$")
_CODE = re.compile(r"\b(USD|EUR|CNY|RMB|JPY|GBP|INR|KRW|CHF|AUD|CAD|BRL|RUB)\b", re.IGNORECASE)
_SAME_MONEY = {"RMB": "CNY"}
_PER_TOKENS = re.compile(r"(?:\bper|/) ?((?:1,?000|1 ?k|1,?000,?000|1 ?m|million|thousand)? ?tokens?)\b", re.IGNORECASE)


_ANNOUNCED_EARLIER = 31
"""Days by which a model may be announced before the month that its name holds."""

_M = r"(?P<m>0[1-9]|1[0-2])"
_MONTHS_IN_NAMES = tuple(
    re.compile(rf"(?<![0-9.]){pattern}(?![0-9.])")
    for pattern in (
        rf"(?P<y>20[2-3][0-9])-?{_M}(?:-?[0-3][0-9])?",
        rf"{_M}-(?P<y>20[2-3][0-9])",
        rf"(?<=-)(?P<y>2[3-9]){_M}",
    )
)


class _Unit(KnowledgeEntry):
    unit: str
    least: float = 0.0
    least_of: dict[str, float] = Field(default_factory=dict)
    """What another kind of price is at least."""
    most: float = inf
    reason: str


class _TypeLimit(KnowledgeEntry):
    type: str
    most: float
    reason: str


class _Media(KnowledgeEntry):
    types: frozenset[str]
    least: float
    doubt: str
    reason: str


class _Repeat(KnowledgeEntry):
    """A price that an entry states for both sides though only one is paid; ``below``: only lower ones are meant."""

    types: frozenset[str]
    unit: str
    doubt: str
    of_both: bool
    below: float = inf
    reason: str


class _Small(KnowledgeEntry):
    parameters_billion: float
    most: float
    reason: str


class _Relation(KnowledgeEntry):
    kind: str
    to: str
    least: float
    most: float
    usual_least: float = 0.0
    usual_most: float = inf
    doubt: str = ""
    of_both: bool = False
    reason: str


class _Service(KnowledgeEntry):
    service: str
    usual_least: float = 0.0
    usual_most: float = inf
    doubt: str
    reason: str


class _Filler(KnowledgeEntry):
    kind: str
    beside: str
    unless: str = ""
    """A kind of price that charges for it in another way."""
    doubt: str = ""
    """The doubt of a zero that is kept."""
    reason: str


class _File(KnowledgeEntry):
    least: float
    most: float
    enough: int
    reason: str


class _SameHand(KnowledgeEntry):
    times: float
    reason: str


class _Field(KnowledgeEntry):
    sellers: int
    far_times: float
    far_times_of_agreed: float
    far_times_of_maker: float
    jump_times: float
    filler_models: int
    filler_sizes: float
    filler_sizes_alone: float
    reason: str


class _Beside(KnowledgeEntry):
    currency: frozenset[str]
    unit: frozenset[str]
    money: frozenset[str]
    reason: str

    def about_money(self, path: str) -> bool:
        """Whether a word of a field's path is about money: ``promotional_discount``, ``billing/peak``."""
        return not self.money.isdisjoint(re.split("[^a-z]+", path.lower()))


class PriceKnowledge(KnowledgeEntry):
    """What ``knowledge/prices.yaml`` says."""

    units: list[_Unit]
    types: list[_TypeLimit]
    media: _Media
    repeats: tuple[_Repeat, ...]
    small: _Small
    relations: list[_Relation]
    services: list[_Service]
    fillers: list[_Filler]
    file: _File = Field(alias="file")
    same_hand: _SameHand
    field: _Field
    beside: _Beside

    def of_unit(self, unit: str) -> _Unit:
        """The limits of a unit; none for one that is not known."""
        return _units().get(unit) or _Unit(unit=unit, reason="")


def known_prices() -> PriceKnowledge:
    """What is known of prices. Raises :class:`ingest.IngestError` where the file cannot be read."""
    found: PriceKnowledge = knowledge("prices", PriceKnowledge)
    return found


@cache
def _units() -> Mapping[str, _Unit]:
    return {each.unit: each for each in known_prices().units}


@cache
def _fillers() -> Mapping[str, _Filler]:
    return {each.kind: each for each in known_prices().fillers}


def judge(document: Document) -> Document:
    """Judge all prices of a document and the meaning of its margins, in place, and return the document.

    Judging again changes nothing more.
    """
    aside: Counter[tuple[str, str]] = Counter()
    for entry in document.entries:
        if entry.prices:
            _judge_amounts(entry)
            _judge_relations(entry)
            _judge_services(entry)
            _set_fillers_aside(entry, aside)
            _doubt_tiers(entry)
            kind = next((s.value for s in entry.stated if s.field == "model_type"), None)
            if kind in known_prices().media.types:
                doubt_media(entry)
                doubt_repeats(entry, str(kind))
            _mark_free(entry)
        entry.stated = [_placeholder(stated) for stated in entry.stated]
        judge_counts(entry)
        _set_early_release_aside(entry, document)
        entry.scores = [settle_margin(score) for score in entry.scores]
    _contradict(document.entries)
    _doubt_unit_of_file(document.entries)
    _heed_lines(document)
    for (kind, reason), times in sorted(aside.items()):
        document.unread.append(UnreadLine(0, f"price of {kind} ({times} times; 0: {reason})"))
    told = {(check.name, check.locator) for check in document.checks}
    for number, entry in enumerate(document.entries):
        entry.prices = [parts_of(price) for price in entry.prices]
        for price in entry.prices:
            for doubt in price.doubts:
                if (doubt, price.locator) not in told:
                    document.checks.append(_told(doubt, price, number))
    return document


def _placeholder(stated: Stated) -> Stated:
    """A release on the first of January means the year: sources write it if they know no more."""
    day = stated.value
    if (
        stated.field == "release_date"
        and stated.unit == "day"
        and isinstance(day, date)
        and (day.month, day.day) == (1, 1)
    ):
        return replace(stated, unit="year")
    return stated


def _set_early_release_aside(entry: Entry, document: Document) -> None:
    """Take a release out that lies before the month in the listing's own name: it is that of another model.

    ``command-r7b-12-2024`` was not released in February 2024; ``gpt-4o-2024-08-06`` is no model of May.
    """
    month = month_in_name(f"{entry.source_key or ''} {entry.name or ''}")
    if month is None:
        return
    for at, stated in enumerate(entry.stated):
        if stated.field == "release_date" and isinstance(stated.value, date) and _is_before(stated, month):
            why = f"release_date {stated.raw_text}: before {month:%Y-%m}, the month in the name of its listing"
            document.unread.append(UnreadLine(0, why))
            del entry.stated[at]
            return


def month_in_name(text: str) -> date | None:
    """The month that a name ends in or holds: ``2506``, ``12-2024``, ``2024-08-06``, ``20241022``."""
    for pattern in _MONTHS_IN_NAMES:
        if found := pattern.search(text):
            year = int(found["y"])
            return date(year if year > 99 else 2000 + year, int(found["m"]), 1)
    return None


def _is_before(stated: Stated, month: date) -> bool:
    day: date = stated.value
    return day.year < month.year if stated.unit == "year" else (month - day).days > _ANNOUNCED_EARLIER


def doubted(price: Price, doubt: str) -> Price:
    """The price with one more doubt."""
    return price if doubt in price.doubts else replace(price, doubts=(*price.doubts, doubt))


def _told(doubt: str, price: Price, entry: int) -> Check:
    what = f"{price.kind} {price.raw_text}" + (f", {price.tier}" if price.tier else "")
    return Check(doubt, False, None, f"{what} from {price.provider}" if price.provider else what, price.locator, entry)


def _judge_amounts(entry: Entry) -> None:
    """Mark prices beyond what anybody charges, and prices beside them that were written in the same unit."""
    known = known_prices()
    most = _most_for(entry)
    wrong: dict[str, list[float]] = {}
    for i, price in enumerate(entry.prices):
        amount = price.amount
        if amount and price.problem is None and price.currency == "USD":
            limits = known.of_unit(price.unit)
            dearest = min(limits.most, most if price.unit == TOKENS else inf)
            if not limits.least_of.get(price.kind, limits.least) <= amount <= dearest:
                entry.prices[i] = replace(price, problem="price_out_of_range")
        if entry.prices[i].problem == "price_out_of_range" and amount:
            wrong.setdefault(price.unit, []).append(amount)
    times = known.same_hand.times
    for i, price in enumerate(entry.prices):
        if (
            price.problem is None
            and price.amount
            and any(1 / times <= price.amount / each <= times for each in wrong.get(price.unit, ()))
        ):
            entry.prices[i] = replace(price, problem="unit_doubtful")


def _most_for(entry: Entry) -> float:
    """The highest possible price of a million tokens, by the model's type and by its size, named or stated."""
    known = known_prices()
    text = f"{entry.source_key or ''} {entry.name or ''}".lower()
    sizes = [float(size) for size in _SIZE.findall(text)] or [
        stated.value / 1e9
        for stated in entry.stated
        if stated.field == "parameters" and isinstance(stated.value, int | float)
    ]
    small = bool(sizes) and max(sizes) <= known.small.parameters_billion
    types = [stated.value for stated in entry.stated if stated.field == "model_type"]
    limits = [each.most for each in known.types if each.type in types] if types else []
    return min([*limits, known.small.most if small else inf])


def _set_fillers_aside(entry: Entry, aside: Counter[tuple[str, str]]) -> None:
    """Remove zeros that are no price: things that are not charged separately, and zeros beside unusable prices."""
    if not any(price.amount == 0 for price in entry.prices):
        return
    usable = [price for price in entry.prices if price.problem is None and price.amount]
    broken = any(price.problem is not None for price in entry.prices)
    charged = {price.kind for price in usable}
    paid = {(price.kind, price.tier) for price in usable if price.unit == TOKENS}
    kept = []
    for price in entry.prices:
        filler = _fillers().get(price.kind)
        reason = None
        if price.amount == 0 and price.problem is None:
            if filler and filler.unless not in charged and {(filler.beside, price.tier), (filler.beside, None)} & paid:
                reason = filler.reason
            elif broken and not usable:
                reason = _BESIDE_UNUSABLE
        if reason is None:
            kept.append(price)
        elif filler and filler.doubt and reason == filler.reason:
            kept.append(doubted(price, filler.doubt))
        else:
            aside[price.kind, reason] += 1
    entry.prices = kept


def _judge_relations(entry: Entry) -> None:
    """Compare the prices of each tier with each other, and prices of one thing in two units."""
    at = {(p.kind, p.tier, p.unit, p.valid_from): i for i, p in reversed(list(enumerate(entry.prices))) if _counts(p)}
    for relation in known_prices().relations:
        for (kind, tier, unit, since), i in at.items():
            j = at.get((relation.to, tier, unit, since))
            if kind == relation.kind and j is not None:
                _hold(entry, i, j, relation)
    for i, price in enumerate(entry.prices):
        if price.unit != _CHARACTERS or not price.amount:
            continue
        j = at.get((price.kind, price.tier, TOKENS, price.valid_from))
        if j is not None and (entry.prices[j].amount or inf) < price.amount:
            for each in (i, j):
                entry.prices[each] = doubted(entry.prices[each], "token_cheaper_than_character")


def _judge_services(entry: Entry) -> None:
    """Doubt a discount that costs more than the base price of its kind, and a surcharge that costs less."""
    base = {(price.kind, price.unit): price.amount for price in entry.prices if price.tier is None and _counts(price)}
    for i, price in enumerate(entry.prices):
        asked = base.get((price.kind, price.unit))
        if price.problem is not None or not price.amount or not asked:
            continue
        for each in known_prices().services:
            if price.tier == each.service and not each.usual_least <= price.amount / asked <= each.usual_most:
                entry.prices[i] = doubted(price, each.doubt)


def _hold(entry: Entry, i: int, j: int, relation: _Relation) -> None:
    one, other = entry.prices[i], entry.prices[j]
    if not one.amount or not other.amount or one.problem or other.problem:
        return
    times = one.amount / other.amount
    if not relation.least <= times <= relation.most:
        entry.prices[i], entry.prices[j] = (replace(each, problem="unit_doubtful") for each in (one, other))
    elif not relation.usual_least <= times <= relation.usual_most:
        entry.prices[i] = doubted(one, relation.doubt)
        if relation.of_both:
            entry.prices[j] = doubted(other, relation.doubt)


def _counts(price: Price) -> bool:
    return price.unit in (TOKENS, _CHARACTERS) and price.problem is None


def _doubt_tiers(entry: Entry) -> None:
    """Doubt a tier that begins at or above the largest request: it never applies, so the limit or the tier is wrong.

    A tier of long inputs that costs less than the base price is doubtful too: the two are swapped, or one is that of
    another field.
    """
    base = {(p.kind, p.unit, p.valid_from): p.amount for p in entry.prices if p.tier is None and _counts(p)}
    limits = [
        stated.value
        for stated in entry.stated
        if stated.field in ("context_tokens", "max_input_tokens") and isinstance(stated.value, int)
    ]
    for i, price in enumerate(entry.prices):
        parts = parts_of(price)
        above = parts.tier_above_tokens
        if above is not None and limits and above >= min(limits):
            entry.prices[i] = doubted(price, "tier_within_limit")
        asked = base.get((price.kind, price.unit, price.valid_from))
        is_plain = above is not None and not (parts.tier_service or parts.tier_region)
        if is_plain and asked and _counts(price) and (price.amount or inf) < asked:
            entry.prices[i] = doubted(entry.prices[i], "long_input_cheaper")


def doubt_media(entry: Entry) -> None:
    """Doubt prices of tokens of a model of sound or pictures that are those of a minute, a step or a picture."""
    media = known_prices().media
    for i, price in enumerate(entry.prices):
        if price.unit == TOKENS and price.problem is None and price.amount and price.amount < media.least:
            entry.prices[i] = doubted(price, media.doubt)


def doubt_repeats(entry: Entry, kind: str) -> None:
    """Doubt an output price of a model of sound or pictures that is the input price again."""
    for repeat in known_prices().repeats:
        if kind not in repeat.types:
            continue
        counted = [
            p
            for p in entry.prices
            if p.unit == repeat.unit and p.problem is None and 0 < (p.amount or 0) < repeat.below
        ]
        inputs = {(p.tier, p.provider, p.amount) for p in counted if p.kind == "input"}
        outputs = {(p.tier, p.provider, p.amount) for p in counted if p.kind == "output"}
        sides = ("input", "output") if repeat.of_both else ("output",)
        for i, price in enumerate(entry.prices):
            is_counted = price.unit == repeat.unit and price.problem is None and price.kind in sides
            if is_counted and (price.tier, price.provider, price.amount) in inputs & outputs:
                entry.prices[i] = doubted(price, repeat.doubt)


def _mark_free(entry: Entry) -> None:
    """Give prices of an entry that charges nothing for tokens the tier of a plan: they are no list prices.

    Sources write 0 for subscriptions, trials, local use and unknown prices. As base prices these would contradict the
    seller's other prices. A named tier (``free``) already says so; a tier of a length does not.
    """
    tokens = [p for p in entry.prices if p.unit == TOKENS]
    if tokens and not any(p.amount or p.problem for p in tokens):
        for i, price in enumerate(entry.prices):
            if price.unit == TOKENS and price.tier is None:
                entry.prices[i] = replace(price, tier=NO_CHARGE)
            elif price.unit == TOKENS and str(price.tier).startswith("input "):
                entry.prices[i] = replace(price, tier=f"{NO_CHARGE}, {price.tier}")


def _contradict(entries: Iterable[Entry]) -> None:
    """Mark prices of one file with two amounts for the same thing under one key: neither can be used."""
    places: dict[tuple[object, ...], list[tuple[Entry, int]]] = {}
    for entry in entries:
        if entry.source_key is None:
            continue
        for i, price in enumerate(entry.prices):
            if price.problem is None and price.amount is not None:
                sold = (price.provider, price.kind, price.tier, price.unit, price.currency, price.valid_from)
                key = (entry.source_key, *sold)
                places.setdefault(key, []).append((entry, i))
    for found in places.values():
        if len(found) > 1 and len({entry.prices[i].amount for entry, i in found}) > 1:
            for entry, i in found:
                entry.prices[i] = replace(entry.prices[i], problem="contradicting_prices")


def _heed_lines(document: Document) -> None:
    """Doubt the prices of a page on which a line of its own names another currency or unit of prices, or a promotion.

    ``All prices in EUR``, ``Currency`` above ``CNY``, ``Prices per 1,000 tokens``: the signs beside the amounts say
    otherwise, and nobody can tell which of the two is meant.
    """
    priced = [entry for entry in document.entries if any(_stands_on_line(price) for price in entry.prices)]
    if not priced:
        return
    promotions = [
        line.line for line in document.unread if _PROMOTION.search(line.text) and len(line.text) <= _LONGEST_LINE
    ]
    texts = [line.text for line in document.unread if len(line.text) <= _LONGEST_LINE]
    said = [found for text in (*texts, *map(" ".join, pairwise(texts))) for found in [said_of_prices(text)] if found]
    for entry in priced:
        for i, price in enumerate(entry.prices):
            if price.problem is None and any(not each.fits(price) for each in said):
                entry.prices[i] = doubted(price, "line_contradicts_price")
            if price.problem is None and any(abs(_line_of(price) - line) <= _NEAR_LINES for line in promotions):
                entry.prices[i] = doubted(entry.prices[i], "promotion_beside_price")


def _stands_on_line(price: Price) -> bool:
    return price.locator.startswith("line")


def _line_of(price: Price) -> int:
    """The last line of the place of a price on a page; far away where it stands on no line."""
    found = _LAST_NUMBER.search(price.locator) if _stands_on_line(price) else None
    return int(found[0]) if found else -10 * _NEAR_LINES


class SaidOfPrices(NamedTuple):
    """What a line of a page says of the prices on it."""

    currency: str | None
    unit: tuple[str, float] | None

    def fits(self, price: Price) -> bool:
        """Whether a price is in that currency and unit."""
        if self.currency is not None and price.currency != self.currency:
            return False
        return self.unit is None or self.unit[0] != price.unit or self.unit[1] == 1.0


def said_of_prices(text: str) -> SaidOfPrices | None:
    """What a short line says of prices as such; None for any other line."""
    about = _ABOUT_PRICES.search(text)
    if about is None:
        return None
    codes = {code.upper() for code in _CODE.findall(text)}
    per = _PER_TOKENS.search(text)
    unit = per_unit(per[1]) if per else None
    if len(codes) > 1 or not (codes or unit):
        return None
    return SaidOfPrices(_SAME_MONEY.get(code := codes.pop(), code) if codes else None, unit)


def _doubt_unit_of_file(entries: Iterable[Entry]) -> None:
    """Mark all prices of a kind if together they cannot be in the unit in which the file is read."""
    kinds: dict[str, list[tuple[float, Entry, int]]] = {}
    for entry in entries:
        for i, price in enumerate(entry.prices):
            if price.unit == TOKENS and price.currency == "USD" and price.amount and price.kind in ("input", "output"):
                kinds.setdefault(price.kind, []).append((price.amount, entry, i))
    limits = known_prices().file
    for found in kinds.values():
        if len(found) < limits.enough or limits.least <= median(amount for amount, _, _ in found) <= limits.most:
            continue
        for _, entry, i in found:
            if entry.prices[i].problem is None:
                entry.prices[i] = replace(entry.prices[i], problem="unit_doubtful")
