"""Names in the warehouse that wait for a decision, and catalogue entries that nothing uses."""

from __future__ import annotations

from pathlib import Path

from ingest.name import review
from ingest.name.review import Kind, Pending, Unused
from ingest.report.opened import opened

_DOUBTED = """SELECT name, actual, expected, count(*) FROM checks
    WHERE name IN ('benchmark_name', 'model_name') AND NOT passed AND actual IS NOT NULL GROUP BY ALL ORDER BY ALL"""

_UNKNOWN = """SELECT b.name, count(s.score_id) FROM benchmarks AS b LEFT JOIN scores AS s USING (benchmark_id)
    WHERE NOT b.is_known GROUP BY ALL ORDER BY ALL"""

_NO_MAKER = """SELECT m.name, count(*) FROM models AS m LEFT JOIN (
        SELECT model_id FROM scores UNION ALL SELECT model_id FROM prices) AS used USING (model_id)
    WHERE m.organization_id = 'unknown' AND m.name IS NOT NULL GROUP BY ALL ORDER BY ALL"""

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
    """What waits for a decision, most used first, each with the ``nearest`` known names.

    These are names that a check doubts, benchmarks that no catalogue has, and models whose maker nobody names.
    """
    with opened(warehouse) as connection:
        doubted = connection.execute(_DOUBTED).fetchall()
        unknown = connection.execute(_UNKNOWN).fetchall()
        without_maker = connection.execute(_NO_MAKER).fetchall()
    rows: list[tuple[Kind, str, str, int]] = []
    for check, listed, expected, uses in doubted:
        kind: Kind = "model" if check == "model_name" else "benchmark"
        rows.append((kind, listed, f"doubtful: {expected}" if expected else "doubtful", uses))
    rows += [("benchmark", listed, "new", uses) for listed, uses in unknown]
    rows += [("model", listed, "no maker is known", uses) for listed, uses in without_maker]
    return review.pending(rows, nearest)


def unused(warehouse: Path) -> list[Unused]:
    """The catalogue entries and decisions to which no name in the warehouse ever led."""
    with opened(warehouse) as connection:

        def texts(queries: dict[Kind, str]) -> dict[Kind, set[str]]:
            return {kind: {text for (text,) in connection.execute(sql).fetchall()} for kind, sql in queries.items()}

        return review.unused(texts(_IDS), texts(_LISTED))
