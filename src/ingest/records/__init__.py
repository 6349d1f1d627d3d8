"""The records that flow through the project, defined once."""

from ingest.records.document import Capture, Check, Document, Entry, Price, Score, Stated, UnreadLine

__all__ = ["Capture", "Check", "Document", "Entry", "Price", "Score", "Stated", "UnreadLine"]
