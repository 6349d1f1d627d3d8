"""What was understood of a description, for people and as plain data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ingest.describe import Described

_STYLES = {"note": "bold green", "about": "cyan", "too_long": "dim"}
_LEAK = "red strike"


def show(described: Described) -> None:
    """Print the parts, the rules and the conditions, coloured on a terminal."""
    console = Console()
    for part in _parts(described):
        console.print(part, soft_wrap=True)
    console.print(_table(described))


def as_record(described: Described) -> dict[str, Any]:
    """A :class:`Described` as plain values for JSON."""
    return asdict(described)


def printable(text: str) -> str:
    """``text`` with all that could drive a terminal shown as ``\\uXXXX``: control, format and broken characters."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)


def _parts(described: Described) -> list[Text]:
    lines = []
    for part in described.parts:
        line = Text(f"{part.start:>6}-{part.end:<6} {part.kind:<22} ", style="dim")
        shown = part.text if len(part.text) <= 2_000 else part.text[:2_000] + " …"
        line.append(printable(shown), style=_STYLES.get(part.kind, _LEAK))
        lines.append(line)
    return lines


def _table(described: Described) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    rows: list[tuple[str, str]] = [
        ("description", "-" if described.description is None else printable(described.description[:2_000])),
        ("status", described.description_status),
        ("issues", ", ".join(described.description_issues) or "-"),
        ("rules", ", ".join(described.rules) or "-"),
    ]
    for column, value in described.conditions.items():
        rows.append((column, f"{printable(str(value))}  (from the {described.condition_sources[column]})"))
    for check in described.checks:
        rows.append(
            ("contradiction", printable(f"{check.name}: the name says {check.expected}, the note {check.actual}"))
        )
    confidence = described.conditions_confidence
    rows.append(("confidence", "-" if confidence is None else f"{confidence:.2f}"))
    for label, value in rows:
        table.add_row(Text(label, style="bold"), Text(value))
    return table
