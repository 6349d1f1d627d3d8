"""The sections of labels and values: specifications, dates, prices, features, licence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from ingest.name import resolve_organization
from ingest.read import values
from ingest.read.languages import ENGLISH, Language, may_say_per
from ingest.read.lines import IMAGES, Claim, Line, Page, locator
from ingest.read.plausible import said_of_prices
from ingest.read.values import Value, is_nothing
from ingest.records.document import Check, Price, Stated
from ingest.sources.model_page.agreement import agree, width
from ingest.sources.model_page.field_values import is_scale, is_second_value, value_of
from ingest.sources.model_page.header import Header
from ingest.sources.model_page.identity import named
from ingest.sources.model_page.labels import Field, badge, feature_id, is_feature, known, split_badges, split_features
from ingest.sources.model_page.order import OF_WORDS, TAGS, Order, Votes, in_order, votes
from ingest.sources.model_page.pairs import (
    answers_of_several,
    has_colon,
    heads_pair,
    pair_in_line,
    parted_by_answers,
    priced_in_line,
    switch_at,
    table_head,
)
from ingest.sources.model_page.tags import Tag, as_shown, read_tags, without_both
from ingest.sources.model_page.words import Row, page_words

# What no model has several of; prices and limits differ by seller.
_STATED_ONCE = ("parameters", "training_tokens", "release_date", "announced_on", "knowledge_cutoff", "average_score")
_LIST = 2
_K_OF_1024 = (1.024, 1.048576)
_VALUE_AND_UNIT = 2
_BEHIND_UNIT = re.compile(r" ?[∙·•|(]")
_UNIT = re.compile(r"(?:/|per) ?(.{1,30})", re.IGNORECASE)
# Which of several statements of one field is quoted.
_ORDER_OF_WITNESSES = ("badge", "field", "row")


class Fields:
    """Collects what the sections of one page state.

    A field that the page states twice is one record when both agree, from the more exact of the two; when they
    differ neither is certain: the field has a problem, and a check named ``repeated_<field>`` fails.
    """

    __slots__ = (
        "_checks",
        "_claim",
        "_language",
        "_order",
        "_page",
        "_problems",
        "_said",
        "_stated",
        "_unit",
        "_unsure",
        "_votes",
        "captured_on",
        "features",
        "features_absent",
        "organization",
        "organization_place",
        "prices",
        "understood",
    )

    def __init__(self, claim: Claim, page: Page, language: Language = ENGLISH) -> None:
        self._claim = claim
        self._page = page
        self._language = language
        self._order: Order | None = None
        self._votes: dict[int, Votes] = {}
        self._unit: tuple[str, float] | None = None  # what the prices of a section are for
        self._stated: dict[str, Stated] = {}
        self._problems: list[Stated] = []
        self._checks: list[Check] = []
        self._unsure: set[str] = set()
        self._said: dict[str, list[tuple[bool, str, Stated]]] = {}
        self.features: list[tuple[str, Line]] = []
        self.features_absent: list[tuple[str, Line]] = []
        self.organization: str | None = None
        self.organization_place: str | None = None
        self.captured_on: date | None = None
        self.prices: list[Price] = []
        self.understood = 0  # labels with a value that could be read, or with a dash

    def learn_order(self, sections: Sequence[Sequence[Line]]) -> None:
        """Notes where the values of this page stand, for sections that do not tell by themselves."""
        for lines in sections:
            if lines:
                self._votes[lines[-1].number] = votes(lines, self._value)
        told = self._votes.values()
        self._order = Votes(sum(each.below for each in told), sum(each.above for each in told)).order

    def reads(self, label: Field, text: str) -> Value:
        """What ``text`` is as the value of ``label``, in the language of the page."""
        return self._value(label, text)

    def read(self, lines: Sequence[Line], unit: tuple[str, float] | None = None) -> None:
        """Reads one section; lines that are neither labels nor values stay unread.

        ``unit`` is what its prices are for, and the factor that brings them to it, where its heading says so.
        """
        self._unit = unit
        lines = self._in_order(lines)
        at, end = 0, len(lines)
        while at < end:
            line = lines[at]
            what = known(line.text)
            label = what.field
            at += 1
            if label is None:
                at += self._read_without_label(lines, at - 1)
                continue
            value = lines[at] if at < end else None
            if value is not None and known(value.text).field and not self._is_value(label, value):
                value = None
            if value is not None and label.value in OF_WORDS and heads_pair(lines, at):
                value = None
            heads = label.value in TAGS and table_head(lines, at, self._value)
            if heads or (label.value in TAGS and at < end and switch_at(lines, at, self._value)):
                self._claim(label.value, lines[at - 1 : at + heads])
                at += heads
            elif label.value in TAGS and answers_of_several(lines, at, self._value):
                continue
            elif label.value in TAGS:
                stop = at
                while stop < end and self._is_tag(lines, stop, at, label):
                    stop += 1
                self._read_tags(label, line, lines[at:stop])
                at = stop
            elif value is None:
                self._claim("label_without_value", (line,))
            elif at + 1 < end and (
                is_second_value(label, value, lines[at + 1], self._language) or is_scale(label, value, lines[at + 1])
            ):
                self._add_unclear(label, value, lines[at + 1])
                self._claim(label.target, (line, value, lines[at + 1]))
                at += 2
            else:
                at += self._take_below(label, line, lines[at : at + _VALUE_AND_UNIT])

    def _read_without_label(self, lines: Sequence[Line], at: int) -> int:
        """Reads a line that is no label as a whole. Gives how many lines behind it belong to it."""
        line = lines[at]
        if self._unit is None and (unit := self._unit_of(line.text)):
            self._unit = unit
            self._claim("price_unit", (line,))
        elif known(line.text).intro or self._is_intro(lines, at):
            self._claim("section_intro", (line,))
        elif size := self._read_switch(lines, at):
            return size - 1
        else:
            self._read_in_line(line)
        return 0

    def _take_below(self, label: Field, line: Line, below: Sequence[Line]) -> int:
        """Reads the value below a label, and what a price is for on a line of its own. Gives how many lines it took."""
        value = below[0]
        if label.value == "price" and len(below) > 1 and self._is_unit(below[1].text):
            if not self._take(label, f"{value.text} {below[1].text}", value, line):
                return 0
            self._claim(label.target, below[1:])
            return _VALUE_AND_UNIT
        return int(self._take(label, value.text, value, line))

    def _in_order(self, lines: Sequence[Line]) -> Sequence[Line]:
        """The lines of a section with each label before its value; none where the section contradicts itself."""
        if not lines:
            return lines
        if known(lines[0].text).intro:
            self._claim("section_intro", lines[:1])
            lines = lines[1:]
        own = self._votes.get(lines[-1].number) if lines else None
        ordered = in_order(lines, self._order, own or votes(lines, self._value))
        if lines and not ordered:
            place = locator(lines[0].number, lines[-1].number)
            self._checks.append(Check("label_order", False, "each value on one side of its label", place))
        return ordered

    def add_header(self, header: Header) -> None:
        """Adds the badges, the organization and the description of the header."""
        self._checks += header.checks
        for text, line in header.badges:
            self._add_badge(text, line, "badge")
        if header.organization:
            self.organization = header.organization
            self.organization_place = _place_of(header.organization, header.organization_line)
        elif self.organization and header.name:
            self.organization = self._maker(self.organization, header.name.text)
        self._settle_badges()
        if header.description:
            text = "\n".join(line.text for line in header.description)
            first, last = header.description[0].number, header.description[-1].number
            self._stated["description"] = Stated("description", text, text, locator(first, last))

    def _maker(self, stated: str, name: str) -> str | None:
        """An organization that a label states; a seller and another maker than the model's are left out."""
        maker = named(name).organization_id
        told = resolve_organization(stated).organization_id
        if maker is None or told == maker:
            return stated
        self._checks.append(Check("organization", False, maker, stated))
        self.organization_place = None
        return None

    def _settle_badges(self) -> None:
        """States what the badges, the row of capabilities, a field and the modalities say together.

        Where they contradict each other the field has a problem and a check fails.
        """
        for name, said in self._said.items():
            spoken = self._stated.pop(name, None)
            if spoken is not None:
                said.append((spoken.value, "field", spoken))
            first = min(said, key=lambda each: _ORDER_OF_WITNESSES.index(each[1]))[2]
            if len({value for value, _, _ in said}) == 1:
                self._stated[name] = first
                continue
            other = next(each for value, _, each in said if value != first.value)
            expected, actual = (f"{each.raw_text} ({each.locator})" for each in (first, other))
            self._checks.append(Check(f"contradicting_{name}", False, expected, actual))
            self._problems.append(replace(first, value=None, problem="contradicting_statements"))

    def stated(self) -> list[Stated]:
        """All fields, then those that could not be read."""
        self._settle_most_input()
        self._settle_modalities()
        self.features, self.features_absent, checks = without_both(self.features, self.features_absent)
        self._checks += checks
        for name, tags in (("features", self.features), ("features_absent", self.features_absent)):
            if tags:
                self._stated[name] = _list_of(name, tags)
        sure = [each for each in self._stated.values() if each.field not in self._unsure]
        unsure = [
            replace(each, value=None, low=None, high=None, problem="contradicting_statements")
            for each in self._stated.values()
            if each.field in self._unsure
        ]
        return [*sure, *unsure, *self._problems]

    def _settle_most_input(self) -> None:
        """State most input apart where it is less than the window; else both labels state one figure.

        A K of one may be 1,000 and that of the other 1,024.
        """
        most = self._stated.pop("max_input_tokens", None)
        window = self._stated.get("context_tokens")
        if most is None:
            return
        if window is None or agree(window, most) or most.value > window.value:
            self._add(replace(most, field="context_tokens"))
        elif not any((window.low or 0) <= most.value * k <= (window.high or 0) for k in _K_OF_1024):
            self._stated["max_input_tokens"] = most

    def _settle_modalities(self) -> None:
        """States that a model is multimodal, or not, by what it takes and gives, where nothing else says so."""
        flows = [self._stated.get(f"{way}_modalities") for way in ("input", "output")]
        told = [flow for flow in flows if flow is not None and flow.field not in self._unsure]
        kinds = {kind for flow in told for kind in flow.value}
        if "multimodal" in self._stated or "multimodal" in self._said or len(told) < len(flows) or not kinds:
            return
        self._stated["multimodal"] = replace(told[0], field="multimodal", value=len(kinds) > 1)

    def checks(self) -> list[Check]:
        """Checks that the fields make of themselves."""
        return self._checks

    @property
    def of_several_models(self) -> bool:
        """Whether a figure that a model has once stands there with three values or more, as in a list of models."""
        if not self._checks:
            return False
        failed = Counter(check.name.removeprefix("repeated_") for check in self._checks)
        return any(failed[name] >= _LIST for name in _STATED_ONCE)

    @property
    def average(self) -> Stated | None:
        """The average score that the page states."""
        return None if "average_score" in self._unsure else self._stated.get("average_score")

    def _is_intro(self, lines: Sequence[Line], at: int) -> bool:
        """A sentence between a section's heading and its first label, in words that no list has."""
        if at or len(lines) < 2 or said_of_prices(lines[0].text) is not None:
            return False
        return known(lines[1].text).field is not None and len(lines[0].text.split()) >= 3 and ":" not in lines[0].text

    def _is_value(self, label: Field, value: Line) -> bool:
        """Whether a line that is also a label is the value of the label above: a badge below a tag label."""
        return label.value in TAGS and known(value.text).badge

    def _is_tag(self, lines: Sequence[Line], at: int, first: int, label: Field) -> bool:
        text = lines[at].text
        what = known(text)
        if what.field and not what.badge and split_features(text) != (text,):
            return False
        if at == first:
            return not (what.field and not what.badge)
        if label.value == "capabilities":
            return all(known(piece).badge for piece in split_badges(text))
        if what.field:
            return False
        # More of a list: nearer to its first line than that is to the label, or known by name.
        return (lines[at].shared > lines[first].shared and lines[at].number != lines[first].number) or all(
            is_feature(tag) for tag in split_features(text)
        )

    def is_pair(self, line: Line) -> bool:
        """Whether a line is a label with its value, which can be read."""
        label, text = pair_in_line(line, self._value)
        if label is None or not text or label.value in (*TAGS, *OF_WORDS):
            return False
        value = self._value(label, text)
        return value.problem is None and value.value is not None

    def has_label(self, line: Line) -> bool:
        """Whether a line is a label with some text behind its colon (``Developer: Cohere``)."""
        return has_colon(line.text) and pair_in_line(line, self._value)[0] is not None

    def _is_unit(self, text: str) -> bool:
        """Whether a line below a price says what the price is for, and nothing else: ``per 1M tokens``."""
        return self._unit_of(text) is not None

    def _unit_of(self, text: str) -> tuple[str, float] | None:
        """What prices are for, by a line that says it alone or before a sign: ``Per 1M tokens · Batch``."""
        if not may_say_per(text):
            return None
        bare = _BEHIND_UNIT.split(self._language.label(text) if self._language.file else text, maxsplit=1)[0]
        found = _UNIT.fullmatch(bare)
        return values.per_unit(found[1]) if found else None

    def _read_switch(self, lines: Sequence[Line], at: int) -> int:
        """Takes features with a yes or no beside them, or below a head that says so. Gives how many lines it took."""
        found = switch_at(lines, at, self._value)
        if found is None:
            return 0
        self.understood += 1
        self._claim("features", found.lines)
        self.features += [(tag, line) for tag, line, on in found.tags if on]
        self.features_absent += [(tag, line) for tag, line, on in found.tags if not on]
        return found.size

    def _read_in_line(self, line: Line) -> None:
        priced = priced_in_line(line.text, self._value)
        for kind, price in priced:
            self._take(kind, price, line, line)
        label, text = pair_in_line(line, self._value)
        if priced or label is None or not text:
            return
        if label.value in TAGS:
            self._read_tags(label, line, [line._replace(text=text, parts=(text,))])
        else:
            self._take(label, text, line, line)

    def _take(self, label: Field, text: str, line: Line, label_line: Line) -> bool:
        """Reads one value; False, with nothing claimed, where the line below the label is no value of it."""
        if label.value == "price":
            if not self._take_price(label, text, line, label_line):
                return self._take_modalities(label, text, line, label_line)
        elif self._is_no_value(label, text):
            return False
        else:
            self._take_field(label, text, line)
        self._claim(label.target, (label_line, line))
        return True

    def _take_modalities(self, label: Field, text: str, line: Line, label_line: Line) -> bool:
        """Takes what the model reads or writes below ``Input`` or ``Output``, which are labels of prices too."""
        if label.unit is not None or label.target not in ("input", "output"):
            return False
        other = Field(f"{label.target}_modalities", "modalities")
        value = self._value(other, text)
        return value.value is not None and self._take(other, text, line, label_line)

    def _is_no_value(self, label: Field, text: str) -> bool:
        """Whether a line cannot be meant as the value of a label: words behind yes or no, a licence without a name."""
        if label.value in ("yes_no", "tokens", "modalities"):
            return self._value(label, text).problem is not None
        return label.target == "license" and text.lower() in page_words().no_licences.phrases

    def _value(self, label: Field, text: str) -> Value:
        """The value of a field, as the language of the page writes it."""
        return value_of(self._language, label.value, text)

    def _take_field(self, label: Field, text: str, line: Line) -> None:
        value = self._value(label, text)
        place = locator(line.number, line.number)
        name = label.target
        self.understood += value.problem is None
        if value.problem:
            self._problems.append(Stated(name, None, text, place, problem=value.problem))
            return
        if value.value is None:
            return
        if name == "organization":
            if self.organization is None:
                self.organization, self.organization_place = text, place
            return
        if name == "captured_on":
            if value.unit == "day" and self.captured_on is None:
                self.captured_on = value.value
            return
        if label.value == "size":
            active = values.sizes(self._language.plain(text, "count").text)[1]
            if active.value is not None:
                self._add(Stated("active_parameters", active.value, text, place, active.low, active.high))
        unit = value.unit if label.value == "day" else None
        self._add(Stated(name, value.value, text, place, value.low, value.high, unit))

    def _add(self, new: Stated) -> None:
        old = self._stated.get(new.field)
        if old is None:
            self._stated[new.field] = new
        elif isinstance(new.value, list) and old.value != new.value:
            self._unsure.add(new.field)
        elif old.raw_text == new.raw_text or old.value == new.value or agree(old, new):
            if width(new) < width(old):
                self._stated[new.field] = new
        else:
            self._unsure.add(new.field)
            self._checks.append(
                Check(
                    f"repeated_{new.field}",
                    False,
                    f"{old.raw_text} ({old.locator})",
                    f"{new.raw_text} ({new.locator})",
                )
            )

    def _take_price(self, label: Field, text: str, line: Line, label_line: Line) -> bool:
        value = self._value(label, text)
        if label.unit in (None, "unknown") and value.problem in ("unreadable_price", "currency_missing"):
            # "Input" alone, or per minute, is a price only with money below it.
            return False
        place = locator(*sorted((label_line.number, line.number)))
        raw = text
        self.understood += value.problem is None
        if value.problem:
            self.prices.append(Price(label.target, None, raw, place, problem=value.problem))
            return True
        if value.value is None:
            return True
        unit, factor = label.unit, label.factor
        if unit is None and self._unit:
            unit, factor = self._unit
        if value.per:
            # The unit beside the number is meant; a label that says another one contradicts it.
            per = values.per_unit(value.per) or ("unknown", 1.0)
            if unit not in (None, "unknown") and per[0] != "unknown" and per != (unit, factor):
                self.prices.append(
                    Price(label.target, None, raw, place, currency=value.unit or "USD", problem="two_price_units")
                )
                return True
            unit, factor = per
        if unit is None or unit == "unknown":
            reason = "price_unit_missing" if unit is None else "price_unit_unknown"
            self.prices.append(Price(label.target, None, raw, place, currency=value.unit or "USD", problem=reason))
            return True
        scaled = [None if n is None else float(f"{n * factor:.12g}") for n in (value.value, value.low, value.high)]
        amount, low, high = scaled
        price = Price(label.target, amount, raw, place, unit, value.unit or "USD", low=low, high=high)
        alike = [p for p in self.prices if (p.kind, p.unit, p.currency) == (price.kind, unit, price.currency)]
        same = next((p for p in alike if not p.problem), None)
        if any(p.problem == "contradicting_prices" for p in alike):
            self.prices.append(replace(price, amount=None, low=None, high=None, problem="contradicting_prices"))
        elif same is None:
            self.prices.append(price)
        elif same.amount != amount:
            # Of two sellers, perhaps: nobody can tell which price is meant, so neither can be used.
            for each in (same, price):
                self.prices.append(replace(each, amount=None, low=None, high=None, problem="contradicting_prices"))
            self.prices.remove(same)
            self._checks.append(
                Check(
                    f"repeated_price_{price.kind}",
                    False,
                    f"{same.raw_text} ({same.locator})",
                    f"{raw} ({place})",
                )
            )
        return True

    def _read_tags(self, label: Field, label_line: Line, lines: Sequence[Line]) -> None:
        self.understood += 1
        self._claim(label.value, (label_line,))
        row: Row = "features" if label.value == "features" else "capabilities"
        split = split_features if row == "features" else split_badges
        texts: list[tuple[str, Line]] = []
        for line in lines:
            if is_nothing(self._language.plain(line.text, "word").text):
                self._claim(row, (line,))
            else:
                texts += [(tag, line) for part in line.parts for tag in split(part)]
        if row == "features":
            said = parted_by_answers(texts, self._value)
            self.features += said.has
            self.features_absent += said.lacks
            self._claim("features", [line for _, line in (*said.has, *said.lacks)])
            self._checks += [_not_marked(label_line)] if said.is_unclear else []
            texts = said.left
        if row == "features":
            struck = [(tag, line) for line in self._struck_among(label_line, lines) for tag in split(line.text)]
            self.features_absent += struck
            self._claim(row, [line for _, line in struck])
        if not texts:
            return
        has_prices = any(price.amount is not None for price in self.prices)
        read = read_tags(row, texts, label_line, self._page, has_prices=has_prices)
        if read.says_nothing:
            self._claim("constant_row", lines)
            return
        if row == "features":
            self._claim(row, [line for _, line in texts])
            if any(tag.on is None for tag in read.tags):
                self._checks.append(_not_marked(label_line))
            else:
                self.features += [(tag.text, tag.line) for tag in read.tags if tag.on]
                self.features_absent += [(tag.text, tag.line) for tag in read.tags if not tag.on]
            return
        self._read_capabilities(label_line, read.tags)

    def _struck_among(self, label: Line, lines: Sequence[Line]) -> list[Line]:
        """The crossed out features in the list of a label: they stand right below it and between the others."""
        own = {line.number for line in lines}
        struck: list[Line] = []
        for line in self._page.lines[label.number :] if self._page.media_type == "text/html" else ():
            if line.struck and all(is_feature(tag) for tag in split_features(line.text)):
                struck.append(line)
            elif line.number not in own:
                break
        return struck

    def _add_unclear(self, label: Field, value: Line, other: Line) -> None:
        """Keeps two values below one label as what they are: nobody can tell which is meant."""
        place, text = locator(value.number, other.number), f"{value.text}\n{other.text}"
        if label.value == "price":
            self.prices.append(Price(label.target, None, text, place, problem="two_values"))
        else:
            self._problems.append(Stated(label.target, None, text, place, problem="two_values"))

    def _read_capabilities(self, label: Line, tags: Sequence[Tag]) -> None:
        """Takes what the badges of a row state; a row of badges without "Multimodal" says that it is not.

        What says so is the whole row, since no badge of it does: the label and all badges are the text of that claim.
        """
        unknown: set[int] = set()
        for tag in tags:
            if not self._add_badge(tag.text, tag.line, "row", on=tag.on is not False):
                unknown.add(tag.line.number)
        shown = {badge(tag.text) for tag in tags} - {None}
        if shown and not unknown and not any(each and each.field == "multimodal" for each in shown):
            row = [label, *(tag.line for tag in tags if tag.line.number != label.number)]
            denied = Stated("multimodal", False, *as_shown(sorted(row, key=lambda line: line.number)))
            self._said.setdefault("multimodal", []).append((False, "row", denied))
        self._claim("capabilities", [tag.line for tag in tags if tag.line.number not in unknown])

    def _add_badge(self, text: str, line: Line, witness: str, *, on: bool = True) -> bool:
        """Takes what a badge states; False for a badge that is not known."""
        meaning = badge(text)
        if meaning is None:
            return False
        if meaning.field:
            value = meaning.value is on
            stated = Stated(meaning.field, value, text, locator(line.number, line.number))
            self._said.setdefault(meaning.field, []).append((value, witness, stated))
        return True


def _not_marked(label: Line) -> Check:
    return Check("features_marked", False, "tags marked as on or off", label.text)


def _list_of(name: str, tags: Sequence[tuple[str, Line]]) -> Stated:
    """A list of features, with the lines on which they stand."""
    names = sorted({feature_id(text) for text, _ in tags} - {""})
    return Stated(name, names, *as_shown([line for _, line in tags]))


def _place_of(text: str, line: Line | None) -> str:
    """The line that shows ``text``; the alternative texts of images (a logo) where none does."""
    return locator(line.number, line.number) if line and text in line.text else IMAGES
