"""The records that flow through the project, defined once."""

from ingest.records.document import (
    CONDITIONS,
    EVIDENCE_FIELDS,
    TIER_FIELDS,
    Capture,
    Check,
    Document,
    Entry,
    Price,
    Score,
    Stated,
    UnreadLine,
)

__all__ = [
    "CONDITIONS",
    "EVIDENCE_FIELDS",
    "TIER_FIELDS",
    "Capture",
    "Check",
    "Document",
    "Entry",
    "Price",
    "Score",
    "Stated",
    "UnreadLine",
]
