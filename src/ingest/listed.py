"""Whether any source lists pages to fetch, told without loading the readers of the sources: most runs fetch nothing."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from pathlib import Path

from ingest.records.document import SOURCE_ENTRY_POINTS

_FINDS = re.compile(r"(?m)^find:")
_IS_OFF = re.compile(r"(?m)^enabled:[ \t]*(?:false|no|off)\b")


def may_list_pages(also: str = "") -> bool:
    """False only where no source that is switched on can have pages to fetch.

    ``also`` names further sources, as the setting ``sources`` does. Sources of other packages may always have some.
    """
    if also.strip():
        return True
    for path in (Path(__file__).parent / "sources").glob("*/source.yaml"):
        said = path.read_text("utf-8")
        if _FINDS.search(said) and not _IS_OFF.search(said):
            return True
    return any(
        not point.value.startswith(f"{SOURCE_ENTRY_POINTS}.") for point in entry_points(group=SOURCE_ENTRY_POINTS)
    )
