"""A project whose surroundings misbehave on command: a source on the web, files, `ingest serve`, a webhook."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

TESTS = Path(__file__).parents[2]
sys.path += [str(TESTS), str(TESTS / "fetch"), str(TESTS / "flows")]

from conftest import INGEST, page_text  # noqa: E402
from hook import Hook  # noqa: E402
from postgres import Postgres  # noqa: E402
from real_server import free_port  # noqa: E402
from server import Answer, Server  # noqa: E402

from ingest.report.opened import opened  # noqa: E402
from ingest.served import folder_of  # noqa: E402

SOURCE = "north"
MODELS = 12

_SETTINGS = """name: north
title: North
what: A list of models that changes with every round.
reader: "1"
format: json
home: https://models.test
find:
  urls: ["{address}"]
licence: CC0
attribution: nobody
scope: document
trust: aggregator
enabled: true
schedule: "* * * * * {seconds}"
freshness_days: 14
floors:
  models: 0.8
  fields: 0.5
records:
  format: json
  at: /models
  holds: ['"source": "north"']
  provider: north
"""

_FIELDS = """fields:
  id: {entry: id, always: true}
  name: {entry: name, always: true}
  context: {states: context_tokens, as: count}
  input_price: {price: input, per: million_tokens}
  output_price: {price: output, per: million_tokens}
  ../source: {unused: whose file it is}
"""

_POLL_SECONDS = 0.7
"""The machine is to do the runs, and not to be asked about them."""

FINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


class NothingCameError(Exception):
    """Something that was waited for did not happen in time."""


def wait_for(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """What ``condition`` gives as soon as that is something. Raises :class:`NothingCameError`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(_POLL_SECONDS)
    raise NothingCameError(f"{what} did not come within {seconds:g} seconds")


def feed(number: int, models: int = MODELS) -> bytes:
    """The list of the source in a round: the prices tell the rounds apart."""
    listed = [
        {"id": f"heron-{n}", "name": f"Heron {n}", "context": 128000, "input_price": 1 + number / 100,
         "output_price": 4 + number / 100}
        for n in range(1, models + 1)
    ]  # fmt: skip
    return json.dumps({"source": SOURCE, "models": listed}).encode()


def page(number: int, name: str = "Sparrow 2") -> str:
    """The page of a model in a round."""
    return page_text(name=name, input=f"${1 + number / 100:.2f}")


