"""From Epoch's tables to records: one entry for each model version, with all of its results in the table.

The table of runs has the best score exactly, and the score of each scorer with its standard error
(``choice:0.85±0.02``). The best score takes the standard error of its scorer. The other scorers give results of their
own. The name of a file of results from elsewhere tells their benchmark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from ingest.errors import IngestError
from ingest.knowledge import KnowledgeEntry
from ingest.name import evaluator, listed_settings, settings_of
from ingest.read.datafile import Row, Table, read_csv
from ingest.read.decimals import decimal_sign, with_point
from ingest.read.fieldrules import FieldsFile, fields_file
from ingest.read.fieldvalues import fraction_as_percent
from ingest.read.rules import RuleReader, in_currency_beside, load_rules
from ingest.read.values import Value, is_nothing, money
from ingest.read.values import day as read_day
from ingest.read.values import score as read_score
from ingest.records.document import Capture, Check, Document, Entry, Score, UnreadLine

NAME = "epoch"
READER = f"{NAME}/2"

_EVALUATOR = "Epoch AI"
"""Who measured the results in ``benchmarks_runs.csv``. The other files name it in each row."""

_FIELDS = Path(__file__).with_name("fields.yaml")


class _TableKind(KnowledgeEntry):
    kind: str
    columns: frozenset[str]


class _Elsewhere(KnowledgeEntry):
    reason: str
    names: frozenset[str]


class _EpochBenchmark(KnowledgeEntry):
    name: str
    harness: str | None = None


class _ScoreColumn(KnowledgeEntry):
    """A column of results: unit, metric, the words behind the benchmark's name, the column of its standard error."""

    unit: str | None = None
    metric: str | None = None
    name: str | None = None
    stderr: str | None = None


class _EpochFields(FieldsFile):
    """What ``fields.yaml`` says: rules, the kinds of tables, benchmarks and columns of results."""

    version_columns: _Elsewhere
    tables: list[_TableKind]
    benchmarks: dict[str, _EpochBenchmark]
    scores: dict[str, _ScoreColumn]


_SCORER = re.compile(r"\s*([A-Za-z0-9_ .-]{1,60}):\s*(-?[0-9.]{1,12})\s*(?:±\s*([0-9.]{1,12}))?\s*")
_FILE = re.compile(r"external_benchmark_([a-z0-9_]{1,60})\.csv")


def recognise(capture: Capture) -> bool:
    """Whether the first line is the header of one of Epoch's tables."""
    header = capture.content[:4096].lstrip(b"\xef\xbb\xbf").partition(b"\n")[0]
    return header.startswith(b"id,") and (
        b"Scores" in header or b"Version release date" in header or b"Source link" in header
    )


def parse(capture: Capture) -> Document:
    """The :class:`Document` of one table."""
    document = Document(NAME, READER, notes_are_whole=True)
    said = fields_file(_FIELDS, _EpochFields)
    try:
        table = _whole_rows(read_csv(capture.content), document)
        kind = next((t.kind for t in said.tables if t.columns <= set(table.columns)), None)
        if kind is None:
            raise IngestError("unknown_table: no table of this source has these columns")
        reading = RuleReader(load_rules(_FIELDS, _EpochFields))
        book = _Book(document, reading)
        if kind == "versions":
            _read_versions(table, said, book)
        elif kind == "runs":
            _read_runs(table, book)
        else:
            _read_results(table, _benchmark(capture.location, said.benchmarks), said.scores, book)
    except IngestError as error:
        document.rejected = str(error)
        return document
    document.entries = list(book.entries.values())
    reading.finish(document)
    return document


def _whole_rows(table: Table, document: Document) -> Table:
    """The table without rows that may be cut off; they are listed."""
    if table.is_cut_off:
        document.incomplete = f"cut_off: the last row is not whole, of {len(table.columns)} cells"
    for row in table.rows:
        for leaf in () if row.whole else row.leaves():
            document.unread.append(UnreadLine(row.number, f"{leaf.path}: {leaf.text[:200]}"))
            document.checks.append(Check("row_cut_off", False, f"{len(table.columns)} cells", row.locator))
    return table._replace(rows=[row for row in table.rows if row.whole])


