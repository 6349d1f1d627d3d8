"""From a model page to its record: one grammar over the visible lines of text and HTML alike.

The page is a header (name, badges, description) and sections. What the headings, labels and badges are called
is data (``labels.yaml``). Each visible line is claimed by a named rule or stays unread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from ingest.knowledge import read_yaml
from ingest.read.languages import language_of
from ingest.read.lines import Line, Page, locator, read_page
from ingest.read.reject import no_page_reason, no_text_reason
from ingest.records.document import Capture, Check, Document, Entry, Score, UnreadLine
from ingest.sources.model_page.benchmarks import is_marked, looks_like_score, read_benchmarks
from ingest.sources.model_page.fields import Claim, Fields
from ingest.sources.model_page.header import Header, read_header
from ingest.sources.model_page.labels import is_feature, is_ornament, known, markers

SOURCE = read_yaml(Path(__file__).with_name("source.yaml"))
NAME: str = SOURCE["name"]
READER: str = f"{NAME}/{SOURCE['reader']}"

_BENCHMARKS = "benchmarks"
_SIMILAR = "similar"
_UNKNOWN = "unknown"

# Content up to this size is read in full to recognise it where a look at its bytes does not.
_LARGEST_LOOK = 4 * 2**20


def recognise(capture: Capture) -> bool:
    """Whether the content is a model page: two of the words that ``labels.yaml`` lists as markers stand in it."""
    content = capture.content
    if content[:4096].lstrip()[:1] in (b"{", b"["):
        return False
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.replace(b"\x00", b"")
    text = content.lower()
    seen = 0
    for marker in markers():
        if marker in text:
            seen += 1
            if seen == 2:
                return no_text_reason(capture.content) is None
    # Words parted by markup or by characters that do not show: look at the visible lines.
    if len(content) > _LARGEST_LOOK or (content.isascii() and b"&" not in content and b"</" not in content):
        return False
    if no_text_reason(content) is not None:
        return False
    lines = read_page(content, capture.media_type).lines
    sections = sum(known(line.text).section is not None for line in lines)
    return sections >= 2 and any(known(text).field for line in lines for text in (line.text, line.parts[0]))


def parse(capture: Capture) -> Document:
    """The :class:`Document` of a model page: one entry, or the reason why it is rejected."""
    return _read(capture)[0]


def account(capture: Capture) -> list[tuple[Line, str | None]]:
    """Each visible line of a page with the name of the rule that claimed it, None for an unread one."""
    _, lines, claimed = _read(capture)
    return [(line, claimed.get(line.number)) for line in lines]


@dataclass(slots=True)
class _Section:
    name: str
    lines: list[Line] = field(default_factory=list)


def _read(capture: Capture) -> tuple[Document, list[Line], dict[int, str]]:
    document = Document(NAME, READER)
    claimed: dict[int, str] = {}
    document.rejected = no_text_reason(capture.content)
    if document.rejected:
        return document, [], claimed
    page = read_page(capture.content, capture.media_type)
    document.repairs = page.repairs

    pieces: set[tuple[int, str]] = set()

    def claim(rule: str, lines: Sequence[Line]) -> None:
        for line in lines:
            claimed[line.number] = rule
            if pieces:
                pieces.discard((line.number, line.text))

    body = _without_chrome(page, claim)
    if body and body[-1] is page.lines[-1] and _is_cut_off(page, capture.content):
        body.pop()
    whole = body
    body = _apart(body)
    if body is not whole:
        shown = {line.number: line.text for line in whole}
        pieces.update((line.number, line.text) for line in body if line.text != shown[line.number])
    header, sections = _sections(body, claim)
    head = read_header(header, page, claim)
    language = language_of(line.text for line in body)
    fields = Fields(claim, language)
    scores: list[Score] = []
    for section in sections:
        if section.name == _BENCHMARKS:
            scores += read_benchmarks(section.lines, claim, language)
        elif section.name == _SIMILAR:
            claim("similar_models", section.lines)
        elif section.name != _UNKNOWN:
            fields.read(section.lines)
    document.rejected = _no_record_reason(page, head, fields, scores)
    if document.rejected or head.name is None:
        return document, page.lines, claimed
    fields.add_header(head)
    entry = Entry(
        head.name.text,
        locator(head.name.number, head.name.number),
        fields.organization,
        organization_locator=fields.organization_place,
    )
    entry.stated, entry.prices, entry.scores = fields.stated(), fields.prices, scores
    document.entries.append(entry)
    document.captured_on = fields.captured_on
    document.checks = fields.checks()
    average = _average_check(fields, scores)
    if average:
        document.checks.append(average)
    if len(claimed) < len(page.lines):
        document.unread = [UnreadLine(line.number, line.text) for line in page.lines if line.number not in claimed]
    if pieces:
        # Of a line that holds several labels, the pieces that no rule took.
        left = [UnreadLine(line.number, line.text) for line in body if (line.number, line.text) in pieces]
        document.unread += [piece for piece in left if piece.line in claimed]
    return document, page.lines, claimed


def _no_record_reason(page: Page, head: Header, fields: Fields, scores: list[Score]) -> str | None:
    """Why the lines are not those of one model's page: no fields, the fields of many models, or no name."""
    if not (fields.understood or (scores and head.organization)):
        return no_page_reason(page, "not_a_model_page")
    if fields.of_several_models:
        return "several_models"
    return None if head.name else "no_name"


def _is_cut_off(page: Page, content: bytes) -> bool:
    """Whether HTML ends in the middle of a text or a tag: its last line may be half of a value, so it stays unread.

    A file that was written to its end has a line break there, where its last end tags are left out.
    """
    end = content[-4:].replace(b"\x00", b"")
    return page.media_type == "text/html" and not end.endswith((b">", b"\n", b"\r"))


