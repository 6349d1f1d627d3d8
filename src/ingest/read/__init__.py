"""Reading tools that every source shares: bytes to text, HTML to visible lines, texts to values."""

from ingest.read.lines import Line, Page, locator, read_page, visible_lines

__all__ = ["Line", "Page", "locator", "read_page", "visible_lines"]
