"""From a model page of llm-stats.com to its record: labels with values, and results on benchmarks that are known."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.read.lines import Line
from ingest.read.text import may_be_json
from ingest.records.document import Capture, Document
from ingest.sources.model_page.parse import Layout, read_page_of_model
from ingest.sources.settings import load_settings

SOURCE = load_settings(Path(__file__).with_name("source.yaml"))
NAME: str = SOURCE["name"]
READER: str = f"{NAME}/{SOURCE['reader']}"

_LAYOUT = Layout(NAME, READER, is_founding=False)
_ADDRESS = re.compile(r"://(?:www\.)?llm-stats\.com/models/[\w.-]+/?(?:[?#]|$)")
# What the page says of itself: its canonical address or the site's name in a tag of its head.
_OWN_MARK = re.compile(rb"(?:canonical|og:url)[^>]{0,80}llm-stats\.com/models/[\w.-]+", re.IGNORECASE)
_LOOK = 64 * 2**10


def recognise(capture: Capture) -> bool:
    """Whether a page comes from the address of a model there, or names that address as its own."""
    if may_be_json(capture.content):
        return False
    if _ADDRESS.search(capture.location) is not None:
        return True
    content = capture.content[:_LOOK]
    return b"llm-stats.com/models/" in content and _OWN_MARK.search(content) is not None


def parse(capture: Capture) -> Document:
    """The :class:`Document` of the page: one entry, or the reason why it is rejected."""
    return read_page_of_model(capture, _LAYOUT).document


def account(capture: Capture) -> list[tuple[Line, str | None]]:
    """Each visible line of a page with the name of the rule that claimed it, None for an unread one."""
    return read_page_of_model(capture, _LAYOUT).account()