@dataclass
class Project:
    """A project in ``root``. ``period`` is the number of seconds between two runs of one flow."""

    root: Path
    period: int
    web: Server
    hook: Hook
    port: int = 0
    clock: dict[str, str] = field(default_factory=dict)
    """Variables that change the clock of what is started from now on."""
    clock_shown_again: list[tuple[datetime, datetime]] = field(default_factory=list)
    """Spans of time that the clock showed twice, since it was turned back."""
    postgres: Postgres | None = None
    """Where Prefect has its data instead of SQLite."""
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    @property
    def raw(self) -> Path:
        return self.root / "raw"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse" / "models.duckdb"

    @property
    def pages(self) -> Path:
        return self.raw / "pages"

    @property
    def site(self) -> Path:
        """Where the package of the source is installed."""
        return self.root.parent / "site"

    @property
    def prefect(self) -> Path:
        """Where Prefect keeps its data: outside of what the warehouse's disk holds."""
        return self.root.parent / "prefect"

    @property
    def folder_of_server(self) -> Path:
        """Where Prefect's server of the project keeps its data."""
        return folder_of(self.prefect, self.warehouse)

    def set_up(self) -> None:
        """Write the source and its package, and the first round."""
        self.pages.mkdir(parents=True)
        self.port = free_port()
        package = self.site / SOURCE
        package.mkdir(parents=True)
        seconds = ",".join(str(second) for second in range(self.period // 2, 60, self.period))
        address = f"{self.web.url}/models.json"
        (package / "source.yaml").write_text(_SETTINGS.format(address=address, seconds=seconds))
        (package / "fields.yaml").write_text(_FIELDS)
        (package / "__init__.py").write_text('"""North."""\n')
        info = self.site / f"{SOURCE}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {SOURCE}\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[ingest.sources]\n{SOURCE} = {SOURCE}\n")
        self.give(0)

    def give(self, number: int) -> None:
        """Let the source and the pages say what they say in a round."""
        self.web.routes["/models.json"] = Answer(feed(number), media_type="application/json")
        for name in ("Sparrow", "Finch"):
            unfinished = self.root / "page.new"
            unfinished.write_text(page(number, f"{name} 2"))
            unfinished.replace(self.pages / f"{name.lower()}.txt")

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("INGEST_", "PREFECT_")) and "proxy" not in k}
        if self.postgres is not None:
            kept["PREFECT_API_DATABASE_CONNECTION_URL"] = self.postgres.url
        return kept | self.clock | {
            "PYTHONPATH": str(self.site), "PREFECT_HOME": str(self.prefect), "PREFECT_RUNNER_POLL_FREQUENCY": "1",
            # runs of two minutes are planned ahead: a hundred of each schedule would keep the server busy
            "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS": str(120 // self.period),
            "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "20",
            "INGEST_ALERT_TO": self.hook.url, "INGEST_FETCH_ALLOW_HOSTS": self.web.host, "INGEST_FETCH_RATE": "0",
            "INGEST_FETCH_ATTEMPTS": "2", "INGEST_FETCH_BACKOFF_SECONDS": "0.1", "INGEST_FETCH_READ_SECONDS": "2",
            "INGEST_FETCH_PAGE_SECONDS": "4", "INGEST_FETCH_LONGEST_WAIT_SECONDS": "1",
            "INGEST_LOCK_WAIT_SECONDS": "3", "INGEST_WORKERS": "1",
        }  # fmt: skip

    @property
    def log(self) -> Path:
        """What `ingest serve` says, over all its starts."""
        return self.root.parent / "serve.log"

    def launch(self) -> None:
        """Start `ingest serve` and do not wait for it."""
        self.starts += 1
        seconds = ",".join(str(second) for second in range(0, 60, self.period))
        with self.log.open("ab") as output:
            output.write(f"--- start {self.starts} at {datetime.now(UTC):%H:%M:%S}\n".encode())
            output.flush()
            self.process = subprocess.Popen(
                [*INGEST, "serve", "--port", str(self.port), "--cron", f"* * * * * {seconds}"],
                cwd=self.root, env=self.environment, stdout=output, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def start(self) -> None:
        """Start `ingest serve` and wait until it serves."""
        before = self.log.read_bytes().count(b"Ctrl-C ends this") if self.log.exists() else 0
        self.launch()
        wait_for(
            lambda: self.log.read_bytes().count(b"Ctrl-C ends this") > before or self._ended(), 240, "ingest serve"
        )

    def _ended(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise NothingCameError(f"ingest serve ended with status {self.process.returncode}")
        return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End `ingest serve` by a signal, and wait for its end. Gives its exit status."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.ended()

    def ended(self, seconds: float = 180) -> int:
        """Wait until `ingest serve` has ended. Gives its exit status."""
        assert self.process is not None
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise NothingCameError(f"`ingest serve` did not end within {seconds:g} seconds") from None

    def processes(self) -> dict[int, str]:
        """The processes below `ingest serve` that are alive, with their commands."""
        assert self.process is not None
        listed = subprocess.run(["ps", "-Ao", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True)
        rows = [line.split(None, 3) for line in listed.stdout.splitlines()]
        children: dict[int, list[tuple[int, str]]] = {}
        for pid, parent, state, *command in rows:
            if not state.startswith("Z"):
                children.setdefault(int(parent), []).append((int(pid), " ".join(command)))
        found: dict[int, str] = {}
        left = [self.process.pid]
        while left:
            for pid, command in children.get(left.pop(), []):
                found[pid] = command
                left.append(pid)
        return found

    def server_pid(self) -> int:
        """The process of Prefect's server."""
        return next(pid for pid, command in self.processes().items() if "ingest_flows.server" in command)

    def engine_pid(self, seconds: float = 240) -> int:
        """The process of a run that begins now: one that is there already may be over and about to end."""

        def engines() -> set[int]:
            return {pid for pid, command in self.processes().items() if "prefect.engine" in command}

        before = engines()
        return int(wait_for(lambda: next(iter(engines() - before), None), seconds, "a run"))

    # what Prefect and the warehouse say

    def ask(self, path: str, **body: Any) -> Any:
        """POST to Prefect's API; None where it does not answer."""
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{self.port}/api", timeout=10, trust_env=False) as client:
                answer = client.post(path, json=body)
        except httpx.HTTPError:
            return None
        return answer.json() if answer.is_success else None

    def runs(self, **more: Any) -> list[dict[str, Any]]:
        """All flow runs, the newest first."""
        found: list[dict[str, Any]] = []
        while True:
            some = self.ask("/flow_runs/filter", sort="EXPECTED_START_TIME_DESC", offset=len(found), limit=200, **more)
            if some is None:
                return []
            found += some
            if len(some) < 200:
                return found

    def deployments(self) -> dict[str, str]:
        """The ids of the deployments by name."""
        return {each["name"]: each["id"] for each in self.ask("/deployments/filter") or []}

    def made(self, since: datetime) -> Iterator[dict[str, Any]]:
        """The runs that began after a time and are over."""
        over = {"state": {"type": {"any_": list(FINAL)}}, "start_time": {"after_": since.isoformat()}}
        return (run for run in self.runs(flow_runs=over) if run["state_name"] != "Skipped")

    def wait_for_runs(self, names: tuple[str, ...] = ("north", "scheduled"), seconds: float = 300) -> list[str]:
        """Wait until each deployment has made a run that began after now. Gives the names of their states."""
        since = datetime.now(UTC)

        ids: dict[str, str] = {}

        def over() -> list[str] | None:
            ids.update(self.deployments() if len(ids) < len(names) else {})
            found = {run["deployment_id"]: run["state_name"] for run in self.made(since)}
            return [found[ids[name]] for name in names] if all(ids.get(name) in found for name in names) else None

        return list(wait_for(over, seconds, f"a run of {' and '.join(names)}"))

    def published(self) -> dict[str, float]:
        """The prices that are published: of the source, of its page, and of a page that no fault touches."""
        with opened(self.warehouse) as connection:
            rows = connection.execute(
                "SELECT regexp_extract(model_id, '(heron-1|sparrow-2|finch-2)$', 1) AS name, usd_per_million_tokens "
                "FROM prices WHERE kind = 'input' AND name <> ''"
            ).fetchall()
        return {str(name): float(price) for name, price in rows}

    def remove(self) -> None:
        """End what is left, and delete everything."""
        if self.process is not None and self.process.poll() is None:
            self.stop(signal.SIGKILL)
        shutil.rmtree(self.root.parent, ignore_errors=True)
