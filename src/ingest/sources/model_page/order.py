"""Which of label and value comes first, decided for a section by what fits: the types of the lines around labels.

Most pages put a value below its label. Some set a figure above its caption, some a row of labels above a row of
values. A line fits a label where the reader of the label can read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from ingest.read.lines import Line
from ingest.read.values import Value
from ingest.sources.model_page.labels import Field, known

Reader = Callable[[Field, str], Value]
"""Reads a text as the value of a label."""

Order = Literal["below", "above"]
"""Where values stand, seen from their labels."""

_PAIR = re.compile(r"\w ?[:：] ?\S")
TAGS = ("features", "capabilities")
# Any words could be the value of such a field.
OF_WORDS = ("text", "term")
# A table has two columns at least.
_COLUMNS = 2
# One order is followed where it fits so many times as often as the other one.
_CLEARLY = 2


class Votes(NamedTuple):
    """How many labels of a section have a fitting line only below, and only above."""

    below: int
    above: int

    @property
    def order(self) -> Order | None:
        """The order that fits clearly more often; None where the labels contradict each other or say nothing."""
        if self.below >= max(1, _CLEARLY * self.above):
            return "below"
        return "above" if self.above >= max(1, _CLEARLY * self.below) else None


def votes(lines: Sequence[Line], read: Reader) -> Votes:
    """For which order the labels of a section speak."""
    below = above = 0
    for at, line in enumerate(lines):
        label = known(line.text).field
        if label is None or label.value in (*TAGS, *OF_WORDS):
            continue
        fits_below = at + 1 < len(lines) and _fits(label, lines[at + 1], read)
        fits_above = at > 0 and _fits(label, lines[at - 1], read)
        below += fits_below and not fits_above
        above += fits_above and not fits_below
    return Votes(below, above)


def in_order(lines: Sequence[Line], order: Order | None, own: Votes) -> Sequence[Line]:
    """The lines of a section with each label before its value.

    ``order`` is that of the page, for a section that does not tell by itself; ``own`` is what it tells. Where a section
    contradicts itself, nothing is taken from it.
    """
    told = own.order or (order if own == (0, 0) else _by_ends(lines, order))
    if told == "above":
        return _labels_first(lines)
    if told is None and own != (0, 0):
        return []
    return _by_columns(lines)


def _by_ends(lines: Sequence[Line], order: Order | None) -> Order | None:
    """The order that the first and the last line show: a section may lack the value of one label. Where both are labels
    the elements around them tell, and else the section is as the page is."""
    first, last = (known(lines[at].text).field is not None for at in (0, -1))
    if first and last:
        return _by_elements(lines) or order
    if first:
        return "below"
    return "above" if last else None


def _by_elements(lines: Sequence[Line]) -> Order | None:
    """The order that the elements show: a value stands in one element with the label above it, or with that below."""
    nearer = {
        lines[at].shared > lines[at + 1].shared
        for at in range(1, len(lines) - 1)
        if known(lines[at].text).field is None and lines[at].shared != lines[at + 1].shared
    }
    if len(nearer) != 1:
        return None
    return "below" if nearer.pop() else "above"


def moved_into_section(header: Sequence[Line], lines: Sequence[Line], read: Reader) -> bool:
    """Whether the last line of the header is the value of the label behind it, as above a row of captions.

    ``lines`` are those of the first section. Where the line behind the label fits it too, the other labels decide.
    """
    label = known(lines[0].text).field
    if label is None or not header or label.value in (*TAGS, *OF_WORDS):
        return False
    if not _fits(label, header[-1], read):
        return False
    return len(lines) == 1 or not _fits(label, lines[1], read) or votes([header[-1], *lines], read).order == "above"


def _fits(label: Field, line: Line, read: Reader) -> bool:
    if known(line.text).field is not None:
        return False
    value = read(label, line.text)
    return value.problem is None


def _labels_first(lines: Sequence[Line]) -> list[Line]:
    """The pairs of a section whose values stand above their labels, behind the lines that hold label and value by
    themselves (``License: MIT``); other lines without a partner are left out."""
    pairs: list[Line] = []
    labels = [known(line.text).field is not None for line in lines]
    for at in range(1, len(lines)):
        if labels[at] and not labels[at - 1]:
            pairs += (lines[at], lines[at - 1])
    taken = {line.number for line in pairs}
    whole = [line for line in lines if line.number not in taken and _PAIR.search(line.text)]
    return whole + pairs


def _by_columns(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines with each label before its value, where a table has a row of labels above its row of values.

    More rows are of more things (providers, versions), and a row that is shorter lacks a value: nobody can tell
    which value is the model's then, so the table stays unread.
    """
    fields = [known(line.text).field for line in lines]
    plain = [field is not None and field.value not in TAGS for field in fields]
    if not any(_begins_row(lines, plain, at) for at in range(len(lines) - 1) if plain[at]):
        return lines
    out: list[Line] | None = None
    at, end = 0, len(lines)
    while at < end:
        stop = _row_end(lines, at)
        labels = sum(plain[at:stop])
        below = stop
        rows = 0
        if labels >= _COLUMNS and labels * 2 > stop - at:
            while below < end and lines[below].shared > lines[at].shared:
                row_end = _row_end(lines, below)
                if any(fields[below:row_end]):
                    break
                below, rows = row_end, rows + 1
        if rows and out is None:
            out = list(lines[:at])
        if out is not None and not rows:
            out += lines[at:stop]
        elif out is not None and rows == 1 and below - stop == stop - at:
            out += [line for pair in zip(lines[at:stop], lines[stop:below], strict=True) for line in pair]
        at = below
    return lines if out is None else out


def _begins_row(lines: Sequence[Line], plain: Sequence[bool], at: int) -> bool:
    """Whether a label stands behind a label, or behind one that no list has in the same row."""
    if plain[at + 1] or at + 2 >= len(lines) or not plain[at + 2]:
        return plain[at + 1]
    return lines[at + 1].shared == lines[at + 2].shared > lines[at].shared


def _row_end(lines: Sequence[Line], at: int) -> int:
    """Behind the lines that stand nearer to this one than it stands to the line before it."""
    end = at + 1
    while end < len(lines) and lines[end].shared > lines[at].shared:
        if lines[end].shared < lines[at + 1].shared:
            break
        end += 1
    return end
