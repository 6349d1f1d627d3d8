"""Names in the warehouse that wait for a decision, and catalogue entries that nothing uses."""

from __future__ import annotations

from pathlib import Path

from ingest.name import review
from ingest.name.review import Kind, Pending, Unused
from ingest.report.opened import opened

_DOUBTED = """SELECT DISTINCT name, actual, expected FROM checks
    WHERE name IN ('benchmark_name', 'model_name') AND NOT passed AND actual IS NOT NULL ORDER BY ALL"""

_UNKNOWN = "SELECT DISTINCT name FROM benchmarks WHERE NOT is_known ORDER BY ALL"

_IDS: dict[Kind, str] = {
    "benchmark": "SELECT DISTINCT benchmark_id FROM internal.scores",
    "model": "SELECT DISTINCT model_id FROM internal.claims",
}
"""The ids that the warehouse had at any time."""

_LISTED: dict[Kind, str] = {
    "benchmark": "SELECT DISTINCT benchmark_listed FROM internal.scores",
    "model": """
        SELECT raw_text FROM internal.claims WHERE field = 'name' AND raw_text IS NOT NULL
        UNION SELECT substr(entry, length(scope) + 2) FROM internal.claims
        WHERE field = 'name' AND entry IS NOT NULL""",
}
"""The names as listed. A file of many models also has ids of its own for them."""


def pending(warehouse: Path, nearest: int = 3) -> list[Pending]:
    """Names that no catalogue has, and names that a check doubts, each with the ``nearest`` known names, best first."""
    with opened(warehouse) as connection:
        doubted = connection.execute(_DOUBTED).fetchall()
        unknown = connection.execute(_UNKNOWN).fetchall()
    rows: list[tuple[Kind, str, str]] = []
    for check, listed, expected in doubted:
        kind: Kind = "model" if check == "model_name" else "benchmark"
        rows.append((kind, listed, f"doubtful: {expected}" if expected else "doubtful"))
    rows += [("benchmark", listed, "new") for (listed,) in unknown]
    return review.pending(rows, nearest)


def unused(warehouse: Path) -> list[Unused]:
    """The catalogue entries and decisions to which no name in the warehouse ever led."""
    with opened(warehouse) as connection:

        def texts(queries: dict[Kind, str]) -> dict[Kind, set[str]]:
            return {kind: {text for (text,) in connection.execute(sql).fetchall()} for kind, sql in queries.items()}

        return review.unused(texts(_IDS), texts(_LISTED))
