"""Tables with two rows of heads, of which the upper ones span several columns, as tables with one."""

from __future__ import annotations

from dataclasses import replace

from ingest.read import values
from ingest.read.markdown import MarkdownRow, MarkdownTable
from ingest.sources.huggingface_card.words import is_way_of_measuring
from ingest.sources.model_page.identity import is_known_benchmark, named

_TWO = 2


def with_one_head(table: MarkdownTable) -> MarkdownTable:
    """The table with its second row of heads as its head, where it has one; any other table as it is.

    A lower head that does not say by itself what was measured (``0-shot`` below ``MMLU``) takes the upper one before
    it: ``MMLU (0-shot)``.
    """
    if len(table.rows) < _TWO or not _is_second_head(table.head, table.rows[0], table.rows[1:]):
        return table
    lower = table.rows[0]
    above = _spread(table.head)
    cells = [cell._replace(text=_joined(above[at], cell.text)) for at, cell in enumerate(lower.cells)]
    return replace(table, head=MarkdownRow(lower.line, cells), rows=table.rows[1:])


def _is_second_head(head: MarkdownRow, row: MarkdownRow, below: list[MarkdownRow]) -> bool:
    """Whether a row holds heads below heads that span columns: no figure stands in it, and figures below."""
    texts = [cell.text for cell in row.cells]
    if len(texts) != len(head.cells) or len(set(filter(None, texts[1:]))) < _TWO or any(map(_is_figure, texts[1:])):
        return False
    if texts[0] not in ("", head.cells[0].text) and head.cells[0].text:
        return False
    if not any(_is_figure(cell.text) for each in below for cell in each.cells[1:]):
        return False
    above = _spread(head)
    spanned = [at for at in range(1, len(above)) if above[at] and above[at] in above[at - 1 : at]]
    return any(texts[at] != texts[at - 1] for at in spanned)


def _spread(head: MarkdownRow) -> list[str]:
    """The texts of a row of heads, each over the empty cells behind it, which pipe tables have for a span."""
    spread: list[str] = []
    for at, cell in enumerate(head.cells):
        spread.append(cell.text or (spread[-1] if at > 1 else ""))
    return spread


def _is_figure(text: str) -> bool:
    return values.score(text).value is not None


def _joined(above: str, text: str) -> str:
    if not text or not above or above == text:
        return text or above
    if named(text).is_model or is_known_benchmark(text):
        return text
    return f"{above} ({text})" if is_known_benchmark(above) or is_way_of_measuring(text) else text
