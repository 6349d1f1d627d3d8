"""The visible lines of a page, text or HTML. Every reader of pages works on them, and locators count them.

``line 42`` of a text page is line 42 of the file. ``line 42`` of an HTML page is the 42nd line that
:func:`visible_lines` gives: HTML has no lines of its own that a reader could see.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import NamedTuple

from ingest.read.encoding import unmistakable
from ingest.read.html import PART, shown
from ingest.read.light import MUCH_MARKUP, Light, Scripts, lightened, without_attributes
from ingest.read.markdown import Markdown, is_markdown, read_markdown
from ingest.read.remembered import of_the_last_content
from ingest.read.text import Decoded, decode, repair

# How much of a page shows that it begins with a tag; what shifts into another set of characters (ISO-2022).
_START = 4096
_SHIFTS = b"\x1b"
_CLOSING_TAG = re.compile(r"</(?:html|body|div|p|span|td|th|tr|li|ul|dd|dt|dl|h[1-6]|a|section|main)\s{0,9}>", re.I)
_MARKUP_START = re.compile(r"\s{0,999}<(?:!doctype|!--|\?xml|[a-z][a-z0-9-]{0,30}[\s/>])", re.I)


_QUOTE = "quote"
IMAGES = "images"
"""The locator of what only the alternative texts of a page's images say."""


class Line(NamedTuple):
    """One visible line.

    ``text`` has single spaces only. ``parts`` are its pieces between the boundaries of inline elements (in a
    text page, between tabs; in Markdown, between cells and strong words), never empty. ``shared`` says how near it
    stands to the line before: the depth of the deepest element that holds both; in a text page 0 behind an empty line
    and 1 otherwise. ``heading`` is the level of the heading around it or 0, ``landmark`` is ``nav`` or ``footer``
    inside such an element, and ``quote`` in a quotation or a text as it was typed. ``struck`` is set where the text is
    crossed out.
    """

    number: int
    text: str
    parts: tuple[str, ...]
    shared: int = 1
    heading: int = 0
    landmark: str = ""
    struck: bool = False


Claim = Callable[[str, Sequence[Line]], None]
"""Is told which rule took which lines."""


def without(lines: Sequence[Line], is_left: Callable[[Line], bool]) -> list[Line]:
    """The lines without some of them; the next line is as far from the line before as it was."""
    out: list[Line] = []
    near = None
    for line in lines:
        shared = line.shared if near is None else min(near, line.shared)
        if is_left(line):
            near = shared
        else:
            out.append(line._replace(shared=shared))
            near = None
    return out


_line: Callable[[tuple[object, ...]], Line] = partial(tuple.__new__, Line)
"""A line from all its cells in order. A page has hundreds, and by their names it takes twice as long."""

ON_ONE_LINE = 1000
"""How much nearer the second part of a line stands to the first than any other line does (``Line.shared``)."""

NO_SCRIPTS = Scripts(b"", "utf-8", ())


@dataclass
class Page:
    """The visible lines of a page and what was noticed on the way to them.

    ``repairs`` names the rules that changed text. What follows is not visible, and only bears witness to what is:
    ``title``, ``images`` (alternative texts), ``notes`` (names such as ``og:title`` in the head), ``data`` (scripts of
    JSON), ``pushed`` (scripts that push data) and ``markup`` (of an HTML page without scripts, styles and drawings;
    empty for other content).
    """

    lines: list[Line]
    media_type: str
    encoding: str
    repairs: list[str] = field(default_factory=list)
    title: str = ""
    images: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    data: Scripts = NO_SCRIPTS
    pushed: Scripts = NO_SCRIPTS
    light: bytes = field(default=b"", repr=False)
    declared: str | None = None

    @cached_property
    def markup(self) -> str:
        """The markup around the lines; made from ``light`` and the ``declared`` media type where it is asked for."""
        return decode(self.light, self.declared).text if self.light else ""

    @cached_property
    def words(self) -> str:
        """The visible text in small letters, the title first; lines end with a line break, pieces with a blank."""
        shown = [line.text if len(line.parts) == 1 else " ".join(line.parts) for line in self.lines]
        return "\n".join((self.title, *shown)).lower()


@of_the_last_content
def read_page(content: bytes, media_type: str | None = None) -> Page:
    """The :class:`Page` of any bytes; raises nothing. Markdown and HTML are recognised from the content.

    ``media_type`` decides only for Markdown, and for content that has a little markup and no clear start. The page that
    was read last is kept, so nobody may change it.
    """
    if begins_as_html(content, media_type):
        light = lightened(content)
        decoded = decode(without_attributes(light.markup), media_type)
        return _html_page(decoded, light, content, media_type)
    decoded = decode(content, media_type)
    if is_markdown(decoded.text, media_type):
        return _markdown_page(decoded.text, decoded.encoding, decoded.repairs)
    if is_html(decoded.text, media_type):
        return _html_page(decoded, Light(content, [], []), content, media_type)
    return _text_page(decoded.text, decoded.encoding, decoded.repairs)


