"""What a run leaves in Prefect's UI: tables of what was counted, changed, refused and held back, worst first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ingest.errors import IngestError
from ingest.report.cells import Markup, markdown_cell, markdown_table
from ingest.report.changes import worst_changes
from ingest.report.opened import opened
from ingest.report.quarantine import counts, quarantined
from ingest.report.reasons import in_words
from ingest.settings import Settings
from ingest.summary import Summary

_MOST = 50
"""So many rows of a table are shown. The command that lists all of them stands below."""

_LONGEST = 160


def counted(warehouse: Path, summary: Summary) -> list[dict[str, str | int]]:
    """The summary as rows of a table: what was counted, the number, and the reasons.

    A run that found nothing new does not count what is in the warehouse, so that is asked here.
    """
    models, scores, prices = summary.models, summary.scores, summary.prices
    if not models and warehouse.exists():
        with opened(warehouse) as connection:
            (found,) = connection.execute(
                "SELECT (SELECT count(*) FROM models), (SELECT count(*) FROM scores), (SELECT count(*) FROM prices)"
            ).fetchall()
            models, scores, prices = found
    rows: list[tuple[str, int, dict[str, int]]] = [
        ("pages read", summary.captures_read - summary.feeds_read, {}),
        ("pages unchanged", summary.captures_unchanged - summary.feeds_unchanged, {}),
        ("pages rejected", summary.captures_rejected - summary.feeds_rejected, {}),
        ("feed files read", summary.feeds_read, {}),
        ("feed files unchanged", summary.feeds_unchanged, {}),
        ("feed files rejected", summary.feeds_rejected, {}),
        ("rejected, by reason", summary.captures_rejected, summary.rejected),
        ("held back", len(summary.held_back), {}),
        ("rows written", summary.rows_written, {}),
        ("rows quarantined", summary.rows_quarantined, summary.quarantined),
        ("checks passed", summary.checks_passed, {}),
        ("checks failed", sum(summary.checks_failed.values()), summary.checks_failed),
        ("lines unread", summary.unread_lines, {}),
        ("models in the warehouse", models, {}),
        ("scores in the warehouse", scores, {}),
        ("prices in the warehouse", prices, {}),
    ]
    return [
        {"outcome": what, "count": count, "of which": ", ".join(f"{name} {n}" for name, n in reasons.items())}
        for what, count, reasons in rows
    ]


def changes_of(warehouse: Path, run_id: str) -> str:
    """The changes of a run as a table in Markdown, worst first, each with a link to what states the new value."""
    try:
        found = worst_changes(warehouse, _MOST, run_id)
    except IngestError as error:  # the file was replaced meanwhile
        return str(error)
    table = [
        (kind, model, what, old, new, source, _linked(link))
        for kind, _, model, what, old, new, source, link, _ in found.rows
    ]
    shown = _table(("kind", "model", "what", "old", "new", "source", "stated at"), table)
    return f"{sum(found.counts.values()):,} changes.\n\n{shown}\n\nAll of them: `ingest diff --run {run_id}`"


def quarantine_of(settings: Settings) -> str:
    """The rows in quarantine as tables in Markdown: how many for each reason, then rows with their lines."""
    reasons = [row[:4] for row in counts(settings.warehouse)]
    worst = reasons[0][0] if reasons else None
    rows = [
        (each.source, ", ".join(each.reasons), each.table_name, _linked(each.location, each.locator), each.text)
        for each in quarantined(settings, worst, most=_MOST)
    ]
    return "\n\n".join(
        [
            _table(("reason", "source", "table", "rows"), reasons),
            _table(("source", "reasons", "table", "stands at", "text"), rows),
            "All of them: `ingest quarantine show`",
        ]
    )


def held_back_of(summary: Summary) -> str:
    """What a run held back, as a table in Markdown."""
    rows = [
        (each.source, _linked(each.what), in_words("it", each.reason.partition(";")[0]), each.reason)
        for each in summary.held_back[:_MOST]
    ]
    shown = _table(("source", "what", "wrong", "reason"), rows)
    said = "\n\n".join(part for part in (summary.error, shown) if part)
    return f"What was published before stands, and the next run tries again.\n\n{said}"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    return "\n".join(markdown_table(head, ([_short(cell) for cell in row] for row in rows)))


def _short(value: Any) -> Any:
    """A cell that is not too long to be read in a table."""
    if value is None or isinstance(value, Markup):
        return value
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _linked(location: str | None, locator: str = "") -> Markup:
    """A place in a capture: a link where it came over HTTP, else its path."""
    is_address = location is not None and location.startswith(("https://", "http://"))
    named = (location or "").partition("://")[2] if is_address else location or ""  # the UI makes a mess of `http://`
    shown = markdown_cell(_short(f"{named} {locator}".strip()))
    if not is_address or any(sign in str(location) for sign in " ()<>\"'\\"):
        return Markup(shown)
    return Markup(f"[{shown}]({location})")
