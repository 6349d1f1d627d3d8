"""What ``labels.yaml`` and the files of languages know, ready for looking up a line of a page in one step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple

from ingest.errors import IngestError
from ingest.name import normalise_feature
from ingest.read.languages import languages, may_say_per, words_of
from ingest.read.remembered import remembered
from ingest.read.values import per_unit
from ingest.sources.model_page.words import Row, page_words

# What headings of prices have: Pricing, Prices, API Pricing.
_OF_PRICES = "pric"
# No heading, label or badge is longer.
LONGEST = 80

_PER = re.compile(r"(.{1,60}?) ?[(\[,]? ?(?:/|\bper\b) ?([^)\]$€£¥₹₽]{1,40})[)\]]?", re.IGNORECASE)
# The currency before what a heading's prices are for: "Pricing (USD per million tokens)".
_CURRENCY = re.compile(r" ?[(\[,]? ?(?:in )?(?:USD|US\$|US dollars)\Z", re.IGNORECASE)


# Signs before headings of text: "■ 仕様".
_SQUARES = "■□◆◇ "
# What a count is of, behind its label: "Context window (tokens)".
_BRACKET_ENDS = (")", "）", "]")
_OF_TOKENS = re.compile(
    r"(.{2,60}?) ?[(（\[](?:in |en )?(?:tokens?|jetons|токены|токенов|词元|トークン)[)）\]]", re.IGNORECASE
)
_PLAIN = str.maketrans("’‐‑–", "'---")


class Field(NamedTuple):
    """A label of the page: ``target`` is a column of models, a kind of prices, or a list of tags.

    ``value`` names how its text is read: one of the kinds of ``labels.yaml`` (``count``, ``day``, ``term``, …), or
    ``price``, ``features``, ``capabilities``. A price has its ``unit`` and the ``factor`` that brings the amount to it
    where the label states them.
    """

    target: str
    value: str
    unit: str | None = None
    factor: float = 1.0


class LineMeaning(NamedTuple):
    """All that a line can be by its words alone; what it is depends on where it stands.

    ``heading`` is the English heading of a section that the words mean; ``unit`` is what a heading of prices says that
    they are for, with the factor that brings an amount to it.
    """

    section: str | None = None
    heading: str | None = None
    field: Field | None = None
    category: str | None = None
    intro: bool = False
    chrome: bool = False
    badge: bool = False
    mark: bool = False
    unit: tuple[str, float] | None = None


NOT_KNOWN = LineMeaning()


class Badge(NamedTuple):
    """What a badge states: ``field`` is None where it says nothing of the model."""

    field: str | None
    value: bool | None


class _Tables(NamedTuple):
    known: dict[str, LineMeaning]
    categories: dict[str, str]
    features: dict[str, str | None]
    badges: dict[str, Badge]
    marks: tuple[str, ...]
    markers: tuple[str, ...]
    no_scores: frozenset[str]
    no_benchmarks: frozenset[str]
    columns: frozenset[str]
    no_names: frozenset[str]
    links: frozenset[str]
    ornaments: frozenset[str]


@cache
def markers() -> tuple[str, ...]:
    """Words in small letters that tell a model page."""
    return _tables().markers


@cache
def marks() -> tuple[str, ...]:
    """The ways in which a note ends when its score is self-reported."""
    return _tables().marks


@cache
def headings_of_sections() -> frozenset[str]:
    """The headings of sections in all languages, as they are looked up."""
    return frozenset(text for text, what in _tables().known.items() if what.section)


def is_count_of_site(text: str) -> bool:
    """Whether ``text`` names what a site counts of its visitors (``Votes``), in the place of a benchmark's name."""
    return key(text) in _tables().no_benchmarks


def stands_for_no_score(text: str) -> bool:
    """Whether ``text`` is a word that pages write where a score should be (``pending``)."""
    return key(text) in _tables().no_scores


@remembered
def is_column(text: str) -> bool:
    """Whether ``text`` is the head of a column in a table of results."""
    return key(text) in _tables().columns


