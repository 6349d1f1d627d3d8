"""Raw model pages and feeds in, a DuckDB warehouse with provenance for every value out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.errors import IngestError

if TYPE_CHECKING:
    from ingest.records.document import Document

__all__ = ["IngestError", "parse"]


def parse(content: bytes, *, source: str | None = None) -> Document:
    """Reads one page or feed file without a warehouse.

    Gives a :class:`~ingest.records.document.Document`; content that is no data of any source is ``rejected``
    in it, with the reason. ``source`` names the source instead of having it recognised from the content.
    Raises :class:`IngestError`, and nothing else, whatever the bytes are.

    >>> import ingest
    >>> ingest.parse(b"").rejected
    'empty'
    """
    # Imported here, so that the command line starts fast.
    from ingest.records.document import Capture
    from ingest.sources import parse as parse_capture

    if not isinstance(content, (bytes, bytearray, memoryview)):
        raise IngestError(f"Content is bytes, not {type(content).__name__!r}.")
    try:
        return parse_capture(Capture(bytes(content)), source)
    except IngestError:
        raise
    except (Exception, RecursionError) as error:
        raise IngestError(f"The reader failed on this content: {type(error).__name__} {str(error)[:200]!r}.") from error
