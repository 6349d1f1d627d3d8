"""A benchmark's name among words that are no part of it: every word must be accounted for, wherever it stands.

A listed name is covered by the name of one benchmark, by conditions of the score (split, shots, metric, scaffold) and
by words that say nothing of what is tested: ways of counting, words of the harness, and behind the owner of a data set
the benchmark's own words again. One word that is none of these, or a number that the benchmark's name does not hold,
and the name means something else. Two benchmarks in one name are not chosen between.

A name of a benchmark stands for each of its other names: "LCB v6" is "LiveCodeBench v6", since LCB is one of its names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ingest.name import text
from ingest.name.qualifiers import FoundCondition, condition_at

_MOST_WORDS = 16
_MOST_BEHIND = 4
"""Words behind a benchmark's name that may make another one of it."""

_SHOWN = 0
"""Of a benchmark's names the id comes first. Words of the others may name a part of it: "AIME 2025 I and II"."""

_AT_VERSION = re.compile(r"@(?=v?\d{1,2}\.\d)")

_LONGEST_START = 16
"""Letters of a name by which it is seen that no benchmark's name begins so; this settles most names."""

_OWNER = re.compile(r"(?<![\w.-])(?=[\w.-]*[^\W\d_])[\w.-]{2,40}/(?=[\w.-]{2,})")
_JOINED = re.compile(r"(?<=[^\W_])-([^\W\d_]+)")


class CoverWords(NamedTuple):
    """``measures`` say how a result is counted; ``weak`` are those of them that do so only beside others. ``harness``
    are words of the programs that run benchmarks."""

    measures: frozenset[str]
    weak: frozenset[str]
    harness: frozenset[str]


class Cover(NamedTuple):
    """A benchmark, and the conditions that stand beside its name."""

    benchmark_id: str
    conditions: tuple[FoundCondition, ...]


class _Span(NamedTuple):
    start: int
    end: int
    benchmark_id: str