@cache
def links() -> frozenset[str]:
    """The texts of links and buttons beside a result."""
    return _tables().links


def is_ornament(text: str) -> bool:
    """Whether ``text`` only decorates what stands before it."""
    return text in _tables().ornaments


@remembered
def badge(text: str) -> Badge | None:
    """What the badge ``text`` states, None for an unknown one."""
    return _tables().badges.get(key(text))


@cache
def badge_texts() -> tuple[str, ...]:
    """The texts of all badges in all languages, longest first."""
    return tuple(sorted(_badge_words(), key=lambda text: (-len(text), text)))


def is_no_name(word: str) -> bool:
    """Whether a word is of those that stand in no model's name (``models``, ``found``, ``pricing``)."""
    return word.lower().strip(".,:!?…") in _tables().no_names


@lru_cache(4096)
def is_constant_row(row: Row, texts: tuple[str, ...]) -> bool:
    """Whether a row of tags is one that a site prints on every page alike, in whatever order and language."""
    return frozenset(_tag_key(text) for text in texts) in _constant_rows()[row]


@remembered
def feature_id(text: str) -> str:
    """``Fine-tuning`` as ``fine_tuning``; what ``labels.yaml`` says where the words alone do not name it."""
    return normalise_feature(_tables().features.get(key(text)) or text)


@remembered
def is_feature(text: str) -> bool:
    """Whether ``text`` is a feature that ``labels.yaml`` knows by name."""
    return key(text) in _tables().features


@lru_cache(4096)
def split_features(text: str) -> tuple[str, ...]:
    """The features in a text that may have glued them; unknown ones are parted where small meets capital."""
    row = parted_row(text, is_feature, _WORDS)
    pieces = tuple(piece for part in row or (text,) for piece in _split(part, _feature_pattern()))
    # Without capitals nothing shows where a name ends: what stands between may deny it.
    return pieces if not _NO_CAPITALS.search(text) or all(map(is_feature, pieces)) else (text,)


def parted_row(text: str, fits: Callable[[str], bool], longest: int | None = None) -> tuple[str, ...]:
    """The names in a text that has nothing but names that fit, one behind the other with a blank between them:
    ``Function Calling Fine-tuning``, where marks between them were lost. None in another text.

    The longest that fits counts, of ``longest`` words at most.
    """
    found: list[str] = []
    words = text.split()
    while words:
        most = min(len(words), longest or len(words))
        size = next((size for size in range(most, 0, -1) if fits(" ".join(words[:size]))), 0)
        if not size:
            return ()
        found.append(" ".join(words[:size]))
        del words[:size]
    return tuple(found)


@lru_cache(1024)
def split_badges(text: str) -> tuple[str, ...]:
    """The badges in a text that may have glued them (``MultimodalZeroEval``)."""
    return tuple(_split(text, _badge_pattern()))


@lru_cache(65536)
def key(text: str) -> str:
    """``text`` as it is looked up: lower case, plain apostrophes and hyphens, "and" for "&", no colon at the end."""
    plain = text.lower().rstrip(" :：").lstrip(_SQUARES).translate(_PLAIN)
    return " ".join(plain.replace("&", " and ").split()) if "&" in plain else plain


@remembered
def known(text: str) -> LineMeaning:
    """What a text can be, by ``labels.yaml`` in any language."""
    if len(text) > LONGEST:
        return NOT_KNOWN
    tables = _tables()
    found = tables.known.get(key(text))
    if found is None:
        return _price_with_unit(text) or _count_of_tokens(text) or NOT_KNOWN
    if found.category:
        return found._replace(category=tables.categories.get(text))
    return found


def _count_of_tokens(text: str) -> LineMeaning | None:
    """``Context window (tokens)``: the label of a count, with what it is a count of."""
    found = _OF_TOKENS.fullmatch(text) if text[-1:] in _BRACKET_ENDS else None
    base = _tables().known.get(key(found[1])) if found else None
    return base if base and base.field and base.field.value == "count" else None


