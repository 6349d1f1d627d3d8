"""One slip of the keyboard, and no more.

A slip is two neighbouring letters swapped, or one letter left out, doubled or hit wrong, inside a word of the known
name. It is never read into a number, a symbol, an acronym, a short word or the first letter of a word, since those
tell benchmarks apart (MMLU and MMMLU, CharXiv-D and CharXiv-R, LiveBench and LiteBench), nor into a word that the
catalogue itself uses elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from ingest.name import text

_SHORTEST_WORD = 5
_SHORTEST_WORD_FOR_ANOTHER_LETTER = 8
"""Another letter in a shorter word often makes another word (Context, Contest); swaps seldom do."""
_SHORTEST_KEY = 8

_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W_]")


class Vocabulary:
    """Known names by id, ready to be asked which of them a misspelt key means."""

    def __init__(self, spelled: Mapping[str, Iterable[str]]) -> None:
        self._ids: dict[str, list[str]] = {}
        self._slippery: dict[str, list[bool]] = {}
        self._lengths: dict[str, list[int]] = {}
        self._words: set[str] = set()
        for identifier, names in spelled.items():
            for name in names:
                self._add(identifier, name)
        self._lacking: dict[str, set[str]] = {}
        for known in self._slippery:
            for shorter in text.deletions(known):
                self._lacking.setdefault(shorter, set()).add(known)

    def _add(self, identifier: str, name: str) -> None:
        known = text.name_key(name)
        ids = self._ids.setdefault(known, [])
        if identifier not in ids:
            ids.append(identifier)
        if not name.isascii() or name == name.lower():
            return  # letters cannot be told from acronyms
        pieces = _CAMEL.findall(name)
        self._words.update(piece.casefold() for piece in pieces if len(piece) > 2)
        if len(known) < _SHORTEST_KEY or known in self._slippery:
            return
        lengths = _word_lengths(known, pieces)
        if lengths is not None and any(lengths):
            self._lengths[known] = lengths
            self._slippery[known] = [bool(length) for length in lengths]

    def one_slip(self, written: str, name: str) -> list[str]:
        """Ids of the known names that ``written`` (a key; ``name`` is as listed) is one slip away from, sorted."""
        if not _SHORTEST_KEY - 1 <= len(written) <= text.LONGEST_NAME:
            return []
        near = set(self._lacking.get(written, ()))
        for shorter in text.deletions(written):
            near |= self._lacking.get(shorter, set())
            if shorter in self._slippery:
                near.add(shorter)
        own_words = {piece.casefold() for piece in _CAMEL.findall(name)}
        found = {
            identifier
            for known in near
            if OSA.distance(known, written, score_cutoff=1) == 1 and self._is_slip(known, written, own_words)
            for identifier in self._ids[known]
        }
        return sorted(found)

    def _is_slip(self, known: str, written: str, own_words: set[str]) -> bool:
        """Whether the one edit between the keys stands where a slip may."""
        start = 0
        shortest = min(len(known), len(written))
        while start < shortest and known[start] == written[start]:
            start += 1
        slippery, lengths = self._slippery[known], self._lengths[known]
        changed = known[start : start + 1] + written[start : start + 1]
        if not changed.isalpha() or not changed.isascii():
            return False
        if len(known) == len(written):
            swapped = known[start + 1 : start + 2] == written[start] and known[start] == written[start + 1 : start + 2]
            where = (start, start + 1) if swapped else (start,)
            least = _SHORTEST_WORD if swapped else _SHORTEST_WORD_FOR_ANOTHER_LETTER
        else:
            # Which of a run of equal letters is missing cannot be seen: all of the run must be inside the word.
            run = start
            extra = (known if len(known) > len(written) else written)[start]
            while run > 0 and known[run - 1] == extra:
                run -= 1
            where = (run, min(start, len(known) - 1))
            if start >= len(known):
                return False
            least = (
                _SHORTEST_WORD if extra in known[max(0, start - 1) : start + 1] else _SHORTEST_WORD_FOR_ANOTHER_LETTER
            )
        if not all(0 <= at < len(known) and slippery[at] and lengths[at] >= least for at in where):
            return False
        if any(_first_of_word(lengths, at) for at in where):
            return False
        # A word that names of the catalogue are made of is no slip.
        return not any(word in self._words and word not in known for word in own_words if len(word) > 3)

    def nearest(self, written: str, limit: int) -> list[tuple[str, float]]:
        """Ids of the known names that look most like the key ``written``, with a likeness of 0 to 100."""
        best: dict[str, float] = {}
        hits = process.extract(written[: text.LONGEST_NAME], self._ids.keys(), scorer=fuzz.ratio, limit=limit * 4)
        for known, score, _ in hits:
            for identifier in self._ids[known]:
                best.setdefault(identifier, round(score, 1))
        return list(best.items())[:limit]


def _word_lengths(known: str, pieces: list[str]) -> list[int] | None:
    """For each character of a key, the length of the word that it stands in, 0 where no slip may be read into it.

    The first character of a word has the length with its sign turned, so that word starts can be told.
    """
    letters = [c for c in known if c.isalpha()]
    if "".join(pieces).casefold().replace(" ", "") != "".join(c for c in known if c.isalnum()):
        pieces = [p for p in pieces if p.isalnum()]
        if "".join(pieces).casefold() != "".join(c for c in known if c.isalnum()):
            return None
    lengths: list[int] = []
    flat: list[int] = []
    for piece in pieces:
        word = piece.isalpha() and len(piece) >= _SHORTEST_WORD and not piece.isupper()
        size = len(piece) if word else 0
        flat += [-size, *[size] * (len(piece) - 1)]
    position = iter(flat)
    for character in known:
        lengths.append(next(position) if character.isalnum() else 0)
    return lengths if letters else None


def _first_of_word(lengths: list[int], at: int) -> bool:
    return lengths[at] < 0
