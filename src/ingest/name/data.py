"""Reads the reviewed YAML files of this folder, once each, when they are first needed."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ingest.errors import IngestError

FOLDER = Path(__file__).parent
DECISIONS_VARIABLE = "INGEST_NAMES_DATA"
"""Environment variable with a file of the user's own decisions, read beside the project's ``decisions.yaml``."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def read_yaml(name: str) -> Any:
    """Content of ``name`` in this folder. The C loader is about ten times as fast as the other one."""
    return load(FOLDER / name)


def load(path: Path) -> Any:
    """Content of a YAML file; raises :class:`ingest.IngestError` where it cannot be read as YAML."""
    try:
        with path.open("rb") as file:
            return yaml.load(file, Loader=_LOADER)
    except (OSError, yaml.YAMLError) as error:
        raise IngestError(f"cannot read {path}: {error}") from error


def decision_files() -> list[Path]:
    """Files of reviewed decisions that exist: the project's, then the user's own."""
    paths = [FOLDER / "decisions.yaml"]
    if own := os.environ.get(DECISIONS_VARIABLE):
        paths.append(Path(own))
    return [path for path in paths if path.is_file()]


def decisions(kind: str) -> list[dict[str, Any]]:
    """Decisions about names of ``kind`` ('benchmarks' or 'models'): maps with ``name``, a decision and a ``reason``.

    Raises :class:`ingest.IngestError` for a file that holds anything else, since a decision must not be overlooked.
    """
    found: list[dict[str, Any]] = []
    for path in decision_files():
        content = load(path) or {}
        rows = content.get(kind) or [] if isinstance(content, dict) else None
        if not isinstance(rows, list):
            raise IngestError(f"{path} is not laid out as a file of decisions: '{kind}:' with a list of them")
        for row in rows:
            is_named = isinstance(row, dict) and isinstance(row.get("name"), str | int | float)
            if not is_named or not row["name"] or not row.get("reason"):
                raise IngestError(f"{path}: each decision needs a name and a reason, found {row!r}")
            found.append(row)
    return found
