"""Which rows of a frame fail a pandera schema, and why."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd
import pandera.backends.pandas.builtin_checks  # noqa: F401  (the first validation would import it: half of its time)
import pandera.pandas as pa

from ingest.errors import IngestError


def failures(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> dict[tuple[int, str | None], list[str]]:
    """Validate ``frame`` lazily. Gives the reasons of each failure by (index of the row, column).

    The index must be unique. The column is None where a check of the whole row failed; such a check can name
    the column that it blames, as ``column:reason``. A failure that belongs to no row (a missing column, a
    wrong type) is a defect of a reader, not of a page: it raises :class:`IngestError`.
    """
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        found: dict[tuple[int, str | None], set[str]] = defaultdict(set)
        cases = errors.failure_cases
        for context, column, check, index, case in zip(
            cases["schema_context"],
            cases["column"],
            cases["check"],
            cases["index"],
            cases["failure_case"],
            strict=True,
        ):
            if pd.isna(index):
                raise IngestError(f"Records do not fit the table {schema.name!r}: {column} {check}: {case}.") from None
            if context == "DataFrameSchema":
                blamed, _, reason = str(check).rpartition(":")
                found[int(index), blamed or None].add(reason)
            else:
                found[int(index), str(column)].add(_REASONS.get(str(check), str(check)))
        return {key: sorted(reasons) for key, reasons in found.items()}
    return {}


_REASONS = {"not_nullable": "missing"}
