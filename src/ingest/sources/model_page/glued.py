"""A page whose line breaks were lost: labels glued to values (``Context200.0KRelease DateMay 1, 2024``), results to
their marks and scores, or whole sections on one line.

Such lines are parted only where a page was not understood as it stands. A label counts where the text up to the next
one is its value; the name of a result is a benchmark of the catalogue. What cannot be parted so stays unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from ingest.name import resolve_benchmarks
from ingest.read.languages import Language, languages, words_of
from ingest.read.lines import Line
from ingest.records.document import Document
from ingest.sources.model_page.field_values import value_of
from ingest.sources.model_page.header import reads_like_name
from ingest.sources.model_page.identity import is_known_benchmark, is_maker, named
from ingest.sources.model_page.labels import (
    Field,
    badge_texts,
    is_feature,
    known,
    marks,
    parted_row,
    split_badges,
    split_features,
)
from ingest.sources.model_page.logo import logo_of, says_logo, split_logo
from ingest.sources.model_page.order import OF_WORDS, TAGS
from ingest.sources.model_page.sections import BENCHMARKS, SIMILAR
from ingest.sources.model_page.words import page_words

_SCORE = re.compile(r" ?([0-9]{1,4}(?:[.,][0-9]{1,3})? ?%)|\s?([0-9]{1,4}(?:\.[0-9]{1,3})?)$")
# What the name of a benchmark may say of its part; shots and metrics are of a note.
_OF_A_PART = frozenset(("variant", "version", "subset", "language"))
_WORD = re.compile(r"[^\W_]+")
_PER = r"(?: ?\([^()0-9]{2,12} ?1 ?[^()]{1,20}\))?"
# No line of a page in this layout is longer, but for one that is the whole page.
_LONGEST = 20_000
_LONGEST_NAME = 60
_LONGEST_VALUE = 400
_LONGEST_RESULT = 600
_FEW = 2
# Unread lines that are looked at, and the pieces of one; a name has at most so many.
_MOST_UNREAD = 200
_MOST_PIECES = 12
_MOST_PIECES_OF_NAME = 4
_CAPITALS = re.compile(r"(?<=[a-zа-я0-9)])(?=[A-ZА-Я])")


class _Segment(NamedTuple):
    """A label with the text behind it."""

    label: str
    value: str
    kind: str


def with_breaks(lines: Sequence[Line], language: Language) -> list[Line]:
    """The lines with those parted that hold several things; the others as they are."""
    out: list[Line] = []
    is_similar = False
    for line in lines:
        pieces = None
        if not is_similar and len(line.parts) == 1 and len(line.text) <= _LONGEST:
            pieces = _parted(line, language)
        out += [line] if pieces is None else pieces
        is_similar = any(known(piece.text).section == SIMILAR for piece in out[-len(pieces or "1") :])
    return out


def tells_of_others(document: Document) -> bool:
    """Whether a line that was left unread holds the name of another model: what stands below it may be that one's."""
    own = {named(entry.name).model_id for entry in document.entries if entry.name}
    return any(found not in own for line in document.unread[:_MOST_UNREAD] for found in _models_in(line.text))


def _models_in(text: str) -> Iterator[str]:
    """The known models that a short text names, also where line breaks around a name were lost."""
    pieces = [piece for piece in _CAPITALS.split(text) if piece] if len(text) <= _LONGEST_RESULT else []
    for at in range(min(len(pieces), _MOST_PIECES)):
        for size in range(1, _MOST_PIECES_OF_NAME + 1):
            name = "".join(pieces[at : at + size]).strip()
            if 1 < len(name) <= _LONGEST_NAME and (found := named(name)).is_model and found.model_id:
                yield found.model_id


def _parted(line: Line, language: Language) -> list[Line] | None:
    """The pieces of a line; None for a line that holds one thing, an empty list for one that cannot be parted."""
    if says_logo(line.text[:_LONGEST_NAME]) and logo_of(line.text) is None:
        return list(_header(line, line.text))
    sections = _by_headings(line.text, language)
    if sections is not None:
        return [piece for heading, text in sections for piece in _section(line, heading, text, language)]
    if known(line.text).field or known(line.text).section:
        return None
    segments = _segments(line.text, language)
    if segments and (len(segments) >= _FEW or segments[0].kind not in OF_WORDS):
        return list(_as_lines(line, segments))
    return list(_results(line, line.text)) if _marked_at(line.text) else None


def _section(line: Line, heading: str, text: str, language: Language) -> Iterator[Line]:
    """The pieces of a section on one line, or of the header above the first heading."""
    if not heading:
        yield from _header(line, text)
        return
    yield _piece(line, heading, 0)
    name = known(heading).section
    intro = _intro_of(text)
    if intro:
        yield _piece(line, intro, 0)
        text = text[len(intro) :].lstrip()
    if name == BENCHMARKS:
        yield from _results(line, text)
    elif name == SIMILAR or not text:
        yield from [_piece(line, text, 1)] if text else ()
    else:
        yield from _as_lines(line, _segments(text, language))


