"""Data files as trees and tables. Each value keeps its text and its place.

Numbers with a fraction are exact (:class:`Number`, a ``Decimal``), never binary fractions: a price of 1.5e-07 dollars a
token is exactly 0.15 dollars a million. A file that cannot be read raises :class:`IngestError`, whose message begins
with a snake_case reason. A repaired file names the repair in ``repairs``.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, NamedTuple

import yaml

from ingest.errors import IngestError
from ingest.read.encoding import unmistakable
from ingest.read.leaves import Leaf, escaped
from ingest.read.text import decode
from ingest.records.document import Document
from ingest.records.forms import is_feed_file
from ingest.records.limits import LARGEST_FILE

_LONGEST_NUMBER = 400
"""Characters of a number, and its furthest power of ten. No source means a longer one, and 1e999999999, ten characters
of text, has a billion digits as an integer: what is further out is kept as the text that it is."""


class Number(Decimal):
    """A decimal number that remembers how it was written: ``0.50`` and ``5e-1`` are equal and differ in ``text``."""

    text: str

    def __new__(cls, text: str) -> Number:
        """The number that ``text`` writes. Raises ``ValueError`` or ``InvalidOperation`` where it writes none."""
        if len(text) > _LONGEST_NUMBER:
            raise ValueError("number_too_long")
        number = super().__new__(cls, text)
        if number.is_finite() and abs(number.adjusted()) > _LONGEST_NUMBER:
            raise ValueError("number_too_long")
        number.text = text
        return number


class Twice(NamedTuple):
    """A key that an object has twice: its place, and its first and last value. The tree has the last one."""

    pointer: str
    first: Any
    last: Any

    def differs_at(self, locator: str) -> bool:
        """Whether the two values differ at a place at or below the key."""
        if locator != self.pointer and not locator.startswith(f"{self.pointer}/"):
            return False
        below = locator[len(self.pointer) :]
        return bool(value_at(self.first, below) != value_at(self.last, below))

    def lies_in(self, locator: str) -> bool:
        """Whether the key stands in the object at a place, such as the score of a result."""
        return self.pointer.rpartition("/")[0] == locator


class Tree(NamedTuple):
    """The root of a JSON or TOML file, and the keys that an object has twice."""

    root: Any
    repairs: list[str]
    doubled: list[Twice]


class Row(NamedTuple):
    """A row of a table. ``number`` counts as a spreadsheet does: the header is row 1.

    A row with fewer cells than the table has columns is not ``whole``, nor is a last row that ends within its last
    cell. It may have been cut off anywhere, so none of its cells can be read, and it has one leaf, which no rule names.
    """

    number: int
    cells: dict[str, str]
    whole: bool = True

    @property
    def locator(self) -> str:
        """The place of the row: ``row 17``."""
        return f"row {self.number}"

    def leaves(self) -> Iterator[Leaf]:
        """The cells that are not empty, without surrounding blanks."""
        if not self.whole:
            text = " | ".join(self.cells.values())
            yield Leaf("a row that is not whole", text, text, self.locator)
            return
        for name, text in self.cells.items():
            value = text.strip()
            if value:
                yield Leaf(name, value, text, self.locator)


class Table(NamedTuple):
    """A CSV file: its columns in order and its rows."""

    columns: tuple[str, ...]
    rows: list[Row]

    @property
    def is_cut_off(self) -> bool:
        """Whether the last row alone is not whole: the file ends within it."""
        return bool(self.rows) and not self.rows[-1].whole and all(row.whole for row in self.rows[:-1])


_BROKEN_OFF = ", where the file breaks off"


class Block(NamedTuple):
    """A mapping in a YAML list, with the lines that it covers."""

    first: int
    last: int
    fields: list[Leaf]

    @property
    def is_cut_off(self) -> bool:
        """Whether the file may have broken off within the last value of the block."""
        return bool(self.fields) and self.fields[-1].path.endswith(_BROKEN_OFF)

    @property
    def locator(self) -> str:
        """The place of the block: ``lines 42-44``."""
        return f"line {self.first}" if self.first == self.last else f"lines {self.first}-{self.last}"


def read_json(content: bytes) -> Tree:
    """A JSON file. ``//`` comments, which JSON does not have, are removed (repair ``json_comments``).

    ``NaN`` and ``Infinity``, which JSON does not have either, and absurdly large numbers are texts.
    """
    text = decoded(content)
    repairs: list[str] = []
    try:
        root, doubled = _loads(text)
    except IngestError:
        plain = _without_comments(text)
        if plain == text:
            raise
        root, doubled = _loads(plain)
        repairs.append("json_comments")
    return Tree(root, repairs, doubled)


def read_json_lines(content: bytes) -> Tree:
    """A file with a JSON value in each line, as the list of its values; blank lines count for nothing."""
    root: list[Any] = []
    doubled: list[Twice] = []
    lines = [line for line in decoded(content).splitlines() if line.strip()]
    for number, line in enumerate(lines):
        try:
            value, twice = _loads(line)
        except IngestError as error:
            is_last = number == len(lines) - 1 and str(error).startswith("cut_off")
            raise IngestError(f"{'cut_off' if is_last else 'invalid_json'}: line {number + 1}: {error}") from None
        root.append(value)
        doubled += [each._replace(pointer=f"/{number}{each.pointer}") for each in twice]
    return Tree(root, [], doubled)


def read_json_for(document: Document, content: bytes) -> Tree | None:
    """The JSON file of a document, which gets its repairs. None if it is not JSON; ``rejected`` then says why."""
    try:
        tree = read_json(content)
    except IngestError as error:
        document.rejected = str(error)
        return None
    document.repairs = tree.repairs
    return tree


def read_toml(content: bytes) -> Tree:
    """A TOML file."""
    try:
        return Tree(tomllib.loads(decoded(content), parse_float=_fraction), [], [])
    except (tomllib.TOMLDecodeError, ValueError, RecursionError, InvalidOperation) as error:
        kind = "cut_off" if "end of document" in str(error) else "invalid_toml"
        raise IngestError(f"{kind}: {str(error)[:120]!r}") from None


def read_csv(content: bytes) -> Table:
    """A CSV file with a header row. A column without a name is called ``column 4``, a repeated name ``Name (2)``.

    Cells beyond the last column get such names too. Tabs or semicolons may stand in the place of commas.
    """
    csv.field_size_limit(LARGEST_FILE)
    text = decoded(content)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter_of(text))
    rows: list[Row] = []
    try:
        columns = _column_names(next(reader, []))
        for number, cells in enumerate(reader, 2):
            names = columns + tuple(f"column {n}" for n in range(len(columns) + 1, len(cells) + 1))
            if any(cells):
                rows.append(Row(number, dict(zip(names, cells, strict=False)), len(cells) >= len(columns)))
    except csv.Error as error:
        kind = "cut_off" if "end of data" in str(error) else "invalid_csv"  # a quote that is never closed
        raise IngestError(f"{kind}: {str(error)[:120]!r}") from None
    if not columns:
        raise IngestError("empty_table: the file has no header row")
    if rows and rows[-1].whole and not text.endswith(("\n", "\r")) and _ends_within_a_cell(columns[-1], rows):
        rows[-1] = rows[-1]._replace(whole=False)
    return Table(columns, rows)


def delimiter_of(text: str) -> str:
    """What parts the cells of a table: the sign that its header has most often, a comma where none is more frequent.

    >>> delimiter_of("id;name;since, if known"), delimiter_of("id")
    (';', ',')
    """
    header = text.partition("\n")[0]
    return max(",\t;", key=header.count)


_OTHER_ROWS = 5
"""So many rows tell what the last cell of a row looks like."""

_SHORTEST_BEGINNING = 3
"""A shorter text is the beginning of another one by chance."""


def _ends_within_a_cell(last_column: str, rows: list[Row]) -> bool:
    """Whether the last row ends within its last cell, or before it, as far as the cells above it tell.

    The cell is empty and none above it is; or all above have one form (a date, a number with two decimals), of which it
    has the beginning; or it is the beginning of a text above, and no cell above is.
    """
    *above, last = (row.cells.get(last_column, "").strip() for row in rows)
    if len(above) < _OTHER_ROWS:
        return False
    if not last:
        return all(above)
    forms = {_form(cell) for cell in above}
    if len(forms) == 1:
        (form,) = forms
        return form != _form(last) and form.startswith(_form(last))
    if len(last) < _SHORTEST_BEGINNING or not re.search(r"[^\W\d]", last) or last in above:
        return False
    if not any(cell.startswith(last) for cell in above):
        return False
    # in order, a text stands right before the first one that it is the beginning of
    ordered = sorted(set(above) - {""})
    return not any(longer.startswith(cell) for cell, longer in pairwise(ordered))


def _form(cell: str) -> str:
    """What is a digit and what a letter in a cell: the form of ``2025-09-11`` is ``9999-99-99``."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", cell))


