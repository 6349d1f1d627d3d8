"""A server that misbehaves, and settings that may reach it and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fetching import fetch_one, quick
from server import Server

from ingest.capture.fetch.outcome import Response
from ingest.capture.fetch.policy import Policy
from ingest.settings import Settings


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, server: Server) -> Settings:
    """Settings without a limit and without patience, for the server alone."""
    return quick(tmp_path / "raw", server)


@pytest.fixture
def get(server: Server) -> Callable[..., Response]:
    """Fetch one path of the server with the bare client."""

    def one(path: str, **policy: Any) -> Response:
        url = path if "://" in path else server.url + path
        allow = frozenset({("127.0.0.1", server.port)})
        defaults: dict[str, Any] = {"allow": allow, "contact": "test@example.org"}
        return fetch_one(url, Policy(**{**defaults, **policy}))

    return one
