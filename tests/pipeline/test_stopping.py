"""Signals stop a command in order: one sentence, status 130, a record that ends, and nothing lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

PAGES = 240
"""Enough for several batches, in other processes."""


@pytest.fixture
def api() -> Iterator[Any]:
    """Something that answers as a Prefect API does, and notes the states that a run is given."""

    class Handler(BaseHTTPRequestHandler):
        states: list[str] = []  # noqa: RUF012
        begun = threading.Event()

        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if "state" in said:
                self.states.append(said["state"]["type"])
                self.begun.set()
            answer = b'{"id": "11111111-1111-1111-1111-111111111111"}'
            self.send_response(201)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,))
        thread.start()
        Handler.url = f"http://127.0.0.1:{listener.server_port}/api"  # type: ignore[attr-defined]
        yield Handler
        listener.shutdown()
        thread.join()


def _begin_with_signals() -> None:
    """As a process of a terminal begins: a shell's background job ignores Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def _stop_while_it_stores(process: subprocess.Popen[str], objects: Path, number: signal.Signals) -> tuple[str, str]:
    while sum(1 for _ in objects.glob("*/*.zst")) < 5:
        assert process.poll() is None, process.communicate()
    os.killpg(process.pid, number)  # a terminal and a service manager signal every process of a command
    return process.communicate(timeout=300)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_run_that_is_stopped_ends_its_record_and_the_next_goes_on(
    house: Any, api: Any, number: signal.Signals
) -> None:
    for page in range(PAGES):
        house.write(f"{page:03}.txt", name=f"Robin {page}")
    env = house.process_options()["env"] | {
        "PREFECT_API_URL": api.url, "INGEST_WORKERS": "2", "INGEST_BATCH_PAGES": "40",
    }  # fmt: skip
    process = house.start("run", house.pages, env=env, start_new_session=True, preexec_fn=_begin_with_signals)
    _, complained = _stop_while_it_stores(process, house.raw / "captures" / "objects", number)
    *slow_api, told = complained.splitlines()  # on a busy machine the record may not begin within its time
    assert (process.returncode, told) == (130, f"Stopped by {number.name}. What is published is whole.")
    assert api.states[-1:] == (["CANCELLED"] if not slow_api else [])
    stored = sum(1 for _ in (house.raw / "captures" / "objects").glob("*/*.zst"))
    logged = sum(len(log.read_bytes().splitlines()) for log in (house.raw / "captures" / "log").glob("*.jsonl"))
    assert stored - 1 <= logged <= stored < PAGES + 1  # what was just being stored is not logged
    assert logged > 0
    assert house.run().models == PAGES
    assert house.leftovers() == []


def test_a_query_that_is_stopped_leaves_no_trace(house: Any) -> None:
    house.write()
    house.run()
    query = "SELECT sum(a.range * b.range) FROM range(3000000) AS a, range(300000) AS b"
    process = house.start("sql", query, start_new_session=True, preexec_fn=_begin_with_signals)
    stat = Path(f"/proc/{process.pid}/stat")
    while int(stat.read_text().rpartition(") ")[2].split()[11]) < os.sysconf("SC_CLK_TCK"):
        assert process.poll() is None, process.communicate()  # it works on the query after a second of its time
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=300)
    assert (process.returncode, said, complained) == (130, "", "Stopped by SIGINT. What is published is whole.\n")
