"""``python undisturbed.py RAW ROOT [SHA256 …]``: what undisturbed runs make of the captures of a project.

Each log of ``RAW`` is given to a run of its own in ``ROOT``, in the order in which they were written; with hashes, only
captures of these contents. Prints the digest of each public table as JSON.
"""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from ingest.load.digest import digest
from ingest.load.floors import FloorsError
from ingest.pipeline import run
from ingest.report.opened import opened
from ingest.settings import load_settings


def main(raw: Path, root: Path, only: frozenset[str]) -> None:
    """Replay and print."""
    settings = load_settings(raw=root / "raw", warehouse=root / "warehouse" / "models.duckdb", workers=1)
    logs = settings.raw / "captures" / "log"
    logs.mkdir(parents=True)
    shutil.copytree(raw / "captures" / "objects", settings.raw / "captures" / "objects")
    for log in sorted((raw / "captures" / "log").glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns):
        captures = [line for line in log.read_bytes().splitlines() if "sha256" in json.loads(line)]  # no verdicts
        lines = [line for line in captures if not only or json.loads(line)["sha256"] in only]
        if lines:
            (logs / log.name).write_bytes(b"\n".join(lines) + b"\n")
            with suppress(FloorsError):  # a run of its own meets the floors too
                run(settings, [])
    with opened(settings.warehouse) as connection:
        print(json.dumps(digest(connection)[1]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), frozenset(sys.argv[3:]))
