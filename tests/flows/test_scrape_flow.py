"""The scraping flow fetches in tasks, keeps to the limit of a host across them, and reads what has come."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from ingest.capture.archive import Archive

sys.path.insert(0, str(Path(__file__).parents[1] / "fetch"))
from fetching import assert_at_most
from server import Answer, page
from server import Server as Web

RUN = "from ingest_flows.scrape_pages import scrape_pages; scrape_pages(urls={urls!r}, batch_pages={batch})"


def _start(house: Any, server: Any, web: Web, code: str, **more: str) -> subprocess.Popen[str]:
    options = house.process_options() | {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    options.pop("capture_output", None)
    options["env"] |= {**server.environment, "INGEST_FETCH_ALLOW_HOSTS": web.host, **more}
    return subprocess.Popen([sys.executable, "-c", code], **options)


def test_the_flow_fetches_in_batches_and_reads_what_came(sampled: Any, server: Any) -> None:
    with Web() as web:
        for path in sorted((sampled.raw / "pages").iterdir()):
            kind = "text/html" if path.suffix == ".html" else "text/plain"
            web.routes[f"/{path.name}"] = Answer(path.read_bytes(), media_type=kind)
            path.unlink()
        urls = [f"{web.url}/{name.strip('/')}" for name in web.routes] + [f"{web.url}/login"]
        web.routes["/login"] = Answer(b"<form><input type=password>")
        process = _start(sampled, server, web, RUN.format(urls=urls, batch=2), INGEST_FETCH_RATE="0")
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output
    assert sampled.values("SELECT count(*) FROM models") == [5]
    assert "login_page 1" in output
    of_crawl = [run for run in server.ask("/flow_runs/filter") if run["name"].startswith("scrape ")]
    assert any(re.fullmatch(r"scrape \S+ and 5 more \d{4}-\d\d-\d\dT\d\d:\d\d", run["name"]) for run in of_crawl)
    names = [run["name"] for run in server.ask("/task_runs/filter")]
    assert sum(name.startswith("fetch 2 from ") for name in names) == 3


def test_a_cancelled_flow_keeps_to_the_limit_stops_fetching_and_goes_on_later(sampled: Any, server: Any) -> None:
    with Web() as web:
        web.fallback = lambda request: page(request.path)
        urls = [f"{web.url}/{each}" for each in range(60)]
        code = RUN.format(urls=urls, batch=10)
        process = _start(sampled, server, web, code, INGEST_FETCH_RATE="10")
        until = time.monotonic() + 300
        while len(web.paths()) < 24 and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=300)
        assert process.returncode != 0, output
        asked = len(web.paths())
        time.sleep(0.5)
        assert len(web.paths()) == asked < 60
        assert_at_most(10, [request.at for request in web.requests])
        process = _start(sampled, server, web, code, INGEST_FETCH_RATE="0")
        output, _ = process.communicate(timeout=300)
        assert "Nothing was published, since every input was rejected" in output, "they are no pages of models"
        assert "Going on with the crawl" in output
    records = [record for record in Archive(sampled.raw).records() if record.http_status is not None]
    kept = [record.location for record in records if "not_data" not in record.extra]
    assert Counter(kept) == Counter(urls)
