"""The frame that JSON feeds share: the file becomes a tree, a source's own function the entries of that tree.

A file that is not JSON or has no entry is rejected with a reason. Repeated keys and fields that no rule names are
reported.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ingest.errors import IngestError
from ingest.read.datafile import read_json
from ingest.read.fieldrules import FieldsFile, load_rules
from ingest.read.rules import RuleReader
from ingest.records.document import Capture, Document, Entry


class JsonFeed(NamedTuple):
    """A source of JSON files: its name and reader, its ``fields.yaml``, where a record stands, what holds entries."""

    name: str
    reader: str
    fields: Path
    where: str
    entry: str
    """What an entry is, in words: ``no_models: the file holds no <entry>``."""
    schema: type[FieldsFile] = FieldsFile


Entries = Callable[[Any, Capture, RuleReader], list[Entry] | None]
"""The entries of a tree; None where the file is of another shape."""


def read_feed(feed: JsonFeed, capture: Capture, entries: Entries) -> Document:
    """The :class:`Document` of one file of a JSON feed."""
    document = Document(feed.name, feed.reader)
    try:
        tree = read_json(capture.content)
    except IngestError as error:
        document.rejected = str(error)
        return document
    document.repairs = tree.repairs
    reading = RuleReader(load_rules(feed.fields, feed.schema), feed.where)
    found = entries(tree.root, capture, reading)
    if found is None:
        document.rejected = f"no_models: the file holds no {feed.entry}"
        return document
    document.entries = found
    reading.finish(document, tree.doubled)
    return document
