"""A chart of the site as a picture, for places that show no pages."""

from __future__ import annotations

import json
from pathlib import Path

from ingest.errors import IngestError
from ingest.report.changes import as_records, changes
from ingest.site import picture
from ingest.site.render import MISSING

_WIDTH = 640
"""Pixels of the drawing, without its labels."""


def changes_as_png(warehouse: Path, run_id: str | None = None) -> bytes | None:
    """What a run changed, by default the last one: prices that changed the most, else how much changed of each kind.

    Returns None where nothing changed. Raises :class:`IngestError` where the parts for pictures are not installed.
    """
    try:
        import vl_convert  # noqa: PLC0415  # an extra: a release is made without it
    except ModuleNotFoundError:
        raise IngestError(MISSING) from None
    told = picture.changes(as_records(changes(warehouse, run_id)))
    name, rows = ("moves", told["moves"]) if told["moves"] else ("counts", told["counts"])
    if not rows:
        return None
    spec = json.loads((Path(__file__).parent / "charts" / f"{name}.json").read_bytes())
    spec |= {"width": _WIDTH, "background": "white", "padding": 12, "data": {"values": rows}}
    spec["config"] = {"axis": {"labelLimit": 320}}
    drawn: bytes = vl_convert.vegalite_to_png(spec, vl_version=vl_convert.get_vegalite_versions()[-1])
    return drawn
