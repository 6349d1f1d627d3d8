"""Reviewed YAML beside the code, read once and fast."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(path: Path) -> Any:
    """The content of a YAML file of the package."""
    return yaml.load(path.read_bytes(), Loader=_LOADER)