def begins_as_html(content: bytes, media_type: str | None = None) -> bool:
    """Whether content begins with a tag, in an encoding in which bytes of ASCII are ASCII."""
    start = content[:_START]
    if (media_type and "markdown" in media_type) or unmistakable(start) or _SHIFTS in start:
        return False
    return _MARKUP_START.match(start.decode("ascii", "replace").lstrip("\ufffd")) is not None


def visible_lines(content: bytes, media_type: str | None = None) -> list[Line]:
    """The visible lines of a text or HTML page, in order. Locators of claims point into these."""
    return read_page(content, media_type).lines


def words_of(content: bytes, media_type: str | None = None) -> str:
    """The words of a page in small letters, to recognise it by: what HTML shows, and all text of other content."""
    if begins_as_html(content, media_type):
        return read_page(content, media_type).words
    return small_ascii(content)


def small_ascii(content: bytes) -> str:
    """Content in which words of ASCII can be looked for in small letters, whatever its encoding; others may be garbled.

    >>> "password" in small_ascii("<PASSWORD>".encode("utf-16"))
    True
    """
    return content.replace(b"\x00", b"").lower().decode("latin-1")


def is_html(text: str, media_type: str | None = None) -> bool:
    """Whether ``text`` is markup: it starts with a tag, or holds at least three closing tags."""
    if _MARKUP_START.match(text):
        return True
    if "</" not in text:
        return False
    needed = 1 if media_type and "html" in media_type else 3
    found = _CLOSING_TAG.finditer(text, 0, 65536)
    return sum(1 for _ in zip(range(needed), found, strict=False)) == needed


def locator(first: int, last: int) -> str:
    """How a place in a page is written: ``line 42`` or ``lines 42-44``."""
    return f"line {first}" if first == last else f"lines {first}-{last}"


def _text_page(text: str, encoding: str, repairs: list[str]) -> Page:
    lines: list[Line] = []
    shared = 0
    add = lines.append
    for number, raw in enumerate(repair(text, repairs).split("\n"), 1):
        clean = " ".join(raw.split()) if raw else raw
        if not clean:
            shared = 0
            continue
        parts = _parts(raw, "\t") if "\t" in raw else (clean,)
        add(_line((number, clean, parts, shared, 0, "", False)))
        shared = 1
    return Page(lines, "text/plain", encoding, repairs)


def _markdown_page(text: str, encoding: str, repairs: list[str]) -> Page:
    return Page(markdown_lines(read_markdown(repair(text, repairs))), "text/markdown", encoding, repairs)


def markdown_lines(read: Markdown) -> list[Line]:
    """The lines of a Markdown file without their marks; a row of a table is one line, with its cells as parts."""
    shown_: dict[int, tuple[tuple[str, ...], int, str]] = {}
    for text in read.texts:
        shown_.setdefault(text.line, (text.pieces or (text.text,), text.level, _QUOTE if text.quoted else ""))
    for table in read.tables:
        for row in (table.head, *table.rows):
            cells = tuple(cell.text for cell in row.cells if cell.text)
            if cells:
                is_quoted = table.quoted or table.typed is not None
                shown_.setdefault(row.line, (cells, 0, _QUOTE if is_quoted else ""))
    lines: list[Line] = []
    before = -1
    for number, (parts, level, landmark) in sorted(shown_.items()):
        lines.append(Line(number, " ".join(parts), parts, int(number == before + 1), level, landmark))
        before = number
    return lines


def _html_page(decoded: Decoded, light: Light, content: bytes, media_type: str | None) -> Page:
    markup, encoding, repairs = decoded.text, decoded.encoding, decoded.repairs
    seen = shown(markup, light.scripts)
    text = "\n".join([line.replace("\n", " ") for line in seen.lines])
    if "&" in text or not text.isascii() or "&#" in markup:
        text = repair(text, repairs)
    lines: list[Line] = []
    shown_lines = [line.strip(PART) for line in text.split("\n")]  # most have one piece then
    for raw, place in zip(shown_lines, seen.places, strict=bool(seen.places)):
        parts = _parts(raw, PART) if PART in raw else (" ".join(raw.split()),)
        clean = parts[0] if len(parts) == 1 else " ".join(raw.replace(PART, "").split())
        if clean:
            lines.append(_line((len(lines) + 1, clean, parts, *place)))
    title = " ".join(seen.title.split())
    data = Scripts(content, encoding, seen.data)
    pushed = Scripts(content, encoding, [*light.pushed, *seen.pushed])
    page = Page(lines, "text/html", encoding, repairs, title, seen.images, seen.notes, data, pushed)
    page.light, page.declared = light.markup, media_type
    if len(light.markup) <= MUCH_MARKUP:
        page.markup = markup  # the parser had all of it
    return page


def _parts(raw: str, boundary: str) -> tuple[str, ...]:
    return tuple([" ".join(words) for piece in raw.split(boundary) if (words := piece.split())])
