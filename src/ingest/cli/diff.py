"""`ingest diff`: what changed, for people, worst first."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.cli.output import printable, show_table


class Form(StrEnum):
    """How changes are written."""

    table = "table"
    json = "json"
    markdown = "markdown"


COLUMNS = ("kind", "table", "model", "what", "old", "new", "source", "link", "changed_at")

_SQL = """
    WITH listed AS (
        SELECT c.*,
            CASE c.table_name WHEN 'models' THEN c.key WHEN 'scores' THEN s.model_id
                ELSE split_part(c.key, '|', 1) END AS model_id,
            CASE c.table_name WHEN 'models' THEN coalesce(c.field, 'the model')
                WHEN 'scores' THEN coalesce(s.benchmark_listed, c.key) || coalesce(' ' || nullif(c.field, 'score'), '')
                ELSE 'price of ' || split_part(c.key, '|', 3)
                    || coalesce(' from ' || nullif(split_part(c.key, '|', 2), '-'), '')
                    || coalesce(', ' || nullif(split_part(c.key, '|', 4), 'base'), '') END AS what,
            s.score, s.source AS score_source, s.capture_id AS score_capture
        FROM changes AS c LEFT JOIN (
            SELECT score_id, arg_max(model_id, recorded_at) AS model_id,
                arg_max(benchmark_listed, recorded_at) AS benchmark_listed, arg_max(score, recorded_at) AS score,
                arg_max(source, recorded_at) AS source, arg_max(capture_id, recorded_at) AS capture_id
            FROM internal.scores GROUP BY score_id) AS s ON c.table_name = 'scores' AND c.key = s.score_id
        WHERE (?::VARCHAR IS NULL OR c.run_id = ?) AND (?::TIMESTAMPTZ IS NULL OR c.changed_at >= ?)
    ), sourced AS (
        SELECT l.*, coalesce(l.score_source, CASE WHEN l.table_name = 'prices' THEN split_part(l.key, '|', 6) END,
                k.source) AS source, coalesce(l.score_capture, k.capture_id) AS capture_id
        FROM listed AS l LEFT JOIN (
            SELECT model_id, field, arg_max(source, recorded_at) AS source,
                arg_max(capture_id, recorded_at) AS capture_id
            FROM internal.claims GROUP BY ALL) AS k
            ON l.table_name = 'models' AND l.model_id = k.model_id AND coalesce(l.field, 'name') = k.field
    )
    SELECT s.kind, s.table_name AS "table", s.model_id AS model, s.what, s.old_value AS old, s.new_value AS new,
        s.source, c.location AS link, s.changed_at
    FROM sourced AS s LEFT JOIN captures AS c USING (capture_id)
    ORDER BY CASE s.kind WHEN 'removed' THEN 0 WHEN 'changed' THEN 1 ELSE 2 END,
        CASE s.table_name WHEN 'models' THEN 0 WHEN 'prices' THEN 1 ELSE 2 END,
        abs(TRY_CAST(s.new_value AS DOUBLE) - TRY_CAST(s.old_value AS DOUBLE))
            / greatest(abs(TRY_CAST(s.old_value AS DOUBLE)), 1e-9) DESC NULLS LAST,
        s.model_id, s.what, s.changed_at
"""
"""Worst first: what is gone, then what changed by the greatest share, then what came."""


def diff(
    since: Annotated[str | None, typer.Option(metavar="WHEN", help="Changes from this time on (ISO 8601).")] = None,
    run: Annotated[str | None, typer.Option(metavar="ID", help="Changes of this run (see runs).")] = None,
    form: Annotated[Form, typer.Option("--format", help="How to write them.")] = Form.table,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    warehouse: Annotated[Path | None, typer.Option(metavar="FILE", help="The warehouse.")] = None,
) -> None:
    """Show what runs changed in models, prices and scores. Without an option: what the last run changed."""
    from ingest.cli.run import moment  # noqa: PLC0415
    from ingest.load.connection import check_format, connect  # noqa: PLC0415
    from ingest.settings import load_settings  # noqa: PLC0415

    path = load_settings(warehouse=warehouse).warehouse
    start = moment(since)
    with connect(path, read_only=True) as connection:
        check_format(connection, path)
        if run is None and start is None:
            row = connection.execute("SELECT max(run_id) FROM runs").fetchone()
            run = row[0] if row else None
        elif run is not None and not connection.execute("FROM runs WHERE run_id = ?", [run]).fetchone():
            raise typer.BadParameter(f"There is no run {run!r}: `ingest sql 'FROM runs'` lists them.")
        rows = connection.execute(_SQL, [run, run, start, start]).fetchall()
    _write(rows, Form.json if as_json else form)


def _write(rows: list[tuple[Any, ...]], form: Form) -> None:
    if form is Form.json:
        print(
            json.dumps(
                [dict(zip(COLUMNS, row, strict=True)) for row in rows], ensure_ascii=False, default=str, indent=2
            )
        )
    elif not rows:
        print("Nothing changed.")
    elif form is Form.markdown:
        print("| " + " | ".join(COLUMNS[:-1]) + " |")
        print("|" + " --- |" * (len(COLUMNS) - 1))
        for row in rows:
            print("| " + " | ".join(_markdown(cell) for cell in row[:-1]) + " |")
    else:
        show_table(COLUMNS[:-1], (row[:-1] for row in rows))


def _markdown(cell: Any) -> str:
    """A cell that stays text: nothing of a page becomes markup of a report."""
    text = "" if cell is None else printable(str(cell)).replace("\n", " ")
    for mark in "\\`*_{}[]<>|#!":
        text = text.replace(mark, f"\\{mark}" if mark not in "<>" else {"<": "&lt;", ">": "&gt;"}[mark])
    return text
