"""The cells that batches give, as Arrow tables in the types of their public columns."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as arrow

from ingest.batch import COLUMNS, Columns
from ingest.records.tables import CAPTURES, CHECKS, MODELS, PRICES, SCORES, UNREAD_LINES, arrow_schema

Tables = dict[str, arrow.Table]
"""Arrow tables by the kind of record."""

_HELPERS = {
    "entry": arrow.int64(),
    "organization_locator": arrow.string(),
    "provider": arrow.string(),
    "source_key": arrow.string(),
    "record_key": arrow.string(),
    "field": arrow.string(),
    "value": arrow.string(),
    "number": arrow.float64(),
    "low": arrow.float64(),
    "high": arrow.float64(),
    "raw_text": arrow.string(),
    "problem": arrow.string(),
    "correction": arrow.string(),
    "derived_by": arrow.string(),
    "stated_from": arrow.date32(),
    "stated_to": arrow.date32(),
}
"""Columns of records that no public table has."""


def _public_types() -> dict[str, arrow.DataType]:
    types: dict[str, arrow.DataType] = {}
    for schema in (MODELS, SCORES, PRICES, CAPTURES, UNREAD_LINES, CHECKS):
        types |= {field.name: field.type for field in arrow_schema(schema)}
    return types


_TYPES = _public_types() | _HELPERS


def typed(batches: Sequence[Columns]) -> Tables:
    """The columns of all batches, one after the other; of no batches, empty tables."""
    return {kind: _table(kind, [batch[kind] for batch in batches]) for kind in COLUMNS}


def _table(kind: str, parts: Sequence[dict[str, list[object]]]) -> arrow.Table:
    return arrow.table(
        # Arrow finds the type of a list faster than it fills in one that it is told
        {name: _array([cell for part in parts for cell in part[name]]).cast(_TYPES[name]) for name in COLUMNS[kind]}
    )


def _array(cells: list[object]) -> arrow.Array:
    """The cells of a column; half a character (a lone surrogate of a YAML file) becomes U+FFFD."""
    try:
        return arrow.array(cells)
    except UnicodeEncodeError:
        return arrow.array([_encodable(cell) for cell in cells])


def _encodable(cell: object) -> object:
    if isinstance(cell, str):
        return cell.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(cell, list):
        return [_encodable(each) for each in cell]
    if isinstance(cell, dict):
        return {key: _encodable(each) for key, each in cell.items()}
    return cell
