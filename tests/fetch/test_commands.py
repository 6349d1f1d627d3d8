from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from fetching import data, quick
from server import Answer, Server, page
from typer.testing import CliRunner

from ingest.cli.fetch import fetch
from ingest.cli.options import age
from ingest.cli.raw import raw_app

RUNNER = CliRunner()
app = typer.Typer()
app.command("fetch")(fetch)
app.add_typer(raw_app, name="raw")


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch, server: Server, tmp_path: Path) -> Path:
    """The surroundings of a command: a folder of its own, and a server that it may reach."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INGEST_FETCH_ALLOW_HOSTS", server.host)
    monkeypatch.setenv("INGEST_FETCH_ATTEMPTS", "1")
    return tmp_path


def test_fetch_reports_in_plain_lines_and_as_json(server: Server, quiet: Path) -> None:
    server.routes |= {"/a": page("a"), "/login": Answer(b"<input type=password>")}
    urls = [f"{server.url}/a", f"{server.url}/login", f"{server.url}/gone"]
    result = RUNNER.invoke(app, ["fetch", *urls, "--rate", "0"])
    assert result.exit_code == 0, result.output
    for line in ("3 found", "no data    1 (login_page 1)", "failed     1 (http_404 1)", f"{server.url}/gone  http_404"):
        assert line in result.output
    report = json.loads(RUNNER.invoke(app, ["fetch", *urls, "--rate", "0", "--json"]).stdout)
    assert (report["found"], report["fetched"], report["unchanged"]) == (3, 2, 1)
    assert report["failures"] == [{"url": urls[2], "reason": "http_404", "detail": ""}]


def test_dry_run_lists_the_pages(server: Server, quiet: Path) -> None:
    result = RUNNER.invoke(app, ["fetch", f"{server.url}/a", f"{server.url}/b", "--dry-run", "--only", "*/a"])
    assert result.output.splitlines() == ["1 of 1 pages would be fetched", f"{server.url}/a"]
    assert server.requests == []


def test_text_of_a_site_steers_no_terminal(server: Server, quiet: Path) -> None:
    server.routes["/a"] = Answer(status=302, headers={"Location": "\x1b[31mred://x"})
    result = RUNNER.invoke(app, ["fetch", f"{server.url}/a", "--rate", "0"])
    assert result.exit_code == 1
    assert "\x1b" not in result.output


def test_raw_export_writes_a_warc(server: Server, quiet: Path) -> None:
    server.routes |= {"/a": page("a"), "/b": page("b")}
    RUNNER.invoke(app, ["fetch", f"{server.url}/a", f"{server.url}/b", "--rate", "0"])
    result = RUNNER.invoke(app, ["raw", "export", "--warc", "out.warc.gz", "--only", "*/a"])
    assert result.output.startswith("1 responses, 0 unchanged, in out.warc.gz")
    assert (quiet / "out.warc.gz").stat().st_size > 100


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1.5h", 5400), ("7d", 604_800), ("2w", 1_209_600)])
def test_ages_have_units(text: str, seconds: int) -> None:
    length = age(text)
    assert length is not None
    assert length.total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "7", "d", "soon", "1y", "1e999d"])
def test_other_ages_are_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        age(text)


def test_a_signal_ends_a_crawl_in_order(server: Server, tmp_path: Path) -> None:
    server.fallback = lambda request: page(request.path)
    urls = [f"{server.url}/{number}" for number in range(200)]
    code = "import sys, typer; from ingest.cli.fetch import fetch; typer.run(fetch)"
    environment = {**os.environ, "INGEST_FETCH_ALLOW_HOSTS": server.host, "INGEST_FETCH_RATE": "50"}
    process = subprocess.Popen(
        [sys.executable, "-c", code, *urls, "--raw", str(tmp_path)],
        env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while len(server.paths()) < 20:
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 130, errors
    assert "the next run goes on from here" in output
    assert 15 <= len(data(quick(tmp_path, server))) < 200
