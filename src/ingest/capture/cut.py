"""Whether a document breaks off: judged against what it was before, where its own form does not tell.

A JSON file says by its last sign whether it is whole, HTML only where it breaks off within a tag or a text. A table or
a text that ends in a cell or a line need not: the last cell may be empty, the last line short. What was read of the
document before tells them apart.
"""

from __future__ import annotations

from ingest.capture.archive import BREAKS_OFF, FOLLOWS, Archive
from ingest.errors import IngestError

BROKEN_OFF = "cut_off"
"""What the reasons of documents that break off begin with."""

_LINE_ENDS = (b"\n", b"\r")
_CLOSED = (b"}", b"]", b">")
"""What a JSON, YAML or HTML text ends in: their readers judge whether it is whole, but for the end of a page."""
_END_OF_PAGE = b"</html"
_LAST_BYTES = 4096
"""Comments and blanks behind the end of a page take no more, nor does what stands before its title."""
_DELIMITERS = (b",", b";", b"\t")
_ENOUGH_ROWS = 2
"""So many rows lost at the end, and only there, are no change of a source that changes row by row."""


def held_against(archive: Archive, before: str | None, content: bytes, *, was_read: bool) -> dict[str, object]:
    """What ``extra`` of a capture says of its document: that it ``was_read``, and why it is a part of what was sent, as
    far as what was read before tells that. ``before`` is the SHA-256 of the bytes that were read last, if any."""
    if before is None:
        return {FOLLOWS: True} if was_read else {}
    try:
        cut = breaks_off(_bytewise(content), _bytewise(archive.load(before)))
    except IngestError:  # lost or damaged: nothing to hold it against
        cut = None
    return {FOLLOWS: True} | ({BREAKS_OFF: cut} if cut else {})


def _bytewise(content: bytes) -> bytes:
    """A text of UTF-16 or UTF-32 in UTF-8, so that its line breaks and brackets are single bytes."""
    if b"\0" not in content[:_LAST_BYTES]:
        return content
    from ingest.read.encoding import unmistakable

    wide = unmistakable(content)
    if wide is None or wide.codec == "utf-8":
        return content
    return content[len(wide.mark) :].decode(wide.codec, "replace").encode()


def breaks_off(content: bytes, before: bytes) -> str | None:
    """Why ``content`` is a part of what was sent, or None where nothing tells that. ``before`` is what the document
    was when it was last read.

    >>> breaks_off(b"name,score,note\\nheron,0.4,\\nwren,0.5,", b"name,score,note\\nheron,0.3,\\nwren,0.5,ok\\n")
    'cut_off: it does not end in a line break, as it did before'
    """
    ends_in_line = content.endswith(_LINE_ENDS)
    if len(content) < len(before) and before.startswith(content) and before[len(content) :].strip():
        if not (ends_in_line and before.endswith(_LINE_ENDS)):
            return "cut_off: it is the beginning of what stood there before"
        return None
    if _is_page_without_end(content, before):
        return "cut_off: it does not end in </html>, as it did before"
    if ends_in_line or content.endswith(_CLOSED) or not _is_table(content, before):
        return None
    if before.endswith(_LINE_ENDS):
        return "cut_off: it does not end in a line break, as it did before"
    lost = _rows_lost_at_the_end(content, before)
    return f"cut_off: it ends where {lost:,} more rows stood before" if lost >= _ENOUGH_ROWS else None


def _is_page_without_end(content: bytes, before: bytes) -> bool:
    """Whether a page lacks the end that it had. An error page may have stood there before, so the title must be one."""
    if not content.lstrip().startswith(b"<") or _END_OF_PAGE not in before[-_LAST_BYTES:].lower():
        return False
    return _title(content) == _title(before) and _END_OF_PAGE not in content.lower()


def _title(page: bytes) -> bytes:
    return page[:_LAST_BYTES].lower().partition(b"<title")[2].partition(b"</title")[0].strip()


def _is_table(content: bytes, before: bytes) -> bool:
    header = content.partition(b"\n")[0].strip()
    return header == before.partition(b"\n")[0].strip() and any(sign in header for sign in _DELIMITERS)


def _rows_lost_at_the_end(content: bytes, before: bytes) -> int:
    """The rows that stood behind the last row of ``content`` and are gone; rows are told by their first cell."""
    header = content.partition(b"\n")[0]
    delimiter = max(_DELIMITERS, key=header.count)
    keys, keys_before = ([line.partition(delimiter)[0] for line in text.split(b"\n")] for text in (content, before))
    if len(keys) >= len(keys_before) or keys[-1] not in keys_before:
        return 0
    behind = set(keys_before[len(keys_before) - keys_before[::-1].index(keys[-1]) :]) - {b""}
    return 0 if behind & set(keys) else len(behind)
