"""Mend spelling and spacing. Each word keeps its place in the original text.

The characters of a word are mended by :func:`ingest.read.text.repair`, as those of a page are. Here stands only what
notes need beside it: words with their places, blanks that are lost, and half characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from ingest.read.text import repair

LIMIT = 20_000
"""The first so many characters of a description are analysed, so that a hostile page costs linear time.

The longest notes seen have a few hundred. The rest stays in ``description_raw`` and is recorded as ``too_long``."""

_CHUNK = re.compile(r"[^ \t\n\r\f\v]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_DOUBTFUL = re.compile(r"[^\x20-\x7e]|&")
"""Matches a stretch that may need the repair of :mod:`ingest.read.text`: one beyond plain ASCII, or with an entity."""
_ISSUES = {"entities": "html_entity", "invisible": "invisible_characters", "no_break_spaces": "spacing"}
"""The issue that each repair of :mod:`ingest.read.text` is recorded as; other repairs keep their names."""
_GLUED = re.compile(
    r"(?<=[A-Za-z0-9)][A-Za-z0-9)][.!?])(?=[A-Z][a-z])"
    r"|(?<=[a-z0-9)])(?=(?:AI|User|Human|Assistant|System):)"
    r"|(?:(?<=shot)|(?<=shots)|(?<=accuracy)|(?<=tools)|(?<=score)|(?<=benchmark)|(?<=evaluation)|(?<=runs)|(?<=trials)"
    r"|(?<=match)|(?<=thinking))(?=[A-Z][a-z]{2})"
)
"""Places where a blank is lost: after a full stop, before a speaker, and after a word in which notes end."""
_BOLD = 20
"""A bold beginning has at most so many words."""
_LONGEST_WORD = 200


@dataclass(slots=True)
class Mended:
    """The words of a text after mending, and the ``issues`` that were mended.

    ``starts`` and ``ends`` are the places of each word in the original text, in characters; both are empty if the text
    is these words with single blanks. ``breaks`` says of each word whether a new line starts before it.
    """

    words: list[str]
    starts: list[int]
    ends: list[int]
    breaks: list[bool]
    issues: list[str]

    def places(self) -> tuple[list[int], list[int]]:
        """Where each word starts in the original text, and where it ends, in characters."""
        if self.starts:
            return self.starts, self.ends
        ends = [*accumulate(map(len, self.words), lambda end, length: end + 1 + length)]
        return [end - len(word) for end, word in zip(ends, self.words, strict=True)], ends


def mend(text: str) -> Mended:
    """Mend the first :data:`LIMIT` characters of ``text``, up to the end of a word."""
    limit = len(text)
    if limit <= LIMIT and text.isascii() and text.isprintable() and "&" not in text:
        plain_words = text.split()
        if " ".join(plain_words) == text and not any(map(_is_glued, plain_words)):
            return Mended(plain_words, [], [], [False] * len(plain_words), [])
    mended = Mended([], [], [], [], [])
    issues = mended.issues
    if limit > LIMIT:
        limit = LIMIT
        while limit > LIMIT - 200 and not text[limit].isspace():
            limit -= 1
        issues.append("too_long")
    last = 0
    for chunk in _CHUNK.finditer(text, 0, limit):
        start, end, piece = chunk.start(), chunk.end(), chunk[0]
        gap = text[last:start]
        new_line = bool(mended.words) and ("\n" in gap or "\r" in gap)
        if gap not in ("", " ", "\n"):
            add_issue(issues, "spacing")
        last = end
        for part in _mend_chunk(piece, issues) if _DOUBTFUL.search(piece) or _is_glued(piece) else (piece,):
            mended.words.append(part)
            mended.starts.append(start)
            mended.ends.append(end)
            mended.breaks.append(new_line)
            new_line = False
    if limit == len(text) and last < limit:
        add_issue(issues, "spacing")
    return mended


def unmark(words: list[str], kept: list[int]) -> bool:
    """Remove the Markdown at the start of the words ``kept``: heading signs, and the stars around a bold beginning.

    Changes ``kept`` and ``words`` in place. Returns whether there was any.
    """
    before = len(kept)
    while kept and not words[kept[0]].strip("#"):
        del kept[0]
    while kept and words[kept[0]].startswith("**") and words[kept[0]].strip("*"):
        last = next((at for at in kept[:_BOLD] if words[at].rstrip(",.;:").endswith("**")), None)
        if last is None:
            break
        words[kept[0]] = words[kept[0]][2:]
        words[last] = words[last].replace("**", "", 1)
        before += 1
    return len(kept) < before


def join(words: list[str], breaks: list[bool]) -> str:
    """Join the words with single spaces, and with a line break where one stood."""
    if not any(breaks[1:]):
        return " ".join(words)
    pieces = [words[0]]
    for word, new_line in zip(words[1:], breaks[1:], strict=True):
        pieces.append(("\n" if new_line else " ") + word)
    return "".join(pieces)


def _mend_chunk(chunk: str, issues: list[str]) -> list[str]:
    """The words of one stretch without white space, mended until nothing changes any more."""
    words = [chunk]
    for _ in range(6):
        before = words
        words = [part for word in words for part in _mend_once(word, issues).split()]
        if words == before:
            break
    if len(words) > 1:
        add_issue(issues, "spacing")
    return words


def _mend_once(piece: str, issues: list[str]) -> str:
    whole = _SURROGATE.sub("\ufffd", piece)
    if whole != piece:
        add_issue(issues, "broken_characters")
    shown = _CONTROL.sub("", whole)
    if shown != whole:
        add_issue(issues, "control_characters")
    repairs: list[str] = []
    piece = repair(shown, repairs)
    for name in repairs:
        add_issue(issues, _ISSUES.get(name, name))
    if _is_glued(piece):
        piece = _GLUED.sub(" ", piece)
        add_issue(issues, "spacing")
    return piece


@lru_cache(maxsize=32_768)
def _is_glued(word: str) -> bool:
    """Whether ``word`` lost a blank. Addresses and paths are left alone: they have stops of their own."""
    return len(word) <= _LONGEST_WORD and "/" not in word and _GLUED.search(word) is not None


def add_issue(issues: list[str], issue: str) -> None:
    """Add ``issue`` unless it is there already."""
    if issue not in issues:
        issues.append(issue)
