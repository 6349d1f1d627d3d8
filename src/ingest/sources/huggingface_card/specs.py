"""Tables of facts about several models: the row or the column of the card's own model is read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.read.markdown import Cell, MarkdownRow, MarkdownTable
from ingest.sources.huggingface_card.measures import is_of_run
from ingest.sources.huggingface_card.own import FOOTNOTE, OwnModel, own_places, same_model
from ingest.sources.huggingface_card.words import column_kinds
from ingest.sources.model_page.labels import known

# "#Total Params" and "Params (B)".
_COUNT_SIGN = re.compile(r"# ?(?=[^\W\d])")
_SCALE = re.compile(r"(.{2,60}?) ?[(\[]((?:in )?(?:B|M|T|K|billions?|millions?|trillions?))[)\]]")
_AMOUNT = re.compile(r"[0-9][0-9.,]{0,6} ?[BT]\+?")
_RUN = re.compile(r"\b(?:pretrained|model)=([\w./-]{2,200})")
_PRINTED = frozenset(("tasks", "metric", "value"))
_NUMBER = re.compile(r"[0-9][0-9.,]{0,15}")


def own_facts(table: MarkdownTable, own: OwnModel) -> Iterator[tuple[int, str, str]]:
    """Labels with the values of the card's own model in a table of several models, each with its line."""
    heads = table.head.cells
    columns = own_places([cell.text for cell in heads], own, table.headings)
    if len(columns) == 1 and columns[0]:
        if any(map(_is_measured, (row.cells[0] for row in table.rows if row.cells))):
            return
        for row in table.rows:
            yield from _fact(row, _text(row, 0), _text(row, columns[0]))
        return
    if columns or not heads or not _are_models(heads[0].text) or any(map(_is_measured, heads)):
        return
    rows = own_places([_text(row, 0) for row in table.rows], own, table.headings)
    if len(rows) == 1:
        row = table.rows[rows[0]]
        for at, cell in enumerate(heads[1:], 1):
            yield from _fact(row, cell.text, _text(row, at))


def why_not_printed(table: MarkdownTable, own: OwnModel) -> str | None:
    """Why a table in a block of code is none that an evaluation harness printed for the card's model; None where it
    is, and for any other table. The line above it says which model was run (``hf (pretrained=maker/model)``)."""
    if table.typed is None:
        return None
    run = _RUN.search(table.typed)
    heads = {cell.text.lower() for cell in table.head.cells}
    if run is None or not heads >= _PRINTED:
        return "typed as code, and no print of a harness that says which model was run"
    return None if same_model(run[1].rpartition("/")[2], own) else "the print of a run of another model"


def _is_measured(head: Cell) -> bool:
    """Whether memory, time or money stands below a head: a window beside it is the setting of a measurement."""
    return known(head.text).field is None and is_of_run(head.text)


def _are_models(head: str) -> bool:
    """Whether models may stand below a head: it says so, or nothing."""
    return not head or "models" in column_kinds(head) or not (column_kinds(head) or known(head).field)


def _fact(row: MarkdownRow, head: str, text: str) -> Iterator[tuple[int, str, str]]:
    label = _COUNT_SIGN.sub("", head, count=1) if head.startswith("#") else head
    value = FOOTNOTE.sub("", text).strip()
    scale = _SCALE.fullmatch(label)
    if scale and _NUMBER.fullmatch(value):
        label, value = scale[1], f"{value} {scale[2].removeprefix('in ')}"
    field = known(label).field
    if field is not None and field.value == "tokens" and _AMOUNT.fullmatch(value):
        value = f"{value} tokens"  # below "Token count"
    if field is not None and value:
        yield row.line, label, value


def _text(row: MarkdownRow, at: int) -> str:
    return row.cells[at].text if at < len(row.cells) else ""
