"""From a leaderboard's YAML to records: one entry for each model, with the scores of all of its runs.

The edit format is part of the prompt, so it is the score's ``prompting``. Aider measured every score, so none is
self-reported. The effort in a label (``o3 (high)``) is a condition of its scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from ingest.errors import IngestError
from ingest.knowledge import KnowledgeEntry
from ingest.name import settings_of
from ingest.read.datafile import Block, read_yaml_blocks
from ingest.read.fieldrules import FieldsFile, fields_file
from ingest.read.fieldvalues import text_or_none
from ingest.read.leaves import Leaf
from ingest.read.rules import RuleReader, in_currency_beside, load_rules
from ingest.read.values import day as read_day
from ingest.read.values import score as read_score
from ingest.records.document import Capture, Check, Document, Entry, Score, Stated, UnreadLine

NAME = "aider"
READER = f"{NAME}/2"

_EVALUATOR = "Aider"
"""Who measured the results of the boards."""

_ENOUGH = 10
"""If a board has this many percentages and all are at most one, they are shares."""

_ROUNDING = 0.06
"""Rates have one decimal. Some are cut off instead of rounded."""

_FINISHED = 0.98
"""A run with this share of its exercises counts as finished, since boards count 223 of 225 as finished."""

_FIELDS = Path(__file__).with_name("fields.yaml")


class _Board(KnowledgeEntry):
    file: str
    tests: int
    benchmark: str


class _ScoreField(KnowledgeEntry):
    """A field that is a score: its unit, the words behind the benchmark's name, and the field with its count."""

    unit: str
    name: str | None = None
    metric: str | None = None
    zero: str | None = None
    count: str | None = None
    without: str | None = None
    """The field that counts the exercises which the rate leaves out."""
    at_least: str | None = None
    """The field of a rate that this one is at least: a second attempt keeps what the first one solved."""


class _AiderFields(FieldsFile):
    """What ``fields.yaml`` says: rules, boards and scores."""

    boards: list[_Board]
    scores: dict[str, _ScoreField]


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
    if blocks and blocks[-1].is_cut_off:
        document.incomplete = "cut_off: the file ends within a value"
    said = fields_file(_FIELDS, _AiderFields)
    board = _board(capture.location, blocks, said.boards)
    if board is None:
        document.rejected = "unknown_benchmark: neither the file's name nor its number of exercises tells which it is"
        return document
    reading = RuleReader(load_rules(_FIELDS, _AiderFields))
    entries: dict[str, Entry] = {}
    for block in blocks:
        fields = {leaf.path: leaf for leaf in block.fields}
        model = _text(fields, "model")
        part = Entry(None, block.locator)
        reading.read(part, block.fields)
        if model is None:
            document.unread.append(UnreadLine(block.first, "a run that names no model"))
            continue
        entry = entries.setdefault(model, Entry(model, block.locator, source_key=model))
        _add_stated(entry, part.stated)
        run = _Run(fields, said.scores)
        number = list(entries).index(model)
        for score in _scores(model, fields, board, said.scores, reading):
            doubts = run.doubts(score.locator)
            judged = in_currency_beside(score, block.fields)
            entry.scores.append(replace(judged, doubts=tuple(doubts), n_items=run.cases, measured_on=run.day))
            document.checks += [Check(d, False, e, score.score_text, score.locator, number) for d, e in doubts.items()]
    document.entries = list(entries.values())
    _doubt_shares(document.entries)
    reading.finish(document)
    return document


class _Run:
    """The counts of one run, which its rates must match."""

    def __init__(self, fields: Mapping[str, Leaf], kinds: Mapping[str, _ScoreField]) -> None:
        self._fields = fields
        self._kinds = {fields[path].locator: kind for path, kind in kinds.items() if path in fields}
        self.cases = self._count("test_cases")
        self._all = self._count("total_tests")
        said = read_day(fields["date"].text) if "date" in fields else None
        self.day = said.value if said and said.unit == "day" else None

    def doubts(self, locator: str) -> dict[str, str]:
        """The doubts about a rate by name, each with the value that the counts give."""
        found: dict[str, str] = {}
        kind = self._kinds[locator]
        if kind.unit != "percent" or not self.cases:
            return found
        rate = next((self._number(leaf) for leaf in self._fields.values() if leaf.locator == locator), None)
        count = self._count(kind.count) if kind.count else None
        if kind.without is not None and (left := self._count(kind.without)) is not None:
            count = self.cases - left
        of = [self.cases, self._all] if self._all and self._is_finished() else [self.cases]
        if rate is not None and count is not None and min(abs(100 * count / n - rate) for n in of) > _ROUNDING:
            found["rate_matches_count"] = f"{count} of {self.cases}: {100 * count / self.cases:.1f}"
        least = self._number(self._fields.get(kind.at_least or ""))
        if rate is not None and least is not None and rate < least:
            found["rate_of_all_attempts"] = f"at least {least}"
        if self._all is not None and not self._is_finished():
            found["run_finished"] = f"{self._all} exercises, not {self.cases}"
        return found

    def _is_finished(self) -> bool:
        return not self._all or not self.cases or self.cases >= _FINISHED * self._all

    def _count(self, name: str) -> int | None:
        leaf = self._fields.get(name)
        value = leaf.value if leaf else None
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None

    @staticmethod
    def _number(leaf: Leaf | None) -> float | None:
        value = leaf.value if leaf else None
        return float(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _board(location: str, blocks: list[Block], boards: list[_Board]) -> str | None:
    name = location.rpartition("/")[2]
    for board in boards:
        if name.startswith(f"{board.file}_"):
            return board.benchmark
    counts = [leaf.value for block in blocks for leaf in block.fields if leaf.path == "test_cases"]
    most = max((count for count in counts if isinstance(count, int)), default=0)
    return next((board.benchmark for board in boards if board.tests == most), None)


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
    model: str, fields: Mapping[str, Leaf], board: str, kinds: Mapping[str, _ScoreField], reading: RuleReader
) -> list[Score]:
    conditions = _conditions(model, fields)
    found: list[Score] = []
    for path, kind in kinds.items():
        leaf = fields.get(path)
        if leaf is None or leaf.value is None:
            continue
        if kind.zero and leaf.value == 0 and not isinstance(leaf.value, bool):
            reading.aside(path, f"0: {kind.zero}")
            continue
        good = isinstance(leaf.value, int | Decimal) and not isinstance(leaf.value, bool)
        value = read_score(leaf.text)
        found.append(
            Score(
                benchmark=f"{board}: {kind.name}" if kind.name else board,
                score=value.value if good else None,
                unit=kind.unit if good else None,
                score_text=leaf.text,
                locator=leaf.locator,
                score_low=value.low if good else None,
                score_high=value.high if good else None,
                self_reported=False,
                measured_by=_EVALUATOR,
                conditions={**conditions, **({"metric": kind.metric} if kind.metric else {})},
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
    conditions = {**settings_of(model), **conditions}
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
