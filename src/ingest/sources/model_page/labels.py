"""What ``labels.yaml`` knows, made ready for looking up a line of a page in one step."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, NamedTuple

from ingest.knowledge import FOLDER, read_yaml
from ingest.read.values import per_unit

# No heading, label or badge is longer.
LONGEST = 80

_PER = re.compile(r"(.{1,60}?) ?[(\[]? ?(?:/|\bper\b) ?([^)\]]{1,40})[)\]]?", re.IGNORECASE)


_PLAIN = str.maketrans("’‐‑–", "'---")


class Field(NamedTuple):
    """A label of the page: ``target`` is a column of models, a kind of prices, or a list of tags.

    ``value`` names how its text is read: ``count``, ``size``, ``day``, ``text``, ``percent``, ``yes_no``, ``price``,
    ``features``, ``capabilities``. A price has its ``unit`` and the ``factor`` that brings the amount to it
    where the label states them.
    """

    target: str
    value: str
    unit: str | None = None
    factor: float = 1.0


class Known(NamedTuple):
    """All that a line can be by its words alone; what it is depends on where it stands."""

    section: str | None = None
    field: Field | None = None
    category: str | None = None
    in_capitals: bool = False
    intro: bool = False
    chrome: bool = False
    badge: bool = False
    mark: bool = False


NOT_KNOWN = Known()


class Badge(NamedTuple):
    """What a badge states: ``field`` is None where it says nothing of the model."""

    field: str | None
    value: Any


class _Tables(NamedTuple):
    known: dict[str, Known]
    features: dict[str, str | None]
    badges: dict[str, Badge]
    marks: tuple[str, ...]
    markers: tuple[bytes, ...]
    no_scores: frozenset[str]
    columns: frozenset[str]
    links: frozenset[str]
    ornaments: frozenset[str]


def known(text: str) -> Known:
    """What ``text`` can be, by ``labels.yaml``."""
    return _known(text) if len(text) <= LONGEST else NOT_KNOWN


@cache
def markers() -> tuple[bytes, ...]:
    """Lower-case words in bytes that tell a model page."""
    return _tables().markers


@cache
def marks() -> tuple[str, ...]:
    """The ways in which a note ends when its score is self-reported."""
    return _tables().marks


def stands_for_no_score(text: str) -> bool:
    """Whether ``text`` is a word that pages write where a score should be (``pending``)."""
    return key(text) in _tables().no_scores


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


def badge(text: str) -> Badge | None:
    """What the badge ``text`` states, None for an unknown one."""
    return _tables().badges.get(key(text))


def feature_id(text: str) -> str:
    """``Fine-tuning`` as ``fine_tuning``; what ``labels.yaml`` says where the words alone do not name it."""
    return _tables().features.get(key(text)) or "_".join(re.findall(r"[^\W_]+", text.lower()))


def is_feature(text: str) -> bool:
    """Whether ``text`` is a feature that ``labels.yaml`` knows by name."""
    return key(text) in _tables().features


@lru_cache(4096)
def split_features(text: str) -> tuple[str, ...]:
    """The features in a text that may have glued them; unknown ones are parted where small meets capital."""
    return tuple(_split(text, _feature_pattern()))


@lru_cache(1024)
def split_badges(text: str) -> tuple[str, ...]:
    """The badges in a text that may have glued them (``MultimodalZeroEval``)."""
    return tuple(_split(text, _badge_pattern()))


@lru_cache(65536)
def key(text: str) -> str:
    """``text`` as it is looked up: lower case, plain apostrophes and hyphens, "and" for "&", no colon at the end."""
    plain = text.lower().rstrip(" :：").translate(_PLAIN)
    return " ".join(plain.replace("&", " and ").split()) if "&" in plain else plain


@lru_cache(16384)
def _known(text: str) -> Known:
    table = _tables().known
    found = table.get(key(text))
    if found is None and ("per" in text or "/" in text or "PER" in text):
        # "Input (per 1M tokens)": the label of a price and what the price is for.
        parted = _PER.fullmatch(text.rstrip(" :"))
        base = table.get(key(parted.group(1))) if parted else None
        if parted and base and base.field and base.field.value == "price":
            unit = per_unit(parted.group(2))
            if unit:
                return Known(field=base.field._replace(unit=unit[0], factor=unit[1]))
            return Known(field=base.field._replace(unit="unknown"))
    if found is None:
        return NOT_KNOWN
    if found.category and text != found.category and not (text == found.category.upper() and found.in_capitals):
        return found._replace(category=None)
    return found


@cache
def _tables() -> _Tables:
    data = read_yaml(FOLDER / "pages/labels.yaml")
    table: dict[str, dict[str, Any]] = {}

    def add(texts: list[str], **what: Any) -> None:
        for text in texts:
            table.setdefault(key(text), {}).update(what)

    for entry in data["prices"]:
        add(entry["labels"], field=Field(entry["kind"], "price"))
    for entry in data["fields"]:
        add(entry["labels"], field=Field(entry["field"], entry["value"]))
    add(data["features"]["labels"], field=Field("features", "features"))
    add(data["capabilities"]["labels"], field=Field("multimodal", "capabilities"))
    for entry in data["sections"]:
        add(entry["headings"], section=entry["name"])
        add(entry.get("intros", []), intro=True)
    benchmarks = data["categories"]["benchmarks_in_capitals"]["names"]
    for entry in data["categories"]["headings"]:
        add([entry], category=entry, in_capitals=entry.upper() not in benchmarks)
    add(data["categories"]["intros"], intro=True)
    add(data["chrome"]["phrases"], chrome=True)
    add([entry["text"] for entry in data["badges"]], badge=True)
    marks_ = data["marks"]["self_reported"]["phrases"]
    add(list(_spellings(marks_)), mark=True)
    return _Tables(
        known={text: Known(**what) for text, what in table.items()},
        features={key(e["text"]): e.get("as") for e in data["features"]["known"]},
        badges={key(e["text"]): Badge(e.get("field"), e.get("value")) for e in data["badges"]},
        marks=_spellings(marks_),
        markers=tuple(phrase.encode() for phrase in data["markers"]["phrases"]),
        ornaments=frozenset(data["ornaments"]["phrases"]),
        links=frozenset(
            spelled for p in data["links"]["phrases"] for spelled in (p, p.lower(), p.capitalize(), p.upper())
        ),
        columns=frozenset(key(phrase) for phrase in data["columns"]["phrases"]),
        no_scores=frozenset(key(phrase) for phrase in data["no_scores"]["phrases"]),
    )


def _spellings(phrases: list[str]) -> tuple[str, ...]:
    """A mark in small and in capital letters, with other hyphens and with a bracket or point behind; longest first."""
    cased = {spelled for phrase in phrases for spelled in (phrase, phrase.lower(), phrase.upper())}
    joined = {phrase.replace("-", hyphen) for phrase in cased for hyphen in "-\u2010\u2011\u2013"}
    return tuple(sorted((phrase + end for phrase in joined for end in ("", ")", "]", ".")), key=lambda p: (-len(p), p)))


@cache
def _feature_pattern() -> re.Pattern[str]:
    data = read_yaml(FOLDER / "pages/labels.yaml")
    return _alternatives([entry["text"] for entry in data["features"]["known"]])


@cache
def _badge_pattern() -> re.Pattern[str]:
    data = read_yaml(FOLDER / "pages/labels.yaml")
    return _alternatives([entry["text"] for entry in data["badges"]])


def _alternatives(texts: list[str]) -> re.Pattern[str]:
    # A known name ends where the text ends, a separator follows, or the next name begins with a capital.
    ordered = sorted(set(texts), key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(map(re.escape, ordered))})(?=$|[ ,;|·•/]|[A-Z0-9])")


_SEPARATORS = re.compile(r"[,;|·•]")
_CASE = re.compile(r"(?<=[a-z]{2})(?=[A-Z])|(?<=[a-z0-9]\))(?=[A-Z])")


def _split(text: str, pattern: re.Pattern[str]) -> list[str]:
    pieces: list[str] = []
    for chunk in _SEPARATORS.split(text):
        chunk = chunk.strip()  # noqa: PLW2901
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