class _Book:
    """The entries of a table by the model version that rows name."""

    def __init__(self, document: Document, reading: RuleReader) -> None:
        self.document = document
        self.reading = reading
        self.entries: dict[tuple[str, tuple[Any, ...]], Entry] = {}

    def entry(
        self, row: Row, key: str, name: str | None = None, organization: str | None = None, settings: Any = ()
    ) -> Entry | None:
        """The entry of a row; a row that names no model is listed as unread with its note.

        Rows of one model version whose names state other ``settings`` are entries of their own.
        """
        known = key.strip() or (name or "").strip()
        if not known:
            note = row.cells.get("Notes", "").strip()
            self.document.unread.append(
                UnreadLine(row.number, f"a row that names no model{': ' if note else ''}{note}")
            )
            return None
        place = known, tuple(settings)
        if place not in self.entries:
            self.entries[place] = Entry(name or None, row.locator, organization or None, known)
        return self.entries[place]

    def read(self, row: Row, entry: Entry | None, only: frozenset[str] | None = None) -> None:
        """Apply the rules to a row; what it states of the model is added once."""
        part = Entry(None, row.locator)
        self.reading.read(part, (leaf for leaf in row.leaves() if only is None or leaf.path in only))
        if entry is not None:
            known: set[tuple[str, Any]] = {(each.field, each.value) for each in entry.stated}
            entry.stated.extend(each for each in part.stated if (each.field, each.value) not in known)


def _read_versions(table: Table, said: _EpochFields, book: _Book) -> None:
    known = frozenset(said.fields)
    for row in table.rows:
        cells = row.cells
        name = _first(cells, "Display name", "Model")
        entry = book.entry(row, cells.get("id", ""), name, _first(cells, "Hugging Face developer id"))
        book.read(row, entry, known)
        if cells.get("Notes", "").strip():
            book.reading.aside("Notes", "a remark on the version")
    for column in dict.fromkeys(name for row in table.rows for name in row.cells):
        values = [row.cells[column] for row in table.rows if row.cells.get(column, "").strip()]
        if column in known or not values:
            continue
        if column in said.version_columns.names or all(value.startswith("rec") for value in values):
            book.reading.aside(column, said.version_columns.reason)
        else:
            book.reading.report_new(column, f"text, such as {values[0][:40]!r}", 1)


def _read_runs(table: Table, book: _Book) -> None:
    for row in table.rows:
        cells = row.cells
        entry = book.entry(row, cells.get("model", ""))
        book.read(row, entry)
        if entry is None:
            continue
        status = cells.get("Status", "").strip()
        if status and status.lower() != "success":
            book.document.unread.append(UnreadLine(row.number, f"a run that did not succeed: {status[:80]}"))
            continue
        link = cells.get("logs", "").strip()
        conditions = {**settings_of(cells["model"].strip()), **({"footnotes": [link]} if link else {})}
        entry.scores.extend(_run_scores(row, conditions))


class _Scored(NamedTuple):
    scorer: str
    text: str
    value: str
    stderr: str | None


def _run_scores(row: Row, conditions: dict[str, Any]) -> Iterator[Score]:
    """The best score, and those of the other scorers."""
    cells = row.cells
    best, text = cells.get("Best score (across scorers)", "").strip(), cells.get("Scores", "").strip()
    scored: list[_Scored] = []
    problem = None
    for part in text.split(",") if text else []:
        found = _SCORER.fullmatch(part)
        if found:
            scored.append(_Scored(found[1].strip(), part.strip(), found[2], found[3]))
        else:
            problem = "unreadable_score"
    if problem:  # a comma within a number parts it too, so that no part can be trusted
        scored.clear()
    used: set[str] = set()
    if best:
        mine = _scorer_of(best, scored)
        value = fraction_as_percent(best, mine.stderr if mine else None)
        if value.problem is None and not 0 <= value.value <= 100:
            value = Value(problem="percent_out_of_range")
        yield _score(row, best, value, mine, conditions)
        if mine:
            scored.remove(mine)
            used.add(mine.scorer)
    for each in scored:
        value = fraction_as_percent(each.value, each.stderr)
        yield _score(row, each.text, value, each, conditions, again=each.scorer in used)
        used.add(each.scorer)
    if problem:
        yield _score(row, text[:200], Value(problem=problem), None, conditions)


