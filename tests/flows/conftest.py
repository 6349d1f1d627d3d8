"""One Prefect server for the tests of this folder, and a house with sample pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from ingest_flows.server import OwnServer
from real_server import Server, quiet

SAMPLE_PAGES = Path(__file__).parents[2] / "raw" / "pages"


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests of this folder: its start takes longer than they do. It ends with the last of them."""
    home = tmp_path_factory.mktemp("prefect")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")} | quiet(home)
    process = OwnServer(home, 0, environment)
    try:
        process.begin()
        process.wait()
        with httpx.Client(base_url=process.url, timeout=90, trust_env=False) as client:
            yield Server(process.url, home, client)
    finally:
        process.end()


@pytest.fixture
def sampled(house: Any) -> Any:
    """A house with a few of the sample pages where ``ingest run`` and the flow look for them."""
    folder = house.raw / "pages"
    folder.mkdir(parents=True)
    for page in sorted(SAMPLE_PAGES.iterdir())[:5]:
        shutil.copy(page, folder)
    return house
