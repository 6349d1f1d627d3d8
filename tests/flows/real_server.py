"""A real Prefect server, asked over its REST API, and what tests need to start and await processes."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

_LONGEST_SECONDS = 300
"""How long anything is waited for: a machine that is busy elsewhere is slow."""


@dataclass
class Server:
    """A Prefect server on this machine."""

    url: str
    home: Path
    client: httpx.Client

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to use it."""
        return {**quiet(self.home), "PREFECT_API_URL": self.url}

    def ask(self, path: str, **body: Any) -> Any:
        """POST to the API."""
        for _ in range(20):
            answer = self.client.post(path, json=body)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:  # a busy database: Prefect's client waits too
                break
            time.sleep(0.5)
        return answer.raise_for_status().json()

    def flow_run(self, flow_run_id: str) -> dict[str, Any]:
        """One flow run."""
        return dict(self.client.get(f"/flow_runs/{flow_run_id}").raise_for_status().json())

    def flow_runs(self, **filters: Any) -> list[dict[str, Any]]:
        """Flow runs, the newest first."""
        return list(self.ask("/flow_runs/filter", sort="START_TIME_DESC", flow_runs=filters or None))

    def is_healthy(self) -> bool:
        """Whether it answers."""
        try:
            return self.client.get("/health").is_success
        except httpx.HTTPError:
            return False


def quiet(home: Path) -> dict[str, str]:
    """The environment of a Prefect that keeps its data in ``home``, looks for work often, and plans few runs ahead.

    Tests have schedules of seconds, for which it would plan and keep a hundred runs each.
    """
    return {
        "PREFECT_HOME": str(home),
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS": "12",
        "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], Any], process: subprocess.Popen[str] | None = None) -> Any:
    """What ``condition`` gives, as soon as that is something; fails after a while or when the process ends."""
    until = time.monotonic() + _LONGEST_SECONDS
    while time.monotonic() < until:
        if found := condition():
            return found
        if process is not None and process.poll() is not None:
            pytest.fail(f"the process ended with status {process.returncode}")
        time.sleep(0.2)
    pytest.fail(f"nothing came within {_LONGEST_SECONDS} seconds")
