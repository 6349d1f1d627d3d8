"""Reads the reviewed YAML files of this folder, once each, when they are first needed."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from ingest.errors import IngestError
from ingest.knowledge import FOLDER
from ingest.knowledge import read_yaml as _read

DECISIONS_VARIABLE = "INGEST_NAMES_DATA"
"""Environment variable with a file of the user's own decisions, read beside the project's ``decisions.yaml``."""


@cache
def read_yaml(name: str) -> Any:
    """Content of ``name`` in this folder. The C loader is about ten times as fast as the other one."""
    return _read(FOLDER / "names" / name)


def decision_files() -> list[Path]:
    """Files of reviewed decisions that exist: the project's, then the user's own."""
    paths = [FOLDER / "names/decisions.yaml"]
    if own := os.environ.get(DECISIONS_VARIABLE):
        paths.append(Path(own))
    return [path for path in paths if path.is_file()]


def decisions(kind: str) -> list[dict[str, Any]]:
    """Decisions about names of ``kind`` ('benchmarks' or 'models'): maps with ``name``, a decision and a ``reason``.

    Raises :class:`ingest.IngestError` for a file that holds anything else, since a decision must not be overlooked.
    """
    found: list[dict[str, Any]] = []
    for path in decision_files():
        content = _read(path) or {}
        rows = content.get(kind) or [] if isinstance(content, dict) else None
        if not isinstance(rows, list):
            raise IngestError(f"{path} is not laid out as a file of decisions: '{kind}:' with a list of them")
        for row in rows:
            is_named = isinstance(row, dict) and isinstance(row.get("name"), str | int | float)
            if not is_named or not row["name"] or not row.get("reason"):
                raise IngestError(f"{path}: each decision needs a name and a reason, found {row!r}")
            found.append(row)
    return found
