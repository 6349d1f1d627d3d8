"""The sections of labels and values: specifications, dates, prices, features, licence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from ingest.read import values
from ingest.read.languages import ENGLISH, Kind, Language
from ingest.read.lines import IMAGES, Line, locator
from ingest.read.values import NOTHING, Value, is_nothing
from ingest.records.document import Check, Price, Stated
from ingest.sources.model_page.header import Header
from ingest.sources.model_page.labels import Field, badge, feature_id, is_feature, known, split_badges, split_features

Claim = Callable[[str, Sequence[Line]], None]


def _percent(text: str) -> Value:
    value = values.score(text)
    if value.value is None or value.unit == "percent":
        return value
    return Value(problem="not_a_percentage")


def _text(text: str) -> Value:
    return NOTHING if is_nothing(text) else Value(text)


_READERS: dict[str, Callable[[str], Value]] = {
    "count": values.count,
    "size": lambda text: values.sizes(text)[0],
    "day": values.day,
    "percent": _percent,
    "text": _text,
    "term": _text,
    "yes_no": values.yes_no,
}
# What a text of each kind holds, for the language of the page.
_HOLDS: dict[str, Kind] = {
    "count": "count",
    "size": "count",
    "day": "date",
    "percent": "number",
    "text": "word",
    "term": "word",
    "yes_no": "word",
}
_TAGS = ("features", "capabilities")
# Any words could be the value of such a field.
_OF_WORDS = ("text", "term")
# What no model has several of; prices and limits differ by seller.
_STATED_ONCE = ("parameters", "training_tokens", "release_date", "announced_on", "knowledge_cutoff", "average_score")
_LIST = 2
# A table has two columns at least.
_COLUMNS = 2


class Fields:
    """Collects what the sections of one page state.

    A field that the page states twice is one record when both agree, from the more exact of the two; when they
    differ the first stands and a check named ``repeated_<field>`` fails.
    """

    __slots__ = (
        "_badge_line",
        "_checks",
        "_claim",
        "_language",
        "_problems",
        "_stated",
        "captured_on",
        "features",
        "organization",
        "organization_place",
        "prices",
        "understood",
    )

    def __init__(self, claim: Claim, language: Language = ENGLISH) -> None:
        self._claim = claim
        self._language = language
        self._stated: dict[str, Stated] = {}
        self._problems: list[Stated] = []
        self._checks: list[Check] = []
        self._badge_line: Line | None = None
        self.features: list[tuple[str, Line]] | None = None
        self.organization: str | None = None
        self.organization_place: str | None = None
        self.captured_on: date | None = None
        self.prices: list[Price] = []
        self.understood = 0  # labels with a value that could be read, or with a dash

    def read(self, lines: Sequence[Line]) -> None:
        """Reads one section; lines that are neither labels nor values stay unread."""
        if lines and known(lines[0].text).intro:
            self._claim("section_intro", lines[:1])
        lines = _by_columns(_in_order(lines))
        at, end = 0, len(lines)
        while at < end:
            line = lines[at]
            what = known(line.text)
            label = what.field
            at += 1
            if label is None:
                if what.intro or self._is_intro(lines, at - 1):
                    self._claim("section_intro", (line,))
                elif ":" in line.text[:60]:
                    self._read_in_line(line)
                continue
            value = lines[at] if at < end else None
            if value is not None and known(value.text).field and not self._is_value(label, value):
                value = None
            if value is not None and label.value in _OF_WORDS and _heads_pair(lines, at):
                value = None
            if label.value in _TAGS:
                stop = at
                while stop < end and self._is_tag(lines, stop, at, label):
                    stop += 1
                self._read_tags(label, line, lines[at:stop])
                at = stop
            elif value is None:
                self._claim("label_without_value", (line,))
            elif at + 1 < end and _is_second_value(label, value, lines[at + 1], self._language):
                self._add_unclear(label, value, lines[at + 1])
                self._claim(label.target, (line, value, lines[at + 1]))
                at += 2
            elif self._take(label, value.text, value, line):
                at += 1

    def add_header(self, header: Header) -> None:
        """Adds the badges, the organization and the description of the header."""
        for text, line in header.badges:
            self._add_badge(text, line)
        if header.organization:
            self.organization = header.organization
            self.organization_place = _place_of(header.organization, header.organization_line)
        if self._badge_line is None:
            self._badge_line = header.organization_line
        if "multimodal" not in self._stated and self._badge_line is not None:
            # The page shows the badges that a model has, and this one is not among them.
            line = self._badge_line
            self._stated["multimodal"] = Stated("multimodal", False, line.text, locator(line.number, line.number))
        if header.description:
            text = "\n".join(line.text for line in header.description)
            first, last = header.description[0].number, header.description[-1].number
            self._stated["description"] = Stated("description", text, text, locator(first, last))

    def stated(self) -> list[Stated]:
        """All fields, then those that could not be read."""
        if self.features:
            names = sorted({feature_id(text) for text, _ in self.features} - {""})
            numbers = [line.number for _, line in self.features]
            lines = dict.fromkeys((line.number, line.text) for _, line in self.features)
            raw = "".join(
                text if not before else ("\n" if number != before[0] else " ") + text
                for before, (number, text) in zip([(), *lines], lines, strict=False)
            )
            self._stated["features"] = Stated("features", names, raw, locator(min(numbers), max(numbers)))
        return [*self._stated.values(), *self._problems]

    def checks(self) -> list[Check]:
        """Checks that the fields make of themselves."""
        return self._checks

    @property
    def of_several_models(self) -> bool:
        """Whether a figure that a model has once stands there with three values or more, as in a list of models."""
        failed = Counter(check.name.removeprefix("repeated_") for check in self._checks)
        return any(failed[name] >= _LIST for name in _STATED_ONCE)

    @property
    def average(self) -> Stated | None:
        """The average score that the page states."""
        return self._stated.get("average_score")

    def _is_intro(self, lines: Sequence[Line], at: int) -> bool:
        """A sentence between a section's heading and its first label, in words that no list has."""
        if at or len(lines) < 2:
            return False
        return known(lines[1].text).field is not None and len(lines[0].text.split()) >= 3 and ":" not in lines[0].text

    def _is_value(self, label: Field, value: Line) -> bool:
        """Whether a line that is also a label is the value of the label above: a badge below a tag label."""
        return label.value in _TAGS and known(value.text).badge

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

    def _read_in_line(self, line: Line) -> None:
        """``Context: 1.0M``: label and value in one line."""
        name, _, rest = line.text.partition(":")
        label = known(name).field
        text = rest.strip()
        if label is None or not text:
            return
        if label.value in _TAGS:
            self._read_tags(label, line, [line._replace(text=text, parts=(text,))])
        else:
            self._take(label, text, line, line)

    def _take(self, label: Field, text: str, line: Line, label_line: Line) -> bool:
        """Reads one value; False, with nothing claimed, where the line below the label is no value of it."""
        if label.value == "price":
            if not self._take_price(label, text, line, label_line):
                return False
        elif label.value == "yes_no" and self._value(label, text).problem:
            return False
        else:
            self._take_field(label, text, line)
        self._claim(label.target, (label_line, line))
        return True

    def _value(self, label: Field, text: str) -> Value:
        """The value of a field, as the language of the page writes it."""
        if label.value in _OF_WORDS:
            plain = self._language.plain(text, "word").text
            return NOTHING if is_nothing(plain) else Value(plain if label.value == "term" else text)
        return self._language.read(text, _HOLDS[label.value], _READERS[label.value])

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
        elif old.raw_text == new.raw_text or old.value == new.value or _agree(old, new):
            if _width(new) < _width(old):
                self._stated[new.field] = new
        else:
            self._checks.append(
                Check(
                    f"repeated_{new.field}",
                    False,
                    f"{old.raw_text} ({old.locator})",
                    f"{new.raw_text} ({new.locator})",
                )
            )

    def _take_price(self, label: Field, text: str, line: Line, label_line: Line) -> bool:
        value = self._language.read(text, "number", values.money)
        if label.unit is None and value.problem in ("unreadable_price", "currency_missing"):
            # "Input" alone is a price only with money below it.
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
        split = split_features if label.value == "features" else split_badges
        for line in lines:
            if is_nothing(self._language.plain(line.text, "word").text):
                self._claim(label.value, (line,))
                continue
            tags = [tag for part in line.parts for tag in split(part)]
            if label.value == "features":
                self.features = (self.features or []) + [(tag, line) for tag in tags]
                self._claim(label.value, (line,))
                continue
            if self._badge_line is None:
                self._badge_line = line
            understood = [self._add_badge(tag, line) for tag in tags]
            if all(understood):
                self._claim(label.value, (line,))

    def _add_unclear(self, label: Field, value: Line, other: Line) -> None:
        """Keeps two values below one label as what they are: nobody can tell which is meant."""
        place, text = locator(value.number, other.number), f"{value.text}\n{other.text}"
        if label.value == "price":
            self.prices.append(Price(label.target, None, text, place, problem="two_values"))
        else:
            self._problems.append(Stated(label.target, None, text, place, problem="two_values"))

    def _add_badge(self, text: str, line: Line) -> bool:
        """Takes what a badge states; False for a badge that is not known."""
        meaning = badge(text)
        if meaning is None:
            return False
        if meaning.field and meaning.field not in self._stated:
            self._stated[meaning.field] = Stated(meaning.field, meaning.value, text, locator(line.number, line.number))
        return True


