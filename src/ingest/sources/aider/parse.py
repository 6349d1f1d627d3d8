"""From a leaderboard's YAML to records: one entry for each model, with the scores of all of its runs.

The edit format is part of how a model was prompted, so it is the score's ``prompting``; who measured is known, so no
score is self-reported. What a label says of effort (``o3 (high)``) is a condition of its scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from ingest.errors import IngestError
from ingest.knowledge import read_yaml
from ingest.name import settings_of
from ingest.read.datafile import Block, read_yaml_blocks
from ingest.read.fieldvalues import text_or_none
from ingest.read.leaves import Leaf
from ingest.read.rules import Reading, load_rules
from ingest.read.values import score as read_score
from ingest.records.document import Capture, Document, Entry, Score, Stated, UnreadLine

NAME = "aider"
READER = f"{NAME}/1"

_ENOUGH = 10
"""Percentages that show a unit: so many of a board are not all below one percent."""

_FIELDS = Path(__file__).with_name("fields.yaml")


def recognise(capture: Capture) -> bool:
    """Whether the content is a YAML list of runs with ``pass_rate_1`` and ``edit_format``."""
    head = capture.content[:16384]
    return head.lstrip(b"\xef\xbb\xbf \t\r\n#-")[:1] not in (b"{", b"<") and all(
        word in head for word in (b"pass_rate_1:", b"edit_format:", b"test_cases:")
    )


def parse(capture: Capture) -> Document:
    """The :class:`Document` of one leaderboard."""
    document = Document(NAME, READER)
    try:
        blocks = read_yaml_blocks(capture.content)
    except IngestError as error:
        document.rejected = str(error)
        return document
    said = read_yaml(_FIELDS)
    board = _board(capture.location, blocks, said["boards"])
    if board is None:
        document.rejected = "unknown_benchmark: neither the file's name nor its number of exercises tells which it is"
        return document
    reading = Reading(load_rules(_FIELDS))
    entries: dict[str, Entry] = {}
    for block in blocks:
        fields = {leaf.path: leaf for leaf in block.fields}
        model = _text(fields, "model")
        if model is None:
            reading.read(Entry(None, block.locator), block.fields)
            document.unread.append(UnreadLine(block.first, "a run that names no model"))
            continue
        entry = entries.setdefault(model, Entry(model, block.locator, source_key=model))
        part = Entry(None, block.locator)
        reading.read(part, block.fields)
        _add_stated(entry, part.stated)
        entry.scores.extend(_scores(model, fields, board, said["scores"], reading))
    document.entries = list(entries.values())
    _doubt_shares(document.entries)
    reading.finish(document)
    return document


def _board(location: str, blocks: list[Block], boards: list[dict[str, Any]]) -> str | None:
    name = location.rpartition("/")[2]
    for board in boards:
        if name.startswith(f"{board['file']}_"):
            return str(board["benchmark"])
    most = max(
        (
            leaf.value
            for block in blocks
            for leaf in block.fields
            if leaf.path == "test_cases" and isinstance(leaf.value, int)
        ),
        default=0,
    )
    return next((str(board["benchmark"]) for board in boards if board["tests"] == most), None)


def _doubt_shares(entries: list[Entry]) -> None:
    """Mark the percentages of a board on which none is above one: they are shares."""
    rates = [s.score for e in entries for s in e.scores if s.unit == "percent" and s.score is not None]
    if len(rates) >= _ENOUGH and max(rates) <= 1:
        for entry in entries:
            entry.scores = [replace(s, problem="unit_doubtful") if s.unit == "percent" else s for s in entry.scores]


def _add_stated(entry: Entry, stated: list[Stated]) -> None:
    """A date that two runs of a model state alike is stated once; two dates are both kept."""
    known = {(each.field, each.value) for each in entry.stated}
    entry.stated.extend(each for each in stated if (each.field, each.value) not in known)


def _scores(
    model: str, fields: Mapping[str, Leaf], board: str, kinds: Mapping[str, Any], reading: Reading
) -> list[Score]:
    conditions = _conditions(model, fields)
    found: list[Score] = []
    for path, kind in kinds.items():
        leaf = fields.get(path)
        if leaf is None or leaf.value is None:
            continue
        if "zero" in kind and leaf.value == 0 and not isinstance(leaf.value, bool):
            reading.aside(path, f"0: {kind['zero']}")
            continue
        good = isinstance(leaf.value, int | Decimal) and not isinstance(leaf.value, bool)
        value = read_score(leaf.text)
        found.append(
            Score(
                benchmark=f"{board}: {kind['name']}" if "name" in kind else board,
                score=value.value if good else None,
                unit=kind["unit"] if good else None,
                score_text=leaf.text,
                locator=leaf.locator,
                score_low=value.low if good else None,
                score_high=value.high if good else None,
                self_reported=False,
                conditions={**conditions, **({"metric": kind["metric"]} if "metric" in kind else {})},
                problem=value.problem if good else "unexpected_type",
            )
        )
    return found


def _conditions(model: str, fields: Mapping[str, Leaf]) -> dict[str, Any]:
    conditions: dict[str, Any] = {"harness": NAME}
    if edit := _text(fields, "edit_format"):
        conditions["prompting"] = f"edit format {edit}"
    if editor := _text(fields, "editor_model"):
        conditions["prompting"] = f"{conditions.get('prompting', '')}, edits by {editor}".lstrip(", ")
    conditions |= settings_of(model)
    if effort := _text(fields, "reasoning_effort"):
        conditions["reasoning_effort"] = effort
    tokens = fields["thinking_tokens"].value if "thinking_tokens" in fields else None
    if isinstance(tokens, int) and not isinstance(tokens, bool):
        conditions["thinking_tokens"] = tokens
    return conditions


def _text(fields: Mapping[str, Leaf], name: str) -> str | None:
    """A field that says something in words, without the blanks around it."""
    text = text_or_none(fields[name].value) if name in fields else None
    return text.strip() if text else None