def _scorer_of(best: str, scored: list[_Scored]) -> _Scored | None:
    """The scorer of the best score: the nearest one, if it is no further away than its rounding."""
    value = fraction_as_percent(best).value
    near = []
    for each in scored:
        rounded = fraction_as_percent(each.value)
        if value is not None and rounded.value is not None:
            near.append((abs(rounded.value - value), each))
    if not near:
        return None
    distance, scorer = min(near, key=lambda pair: pair[0])
    return scorer if distance <= 0.5001 else None


def _score(
    row: Row, text: str, value: Value, scorer: _Scored | None, conditions: dict[str, Any], *, again: bool = False
) -> Score:
    metric = {"metric": scorer.scorer} if scorer else {}
    if again:
        conditions = {**conditions, "footnotes": [*conditions.get("footnotes", ()), "a further result of this scorer"]}
    return Score(
        benchmark=row.cells.get("task", "").strip(),
        score=value.value,
        unit=value.unit,
        score_text=text,
        locator=row.locator,
        score_low=value.low,
        score_high=value.high,
        stderr=value.stderr,
        self_reported=False,
        measured_by=_EVALUATOR,
        measured_on=_day(row.cells.get("started_at", "")),
        reference=_first(row.cells, "log viewer", "logs"),
        conditions={**conditions, **metric},
        problem=value.problem,
    )


def _benchmark(location: str, known: Mapping[str, _EpochBenchmark]) -> _EpochBenchmark:
    found = _FILE.search(location.rpartition("/")[2])
    if not found:
        raise IngestError("unknown_benchmark: the file's name is not external_benchmark_<benchmark>.csv")
    return known.get(found[1]) or _EpochBenchmark(name=found[1].replace("_", " "))


def _read_results(table: Table, benchmark: _EpochBenchmark, kinds: Mapping[str, _ScoreColumn], book: _Book) -> None:
    table = _with_points(table, kinds)
    units = {column: _unit_of(column, kind, table) for column, kind in kinds.items() if column in table.columns}
    name_column = "Name" if "Name" in table.columns else "id" if "UUID" in table.columns else None
    again = _runs_again(table, kinds)
    for row in table.rows:
        cells = row.cells
        name = (cells.get(name_column, "").strip() or None) if name_column else None
        settings = listed_settings(name, None, None).conditions if name else {}
        own = again.get(row.number)
        apart = (*sorted(settings.items()), *([own] if own else []))
        entry = book.entry(row, cells.get("Model version", ""), name, settings=apart)
        book.read(row, entry)
        if entry is None:
            continue
        entry.record_key = own
        conditions, problem = _result_conditions(cells, benchmark, entry.source_key or "")
        conditions = {**settings, **conditions}
        for column, unit in units.items():
            text = cells.get(column, "").strip()
            if text and not is_nothing(text):
                said = kinds[column].model_copy(update={"unit": unit})
                result = _result(row, text, said, benchmark, (conditions, problem))
                entry.scores.append(in_currency_beside(result, row.leaves()))


def _runs_again(table: Table, kinds: Mapping[str, _ScoreColumn]) -> dict[int, str]:
    """The own ids of rows that say of the run just what another row says, by their numbers.

    A leaderboard lists each submission: of one agent with one model there may be several, and nothing else tells them
    apart. They are results of their own and contradict nothing.
    """
    own = "UUID" if "UUID" in table.columns else "id"
    results = {own, *kinds, *(kind.stderr for kind in kinds.values())}
    alike: dict[tuple[str, ...], list[Row]] = {}
    for row in table.rows:
        if row.cells.get("Agent", "").strip() and row.cells.get(own, "").strip():
            said = tuple(row.cells.get(column, "").strip() for column in table.columns if column not in results)
            alike.setdefault(said, []).append(row)
    return {row.number: row.cells[own].strip() for rows in alike.values() if len(rows) > 1 for row in rows}