class CoverIndex:
    """The names of the catalogue by which a listed name may be covered."""

    def __init__(
        self, keys: Mapping[str, Sequence[str]], spelled: Mapping[str, Sequence[str]], words: CoverWords
    ) -> None:
        self._keys = keys
        self._words = words
        self._names = {
            identifier: list(dict.fromkeys(tuple(text.tokens(text.fold(name))) for name in names))
            for identifier, names in spelled.items()
        }
        self._starts = frozenset(key[:end] for key in keys for end in range(1, min(len(key), _LONGEST_START) + 1))
        self._own = {
            identifier: frozenset(word for word in names[_SHOWN] if word.isalpha() and len(word) > 1)
            for identifier, names in self._names.items()
        }

    def cover(self, listed: str, parts: Sequence[str], tells_apart: Callable[[str], frozenset[str]]) -> Cover | None:
        """How a listed name is covered, None where it is not. ``parts`` are its tokens; ``tells_apart`` gives the words
        that tell the others of a benchmark's family from it."""
        of_hub = _OWNER.sub("", listed, count=1) if "/" in listed else listed
        for written in (listed,) if of_hub == listed else (listed, of_hub):
            folded = text.fold(_AT_VERSION.sub(" ", written) if "@" in written else written)
            is_of_hub = written != listed
            spoken = text.tokens(folded) if is_of_hub or "@" in written else parts
            if not 2 <= len(spoken) <= _MOST_WORDS:
                continue
            spans = list(self._longest_names(spoken))
            if not spans:
                continue
            joined = frozenset(_JOINED.findall(folded))
            if found := self._covered(spoken, spans, joined, tells_apart, is_of_hub=is_of_hub):
                return found
        return None

    def may_begin(self, parts: Sequence[str]) -> bool:
        """Whether a benchmark's name may begin with the first two tokens; this settles most names."""
        return text.key(parts[:2])[:_LONGEST_START] in self._starts or text.key(parts[:1]) in self._keys

    def at_start(self, parts: Sequence[str]) -> tuple[str, int] | None:
        """The benchmark whose name the first tokens are, as many as may be, but not all; and their number."""
        found: tuple[str, int] | None = None
        written = ""
        for end, part in enumerate(parts[:-1], 1):
            written = text.with_part(written, part)
            if written[:_LONGEST_START] not in self._starts:
                break
            meant = self._keys.get(written, ())
            if len(meant) == 1:
                found = meant[0], end
        return found

    def _covered(
        self,
        parts: Sequence[str],
        spans: list[_Span],
        joined: frozenset[str],
        tells_apart: Callable[[str], frozenset[str]],
        *,
        is_of_hub: bool,
    ) -> Cover | None:
        best = max(spans, key=lambda span: (sum(map(len, parts[span.start : span.end])), span.end - span.start))
        others = {span.benchmark_id for span in spans} - {best.benchmark_id}
        if others and not is_of_hub:  # "MMLU, MMLU-Pro"; "Idavidrein/gpqa gpqa_diamond" has its data set first
            return None
        apart = tells_apart(best.benchmark_id)
        own = self._own[best.benchmark_id] if is_of_hub else frozenset[str]()  # "SWE-bench Lite Lite" is not it
        said = (own | self._words.harness) - apart
        counted = self._words.measures - joined - apart
        same = [span for span in spans if span.benchmark_id == best.benchmark_id]
        borders = [0, *(at for span in same for at in (span.start, span.end)), len(parts)]
        found: list[FoundCondition] = []
        for start, end in zip(borders[::2], borders[1::2], strict=True):
            head = start == 0
            rest = self._rest(parts[start:end], said, frozenset() if head else counted, head=head)
            if rest is None:
                return None
            found += rest
        return Cover(best.benchmark_id, tuple(found))

    def _rest(
        self, parts: Sequence[str], said: frozenset[str], counted: frozenset[str], *, head: bool
    ) -> list[FoundCondition] | None:
        """The conditions among words beside a name, None where a word is none of those that may stand there."""
        found: list[FoundCondition] = []
        weak = strong = False
        at = 0
        while at < len(parts):
            if condition := condition_at(parts, at, head=head):
                taken, hit = condition
                found.append(hit)
                strong = True
                at += taken
                continue
            word = parts[at]
            at += 1
            if word in said:
                continue
            if word not in counted or len(word) == 1:
                return None
            weak, strong = weak or word in self._words.weak, strong or word not in self._words.weak
        return None if weak and not strong else found

    def _longest_names(self, parts: Sequence[str]) -> Iterator[_Span]:
        """Names of benchmarks in the tokens of a listed name, none of them inside another."""
        last = 0
        for start, part in enumerate(parts):
            if part[:_LONGEST_START] not in self._starts:  # this settles most words
                continue
            for end in range(self._farthest(parts, start), max(start, last), -1):
                if identifier := self._named(parts, start, end):
                    yield _Span(start, end, identifier)
                    last = end
                    break

    def _farthest(self, parts: Sequence[str], start: int) -> int:
        """Where a benchmark's name that begins at a token may end at most; ``start`` where none begins there."""
        farthest = start
        written = parts[start]
        for end in range(start + 1, len(parts) + 1):
            if end > start + 1:
                written = text.with_part(written, parts[end - 1])
            if written[:_LONGEST_START] not in self._starts:
                break
            if written in self._keys:
                farthest = min(end + _MOST_BEHIND, len(parts))
        return farthest

    def _named(self, parts: Sequence[str], start: int, end: int) -> str | None:
        """The benchmark whose name some tokens are, or are once its own name before them is changed for another."""
        found = self._keys.get(text.key(parts[start:end]), ())
        if found:
            return found[0] if len(found) == 1 else None
        for middle in range(end - 1, max(start, end - 1 - _MOST_BEHIND), -1):
            short = self._keys.get(text.key(parts[start:middle]), ())
            if len(short) != 1:
                continue
            meant = {
                identifier
                for name in self._names.get(short[0], ())
                for identifier in self._keys.get(text.key((*name, *parts[middle:end])), ())
                if identifier != short[0]  # words that make nothing else of it tell nothing for certain
            }
            if len(meant) == 1:
                return meant.pop()
        return None
