"""From bytes to clean text. Every rule that changes text records its name.

The rules are small functions on text; :func:`decode` picks the encoding and :func:`repair` mends what earlier
software on the way to the page has broken. Neither ever changes the number of lines, so that a line number of
the result is a line number of the input.

These are the rules for notes too: :mod:`ingest.describe.mend` asks :func:`repair` for each word, since it must say
where each word stood, and adds what only notes need (lost blanks, half characters).
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from ingest.read.encoding import encoding_of, unmistakable
from ingest.read.remembered import of_the_last_content

# Terminal escapes and other controls never belong to a page's text. Form feed and vertical tab part words.
_CONTROLS = bytes(b for b in range(0x20) if b not in (0x09, 0x0A, 0x0B, 0x0C, 0x0D)) + b"\x7f"
_FEEDS = bytes.maketrans(b"\x0b\x0c", b"  ")

# What a file starts with (its magic number) when it is no text at all.
_MAGIC = (
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x7fELF", "elf"),
    (b"RIFF", "riff"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"PAR1", "parquet"),
)

_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
# The first letter that a UTF-8 lead byte becomes in cp1252, then what a continuation byte becomes.
_MOJIBAKE = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d"
    "\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178]"
)
# Zero-width space, word joiner, byte-order mark, soft hyphen, direction marks; the two joiners only after a
# Latin character, since other scripts and emoji need them. C0 and C1 controls can come from entities.
_INVISIBLE = re.compile(
    "[\u200b\u200e\u200f\u2060-\u2064\u2066-\u2069\u202a-\u202e\ufeff\u00ad]|(?<=[\u0000-\u024f])[\u200c\u200d]"
)
_CONTROL_TEXT = re.compile("[\u0000-\u0008\u000e-\u001e\u007f-\u0084\u0086-\u009f]")
# All that one of these two may match, as one class: few pages hold any, and a class is found four times as fast.
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000e-\u001e\u007f-\u0084\u0086-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)

# All that one of the rules on characters may match.
_ACTED_ON = re.compile("[\u0000-\u0008\u000e-\u001e\u007f-\u00ff\u200b-\u200f\u202a-\u202f\u2060-\u2069\ufeff]")

# ftfy looks at a line as a whole; a longer line is mended piece by piece, so that its cost stays linear.
_PIECE = 20_000


@dataclass(slots=True)
class Decoded:
    """Text, the encoding it was read with, the names of the rules that acted, and why it is this encoding."""

    text: str
    encoding: str
    repairs: list[str] = field(default_factory=list)
    why: str = "utf8"


@of_the_last_content
def binary_kind(content: bytes) -> str | None:
    """The kind of file (``png``, ``gzip``, …) or ``unknown`` when ``content`` is no text; else None.

    Looks at 64 KiB at most: a known magic number, or control characters in more than one byte of fifty, which
    no text in a byte-wise encoding has (random bytes have one of nine).
    """
    head = content[:65536]
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if unmistakable(head) is not None:
        return None
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return "unknown" if controls * 50 > len(head) else None


def first_sign(content: bytes) -> bytes:
    """The first byte of content behind a byte order mark and blanks; nothing where the first 4 KiB have no other.

    >>> first_sign(b'\\xef\\xbb\\xbf {"a": 1}'), first_sign(b"  ")
    (b'{', b'')
    """
    return content[:_START].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]


def may_be_json(content: bytes) -> bool:
    """Whether content begins as JSON does: with a brace, or with a bracket that is no link of Markdown.

    >>> may_be_json(b'[{"a": 1}]'), may_be_json(b"[Home](https://example.org/)")
    (True, False)
    """
    sign = first_sign(content)
    return sign == b"{" or (sign == b"[" and not begins_with_link(content[:_START].decode("latin-1")))


def begins_with_link(text: str) -> bool:
    """Whether a text begins with a link of Markdown: ``[Home](https://example.org/)``."""
    return _LINK.match(text.lstrip("\xef\xbb\xbf\ufeff \t\r\n")) is not None


_LINK = re.compile(r"\[[^\[\]\n]{0,200}\]\([^()\s]{1,500}\)|\[!\[[^\[\]\n]{0,200}\]\(")
_START = 4096

CONTROL_SEQUENCE = r"\x1b\[[0-?]{0,32}[ -/]{0,8}[@-~]?|\x1b\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)?|\x1b[@-Z\\^_]"
"""Control sequences of terminals (ECMA-48), that is colours, movements and titles. Without the escape character the
rest of one would look like text."""

_TERMINAL = re.compile(CONTROL_SEQUENCE.encode())


def decode(content: bytes, media_type: str | None = None) -> Decoded:
    """Text of ``content``, with every line break as ``\\n``, in the encoding that :func:`encoding_of` finds.

    ``media_type`` is what the HTTP header declares. Takes any bytes and raises nothing.
    """
    repairs: list[str] = []
    codec, why, mark = encoding_of(content, media_type)
    is_bytewise = not codec.startswith(("utf-16", "utf-32", "iso2022"))
    cleaned = content[len(mark) :]
    if is_bytewise and not mark:
        plain = _TERMINAL.sub(b"", cleaned) if b"\x1b" in cleaned else cleaned
        cleaned = plain.translate(_FEEDS, _CONTROLS)
    if why in _REPAIRS:
        repairs.append(_REPAIRS[why])
    if is_bytewise and len(cleaned) + len(mark) != len(content):
        repairs.append("control_characters")
    if why == "fallback":
        text = cleaned.decode("utf-8", "surrogateescape").translate(_CP1252_BYTES)
    else:
        text = cleaned.decode(codec, "replace")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Decoded(text, codec, repairs, why)


_REPAIRS = {
    "byte_order_mark": "byte_order_mark",
    "http_header": "http_charset",
    "declared": "declared_charset",
    "nulls": "utf16_without_mark",
    "detected": "detected_charset",
    "fallback": "cp1252_bytes",
}
"""The names that the ways to an encoding leave behind, where it is not plainly UTF-8."""


def repair(text: str, repairs: list[str]) -> str:
    """``text`` with entities, mojibake and invisible characters mended; rules that acted join ``repairs``.

    The number of lines stays. Most texts hold nothing that one of the rules acts on, and come back as they are.
    """
    escaped = "&" in text and _ENTITY.search(text)
    if not escaped and (text.isascii() or not _ACTED_ON.search(text)):
        return text
    for rule in (_entities, _mojibake, _invisible, _no_break_spaces):
        mended = rule(text)
        if mended != text:
            name = rule.__name__.lstrip("_")
            if name not in repairs:
                repairs.append(name)
            text = mended
    return text


_CP1252_BYTES = {0xDC00 + b: bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(0x80, 0x100)}
"""What each byte that is no UTF-8 means in cp1252, by the code point that ``surrogateescape`` gives it; the five that
cp1252 lacks are read as Latin-1."""


def _entities(text: str) -> str:
    """``&lt;128k`` shown as it stands: a page that was escaped twice, or markup pasted into a text page."""
    if "&" not in text:
        return text
    return _ENTITY.sub(lambda m: html.unescape(m.group()).replace("\n", " ").replace("\r", " "), text)


def _mojibake(text: str) -> str:
    """UTF-8 that was once read as cp1252 (``â€¢`` for ``•``): ftfy's encoding repair on the lines that show it."""
    if text.isascii() or not _MOJIBAKE.search(text):
        return text
    from ftfy import fix_encoding

    lines = text.split("\n")
    for i, line in enumerate(lines):
        if not line.isascii() and _MOJIBAKE.search(line):
            lines[i] = "".join(fix_encoding(piece) for piece in _pieces(line)).replace("\n", " ")
    return "\n".join(lines)


def _pieces(line: str) -> list[str]:
    if len(line) <= _PIECE:
        return [line]
    pieces = []
    start = 0
    while start < len(line):
        end = start + _PIECE
        # A broken character has no plain space inside, so a cut behind one harms nothing.
        cut = line.rfind(" ", start, end) + 1 if end < len(line) else 0
        end = cut if cut > start else end
        pieces.append(line[start:end])
        start = end
    return pieces


def _invisible(text: str) -> str:
    """Characters of no width, soft hyphens, direction marks and controls, which hide inside words."""
    if not _UNSEEN.search(text):
        return text
    return _CONTROL_TEXT.sub("", _INVISIBLE.sub("", text))


def _no_break_spaces(text: str) -> str:
    """No-break spaces of both widths are spaces to a reader."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")
