"""What to fetch: the addresses that the caller gives, else the pages that a source lists in its settings."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.capture.fetch import Target
from ingest.errors import IngestError, UsageError
from ingest.sources import must_exist, switched_on


def target_of(urls: Sequence[str], source: str | None) -> Target:
    """The target of a crawl: ``urls``, else the list of ``source``.

    Raises :class:`ingest.errors.UsageError` where neither says what to fetch.
    """
    if urls:
        return Target.of(urls, source)
    if source is None:
        raise UsageError("Name URLs to fetch, or a source that has a list of its own with --source.")
    try:
        known = must_exist(source)
    except IngestError as error:
        raise UsageError(str(error)) from None
    find = known.settings.get("find")
    if not find:
        raise UsageError(f"The source {source!r} has no list of pages (find) in its source.yaml.")
    return Target.from_settings(source, find)


def listed_targets(also: str, source: str | None = None) -> list[Target]:
    """The targets of the sources that are switched on, or of ``source`` alone where it is one of them.

    ``also`` names further sources, as the setting ``sources`` does.
    """
    return [target_of([], name) for name in switched_on(also) if source in (None, name)]
