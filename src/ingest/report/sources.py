"""The state of each source in a warehouse: last capture, rows, freshness, and how its models were named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.name import model_catalogue
from ingest.report.opened import opened
from ingest.settings import load_settings
from ingest.sources import sources, switched_off, switched_on

_ROWS = """
    SELECT source, max(captured_at) FILTER (status <> 'rejected') AS last,
        count(*) FILTER (status <> 'rejected') AS captures, count(*) FILTER (status = 'rejected') AS rejected
    FROM captures GROUP BY source"""

_COUNTS = """
    SELECT source, count(DISTINCT model_id), count(*) FROM (
        SELECT source, model_id FROM claims WHERE valid_to IS NULL AND superseded_at IS NULL
        UNION ALL SELECT source, model_id FROM scores UNION ALL SELECT source, model_id FROM prices)
    GROUP BY source"""

_MODELS = """
    SELECT DISTINCT source, model_id FROM (
        SELECT source, model_id FROM claims WHERE valid_to IS NULL AND superseded_at IS NULL
        UNION ALL SELECT source, model_id FROM scores UNION ALL SELECT source, model_id FROM prices)"""

_DOUBTS = """
    SELECT c.source, count(DISTINCT k.actual) FROM checks AS k JOIN captures AS c USING (capture_id)
    WHERE k.name = 'model_name' AND NOT k.passed GROUP BY c.source"""


def states(warehouse: Path, now: datetime | None = None) -> list[dict[str, Any]]:
    """One row for each source: ``state`` (on, off), last capture, captures, rejected, models, rows, freshness.

    ``freshness`` is ``fresh``, ``stale`` (the last capture is older than the source's ``freshness_days``) or
    ``never`` (nothing was captured). A source of another package that cannot be used has the state ``broken`` and says
    why in ``problem``.
    """
    now = now or datetime.now(UTC)
    on, off = switched_on(load_settings().sources), switched_off()
    captured = {source: (last and last.replace(tzinfo=UTC), *more) for source, last, *more in _read(warehouse, _ROWS)}
    counted = {row[0]: row[1:] for row in _read(warehouse, _COUNTS)}
    rows = []
    for name, source in sources().items():
        last, captures, rejected = captured.get(name, (None, 0, 0))
        models, count = counted.get(name, (0, 0))
        days = source.settings.get("freshness_days")
        rows.append(
            {
                "source": name,
                "state": "on" if name in on or source.settings.get("enabled") is not False else "off",
                "last capture": last.strftime("%Y-%m-%d %H:%M") if last else None,
                "freshness": freshness(last, days, now),
                "captures": captures,
                "rejected": rejected,
                "models": models,
                "rows": count,
                "reader": source.reader,
                "problem": None,
            }
        )
    broken = [dict.fromkeys(rows[0]) | {"source": name, "state": "broken", "problem": why} for name, why in off.items()]
    return rows + broken


def freshness(last: datetime | None, days: int | None, now: datetime) -> str:
    """``fresh``, ``stale`` or ``never``; a source without ``freshness_days`` is never stale."""
    if last is None:
        return "never"
    return "stale" if days is not None and now - last > timedelta(days=days) else "fresh"


def name_report(warehouse: Path) -> list[dict[str, Any]]:
    """One row for each source in the warehouse: how many models it has, how many of them the catalogue has, how many
    are new or doubtful, and how many another source has too."""
    known = model_catalogue()
    by_source: dict[str, set[str]] = {}
    for source, model_id in _read(warehouse, _MODELS):
        by_source.setdefault(source, set()).add(model_id)
    doubts = {row[0]: row[1] for row in _read(warehouse, _DOUBTS)}
    rows = []
    for source, models in sorted(by_source.items()):
        others = set().union(*(each for name, each in by_source.items() if name != source))
        matched = {
            m
            for m in models
            if m in known or any(m.startswith(f"{k}-") and known[k].snapshots for k in _above(m, known))
        }
        rows.append(
            {
                "source": source,
                "models": len(models),
                "matched": len(matched),
                "new": len(models - matched),
                "doubtful": doubts.get(source, 0),
                "shared with another source": len(models & others),
                "new but shared": len((models - matched) & others),
            }
        )
    return rows


def _above(model_id: str, known: Any) -> list[str]:
    """The catalogued models of which an id with a date at its end may be a snapshot."""
    base = model_id[:-11]
    return [base] if base in known else []


def _read(warehouse: Path, sql: str) -> list[tuple[Any, ...]]:
    if not warehouse.exists():
        return []
    with opened(warehouse) as connection:
        return connection.execute(sql).fetchall()