def read_yaml_blocks(content: bytes) -> list[Block]:
    """A YAML list of flat mappings, each field with its line. Values are typed as YAML types them.

    If the file breaks off in a line before the last field of a record, the value there may be incomplete. It gets a
    name that no rule knows; so do the values of a key that stands twice (``date (1)``, ``date (2)``), and an item of
    the list that is no mapping (``item``).
    """
    text = decoded(content)
    if _deepest_nesting(text) > 200:
        raise IngestError("invalid_yaml: nested too deeply")
    try:
        root = yaml.compose(text, Loader=_YAML)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        kind = "cut_off" if mark is not None and mark.line >= text.count("\n") else "invalid_yaml"
        raise IngestError(f"{kind}: {str(error)[:120]!r}") from None
    if not isinstance(root, yaml.SequenceNode):
        raise IngestError("not_a_list: the file holds no list of records")
    blocks = [_block(node) if isinstance(node, yaml.MappingNode) else _no_block(node) for node in root.value]
    return blocks if text.endswith("\n") else _without_cut(blocks)


def _without_cut(blocks: list[Block]) -> list[Block]:
    """The blocks of a file that does not end in a line break, without a last value that may be incomplete."""
    *others, block = blocks or [Block(1, 1, [])]
    usual = {other.fields[-1].path for other in others if other.fields}
    if not block.fields or block.fields[-1].path in usual:
        return blocks
    cut = block.fields[-1]
    fields = [*block.fields[:-1], cut._replace(path=f"{cut.path}{_BROKEN_OFF}")]
    return [*others, block._replace(fields=fields)]


