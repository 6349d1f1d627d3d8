"""A source without a parser: ``records`` of its settings says where its records are, ``fields.yaml`` what they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ingest.errors import IngestError
from ingest.read.fieldrules import Rules, load_rules
from ingest.read.leaves import Leaf
from ingest.read.recordfile import ONLY_TEXTS, TREES, FileRecord, read_records
from ingest.read.rules import RuleReader
from ingest.read.values import is_nothing
from ingest.records.document import Capture, Document, Entry

_HEAD = 65536
"""Bytes at the start of a file in which the words stand that tell whose it is."""

_STARTS = {"json": (b"{", b"["), "jsonl": (b"{",), "html": (b"<",), "xml": (b"<",)}
"""How a file of a format begins."""

_BLANKS = b"\xef\xbb\xbf \r\n\t"


class Declared(NamedTuple):
    """The functions of a declared source, and the name and version of its reader."""

    parse: Callable[[Capture], Document]
    recognise: Callable[[Capture], bool]
    reader: str


def declared_source(name: str, settings: Mapping[str, Any], fields: Path) -> Declared:
    """The source that ``records`` of the settings declare. Raises :class:`IngestError` for invalid fields."""
    said: Mapping[str, Any] = settings["records"]
    reader = f"{name}/{settings.get('reader', '1')}"
    rules = load_rules(fields)
    if not {"name", "id"} & set(rules.entry):
        raise IngestError(
            "fields.yaml: a field must be `entry: name` or `entry: id`, or nobody knows which model it is"
        )
    texts = [text.encode() for text in said["holds"]]

    def recognise(capture: Capture) -> bool:
        head = capture.content[:_HEAD]
        starts = _STARTS.get(said["format"])
        return all(text in head for text in texts) and (starts is None or head.lstrip(_BLANKS).startswith(starts))

    def parse(capture: Capture) -> Document:
        def entry(record: FileRecord, reading: RuleReader) -> Entry:
            return entry_of(record, reading, said.get("provider"))

        return read_document(capture, (name, reader), rules, said["format"], said.get("at", ""), entry=entry)

    return Declared(parse, recognise, reader)


def read_document(
    capture: Capture,
    source: tuple[str, str],
    rules: Rules,
    format_: str,
    at: str,
    *,
    entry: Callable[[FileRecord, RuleReader], Entry | None],
) -> Document:
    """A file of records as the document of a ``source`` (its name, and its reader with the version).

    ``format_`` and ``at`` are as in :func:`ingest.read.recordfile.read_records`. ``entry`` makes the entry of a record.
    It gives None for a record without a model, and tells the reader of the rules why.
    """
    document = Document(*source)
    try:
        file = read_records(capture.content, format_, at)
    except IngestError as error:
        document.rejected = str(error)
        return document
    document.repairs, document.incomplete = file.repairs, file.incomplete
    reading = RuleReader(rules, f"{at}/*/" if format_ in TREES else "", only_texts=format_ in ONLY_TEXTS)
    document.entries += [made for record in file.records if (made := entry(record, reading)) is not None]
    reading.finish(document, file.doubled)
    return document


def entry_of(record: FileRecord, reading: RuleReader, provider: str | None = None, *, tier: str | None = None) -> Entry:
    """One record as an entry, as the rules say: who it is (``entry``), and what it states.

    ``provider`` sells at its prices where the record itself names no seller; ``tier`` is a condition of all of them.
    """
    said = {leaf.path: leaf for leaf in record.fields if isinstance(leaf.value, str) and not is_nothing(leaf.text)}
    found: dict[str, Leaf] = {}
    for part, paths in reading.rules.entry.items():
        leaf = next((said[path] for path in paths if path in said), None)
        if leaf is not None:
            found[part] = leaf
    text = {part: leaf.text.strip() for part, leaf in found.items()}
    named = found.get("name") or found.get("id")
    entry = Entry(
        text.get("name"),
        named.locator if named else record.place,
        text.get("organization"),
        text.get("id"),
        organization_locator=found["organization"].locator if "organization" in found else None,
        record_key=text.get("key"),
    )
    reading.read(entry, record.fields, provider=text.get("provider") or provider, tier=tier)
    return entry
