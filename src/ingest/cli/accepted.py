"""What a person accepts by hand is well again at once, and not with the next scheduled run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ingest.cli.options import notice
from ingest.problems import open_problems

if TYPE_CHECKING:
    from ingest.settings import Settings
    from ingest.summary import Summary


def tell_what_is_accepted(settings: Settings, summary: Summary, accepted: Iterable[str]) -> None:
    """Tell that sources are well again which a scheduled run held back and this one published, as that run advised."""
    held_back = {each.source for each in summary.held_back}
    problems = open_problems(settings.warehouse) if summary.captures_read else {}
    over = [
        name
        for name in accepted
        if name not in held_back and f"--accept-source {name}" in str(problems.get(name, {}).get("asked"))
    ]
    if over:
        from ingest_flows import alerts  # start-up: it imports Prefect

        for trouble in alerts.end(settings, *over):
            notice(trouble)
