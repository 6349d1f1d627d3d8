"""What flows noted as wrong beside the warehouse, for whoever asks without Prefect."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from ingest.publish import beside


def file_of_problems(warehouse: Path) -> Path:
    """The file beside a warehouse in which flows keep what they told."""
    return beside(warehouse, "alerts.json")


def open_problems(warehouse: Path) -> dict[str, dict[str, Any]]:
    """What flows found wrong and is not well yet: by source or input, its title, since when, why, what was advised."""
    with suppress(OSError, ValueError, KeyError):
        return dict(json.loads(file_of_problems(warehouse).read_text("utf-8"))["open"])
    return {}
