"""Where ``ingest serve`` keeps what belongs to one project, and who runs it now."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path


def prefect_home() -> Path:
    """Where Prefect keeps its data: ``PREFECT_HOME``, or ``~/.prefect``."""
    return Path(os.environ.get("PREFECT_HOME") or Path.home() / ".prefect")


def folder_of(home: Path, warehouse: Path) -> Path:
    """Where Prefect keeps the data of the project with that warehouse: below ``PREFECT_HOME``, apart from all others.

    The name begins with that of the folder that holds the project.
    """
    real = Path(os.path.realpath(warehouse))
    project = next((part for part in reversed(real.parent.parts[1:]) if part != "warehouse"), "project")
    return home / "ingest" / f"{project}-{sha256(str(real).encode()).hexdigest()[:8]}"


def read_record(folder: Path) -> dict[str, int]:
    """Who runs the server of a folder: ``serve_pid``, ``server_pid``, ``port``; empty where nobody does."""
    try:
        return dict(json.loads((folder / "server.json").read_text("utf-8")))
    except (OSError, ValueError):
        return {}
