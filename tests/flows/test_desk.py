"""After a run the site and the release are made again where settings name their folders, and leave artifacts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

RUN = "from ingest_flows.ingest_pages import ingest_pages; ingest_pages()"


def _run(house: Any, server: Any, **environment: str) -> subprocess.CompletedProcess[str]:
    options = house.process_options()
    options["env"] |= {**server.environment, **environment}
    return subprocess.run([sys.executable, "-c", RUN], **options, timeout=120, check=False)


def test_the_site_and_the_release_are_made_again_after_a_run(sampled: Any, server: Any) -> None:
    folders = {"INGEST_SITE": str(sampled.root / "site"), "INGEST_EXPORT": str(sampled.root / "release")}
    done = _run(sampled, server, **folders, INGEST_SITE_ADDRESS="https://models.example/")
    assert done.returncode == 0, done.stderr
    assert (sampled.root / "site" / "index.html").is_file()
    first = json.loads((sampled.root / "release" / "datapackage.json").read_bytes())
    (run_id,) = sampled.values("SELECT flow_run_id FROM runs")
    left = server.ask("/artifacts/filter", flow_runs={"id": {"any_": [run_id]}})
    said = {artifact["key"]: artifact["data"] for artifact in left if artifact["key"]}
    assert "https://models.example/" in said["site"]
    assert said["changes-picture"].startswith("data:image/png;base64,")
    assert "release/README.md" in said["export"]

    sampled.write("../raw/pages/new.txt", name="Wren 2")
    assert _run(sampled, server, **folders).returncode == 0
    second = json.loads((sampled.root / "release" / "datapackage.json").read_bytes())
    assert second["version"] != first["version"]
    assert list((sampled.root / "site" / "models").glob("acme*--wren-2.html"))


def test_a_folder_of_something_else_is_left_alone_and_the_run_stays_published(sampled: Any, server: Any) -> None:
    mine = Path(sampled.root / "mine")
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    done = _run(sampled, server, INGEST_SITE=str(mine))
    assert done.returncode == 0, done.stderr
    assert "holds other files" in done.stdout + done.stderr
    assert [path.name for path in mine.iterdir()] == ["notes.txt"]
    assert sampled.values("SELECT count(*) FROM models") == [5]
