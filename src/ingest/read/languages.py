"""Pages in other languages than English: what their labels mean, and how they write numbers, dates and units.

A language is a file in ``knowledge/pages/languages``. Its labels are given by the English words of
``knowledge/pages/labels.yaml``. A value is put into the English way of writing it before one of the readers of
``ingest.read.values`` sees it; the text as the page has it stays beside the value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal, NamedTuple

from ingest.knowledge import FOLDER, KnowledgeEntry, knowledge
from ingest.read.decimals import decimal_sign, with_commas
from ingest.read.remembered import remembered
from ingest.read.values import Value, count

Kind = Literal["count", "number", "date", "word"]
"""What a text holds: a ``count`` of things, a ``number`` that may have decimals (score, price), a date, a word."""

_NUMBER = re.compile(r"[0-9](?:[0-9.,]|[ \u2009](?=[0-9]{3}(?![0-9])))*")
_NUMERIC_DAY = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})")
_COUNT = re.compile(r"([0-9]{1,6}) ?([\u3400-\u9fff\uac00-\ud7a3])")
# At the end of a label, in its brackets or without: what a price is for, and the word for "per" behind it.
_PER_BEHIND = re.compile(r"([(\[]|[ ,/])([0-9KM][^()\[\]]{1,40}?) ?per ?(?=[)\]]?\Z)")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_THOUSANDS = 3
# A value is short; a longer text is prose, and prose is not put into English.
_LONGEST = 100


class Group(KnowledgeEntry):
    """Words of one kind: ``means`` gives for English words of ``labels.yaml`` the words of this language."""

    reason: str
    means: Mapping[str, tuple[str, ...]]


class NumberFormat(KnowledgeEntry):
    """``decimal`` separates the fraction, ``groups`` separate thousands; ``times`` are scales unknown in English."""

    reason: str
    decimal: Literal[".", ","]
    groups: tuple[str, ...] = ()
    scales: Mapping[Literal["K", "M", "B", "T"], tuple[str, ...]] = {}
    times: Mapping[str, tuple[str, ...]] = {}


class Dates(KnowledgeEntry):
    """``order`` of the numbers in ``18.07.2024``; ``fillers`` are words that a date can do without."""

    reason: str
    order: Literal["day_first", "month_first", "year_first"]
    months: Mapping[str, tuple[str, ...]] = {}
    fillers: tuple[str, ...] = ()
    signs: Mapping[str, str] = {}


class Words(KnowledgeEntry):
    """``means`` gives for English words (``tokens``, ``per``, ``yes``; names of features) those of this language."""

    reason: str
    means: Mapping[str, tuple[str, ...]]


class LanguageFile(KnowledgeEntry):
    """One file of ``knowledge/pages/languages``."""

    language: str
    name: str
    reason: str
    labels: tuple[Group, ...]
    marks: tuple[str, ...] = ()
    numbers: NumberFormat
    dates: Dates
    words: Words
    features: Words | None = None


class Plain(NamedTuple):
    """A text in the English way of writing. Its value has to be multiplied by ``times``."""

    text: str
    times: int = 1
    problem: str | None = None


@dataclass(slots=True, frozen=True, eq=False)
class Language:
    """One language, ready to read with, made once. English (``code`` "en") leaves every text as it is."""

    code: str
    file: LanguageFile | None = None
    _dates: tuple[re.Pattern[str], Mapping[str, str]] | None = field(default=None, repr=False)
    _values: tuple[re.Pattern[str], Mapping[str, str]] | None = field(default=None, repr=False)
    _times: Mapping[str, int] = field(default_factory=dict, repr=False)
    """How many a word of a scale unknown in English stands for: 10,000 for ``万``."""
    has_commas: bool = False
    """Whether the page shows that its writer puts a comma before fractions (see :mod:`ingest.read.decimals`)."""
    has_both: bool = False
    """Whether it shows points too: then a comma before three digits may part thousands."""

    @property
    def features(self) -> Mapping[str, tuple[str, ...]]:
        """The names of features in this language, by the English ones."""
        return self.file.features.means if self.file and self.file.features else {}

    def plain(self, text: str, kind: Kind) -> Plain:
        """``text`` as an English page would write it: ``1 октября 2023 г.`` as ``1 October 2023``.

        A number that this language and English read differently (``128,000``) comes back as a problem.
        """
        if len(text) > _LONGEST or (self.file is None and (kind in ("date", "word") or not self.has_commas)):
            return Plain(text)
        shown = " ".join(text.translate(_WIDE).split())
        if kind == "date":
            return Plain(self._date(shown))
        if kind == "word":
            words = self._values[1] if self._values else {}
            return Plain(words.get(shown.lower(), shown))  # a word of a longer text is a part of it
        times, shown = self._myriads(_replaced(shown, self._values))
        problems: list[str] = []
        plain = _NUMBER.sub(lambda found: self._number(found, kind, problems), shown)
        return Plain(plain, times, problems[0] if problems else None)

    def read(self, text: str, kind: Kind, reader: object) -> Value:
        """The value that ``reader`` (of :mod:`ingest.read.values`) reads from ``text`` put into English."""
        if self.file is None and not self.has_commas:
            return reader(text)  # type: ignore[operator, no-any-return]
        plain = self.plain(text, kind)
        if plain.problem:
            return Value(problem=plain.problem)
        value: Value = reader(plain.text)  # type: ignore[operator]
        return value if plain.times == 1 or value.value is None else _scaled(value, plain.times)

    def label(self, text: str) -> str:
        """A label with the words of its unit in English: ``Вход (за 1М токенов)`` as ``Вход (per 1M tokens)``, and
        ``入力（100万トークンあたり）``, whose word for "per" stands behind, as ``入力(per 1000000 tokens)``."""
        shown = " ".join(_replaced(text.translate(_WIDE), self._values).split())
        found = _COUNT.search(shown) if self._times else None
        if found and found[2] in self._times:
            shown = f"{shown[: found.start()]}{int(found[1]) * self._times[found[2]]}{shown[found.end() :]}"
        return _PER_BEHIND.sub(r"\1per \2", shown)

    def _date(self, shown: str) -> str:
        assert self.file is not None
        dates = self.file.dates
        numeric = _NUMERIC_DAY.fullmatch(shown)
        if numeric and dates.order == "day_first":
            return f"{numeric[4]}-{int(numeric[3]):02}-{int(numeric[1]):02}"
        if not dates.signs.keys().isdisjoint(shown):
            shown = "".join(dates.signs.get(each, each) for each in shown if each != " ")
        return " ".join(_replaced(shown, self._dates).strip(" -").split())

    def _myriads(self, shown: str) -> tuple[int, str]:
        """The factor of a scale that English lacks, and the text without it: 10 and ``12.8K`` of ``12.8万``."""
        for written, words in (self.file.numbers.times if self.file else {}).items():
            factor, _, scale = written.partition(" ")
            for word in words:
                at = shown.find(word)
                if at > 0 and shown[at - 1] in "0123456789 ":
                    return int(factor), shown[:at].rstrip() + scale + shown[at + len(word) :]
        return 1, shown

    def _number(self, found: re.Match[str], kind: Kind, problems: list[str]) -> str:
        """A number of a text with a point before its fraction; one that can be read in two ways joins ``problems``."""
        numbers = self.file.numbers if self.file else _WITH_COMMAS
        text = found[0].rstrip(".,")
        tail = found[0][len(text) :]
        if numbers.decimal == "." or not ("." in text or "," in text):
            return found[0]
        last = max(text.rfind("."), text.rfind(","))
        sign, behind = text[last], text[last + 1 :]
        grouped = sign == "." and "." in numbers.groups
        if text.count(sign) > 1:
            # Grouped thousands, of this language or of English.
            text = text.replace(".", "") if grouped else text
        elif "." in text and "," in text:
            text = text.replace(".", "").replace(",", ".") if sign == "," else text
        elif grouped and len(behind) == _THOUSANDS and _has_scale(found):
            # "27.000 millones" are thousands of millions, "1.048 Mio." is little more than one.
            problems.append("ambiguous_number")
        elif (
            len(behind) != _THOUSANDS
            or (text.startswith("0") and not self.has_both)
            or (_has_scale(found) and not self.has_both)
            or (self.has_commas and not self.has_both and sign == ",")
        ):
            text = text.replace(",", ".")
        elif grouped and kind == "count":
            text = text.replace(".", "")
        else:
            problems.append("ambiguous_number")
        return text + tail


ENGLISH = Language("en")
_WITH_COMMAS = NumberFormat(reason="the values of the page show it", decimal=",", groups=(".", " "))


@cache
def languages() -> tuple[Language, ...]:
    """Every language of ``knowledge/pages/languages``, in the order of their codes."""
    return tuple(_language(path.stem) for path in sorted((FOLDER / "pages" / "languages").glob("*.yaml")))


def _language(code: str) -> Language:
    file = knowledge(f"pages/languages/{code}", LanguageFile)
    scales = {word: scale for scale, words in file.numbers.scales.items() for word in words}
    values = scales | {word: english for english, words in file.words.means.items() for word in words}
    months = {word: english for english, words in file.dates.months.items() for word in words}
    fillers = dict.fromkeys(file.dates.fillers, "")
    times = {word: count(written).value for written, words in file.numbers.times.items() for word in words}
    return Language(code, file, _pattern(months | fillers), _pattern(values), times)


def _pattern(words: Mapping[str, str]) -> tuple[re.Pattern[str], Mapping[str, str]] | None:
    """A pattern of whole words, longest first. Words of scripts without blanks have no edges to look for."""
    if not words:
        return None
    ordered = sorted(words, key=len, reverse=True)
    edged = [re.escape(word) for word in ordered if not _has_no_edges(word)]
    free = [re.escape(word) for word in ordered if _has_no_edges(word)]
    parts = ([rf"(?<![^\W\d_])(?:{'|'.join(edged)})(?![^\W\d_])"] if edged else []) + free
    return re.compile("|".join(parts), re.IGNORECASE), {word.lower(): english for word, english in words.items()}


def _replaced(text: str, table: tuple[re.Pattern[str], Mapping[str, str]] | None) -> str:
    if table is None:
        return text
    pattern, words = table
    return pattern.sub(lambda found: words.get(found[0].lower(), found[0]), text)


def _has_no_edges(word: str) -> bool:
    return "\u3400" <= word[0] <= "\u9fff" or "\u3040" <= word[0] <= "\u30ff" or "\uac00" <= word[0] <= "\ud7a3"


def may_say_per(text: str) -> bool:
    """Whether a text may say what a price is for, in any language: a slash stands in it, or a word for "per".

    Most texts say nothing of the kind, and need not be put into English to see that.
    """
    return _per_words().search(text if text.isascii() else text.translate(_WIDE)) is not None


@cache
def _per_words() -> re.Pattern[str]:
    tables = (language._values[1] for language in languages() if language._values)
    foreign = {word for table in tables for word, english in table.items() if _SAYS_PER.search(english)}
    return re.compile("|".join([_SAYS_PER.pattern, *map(re.escape, sorted(foreign))]), re.IGNORECASE)


_SAYS_PER = re.compile("/|per", re.IGNORECASE)


def _has_scale(found: re.Match[str]) -> bool:
    return found.string[found.end() : found.end() + 2].strip()[:1] in tuple("KMBT")


def _scaled(value: Value, times: int) -> Value:
    return value._replace(
        value=value.value * times,
        low=None if value.low is None else value.low * times,
        high=None if value.high is None else value.high * times,
    )


@cache
def words_of(code: str) -> Mapping[str, str]:
    """The labels of a language, each with the English words that it means."""
    file = next(language.file for language in languages() if language.code == code)
    assert file is not None
    return {word: english for group in file.labels for english, words in group.means.items() for word in words}


@remembered
def _label_in(text: str) -> str:
    """A text as it is looked up among the labels of all languages; "" for one that is no label of any."""
    key = "" if len(text) > _LONGEST else text.lower().rstrip(" :：")
    return key if key in _speakers() else ""


@cache
def _speakers() -> Mapping[str, tuple[Language, ...]]:
    """Each label in small letters, with the languages that have it."""
    speakers: dict[str, tuple[Language, ...]] = {}
    for language in languages():
        for word in dict.fromkeys(word.lower() for word in words_of(language.code)):
            speakers[word] = (*speakers.get(word, ()), language)
    return speakers


def language_of(texts: Iterable[str]) -> Language:
    """The language whose labels stand most often among ``texts`` as a whole; English below two of them.

    It reads numbers as the values among ``texts`` show that they are written.
    """
    texts = list(texts)
    labels = set(map(_label_in, texts)) - {""}
    counted = Counter(language.code for label in labels for language in _speakers()[label]) if labels else None
    language = ENGLISH
    if counted and max(counted.values()) >= _FEW:
        language = max(languages(), key=lambda each: counted[each.code])
    if not _writes_commas(language):
        return language
    commas = with_commas(texts)
    if commas and decimal_sign(texts) == ",":
        return _with_commas(language)
    return _with_commas(language, has_both=True) if language is ENGLISH and commas >= _SEVERAL else language


@cache
def _with_commas(language: Language, *, has_both: bool = False) -> Language:
    return replace(language, has_commas=True, has_both=has_both)


def _writes_commas(language: Language) -> bool:
    """Whether pages of a language may have a comma before fractions: English ones, by hands that are used to it."""
    return language.file is None or language.file.numbers.decimal == ","


_FEW = 2
"""One word may be a name by chance."""

_SEVERAL = 3
"""So many values with a comma before their fractions are no slip, though others have a point."""
