"""What the pages show: rows of the warehouse, each query in a file of ``sql/``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ingest.load.choice import BESIDE
from ingest.load.ranking import standard_error
from ingest.load.statements import quoted, rows_by_name, sql_in
from ingest.records.tables import TABLES

Row = dict[str, Any]
"""A row by column."""

_SQL = Path(__file__).with_name("sql")


def rows_of(connection: Any, query: str) -> list[Row]:
    """The rows of ``sql/<query>.sql``."""
    sql = sql_in(_SQL / f"{query}.sql").replace("{error}", standard_error()).replace("{beside_columns}", BESIDE)
    return rows_by_name(connection.execute(sql))


def grouped(rows: Sequence[Row], *keys: str) -> dict[Any, list[Row]]:
    """Rows by the value of one column, or by the values of several as a tuple, in their order."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys)].append(row)
    return dict(groups)


def _told(model: Row) -> str:
    return str(model["name"] or model["model_id"])


@dataclass(frozen=True, slots=True)
class Fill:
    """How many rows of a table state a column."""

    table: str
    column: str
    meaning: str
    filled: int
    rows: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.filled / self.rows if self.rows else 0.0


class Content:
    """All rows that pages show. Each query runs once, when the first page asks for it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @cached_property
    def models(self) -> list[Row]:
        """All models, in the order of their ids."""
        return rows_of(self._connection, "models")

    @cached_property
    def names(self) -> dict[str, str]:
        """The name of each model by its id; with the end of the id where another model has the same name."""
        times = Counter(_told(model).casefold() for model in self.models)
        return {
            model["model_id"]: _told(model)
            if times[_told(model).casefold()] == 1
            else f"{_told(model)} [{model['model_id'].partition('/')[2]}]"
            for model in self.models
        }

    @cached_property
    def captures(self) -> dict[str, Row]:
        """Captures by id."""
        return {row["capture_id"]: row for row in rows_of(self._connection, "captures")}

    @cached_property
    def of_models(self) -> dict[str, dict[str, list[Row]]]:
        """By query, then by model: what a page of a model lists."""
        queries = (
            "facts", "versions", "ids", "offers", "price_history", "scores", "conflicts", "failed_checks", "quarantine",
        )  # fmt: skip
        return {query: grouped(self.listed(query), "model_id") for query in queries}

    @cached_property
    def _lists(self) -> dict[str, list[Row]]:
        return {}

    def listed(self, query: str) -> list[Row]:
        """The rows of a query that stands alone."""
        if query not in self._lists:
            rows = self._lists[query] = rows_of(self._connection, query)
            for row in rows if rows and "model" in rows[0] else ():
                row["model"] = self.names[row["model_id"]]
        return self._lists[query]

    @cached_property
    def benchmarks(self) -> dict[str, Row]:
        """Benchmarks with a result, by id."""
        return {row["benchmark_id"]: row for row in self.listed("benchmarks")}

    @cached_property
    def standings(self) -> dict[str, list[Row]]:
        """Rows of ``standings`` by group, those of one benchmark together."""
        return grouped(self.listed("standings"), "group_key")

    @cached_property
    def rankings(self) -> dict[str, list[Row]]:
        """Rows of ``leaderboard`` by comparability_key."""
        return grouped(self.listed("rankings"), "comparability_key")

    @cached_property
    def left_out(self) -> dict[str, list[Row]]:
        """What each ranking leaves out, by its comparability_key."""
        return grouped(self.listed("left_out"), "comparability_key")

    @cached_property
    def fill(self) -> list[Fill]:
        """How full the columns of the tables of facts are, the emptiest first."""
        found = []
        for table in ("models", "scores", "prices"):
            columns = TABLES[table].columns
            counts = ", ".join(f"count({quoted([name])})" for name in columns)
            rows, *filled = self._connection.execute(f"SELECT count(*), {counts} FROM {table}").fetchone()
            found += [
                Fill(table, name, str(column.description), number, rows)
                for (name, column), number in zip(columns.items(), filled, strict=True)
                if column.nullable
            ]
        return sorted(found, key=lambda fill: (list(TABLES).index(fill.table), fill.share, fill.column))
