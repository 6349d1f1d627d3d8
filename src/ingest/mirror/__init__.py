"""The published file mirrored into DuckLake (https://ducklake.select): a catalog that many may read at once, data as
Parquet in a folder or in object storage.

A mirror writes what changed since the one before, in one transaction, so a reader sees one run or the next one. Tables,
views and macros are those of the file. Each mirror is a snapshot, which a reader can go back to until it is expired.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import duckdb

from ingest.errors import IngestError, without_password
from ingest.load.connection import check_format, literal
from ingest.load.statements import filled, sql_in
from ingest.publish import second_name

if TYPE_CHECKING:
    from ingest.settings import Settings

_FOLDER = Path(__file__).parent

_PREFIX = "ducklake:"

_OF_THIS_MACHINE = ("logs", "places")
"""Tables that tell how far this file has read its archive: no reader needs them."""

_LAST = "internal.mirror"
"""The table of the lake with one row: which run was mirrored last, and when. Each mirror takes it out and writes it
anew, so that DuckLake lets one of two publishers at the same time commit, and refuses the other."""

_MADE_BY = "internal.mirrored"
"""The table of the lake that keeps the SQL of its views and macros, as the file had it."""

_CLEAN_DAYS = 1
"""A reader may still be reading a file of a snapshot that expired less than this ago."""


@dataclass(slots=True)
class Mirrored:
    """The outcome of a mirror: the lake, its last run, and how many rows were written and removed, by table.

    ``definitions`` counts the views and macros that were made anew. ``is_unchanged`` is set where the lake had the run
    already. ``not_expired`` says why older snapshots could not be removed; the next mirror tries again.
    """

    lake: str
    run_id: str
    is_unchanged: bool = False
    written: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    definitions: int = 0
    not_expired: str = ""

    def in_one_line(self) -> str:
        """What the mirror did, for people."""
        kept = f" Older snapshots could not be removed: {self.not_expired}" if self.not_expired else ""
        if self.is_unchanged:
            return f"{self.lake} has the run {self.run_id} already.{kept}"
        written, removed = sum(self.written.values()), sum(self.removed.values())
        return f"{self.lake} has the run {self.run_id} now: {written:,} rows written, {removed:,} removed.{kept}"

    def as_dict(self) -> dict[str, Any]:
        """The outcome as plain data, for JSON."""
        return asdict(self)


def mirror(settings: Settings, *, accept: bool = False) -> Mirrored:
    """Mirror the published file into the lake that the setting ``mirror`` names.

    Raises :class:`IngestError` where an extension is missing, the lake does not answer, another process mirrors at the
    same time, or the lake has a run that the file does not have, unless ``accept`` is set.
    """
    if not settings.mirror.get_secret_value().startswith(_PREFIX):
        raise IngestError("The setting `mirror` names no lake: ducklake:FILE or ducklake:postgres:dbname=… is one.")
    shown = without_password(settings.mirror.get_secret_value())
    with second_name(settings.warehouse) as path:
        if not path.exists():
            raise IngestError(f"There is no warehouse at {str(settings.warehouse)!r} yet: `ingest run` makes one.")
        try:
            with attached(settings, path) as connection:
                done = _mirrored(connection, settings, shown, accept=accept)
                if settings.mirror_keep_days:
                    try:
                        _expire(connection, settings.mirror_keep_days)
                    except duckdb.Error as error:
                        done.not_expired = _said(error)
        except duckdb.Error as error:
            raise IngestError(f"The mirror {shown!r} was left as it was: {_said(error)}") from error
    return done


def mirror_after_run(settings: Settings, say: Callable[[str], None]) -> None:
    """Mirror where the setting ``mirror`` names a lake. What was published stays published where that fails: ``say``
    gets the reason, and the next run mirrors what this one changed."""
    if settings.mirror:
        try:
            say(mirror(settings).in_one_line())
        except IngestError as error:
            say(f"The mirror is not up to date. {error}")


def _mirrored(connection: duckdb.DuckDBPyConnection, settings: Settings, shown: str, *, accept: bool) -> Mirrored:
    (run_id,) = _one(connection, "SELECT max_by(run_id, started_at) FROM published.main.runs")
    done = Mirrored(shown, run_id)
    connection.execute("BEGIN")
    there = _tables(connection, "lake")
    if ("main", "runs") in there:
        newer = "SELECT run_id FROM lake.main.runs EXCEPT SELECT run_id FROM published.main.runs ORDER BY 1 DESC"
        unknown = connection.execute(newer).fetchall()
        if unknown and not accept:
            raise IngestError(
                f"The mirror {shown!r} has the run {unknown[0][0]!r}, which {str(settings.warehouse)!r} does not have: "
                "the file is older, or another warehouse. `--accept` mirrors it all the same."
            )
        lacking = (
            "SELECT count(*) FROM (SELECT run_id FROM published.main.runs EXCEPT SELECT run_id FROM lake.main.runs)"
        )
        if not unknown and _one(connection, lacking) == (0,):
            connection.execute("ROLLBACK")
            done.is_unchanged = True
            return done
    take_turn(connection, run_id)
    for (schema, table), columns in _tables(connection, "published").items():
        _mirror_table(connection, f"{schema}.{table}", columns, there.get((schema, table)), done)
    done.definitions = _define(connection)
    connection.execute("COMMIT")
    return done


def take_turn(connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Say in the transaction that this publisher mirrors a run. Of two that do, the second cannot commit."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS lake.internal")
    connection.execute(f"CREATE TABLE IF NOT EXISTS lake.{_LAST} (run_id VARCHAR, mirrored_at TIMESTAMPTZ)")
    connection.execute(f"DELETE FROM lake.{_LAST}")
    connection.execute(f"INSERT INTO lake.{_LAST} VALUES (?, now())", [run_id])


def _mirror_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, str],
    there: Mapping[str, str] | None,
    done: Mirrored,
) -> None:
    """Write what changed of a table. One whose columns are others is made anew."""
    published, mirrored = f"published.{table}", f"lake.{table}"
    if there is None or list(there.items()) != list(columns.items()):
        if there is not None:
            connection.execute(f"DROP TABLE {mirrored}")
        connection.execute(f"CREATE TABLE {mirrored} AS FROM {published}")
        (done.written[table],) = _one(connection, f"SELECT count(*) FROM {published}")
        return
    parts = {"published": published, "mirror": mirrored, "changed": "mirror_changed"}
    connection.execute(_statement("changed", **parts))
    if _one(connection, "SELECT count(*) FROM mirror_changed") == (0,):
        return
    for name, counts, used in (
        ("remove", done.removed, ("mirror", "changed")),
        ("add", done.written, ("published", "mirror", "changed")),
    ):
        (count,) = _one(connection, _statement(name, **{part: parts[part] for part in used}))
        if count:
            counts[table] = count


def _define(connection: duckdb.DuckDBPyConnection) -> int:
    """Make the views and macros whose SQL is another one than before; gives how many. Each may need others of them, so
    what cannot be made yet is tried again."""
    connection.execute("USE lake")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {_MADE_BY} (kind VARCHAR, name VARCHAR, sql VARCHAR)")
    before = {(kind, name): sql for kind, name, sql in connection.execute(f"FROM {_MADE_BY}").fetchall()}
    now = dict(_definitions(connection))
    for kind, name in before.keys() - now.keys():
        connection.execute(f"DROP {kind} {name}")
    waiting = [key for key, sql in now.items() if before.get(key) != sql]
    changed = len(waiting)
    while waiting:
        left = []
        for key in waiting:
            try:
                connection.execute(now[key])
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                left.append(key)
                why = error
        if len(left) == len(waiting):
            raise why
        waiting = left
    if changed or before.keys() != now.keys():
        connection.execute(f"DELETE FROM {_MADE_BY}")
        connection.executemany(f"INSERT INTO {_MADE_BY} VALUES (?, ?, ?)", [(*key, sql) for key, sql in now.items()])
    return changed


def _definitions(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[tuple[str, str], str]]:
    """The kind and name of each macro and view of the published file, and the statement that makes it."""
    macros = """SELECT schema_name || '.' || function_name, parameters, macro_definition FROM duckdb_functions()
        WHERE database_name = 'published' AND NOT internal ORDER BY schema_name, function_oid"""
    for name, parameters, text in connection.execute(macros).fetchall():
        query = _in_one_order(text)
        yield ("MACRO TABLE", name), f"CREATE OR REPLACE MACRO {name}({', '.join(parameters)}) AS TABLE {query}"
    views = """SELECT schema_name || '.' || view_name, sql FROM duckdb_views()
        WHERE database_name = 'published' AND NOT internal ORDER BY view_oid"""
    for name, sql in connection.execute(views).fetchall():
        yield ("VIEW", name), re.sub(r"\ACREATE VIEW ", "CREATE OR REPLACE VIEW ", _in_one_order(sql))


def _in_one_order(sql: str) -> str:
    """The statement with the columns of each ``EXCLUDE`` sorted: DuckDB keeps them as a set, and gives them in another
    order each time."""
    return re.sub(r"EXCLUDE \(([^()]*)\)", lambda found: f"EXCLUDE ({', '.join(sorted(found[1].split(', ')))})", sql)


def _tables(connection: duckdb.DuckDBPyConnection, database: str) -> dict[tuple[str, str], dict[str, str]]:
    """The columns of each table of a database, with their types, by schema and name."""
    rows = connection.execute(f"""
        SELECT c.schema_name, c.table_name, c.column_name, c.data_type
        FROM duckdb_columns() AS c JOIN duckdb_tables() AS t USING (database_name, schema_name, table_name)
        WHERE c.database_name = {literal(database)} ORDER BY c.schema_name, c.table_name, c.column_index""").fetchall()
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, kind in rows:
        if table not in _OF_THIS_MACHINE:
            found.setdefault((schema, table), {})[column] = kind
    return found


def _expire(connection: duckdb.DuckDBPyConnection, days: int) -> None:
    """Expire snapshots older than so many days, and remove the files that only they needed.

    What a mirror wrote that was killed stays: no lake can tell such a file from one of another lake in the same place.
    """
    connection.execute(f"CALL ducklake_expire_snapshots('lake', older_than => now() - INTERVAL {days} DAY)")
    connection.execute(f"CALL ducklake_cleanup_old_files('lake', older_than => now() - INTERVAL {_CLEAN_DAYS} DAY)")


@contextmanager
def attached(settings: Settings, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the lake as ``lake`` and the published file as ``published``."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False, "autoload_known_extensions": False,
    }  # fmt: skip
    with duckdb.connect(config=config) as connection:
        connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        needed = ["ducklake"]
        lake = settings.mirror.get_secret_value()
        if lake.startswith(f"{_PREFIX}postgres:"):
            needed.append("postgres_scanner")
        for name in needed:
            connection.execute(f"LOAD {literal(str(_extension(name)))}")
        options = f" (DATA_PATH {literal(settings.mirror_data)})" if settings.mirror_data else ""
        _attach(connection, f"ATTACH {literal(lake)} AS lake{options}")
        connection.execute(f"ATTACH {literal(str(path))} AS published (READ_ONLY)")
        connection.execute("USE published")
        check_format(connection, settings.warehouse)
        connection.execute("USE memory")
        yield connection


def _attach(connection: duckdb.DuckDBPyConnection, attach: str) -> None:
    """Attach the lake. Where its catalog, or the setting, says that its data lies in object storage, DuckDB asks for
    the extension that reads it."""
    try:
        connection.execute(attach)
    except duckdb.Error as error:
        if "requires the extension httpfs" not in str(error):
            raise
        connection.execute(f"LOAD {literal(str(_extension('httpfs')))}")
        connection.execute(_secret(os.environ))
        connection.execute(attach)


def _extension(name: str) -> Path:
    """The file of an extension for the DuckDB that runs, out of its package. Raises :class:`IngestError`."""
    spec = find_spec(f"duckdb_extension_{name}")
    folder = Path(spec.origin).parent if spec is not None and spec.origin else None
    file = folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension" if folder else None
    if file is None or not file.is_file():
        raise IngestError(
            f"The extension {name!r} for DuckDB {duckdb.__version__} is not installed: pip install -e '.[ducklake]' "
            "in the checkout brings a DuckDB and extensions that fit together."
        )
    return file


def _secret(environment: Mapping[str, str]) -> str:
    """What gives DuckDB the credentials of object storage, from the environment that other tools use."""
    endpoint = urlsplit(environment.get("AWS_ENDPOINT_URL", ""))
    parts = {
        "KEY_ID": environment.get("AWS_ACCESS_KEY_ID", ""),
        "SECRET": environment.get("AWS_SECRET_ACCESS_KEY", ""),
        "SESSION_TOKEN": environment.get("AWS_SESSION_TOKEN", ""),
        "REGION": environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION", "us-east-1"),
        "ENDPOINT": f"{endpoint.netloc}{endpoint.path}".rstrip("/"),
        "URL_STYLE": "path" if endpoint.netloc else "",
        "USE_SSL": "false" if endpoint.scheme == "http" else "",
    }
    said = ", ".join(f"{name} {literal(value)}" for name, value in parts.items() if value)
    return f"CREATE SECRET (TYPE s3, {said})"


def _statement(name: str, **parts: str) -> str:
    return filled(sql_in(_FOLDER / f"{name}.sql"), name, parts)


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row


def _said(error: duckdb.Error) -> str:
    return without_password(str(error)).partition("\n")[0]
