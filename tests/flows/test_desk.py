"""After a run the site and the release are made again where settings name their folders, and leave artifacts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

RUN = """
import json, os
from pathlib import Path
from ingest_flows.ingest_pages import ingest_pages

def version():
    return json.loads((Path(os.environ["INGEST_EXPORT"]) / "datapackage.json").read_bytes())["version"]

ingest_pages()
first = version()
Path("raw/pages/new.txt").write_text(Path("new.txt").read_text())
ingest_pages()
print("versions", first, version())
Path("raw/pages/new.txt").unlink()
os.environ["INGEST_SITE"] = "mine"
ingest_pages()
"""


def test_the_site_and_the_release_are_made_again_after_a_run(sampled: Any, server: Any) -> None:
    """At last the site has the folder of something else, which is left alone. One process does all three runs."""
    mine = Path(sampled.root / "mine")
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    (sampled.root / "new.txt").write_text(sampled.text(name="Wren 2"))
    options = sampled.process_options()
    options["env"] |= server.environment | {
        "INGEST_SITE": str(sampled.root / "site"), "INGEST_EXPORT": str(sampled.root / "release"),
        "INGEST_SITE_ADDRESS": "https://models.example/",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", RUN], **options, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    [(first, second)] = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("versions")]
    assert first != second
    assert (sampled.root / "site" / "index.html").is_file()
    assert list((sampled.root / "site" / "models").glob("acme*--wren-2.html"))
    run_id, *_ = sampled.values("SELECT flow_run_id FROM runs ORDER BY started_at")
    left = server.ask("/artifacts/filter", flow_runs={"id": {"any_": [run_id]}})
    said = {artifact["key"]: artifact["data"] for artifact in left if artifact["key"]}
    assert "https://models.example/" in said["site"]
    assert said["changes-picture"].startswith("data:image/png;base64,")
    assert "release/README.md" in said["export"]
    assert "holds other files" in done.stdout + done.stderr
    assert [path.name for path in mine.iterdir()] == ["notes.txt"]
    assert sampled.values("SELECT count(*) FROM runs WHERE status = 'failed'") == [0]
