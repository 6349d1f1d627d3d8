"""A page whose header stands below other lines: a menu with the words of sections, or sections moved above it."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.read.lines import Claim, Line
from ingest.sources.model_page.header import begins_header, ends_sentence, reads_like_name
from ingest.sources.model_page.identity import agrees, named
from ingest.sources.model_page.labels import known
from ingest.sources.model_page.sections import SIMILAR, Section, split_sections

_LONGEST_HEADER = 8
_LABELS = 2
"""Labels that a section has at least; a menu has the words of headings, and no labels below them."""


def headers_below(body: Sequence[Line]) -> list[int]:
    """Where logos of known makers stand above models of theirs, below the first line."""
    return [at for at in range(1, len(body)) if begins_header(body, at)]


_MOST_BOXES = 20
"""Headers that are looked at for one below a whole page; each costs a look at all that stands above it."""


def header_within(body: Sequence[Line], own: Sequence[str], found: Sequence[int]) -> int | None:
    """Where the header of a page begins that stands below the heading of a section; None where it does not.

    ``found`` are the places of :func:`headers_below`. Two tell nothing, and one below a whole page is a box of another
    model. So does the only heading of the first level, if the page calls itself by it.
    """
    firsts = [at for at, line in enumerate(body) if line.heading == 1]
    if len(firsts) == 1 and firsts[0] and agrees(body[firsts[0]].text, own):
        return firsts[0] if any(known(line.text).section for line in body[: firsts[0]]) else None
    if len(found) != 1 or not any(known(line.text).section for line in body[: found[0]]):
        return None
    return None if is_page_of_one(body[: found[0]]) else found[0]


def without_page_below(body: list[Line], found: Sequence[int]) -> list[Line]:
    """The lines up to where the header of another model begins below a whole page of one: a box of that model, of which
    nobody knows where it ends. The models of a section of similar ones are no such box."""
    for at in found[:_MOST_BOXES]:
        above = [section for line in body[:at] if (section := known(line.text).section)]
        if above[-1:] != [SIMILAR] and is_page_of_one(body[:at]):
            return body[:at]
    return body


def is_page_of_one(body: Sequence[Line]) -> bool:
    """Whether some lines are a header that names a model, known or not, and sections with labels below it."""
    first = next((at for at, line in enumerate(body) if known(line.text).section), 0)
    labels = sum(known(line.text).field is not None for line in body[first:])
    return labels >= _LABELS and any(_may_be_name(line.text) for line in body[:first])


def _may_be_name(text: str) -> bool:
    return named(text).is_model or (reads_like_name(text) and any(map(str.isdigit, text)))


def split_around(body: Sequence[Line], at: int, claim: Claim) -> tuple[list[Line], list[Section]]:
    """The lines of the header that begins at a line, and the sections behind and before it.

    The header ends with its first sentence: what stands below it up to the next section is no part of the model's. Of
    what stands before it only sections with labels of their own count.
    """
    header, sections = split_sections(list(body[at:]), claim)
    end = next((number for number, line in enumerate(header[:_LONGEST_HEADER], 1) if ends_sentence(line.text)), 0)
    _, before = split_sections(list(body[:at]), _no_claim)
    for section in before:
        if sum(known(line.text).field is not None for line in section.lines) >= _LABELS:
            sections.append(section)
    return header[:end] if end else header, sections


def _no_claim(_rule: str, _lines: Sequence[Line]) -> None:
    """Headings above the header may be those of a menu."""
