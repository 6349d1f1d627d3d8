"""The encoding of a text, and the reason: in the order of the HTML standard, then by detection.

The order is byte order mark, charset of the HTTP header, charset that the page declares, then detection. Valid UTF-8
with characters of several bytes comes before any declaration: text in another encoding is valid UTF-8 only by chance
and only for a few characters, and servers declare a charset by habit.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from ingest.read.remembered import of_the_last_content

_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_:.-]{2,40})", re.I)
_DECLARED_WITHIN = 4096
"""A page declares its charset within so many bytes; the HTML standard looks at 1,024."""

_LOOK = 1 << 16
_ENOUGH = 8
"""Detection needs so many bytes beyond ASCII. With fewer, western letters are most likely."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_MEANT = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "ksc5601": "cp949",
    "big5": "big5hkscs", "utf-16": "utf-16-le",
}  # fmt: skip
"""What browsers read where a page declares the name before it (https://encoding.spec.whatwg.org/#names-and-labels)."""

_CANDIDATES = [
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_2", "iso8859_5",
    "koi8_r", "cp932", "euc_jp", "gb18030", "big5", "cp949",
]  # fmt: skip
"""The encodings that detection chooses among: those of pages on the web."""

_NO_TEXT = frozenset({"utf-7", "unicode_escape", "raw_unicode_escape", "punycode", "idna", "mbcs", "oem", "undefined"})


class Encoding(NamedTuple):
    """A codec of Python, why it was chosen, and the bytes before the text (a byte order mark).

    ``why`` is ``byte_order_mark``, ``http_header``, ``declared``, ``utf8``, ``nulls`` (UTF-16 without a mark),
    ``detected`` or ``fallback`` (UTF-8, and cp1252 for the bytes that it cannot hold).
    """

    codec: str
    why: str
    mark: bytes = b""


@of_the_last_content
def encoding_of(content: bytes, media_type: str | None = None) -> Encoding:
    """The encoding of a text. ``media_type`` is what the HTTP header declares. Takes any bytes, raises nothing."""
    if (wide := unmistakable(content)) is not None:
        return wide
    is_utf8 = _decodes(content, "utf-8")
    if is_utf8 and not content.isascii():
        return Encoding("utf-8", "utf8")
    header = _declared((media_type or "").encode("utf-8", "replace"))
    page = _declared(content[:_DECLARED_WITHIN])
    for found, why in ((header, "http_header"), (page, "declared")):
        said = _codec(found.group(1).decode("ascii")) if found else None
        if said is not None and not (is_utf8 and not said.startswith("iso2022")) and _decodes(content, said):
            return Encoding(said, why)
    if is_utf8:
        return Encoding("utf-8", "utf8")
    declares_utf8 = any(found and _codec(found.group(1).decode("ascii")) == "utf-8" for found in (header, page))
    detected = None if declares_utf8 or _is_damaged_utf8(content) else _detected(content)
    return Encoding(detected, "detected") if detected else Encoding("cp1252", "fallback")


def _declared(head: bytes) -> re.Match[bytes] | None:
    """Where a charset is declared; most texts do not have the word."""
    at = head.lower().find(b"charset")
    return _CHARSET.search(head, at) if at >= 0 else None


def _is_damaged_utf8(content: bytes) -> bool:
    """Whether bytes are UTF-8 with a few broken ones: text in another encoding has few characters of several bytes that
    are valid UTF-8 by chance, and more that are not."""
    beyond = [char for char in content.decode("utf-8", "surrogateescape") if char > "\x7f"]
    broken = sum("\udc80" <= char <= "\udcff" for char in beyond)
    return len(beyond) - broken >= 2 * broken > 0


def unmistakable(content: bytes) -> Encoding | None:
    """The encoding that a byte order mark tells, or the NULs of UTF-16 without one."""
    for mark, codec in _MARKS:
        if content.startswith(mark):
            return Encoding(codec, "byte_order_mark", mark)
    utf16 = _without_mark(content)
    return Encoding(utf16, "nulls") if utf16 else None


def _without_mark(content: bytes) -> str | None:
    """``utf-16-le`` or ``utf-16-be`` for text of that encoding without a mark: every other byte of markup is NUL."""
    head = content[:_DECLARED_WITHIN]
    if b"\0" not in head or len(head) < 16:
        return None
    even, odd, half = head[::2].count(0), head[1::2].count(0), len(head) // 2
    if odd > half // 5 and even <= half // 100:
        return "utf-16-le"
    return "utf-16-be" if even > half // 5 and odd <= half // 100 else None


def _codec(label: str) -> str | None:
    """The codec that a label of a charset means; None for one that is unknown or no text."""
    label = label.strip().lower()
    try:
        found = codecs.lookup(label)
    except (LookupError, ValueError):
        from webencodings import lookup  # labels of the standard that Python does not know, such as x-sjis

        named = lookup(label)
        if named is None or named.name in ("x-user-defined", "replacement"):  # no codecs of Python
            return None
        found = named.codec_info
    if found.name in _NO_TEXT or not getattr(found, "_is_text_encoding", True):
        return None
    return _MEANT.get(found.name, found.name)


def _decodes(content: bytes, codec: str) -> bool:
    try:
        content.decode(codec)
    except (UnicodeError, ValueError):
        return False
    return True


def _detected(content: bytes) -> str | None:
    """The detected encoding of bytes that are not UTF-8 and declare nothing; None if there is too little evidence."""
    from charset_normalizer import from_bytes

    head = content[:_LOOK]
    if len(head) - len(head.translate(None, bytes(range(0x80, 0x100)))) < _ENOUGH:
        return None
    likely = from_bytes(head, cp_isolation=_CANDIDATES, explain=False)
    best = likely.best()
    if best is None:
        return None
    as_good = [each.encoding for each in likely if (each.chaos, each.coherence) == (best.chaos, best.coherence)]
    codec = "cp1252" if "cp1252" in as_good else best.encoding  # the most frequent of those that nothing tells apart
    return codecs.lookup(codec).name if _decodes(content, codec) else None
