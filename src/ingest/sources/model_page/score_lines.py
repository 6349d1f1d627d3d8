"""Lines of results before they are told apart: marks, scores, and the pieces of one thing joined or parted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from ingest.read.lines import Claim, Line, without
from ingest.read.remembered import remembered
from ingest.read.values import is_like_score, is_nothing
from ingest.read.values import score as read_score
from ingest.sources.model_page.labels import links, marks, stands_for_no_score

# A mark and the word before it fit into the tail of a note.
_TAIL = 32
# A score that cannot be read is still short: "abc%", "error".
LONGEST_SCORE = 24
# "65.0% (pass@1, mean of 4 runs)"
_LONGEST_ODD_SCORE = 40
SCORE_STARTS = frozenset("0123456789.+-−–eE０１２３４５６７８９")


class Marked(NamedTuple):
    """A note's text without the mark, and whether it had one."""

    text: str
    marked: bool


@remembered
def is_marked(text: str) -> bool:
    """Whether ``text`` ends with the mark of a self-reported score."""
    return text[-1] in _mark_ends() and _mark_of(text[-_TAIL:]) > 0


@cache
def _mark_ends() -> frozenset[str]:
    """The signs with which marks end, of whatever language: most notes end with another one."""
    return frozenset(mark[-1] for mark in marks())


@remembered
def split_mark(text: str) -> Marked:
    """``Accuracy Self-reported`` or ``AccuracySelf-reported`` as ``Accuracy`` with the mark."""
    size = _mark_of(text[-_TAIL:])
    return Marked(text[:-size].rstrip(" ·•|,;(["), True) if size else Marked(text, False)


@lru_cache(4096)
def _mark_of(tail: str) -> int:
    """How long the mark at the end of a text is; 0 for none, and for ``not Self-reported``."""
    mark = next((mark for mark in marks() if tail.endswith(mark)), "")
    if not mark or tail[: -len(mark)].rstrip().lower().endswith(("not", "non-")):
        return 0
    return len(mark)


@remembered
def looks_like_score(text: str) -> bool:
    """Whether a line is a score by itself: a number with or without a unit."""
    return len(text) <= LONGEST_SCORE and text[0] in SCORE_STARTS and read_score(text).value is not None


@remembered
def stands_for_score(text: str) -> bool:
    """Whether a text that is no score may stand where one should."""
    if len(text) > _LONGEST_ODD_SCORE:
        return False
    if len(text) <= LONGEST_SCORE and (is_nothing(text) or stands_for_no_score(text)):
        return True
    return (1 < len(text) <= LONGEST_SCORE and text.endswith("%")) or is_like_score(text)


def without_links(lines: Sequence[Line], claim: Claim) -> Sequence[Line]:
    """The lines without links and buttons beside results (``Source``)."""
    if links().isdisjoint([line.text for line in lines]):
        return lines
    claim("link", [line for line in lines if line.text in links()])
    return without(lines, lambda line: line.text in links())


def with_units(lines: Sequence[Line], claim: Claim) -> Sequence[Line]:
    """The lines with a sign of percent on a line of its own joined to the number above it, in the place of the sign."""
    if "%" not in [line.text for line in lines]:
        return lines
    out: list[Line] = []
    for line in lines:
        if line.text == "%" and out and looks_like_score(out[-1].text) and not out[-1].text.endswith("%"):
            number = out[-1]
            text = number.text + line.text
            claim("score", (number, line))
            out[-1] = number._replace(number=line.number, text=text, parts=(text,))
        elif line.text != "%":
            out.append(line)
    return out


def one_token_a_line(lines: Sequence[Line]) -> Sequence[Line]:
    """Lines that hold a whole result side by side, parted into name, note and score."""
    if max([len(line.parts) for line in lines], default=1) == 1:
        return lines
    out: list[Line] = []
    for line in lines:
        parts = line.parts
        if len(parts) > 1 and not parts[-1][:1].isalnum() and looks_like_score(parts[-2] + parts[-1]):
            parts = (*parts[:-2], parts[-2] + parts[-1])  # the sign of a percentage in an element of its own
        if len(parts) > 1 and (looks_like_score(parts[-1]) or stands_for_score(parts[-1])):
            shared = line.shared
            for part in parts:
                out.append(Line(line.number, part, (part,), shared, line.heading, line.landmark))
                shared = line.shared + 1000  # pieces of one line stand nearer than any two lines
        else:
            out.append(line)
    return out
