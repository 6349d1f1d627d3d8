"""Markdown as a reader sees it: front matter, headings, pipe tables, lists and inline HTML, by the file's own lines.

Blocks are told apart by markdown-it-py (CommonMark with tables), which knows the lines of each. A locator is a line of
the file as it is.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import yaml
from lxml import etree

from ingest.read.text import begins_with_link

_FRONT = re.compile(r"\s{0,9}---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_KEY_LINE = re.compile(r"[A-Za-z_][\w-]{0,60}:(?:\s|$)")
_HEADING = re.compile(r"#{1,6} \S")
# A text that begins with a heading of Markdown: of letters, since "# 7" is a rank.
_TITLE = re.compile(r"\s{0,99}# [^\W\d]")
_RULE_OF_TABLE = re.compile(r"\|? ?:?-{2,}:? ?(?:\| ?:?-{2,}:? ?)+\|?")
# A row between pipes; tools that extract text leave out the line of dashes below the first one.
_ROW = re.compile(r"\|[^|]{1,200}\|(?:[^|]{0,200}\|){1,12}")
_TAG = re.compile(r"<[^<>]{1,400}>")
# A number that stands higher is a footnote or a power, and no digit of the number before it.
_RAISED = ("<sup>", "</sup>")
_RAISED_SIGN = re.compile(r" ?\^ ?(\w)?")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
# A comment that does not end reaches to the end of its block.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
# Elements of HTML that hold what another said, or what is typed.
_QUOTE_OPENS = re.compile(r"<(?:blockquote|pre)\b", re.IGNORECASE)
_QUOTE_ENDS = re.compile(r"</(?:blockquote|pre)\b", re.IGNORECASE)
_BLOCK_OPENS = re.compile(r"<blockquote\b", re.IGNORECASE)
_BLOCK_ENDS = re.compile(r"</blockquote\b", re.IGNORECASE)
# Front matter is short; a longer one is not read.
_LARGEST_FRONT = 2**18
_MOST_NODES = 20_000
_DEEPEST = 40
# How much of a text is looked at to tell Markdown.
_LOOK = 20_000
_FEW = 2
# What a heading and a row of a table begin with.
_MARKS = ("#", "|")
# Lines of a table of HTML that stands open.
_TALLEST = 2000


class Cell(NamedTuple):
    """One cell of a table: its text, whether all of it is strong or a heading of the table, and its lines where breaks
    part it into several."""

    text: str
    strong: bool = False
    lines: tuple[str, ...] = ()


class MarkdownRow(NamedTuple):
    """One row of a table with the line where it stands."""

    line: int
    cells: list[Cell]


@dataclass(slots=True)
class MarkdownTable:
    """A table with the texts of the headings above it, outermost first. The first row is its head, if it has one.
    ``quoted`` is set inside a quotation. ``typed`` holds the line above a table that stands in a block of code."""

    headings: list[str]
    head: MarkdownRow
    rows: list[MarkdownRow] = field(default_factory=list)
    quoted: bool = False
    typed: str | None = None


class Text(NamedTuple):
    """A line of prose, a heading (``level`` 1 to 6) or an item of a list (``item``), without its marks; ``quoted``
    inside a quotation or a text set as it was typed."""

    line: int
    text: str
    level: int = 0
    item: bool = False
    pieces: tuple[str, ...] = ()
    quoted: bool = False


@dataclass(slots=True)
class Markdown:
    """What a Markdown file holds: values of its front matter by path with their lines, texts and tables in order."""

    front: dict[str, Any] = field(default_factory=dict)
    front_lines: dict[tuple[str | int, ...], int] = field(default_factory=dict)
    front_end: int = 0
    texts: list[Text] = field(default_factory=list)
    tables: list[MarkdownTable] = field(default_factory=list)


def is_markdown(text: str, media_type: str | None = None) -> bool:
    """Whether a text is Markdown: its media type says so, or it has front matter, or headings or tables of Markdown."""
    if media_type in ("text/markdown", "text/x-markdown"):
        return True
    if _front_text(text) is not None:
        return True
    if (sign := text.lstrip()[:1]) in ("<", "{", "[") and not (sign == "[" and begins_with_link(text)):
        return False
    text = text[:_LOOK]
    if _TITLE.match(text):
        return True
    if not (text[:1] in _MARKS or any(f"\n{mark}" in text for mark in _MARKS) or "--" in text):
        return False
    lines = text.split("\n")
    headings = sum(_HEADING.match(line) is not None for line in lines)
    tables = sum(_RULE_OF_TABLE.fullmatch(line.strip()) is not None for line in lines if "--" in line)
    rows = sum(_ROW.fullmatch(line.strip()) is not None for line in lines if line[:1] == "|")
    return headings >= _FEW or (headings > 0 and (tables > 0 or rows >= _FEW)) or tables >= _FEW


def read_markdown(text: str) -> Markdown:
    """The :class:`Markdown` of any text; raises nothing."""
    read = Markdown()
    front = _front_text(text)
    body = text
    if front is not None:
        first = text[: text.index("---")].count("\n") + 2
        read.front_end = text[: _front_end(text)].count("\n")
        _read_front(front, first, read)
        # The lines of the front matter stay, empty, so that the others keep their numbers.
        body = "\n" * read.front_end + text[_front_end(text) :]
    headings: list[tuple[int, str]] = []
    tokens = _tokens(body)
    source = body.split("\n")
    quotes = _Quotes()
    at = 0
    while at < len(tokens):
        token = tokens[at]
        tables, texts = len(read.tables), len(read.texts)
        quotes.see(tokens, at)
        if token.type == "heading_open":
            level = int(token.tag[1:])
            text_ = _plain(tokens[at + 1])
            if not quotes.depth:
                headings = [each for each in headings if each[0] < level] + [(level, text_)]
            read.texts.append(Text(token.map[0] + 1, text_, level, pieces=(text_,)))
            at += 2
        elif token.type == "table_open":
            end = next(n for n in range(at, len(tokens)) if tokens[n].type == "table_close")
            read.tables += _pipe_table(tokens[at:end], [name for _, name in headings])
            at = end
        elif token.type == "inline":
            in_item = any(each.type == "list_item_open" for each in tokens[max(0, at - 2) : at])
            read.texts += _texts(token, in_item)
        elif token.type in ("fence", "code_block"):
            read.tables += _typed_tables(token, [name for _, name in headings])
        elif token.type == "html_block":
            last = _html_block(token, source, read, [name for _, name in headings])
            while at + 1 < len(tokens) and (tokens[at + 1].map or [last])[0] < last:
                at += 1
        if quotes.depth:
            read.texts[texts:] = [text._replace(quoted=True) for text in read.texts[texts:]]
            for table in read.tables[tables:]:
                table.quoted = True
        at += 1
    return read


@dataclass(slots=True)
class _Quotes:
    """How deep the tokens stand in quotations: those of Markdown, but for notes of the Hub (``> [!NOTE]``), and
    elements of HTML that begin and end in blocks of HTML."""

    kinds: list[bool] = field(default_factory=list)
    html: int = 0

    @property
    def depth(self) -> int:
        return sum(self.kinds) + self.html

    def see(self, tokens: Sequence[Any], at: int) -> None:
        token = tokens[at]
        if token.type == "blockquote_open":
            first = next((each.content for each in tokens[at : at + 4] if each.type == "inline"), "")
            self.kinds.append(not first.lstrip().startswith("[!"))
        elif token.type == "blockquote_close":
            self.kinds.pop()
        elif token.type == "html_block":
            self.html = max(0, self.html + _quotes_opened(token.content))


def _quotes_opened(markup: str) -> int:
    """How many quotations a piece of HTML leaves open; below 0 where it ends some."""
    shown = _COMMENT.sub("", markup)
    return len(_BLOCK_OPENS.findall(shown)) - len(_BLOCK_ENDS.findall(shown))


def _tokens(body: str) -> list[Any]:
    """The tokens of a text; none where the parser fails, which it does on a few odd ends of a file."""
    with suppress(IndexError, ValueError, RecursionError):
        return list(_parser().parse(body + "\n\n"))
    return []


@cache
def _parser() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True}).enable("table")


def _front_text(text: str) -> str | None:
    head = text[:_LARGEST_FRONT]
    found = _FRONT.match(head)
    if found is None:
        return None
    lines = [line for line in found[1].split("\n") if line.strip()]
    return found[1] if lines and any(_KEY_LINE.match(line) for line in lines[:5]) else None


def _front_end(text: str) -> int:
    found = _FRONT.match(text[:_LARGEST_FRONT])
    return found.end() if found else 0


def _read_front(front: str, first: int, read: Markdown) -> None:
    with suppress(yaml.YAMLError, RecursionError, ValueError):
        value = _Nodes(first, read.front_lines).value(yaml.compose(front, Loader=yaml.SafeLoader), ())
        read.front = value if isinstance(value, dict) else {}


@dataclass(slots=True)
class _Nodes:
    """Values of YAML nodes with every scalar as text; ``lines`` gets the line of each path."""

    first: int
    lines: dict[tuple[str | int, ...], int]
    left: int = _MOST_NODES
    around: set[int] = field(default_factory=set)

    def value(self, node: Any, path: tuple[str | int, ...]) -> Any:
        """The value of a node; None for one within itself, which an alias can make. Raises ValueError for front matter
        that is too large, as one of many aliases is."""
        self.left -= 1
        if self.left < 0 or len(path) > _DEEPEST:
            raise ValueError("front matter is too large")
        self.lines[path] = self.first + node.start_mark.line
        if id(node) in self.around:
            return None
        self.around.add(id(node))
        try:
            return self._content(node, path)
        finally:
            self.around.remove(id(node))

    def _content(self, node: Any, path: tuple[str | int, ...]) -> Any:
        if isinstance(node, yaml.MappingNode):
            return {name: self.value(each, (*path, name)) for name, each in _named(node.value)}
        if isinstance(node, yaml.SequenceNode):
            return [self.value(each, (*path, at)) for at, each in enumerate(node.value)]
        return None if node.tag.endswith(":null") else str(node.value)


def _named(items: list[tuple[Any, Any]]) -> list[tuple[str, Any]]:
    """The values of a mapping by name. Where a key stands twice with different values, nobody can say which one holds:
    they are called ``key (1)`` and ``key (2)``."""
    names = [str(key.value) for key, _ in items]
    times = Counter(names)
    told: dict[str, set[str]] = {}
    for name, (_, node) in zip(names, items, strict=True):
        told.setdefault(name, set()).add(yaml.serialize(node, Dumper=yaml.SafeDumper) if times[name] > 1 else "")
    seen: Counter[str] = Counter()
    found: list[tuple[str, Any]] = []
    for name, (_, node) in zip(names, items, strict=True):
        seen[name] += 1
        if len(told[name]) > 1:
            found.append((f"{name} ({seen[name]})", node))
        elif seen[name] == 1:
            found.append((name, node))
    return found


def _texts(token: Any, item: bool) -> Iterator[Text]:
    """The lines of a paragraph or of an item, each without its marks."""
    line = token.map[0] + 1
    pieces: list[str] = [""]
    raised = False
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak") or (
            child.type == "html_inline" and _BREAK.fullmatch(child.content)
        ):
            yield from _text(line, pieces, item)
            line += child.type != "html_inline"
            pieces = [""]
        elif child.type in ("text", "code_inline"):
            is_behind = raised and child.content[:1].isalnum() and any(pieces)  # as a whole it is only small
            pieces[-1] += f"^{child.content}" if is_behind else child.content
            raised = False
        elif child.type == "html_inline" and child.content.lower() in _RAISED:
            raised = child.content.lower() == _RAISED[0]
        elif child.type in ("strong_open", "strong_close") or child.type == "html_inline":
            pieces.append("")
        elif child.type == "image":
            continue
    yield from _text(line, pieces, item)


def _text(line: int, pieces: list[str], item: bool) -> Iterator[Text]:
    clean = tuple(words for piece in pieces if (words := " ".join(html.unescape(piece).split())))
    text = " ".join(html.unescape("".join(pieces)).split())
    if text and _ROW.fullmatch(text):
        clean = tuple(cell for each in text.strip("|").split("|") if (cell := each.strip()))
        text = " ".join(clean)
    if text:
        yield Text(line, text, item=item, pieces=clean)


def _plain(token: Any) -> str:
    return " ".join(text.text for text in _texts(token, False))


def _pipe_table(tokens: Sequence[Any], headings: list[str]) -> list[MarkdownTable]:
    rows: list[MarkdownRow] = []
    head: MarkdownRow | None = None
    for at, token in enumerate(tokens):
        if token.type != "tr_open":
            continue
        end = next(n for n in range(at, len(tokens)) if tokens[n].type == "tr_close")
        cells = [_cell(each) for each in tokens[at:end] if each.type == "inline"]
        row = MarkdownRow(token.map[0] + 1, cells)
        if head is None:
            head = row
        else:
            rows.append(row)
    return [MarkdownTable(headings, head, rows)] if head is not None else []


def _typed_tables(token: Any, headings: list[str]) -> list[MarkdownTable]:
    """The pipe tables in a block of code, as tools print them: a row of heads, one of dashes, and rows as long."""
    if "|-" not in token.content:
        return []
    lines = [line.strip() for line in token.content.split("\n")]
    first = token.map[0] + 1 + (token.type == "fence")
    tables: list[MarkdownTable] = []
    for at in range(1, len(lines) - 1):
        heads = _typed_cells(lines[at - 1])
        if not (heads and _RULE_OF_TABLE.fullmatch(lines[at])):
            continue
        above = next((line for line in reversed(lines[: at - 1]) if line), "")
        table = MarkdownTable(headings, MarkdownRow(first + at - 1, heads), typed=above)
        for number, line in enumerate(lines[at + 1 :], at + 1):
            cells = _typed_cells(line)
            if len(cells) != len(heads):
                break
            table.rows.append(MarkdownRow(first + number, cells))
        tables += [table] if table.rows else []
    return tables


def _typed_cells(line: str) -> list[Cell]:
    if not (line.startswith("|") and line.endswith("|") and len(line) > 1):
        return []
    return [Cell(" ".join(cell.split())) for cell in line[1:-1].split("|")]


def _cell(token: Any) -> Cell:
    children = [child for child in token.children or () if child.type != "text" or child.content.strip()]
    strong = bool(children) and children[0].type == "strong_open" and children[-1].type == "strong_close"
    lines = tuple(text.text for text in _texts(token, False))
    return Cell(" ".join(lines), strong, lines if len(lines) > 1 else ())


def _html_block(token: Any, source: list[str], read: Markdown, headings: list[str]) -> int:
    """Takes the tables and the shown lines of a block of HTML; gives the line behind it, counted from 0."""
    first, last = token.map
    lower = token.content.lower()
    if "<table" in lower:
        # An empty line inside ends the block for Markdown, and not for HTML.
        while last < len(source) and "</table" not in "\n".join(source[first:last]).lower() and last - first < _TALLEST:
            last += 1
        _html_tables("\n".join(source[first:last]), first, read, headings)
        return int(last)
    shown = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), token.content)
    depth = 0
    for number, raw in enumerate(shown.split("\n"), first + 1):
        text = " ".join(html.unescape(_TAG.sub(" ", raw)).split())
        depth += len(_QUOTE_OPENS.findall(raw))
        if text:
            read.texts.append(Text(number, text, pieces=(text,), quoted=depth > 0))
        depth -= len(_QUOTE_ENDS.findall(raw))
    return int(last)


def _html_tables(markup: str, first: int, read: Markdown, headings: list[str]) -> None:
    with suppress(etree.LxmlError, ValueError, AssertionError):
        tree = etree.fromstring(markup.encode("utf-8", "replace"), etree.HTMLParser(encoding="utf-8"))
        for table in tree.iter("table") if tree is not None else ():
            spans: dict[int, tuple[int, Cell]] = {}
            rows = [row for row in (_html_row(each, first, spans) for each in table.iter("tr")) if row.cells]
            if rows:
                read.tables.append(MarkdownTable(headings, rows[0], rows[1:]))


def _html_row(row: Any, first: int, spans: dict[int, tuple[int, Cell]]) -> MarkdownRow:
    """The cells of a row; ``spans`` has those that reach down from rows above, by column, and for how many rows yet."""
    cells: list[Cell] = []

    def fill() -> None:
        while len(cells) in spans:
            left, cell = spans.pop(len(cells))
            if left > 1:
                below[len(cells)] = (left - 1, cell)
            cells.append(cell)

    below: dict[int, tuple[int, Cell]] = {}
    for each in row:
        if not isinstance(each.tag, str) or each.tag not in ("td", "th"):
            continue
        fill()
        text = _shown(each)
        strong = each.tag == "th" or (
            len(each) == 1 and each[0].tag in ("b", "strong") and not (each.text or "").strip()
        )
        rows = _span(each, "rowspan")
        for _ in range(_span(each, "colspan")):
            if rows > 1:
                below[len(cells)] = (rows - 1, Cell(text, strong))
            cells.append(Cell(text, strong))
    fill()
    spans.update(below)
    return MarkdownRow(first + (row.sourceline or 1), cells)


def _shown(cell: Any) -> str:
    """The text of a cell of HTML, with a sign before what stands higher behind other text: "65.5<sup>1</sup>"."""
    raised = list(cell.iter("sup"))
    for each in raised:
        each.text = f"^{each.text or ''}"
    text = " ".join(" ".join(cell.itertext()).split())
    shown = _RAISED_SIGN.sub(lambda found: f"^{found[1]}" if found[1] else "", text) if raised else text
    return shown.removeprefix("^") if raised else shown


def _span(cell: Any, name: str) -> int:
    span = cell.get(name, "1")
    return int(span) if span.isdigit() and 0 < int(span) < _DEEPEST else 1
