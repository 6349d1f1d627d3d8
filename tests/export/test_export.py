"""A release: its files hold the tables cell by cell, say what they hold, and are the same bytes again."""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from ingest.records.tables import TABLES, column_comment, row_key, sql_type

HOSTILE = 'A, "b"\n=1+1 | `<script>` \u202e'
FILES = {"README.md", "CITATION.cff", "datapackage.json", "croissant.json", "models.sqlite", "metadata.json"}


@pytest.fixture(scope="module")
def house(make_house: Any) -> Any:
    """Two models, one of them with a name and a note that no file may be taken in by."""
    house = make_house()
    house.write("one.txt", name="Robin 1", input="$4,800.00")
    house.write("two.txt", name="Robin 2", description=HOSTILE, scores=[["Coding", "MBPP", "0-shot, =cmd|'x'", "61%"]])
    house.run()
    assert house.cli("export", "release").returncode == 0
    return house


@pytest.fixture(scope="module")
def release(house: Any) -> Path:
    """The folder of a whole release."""
    return Path(house.root) / "release"


@pytest.fixture
def tables(house: Any) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse that the release was made of."""
    with duckdb.connect(str(house.warehouse), read_only=True) as connection:
        yield connection


def ordered(connection: Any, table: str, relation: str) -> list[tuple[Any, ...]]:
    """The rows of a relation in the order of the release."""
    order = ", ".join(row_key(TABLES[table])) or "ALL"
    return list(connection.execute(f"SELECT * FROM {relation} ORDER BY {order}").fetchall())


@pytest.mark.parametrize("table", TABLES)
def test_parquet_read_back_equals_the_table_cell_by_cell(release: Path, tables: Any, table: str) -> None:
    file = f"read_parquet('{release}/parquet/{table}.parquet')"
    assert tables.execute(f"SELECT * FROM {file}").fetchall() == ordered(tables, table, table)
    types = [row[:2] for row in tables.execute(f"DESCRIBE SELECT * FROM {file}").fetchall()]
    assert types == [(name, sql_type(c).replace("JSON", "VARCHAR")) for name, c in TABLES[table].columns.items()]


@pytest.mark.parametrize("table", TABLES)
def test_csv_reads_back_as_the_cells_that_a_query_writes(release: Path, house: Any, table: str) -> None:
    order = ", ".join(row_key(TABLES[table])) or "ALL"
    asked = house.cli("sql", f"SELECT * FROM {table} ORDER BY {order}", "--format", "csv").stdout
    with (release / "csv" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        written = list(csv.reader(file))
    expected = list(csv.reader(asked.splitlines(keepends=True)))
    assert written[0] == expected[0] == list(TABLES[table].columns)
    assert [[as_number(cell) for cell in row] for row in written] == [
        [as_number(cell) for cell in row] for row in expected
    ]


def as_number(cell: str) -> float | str:
    """A cell to compare: 93 and 93.0 are one number."""
    try:
        return float(cell)
    except ValueError:
        return cell


@pytest.mark.parametrize("table", TABLES)
def test_sqlite_holds_the_same_rows(release: Path, tables: Any, table: str) -> None:
    with sqlite3.connect(f"file:{release}/models.sqlite?mode=ro", uri=True) as base:
        stored = base.execute(f'SELECT * FROM "{table}" ORDER BY rowid').fetchall()
    expected = ordered(tables, table, table)
    assert len(stored) == len(expected)
    kinds = [sql_type(column) for column in TABLES[table].columns.values()]
    for row, values in zip(stored, expected, strict=True):
        assert [read_back(cell, kind) for cell, kind in zip(row, kinds, strict=True)] == [
            told(value, kind) for value, kind in zip(values, kinds, strict=True)
        ]


def read_back(cell: Any, kind: str) -> Any:
    """What a cell of SQLite means."""
    if cell is None:
        return None
    return json.loads(cell) if kind.endswith("[]") or kind == "JSON" else bool(cell) if kind == "BOOLEAN" else cell


def told(value: Any, kind: str) -> Any:
    """A value of DuckDB in the words of :func:`read_back`."""
    if kind == "JSON" and value is not None:
        return json.loads(value)
    return json.loads(json.dumps(value, default=lambda each: each.isoformat()))


def test_sqlite_keeps_keys_and_references(release: Path) -> None:
    with sqlite3.connect(f"file:{release}/models.sqlite?mode=ro", uri=True) as base:
        assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        refers = {row[3]: row[2] for row in base.execute("PRAGMA foreign_key_list(scores)")}
        keys = [row[1] for row in base.execute("PRAGMA table_info(scores)") if row[5]]
    assert refers == {"model_id": "models", "benchmark_id": "benchmarks", "capture_id": "captures", "source": "sources"}
    assert keys == ["score_id"]


def test_the_same_warehouse_gives_the_same_bytes(house: Any, release: Path) -> None:
    assert house.cli("export", "again").returncode == 0
    assert house.cli("export", "again").returncode == 0
    assert contents(house.root / "again") == contents(release)


def contents(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file by its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_manifest_names_every_data_file_with_its_checksum(release: Path) -> None:
    resources = manifest(release)["resources"]
    hashes = {each["path"]: each["hash"] for each in resources}
    papers = FILES - {"models.sqlite"}
    assert hashes == {path: f"sha256:{sha}" for path, sha in contents(release).items() if path not in papers}
    for each in resources:
        assert each["bytes"] == (release / each["path"]).stat().st_size


def manifest(folder: Path) -> Any:
    """The data package of a release."""
    return json.loads((folder / "datapackage.json").read_bytes())


def test_the_manifest_explains_every_column(release: Path) -> None:
    schemas = {each["name"]: each["schema"] for each in manifest(release)["resources"] if each["format"] == "csv"}
    assert set(schemas) == set(TABLES)
    for name, schema in TABLES.items():
        fields = {field["name"]: field["description"] for field in schemas[name]["fields"]}
        assert fields == {column: column_comment(c) for column, c in schema.columns.items()}
    assert schemas["scores"]["primaryKey"] == ["score_id"]
    assert {"fields": ["model_id"], "reference": {"resource": "models", "fields": ["model_id"]}} in schemas["scores"][
        "foreignKeys"
    ]


def test_each_source_is_named_with_its_licence(release: Path, tables: Any) -> None:
    known = tables.execute("SELECT source, licence FROM sources").fetchall()
    assert [(each["name"], each.get("license")) for each in manifest(release)["sources"]] == known
    cited = yaml.safe_load((release / "CITATION.cff").read_text("utf-8"))
    assert [each["title"] for each in cited["references"]] == [each["title"] for each in manifest(release)["sources"]]
    assert cited["cff-version"] == "1.2.0"
    assert cited["authors"]


def test_a_later_release_says_what_changed_since_the_one_before(house: Any) -> None:
    later = house.copy_to(house.root.parent / "later")
    before = manifest(later.root / "release")["version"]
    later.write("three.txt", name="Robin 3")
    later.run()
    assert later.cli("export", "release").returncode == 0
    said = (later.root / "release" / "README.md").read_text("utf-8")
    assert f"What changed since {before}" in said
    assert "| models | added | 1 |" in said
    assert "| `models` | 3 | 2 |" in said
    first = contents(later.root / "release")
    assert later.cli("export", "release").returncode == 0
    assert contents(later.root / "release") == first


def test_the_diagram_has_each_table_and_reference(release: Path) -> None:
    said = (release / "README.md").read_text("utf-8")
    drawn = said.partition("```mermaid\n")[2].partition("```")[0].splitlines()
    assert drawn[0] == "erDiagram"
    assert "    models ||--o{ scores : model_id" in drawn
    assert {line.split()[0] for line in drawn if line.endswith("{")} == set(TABLES)


def test_one_format_alone_is_described_alone(house: Any) -> None:
    assert house.cli("export", "flat", "--format", "csv").returncode == 0
    folder = house.root / "flat"
    assert {path.name for path in folder.iterdir()} == FILES - {"models.sqlite", "metadata.json"} | {"csv"}
    assert {each["format"] for each in manifest(folder)["resources"]} == {"csv"}
    assert {
        each["encodingFormat"] for each in json.loads((folder / "croissant.json").read_bytes())["distribution"]
    } == {"text/csv"}


def test_other_files_are_never_replaced(house: Any) -> None:
    folder = house.root / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work", "utf-8")
    done = house.cli("export", "mine")
    assert (done.returncode, contents(folder).keys()) == (1, {"thesis.txt"})
    assert "holds other files" in done.stderr


def test_a_file_in_its_place_is_refused(house: Any) -> None:
    (house.root / "taken").write_text("a file", "utf-8")
    done = house.cli("export", "taken")
    assert done.returncode == 1
    assert "is no folder" in done.stderr


def test_without_a_warehouse_nothing_is_written(house: Any) -> None:
    done = house.cli("export", "nothing", "--warehouse", "absent.duckdb")
    assert done.returncode == 1
    assert not (house.root / "nothing").exists()


def test_no_folder_is_left_beside_a_release(house: Any, release: Path) -> None:
    assert not [path.name for path in release.parent.iterdir() if path.name.startswith(".release")]
