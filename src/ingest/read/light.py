"""A page of HTML without what makes it large: its scripts, styles, drawings, and attributes that say nothing.

Most of a page that a framework made is data for its own scripts. The parser never sees it, and what of it is asked for
is decoded then.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple, overload

# Where scripts push the data of a page piece by piece.
PUSHES = "self.__next_f"
_PUSHES = PUSHES.encode()
_PLAIN_SCRIPT = b"<script>"
_PLAIN_PUSH = _PLAIN_SCRIPT + _PUSHES
# Stands for the text of a script that was taken out of the markup.
MARK = "ingest-script-"
_NO_MARK = b" "
_SCRIPT_END = b"</script"
_CLOSED_SCRIPT = b"</script>"
_COMMENT = b"<!--"
_COMMENT_END = b"-->"
LONGEST_START = 40
# Attributes in a row behind the name of a tag, none of which tells what is shown. Those of pages of frameworks.
_SILENT = re.compile(
    rb"(<[a-z][a-z0-9-]*)(?: (?:class|data-[a-z-]+|aria-[a-z-]+|xmlns|width|height|fill|viewBox|stroke[a-z-]*|d)"
    rb'="[^"]*")+'
)
MUCH_MARKUP = 16_384
"""Markup above this size goes to the parser without attributes that say nothing."""
# What in the text of a script or an icon speaks against taking it out: more than plain text, or than a drawing.
_MARKUP_IN_TEXT = re.compile(rb"<(?:!--|/)|-->", re.IGNORECASE)
_NO_DRAWING = re.compile(rb"<(?!/?(?:path|g|circle|rect|line|polyline|polygon|ellipse|defs)[\s/>])")


class Light(NamedTuple):
    """A page without what makes it large and is not shown.

    ``markup`` is the rest. ``scripts`` are the places of the JSON that left a mark in it, ``pushed`` those of the
    scripts that push data, in order.
    """

    markup: bytes
    scripts: list[slice]
    pushed: list[slice]


class Scripts(Sequence[str]):
    """The texts of some scripts of a page. A text is decoded where it is asked for: most are long, and never are."""

    __slots__ = ("_content", "_encoding", "_texts")

    def __init__(self, content: bytes, encoding: str, texts: Sequence[slice | str]) -> None:
        self._content, self._encoding, self._texts = content, encoding, texts

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self._text(text) for text in self._texts[at]]
        return self._text(self._texts[at])

    def _text(self, text: slice | str) -> str:
        return text if isinstance(text, str) else self._content[text].decode(self._encoding, "replace")

    def size(self, at: int) -> int:
        """How long a text is at most, in characters."""
        text = self._texts[at]
        return len(text) if isinstance(text, str) else text.stop - text.start

    def holding(self, word: str) -> list[int]:
        """Which of the texts hold a word."""
        sought = word.encode(self._encoding, "ignore")
        # Searching from the end is the fastest way to see that a text lacks a word.
        return [
            at
            for at, text in enumerate(self._texts)
            if (text.rfind(word) if isinstance(text, str) else self._content.rfind(sought, text.start, text.stop)) >= 0
        ]


def lightened(content: bytes) -> Light:
    """Takes scripts, the text of styles and the drawings of icons out of a page; its visible lines stay the same.

    ``content`` writes ``<`` as ASCII does. What is not plainly one of these is left to the parser. A script of JSON
    leaves a mark, by which :func:`shown` finds its text again. The parser needs about half of the time then.
    """
    kept: list[bytes] = []  # from the end of the page to its start
    light = Light(content, [], [])
    end = len(content)  # what lies behind is done
    closing = content.rfind(_SCRIPT_END)
    comments = _Comments(content)
    while closing >= 0:
        # The text of a plain script has no "<", so that the sign before its end tag begins it.
        at = content.rfind(b"<", 0, closing)
        behind = closing + len(_SCRIPT_END)
        follows = _follows_script(content, at)
        if follows and behind + 1 == end and _is_push(content, at, closing):
            # One of the many pushes between others: all that could speak against it was looked at.
            light.pushed.append(slice(at + len(_PLAIN_SCRIPT), closing))
            end, closing = at, at - len(_CLOSED_SCRIPT)
            continue
        before = at - len(_CLOSED_SCRIPT) if follows else content.rfind(_SCRIPT_END, 0, max(at, 0))
        is_plain = at >= 0 and content.startswith(b"<script", at) and content[behind : behind + 1] == b">"
        if is_plain and content.find(b"<script", max(before, 0), at) < 0:
            close = content.find(b">", at) + 1
            if comments.hold(at):
                # A comment that holds a script may hold anything.
                return Light(content, [], [])
            if _is_tag(content, at, close) and (mark := _take_script(content, at, close, closing, light)):
                if behind + 1 < end:
                    kept.append(_without_drawings(content[behind + 1 : end]))
                if mark is not _NO_MARK:
                    kept += (content[closing : behind + 1], mark, content[at:close])
                end = at
        closing = before
    kept.append(_without_drawings(content[:end]))
    return Light(b"".join(reversed(kept)), light.scripts, light.pushed[::-1])


def _follows_script(content: bytes, at: int) -> bool:
    return at >= 0 and content.endswith(_CLOSED_SCRIPT, 0, at)


def _is_push(content: bytes, at: int, closing: int) -> bool:
    return content.startswith(_PLAIN_PUSH, at) and content.startswith(_CLOSED_SCRIPT, closing)


class _Comments:
    """Tells whether a place lies in a comment. Places are asked from the end of a page to its start, so that each piece
    of the page is searched once, however many scripts it has."""

    __slots__ = ("content", "ended", "started")

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.started = self.ended = len(content)  # the last signs of a comment that stand before the place

    def hold(self, at: int) -> bool:
        if _follows_script(self.content, at):
            return False  # like the script before it
        if self.started + len(_COMMENT) > at:
            self.started = self.content.rfind(_COMMENT, 0, at)
        if self.ended + len(_COMMENT_END) > at:
            self.ended = self.content.rfind(_COMMENT_END, 0, at)
        return self.started > self.ended


def _is_tag(content: bytes, at: int, close: int) -> bool:
    """Whether a start tag is whole, and stands in no other tag."""
    if content.count(b'"', at, close) % 2:
        return False
    if _follows_script(content, at):
        return True
    before = content.rfind(b"<", 0, at)
    is_closed = before < 0 or content.find(b">", before, at) >= 0
    return is_closed and not (content.count(b'"', before, at) % 2 or content.count(b"'", before, at) % 2)


def _take_script(content: bytes, at: int, close: int, closing: int, light: Light) -> bytes | None:
    """Takes a script; gives what stands for its text, ``_NO_MARK`` where all of it can go, None to leave it."""
    pushes = content.find(_PUSHES, close, min(close + LONGEST_START, closing)) >= 0
    if close - at == len(_PLAIN_SCRIPT):
        if pushes:
            light.pushed.append(slice(close, closing))
        return _NO_MARK
    if content.find(b"json", at, close) < 0 and content.find(b"__NEXT_DATA__", at, close) < 0:
        return None if pushes else _NO_MARK
    light.scripts.append(slice(close, closing))
    return f"{MARK}{len(light.scripts) - 1}".encode()


def _without_drawings(piece: bytes) -> bytes:
    for name, spoils in ((b"style", _MARKUP_IN_TEXT), (b"svg", _NO_DRAWING)):
        *parts, last = piece.split(b"</" + name)
        if parts:
            piece = (b"</" + name).join([*(_emptied(part, b"<" + name, spoils) for part in parts), last])
    return piece


def _emptied(part: bytes, start: bytes, spoils: re.Pattern[bytes]) -> bytes:
    """A piece of markup without what stands in the element that it ends with, where that is plain."""
    at = part.rfind(start)
    close = part.find(b">", at) + 1
    is_open = at >= 0 and close > 0 and part[close - 2 : close] != b"/>" and part.count(b'"', at, close) % 2 == 0
    if not is_open or spoils.search(part, close) or part.find(b"class", close) >= 0:
        return part
    return part[:close]


def without_attributes(markup: bytes) -> bytes:
    """Markup without the attributes behind the name of a tag that do not change what is shown, as ``class``.

    A page of a framework is made of them, and the parser of HTML takes longer over them than over all the rest.
    """
    return _SILENT.sub(itemgetter(1), markup) if len(markup) > MUCH_MARKUP else markup