def _header(line: Line, text: str) -> Iterator[Line]:
    """``xAI logo Grok-2 xAI It thinks.`` as the lines that it was; another text stays as it is. The name of a maker
    that nobody knows must end the line, as it begins it."""
    found = split_logo(
        text, lambda maker, rest: rest.endswith(f" {maker}") or (is_maker(maker) and f" {maker} " in rest)
    )
    logo, maker, rest = found or ("", "", "")
    name, sign, behind = f"{rest} ".partition(f" {maker} ")
    badge = next((badge for badge in badge_texts() if name.endswith(f" {badge}")), "")
    name = name.removesuffix(badge).rstrip()
    if not (sign and (named(name).is_model or reads_like_name(name))):
        yield _piece(line, text, 0)
        return
    for piece in (logo, name, badge, maker, behind.strip()):
        if piece:
            yield _piece(line, piece, 0)


def _by_headings(text: str, language: Language) -> list[tuple[str, str]] | None:
    """A line cut at the headings of this layout in it, each with the text behind it; None where none has its section
    behind it. Before the first one stands the header of the page, with an empty heading."""
    if not _headings(language.code).search(text):
        return None
    places = [found for found in _headings(language.code).finditer(text) if _begins_section(text, found, language)]
    if not places:
        return None
    ends = [*(place.start() for place in places[1:]), len(text)]
    head = text[: places[0].start()].strip()
    cut = [(place[0], text[place.end() : end].strip()) for place, end in zip(places, ends, strict=True)]
    return [("", head), *cut] if head else cut


def _begins_section(text: str, found: re.Match[str], language: Language) -> bool:
    """Whether what stands behind the words of a heading is the beginning of that section."""
    rest = text[found.end() : found.end() + _LONGEST_VALUE].lstrip()
    if found.end() < len(text) and not (text[found.end()].isspace() or text[found.end()].isupper()):
        return False
    if not rest:
        return False  # a line of its own
    name = known(found[0]).section
    if name == SIMILAR:
        return found.start() > 0 or known(rest).chrome
    intro = _intro_of(rest)
    rest = rest[len(intro) :].lstrip()
    if name == BENCHMARKS:
        return bool(intro) or _category_of(rest) != ""
    label = _labels(language.code).match(rest)
    return label is not None and known(label[0]).field is not None


def _segments(text: str, language: Language) -> list[_Segment]:
    """The labels of a text with their values, where it is nothing but these.

    From the last to the first: a label counts where what stands behind it, up to the next one, is its value.
    """
    found = list(_labels(language.code).finditer(text))
    if not found or found[0].start():
        return []
    out: list[_Segment] = []
    end = len(text)
    for place in reversed(found):
        label = known(place[0]).field
        if end - place.end() > _LONGEST_VALUE:
            return []
        value = text[place.end() : end].strip(" :")
        if label is None or not _is_value(label, value, language):
            continue
        if out and label.value in OF_WORDS and out[-1].kind in OF_WORDS and text[end - 1] == " ":
            # "LicenseMIT + Model License (free)": the second label is a part of the first one's value.
            last = out.pop()
            value = f"{value} {last.label} {last.value}".strip()
        out.append(_Segment(place[0], value, label.value))
        end = place.start()
    return [] if end else out[::-1]


def _is_value(label: Field, text: str, language: Language) -> bool:
    if not text or (label.value in OF_WORDS and len(text) > _LONGEST_NAME):
        return False
    if label.value in TAGS:
        return language.plain(text, "word").text == "-" or bool(_tags(text))
    return value_of(language, label.value, text).problem is None


def _tags(text: str) -> tuple[str, ...]:
    """The features or badges in a text that is nothing but these, glued or in a row; none in another one."""
    return parted_row(text, _are_tags)


def _are_tags(text: str) -> bool:
    pieces = {*split_features(text)} if is_feature(split_features(text)[0]) else {*split_badges(text)}
    return all(is_feature(piece) or known(piece).badge for piece in pieces)


def _as_lines(line: Line, segments: Sequence[_Segment]) -> Iterator[Line]:
    for segment in segments:
        yield _piece(line, segment.label, 1)
        value = _piece(line, segment.value, 1)
        yield value._replace(parts=_tags(segment.value) or value.parts) if segment.kind in TAGS else value


def _results(line: Line, text: str) -> Iterator[Line]:
    """Categories with their sentences and results in a text; results of names that no catalogue has are left out."""
    at = 0
    while at < len(text):
        at += text[at] == " "
        rest = text[at : at + _LONGEST_RESULT]
        category = _category_of(rest)
        intro = _intro_of(rest[len(category) :].lstrip()) if category else ""
        if category and intro:
            yield _piece(line, category, 0)
            yield _piece(line, intro, 0)
            at += rest.index(intro) + len(intro)
            continue
        result = _result(rest)
        if result is None:
            return
        name, note, score, size = result
        at += size
        if name:
            yield _piece(line, name, 0)
            yield _piece(line, note, 1)
            yield _piece(line, score, 1)


