"""`ingest source try` of a URL: fetched as any page is, and nothing of it is kept."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import IngestError
from ingest.settings import Settings
from ingest.source_kit.trial import try_source
from ingest.sources import forget, sources, use

FIXTURES = Path(__file__).parent / "models_dev" / "fixtures"


@pytest.fixture
def served() -> Iterator[str]:
    with serving(FIXTURES) as place:
        yield place


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a server that gives the files of a folder."""
    handler = partial(SimpleHTTPRequestHandler, directory=folder.as_posix())
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _settings(folder: Path, place: str) -> Settings:
    return Settings(
        raw=folder / "raw",
        warehouse=folder / "models.duckdb",
        fetch_allow_hosts=place,
        fetch_contact="mailto:data@example.org",
        fetch_rate=0,
        fetch_attempts=1,
    )


def test_the_answer_of_a_url_is_read_like_a_file(served: str, tmp_path: Path) -> None:
    source = sources()["models-dev"]
    trial = try_source(source, f"http://{served}/api.json", _settings(tmp_path, served))
    assert trial.rejected is None
    assert trial.location == f"http://{served}/api.json"
    assert trial.entries == 4
    assert trial.changes is not None and trial.changes["prices added"] > 0
    assert not list(tmp_path.iterdir())


def test_a_project_that_only_fetches_a_source_needs_no_folder_of_pages(house: Any, tmp_path: Path) -> None:
    (tmp_path / "perches.csv").write_text("id,in\ngpt-4o,2.5\n")
    package = tmp_path / "perches"
    package.mkdir()
    (package / "fields.yaml").write_text(
        "fields: {id: {entry: id}, in: {price: input, per: million_tokens, always: true}}"
    )
    shutil.rmtree(house.raw, ignore_errors=True)
    with serving(tmp_path) as place:
        (package / "source.yaml").write_text(
            f"{{name: perches, enabled: false, find: {{urls: ['http://{place}/perches.csv']}},"
            " records: {format: csv, holds: ['id,in']}}"
        )
        use(package)
        fetching = {
            "INGEST_SOURCES": "perches",
            "INGEST_FETCH_ALLOW_HOSTS": place,
            "INGEST_FETCH_CONTACT": "mailto:data@example.org",
            "INGEST_FETCH_RATE": "0",
        }
        done = house.cli("run", env=house.process_options()["env"] | fetching)
        forget("perches")
    assert done.returncode == 0, done.stderr
    assert house.rows("SELECT source, amount FROM prices") == [("perches", 2.5)]


def test_a_url_that_gives_nothing_is_named_with_the_reason(served: str, tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="http_404"):
        try_source(sources()["models-dev"], f"http://{served}/no-such.json", _settings(tmp_path, served))
