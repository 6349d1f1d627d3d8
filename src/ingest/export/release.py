"""What a release is: its version, its sources, and the release before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.errors import IngestError

MANIFEST = "datapackage.json"
"""The file that marks a folder as a release."""

NAME = "language-models"
TITLE = "Language models: facts, scores and prices"
DESCRIPTION = (
    "Language models with what their sources state of them: limits, dates, licences, benchmark results with their "
    "conditions, and prices. Every value names its source, the capture and the place in it."
)
_PROFILE = "ingest_release"
"""The part of the manifest that only this program reads."""


@dataclass(frozen=True, slots=True)
class SourceOfRelease:
    """A source of the values of a release: whom to name, and under which licence its data stands."""

    source: str
    title: str
    home: str | None
    licence: str | None
    attribution: str | None

    @property
    def to_name(self) -> str:
        """The one to name; the title of a source without a home, whose pages have many authors."""
        return self.attribution if self.attribution and self.home else self.title


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier release of the same folder: its version, when its warehouse was made, and its rows by table."""

    version: str
    made_at: datetime
    rows: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """As it is kept in the manifest of the next release."""
        return {"version": self.version, "made_at": self.made_at.isoformat(), "rows": self.rows}


@dataclass(frozen=True, slots=True)
class Release:
    """A state of the warehouse: ``made_at`` is the end of its last run, in UTC, and ``run_id`` names that run.

    ``changes`` counts what changed since the ``earlier`` release, by table and kind.
    """

    made_at: datetime
    run_id: str
    sources: tuple[SourceOfRelease, ...]
    earlier: Earlier | None
    changes: tuple[tuple[str, str, int], ...]

    @property
    def version(self) -> str:
        """The day of the last run as a semantic version, with its time as build: 2026.3.25+060000."""
        at = self.made_at
        return f"{at.year}.{at.month}.{at.day}+{at:%H%M%S}"


def release_of(connection: Any, earlier: dict[str, Any] | None) -> Release:
    """The release of a warehouse. ``earlier`` is the manifest of the release that it replaces.

    Raises :class:`IngestError` for a warehouse in which no run has succeeded.
    """
    last = connection.execute(
        "SELECT run_id, finished_at FROM runs WHERE status = 'succeeded' ORDER BY rowid DESC LIMIT 1"
    ).fetchone()
    if last is None:
        raise IngestError("The warehouse holds no run that succeeded. Run `ingest run` first.")
    rows = connection.execute(
        "SELECT source, coalesce(title, source), home, licence, attribution FROM sources ORDER BY source"
    ).fetchall()
    before = _before(earlier, last[0])
    changes = connection.execute(_CHANGES, [before.made_at]).fetchall() if before else []
    return Release(last[1], last[0], tuple(SourceOfRelease(*row) for row in rows), before, tuple(changes))


_CHANGES = """SELECT table_name, kind, count(*) FROM changes WHERE changed_at > ?
GROUP BY ALL ORDER BY table_name, kind"""


def earlier_release(folder: Path, name: str = MANIFEST) -> dict[str, Any] | None:
    """The manifest of the release in ``folder``, a file of that name; None if there is none that can be read."""
    try:
        manifest = json.loads((folder / name).read_bytes())
        return manifest if isinstance(manifest.get(_PROFILE), dict) else None
    except (OSError, ValueError, AttributeError):
        return None


def own_part(release: Release, rows: dict[str, int]) -> dict[str, Any]:
    """What the manifest keeps for the next release."""
    mine = {"run_id": release.run_id, "made_at": release.made_at.isoformat(), "rows": rows}
    return {_PROFILE: mine | ({"earlier": release.earlier.as_dict()} if release.earlier else {})}


def _before(manifest: dict[str, Any] | None, run_id: str) -> Earlier | None:
    """The release before this one. Made again of the same run, a release keeps what it was compared with."""
    try:
        if manifest is None:
            return None
        mine = manifest[_PROFILE]
        told = mine.get("earlier") if mine["run_id"] == run_id else mine | {"version": manifest["version"]}
        return told and Earlier(
            str(told["version"]), datetime.fromisoformat(told["made_at"]), {k: int(n) for k, n in told["rows"].items()}
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
