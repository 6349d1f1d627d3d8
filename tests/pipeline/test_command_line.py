"""The command line: what it prints, what it ends with, and that no page can steer a terminal."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pyarrow.parquet as parquet
import pytest

ESCAPE = "\x1b]0;taken\x07\x1b[31m[bold]red[/bold]\x1b[2J\u202eabc\x9b31m"
SUMMARY_KEYS = {
    "run_id", "status", "captures_read", "captures_unchanged", "captures_rejected", "rows_written", "rows_quarantined",
    "quarantined", "rejected", "checks_passed", "checks_failed", "unread_lines", "models", "scores", "prices",
    "seconds", "warehouse", "error",
}  # fmt: skip
"""What scripts may count on in the JSON of a run."""


@pytest.fixture(scope="module")
def loaded(make_house: Callable[[], Any]) -> Any:
    """One good page, one with a bad price, one that is none, loaded by the command."""
    house = make_house()
    house.write("good.txt", name="Robin 1", average="70.0%")
    house.write("dear.txt", name="Robin 2", input="$4,800.00")
    house.write("login.html", b"<html><body><h1>Sign in</h1><p>Forgot your password?</p></body></html>")
    house.done = house.cli("run", house.pages)
    return house


def test_the_closing_summary_tells_what_happened_in_plain_lines(loaded: Any) -> None:
    assert (loaded.done.returncode, loaded.done.stderr) == (0, "")
    said = loaded.done.stdout
    assert "2 read, 0 unchanged, 1 rejected (login_page 1)" in said
    assert "1 quarantined (price_out_of_range 1)" in said
    assert "1 failed (average_score 1)" in said
    assert "2 models, 4 scores, 3 prices" in said
    assert said.isprintable() or set(said) - {"\n"} <= {c for c in said if c.isprintable()}


def test_the_summary_as_json(loaded: Any) -> None:
    done = loaded.cli("run", loaded.pages, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    summary = json.loads(done.stdout)
    assert set(summary) >= SUMMARY_KEYS
    assert (summary["captures_unchanged"], summary["captures_read"], summary["captures_rejected"]) == (2, 0, 1)
    assert (summary["status"], summary["rejected"]) == ("succeeded", {"login_page": 1})
    assert summary["warehouse"] == str(loaded.warehouse)


def test_strict_fails_for_rows_in_quarantine_and_publishes(house: Any) -> None:
    house.write(input="$4,800.00")
    assert house.cli("run", house.pages, "--strict").returncode == 1
    assert len(house.rows("FROM models")) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--nonsense"],
        ["run", "--captured-at", "yesterday"],
        ["run", "--captured-at", "2025-02-30"],
        ["sql"],
        ["sql", "SELECT 1", "--format", "xml"],
        ["nonsense"],
    ],
    ids=" ".join,
)
def test_a_usage_error_ends_with_two(loaded: Any, arguments: list[str]) -> None:
    done = loaded.cli(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "nowhere.txt"], "no file or folder at 'nowhere.txt'"),
        (["run"], "name the pages to read"),
        (["sql", "SELECT nonsense FROM models"], "nonsense"),
        (["sql", "SELECT 1", "--warehouse", "nowhere.duckdb"], "`ingest run` makes one"),
        (["digest", "--warehouse", "nowhere.duckdb"], "`ingest run` makes one"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_failure_ends_with_one_and_says_what_to_do(loaded: Any, arguments: list[str], says: str) -> None:
    done = loaded.cli(*arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert says in done.stderr


def test_a_source_that_is_named_reads_a_page_that_was_rejected_without_it(house: Any) -> None:
    page = house.pages / "command.txt"
    page.parent.mkdir(exist_ok=True)
    page.write_text(
        "Command A\n\nDeveloper: Cohere\nContext window: 256000\nMax output tokens: 8000\n"
        "Input price, per 1M tokens: $2.50\nOutput price, per 1M tokens: $10.00\n"
    )
    assert "--source label-value-page" in house.cli("run", page).stdout
    read = [house.cli("run", page, "--source", "label-value-page").stdout for _ in range(2)]
    assert ["1 read, 0 unchanged, 0 rejected" in read[0], "0 read, 1 unchanged, 0 rejected" in read[1]] == [True, True]
    assert house.cli("sql", "SELECT context_tokens FROM models", "--format", "csv").stdout.split() == [
        "context_tokens",
        "256000",
    ]


def test_an_empty_query_has_no_rows(loaded: Any) -> None:
    done = loaded.cli("sql", ";")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_unknown_source_is_named_beside_those_there_are(house: Any) -> None:
    house.write()
    done = house.cli("run", house.pages, "--source", "nonsense")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: There is no source 'nonsense'; there are: ")
    assert "model-page" in done.stderr
    assert not house.raw.exists()


def test_help_and_version(house: Any) -> None:
    done = house.cli("--help")
    assert done.returncode == 0
    assert all(command in done.stdout for command in ("run", "sql", "digest"))
    assert house.cli("--version").stdout.startswith("ingest ")


def test_the_options_win_over_the_environment_and_that_over_the_file(house: Any) -> None:
    house.write()
    (house.root / "ingest.toml").write_text('warehouse = "file.duckdb"\n')
    assert house.cli("run", "pages").returncode == 0
    assert house.warehouse.exists()
    env = house.process_options()["env"]
    del env["INGEST_WAREHOUSE"]
    assert house.cli("run", "pages", env=env).returncode == 0
    assert (house.root / "file.duckdb").exists()
    assert house.cli("run", "pages", "--warehouse", "option.duckdb").returncode == 0
    assert (house.root / "option.duckdb").exists()


@pytest.mark.parametrize(
    "text", ['workers = "many"\n', "nonsense = 1\n", "warehouse = \n"], ids=["value", "name", "toml"]
)
def test_a_wrong_setting_is_named(house: Any, text: str) -> None:
    (house.root / "ingest.toml").write_text(text)
    done = house.cli(
        "run", env={k: v for k, v in house.process_options()["env"].items() if not k.startswith("INGEST_")}
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_a_time_without_zone_is_utc(house: Any) -> None:
    house.write()
    assert house.cli("run", house.pages, "--captured-at", "2025-10-01T06:00:00").returncode == 0
    assert house.values("SELECT captured_at::VARCHAR FROM captures") == ["2025-10-01 06:00:00"]


def test_the_digest_is_one_line_and_the_same_again(loaded: Any) -> None:
    one, two = loaded.cli("digest"), loaded.cli("digest")
    assert one.stdout == two.stdout
    assert len(one.stdout.strip()) == 64
    assert one.stdout.count("\n") == 1


# Queries

QUERY = """SELECT name, release_date, features, usd_per_million_tokens AS price
    FROM models JOIN prices USING (model_id) WHERE kind = 'output' ORDER BY name"""


def test_a_query_as_a_table(loaded: Any) -> None:
    lines = loaded.cli("sql", QUERY).stdout.splitlines()
    assert lines[0].split() == ["name", "release_date", "features", "price"]
    assert lines[1].split() == ["Robin", "1", "2025-03-03", "function_calling,", "structured_output", "1.6"]
    assert len(lines) == 3


def test_a_query_as_csv(loaded: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(loaded.cli("sql", QUERY, "--format", "csv").stdout)))
    assert [row["name"] for row in rows] == ["Robin 1", "Robin 2"]
    assert rows[0]["price"] == "1.6"
    assert json.loads(rows[0]["features"]) == ["function_calling", "structured_output"]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("true", "true"),
        ("NULL", ""),
        ("['a', NULL, 'b,\"c']", '["a",null,"b,\\"c"]'),
        (
            "[{'score': 1.5, 'day': DATE '2025-01-02', 'own': false}]",
            '[{"score":1.5,"day":"2025-01-02","own":false}]',
        ),
        ("TIMESTAMP '2025-01-02 03:04:05'", "2025-01-02T03:04:05"),
    ],
)
def test_a_cell_of_csv_reads_back(loaded: Any, value: str, cell: str) -> None:
    printed = loaded.cli("sql", f"SELECT {value} AS v, 1 AS n", "--format", "csv").stdout
    assert list(csv.reader(io.StringIO(printed))) == [["v", "n"], [cell, "1"]]


def test_a_query_as_json(loaded: Any) -> None:
    rows = json.loads(loaded.cli("sql", QUERY, "--format", "json").stdout)
    assert rows[0] == {
        "name": "Robin 1", "release_date": "2025-03-03", "features": ["function_calling", "structured_output"],
        "price": 1.6,
    }  # fmt: skip


def test_a_folder_without_files_is_said_to_hold_nothing(make_house: Any) -> None:
    house = make_house()
    (house.root / "empty").mkdir()
    done = house.cli("run", "empty")
    assert done.returncode == 0
    assert "There was nothing to read in 'empty'." in done.stderr


def test_verify_without_the_raw_folder_says_just_that(loaded: Any) -> None:
    done = loaded.cli("verify", "--raw", "nowhere")
    assert done.returncode == 1
    assert done.stderr == "error: There is no folder at 'nowhere': name the raw folder of the captures with --raw.\n"


def test_nothing_is_drawn_amid_an_answer_that_takes_long(loaded: Any) -> None:
    """DuckDB draws a bar on standard output once a query has run for two seconds."""
    done = loaded.cli("sql", "SELECT current_setting('enable_progress_bar') AS bar", "--format", "json")
    assert json.loads(done.stdout) == [{"bar": False}]


def test_a_query_as_parquet(loaded: Any) -> None:
    done = loaded.cli("sql", QUERY, "--format", "parquet")
    assert done.returncode == 0
    assert parquet.read_table(io.BytesIO(done.content)).column("name").to_pylist() == ["Robin 1", "Robin 2"]


@pytest.mark.parametrize("query", ["DELETE FROM models", "CREATE TABLE t (i INT)", "COPY models TO 'out.csv'",
                                   "SELECT * FROM read_csv('/etc/passwd')", "ATTACH 'other.duckdb'"])  # fmt: skip
def test_a_query_changes_nothing_and_reaches_nothing_else(loaded: Any, query: str) -> None:
    before = loaded.warehouse.read_bytes()
    done = loaded.cli("sql", query)
    assert done.returncode == 1
    assert done.stderr.startswith("error: The query failed")
    assert loaded.warehouse.read_bytes() == before
    assert not (loaded.root / "out.csv").exists()


# Text of pages on a terminal


@pytest.fixture(scope="module")
def hostile(make_house: Callable[[], Any]) -> Any:
    """Escape codes and markup wherever a page has room for text."""
    house = make_house()
    scores = [
        ["Mathematics", f"GSM8K {ESCAPE}", f"note {ESCAPE}", f"12{ESCAPE}%"],
        ["Mathematics", "MATH", f"Accuracy {ESCAPE}", "60.0%"],
    ]
    house.write(
        "[red]name\x1b[31m.txt", name=f"Robin {ESCAPE} 1", organization="Acme", description="word " * 2000,
        family=f"F {ESCAPE}", input=f"$9 {ESCAPE}", scores=scores, more=[[f"[link=http://x]unknown {ESCAPE}", "line"]],
    )  # fmt: skip
    house.done = house.cli("run", house.pages)
    return house


def _harmless(text: str) -> bool:
    return not any(c in text for c in "\x1b\x07\x9b\u202e\r\x08")


def test_the_summary_holds_no_codes_of_a_page(hostile: Any) -> None:
    assert hostile.done.returncode == 0
    assert _harmless(hostile.done.stdout + hostile.done.stderr)


@pytest.mark.parametrize("table", ["scores", "claims", "quarantine", "captures"])
def test_a_table_holds_no_codes_of_a_page_and_its_markup_is_text(hostile: Any, table: str) -> None:
    done = hostile.cli("sql", f"SELECT * FROM {table}")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 1
    assert _harmless(done.stdout)


def test_markup_of_a_page_is_shown_as_it_stands(hostile: Any) -> None:
    shown = hostile.cli("sql", "SELECT '[bold]x[/bold] [link=http://x]y' AS \"[red]column\"").stdout
    assert "[bold]x[/bold] [link=http://x]y" in shown
    assert "[red]column" in shown


def test_codes_that_a_value_holds_all_the_same_are_shown_as_text(hostile: Any) -> None:
    done = hostile.cli("sql", "SELECT chr(27) || '[31m' || chr(7) || chr(155) || chr(8238) AS a, [chr(27)] AS b")
    assert _harmless(done.stdout)
    assert "\\x1b[31m\\x07\\x9b\\u202e" in done.stdout


def test_errors_hold_no_codes(hostile: Any) -> None:
    for arguments in (["run", f"no{ESCAPE}where"], ["sql", f"SELECT {ESCAPE}"], ["run", "--captured-at", ESCAPE]):
        done = hostile.cli(*arguments)
        assert done.returncode in (1, 2)
        assert _harmless(done.stdout + done.stderr)


def test_a_terminal_gets_a_bar_and_no_codes_of_a_page(hostile: Any) -> None:
    """A real terminal: what comes from pages stays text, whatever the bar itself draws."""
    hostile.write("second.txt", name=f"Robin {ESCAPE} 2")
    shown = _on_a_terminal(hostile, "run", hostile.pages)
    assert "pages" in shown
    assert "\x1b]0;taken" not in shown
    assert "\x1b[31m[bold]" not in shown
    shown = _on_a_terminal(hostile, "sql", "SELECT name, family FROM models")
    assert "\x1b]0;taken" not in shown
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown


def _on_a_terminal(house: Any, *arguments: object) -> str:
    controller, terminal = pty.openpty()
    options = house.process_options() | {"stdout": terminal, "stderr": terminal, "stdin": terminal}
    options["env"] |= {"TERM": "xterm-256color", "COLUMNS": "100"}
    code = "from ingest.cli import main; main()"
    process = subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], **options)
    os.close(terminal)
    shown = b""
    while True:
        try:
            piece = os.read(controller, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(controller)
    assert process.wait(300) == 0
    return shown.decode()


def test_a_variable_that_is_no_setting_is_named_with_the_one_that_it_may_mean(house: Any) -> None:
    house.write()
    env = house.process_options()["env"] | {"INGEST_WAREHOSE": "other.duckdb", "INGEST_ENTIRELY_ELSE": "1"}
    done = house.cli("run", house.pages, env=env)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "The variable INGEST_ENTIRELY_ELSE is no setting and has no effect.",
        "The variable INGEST_WAREHOSE is no setting and has no effect. Is INGEST_WAREHOUSE meant?",
    ]