def decoded(content: bytes) -> str:
    """The text of a data file: UTF-8, with or without a byte order mark. Raises :class:`IngestError`.

    What comes in another encoding is made UTF-8 before (:func:`data_in_utf8`).
    """
    if len(content) > LARGEST_FILE:
        raise IngestError(f"too_large: {len(content)} bytes")
    if not content.strip():
        raise IngestError("empty")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise IngestError(f"not_utf8: byte {error.start}") from None


def data_in_utf8(content: bytes, location: str = "", media_type: str | None = None) -> tuple[bytes, list[str]]:
    """A data file in UTF-8, and the names of the rules that acted; other content as it is.

    The encoding is found as that of a page is (:func:`ingest.read.encoding.encoding_of`). Content is a data file by its
    name, its media type, or the bracket that it begins with.

    >>> data_in_utf8('{"name": "Zürich"}'.encode("utf-16"))[0].decode()
    '{"name": "Zürich"}'
    """
    head = content[:_HEAD]
    wide = unmistakable(head)
    start = head[len(wide.mark) :].decode(wide.codec, "ignore") if wide else head.decode("latin-1")
    if not (start.lstrip()[:1] in ("{", "[") or is_feed_file(location, media_type)):
        return content, []
    if (wide is None or wide.codec == "utf-8") and (content.isascii() or _is_utf8(content)):
        return content, []
    read = decode(content, media_type)
    return read.text.encode("utf-8", "replace"), read.repairs


_HEAD = 4096


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


NOWHERE = object()
"""The value at a place that a tree does not have."""


def value_at(tree: Any, pointer: str) -> Any:
    """The value at a JSON pointer, or :data:`NOWHERE` if there is no such place."""
    here = tree
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(here, dict) and key in here:
            here = here[key]
        elif isinstance(here, list) and key.isdigit() and int(key) < len(here):
            here = here[int(key)]
        else:
            return NOWHERE
    return here


class _Doubled(NamedTuple):
    """The values of a key that its object holds more than once, until the tree around them is known."""

    first: Any
    last: Any


def _loads(text: str) -> tuple[Any, list[Twice]]:
    some = False
    found: list[Twice] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal some
        record = dict(pairs)
        if len(record) < len(pairs):
            some = True
            times = Counter(key for key, _ in pairs)
            firsts = dict(reversed(pairs))
            record |= {key: _Doubled(firsts[key], last) for key, last in record.items() if times[key] > 1}
        return record

    if "\\ud" in text or "\\uD" in text:
        text = _ESCAPE.sub(_whole_character, text)
    try:
        root = json.loads(text, parse_float=_fraction, parse_int=_integer, parse_constant=str, object_pairs_hook=unique)
        return (_settled(root, "", found), found) if some else (root, [])
    except RecursionError:
        raise IngestError("invalid_json: nested too deeply") from None
    except (ValueError, InvalidOperation) as error:
        kind = "cut_off" if _ends_early(text) else "invalid_json"
        raise IngestError(f"{kind}: {str(error)[:120]!r}") from None


