"""Options that commands share, and how their texts are read."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from ingest.report.text import printable

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _named(text: str) -> Path:
    """The path of an option. An empty text would mean the working folder, and comes of a variable that is not set."""
    if not text.strip():
        raise typer.BadParameter("names nothing.")
    return Path(text)


Raw = Annotated[Path | None, typer.Option(metavar="DIR", parser=_named, help="Folder of raw input and captures.")]
Warehouse = Annotated[Path | None, typer.Option(metavar="FILE", help="The warehouse.")]
Json = Annotated[bool, typer.Option("--json", help="Print plain data as JSON.")]

Limit = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Fetch at most N pages now; the next run continues.")
]
Only = Annotated[
    str | None, typer.Option(metavar="PATTERN", help="Only URLs that match this pattern (*, ?) or contain this text.")
]
MaxAge = Annotated[
    str | None, typer.Option(metavar="AGE", help="Skip pages that were fetched less than this ago: 90m, 12h or 7d.")
]
Refresh = Annotated[bool, typer.Option("--refresh", help="Fetch every page in full, without conditional requests.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Find the pages and list them; fetch and keep none.")]


def notice(text: str) -> None:
    """Print a message for the user to standard error."""
    print(printable(text), file=sys.stderr)


def moment(text: str | None) -> datetime | None:
    """An ISO 8601 time, in UTC if it names no zone. Raises a usage error for anything else."""
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not an ISO 8601 time, such as 2026-03-25 or 2026-03-25T06:00:00Z."
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def age(text: str | None) -> timedelta | None:
    """A length of time such as ``90m``, ``12h`` or ``7d``. Raises a usage error for anything else."""
    if text is None:
        return None
    number, unit = text[:-1], _UNITS.get(text[-1:])
    try:
        return timedelta(**{unit or "": float(number)})
    except (TypeError, ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r} is not an age, such as 90m, 12h or 7d.") from None
