"""From a locator back to the text of a capture, so that provenance can be checked.

``line 42`` and ``lines 42-44`` count the visible lines of a page (the lines of the file itself where it is
text); ``row 17`` counts the rows of a table as a spreadsheet does; ``images`` are the alternative texts of a
page's images; ``script 1 context_length`` is a key in the first script of JSON, and ``push 12 context_length`` in the
twelfth script that pushes data; ``/data/3/pricing/prompt`` is a JSON pointer; ``address`` is the address of the
capture, or the path of its file.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from ingest.errors import IngestError
from ingest.read.datafile import (
    NOWHERE,
    data_in_utf8,
    read_csv,
    read_json,
    read_json_lines,
    read_toml,
    value_at,
)
from ingest.read.leaves import written
from ingest.read.lines import IMAGES, Page, read_page
from ingest.read.markdown import read_markdown
from ingest.read.text import decode
from ingest.read.xmlfile import read_xml

_LINES = re.compile(r"lines? ([0-9]{1,9})(?:-([0-9]{1,9}))?")
_ROW = re.compile(r"row ([0-9]{1,9})")
# A key in JSON that a framework left in a page: "script 1 context_length", "push 12 contextLength".
_SCRIPT = re.compile(r"(script|push) ([0-9]{1,9}) ([\w-]{1,60})")
ADDRESS = "address"
"""The locator of what stands in the address of a capture, or in the name of its file."""

_JOINTS = re.compile(r", |; | \| |\n")
"""What may stand between values that were put together."""

_MOST_SHOWN = 50
_PIECES = 4


class Places:
    """The places of one capture, by locator. The capture is read only once."""

    def __init__(self, content: bytes, media_type: str | None = None, location: str = "") -> None:
        self._content = content
        self._media_type = media_type
        self._location = location

    def text(self, locator: str) -> str | None:
        """The text at a place, or None if there is no such place or the locator is invalid."""
        try:
            if found := _LINES.fullmatch(locator):
                return self._between(int(found[1]), int(found[2] or found[1]))
            if found := _ROW.fullmatch(locator):
                return self._rows.get(int(found[1]))
            if found := _SCRIPT.fullmatch(locator):
                return self._of_script(found[1], int(found[2]), found[3])
            return self._of_the_whole(locator)
        except IngestError:
            return None

    def _of_the_whole(self, locator: str) -> str | None:
        """The text of a locator that is no line, row or script."""
        if locator == ADDRESS:
            return self._location or None
        if locator == IMAGES:
            return "\n".join(self._page.images) or None
        return self._pointed(locator) if locator.startswith("/") else None

    def holds(self, locator: str, raw_text: str) -> bool:
        """Whether ``raw_text`` stands at the place; white space between words does not count.

        A text that was put together from several values (``, ``, ``; ``, `` | `` or a line break between them) stands
        at a place if each of its parts does. A container counts as a whole, by its parts, and by the keys above it.
        """
        there = self.text(locator)
        if there is None:
            return False
        if locator.startswith("/"):
            keys = locator.replace("~1", "/").replace("~0", "~")
            there = f"{there}\n{written(self._value(locator))}\n{keys}"
        there = "".join(there.split())
        return "".join(raw_text.split()) in there or all(
            "".join(part.split()) in there for part in _JOINTS.split(raw_text)
        )

    def _between(self, first: int, last: int) -> str | None:
        lines = [self._lines[n] for n in range(first, min(last, max(self._lines, default=0)) + 1) if n in self._lines]
        return "\n".join(lines) if lines else None

    def _of_script(self, kind: str, number: int, key: str) -> str | None:
        """The places of a key in a script of the page, each with the start of its value; pieces go on in the next."""
        if kind == "script":
            texts = self._page.data[number - 1 : number]
        else:
            texts = self._page.pushed[max(0, number - _PIECES) : number + _PIECES]
        found = re.findall(rf'{re.escape(key)}\\?"\s*:[^,}}]{{1,120}}', "".join(texts))
        return "\n".join(found[:_MOST_SHOWN]) or None

    @cached_property
    def _page(self) -> Page:
        return read_page(self._content, self._media_type)

    @cached_property
    def _lines(self) -> dict[int, str]:
        """The visible lines, and those of the front matter of Markdown as they stand."""
        shown = {line.number: line.text for line in self._page.lines}
        if self._page.media_type != "text/markdown":
            return shown
        text = decode(self._content, self._media_type).text
        front = text.split("\n", (end := read_markdown(text).front_end) + 1)[:end]
        return dict(enumerate(front, 1)) | shown

    @cached_property
    def _rows(self) -> dict[int, str]:
        content = data_in_utf8(self._content, "table.csv", self._media_type)[0]
        return {row.number: " | ".join(row.cells.values()) for row in read_csv(content).rows}

    @cached_property
    def _root(self) -> Any:
        content = data_in_utf8(self._content, media_type=self._media_type)[0]
        start = content.lstrip()[:1]
        if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
            return read_xml(content).root
        if start not in (b"{", b"[", b"\xef", b"/"):
            return read_toml(content).root
        try:
            return read_json(content).root
        except IngestError:
            return read_json_lines(content).root

    def is_value(self, locator: str, raw_text: str) -> bool:
        """Whether a place has ``raw_text`` as a value, and not only as a part of one.

        A JSON pointer leads to this value and to no container of it; in a line or a row it is no part of a number.
        """
        if not locator.startswith("/"):
            there = self.text(locator) or ""
            return re.search(rf"(?<![0-9.,]){re.escape(raw_text)}(?![0-9])", there) is not None
        there = self._value(locator)
        return not isinstance(there, dict) and written(there).split() == raw_text.split()

    def _pointed(self, pointer: str) -> str | None:
        here = self._value(pointer)
        return None if here is NOWHERE else _everything(here)

    def _value(self, pointer: str) -> Any:
        return value_at(self._root, pointer)


def _everything(value: Any) -> str:
    """A value and, of a container, all that is in it."""
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_everything(item)}" for key, item in value.items())
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return "\n".join(_everything(item) for item in value)
    return written(value)


def excerpt(content: bytes, locator: str) -> str | None:
    """The text that a locator points to, for people; None where there is none."""
    return Places(content).text(locator)