def _result(text: str) -> tuple[str, str, str, int] | None:
    """Name, note with its mark and score of the result that begins a text, and how long it is; the name is empty
    where no catalogue has it."""
    marked = _marked_at(text)
    if not marked:
        return None
    score = _SCORE.match(text, marked)
    assert score is not None
    size = _size_of_name(text[:marked])
    return text[:size].rstrip(), text[size:marked].strip(), (score[1] or score[2]).strip(), score.end()


def _marked_at(text: str) -> int:
    """Where the first mark of a text ends that has a score behind it; 0 for none."""
    found = _marks().search(text[:_LONGEST_RESULT])
    return found.end() if found and _SCORE.match(text, found.end()) else 0


def _size_of_name(text: str) -> int:
    """How long the benchmark's name is that begins a text of a name and a note; 0 where nothing tells.

    Glued to its note it ends before a capitalised word or a digit (``MATHHigh effort``), else before a small word or a
    digit (``HumanEval 0-shot``). A word that would make it another benchmark is no note (``MMLURedux``).
    """
    mark = _marks().search(text)
    bare = text[: mark.start()].rstrip(" •·|") if mark else text
    for size in range(min(len(bare), _LONGEST_NAME), 1, -1):
        name, note = bare[:size], bare[size:]
        if not (name[-1].isalnum() or name[-1] in ")+") or not (_ends_name(name, note) and _is_plainly(name)):
            continue
        word = _WORD.match(note)
        return _with_word(name, word[0]) if word else size
    return 0


def _with_word(name: str, word: str) -> int:
    """How long a benchmark's name is with a word glued to it: without the word where that is no part of a name, with it
    where it names a part (``GPQADiamond``), 0 where both together may be another benchmark (``MMLURedux``)."""
    own = resolve_benchmarks([name])[name]
    longer = [each for each in (name + word, f"{name} {word}", f"{name}-{word}") if is_known_benchmark(each)]
    others = {
        each: found for each, found in resolve_benchmarks(longer).items() if found.benchmark_id != own.benchmark_id
    }
    if not others:
        return len(name)
    return len(name + word) if name + word in others and others[name + word].family == own.family else 0


def _is_plainly(name: str) -> bool:
    """Whether a text is the name of a benchmark, and nothing of a note is in it (``MMLU 5-shot``)."""
    if not is_known_benchmark(name):
        return False
    known_as = resolve_benchmarks([name])[name]
    return known_as.step == "alias" or (known_as.step == "normalised" and known_as.states.keys() <= _OF_A_PART)


def _ends_name(name: str, note: str) -> bool:
    if not note:
        return True
    first, second = note[0], note[1:2]
    if first == " ":
        return second.islower() or second.isdigit() or second == "("
    if first.isupper():
        return second.islower()
    return first == "(" or (first.isdigit() and not name[-1].isdigit())


def _intro_of(text: str) -> str:
    return next((intro for intro in _intros() if text.startswith(intro)), "")


def _category_of(text: str) -> str:
    return next((name for name in _categories() if text.startswith(name)), "")


def _piece(line: Line, text: str, shared: int) -> Line:
    return line._replace(text=text, parts=(text,), shared=shared)


@cache
def _headings(code: str) -> re.Pattern[str]:
    """The headings of this layout, in English and in one language."""
    return _any_of(_spelled(page_words().layout.headings, code))


@cache
def _labels(code: str) -> re.Pattern[str]:
    """All labels, in English and in one language, with what a price is for."""
    words = page_words()
    groups = [field.labels for field in words.fields] + [price.labels for price in words.prices]
    english = [label for labels in (*groups, words.features.labels, words.capabilities.labels) for label in labels]
    return re.compile(f"{_any_of(_spelled(english, code)).pattern}{_PER}")


@cache
def _marks() -> re.Pattern[str]:
    return _any_of(marks())


@cache
def _intros() -> tuple[str, ...]:
    words = page_words()
    english = [intro for section in words.sections for intro in section.intros] + list(words.categories.intros)
    return tuple(text for code in _codes() for text in _spelled(english, code))


@cache
def _categories() -> tuple[str, ...]:
    headings = page_words().categories.headings
    return tuple(sorted({text for code in _codes() for text in _spelled(headings, code)}, key=_longest))


def _codes() -> list[str]:
    return [language.code for language in languages()]


def _spelled(english: Sequence[str], code: str) -> list[str]:
    wanted = set(english)
    foreign = [] if code == "en" else [word for word, means in words_of(code).items() if means in wanted]
    return sorted({*english, *foreign}, key=_longest)


def _longest(text: str) -> tuple[int, str]:
    return -len(text), text


def _any_of(texts: Sequence[str]) -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(map(re.escape, texts))})")
