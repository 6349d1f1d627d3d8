"""Lines of a card that are no statement of it: quotations, and what a prompt or an answer in an example says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.read.markdown import Markdown
from ingest.sources.huggingface_card.words import heads_examples, names_speaker

QUOTED = "a quotation, and no statement of the card"
SPOKEN = "said in an example or a prompt, and no statement of the card"

_COLON = re.compile(r"[:：]")
_LOWEST = 7


def spoken_lines(card: Markdown) -> dict[int, str]:
    """The lines of quotations and of examples, each with what it is.

    Below a heading of examples all is spoken up to the next heading as high; a line of a dialogue (``User: …``) makes
    it so up to the next heading of any kind.
    """
    found: dict[int, str] = {}
    below = _LOWEST  # the level of the heading of examples, above which the card speaks again
    for line, level, text, quoted in sorted(_lines(card)):
        if quoted:
            found[line] = QUOTED
            continue
        if level and level <= below:
            below = level if heads_examples(text) else _LOWEST
            continue
        if below == _LOWEST and not level and names_speaker(_COLON.split(text)[0]) and _COLON.search(text):
            below = _LOWEST - 1
        if below < _LOWEST:
            found[line] = SPOKEN
    return found


def _lines(card: Markdown) -> Iterator[tuple[int, int, str, bool]]:
    for text in card.texts:
        yield text.line, text.level, text.text, text.quoted
    for table in card.tables:
        for row in (table.head, *table.rows):
            yield row.line, 0, "", table.quoted
