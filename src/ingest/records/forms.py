"""The form of a capture by its name and media type: a feed file or a page."""

from __future__ import annotations

_FEED_ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".yaml", ".yml", ".toml")
_FEED_TYPES = ("json", "csv", "yaml", "toml", "tab-separated")
"""Parts of the media types of feed files."""


def is_feed_file(location: str, media_type: str | None = None) -> bool:
    """Whether a capture is a feed file, by the ending of its name or by its media type; else it is a page.

    >>> is_feed_file("feeds/2025-09-11/models.json"), is_feed_file("https://example.org/models/1", "text/html")
    (True, False)
    """
    path = location.partition("?")[0] if "://" in location else location
    if path.lower().endswith(_FEED_ENDINGS):
        return True
    return media_type is not None and any(each in media_type.lower() for each in _FEED_TYPES)
