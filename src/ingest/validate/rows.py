"""Rows that cannot be true go to quarantine. Doubtful rows stay and fail a check.

Rows are judged as they are published, under the names of their models and benchmarks. A bad field does not take the
good ones of its model along: each cell of the wide frame that pandera looks at leads back to the one statement that
it came from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.compute as pc

from ingest.batch import COLUMNS
from ingest.records.document import BESIDE_COLUMNS
from ingest.records.tables import DAY, MODELS, NUMBER, PRICES, SCORES
from ingest.validate.split import failures

_DATES_OF_THE_PAST = ("release_date", "announced_on", "last_updated_on")


class Judged(NamedTuple):
    """Rows after judgement: those that stand, those for ``quarantine``, and doubts as rows of ``checks``.

    ``bad`` has the columns ``capture_id``, ``entry``, ``locator``, ``table_name``, ``record`` (JSON) and ``reasons``;
    ``doubts`` those of :data:`ingest.batch.COLUMNS`.
    """

    good: arrow.Table
    bad: arrow.Table
    doubts: arrow.Table


_QUARANTINE = arrow.schema(
    [
        ("capture_id", arrow.string()), ("entry", arrow.int64()), ("locator", arrow.string()),
        ("table_name", arrow.string()), ("record", arrow.string()), ("reasons", arrow.list_(arrow.string())),
    ]
)  # fmt: skip

_CHECKS = arrow.schema(
    [
        ("capture_id", arrow.string()), ("entry", arrow.int64()), ("locator", arrow.string()), ("name", arrow.string()),
        ("passed", arrow.bool_()), ("expected", arrow.string()), ("actual", arrow.string()),
    ]
)  # fmt: skip

_TABLE_OF = {"stated": "models", "entries": "models", "prices": "prices", "scores": "scores"}

_Reasons = dict[int, list[str]]
"""What is wrong with rows, by their number in the table."""


def judge_entries(entries: arrow.Table) -> Judged:
    """An entry that neither its name nor its source's own id identifies is nobody's. In: what batches read."""
    names, keys = entries["name"].to_pylist(), entries["source_key"].to_pylist()
    nameless = {
        i: ["empty_name"]
        for i, (name, key) in enumerate(zip(names, keys, strict=True))
        if not (name and name.strip()) and not key
    }
    return _split("entries", entries, nameless)


def judge_prices(prices: arrow.Table) -> Judged:
    """In: rows of ``prices`` with ``entry_number`` and ``problem`` beside them (``sql/prices.sql``)."""
    return _judge("prices", prices, _PRICES)


def judge_scores(scores: arrow.Table) -> Judged:
    """In: rows of ``scores`` with ``entry_number``, ``problem`` and ``is_contradicted`` beside them.

    ``sql/scores.sql`` makes them.
    """
    contradicted = pc.indices_nonzero(scores["is_contradicted"]).to_pylist()
    return _judge("scores", scores, _SCORES, {i: ["contradicting_scores"] for i in contradicted})


def judge_claims(claims: arrow.Table, captured_on: Mapping[str, date]) -> Judged:
    """Judge the claims of each entry side by side, as one row of ``models``.

    In: rows of ``claims`` with ``entry_number`` and ``problem`` beside them (``sql/claims.sql``), those of one entry
    together, and the day of each capture by its id.
    """
    reasons = _problems(claims)
    for i, field in enumerate(claims["field"].to_pylist()):
        if field not in MODELS.columns and field not in BESIDE_COLUMNS:
            reasons.setdefault(i, []).append("unknown_field")
    wide = _widen(claims, set(reasons), captured_on)
    refused: set[int] = set()
    for (index, column), why in failures(wide.frame, _models_schema(tuple(wide.rows))).items():
        row = int(wide.rows[column][index]) if column in wide.rows else -1
        if row >= 0:
            refused.add(row)
            reasons.setdefault(row, []).extend(why)
    return _split("stated", claims, reasons)._replace(doubts=_doubts(wide, refused))


def _judge(kind: str, table: arrow.Table, schema: pa.DataFrameSchema, known: _Reasons | None = None) -> Judged:
    reasons = _problems(table) | (known or {})
    clean = [i for i in range(table.num_rows) if i not in reasons] if reasons else range(table.num_rows)
    for (index, _column), why in failures(_frame(_without(table, set(reasons))), schema).items():
        reasons.setdefault(clean[index], []).extend(why)
    return _split(kind, table, reasons)


def _problems(table: arrow.Table) -> _Reasons:
    """Texts that the reader could not read as what they should be."""
    problems = table["problem"]
    if problems.null_count == table.num_rows:
        return {}
    return {i: [p] for i, p in enumerate(problems.to_pylist()) if p is not None}


def _frame(table: arrow.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def _without(table: arrow.Table, rows: set[int]) -> arrow.Table:
    if not rows:
        return table
    return table.filter(arrow.array([i not in rows for i in range(table.num_rows)]))


def _split(kind: str, table: arrow.Table, reasons: _Reasons) -> Judged:
    """The rows of ``table`` that stand, and those that ``reasons`` speaks of as rows of ``quarantine``."""
    order = sorted(reasons)
    bad = [
        {
            "capture_id": record["capture_id"],
            "entry": record.get("entry_number", record.get("entry")),
            "locator": record["locator"],
            "table_name": _TABLE_OF[kind],
            "record": _as_json(kind, record),
            "reasons": sorted(set(reasons[i])),
        }
        for i, record in zip(order, table.take(order).to_pylist() if order else [], strict=True)
    ]
    return Judged(_without(table, set(order)), arrow.Table.from_pylist(bad, _QUARANTINE), _CHECKS.empty_table())


def _as_json(kind: str, record: dict[str, Any]) -> str:
    """The row as it was read: what follows from names is left out."""
    read = record | {"entry": record.get("entry_number", record.get("entry"))}
    shown = {
        name: read[name]
        for name in COLUMNS[kind]
        if read.get(name) is not None and name not in ("capture_id", "locator") and (read[name] or name != "doubts")
    }
    return json.dumps(shown, ensure_ascii=False, default=str, sort_keys=True)


def _with_checks(schema: pa.DataFrameSchema, *more: str, without: tuple[str, ...] = ()) -> pa.DataFrameSchema:
    """``schema`` reduced to the columns that have something to check, and those that its own checks need.

    The columns were cast to their types before.
    """
    return schema.select_columns(
        [
            name
            for name, column in schema.columns.items()
            if (column.checks or not column.nullable or name in more) and name not in without
        ]
    )


_PRICES = _with_checks(PRICES, without=("valid_from",))
_SCORES = _with_checks(SCORES, "score", "unit", without=("valid_from",))


@dataclass(slots=True)
class _Wide:
    """Entries as rows and fields as columns, with the claim that each cell came from (-1: none)."""

    frame: pd.DataFrame
    rows: dict[str, npt.NDArray[np.int64]]
    capture_ids: list[str]
    entries: list[int]
    locators: list[str]
    """The place of each claim."""


def _widen(claims: arrow.Table, left_out: set[int], captured_on: Mapping[str, date]) -> _Wide:
    of = ("capture_id", "entry_number", "stated_from")  # what is said for another time is another row
    owners = list(zip(*(claims[name].to_pylist() for name in of), strict=True))
    position = {owner: i for i, owner in enumerate(dict.fromkeys(owners))}
    places = np.array([position[owner] for owner in owners], dtype=np.int64)
    field_of = np.array(claims["field"].to_pylist(), dtype=object)
    is_in = np.ones(len(owners), dtype=bool)
    is_in[list(left_out)] = False
    is_in &= ~np.isin(field_of, BESIDE_COLUMNS)
    rows: dict[str, npt.NDArray[np.int64]] = {}
    columns: dict[str, arrow.Array] = {}
    for field in sorted(set(field_of[is_in])):
        mine = np.flatnonzero((field_of == field) & is_in)[::-1]  # the first statement of a field wins
        row = np.full(len(position), -1, dtype=np.int64)
        row[places[mine]] = mine
        rows[field] = row
        columns[field] = _typed_values(field, claims.take(arrow.array(row, mask=row < 0)))
    capture_ids = [capture_id for capture_id, *_ in position]
    columns["captured_on"] = arrow.array([captured_on[c] for c in capture_ids], arrow.date32())
    entries = [entry for _, entry, _ in position]
    return _Wide(_frame(arrow.table(columns)), rows, capture_ids, entries, claims["locator"].to_pylist())


def _typed_values(field: str, rows: arrow.Table) -> arrow.Array:
    """One field in the type of its column. Integers stay DOUBLE: their range is judged before they are cast."""
    kind = MODELS.columns[field].dtype.type.pyarrow_dtype
    if arrow.types.is_integer(kind) or arrow.types.is_floating(kind):
        return rows["number"].combine_chunks()
    text = rows["value"].combine_chunks()
    if arrow.types.is_list(kind):
        return arrow.array([None if t is None else json.loads(t) for t in text.to_pylist()], kind)
    if arrow.types.is_boolean(kind):
        return pc.equal(text, "true")
    return text.cast(kind)


@lru_cache(64)
def _models_schema(columns: tuple[str, ...]) -> pa.DataFrameSchema:
    """The public schema of ``models`` for the columns that a batch states, and what two of them tell together."""
    schema = _with_checks(MODELS.select_columns(list(columns)))
    for name, column in schema.columns.items():
        if arrow.types.is_integer(column.dtype.type.pyarrow_dtype):
            schema = schema.update_column(name, dtype=NUMBER)
    schema = schema.add_columns({"captured_on": pa.Column(DAY)})
    schema.checks = [_not_after_capture(name) for name in _DATES_OF_THE_PAST if name in columns]
    return schema


def _not_after_capture(column: str) -> pa.Check:
    def holds(frame: pd.DataFrame) -> Any:
        return ~(frame[column] > frame["captured_on"]).fillna(value=False)

    return pa.Check(holds, error=f"{column}:date_after_capture")


_DOUBTS = (
    ("knowledge_cutoff_before_release", "knowledge_cutoff", "release_date"),
    ("input_within_context", "max_input_tokens", "context_tokens"),
    ("output_within_context", "max_output_tokens", "context_tokens"),
)
"""Name of the check, and two fields of which the first, in all likelihood, is not greater than the second."""

_OF_TEXT_ALONE = frozenset({"output_within_context"})
"""Checks that speak of models of text. The window of a model of speech bounds the text that it reads, not the sound
that it writes; the output of an embedding is the length of its vector."""


def _doubts(wide: _Wide, refused: set[int]) -> arrow.Table:
    """What is strange and may yet be true, as rows of ``checks``, beside what holds."""
    table: list[dict[str, Any]] = []
    for name, lesser, greater in _DOUBTS:
        if lesser not in wide.rows or greater not in wide.rows:
            continue
        cells = zip(
            wide.rows[lesser].tolist(), wide.rows[greater].tolist(), wide.capture_ids, wide.entries,
            wide.frame[lesser].tolist(), wide.frame[greater].tolist(), strict=True,
        )  # fmt: skip
        of_text = _is_of_text(wide) if name in _OF_TEXT_ALONE else [True] * len(wide.entries)
        for (low_row, high_row, capture_id, entry, low, high), counts in zip(cells, of_text, strict=True):
            if counts and low_row >= 0 and high_row >= 0 and not {low_row, high_row} & refused:
                table.append(
                    {
                        "capture_id": capture_id,
                        "entry": entry,
                        "locator": wide.locators[low_row],
                        "name": name,
                        "passed": bool(low <= high),
                        "expected": f"{lesser} <= {_shown(high)}",
                        "actual": _shown(low),
                    }
                )
    return arrow.Table.from_pylist(table, _CHECKS)


def _is_of_text(wide: _Wide) -> list[bool]:
    """For each model, whether it writes text or nobody says what it is for."""
    if "model_type" not in wide.rows:
        return [True] * len(wide.entries)
    return [not isinstance(each, str) or each == "text" for each in wide.frame["model_type"].tolist()]


def _shown(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) else str(value)
