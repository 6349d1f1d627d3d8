"""Whether a label is of something else than a benchmark: money, time, size, a rate, or the mark of a judge.

The words and signs are in ``knowledge/pages/measures.yaml``.
"""

from __future__ import annotations

import re
from functools import cache

from ingest.knowledge import KnowledgeEntry, Phrases, knowledge

# Units that are words of benchmarks' names too.
_WORDS_TOO = ("min", "us")
_KINDS = ("money", "time", "size", "memory", "energy", "rates")
# What a run of a model takes.
_OF_A_RUN = ("time", "memory", "energy", "rates", "hardware")
# Words as they stand between blanks, slashes and brackets; a point may end a short one.
_PIECES = re.compile(r"[\s,;:()\[\]（），、/·]+")
_WHOLE_PIECES = re.compile(r"\s*[,;:()\[\]（），、]\s*")
_LONGEST_LABEL = 300
_SLASH = re.compile(r"([^\s/()（）,]+) ?/ ?([^/()（）,]+)")
# "out of 10", "(1-5)", "von 10", "/10", "满分10分"; of 100 is a percentage.
_SCALE = re.compile(
    r"(?:\b(?:of|von|sur|de|из|max\.?|bis)\s|/\s?|满分|[01]\s?[-–—]\s?)(?:[3-9]|1[0-9]|20)(?![0-9.,])"
    r"|[0-9]{1,2}\s?(?:点満点|점 ?만점)"
)
# Words without blanks between them, of languages that have none.
_NO_BLANKS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2,}")


class Measures(KnowledgeEntry):
    """The whole of ``measures.yaml``."""

    money_signs: Phrases
    money: Phrases
    time: Phrases
    size: Phrases
    memory: Phrases
    energy: Phrases
    hardware: Phrases
    rates: Phrases
    units: Phrases
    judges: Phrases


@cache
def _measures() -> Measures:
    words: Measures = knowledge("pages/measures", Measures)
    return words


@cache
def _words(*kinds: str) -> frozenset[str]:
    return frozenset(phrase for kind in kinds for phrase in getattr(_measures(), kind).phrases)


def is_of_cost(label: str) -> bool:
    """Whether a label is of money, time, size, energy or a rate of these.

    >>> [is_of_cost(label) for label in ("$ in", "Median s/answer", "Ответ, руб.", "RAM GB", "MMLU-Pro", "pass@1")]
    [True, True, True, True, False, False]
    """
    text = label[:_LONGEST_LABEL].replace("_", " ")
    if any(sign in text for sign in _measures().money_signs.phrases):
        return True
    words, measures = [word for word in _PIECES.split(text.lower()) if word], _words(*_KINDS)
    if any(word in measures or word.rstrip(".") in measures for word in words):
        return True
    if any(word.partition("-")[0] in _words("hardware") for word in words):
        return True
    return _has_unit(text) or _holds(text, measures)


def is_of_run(label: str) -> bool:
    """Whether a label is of the time, the memory or the energy that a run of a model takes.

    >>> [is_of_run(label) for label in ("显存占用", "Training time (GPU hours)", "Max tokens", "Params (B)")]
    [True, True, False, False]
    """
    text = label[:_LONGEST_LABEL].lower()
    words = {word.rstrip(".") for word in _PIECES.split(text)}
    return not words.isdisjoint(_words(*_OF_A_RUN)) or _holds(text, _words(*_OF_A_RUN))


def _has_unit(text: str) -> bool:
    units = _words("units")
    pieces = [piece for piece in _WHOLE_PIECES.split(text.strip()) if piece]
    if any(piece in units for piece in pieces[1:]) or (len(pieces) == 1 and pieces[0] in units):
        return True
    words = pieces[0].split() if pieces else []
    ends = (words[0], words[-1]) if len(words) > 1 else ()
    if any(word in units and len(word) > 1 and word not in _WORDS_TOO for word in ends):
        return True
    return any(side in units for found in _SLASH.finditer(text) for side in (found[1], found[2].strip()))


def is_mark_of_judge(label: str) -> bool:
    """Whether a label says that one gives marks, or names a scale of its own.

    >>> [is_mark_of_judge(label) for label in ("Судья GPT-4o, из 10", "Judge (1–5)", "Human mark /10", "HumanEval")]
    [True, True, True, False]
    """
    words = _PIECES.split(label.lower())
    return not _words("judges").isdisjoint(words) or bool(_SCALE.search(label)) or _holds(label, _words("judges"))


def _holds(text: str, words: frozenset[str]) -> bool:
    """Whether one of some words stands in a text of a language without blanks."""
    return any(word in run for run in _NO_BLANKS.findall(text) for word in words if len(word) > 1)
