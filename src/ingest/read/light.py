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
_SCRIPT = b"<script"
_SCRIPT_END = b"</script"
_CLOSED_SCRIPT = b"</script>"
_PLAIN_SCRIPT = b"<script>"
_PLAIN_PUSH = _PLAIN_SCRIPT + _PUSHES
_STYLE = b"<style"
_STYLE_END = b"</style"
_COMMENT = b"<!--"
_COMMENT_END = b"-->"
# Stands for the text of a script that was taken out of the markup.
MARK = "ingest-script-"
LONGEST_START = 40
# Attributes in a row behind the name of a tag, none of which tells what is shown. Those of pages of frameworks.
_SILENT = re.compile(
    rb"(<[a-z][a-z0-9-]*+)(?: (?:class|data-[a-z-]++|aria-[a-z-]++|xmlns|width|height|fill|viewBox|stroke[a-z-]*+|d)"
    rb'="[^"]*+")++'
)
MUCH_MARKUP = 16_384
"""Markup above this size goes to the parser without attributes that say nothing."""
# What an icon draws, behind the start tag of its <svg> and before its end tag. A drawing with a class stays: the class
# may mark what stands beside it.
_DRAWING = re.compile(
    rb'(<svg(?: [a-zA-Z:-]++="[^"]*+")*+>)'
    rb"(?:\s*+</?(?:path|g|circle|rect|line|polyline|polygon|ellipse|defs)"
    rb'(?: (?!class)[a-zA-Z0-9:-]++="[^"]*+")*+ ?/?>)++\s*+(?=</svg)'
)


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
        return [
            at
            for at, text in enumerate(self._texts)
            if (text.find(word) if isinstance(text, str) else self._content.find(sought, text.start, text.stop)) >= 0
        ]


def lightened(content: bytes) -> Light:
    """Takes scripts, the text of styles and the drawings of icons out of a page; its visible lines stay the same.

    ``content`` writes ``<`` as ASCII does. What is not plainly one of these is left to the parser. A script of JSON
    leaves a mark, by which :func:`shown` finds its text again. The parser needs about half of the time then.
    """
    light = Light(content, [], [])
    kept: list[bytes] = []
    done = 0  # what lies before is kept or taken out
    searched = 0  # no comment is open there
    at = content.find(_SCRIPT)
    while at >= 0:
        end = content.find(b"<", at + 1)  # the text of a plain script has no "<", so that its end tag begins there
        close = content.find(b">", at, max(end, 0)) + 1
        if not (close and content.startswith(_CLOSED_SCRIPT, end) and _is_tag(content, at, close)):
            behind = content.find(_SCRIPT_END, max(end, at))
            at = content.find(_SCRIPT, behind) if behind >= 0 else -1
            continue
        comment = content.rfind(_COMMENT, searched, at)
        if comment >= 0 and content.find(_COMMENT_END, comment, at) < 0:
            # A comment that holds a script may hold anything.
            return Light(content, [], [])
        searched = end + len(_CLOSED_SCRIPT)
        mark = _take_script(content, at, close, end, light)
        if mark is not None:
            kept.append(content[done:at])
            if mark:
                kept += (content[at:close], mark, _CLOSED_SCRIPT)
            done = searched = _take_pushes(content, searched, light)
        at = content.find(_SCRIPT, searched)
    kept.append(content[done:])
    markup = _without_styles(b"".join(kept))
    return Light(_DRAWING.sub(itemgetter(1), markup), light.scripts, light.pushed)


def _is_tag(content: bytes, at: int, close: int) -> bool:
    """Whether a start tag is whole, and stands in no other tag."""
    if content.count(b'"', at, close) % 2:
        return False
    if content.endswith(_CLOSED_SCRIPT, 0, at):
        return True
    before = content.rfind(b"<", 0, at)
    is_closed = before < 0 or content.find(b">", before, at) >= 0
    return is_closed and not (content.count(b'"', before, at) % 2 or content.count(b"'", before, at) % 2)


def _take_script(content: bytes, at: int, close: int, end: int, light: Light) -> bytes | None:
    """Takes a script; gives what stands for its text, nothing where all of it can go, None to leave it."""
    pushes = content.find(_PUSHES, close, min(close + LONGEST_START, end)) >= 0
    if close - at == len(_PLAIN_SCRIPT):
        if pushes:
            light.pushed.append(slice(close, end))
        return b""
    if content.find(b"json", at, close) < 0 and content.find(b"__NEXT_DATA__", at, close) < 0:
        return None if pushes else b""
    light.scripts.append(slice(close, end))
    return f"{MARK}{len(light.scripts) - 1}".encode()


def _take_pushes(content: bytes, at: int, light: Light) -> int:
    """Takes the scripts that push data right behind one that was taken; gives where the last of them ends."""
    while content.startswith(_PLAIN_PUSH, at):
        end = content.find(b"<", at + len(_PLAIN_SCRIPT))
        if not content.startswith(_CLOSED_SCRIPT, end):
            break
        light.pushed.append(slice(at + len(_PLAIN_SCRIPT), end))
        at = end + len(_CLOSED_SCRIPT)
    return at


def _without_styles(markup: bytes) -> bytes:
    """Markup without the text of its styles, where that is plain."""
    kept: list[bytes] = []
    done = 0
    at = markup.find(_STYLE)
    while at >= 0:
        close = markup.find(b">", at) + 1
        end = markup.find(b"<", close) if close else -1
        if end < 0:
            break
        is_plain = markup.startswith(_STYLE_END, end) and markup.count(b'"', at, close) % 2 == 0
        if is_plain and markup.rfind(_COMMENT_END, close, end) < 0:
            kept.append(markup[done:close])
            done = end
        at = markup.find(_STYLE, end)
    return b"".join([*kept, markup[done:]]) if kept else markup


def without_attributes(markup: bytes) -> bytes:
    """Markup without the attributes behind the name of a tag that do not change what is shown, as ``class``.

    A page of a framework is made of them, and the parser of HTML takes longer over them than over all the rest.
    """
    return _SILENT.sub(itemgetter(1), markup) if len(markup) > MUCH_MARKUP else markup
