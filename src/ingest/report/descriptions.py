"""A description with its parts, rules and conditions, as coloured text for people."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from ingest.describe import Described, Part
from ingest.report.text import printable

_STYLES = {"note": "bold green", "about": "cyan", "too_long": "dim"}
_LEAK = "red strike"


def parts(stretches: Iterable[Part]) -> list[Text]:
    """The parts of a note, one line each: place, kind and text."""
    lines = []
    for part in stretches:
        line = Text(f"{part.start:>6}-{part.end:<6} {part.kind:<22} ", style="dim")
        shown = part.text if len(part.text) <= 2_000 else part.text[:2_000] + " …"
        line.append(_one_line(shown), style=_STYLES.get(part.kind, _LEAK))
        lines.append(line)
    return lines


def facts(described: Described) -> Table:
    """The status, rules and conditions of a note, as a table of two columns."""
    table = Table(show_header=False, box=None, pad_edge=False)
    rows: list[tuple[str, str]] = [
        ("description", "-" if described.description is None else _one_line(described.description[:2_000])),
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


def _one_line(text: str) -> str:
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")