def _without_chrome(page: Page, claim: Claim) -> list[Line]:
    """The lines of a page without its navigation, its trailing footer and a site's menu before the name."""
    lines = page.lines
    end = len(lines)
    while end and lines[end - 1].landmark == "footer":
        end -= 1
    claim("page_chrome", lines[end:])
    body = lines[:end]
    if any(line.landmark == "nav" for line in body):
        claim("page_chrome", [line for line in body if line.landmark == "nav"])
        body = [line for line in body if line.landmark != "nav"]
    while body and _is_chrome(body[-1]):
        claim("page_chrome", body[-1:])
        body.pop()
    start = 0
    while start < len(body) and not body[start].heading and _is_chrome(body[start]):
        start += 1
    claim("page_chrome", body[:start])
    return body[start:]


def _is_chrome(line: Line) -> bool:
    return all(known(part).chrome for part in line.parts) or known(line.text).chrome or line.text.startswith("©")


def _sections(lines: list[Line], claim: Claim) -> tuple[list[Line], list[_Section]]:
    """The lines of the header, and the sections behind it with their lines (headings claimed)."""
    header: list[Line] = []
    sections: list[_Section] = []
    current = header
    knowns = [known(line.text) for line in lines]
    headings = [line for line, what in zip(lines, knowns, strict=True) if what.section]
    level = min([line.heading for line in headings if line.heading], default=0)
    outer = min([line.shared for line in headings if line is not lines[0]], default=0)
    apart = any(line.shared > outer for line in lines)
    last = len(lines) - 1
    name = ""
    for at, line in enumerate(lines):
        what = knowns[at]
        if name == _SIMILAR and not what.section:
            current.append(line)
            continue
        if what.section and _begins_section(lines, at, name):
            claim("section", (line,))
            name = what.section
            sections.append(_Section(name))
            current = sections[-1].lines
            continue
        if not sections:
            if at and what.field and not what.badge and at < last:
                # The first section has lost its heading.
                name = "fields"
                sections.append(_Section(name))
                current = sections[-1].lines
        elif name not in (_SIMILAR, _UNKNOWN) and not (what.field or what.category or what.intro or what.badge):
            behind = lines[at + 1] if at < last else None
            if level and 0 < line.heading <= level:
                unknown = True
            elif name == _BENCHMARKS or not current or level or not apart or behind is None:
                unknown = False
            else:
                # A line apart from the lines around it, as the known headings are.
                before = lines[at - 1]
                unknown = (
                    line.shared <= outer
                    and line.number != before.number
                    and behind.shared <= outer
                    and not (known(before.text).field and line.shared > 0)
                    and not known(behind.text).section
                    and not known(line.text.partition(":")[0]).field
                )
            if unknown:
                name = _UNKNOWN
                sections.append(_Section(name))
                current = sections[-1].lines
        elif name == "fields" and what.category and not what.badge and at < last and known(lines[at + 1].text).intro:
            # The benchmark section has lost its heading.
            name = _BENCHMARKS
            sections.append(_Section(name))
            current = sections[-1].lines
        current.append(line)
    return header, sections


def _begins_section(lines: list[Line], at: int, current: str) -> bool:
    """Whether a line with the words of a section heading is one, and not a name, a value or a link."""
    if at == 0 and lines[0].heading == 1:
        return False  # a model may be called anything
    if current == _BENCHMARKS and at + 1 < len(lines):
        behind = [line.text for line in lines[at + 1 : at + 4]]
        # A benchmark of this name, or a note of these words, with its score or with its mark and score.
        marked = any(is_marked(mark) and looks_like_score(score) for mark, score in pairwise(behind))
        return not (looks_like_score(behind[0]) or marked)
    return True


def _apart(lines: list[Line]) -> list[Line]:
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
    if len(parts) == 1:
        return None
    names = [bool((what := known(part)).field or what.section) for part in parts]
    count = sum(names)
    if all(known(part).badge or is_feature(part) for part in parts):
        return None
    if not count or known(line.text).field or known(line.text).section:
        return None
    if count == 1 and names[0] and known(parts[0]).field:
        value = line.text[len(parts[0]) :].lstrip(" :·•|")
        return [
            Line(line.number, parts[0], parts[:1], line.shared, 0, ""),
            Line(line.number, value, parts[1:], line.shared + 1000, 0, ""),
        ]
    if names[0] or count >= 3:
        return [Line(line.number, part, (part,), line.shared, line.heading, "") for part in parts]
    return None


def _holds_tags(line: Line | None) -> bool:
    if line is None:
        return False
    what = known(line.text)
    return bool(what.field and what.field.value in ("features", "capabilities"))


def _average_check(fields: Fields, scores: list[Score]) -> Check | None:
    """The mean of the percentages on the page against the average that it states, as far as rounding allows."""
    stated = fields.average
    if stated is None:
        return None
    percentages = [s for s in scores if s.unit == "percent" and s.score is not None]
    if not percentages:
        return Check("average_score", False, stated.raw_text, None) if not scores else None
    count = len(percentages)
    low = sum(s.score_low or 0.0 for s in percentages) / count
    high = sum(s.score_high or 0.0 for s in percentages) / count
    mean = sum(s.score or 0.0 for s in percentages) / count
    passed = low <= (stated.high or 0.0) + 1e-9 and (stated.low or 0.0) - 1e-9 <= high
    return Check("average_score", passed, stated.raw_text, f"{mean:.2f}% of {count} scores")
