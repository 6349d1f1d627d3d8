"""Mends spelling and spacing, and keeps for every word where it stood in the text as it was given."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache

LIMIT = 20_000
"""Characters of a description that are analysed. The longest notes met have a few hundred; what stands after
is kept in ``description_raw`` alone and recorded (``too_long``), so that a hostile page costs linear time."""

_CHUNK = re.compile(r"[^ \t\n\r\f\v]+")
_INVISIBLE = re.compile(
    "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]|(?<![^\x00-\x7f])[\u200c\u200d](?![^\x00-\x7f])"
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MOJIBAKE = re.compile(
    "[\u00c2\u00c3\u00c5\u00c4\u00d0\u00d1\u00e2\u00ef\u00f0\u00ce\u00cf\u0192\u0102][^\x00-\x7f]"
    "|\u0432\u0402|[\u0420\u0421][^\x00-\x7f\u0410-\u044f]"
)
_DOUBTFUL = re.compile(
    "[&\x00-\x1f\x7f-\xa0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2069\u3000\ufeff\ufff9-\ufffb\ud800-\udfff]|"
    + _MOJIBAKE.pattern
)
"""Whether a stretch can need mending at all: every character that one of the mends looks for."""
_GLUED = re.compile(
    r"(?<=[A-Za-z0-9)][A-Za-z0-9)][.!?])(?=[A-Z][a-z])"
    r"|(?<=[a-z0-9)])(?=(?:AI|User|Human|Assistant|System):)"
    r"|(?:(?<=shot)|(?<=shots)|(?<=accuracy)|(?<=tools)|(?<=score)|(?<=benchmark)|(?<=evaluation)|(?<=runs)|(?<=trials)"
    r"|(?<=match)|(?<=thinking))(?=[A-Z][a-z]{2})"
)
"""Where a blank is lost: behind a full stop, before a speaker, and behind a word that notes end in."""
_LONGEST_WORD = 200
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{1,6}|#[xX][0-9A-Fa-f]{1,5});")


@dataclass(slots=True)
class Mended:
    """The words of a text, their starts and ends in it, whether a line starts at each, and what was mended.

    ``starts`` and ``ends`` are empty where the text is its words with one blank between them.
    """

    words: list[str]
    starts: list[int]
    ends: list[int]
    breaks: list[bool]
    issues: list[str]

    def start(self, word: int) -> int:
        """Where ``word`` starts in the text as it was given, in characters."""
        return self.starts[word] if self.starts else sum(map(len, self.words[:word])) + word

    def end(self, word: int) -> int:
        """Where ``word`` ends in the text as it was given, in characters."""
        return self.ends[word] if self.starts else self.start(word) + len(self.words[word])


def mend(text: str) -> Mended:
    """Mends the first :data:`LIMIT` characters of ``text`` (to the end of a word)."""
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
            _note(issues, "spacing")
        last = end
        for part in _mend_chunk(piece, issues) if _DOUBTFUL.search(piece) or _is_glued(piece) else (piece,):
            mended.words.append(part)
            mended.starts.append(start)
            mended.ends.append(end)
            mended.breaks.append(new_line)
            new_line = False
    if limit == len(text) and last < limit:
        _note(issues, "spacing")
    return mended


def join(words: list[str], breaks: list[bool]) -> str:
    """The words as text again, with single spaces and the line breaks that stood between them."""
    if not any(breaks[1:]):
        return " ".join(words)
    pieces = [words[0]]
    for word, new_line in zip(words[1:], breaks[1:], strict=True):
        pieces.append(("\n" if new_line else " ") + word)
    return "".join(pieces)


def _mend_chunk(chunk: str, issues: list[str]) -> list[str]:
    """The words of one stretch without plain white space, mended until nothing changes any more."""
    words = [chunk]
    for _ in range(6):
        before = words
        words = [part for word in words for part in _mend_once(word, issues).split()]
        if words == before:
            break
    if len(words) > 1:
        _note(issues, "spacing")
    return words


def _mend_once(piece: str, issues: list[str]) -> str:
    piece = _changed(piece, _SURROGATE.sub("\ufffd", piece), "broken_characters", issues)
    if _MOJIBAKE.search(piece):
        piece = _changed(piece, _unmojibake(piece), "mojibake", issues)
    if "&" in piece and _ENTITY.search(piece):
        piece = _changed(piece, html.unescape(piece), "html_entity", issues)
    if _is_glued(piece):
        piece = _changed(piece, _GLUED.sub(" ", piece), "spacing", issues)
    piece = _changed(piece, _INVISIBLE.sub("", piece), "invisible_characters", issues)
    return _changed(piece, _CONTROL.sub("", piece), "control_characters", issues)


@lru_cache(maxsize=32_768)
def _is_glued(word: str) -> bool:
    """Whether a blank is lost in ``word``; an address or a path has its own stops."""
    return len(word) <= _LONGEST_WORD and "/" not in word and _GLUED.search(word) is not None


def _unmojibake(piece: str) -> str:
    """ftfy's repair of text that was decoded with the wrong encoding, and nothing else of ftfy."""
    import ftfy  # noqa: PLC0415 -- needed for one text in thousands

    return str(ftfy.fix_encoding(piece))


def _changed(before: str, after: str, issue: str, issues: list[str]) -> str:
    if before != after:
        _note(issues, issue)
    return after


def _note(issues: list[str], issue: str) -> None:
    if issue not in issues:
        issues.append(issue)