def _in_order(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines with each label before its value, where a section has them the other way round.

    Some pages set the figure above its caption. Told by strict alternation: the first line is no label, and
    every second one is.
    """
    start = 1 if lines and known(lines[0].text).intro else 0
    if (len(lines) - start) % 2 or len(lines) - start < 2:
        return lines
    for at in range(start, len(lines), 2):
        if known(lines[at].text).field or not known(lines[at + 1].text).field:
            return lines
    if len(lines) - start == 2 and not _belongs(lines[start], lines[start + 1]):
        return lines
    return [line for at in range(start, len(lines), 2) for line in (lines[at + 1], lines[at])]


def _is_second_value(label: Field, value: Line, other: Line, language: Language) -> bool:
    """Whether another value of the same kind stands behind a value, and disagrees: a page that compares two models."""
    reader = values.money if label.value == "price" else _READERS.get(label.value)
    if (
        reader is None
        or label.value in (*_OF_WORDS, "yes_no")
        or known(other.text).field
        or other.number == value.number
    ):
        return False
    one, two = (language.read(text, _HOLDS.get(label.value, "number"), reader) for text in (value.text, other.text))
    if one.value is None or two.value is None or one.value == two.value:
        return False
    return not (one.low is not None and two.low is not None and one.low <= two.high and two.low <= one.high)  # type: ignore[operator]


def _heads_pair(lines: Sequence[Line], at: int) -> bool:
    """Whether a line is the label of a pair of its own, in words that no list has: the line below is nearer to it.

    The label above it has no value then. Any words could be the value of a field of words.
    """
    if at + 1 >= len(lines) or lines[at + 1].shared <= lines[at].shared or lines[at + 1].number == lines[at].number:
        return False
    return lines[at].shared > 0 and known(lines[at + 1].text).field is None


def _by_columns(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines with each label before its value, where a table has a row of labels above its row of values.

    More rows are of more things (providers, versions), and a row that is shorter lacks a value: nobody can tell
    which value is the model's then, so the table stays unread.
    """
    fields = [known(line.text).field for line in lines]
    plain = [field is not None and field.value not in _TAGS for field in fields]
    if not any(_begins_row(lines, plain, at) for at in range(len(lines) - 1) if plain[at]):
        return lines
    out: list[Line] | None = None
    at, end = 0, len(lines)
    while at < end:
        stop = _row_end(lines, at)
        labels = sum(plain[at:stop])
        below = stop
        rows = 0
        if labels >= _COLUMNS and labels * 2 > stop - at:
            while below < end and lines[below].shared > lines[at].shared:
                row_end = _row_end(lines, below)
                if any(fields[below:row_end]):
                    break
                below, rows = row_end, rows + 1
        if rows and out is None:
            out = list(lines[:at])
        if out is not None and not rows:
            out += lines[at:stop]
        elif out is not None and rows == 1 and below - stop == stop - at:
            out += [line for pair in zip(lines[at:stop], lines[stop:below], strict=True) for line in pair]
        at = below
    return lines if out is None else out


def _begins_row(lines: Sequence[Line], plain: Sequence[bool], at: int) -> bool:
    """Whether a label stands behind a label, or behind one that no list has in the same row."""
    if plain[at + 1] or at + 2 >= len(lines) or not plain[at + 2]:
        return plain[at + 1]
    return lines[at + 1].shared == lines[at + 2].shared > lines[at].shared


def _row_end(lines: Sequence[Line], at: int) -> int:
    """Behind the lines that stand nearer to this one than it stands to the line before it."""
    end = at + 1
    while end < len(lines) and lines[end].shared > lines[at].shared:
        if lines[end].shared < lines[at + 1].shared:
            break
        end += 1
    return end


def _belongs(value: Line, label: Line) -> bool:
    field = known(label.text).field
    reader = _READERS.get(field.value) if field else None
    return bool(reader) and reader is not _text and reader(value.text).problem is None  # type: ignore[misc]


def _width(stated: Stated) -> float:
    """How much a stated value leaves open: the width of its rounding, or of its period in days."""
    if stated.unit:
        return {"day": 1.0, "month": 30.0, "year": 365.0}.get(stated.unit, 0.0)
    if stated.low is None or stated.high is None:
        return 0.0
    return stated.high - stated.low


def _agree(one: Stated, two: Stated) -> bool:
    """Whether two values of one field can both be true, given how exact each is."""
    if None not in (one.low, one.high, two.low, two.high):
        return bool(one.low <= two.high and two.low <= one.high)  # type: ignore[operator]
    if one.unit and two.unit:
        size = {"year": 4, "month": 7, "day": 10}
        length = min(size[one.unit], size[two.unit])
        return str(one.value)[:length] == str(two.value)[:length]
    return isinstance(one.value, str) and isinstance(two.value, str) and one.value.lower() == two.value.lower()


def _place_of(text: str, line: Line | None) -> str:
    """The line that shows ``text``; the alternative texts of images (a logo) where none does."""
    return locator(line.number, line.number) if line and text in line.text else IMAGES