_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|u([dD][c-fC-F][0-9a-fA-F]{2})|.)", re.S
)
"""An escape of JSON: half of a pair of surrogates with the other half where it follows, or any other."""


def _whole_character(escape: re.Match[str]) -> str:
    high, low, lone = escape.groups()
    return r"\ufffd" if lone or (high and not low) else escape[0]


_CLOSING = {"{": "}", "[": "]"}


def _ends_early(text: str) -> bool:
    """Whether a JSON text ends before the bracket that it begins with is closed."""
    closing = _CLOSING.get(text.lstrip()[:1])
    return closing is not None and not text.rstrip().endswith(closing)


def _settled(value: Any, pointer: str, found: list[Twice]) -> Any:
    """A tree with the last value of each doubled key; ``found`` gets the places."""
    if isinstance(value, _Doubled):
        last = _settled(value.last, pointer, found)
        found.append(Twice(pointer, _settled(value.first, pointer, []), last))
        return last
    if isinstance(value, dict):
        return {key: _settled(each, f"{pointer}/{escaped(key)}", found) for key, each in value.items()}
    if isinstance(value, list):
        return [_settled(each, f"{pointer}/{n}", found) for n, each in enumerate(value)]
    return value


def _fraction(text: str) -> Number | str:
    try:
        return Number(text)
    except (ValueError, InvalidOperation):
        return text


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= _LONGEST_NUMBER else text


_STRING_OR_COMMENT = re.compile(r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"|//[^\n]*')


def _without_comments(text: str) -> str:
    return _STRING_OR_COMMENT.sub(lambda found: found[0] if found[0][0] == '"' else "", text)


def _column_names(cells: list[str]) -> tuple[str, ...]:
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = " ".join(cell.split()) or f"column {number}"
        times = sum(1 for n in names if n == name or n.startswith(f"{name} ("))
        names.append(f"{name} ({times + 1})" if name in names else name)
    return tuple(names)


_YAML: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _deepest_nesting(text: str) -> int:
    """How deep brackets and leading dashes nest at most: parsers of YAML recurse without a limit of their own."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    dashes = max((line.count("- ") for line in re.findall(r"(?m)^[ \t]*(?:- ?|\? ?)+", text)), default=0)
    # Block mappings nest by indentation: each level takes a column at least.
    indents: set[int] = {len(indent) for indent in re.findall(r"(?m)^ +", text)}
    return max(deepest, dashes, len(indents))


def _no_block(node: yaml.Node) -> Block:
    line = node.start_mark.line + 1
    return Block(line, line, [Leaf("item", None, str(getattr(node, "value", ""))[:200], f"line {line}")])


def _block(node: yaml.MappingNode) -> Block:
    fields: list[Leaf] = []
    last = node.start_mark.line + 1
    names = [str(key.value) if isinstance(key, yaml.ScalarNode) else "?" for key, _ in node.value]
    times, seen = Counter(names), Counter[str]()
    for name, (_, value) in zip(names, node.value, strict=True):
        if times[name] > 1:
            seen[name] += 1
            name = f"{name} ({seen[name]})"  # noqa: PLW2901
        line = value.start_mark.line + 1
        last = max(last, line)
        if isinstance(value, yaml.ScalarNode):
            fields.append(Leaf(name, _typed(value), value.value, f"line {line}"))
        elif isinstance(value, yaml.SequenceNode):
            items = [_typed(item) for item in value.value if isinstance(item, yaml.ScalarNode)]
            fields.append(Leaf(name, items, ", ".join(map(str, items)), f"line {line}"))
        else:
            fields.append(Leaf(name, {}, "", f"line {line}"))
    return Block(node.start_mark.line + 1, last, fields)


def _typed(node: yaml.ScalarNode) -> Any:
    """A scalar by its YAML tag: null, bool, int, float (exact) or date. Any other or unreadable scalar is text."""
    make = _TYPES.get(str(node.tag).rpartition(":")[2], str)
    try:
        return make(node.value)
    except (ValueError, InvalidOperation):
        return node.value


_TYPES: dict[str, Callable[[str], Any]] = {
    "null": lambda _: None,
    "bool": lambda text: text.lower() in ("yes", "true", "on"),
    "int": lambda text: int(text) if text.lstrip("+-").isdigit() else Number(text),
    "float": Number,
    "timestamp": lambda text: datetime.fromisoformat(text).date() if len(text) > 10 else date.fromisoformat(text),
}
