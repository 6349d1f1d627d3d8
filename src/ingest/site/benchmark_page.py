"""The page of a benchmark: who leads, how sure that is, and what may not be compared."""

from __future__ import annotations

from typing import Any

from ingest.site import picture
from ingest.site.content import Content, Row


def groups(content: Content) -> dict[str, dict[str, list[Any]]]:
    """What pages of benchmarks list, by benchmark: groups of standings, and rankings."""
    return {
        "standings": _by_benchmark(list(content.standings.values())),
        "rankings": _by_benchmark(list(content.rankings.values())),
    }


def _by_benchmark(lists: list[list[Row]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for rows in lists:
        found.setdefault(rows[0]["benchmark_id"], []).append(rows)
    return found


def names_of(content: Content, benchmark: Row, by_benchmark: dict[str, dict[str, list[Any]]]) -> dict[str, Any]:
    """What the template of a benchmark is given."""
    own = {what: rows.get(benchmark["benchmark_id"], []) for what, rows in by_benchmark.items()}
    left_out = content.left_out
    measured_by = {rows[0]["comparability_key"]: rows[0]["measured_by"] for rows in own["rankings"]}
    return {
        "benchmark": benchmark,
        "has_chart": any(len(rows) > 1 for rows in own["standings"]),
        "standings": [
            {"key": rows[0]["group_key"], "rows": rows, "data": picture.leaderboard(rows), "is_first": place == 0}
            for place, rows in enumerate(own["standings"])
        ],
        "rankings": [
            {
                "key": rows[0]["comparability_key"],
                "settings": picture.settings(rows[0]["comparability_key"], rows[0]["measured_by"]),
                "rows": rows,
                "left_out": left_out.get(rows[0]["comparability_key"], []),
            }
            for rows in own["rankings"]
            if rows[0]["models"] > 1
        ],
        "alone": sum(1 for rows in own["rankings"] if rows[0]["models"] == 1),
        "settings": lambda key: picture.settings(key, measured_by.get(key)),
        "settings_alone": lambda key: picture.settings(key, ""),
    }
