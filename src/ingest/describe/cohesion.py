"""How well a word fits with what method notes and benchmarks speak of: the weight of a word by its meaning alone."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from ingest.describe.vocabulary import leak_lexicon, read

_ENDINGS = (
    ("ies", "y"),
    ("ied", "y"),
    ("es", ""),
    ("s", ""),
    ("ed", ""),
    ("ed", "e"),
    ("ing", ""),
    ("ing", "e"),
    ("er", ""),
    ("er", "e"),
    ("ers", ""),
    ("ily", "y"),
    ("ly", ""),
)
_SHORTEST = 3
"""Letters that a word keeps when an ending is taken off."""


class Fit(NamedTuple):
    """The weight of a word by its meaning; whether it is a verb, an adverb or the like, so no noun of a title; and
    whether no list knows it."""

    strange: float
    verbal: bool
    rare: bool = False


_NONE = Fit(0.0, False)


def fit(word: str, *, capital: bool) -> Fit:
    """The weight of ``word`` (lower case, bare of punctuation): above 0 where it speaks of something else than
    benchmarks do, below 0 where it is of the field. ``capital`` tells that it was written with one.

    Words that another detector weighs, function words and words without letters have none.
    """
    if not word.isascii() or len(word) < _SHORTEST or not word.replace("-", "").replace("'", "").isalpha():
        return _NONE
    if word in _weighed():
        return _NONE
    known = _known(word)
    if known is not None:
        return known
    forms = _forms()
    form = "name" if capital else "adverb" if word.endswith("ly") else "past" if word.endswith("ed") else "plain"
    return Fit(forms[form], form in ("adverb", "past"), form == "plain")


def is_common(word: str) -> bool:
    """Whether ``word`` is of everyday speech and not of the field: with a capital, it opens a sentence."""
    found = _known(word) if word.isalpha() and len(word) >= _SHORTEST else None
    return found is not None and found.strange >= 0.0


def _known(word: str) -> Fit | None:
    """The weight in the vocabulary of the word, of its basic form, or of the part of it that fits best."""
    lexicon = _lexicon()
    found = lexicon.get(word)
    if found is not None:
        return found
    if "-" in word:
        return min((w for part in word.split("-") if (w := _known(part)) is not None), default=None)
    if word.endswith("'s"):
        return _known(word[:-2])
    for ending, instead in _ENDINGS:
        if word.endswith(ending):
            stem = word[: -len(ending)]
            if len(stem) < _SHORTEST:
                continue
            found = lexicon.get(stem + instead)
            if found is None and not instead and stem[-1] == stem[-2]:  # stopped, planning
                found = lexicon.get(stem[:-1])
            if found is not None:
                return found
    return None


@cache
def _lexicon() -> dict[str, Fit]:
    data = read("cohesion")
    found: dict[str, Fit] = {}
    for group in data["field"]:
        for word in group["words"]:
            found.setdefault(word, Fit(float(group["weight"]), False))
    for word in data["either"]["words"]:
        found.setdefault(word, _NONE)
    for group in data["everyday"]:
        for word in group["words"]:
            found.setdefault(word, Fit(float(group["weight"]), "verbal" in group))
    return found


@cache
def _forms() -> dict[str, float]:
    return {form: float(body["weight"]) for form, body in read("cohesion")["unknown"].items()}


@cache
def _weighed() -> frozenset[str]:
    """Words that the other detectors weigh already, and those that hold any sentence together."""
    words, groups = leak_lexicon()
    return frozenset(
        [*words, *groups, *read("leaks")["dangling"]["words"], "not", "only", "all", "any", "both", "each"]
    )
