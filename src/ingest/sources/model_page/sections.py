"""A page cut into its header and its sections, without the site around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import NamedTuple

from ingest.read.lines import ON_ONE_LINE, Claim, Line, Page, without
from ingest.sources.model_page.identity import named
from ingest.sources.model_page.labels import is_feature, is_ornament, known
from ingest.sources.model_page.order import OF_WORDS, TAGS
from ingest.sources.model_page.score_lines import is_marked, looks_like_score

BENCHMARKS = "benchmarks"
SIMILAR = "similar"
UNKNOWN = "unknown"

_PAIR = 2
_MOST_WORDS_OF_LABEL = 4
_NEAR = 4
_FIGURES = frozenset("0123456789$€£¥~<")


@dataclass(slots=True)
class Section:
    """One section: what kind it is, the English heading that its own means (None where it has none), its lines, and
    what its prices are for where the heading says so."""

    name: str
    heading: str | None = None
    lines: list[Line] = field(default_factory=list)
    unit: tuple[str, float] | None = None


def is_cut_off(page: Page, content: bytes) -> bool:
    """Whether HTML ends in the middle of a text or a tag: its last line may be half of a value, so it stays unread.

    A file that was written to its end has a line break there, where its last end tags are left out.
    """
    end = content[-4:].replace(b"\x00", b"")
    return page.media_type == "text/html" and not end.endswith((b">", b"\n", b"\r"))


def without_chrome(page: Page, claim: Claim) -> list[Line]:
    """The lines of a page without its navigation, its trailing footer and a site's menu before the name."""
    lines = page.lines
    end = len(lines)
    while end and lines[end - 1].landmark == "footer":
        end -= 1
    claim("page_chrome", lines[end:])
    body = lines[:end]
    landmarks = {line.landmark for line in body}
    if "nav" in landmarks:
        claim("page_chrome", [line for line in body if line.landmark == "nav"])
        body = [line for line in body if line.landmark != "nav"]
    body = _without_struck(body, claim)
    if "quote" in landmarks:
        body = _without_quoted_facts(body)
    while body and _is_chrome(body[-1]):
        claim("page_chrome", body[-1:])
        body.pop()
    start = 0
    while start < len(body) and not body[start].heading and _is_chrome(body[start]):
        start += 1
    claim("page_chrome", body[:start])
    return body[start:]


def _without_quoted_facts(lines: list[Line]) -> list[Line]:
    """The lines without quotations that hold labels or scores: another says it, so they stay unread.

    A quotation of prose may be the description, and a page that is one as a whole is the page.
    """
    quoted = [line for line in lines if line.landmark == "quote"]
    if not 0 < len(quoted) * 2 < len(lines):
        return lines
    left: set[int] = set()
    for is_quoted, group in groupby(lines, key=lambda line: line.landmark == "quote"):
        block = list(group)
        if is_quoted and any(_states_fact(line) for line in block):
            left.update(line.number for line in block)
    return without(lines, lambda line: line.number in left) if left else lines


def _states_fact(line: Line) -> bool:
    words = line.text.split()
    starts = [" ".join(words[:size]) for size in range(1, _MOST_WORDS_OF_LABEL + 1)]  # "Context 999.0K"
    texts = (line.text, line.parts[0], line.text.partition(":")[0], *starts)
    return any(known(text).field for text in texts) or any(map(looks_like_score, line.parts))


def _without_struck(lines: list[Line], claim: Claim) -> list[Line]:
    """The lines without those that are crossed out: they are shown, and state nothing."""
    if True not in [line.struck for line in lines]:
        return lines
    claim("struck_out", [line for line in lines if line.struck])
    return without(lines, lambda line: line.struck)


def _is_chrome(line: Line) -> bool:
    return all(known(part).chrome for part in line.parts) or known(line.text).chrome or line.text.startswith("©")


class _SimilarModels:
    """The section of similar models, which may be laid out as small pages with headings and figures of their own.

    ``above`` is its heading, ``shown`` are the headings of the page before it.
    """

    def __init__(self, above: Line, shown: set[str | None]) -> None:
        self._above = above
        self._shown = shown
        self._is_inside = False

    def holds(self, lines: list[Line], at: int) -> bool:
        """Whether the words of a heading stand in a small page: lower than the heading of all, in front of a figure
        (``Price``, ``$0.05``), or for the second time, below the name of a model."""
        line = lines[at]
        if self._above.heading and line.heading:
            return line.heading > self._above.heading
        if at + 1 < len(lines) and lines[at + 1].text[0] in _FIGURES and not known(lines[at + 1].text).field:
            return True
        if known(line.text).heading not in self._shown:
            return False
        near = lines[max(0, at - _NEAR) : at]
        self._is_inside = self._is_inside or any(named(each.text).is_model for each in near)
        return self._is_inside