def _with_points(table: Table, kinds: Mapping[str, _ScoreColumn]) -> Table:
    """The table with a point before the fractions of its results, where these show that their writer puts a comma."""
    columns = [column for column in kinds if column in table.columns]
    if decimal_sign(row.cells.get(column, "") for row in table.rows for column in columns) != ",":
        return table
    rows = [
        row._replace(cells=row.cells | {name: with_point(row.cells[name]) for name in columns if name in row.cells})
        for row in table.rows
    ]
    return table._replace(rows=rows)


def _unit_of(column: str, kind: _ScoreColumn, table: Table) -> str | None:
    """The unit of a column of results: as the rules say, or by what all of its numbers look like together.

    Numbers without a percent sign that all lie in 0..1 are shares; if some are greater, they keep their own unit.
    """
    if kind.unit is not None:
        return kind.unit
    found = [read_score(text.strip()) for row in table.rows if (text := row.cells.get(column, "")).strip()]
    bare = [each.value for each in found if each.value is not None and each.unit != "percent"]
    return "share" if bare and len(bare) == len(found) and all(0 <= value <= 1 for value in bare) else None


def _result(
    row: Row,
    text: str,
    kind: _ScoreColumn,
    benchmark: _EpochBenchmark,
    under: tuple[dict[str, Any], str | None],
) -> Score:
    conditions, problem = under
    unit = kind.unit
    value = money(text) if unit == "usd" else fraction_as_percent(text) if unit == "share" else read_score(text)
    unit = None if unit == "share" else unit
    error = row.cells.get(kind.stderr, "").strip() if kind.stderr else ""
    stderr = read_score(error) if error else None
    if stderr and (stderr.problem or stderr.unit != value.unit):
        problem = "unreadable_stderr"
    note = row.cells.get("Notes", "").strip() or None
    metric = {"metric": kind.metric} if kind.metric else {}
    return Score(
        benchmark=f"{benchmark.name}: {kind.name}" if kind.name else benchmark.name,
        score=value.value,
        unit=(unit or value.unit) if value.value is not None else None,
        score_text=text,
        locator=row.locator,
        score_low=value.low,
        score_high=value.high,
        stderr=stderr.value if stderr else None,
        measured_by=evaluator(row.cells.get("Source", "")),
        reference=_first(row.cells, "Source link"),
        description=note,
        conditions={**conditions, **metric},
        problem=value.problem or problem,
    )


def _result_conditions(
    cells: Mapping[str, str], benchmark: _EpochBenchmark, label: str
) -> tuple[dict[str, Any], str | None]:
    """Conditions that columns and the model's label state, and what is wrong with one."""
    said: dict[str, Any] = settings_of(label)
    problem = None
    if shots := cells.get("Shots", "").strip():
        if shots.isdigit() and len(shots) < 5:
            said["n_shots"] = int(shots)
        else:
            problem = "unreadable_shots"
    for column, condition in (("Agent", "harness"), ("LiveBench Version", "variant")):
        if text := cells.get(column, "").strip():
            said[condition] = text
    if text := cells.get("Edit format", "").strip():
        said["prompting"] = f"edit format {text}"
    if benchmark.harness:
        said.setdefault("harness", benchmark.harness)
    if link := cells.get("Source link", "").strip():
        said["footnotes"] = [link]
    return said, problem


def _day(text: str) -> date | None:
    """The day of a moment such as ``24 April 2025 3:01pm``; None where it names none."""
    read = read_day(" ".join(text.split()[:3]))
    return read.value if read.unit == "day" else None


def _first(cells: Mapping[str, str], *columns: str) -> str | None:
    return next((cells[c].strip() for c in columns if cells.get(c, "").strip()), None)
