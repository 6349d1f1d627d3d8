"""What the file promises to everybody who queries it, and that it is written once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import yaml

from ingest.records.tables import TABLES, arrow_schema, column_comment, key_columns, sql_type

CONTRACT: dict[str, dict[str, list[str]]] = yaml.safe_load(Path(__file__).with_name("contract.yaml").read_text("utf-8"))
NOT_FILLED: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("not_filled.yaml").read_text("utf-8"))
MACROS = {"models_as_of": "models", "scores_as_of": "scores", "prices_as_of": "prices"}


@pytest.mark.parametrize("table", CONTRACT)
def test_a_table_has_all_columns_of_the_contract(sample: Any, table: str) -> None:
    found = {name: kind for name, kind, *_ in sample.rows(f"DESCRIBE main.{table}")}
    promised = {name: kind for kind, names in CONTRACT[table].items() for name in names}
    assert {name: found.get(name) for name in promised} == promised


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_what_its_schema_says(sample: Any, table: str) -> None:
    rows = sample.rows(
        "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = ?",
        table,
    )
    schema = TABLES[table]
    assert {name: kind for name, kind, _ in rows} == {name: sql_type(column) for name, column in schema.columns.items()}
    assert {name: comment for name, _, comment in rows} == {
        name: column_comment(column) for name, column in schema.columns.items()
    }
    assert all(comment for _, _, comment in rows)


def test_every_object_carries_a_comment(sample: Any) -> None:
    objects = sample.rows(
        "SELECT table_name, comment FROM duckdb_tables() WHERE schema_name = 'main' UNION ALL "
        "SELECT view_name, comment FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal"
    )
    assert {name for name, _ in objects} == set(TABLES)
    assert dict(objects) == {name: schema.description for name, schema in TABLES.items()}
    macros = dict(
        sample.rows("SELECT function_name, comment FROM duckdb_functions() WHERE schema_name = 'main' AND NOT internal")
    )
    assert set(macros) >= set(MACROS)
    assert all(macros.values())


@pytest.mark.parametrize("macro", MACROS)
def test_a_macro_has_the_columns_of_its_table(sample: Any, macro: str) -> None:
    columns = [name for name, *_ in sample.rows(f"DESCRIBE FROM {macro}(now())")]
    assert columns == list(TABLES[MACROS[macro]].columns)


@pytest.mark.parametrize("table", [name for name, schema in TABLES.items() if key_columns(schema)])
def test_a_key_is_one(sample: Any, table: str) -> None:
    key = ", ".join(key_columns(TABLES[table]))
    assert sample.rows(f"SELECT {key} FROM {table} GROUP BY ALL HAVING count(*) > 1 OR {key} IS NULL") == []


@pytest.mark.parametrize("table", TABLES)
def test_rows_pass_the_schema_that_made_them(sample: Any, table: str) -> None:
    with duckdb.connect(str(sample.warehouse), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = connection.execute(f"FROM {table}").to_arrow_table()
    rows = rows.cast(arrow_schema(TABLES[table]))
    TABLES[table].validate(rows.to_pandas(types_mapper=pd.ArrowDtype), lazy=True)
    texts = [name for name, column in TABLES[table].columns.items() if sql_type(column) == "VARCHAR"]
    if texts:  # unknown is NULL
        no_text = " OR ".join(f"trim(\"{name}\") IN ('', '-')" for name in texts)
        assert sample.rows(f"SELECT {', '.join(texts)} FROM {table} WHERE {no_text}") == []


@pytest.mark.parametrize("table", TABLES)
def test_a_column_is_filled_or_the_reason_stands_in_the_list(sample: Any, table: str) -> None:
    names = list(TABLES[table].columns)
    filled = sample.one("SELECT " + ", ".join(f'count("{name}") > 0 AS "{name}"' for name in names) + f" FROM {table}")
    assert {name for name in names if not filled[name]} <= set(NOT_FILLED.get(table, {}))
    assert set(NOT_FILLED.get(table, {})) <= set(names)


@pytest.fixture(scope="module")
def two_days(make_house: Callable[[], Any]) -> Any:
    house = make_house()
    house.run(house.write("a.txt", today="August 1, 2025"))
    house.run(house.write("b.txt", today="August 2, 2025", context="64.0K"))
    return house


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Asia/Kolkata"])
@pytest.mark.parametrize("moment", [
    "DATE '2025-08-02'", "'2025-08-02'", "TIMESTAMP '2025-08-02 00:00:00'", "TIMESTAMPTZ '2025-08-02 00:00:00+00'",
    "'2025-08-02T02:00:00+02:00'",
])  # fmt: skip
def test_a_day_is_the_same_day_in_every_time_zone(two_days: Any, zone: str, moment: str) -> None:
    with duckdb.connect(str(two_days.warehouse), read_only=True) as connection:
        connection.execute(f"SET TimeZone = '{zone}'")
        told = connection.execute(f"SELECT context_tokens, last_seen FROM models_as_of({moment})").fetchall()
        days = connection.execute("SELECT captured_at::DATE::VARCHAR FROM captures ORDER BY ALL").fetchall()
        before = connection.execute(f"FROM models_as_of({moment} - INTERVAL 1 SECOND)") if moment[0] != "'" else None
        assert before is None or before.fetchall()[0] != told[0]
    assert told == [(64_000, datetime(2025, 8, 2))]
    assert days == [("2025-08-01",), ("2025-08-02",)]


REFERENCES = [
    ("scores", "model_id", "models"), ("prices", "model_id", "models"), ("claims", "model_id", "models"),
    ("scores", "benchmark_id", "benchmarks"), ("scores", "capture_id", "captures"),
    ("prices", "capture_id", "captures"), ("claims", "capture_id", "captures"),
    ("quarantine", "capture_id", "captures"), ("checks", "capture_id", "captures"),
    ("unread_lines", "capture_id", "captures"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column", "target"), REFERENCES)
def test_references_lead_somewhere(sample: Any, table: str, column: str, target: str) -> None:
    assert sample.rows(f"SELECT {column} FROM {table} ANTI JOIN {target} USING ({column})") == []


def test_every_value_of_a_model_is_a_chosen_claim(sample: Any) -> None:
    ids = (
        "model_id",
        "organization_id",
        "knowledge_cutoff_precision",
        "release_date_precision",
        "source_count",
        "first_seen",
        "last_seen",
    )
    for field in (name for name in TABLES["models"].columns if name not in ids):
        orphans = sample.rows(
            f'SELECT model_id FROM models WHERE "{field}" IS NOT NULL AND model_id NOT IN '
            "(SELECT model_id FROM claims WHERE chosen AND field = ?)", field
        )  # fmt: skip
        assert orphans == [], field


def test_ids_have_their_form(sample: Any) -> None:
    assert all(re.fullmatch(r"[a-z0-9-]+/[a-z0-9][a-z0-9.-]*", i) for i in sample.values("SELECT model_id FROM models"))
    assert all(re.fullmatch(r"[0-9a-f]{64}", i) for i in sample.values("SELECT sha256 FROM captures"))
    features = sample.values("SELECT features FROM models WHERE features IS NOT NULL")
    assert all(each == sorted(each) and all(re.fullmatch(r"[a-z0-9_]+", f) for f in each) for each in features)