def _price_with_unit(text: str) -> LineMeaning | None:
    """``Input (per 1M tokens)``, ``Prices per 1K tokens``, in any language: a label or a heading of prices, and what
    the prices are for."""
    if not may_say_per(text):
        return None
    if not text.isascii() or not ("per" in text or "/" in text or "PER" in text):
        texts = [language.label(text) for language in languages()]
    else:
        texts = [text]
    found: LineMeaning | None = None
    for written in texts:
        parted = _PER.fullmatch(written.rstrip(" :"))
        base = _tables().known.get(key(_CURRENCY.sub("", parted[1]))) if parted else None
        if parted is None or base is None:
            continue
        unit = per_unit(parted[2])
        if base.section == "fields" and unit and _OF_PRICES in str(base.heading).lower():
            return LineMeaning(section=base.section, heading=base.heading, unit=unit)
        if base.field and base.field.value == "price":
            if unit:
                return LineMeaning(field=base.field._replace(unit=unit[0], factor=unit[1]))
            found = LineMeaning(field=base.field._replace(unit="unknown"))
    return found


class _Collected:
    """The words of ``labels.yaml`` as they are gathered, by key."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, Any]] = {}
        self.categories: dict[str, str] = {}

    def add(self, texts: Iterable[str], **what: Any) -> None:
        for text in texts:
            self.known.setdefault(key(text), {}).update(what)

    def add_category(self, heading: str, spelled: str, benchmarks: tuple[str, ...]) -> None:
        self.categories[spelled] = heading
        if spelled.upper() not in benchmarks:
            self.categories[spelled.upper()] = heading

    def translate(self, means: Mapping[str, str], language: str, benchmarks: tuple[str, ...]) -> None:
        """Adds the words of a language; each takes what its English words are known as."""
        for word, english in means.items():
            what = self.known.get(key(english))
            if what is None:
                raise IngestError(f"pages/languages/{language}.yaml: {english!r} is no word of labels.yaml")
            self.known.setdefault(key(word), {}).update(what)
            if "category" in what:
                self.add_category(what["category"], word, benchmarks)


@cache
def _tables() -> _Tables:
    words = page_words()
    collected = _Collected()
    add = collected.add
    for price in words.prices:
        add(price.labels, field=Field(price.kind, "price"))
    for field in words.fields:
        add(field.labels, field=Field(field.field, field.value))
    add(words.features.labels, field=Field("features", "features"))
    add(words.capabilities.labels, field=Field("multimodal", "capabilities"))
    for section in words.sections:
        for heading in section.headings:
            add([heading], section=section.name, heading=heading)
        add(section.intros, intro=True)
    benchmarks = words.categories.benchmarks_in_capitals.names
    for heading in words.categories.headings:
        add([heading], category=heading)
        collected.add_category(heading, heading, benchmarks)
    add(words.categories.intros, intro=True)
    add(words.chrome.phrases, chrome=True)
    add((entry.text for entry in words.badges), badge=True)
    own_marks = [*words.marks.self_reported.phrases]
    foreign: dict[str, str] = {}
    for language in languages():
        assert language.file is not None
        own_marks += language.file.marks
        means = words_of(language.code)
        collected.translate(means, language.code, benchmarks)
        foreign |= means
    add(_spellings(own_marks), mark=True)
    features = {key(entry.text): entry.named for entry in words.features.known}
    for language in languages():
        for english, spelled in language.features.items():
            features |= dict.fromkeys(map(key, spelled), features[key(english)] or normalise_feature(english))
    badges = {key(entry.text): Badge(entry.field, entry.value) for entry in words.badges}
    badges |= {key(word): badges[key(english)] for word, english in foreign.items() if key(english) in badges}
    return _Tables(
        known={text: LineMeaning(**what) for text, what in collected.known.items()},
        categories=collected.categories,
        features=features,
        badges=badges,
        marks=_spellings(own_marks),
        markers=words.markers.phrases,
        ornaments=frozenset(words.ornaments.phrases),
        links=frozenset(spelled for p in words.links.phrases for spelled in (p, p.lower(), p.capitalize(), p.upper())),
        no_names=frozenset(words.no_names.phrases),
        columns=frozenset(key(phrase) for phrase in words.columns.phrases),
        no_benchmarks=frozenset(key(phrase) for phrase in words.no_benchmarks.phrases),
        no_scores=frozenset(key(phrase) for phrase in words.no_scores.phrases),
    )


@cache
def _constant_rows() -> dict[Row, frozenset[frozenset[str]]]:
    rows = page_words().constant_rows
    return {
        row: frozenset(frozenset(_tag_key(value) for value in each.values) for each in rows if each.row == row)
        for row in ("features", "capabilities")
    }


def _tag_key(text: str) -> str:
    """A feature or badge by what it means, so that its spelling and language do not matter."""
    meaning = badge(text)
    if meaning is not None:
        return f"badge {meaning.field}" if meaning.field else f"badge {key(text)}"
    return feature_id(text)


def _spellings(phrases: Iterable[str]) -> tuple[str, ...]:
    """A mark in small and in capital letters, with other hyphens and with a bracket or point behind; longest first."""
    cased = {spelled for phrase in phrases for spelled in (phrase, phrase.lower(), phrase.upper())}
    joined = {phrase.replace("-", hyphen) for phrase in cased for hyphen in "-\u2010\u2011\u2013"}
    return tuple(sorted((phrase + end for phrase in joined for end in ("", ")", "]", ".")), key=lambda p: (-len(p), p)))


@cache
def _feature_pattern() -> re.Pattern[str]:
    foreign = {text for each in languages() for spelled in each.features.values() for text in spelled}
    return _alternatives({entry.text for entry in page_words().features.known} | foreign)


@cache
def _badge_pattern() -> re.Pattern[str]:
    return _alternatives(_badge_words())


@cache
def _badge_words() -> frozenset[str]:
    english = {entry.text for entry in page_words().badges}
    foreign = {word for each in languages() for word, text in words_of(each.code).items() if text in english}
    return frozenset(english | foreign)


def _alternatives(texts: Iterable[str]) -> re.Pattern[str]:
    # A known name ends where the text ends, a separator follows, or the next name begins with a capital or with a
    # sign of a script that has none.
    ordered = sorted(set(texts), key=lambda text: (-len(text), text))
    return re.compile(f"(?:{'|'.join(map(re.escape, ordered))})(?=$|[ ,;|·•/、]|[A-ZÀ-ÞА-Я0-9{_CASELESS}])")


# Signs of scripts without capitals: kana, Chinese characters and Korean syllables.
_CASELESS = "\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3"
_NO_CAPITALS = re.compile(f"[{_CASELESS}]")
# Words of the longest feature that is known by name, and some more.
_WORDS = 6
_SEPARATORS = re.compile(r"[,;|·•、]")
_CASE = re.compile(r"(?<=[a-zà-ÿа-я]{2})(?=[A-ZÀ-ÞА-Я])|(?<=[a-z0-9]\))(?=[A-Z])")


def _split(text: str, pattern: re.Pattern[str]) -> list[str]:
    pieces: list[str] = []
    for chunk in map(str.strip, _SEPARATORS.split(text)):
        at = 0
        while at < len(chunk):
            found = pattern.search(chunk, at)
            # Inside a word or behind a space it is a part of a longer, unknown name.
            while found and found.start() > at and not chunk[found.start() - 1 : found.start()].islower():
                found = pattern.search(chunk, found.start() + 1)
            end = found.start() if found else len(chunk)
            if end > at:
                pieces += [p for p in _CASE.split(chunk[at:end].strip()) if p]
            if not found:
                break
            if found.end() < len(chunk) and chunk[found.end()] == " ":
                # "Vision Pro": the known name only begins a longer one.
                rest = _CASE.search(chunk, found.end())
                end = rest.start() if rest else len(chunk)
                pieces.append(chunk[found.start() : end].strip())
                at = end
            else:
                pieces.append(found.group())
                at = found.end()
    return pieces
