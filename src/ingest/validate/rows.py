"""What cannot be true goes to quarantine; what is only doubtful stays, and fails a check.

A bad field does not take the good ones of its model along: each cell of the wide frame that pandera looks at
leads back to the one statement that it came from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.compute as pc

from ingest.batch import COLUMNS, Columns
from ingest.records.tables import (
    CAPTURES,
    CHECKS,
    CONDITION_COLUMNS,
    DAY,
    MODELS,
    NUMBER,
    PRICES,
    SCORES,
    UNREAD_LINES,
    arrow_schema,
)
from ingest.validate.split import failures

_HELPERS = arrow.schema(
    [
        ("entry", arrow.int64()), ("organization_locator", arrow.string()),
        ("source_key", arrow.string()), ("field", arrow.string()),
        ("value", arrow.string()), ("number", arrow.float64()), ("low", arrow.float64()),
        ("high", arrow.float64()), ("raw_text", arrow.string()), ("problem", arrow.string()),
        ("correction", arrow.string()), ("derived_by", arrow.string()),
    ]
)  # fmt: skip
"""Columns of records that no public table has."""

Tables = dict[str, arrow.Table]
"""Arrow tables by the name of the kind of record."""

_DATES_OF_THE_PAST = ("release_date", "announced_on", "last_updated_on")


@dataclass(slots=True)
class Validated:
    """A batch after judgement: the rows that stand, and what was found against the others.

    ``tables`` has the kinds of :data:`ingest.batch.COLUMNS`; ``quarantine`` has the columns ``capture_id``,
    ``locator``, ``table_name``, ``record`` (JSON) and ``reasons``.
    """

    tables: Tables
    quarantine: arrow.Table


def validate(batches: Sequence[Columns]) -> Validated:
    """Judge batches that :func:`ingest.batch.read_batch` gave, all together."""
    good = {kind: _table(kind, [batch[kind] for batch in batches]) for kind in COLUMNS}
    bad: list[dict[str, Any]] = []
    captured_on = _captured_on(good["captures"])
    good["entries"] = _judge_entries(good["entries"], bad)
    for kind in ("stated", "prices", "scores"):
        good[kind] = _judge_problems(kind, good[kind], bad)
    good["stated"], doubts = _judge_models(good["entries"], good["stated"], captured_on, bad)
    good["prices"] = _judge(good["prices"], _PRICES, "prices", bad)
    good["scores"] = _judge(good["scores"], _SCORES, "scores", bad)
    good["scores"] = _judge_contradictions(good["scores"], bad)
    good["checks"] = arrow.concat_tables([good["checks"], doubts])
    return Validated(good, arrow.Table.from_pylist(bad, _QUARANTINE))


_QUARANTINE = arrow.schema(
    [
        ("capture_id", arrow.string()), ("entry", arrow.int64()), ("locator", arrow.string()),
        ("table_name", arrow.string()), ("record", arrow.string()), ("reasons", arrow.list_(arrow.string())),
    ]
)  # fmt: skip

_TABLE_OF = {"stated": "models", "entries": "models", "prices": "prices", "scores": "scores"}


def _table(kind: str, parts: Sequence[dict[str, list[Any]]]) -> arrow.Table:
    """The columns of all parts, one after the other, in the types that their public columns have."""
    columns = {}
    for name in COLUMNS[kind]:
        # Arrow finds the type of a list faster than it fills in one that it is told
        columns[name] = arrow.array([cell for part in parts for cell in part[name]]).cast(_type_of(name))
    return arrow.table(columns)


def _type_of(name: str) -> arrow.DataType:
    return _HELPERS.field(name).type if name in _HELPERS.names else _PUBLIC[name]


def _public_types() -> dict[str, arrow.DataType]:
    types: dict[str, arrow.DataType] = {}
    for schema in (MODELS, SCORES, PRICES, CAPTURES, UNREAD_LINES, CHECKS):
        types |= {field.name: field.type for field in arrow_schema(schema)}
    return types


_PUBLIC = _public_types()


def _frame(table: arrow.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def _reject(kind: str, rows: arrow.Table, reasons: Iterable[list[str]], bad: list[dict[str, Any]]) -> None:
    for record, why in zip(rows.to_pylist(), reasons, strict=True):
        bad.append(
            {
                "capture_id": record["capture_id"],
                "entry": record["entry"],
                "locator": record["locator"],
                "table_name": _TABLE_OF[kind],
                "record": _as_json(record),
                "reasons": why,
            }
        )


def _as_json(record: dict[str, Any]) -> str:
    shown = {
        k: v for k, v in record.items() if v is not None and k not in ("capture_id", "locator") and (v or k != "doubts")
    }
    return json.dumps(shown, ensure_ascii=False, default=str, sort_keys=True)


def _without(table: arrow.Table, rows: set[int]) -> arrow.Table:
    if not rows:
        return table
    return table.filter(arrow.array([i not in rows for i in range(table.num_rows)]))


def _take_out(kind: str, table: arrow.Table, reasons: dict[int, list[str]], bad: list[dict[str, Any]]) -> arrow.Table:
    """Move rows to quarantine; gives the rest."""
    if not reasons:
        return table
    order = sorted(reasons)
    _reject(kind, table.take(order), [sorted(set(reasons[i])) for i in order], bad)
    return _without(table, set(order))


def _judge_entries(entries: arrow.Table, bad: list[dict[str, Any]]) -> arrow.Table:
    """An entry that neither its name nor its source's own id identifies is nobody's."""
    names, keys = entries["name"].to_pylist(), entries["source_key"].to_pylist()
    nameless = {
        i: ["empty_name"]
        for i, (name, key) in enumerate(zip(names, keys, strict=True))
        if not (name and name.strip()) and not key
    }
    return _take_out("entries", entries, nameless, bad)


def _judge_problems(kind: str, table: arrow.Table, bad: list[dict[str, Any]]) -> arrow.Table:
    """Texts that the reader could not read as what they should be."""
    problems = table["problem"]
    if problems.null_count == table.num_rows:
        return table
    reasons = {i: [p] for i, p in enumerate(problems.to_pylist()) if p is not None}
    return _take_out(kind, table, reasons, bad)


def _judge(table: arrow.Table, schema: pa.DataFrameSchema, kind: str, bad: list[dict[str, Any]]) -> arrow.Table:
    reasons: dict[int, list[str]] = {}
    for (index, _column), why in failures(_frame(table), schema).items():
        reasons.setdefault(index, []).extend(why)
    return _take_out(kind, table, reasons, bad)


def _with_checks(schema: pa.DataFrameSchema, *more: str) -> pa.DataFrameSchema:
    """``schema`` reduced to the columns that have something to check, and those that its own checks need.

    That each column has its type is seen to before, by casting it.
    """
    return schema.select_columns([name for name, column in schema.columns.items() if column.checks or name in more])


_PRICES = _with_checks(PRICES)
_SCORES = _with_checks(SCORES, "score", "unit")


def _judge_contradictions(scores: arrow.Table, bad: list[dict[str, Any]]) -> arrow.Table:
    """Two different scores of one benchmark under the same conditions in one capture: neither can be used."""
    frame = _frame(scores)
    same = ["capture_id", "entry", "listed", "note", *CONDITION_COLUMNS]
    key = pd.DataFrame(
        {
            "capture_id": frame["capture_id"],
            "entry": frame["entry"],
            "listed": frame["benchmark_listed"].str.strip().str.casefold(),
            "note": frame["description"].fillna("").str.casefold(),
        }
    )
    twins = key.duplicated(keep=False)
    if not twins.any():
        return scores
    some = key[twins].copy()
    for name in CONDITION_COLUMNS:
        some[name] = frame.loc[twins, name].astype(str)
    some["value"] = frame.loc[twins, "score"].astype(float).astype(str) + frame.loc[twins, "unit"].fillna("").astype(
        str
    )
    values = some.groupby(same, dropna=False)["value"].transform("nunique")
    contradicting = {int(i): ["contradicting_scores"] for i in some.index[values > 1]}
    repeated = some[(values == 1) & some.duplicated(same, keep="first")]
    kept = _take_out("scores", scores, contradicting, bad)
    if len(repeated):  # the same result stated twice is one result
        gone = {int(i) for i in repeated.index}
        before = [i for i in range(scores.num_rows) if i not in contradicting]
        kept = _without(kept, {position for position, i in enumerate(before) if i in gone})
    return kept


def _captured_on(captures: arrow.Table) -> dict[str, date]:
    moments: list[datetime] = captures["captured_at"].to_pylist()
    return {i: m.date() for i, m in zip(captures["capture_id"].to_pylist(), moments, strict=True)}


@dataclass(slots=True)
class _Wide:
    """Entries as rows and fields as columns, with the row of ``stated`` that each cell came from (-1: none)."""

    frame: pd.DataFrame
    rows: dict[str, npt.NDArray[np.int64]]
    capture_ids: list[str]
    entries: list[int]


def _judge_models(
    entries: arrow.Table, stated: arrow.Table, captured_on: dict[str, date], bad: list[dict[str, Any]]
) -> tuple[arrow.Table, arrow.Table]:
    """Judge the statements of each entry side by side, as one row of ``models``; gives them and the doubts."""
    fields = stated["field"].to_pylist()
    unknown = {i: ["unknown_field"] for i, field in enumerate(fields) if field not in MODELS.columns}
    stated = _take_out("stated", stated, unknown, bad)
    wide = _widen(entries, stated, captured_on)
    found: dict[int, list[str]] = {}
    for (index, column), why in failures(wide.frame, _models_schema(tuple(wide.rows))).items():
        row = int(wide.rows[column][index]) if column in wide.rows else -1
        if row >= 0:
            found.setdefault(row, []).extend(why)
    doubts = _doubts(wide, set(found))
    return _take_out("stated", stated, found, bad), doubts


def _widen(entries: arrow.Table, stated: arrow.Table, captured_on: dict[str, date]) -> _Wide:
    capture_ids = entries["capture_id"].to_pylist()
    keys = zip(capture_ids, entries["entry"].to_pylist(), strict=True)
    position = {key: i for i, key in enumerate(keys)}
    owners = zip(stated["capture_id"].to_pylist(), stated["entry"].to_pylist(), strict=True)
    places = np.array([position.get(key, -1) for key in owners], dtype=np.int64)
    field_of = np.array(stated["field"].to_pylist(), dtype=object)
    rows: dict[str, npt.NDArray[np.int64]] = {}
    columns: dict[str, arrow.Array] = {}
    for field in sorted(set(field_of)):
        mine = np.flatnonzero((field_of == field) & (places >= 0))[::-1]  # the first statement of a field wins
        row = np.full(len(capture_ids), -1, dtype=np.int64)
        row[places[mine]] = mine
        rows[field] = row
        columns[field] = _typed_values(field, stated.take(arrow.array(row, mask=row < 0)))
    columns["captured_on"] = arrow.array([captured_on[c] for c in capture_ids], arrow.date32())
    return _Wide(_frame(arrow.table(columns)), rows, capture_ids, entries["entry"].to_pylist())


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
        elif name == "name":
            schema = schema.update_column(name, nullable=True)
    schema = schema.add_columns({"captured_on": pa.Column(DAY)})
    schema.checks = [_not_after_capture(name) for name in _DATES_OF_THE_PAST if name in columns]
    return schema


def _not_after_capture(column: str) -> pa.Check:
    def holds(frame: pd.DataFrame) -> Any:
        return ~(frame[column] > frame["captured_on"]).fillna(value=False)

    return pa.Check(holds, error=f"{column}:date_after_capture")


_DOUBTS = (
    ("knowledge_cutoff_before_release", "knowledge_cutoff", "release_date"),
    ("output_within_context", "max_output_tokens", "context_tokens"),
)
"""Name of the check, and two fields of which the first, in all likelihood, is not greater than the second."""


def _doubts(wide: _Wide, rejected: set[int]) -> arrow.Table:
    """What is strange and may yet be true, as rows of ``checks``, beside what holds."""
    table: list[tuple[str, int, str | None, str, bool, str, str]] = []
    for name, lesser, greater in _DOUBTS:
        if lesser not in wide.rows or greater not in wide.rows:
            continue
        cells = zip(
            wide.rows[lesser].tolist(), wide.rows[greater].tolist(), wide.capture_ids, wide.entries,
            wide.frame[lesser].tolist(), wide.frame[greater].tolist(), strict=True,
        )  # fmt: skip
        for low_row, high_row, capture_id, entry, low, high in cells:
            if low_row >= 0 and high_row >= 0 and not {low_row, high_row} & rejected:
                holds = bool(low <= high)
                table.append((capture_id, entry, None, name, holds, f"{lesser} <= {_plain(high)}", _plain(low)))
    columns = zip(*table, strict=True) if table else [()] * len(COLUMNS["checks"])
    types = arrow.schema([(n, _type_of(n)) for n in COLUMNS["checks"]])
    return arrow.table(dict(zip(COLUMNS["checks"], map(list, columns), strict=True)), schema=types)


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) else str(value)
