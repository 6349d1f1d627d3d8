"""Labels and their values on one line, and features with a yes or no beside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ingest.read.languages import Language
from ingest.read.lines import Line
from ingest.read.values import Value, per_unit
from ingest.sources.model_page.identity import is_known_benchmark, named
from ingest.sources.model_page.labels import NOT_KNOWN, Field, is_feature, known
from ingest.sources.model_page.order import OF_WORDS, TAGS
from ingest.sources.model_page.score_lines import looks_like_score

Reader = Callable[[Field, str], Value]
"""Reads a text as the value of a label, in the language of the page."""

# A label in front of its value on one line.
_LONGEST_LABEL = 60
_DIGITS = frozenset("0123456789")
_VALUE_STARTS = frozenset("0123456789$€£¥")
_LIST_MARKS = "-–•*· "
_COLON = "："
# Dots that lead from a name to its figure.
_LEADERS = (" … ", " …… ", " .... ", " ... ")
# Signs before features that a model has, and before those that it lacks.
_HAS, _LACKS = "✔✓✅☑", "✘✗❌✕☒"
_MARKED = re.compile(f"([{_HAS}{_LACKS}])\ufe0f? ?([^{_HAS}{_LACKS}\ufe0f]{{2,60}})")
_BETWEEN_PRICES = re.compile(r" [/|·] |[;；、] ?|[.。] (?=[^\W\d])")
_PER_MILLION = "per_million_tokens"
_ANSWER = Field("answer", "yes_no")
# Above a list of features these say that the model has all of them, or none.
_HEADS = {"supported": True, "not supported": False, "unsupported": False}
_FEW = 2
_CELLS = 2
_MOST_IN_TURN = 60
_LONGEST_SCORE = 24
_MOST_WORDS_OF_LABEL = 4


class Switch(NamedTuple):
    """A feature with what its line says of it, and how many lines say it."""

    tags: tuple[tuple[str, Line, bool], ...]
    lines: Sequence[Line]
    size: int = 1


class Answered(NamedTuple):
    """A list of features: those without an answer, those said to be there, those said to lack."""

    left: list[tuple[str, Line]]
    has: list[tuple[str, Line]]
    lacks: list[tuple[str, Line]]
    is_unclear: bool = False


def pair_in_line(line: Line, read: Reader) -> tuple[Field | None, str]:
    """``Context: 1.0M``, ``Context Window 128K tokens``, ``Context128K``, ``128,000 context window``: the label and the
    value of one line."""
    name, colon, rest = line.text.lstrip(_LIST_MARKS).partition(_COLON if _COLON in line.text else ":")
    label = known(name).field if colon and len(name) <= _LONGEST_LABEL else None
    if label:
        return label, rest.strip()
    if len(line.text) > 2 * _LONGEST_LABEL or not any(sign in _DIGITS for sign in line.text):
        return None, ""
    label, text = _label_in_front(line.text, read)
    return (label, text) if label else _label_behind(line.text, read)


def priced_in_line(text: str, read: Reader) -> list[tuple[Field, str]]:
    """The labels of prices in a line with their prices, where it is several in a row: ``Input: $1 / Output: $4``.
    Behind a full stop the line may go on in words."""
    if _BETWEEN_PRICES.search(text) is None or not any(sign in _DIGITS for sign in text):
        return []
    found: list[tuple[Field, str]] = []
    for piece in _BETWEEN_PRICES.split(text[: 2 * _LONGEST_LABEL]):
        label, price = _priced(piece.strip(" .。"), read)
        if label is None:
            break
        found.append((label, price))
    kinds = {label.target for label, _ in found}
    return found if len(found) >= _FEW and len(kinds) == len(found) else []


def _priced(piece: str, read: Reader) -> tuple[Field | None, str]:
    name, _, rest = piece.partition(_COLON if _COLON in piece else ":" if ":" in piece else " ")
    label = known(name).field
    if label is None or label.value != "price":
        return None, ""
    value = read(label, rest.strip())
    is_of_tokens = not value.per or (per_unit(value.per) or ("",))[0] == _PER_MILLION
    is_read = value.problem is None and value.value is not None and is_of_tokens
    return (label, rest.strip()) if is_read else (None, "")


def has_colon(text: str) -> bool:
    """Whether a colon stands in a text, narrow or wide."""
    return ":" in text or _COLON in text


def _label_in_front(text: str, read: Reader) -> tuple[Field | None, str]:
    """The longest label that begins a line and the rest, where that can only be its value; no field of words."""
    for at in range(min(len(text) - 1, _LONGEST_LABEL), 0, -1):
        if not _may_begin_value(text, at):
            continue
        label = known(text[:at]).field
        if label is None or label.value in (*TAGS, *OF_WORDS):
            continue
        rest = text[at:].strip()
        value = read(label, rest)
        return (label, rest) if value.problem is None and value.value is not None else (None, "")
    return None, ""


def _label_behind(text: str, read: Reader) -> tuple[Field | None, str]:
    """The longest label that ends a line and the value before it: ``May 31, 2024 knowledge cutoff``."""
    words = text.split()
    for size in range(min(_MOST_WORDS_OF_LABEL, len(words) - 1), 0, -1):
        label = known(" ".join(words[-size:])).field
        if label is None or label.value in (*TAGS, *OF_WORDS, "yes_no", "percent"):
            continue
        front = " ".join(words[:-size])
        value = read(label, front)
        return (label, front) if value.problem is None and value.value is not None else (None, "")
    return None, ""


def _may_begin_value(text: str, at: int) -> bool:
    """Whether a value may begin at a place of a line: behind a blank, or where the break before it was lost
    (``Context128K``, ``Input (per 1M tokens)$0.15``, ``Release DateMay 1, 2024``)."""
    sign, before = text[at], text[at - 1]
    if sign == " ":
        return True
    return (sign in _VALUE_STARTS and (before.isalpha() or before == ")")) or (sign.isupper() and before.islower())


def switch_at(lines: Sequence[Line], at: int, read: Reader) -> Switch | None:
    """What the line at a place says of features: with an answer on the line or on the next one, or as the head of a
    list of features (``Supported``)."""
    line = lines[at]
    if line.text.lower() in _HEADS:
        return _list_below(lines, at)
    if line.text[0] in _HAS + _LACKS:
        return _marked(line)
    if is_feature(line.text):
        answer = _answer(lines[at + 1].text, read) if at + 1 < len(lines) else None
        if answer is not None and _heads_next(lines, at + 1):
            return None
        return None if answer is None else Switch(((line.text, line, answer),), lines[at : at + 2], 2)
    text = line.text.lstrip(_LIST_MARKS)
    colon = _COLON if _COLON in text else ":"
    name, sign, said = text.partition(colon) if colon in text else text.rpartition(" ")
    if len(line.parts) == _CELLS and colon not in text:
        name, said = line.parts
    if not (sign and is_feature(name.strip())):
        return None
    answer = _answer(said.strip(), read)
    return None if answer is None else Switch(((name.strip(), line, answer),), (line,))


def table_head(lines: Sequence[Line], at: int, read: Reader) -> bool:
    """Whether a row of two cells is the head of a table of features and answers (``Feature | Support``)."""
    rows = lines[at : at + 1 + _FEW]
    if len(rows) <= _FEW or any(len(row.parts) != _CELLS for row in rows) or is_feature(rows[0].parts[0]):
        return False
    answers = [_answer(row.parts[1], read) for row in rows]
    return answers[0] is None and None not in answers[1:]


def answers_of_several(lines: Sequence[Line], at: int, read: Reader) -> bool:
    """Whether the lines from a place on are a table with a column of answers for each of several models."""
    rows = (row.parts[1:] for row in lines[at : at + 1 + _FEW] if len(row.parts) > _CELLS)
    return any(all(_answer(cell, read) is not None for cell in cells) for cells in rows)


def parted_by_answers(texts: Sequence[tuple[str, Line]], read: Reader) -> Answered:
    """The features of a list without those that begin with an answer (``Not supported: Streaming``), which are told as
    it says, and without what is no feature: pairs of other labels, and ``Supported languages``.

    Where an answer stands alone among them nobody knows of which it is: none is told.
    """
    found = Answered([], [], [])
    for text, line in texts:
        head = next((each for each in _HEADS if text.lower().startswith(each)), None)
        rest = text[len(head) :].lstrip(_LIST_MARKS + ":：") if head else ""
        if not rest and _answer(text, read) is not None:
            return Answered([], [], [], is_unclear=True)
        if is_feature(text) or not (head or has_colon(text)):
            found.left.append((text, line))
        elif head and is_feature(rest):
            (found.has if _HEADS[head] else found.lacks).append((rest, line))
    return found


def _marked(line: Line) -> Switch | None:
    """The features of a line of several with a sign before each: ``✔ Streaming ✘ Fine-tuning``."""
    found = [(sign, text.strip(" ,;·|")) for sign, text in _MARKED.findall(line.text)]
    if len(found) < _FEW or not all(is_feature(text) for _, text in found):
        return None
    return Switch(tuple((text, line, sign in _HAS) for sign, text in found), (line,))


def _heads_next(lines: Sequence[Line], at: int) -> bool:
    """Whether an answer may be the head of what stands below it: of lines with answers in turn the last has none."""
    if lines[at].text.lower() not in _HEADS:
        return False
    for number in range(at + 1, min(at + _MOST_IN_TURN, len(lines)), 2):
        behind = lines[number + 1].text.lower() if number + 1 < len(lines) else ""
        if lines[number].shared == 0 or behind not in _HEADS:
            return lines[number].shared > 0 and is_feature(lines[number].text)
    return False


def _answer(text: str, read: Reader) -> bool | None:
    value = read(_ANSWER, text) if text else None
    return value.value if value is not None and value.problem is None else None


def _list_below(lines: Sequence[Line], at: int) -> Switch | None:
    """The features below ``Supported`` or ``Not supported``, up to the end of their block; names that nobody knows as
    features are left."""
    has = _HEADS[lines[at].text.lower()]
    found: list[tuple[str, Line, bool]] = []
    end = at + 1
    near = lines[end].shared if end < len(lines) else 0
    while end < min(len(lines), at + _MOST_IN_TURN) and lines[end].shared >= max(near, 1) and not lines[end].heading:
        line = lines[end]
        if line.text.lower() in _HEADS or _ends_list(line):
            break
        if is_feature(line.text):
            found.append((line.text, line, has))
        end += 1
    above = lines[at - 1].text if at else ""
    if len(found) < _FEW or is_feature(above) or named(above).is_model:
        return None  # "Streaming", "Supported", "Fine-tuning", "Not supported": each answer is of the line above it
    return Switch(tuple(found), [lines[at], *(line for _, line, _ in found)], end - at)


def _ends_list(line: Line) -> bool:
    what = known(line.text)
    return bool((what.field and not is_feature(line.text)) or what.section) or has_colon(line.text)


def heads_pair(lines: Sequence[Line], at: int) -> bool:
    """Whether a line is the label of a pair of its own, in words that no list has: the line below is nearer to it.

    The label above it has no value then. Any words could be the value of a field of words.
    """
    if at + 1 >= len(lines) or lines[at + 1].shared <= lines[at].shared or lines[at + 1].number == lines[at].number:
        return False
    return lines[at].shared > 0 and known(lines[at + 1].text).field is None


def results_below(lines: Sequence[Line], language: Language) -> list[Line]:
    """The results of a section that shows each score above its benchmark, with the two in turn: each benchmark before
    its score. Nothing of a section that begins with a score and goes on otherwise; any other section as it is.

    Behind a line that nobody knows the results may be those of another model: what follows is left out.
    """
    told: list[tuple[int, Line, bool]] = []
    for at, line in enumerate(lines):
        is_score = _is_score(line.text, language)
        if is_score or is_known_benchmark(line.text):
            told.append((at, line, is_score))
        elif told and known(line.text) == NOT_KNOWN:
            break
    if not told or not told[0][2]:
        return list(lines)
    pairs = list(zip(told[::2], told[1::2], strict=False))
    in_turn = len(told) % 2 == 0 and all(one[2] and not two[2] for one, two in pairs)
    if not in_turn or any(two[0] - one[0] > 1 for one, two in pairs):
        return []
    return [
        line
        for (_, score, _), (_, name, _) in pairs
        for line in (name._replace(shared=0), score._replace(shared=1, heading=0))
    ]


def results_in_line(lines: Sequence[Line], language: Language) -> list[Line]:
    """Lines of a benchmark of the catalogue and its score behind a colon (``C-Eval: 90.1``), parted into these two.

    A whole number without a percent sign may be a year or a count of tasks. Behind a line that nobody knows the results
    may be those of another model, of people or of an average: from there on no line is parted.
    """
    out: list[Line] = []
    is_own = True
    for line in lines:
        text = line.text.lstrip(_LIST_MARKS)
        sign = next((sign for sign in (_COLON, ":", *_LEADERS) if sign in text), ":")
        name, colon, score = text.partition(sign)
        name, score = name.strip(" ."), score.strip(" .…")
        is_result = bool(colon) and len(name) <= _LONGEST_LABEL and is_known_benchmark(name)
        is_own = is_own and (is_result or known(line.text) != NOT_KNOWN or known(name).field is not None)
        if is_own and is_result and _is_score(score, language):
            out.append(line._replace(text=name, parts=(name,), shared=0))
            out.append(line._replace(text=score, parts=(score,), shared=1, heading=0))
        else:
            out.append(line)
    return out


def _is_score(text: str, language: Language) -> bool:
    if not (0 < len(text) <= _LONGEST_SCORE and text[0] in _DIGITS):
        return False
    plain = language.plain(text, "number")
    is_certain = plain.text.endswith("%") or "." in plain.text
    return plain.problem is None and is_certain and looks_like_score(plain.text)
