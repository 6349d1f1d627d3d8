"""A page of one model in a layout that nobody described: its labels with their values, and nothing that is doubtful."""

from __future__ import annotations

from pathlib import Path

from ingest.read.lines import Line
from ingest.records.document import Capture, Document
from ingest.sources.model_page.parse import Layout, read_page_of_model
from ingest.sources.settings import load_settings

SOURCE = load_settings(Path(__file__).with_name("source.yaml"))
NAME: str = SOURCE["name"]
READER: str = f"{NAME}/{SOURCE['reader']}"

_LAYOUT = Layout(NAME, READER, is_founding=False)


def recognise(_capture: Capture) -> bool:
    """Never: a page of an unknown layout is read only where the source is named."""
    return False


def parse(capture: Capture) -> Document:
    """The :class:`Document` of the page: one entry, or the reason why it is rejected."""
    return read_page_of_model(capture, _LAYOUT).document


def account(capture: Capture) -> list[tuple[Line, str | None]]:
    """Each visible line of a page with the name of the rule that claimed it, None for an unread one."""
    return read_page_of_model(capture, _LAYOUT).account()
