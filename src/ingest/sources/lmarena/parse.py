"""From a board of LMArena to records: a rating of each model, as a table or by category.

The table (CSV) has one arena, which its file's name says, with votes, organization and licence. The catalogue (JSON)
has the ratings of one arena by category and model, each with the ends of its interval.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ingest.knowledge import KnowledgeEntry
from ingest.read.declared import entry_of, read_document
from ingest.read.fieldrules import FieldsFile, fields_file, load_rules
from ingest.read.recordfile import FileRecord
from ingest.read.rules import RuleReader
from ingest.read.text import first_sign
from ingest.records.document import Capture, Document, Entry, Score

NAME = "lmarena"
READER = f"{NAME}/1"


class _Arena(KnowledgeEntry):
    """What a category of an arena, or the arena as a whole, is called as a benchmark."""

    arena: str
    category: str | None = None
    benchmark: str


class _LmarenaFields(FieldsFile):
    """What ``fields.yaml`` says: rules, benchmarks, and the words by which the name of a file tells more."""

    boards: tuple[_Arena, ...]
    arenas: dict[str, str]
    style_control: str


_FIELDS = Path(__file__).with_name("fields.yaml")


def recognise(capture: Capture) -> bool:
    """Whether the content is this source's: the columns or the keys of a rating with its interval."""
    sign, head = first_sign(capture.content), capture.content[:65536]
    if sign == b"{":
        return b'"rating_q975"' in head
    return sign != b"<" and b"arena_score,95_pct_ci,votes" in head


def parse(capture: Capture) -> Document:
    """The :class:`Document` of one board; ``rejected`` says why where it is none."""
    form, at = ("json", "/*") if capture.content.lstrip()[:1] == b"{" else ("csv", "")
    said = fields_file(_FIELDS, _LmarenaFields)
    file_name = capture.location.rpartition("/")[2].lower()
    arena = next((arena for word, arena in said.arenas.items() if word in file_name), "text")
    variant = said.style_control if said.style_control in file_name else None

    def entry(record: FileRecord, reading: RuleReader) -> Entry:
        made = entry_of(record, reading)
        made.scores = [_named(score, arena, variant, said) for score in made.scores]
        return made

    return read_document(capture, (NAME, READER), load_rules(_FIELDS, _LmarenaFields), form, at, entry=entry)


def _named(score: Score, arena: str, variant: str | None, said: _LmarenaFields) -> Score:
    """A rating under the name of its benchmark: that of its category, where this is one of its own."""
    of_arena = {board.category: board.benchmark for board in said.boards if board.arena == arena}
    conditions = {**score.conditions, **({"variant": variant} if variant else {})}
    category = (score.category or "").removesuffix(f"_{arena}").replace("_", " ")
    name = of_arena.get(score.category) or f"{of_arena[None]} ({category})"
    return replace(score, benchmark=name, conditions=conditions, measured_by="LMArena", self_reported=False)