def split_sections(
    lines: list[Line], claim: Claim, own: Callable[[str], bool] | None = None
) -> tuple[list[Line], list[Section]]:
    """The lines of the header, and the sections behind it with their lines (headings claimed).

    ``own`` tells a sentence about the page's own model, which begins no section.
    """
    header: list[Line] = []
    sections: list[Section] = []
    current = header
    knowns = [known(line.text) for line in lines]
    headings = [line for line, what in zip(lines, knowns, strict=True) if what.section]
    level = min([line.heading for line in headings if line.heading], default=0)
    outer = min([line.shared for line in headings if line is not lines[0]], default=0)
    levels = _Levels(level, outer, any(line.shared > outer for line in lines))
    last = len(lines) - 1
    name = ""
    similar: _SimilarModels | None = None
    for at, line in enumerate(lines):
        what = knowns[at]
        if name == SIMILAR and (not what.section or (similar and similar.holds(lines, at))):
            current.append(line)
            continue
        if what.section and _begins_section(lines, at, name):
            claim("section", (line,))
            name = what.section
            if name == SIMILAR:
                similar = _SimilarModels(line, {section.heading for section in sections})
            sections.append(Section(name, what.heading, unit=what.unit))
            current = sections[-1].lines
            continue
        if not sections:
            if at and what.field and not what.badge and at < last:
                # The first section has lost its heading.
                name = "fields"
                sections.append(Section(name, what.heading))
                current = sections[-1].lines
        elif name not in (SIMILAR, UNKNOWN) and not (what.field or what.category or what.intro or what.badge):
            is_open = bool(current) and name != BENCHMARKS
            if _is_unknown(lines, at, levels, own, is_open=is_open):
                name = UNKNOWN
                sections.append(Section(name, what.heading))
                current = sections[-1].lines
        elif name == UNKNOWN and 0 < line.heading <= level and what.field and what.field.value == "features":
            # A list of features has a heading of its own, behind one that nobody knows.
            name = "fields"
            sections.append(Section(name, what.heading))
            current = sections[-1].lines
        elif name == "fields" and what.category and not what.badge and at < last and known(lines[at + 1].text).intro:
            # The benchmark section has lost its heading.
            name = BENCHMARKS
            sections.append(Section(name, what.heading))
            current = sections[-1].lines
        current.append(line)
    return header, sections


class _Levels(NamedTuple):
    """The least level of a section's heading and the depth at which headings stand; whether other lines are deeper."""

    heading: int
    outer: int
    apart: bool


def _is_unknown(
    lines: list[Line], at: int, levels: _Levels, own: Callable[[str], bool] | None, *, is_open: bool
) -> bool:
    """Whether a line that no list knows heads a section: by its level, or apart from the lines around it, as the
    headings that are known."""
    line = lines[at]
    if levels.heading and 0 < line.heading <= levels.heading:
        return True
    if not is_open or levels.heading or not levels.apart or at + 1 == len(lines):
        return False
    before, behind = lines[at - 1], lines[at + 1]
    return (
        len(line.parts) == 1  # no row of a table
        and line.shared <= levels.outer
        and line.number != before.number
        and behind.shared <= levels.outer
        and not (known(before.text).field and line.shared > 0)
        and not known(behind.text).section
        and not known(line.text.partition(":")[0]).field
        and not (own and own(line.text))
    )


def _begins_section(lines: list[Line], at: int, current: str) -> bool:
    """Whether a line with the words of a section heading is one, and not a name, a value or a link."""
    if at == 0 and lines[0].heading == 1:
        return False  # a model may be called anything
    if current == BENCHMARKS and at + 1 < len(lines):
        behind = [line.text for line in lines[at + 1 : at + 4]]
        # A benchmark of this name, or a note of these words, with its score or with its mark and score.
        marked = any(is_marked(mark) and looks_like_score(score) for mark, score in pairwise(behind))
        return not (looks_like_score(behind[0]) or marked)
    return True


def apart(lines: list[Line]) -> list[Line]:
    """Lines that hold several labels or headings side by side, parted and without ornaments; all others as they are."""
    out: list[Line] | None = None
    before: Line | None = None
    for at, line in enumerate(lines):
        pieces: list[Line] | None = None
        if len(line.parts) > 1:
            plain = _plain(line)
            pieces = None if _holds_tags(before) else _pieces(plain, plain.parts)
            if plain is not line and not pieces:
                pieces = [plain]
        if pieces and out is None:
            out = lines[:at]
        if out is not None:
            out += pieces or (line,)
        before = line
    return lines if out is None else out


def _plain(line: Line) -> Line:
    """A line without what only decorates it in an element of its own: a question mark that opens a help text."""
    while len(line.parts) > 1 and is_ornament(line.parts[-1]):
        text = line.text[: -len(line.parts[-1])].rstrip()
        line = line._replace(text=text, parts=line.parts[:-1])
    return line


def _pieces(line: Line, parts: tuple[str, ...]) -> list[Line] | None:
    if len(parts) == 1 or all(known(part).badge or is_feature(part) for part in parts):
        return None
    names = [bool((what := known(part)).field or what.section) for part in parts]
    count = sum(names)
    if not count or known(line.text).field or known(line.text).section:
        return None
    if count == 1 and names[0] and known(parts[0]).field:
        value = line.text[len(parts[0]) :].lstrip(" :·•|")
        return _pair(line, parts[0], value, parts[1:])
    if len(parts) == _PAIR and not names[0] and not line.heading and parts[0][-1:].isalnum() and _is_figure(*parts):
        return _pair(line, parts[1], parts[0], parts[:1])
    if names[0] or count >= 3:
        return [Line(line.number, part, (part,), line.shared, line.heading, "") for part in parts]
    return None


def _pair(line: Line, label: str, value: str, parts: tuple[str, ...]) -> list[Line]:
    """A line of a label and a value as two lines, nearer to each other than any two lines of a page."""
    return [
        Line(line.number, label, (label,), line.shared, 0, ""),
        Line(line.number, value, parts, line.shared + ON_ONE_LINE, 0, ""),
    ]


def _is_figure(value: str, label: str) -> bool:
    """Whether a line is a figure with its caption behind it: ``128K`` and ``Context``."""
    field = known(label).field
    figures = field is not None and field.value not in (*TAGS, *OF_WORDS, "yes_no")
    return figures and any(sign.isdigit() for sign in value)


def _holds_tags(line: Line | None) -> bool:
    if line is None:
        return False
    what = known(line.text)
    return bool(what.field and what.field.value in ("features", "capabilities"))
