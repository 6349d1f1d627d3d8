"""One slip of the keyboard, and no more.

A slip is two neighbouring letters swapped, or one letter left out, doubled or hit wrong, inside a word of the known
name that is long enough for it. It is never read into a number, a symbol, an acronym, a short word or the first letter
of a word, since those tell benchmarks apart (MMLU and MMMLU, CharXiv-D and CharXiv-R, LiveBench and LiteBench), nor
into a word that the catalogue itself uses elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from ingest.name import text

_SHORTEST_WORD = 6
_SHORTEST_WORD_FOR_ANOTHER_VOWEL = 7
_SHORTEST_WORD_FOR_A_SWAP = 4
_SHORTEST_WORD_FOR_ANOTHER_LETTER = 8
"""Another letter in a shorter word often makes another word (Context and Contest, Simple and Sample); swaps and
doublings seldom do."""
_VOWELS = frozenset("aeiou")
_SHORTEST_KEY = 8

_NUMBERS = re.compile(r"\d+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W_]")


class Vocabulary:
    """Known names by id, ready to be asked which of them a misspelt key means."""

    def __init__(self, spelled: Mapping[str, Iterable[str]]) -> None:
        self._spelled = spelled
        self._ids = text.invert({k: [text.name_key(name) for name in names] for k, names in spelled.items()})

    def prepare(self) -> None:
        """Make all that questions need, so that it is kept with this vocabulary."""
        _ = self._by_shape, self._words

    def one_slip(self, written: str, name: str) -> list[str]:
        """Ids of the known names that ``written`` (a key; ``name`` is as listed) is one slip away from, sorted."""
        if not _SHORTEST_KEY - 1 <= len(written) <= text.LONGEST_NAME:
            return []
        alike = self._by_shape.get((written[0], _digits(written)), ())
        if not alike:
            return []
        near = process.extract(written, alike, scorer=OSA.distance, score_cutoff=1, limit=None)
        if not near:
            return []
        own_words = {piece.casefold() for piece in _CAMEL.findall(name)}
        found = {
            identifier
            for known, distance, _ in near
            if distance == 1 and self._is_slip(known, written, name, own_words)
            for identifier in self._ids[known]
        }
        return sorted(found)

    def nearest(self, written: str, limit: int) -> list[tuple[str, float]]:
        """Ids of the known names that look most like the key ``written``, with a likeness of 0 to 100."""
        best: dict[str, float] = {}
        hits = process.extract(written[: text.LONGEST_NAME], self._ids.keys(), scorer=fuzz.ratio, limit=limit * 4)
        for known, score, _ in hits:
            for identifier in self._ids[known]:
                best.setdefault(identifier, round(score, 1))
        return list(best.items())[:limit]

    @cached_property
    def _words(self) -> frozenset[str]:
        """The words that known names are made of."""
        names = (name for names in self._spelled.values() for name in names)
        return frozenset(piece.casefold() for name in names for piece in _CAMEL.findall(name) if len(piece) > 2)

    @cached_property
    def _slippery(self) -> dict[str, list[int]]:
        """Known keys into which a slip may be read, with the length of the word that each character stands in."""
        found: dict[str, list[int]] = {}
        for names in self._spelled.values():
            for name in names:
                known = text.name_key(name)
                if not name.isascii() or name == name.lower() or len(known) < _SHORTEST_KEY:
                    continue  # in a name of small letters alone, words cannot be told from acronyms
                lengths = _word_lengths(known, _CAMEL.findall(name))
                if any(lengths):
                    found.setdefault(known, lengths)
        return found

    @cached_property
    def _by_shape(self) -> dict[tuple[str, str], list[str]]:
        """The known keys by their first letter and their digits: a slip changes neither, and few others share them."""
        found: dict[tuple[str, str], list[str]] = {}
        for known in self._slippery:
            found.setdefault((known[0], _digits(known)), []).append(known)
        return found

    def _is_slip(self, known: str, written: str, name: str, own_words: set[str]) -> bool:
        """Whether the one edit between the keys stands where a slip may."""
        if any(word in self._words and word not in known for word in own_words if len(word) > 3):
            return False
        at = 0
        while at < min(len(known), len(written)) and known[at] == written[at]:
            at += 1
        changed = known[at : at + 1] + written[at : at + 1]
        if not changed.isalpha() or not changed.isascii() or at >= len(known):
            return False
        if len(written) > len(known) and _is_capital(name, written, at):
            return False
        places, shortest = _edited(known, written, at)
        # A word's first letter has a negative length here, so that it never is long enough.
        return all(place < len(known) and self._slippery[known][place] >= shortest for place in places)


def _digits(spelled: str) -> str:
    return "" if spelled.isalpha() else "".join(_NUMBERS.findall(spelled))


def _is_capital(name: str, written: str, at: int) -> bool:
    """Whether the character of the key at ``at`` is a capital among small letters in the name as listed."""
    letters = [c for c in name if c.isalnum()]
    place = sum(c.isalnum() for c in written[:at])
    return place < len(letters) and letters[place].isupper() and not name.isupper()


def _edited(known: str, written: str, at: int) -> tuple[tuple[int, ...], int]:
    """The places of ``known`` that the edit at ``at`` touches, and how long a word must be to hold such a slip."""
    if len(known) == len(written):
        if known[at : at + 2] == written[at : at + 2][::-1]:
            return (at, at + 1), _SHORTEST_WORD_FOR_A_SWAP
        vowels = known[at] in _VOWELS and written[at] in _VOWELS
        # Another last letter makes another form of the word, so the next place counts too.
        return (at, at + 1), _SHORTEST_WORD_FOR_ANOTHER_VOWEL if vowels else _SHORTEST_WORD_FOR_ANOTHER_LETTER
    # Which of a run of equal letters is missing or doubled cannot be seen: the first of the run counts.
    run = at
    letter = (known if len(known) > len(written) else written)[at]
    while run > 0 and known[run - 1] == letter:
        run -= 1
    if run < at:
        return (run,), _SHORTEST_WORD_FOR_A_SWAP
    # One letter more or less at the end of a word may be a plural or another name, so the next place counts too.
    return (at, at + 1) if len(known) > len(written) else (at,), _SHORTEST_WORD


def _word_lengths(known: str, pieces: list[str]) -> list[int]:
    """For each character of a key, the length of the word that it stands in, 0 where no slip may be read into it.

    The first letter of a word has the length with its sign turned.
    """
    flat: list[int] = []
    for piece in pieces:
        size = len(piece) if piece.isalpha() and len(piece) >= _SHORTEST_WORD_FOR_A_SWAP and not piece.isupper() else 0
        flat += [-size, *[size] * (len(piece) - 1)]
    if "".join(pieces).casefold() != "".join(c for c in known if c.isalnum()):
        return []
    lengths = iter(flat)
    return [next(lengths) if character.isalnum() else 0 for character in known]
