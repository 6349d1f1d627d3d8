"""One Prefect server for the tests of this folder, and a house with sample pages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from real_server import Server, free_port, quiet, wait_for

SAMPLE_PAGES = Path(__file__).parents[2] / "raw" / "pages"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests of this folder: its start takes longer than they do."""
    home, port = tmp_path_factory.mktemp("prefect"), free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")} | quiet(home)
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, text=True)
    url = f"http://127.0.0.1:{port}/api"
    try:
        with httpx.Client(base_url=url, timeout=10, trust_env=False) as client:
            found = Server(url, home, client)
            wait_for(found.is_healthy, 120, process)
            yield found
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def sampled(house: Any) -> Any:
    """A house with a few of the sample pages where ``ingest run`` and the flow look for them."""
    folder = house.raw / "pages"
    folder.mkdir(parents=True)
    for page in sorted(SAMPLE_PAGES.iterdir())[:5]:
        shutil.copy(page, folder)
    return house
