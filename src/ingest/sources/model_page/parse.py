"""From a model page to its record: one grammar over the visible lines of text and HTML alike.

The page is a header (name, badges, description) and sections. What the headings, labels and badges are called
is data (``labels.yaml``). Each visible line is claimed by a named rule or stays unread.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ingest.read.languages import Language, language_of
from ingest.read.lines import Claim, Line, Page, locator, read_page, words_of
from ingest.read.reject import no_text_reason
from ingest.read.text import may_be_json
from ingest.records.document import Capture, Check, Document, Entry, Score, UnreadLine
from ingest.sources.model_page.around import header_within, headers_below, split_around, without_page_below
from ingest.sources.model_page.benchmarks import read_benchmarks
from ingest.sources.model_page.contents import without_contents
from ingest.sources.model_page.fields import Fields
from ingest.sources.model_page.from_data import linked_maker, read_data, shows_nothing
from ingest.sources.model_page.glued import tells_of_others, with_breaks
from ingest.sources.model_page.header import Header, read_header, says_maker
from ingest.sources.model_page.identity import address_names, is_known_benchmark, own_names
from ingest.sources.model_page.labels import known, markers
from ingest.sources.model_page.order import moved_into_section
from ingest.sources.model_page.others import is_notice, without_boxes, without_comparisons, without_other_models
from ingest.sources.model_page.own_name import begin_at_own_name, is_post, tells_of
from ingest.sources.model_page.pairs import results_below, results_in_line
from ingest.sources.model_page.refusals import NO_TEXT, OTHER_DATA, PageReading, refusal
from ingest.sources.model_page.sections import (
    BENCHMARKS,
    SIMILAR,
    UNKNOWN,
    Section,
    apart,
    is_cut_off,
    split_sections,
    without_chrome,
)
from ingest.sources.model_page.sentence import maker_in_sentence
from ingest.sources.model_page.witness import hold_against_data
from ingest.sources.reading import PageAccount, begin
from ingest.sources.settings import load_settings

SOURCE = load_settings(Path(__file__).with_name("source.yaml"))
NAME: str = SOURCE["name"]
READER: str = f"{NAME}/{SOURCE['reader']}"

# Content up to this size is read in full to recognise it where a look at its bytes does not.
_LARGEST_LOOK = 4 * 2**20
_TWO = 2
# So many headings of the layout show it though each label is glued to its value.
_MANY_SECTIONS = 4
# A line with two labels or with a result on it: a small letter, a digit or a dash with a capital letter behind it.
_GLUED = re.compile(r"[a-zа-я0-9%)-][A-ZА-Я]|[0-9-] [A-ZА-Я][a-zа-я]")
_SHORTEST_GLUED = 12
_LONGEST_PARTED = 2**16
_BULLET = "- "
_MANY = 4


def recognise(capture: Capture) -> bool:
    """Whether the content is a model page: two of the words that ``labels.yaml`` lists as markers stand in it."""
    content = capture.content
    if may_be_json(content) or no_text_reason(content) is not None:
        return False
    if _has_markers(words_of(content, capture.media_type)):
        return True
    # Words parted by markup or by characters that do not show: look at the visible lines.
    if len(content) > _LARGEST_LOOK or (content.isascii() and b"&" not in content and b"</" not in content):
        return False
    lines = read_page(content, capture.media_type).lines
    sections = sum(known(line.text).section is not None for line in lines)
    labelled = (known(text).field for line in lines for text in (line.text, line.parts[0]))
    return sections >= _MANY_SECTIONS or (sections >= _TWO and any(labelled))


def _has_markers(text: str) -> bool:
    seen = 0
    for marker in markers():
        seen += marker in text
        if seen == _TWO:
            return True
    return False


class Layout(NamedTuple):
    """Which source reads a page, and whether it must have the founding layout.

    A page of another layout is read with more doubt: its model must be known, and its benchmarks too.
    """

    source: str
    reader: str
    is_founding: bool = True


_FOUNDING = Layout(NAME, READER)


def parse(capture: Capture) -> Document:
    """The :class:`Document` of a model page: one entry, or the reason why it is rejected."""
    return read_page_of_model(capture, _FOUNDING).document


def account(capture: Capture) -> list[tuple[Line, str | None]]:
    """Each visible line of a page with the name of the rule that claimed it, None for an unread one."""
    return read_page_of_model(capture, _FOUNDING).account()


class _Claims:
    """Which rule claimed each line of a page, and which pieces of parted lines none has."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.rules: dict[int, str] = {}
        self.pieces: set[tuple[int, str]] = set()

    def __call__(self, rule: str, lines: Sequence[Line]) -> None:
        for line in lines:
            self.rules[line.number] = rule
            if self.pieces:
                self.pieces.discard((line.number, line.text))

    def part(self, whole: Sequence[Line], parted: list[Line] | None = None) -> list[Line]:
        """The lines with those parted that hold several labels; each piece is to be claimed by itself."""
        body = apart(list(whole)) if parted is None else parted
        if len(body) != len(whole) or body != list(whole):
            shown = {line.number: line.text for line in whole}
            self.pieces.update((line.number, line.text) for line in body if line.text != shown[line.number])
        return body

    def release(self, first: int, last: int) -> None:
        """Makes lines unread again."""
        for number in range(first, last + 1):
            self.rules.pop(number, None)

    def unread(self, body: Sequence[Line]) -> list[UnreadLine]:
        """The visible lines that no rule took, and the pieces of lines of which another piece was taken."""
        left = [UnreadLine(line.number, line.text) for line in self.page.lines if line.number not in self.rules]
        pieces = [line for line in body if (line.number, line.text) in self.pieces and line.number in self.rules]
        return left + [UnreadLine(line.number, line.text) for line in pieces]


def read_page_of_model(capture: Capture, layout: Layout) -> PageAccount:
    """What a page of labels and values says of one model.

    A page that is not understood as it stands is read again with its lost line breaks, where that tells more.
    """
    page = read_page(capture.content, capture.media_type)
    reading = _read_page(capture, layout, page)
    document = reading.document
    if document.rejected and shows_nothing(page):
        if read_data(page, own_names(page, capture.location), document, any_benchmark=layout.is_founding):
            document.rejected = None
            document.unread = [UnreadLine(line.number, line.text) for line in page.lines]
        elif document.rejected == NO_TEXT:
            document.rejected = OTHER_DATA
        return reading
    if not (layout.is_founding and (document.rejected or _may_be_glued(document))) or not _may_be_parted(page):
        return reading
    mended = _read_page(capture, layout, page, is_glued=True)
    is_better = _facts_of(mended.document) > _facts_of(document) and not tells_of_others(mended.document)
    return mended if is_better else reading


def _may_be_glued(document: Document) -> bool:
    """Whether a line that was left unread may hold several things."""
    return any(len(line.text) > _SHORTEST_GLUED and _GLUED.search(line.text) for line in document.unread)


def _may_be_parted(page: Page) -> bool:
    """Whether a page is one of text that a person could have written, and no long file: HTML keeps its lines apart."""
    return page.media_type != "text/html" and 0 < sum(len(line.text) for line in page.lines) <= _LONGEST_PARTED


def _facts_of(document: Document) -> int:
    return sum(len(e.stated) + len(e.prices) + sum(s.score is not None for s in e.scores) for e in document.entries)


def _read_page(capture: Capture, layout: Layout, page: Page, *, is_glued: bool = False) -> PageAccount:
    reading = begin(capture, layout.source, layout.reader)
    document = reading.document
    if document.rejected:
        return reading
    document.repairs = page.repairs
    claim = _Claims(page)
    reading.lines, reading.claimed = page.lines, claim.rules
    whole = without_chrome(page, claim)
    if is_cut_off(page, capture.content):
        document.incomplete = "cut_off: the page ends within a text or a tag"
        if whole and whole[-1] is page.lines[-1]:
            whole.pop()
    body = claim.part(whole if layout.is_founding else _without_bullets(whole))
    body = without_contents(body, claim)
    language = language_of(_labels_of(body))
    if is_glued:
        body = claim.part(body, with_breaks(body, language))
        document.repairs = [*page.repairs, "lost_line_breaks"]
    fields = Fields(claim, page, language)
    own = own_names(page, capture.location)
    if layout.is_founding:
        header, sections = _cut(body, own, claim)
    else:
        addresses = address_names(page, capture.location)
        body = begin_at_own_name(without_boxes(body, own), addresses)
        header, sections = split_sections(body, claim, lambda text: tells_of(text, addresses))
    _move_first_value(header, sections, fields)
    if not layout.is_founding:
        _begin_with_pairs(header, sections, fields)
    head = read_header(header, page, claim, own)
    lists_others = False
    if not layout.is_founding:
        lists_others = _leave_doubtful(header, sections, head, page, language)
        _without_unsure_maker(head, claim)
    scores = _read_sections(sections, fields, claim, language)
    if not layout.is_founding:
        scores = _without_doubt(scores, head, claim)
        _take_linked_maker(fields, head, page)
    read = PageReading(page, head, sections, fields, scores, own, layout.is_founding, lists_others)
    document.rejected = refusal(read)
    if document.rejected or head.name is None:
        return reading
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
    document.checks = fields.checks() + hold_against_data(entry, page)
    average = _average_check(fields, scores)
    if average:
        document.checks.append(average)
    document.unread = claim.unread(body)
    return reading


def _cut(body: list[Line], own: Sequence[str], claim: Claim) -> tuple[list[Line], list[Section]]:
    """The header and the sections of a page in the founding layout, whose header may stand below a menu."""
    found = headers_below(body)
    at = header_within(body, own, found)
    if at is None:
        body = without_page_below(body, found)
    return split_sections(body, claim) if at is None else split_around(body, at, claim)


def _leave_doubtful(header: list[Line], sections: list[Section], head: Header, page: Page, language: Language) -> bool:
    """Parts results on one line, and leaves out what the sections of an unknown layout say of other models; gives
    whether these are listed with figures of their own."""
    for section in sections:
        if section.name == BENCHMARKS:
            section.lines[:] = results_below(results_in_line(section.lines, language), language)
    lists_others = without_other_models(sections, header, head.name)
    if page.media_type != "text/html" and head.name is not None:
        for section in sections:
            section.lines[:] = without_comparisons(section.lines, head.name.text)
    return lists_others


def _without_bullets(lines: list[Line]) -> list[Line]:
    """The lines without the hyphens before items, as tools that turn HTML into text write them before each term."""
    items = [line for line in lines if line.text.startswith(_BULLET) and len(line.parts) == 1]
    if len(items) < _MANY:
        return lines
    bare = {line.number: line.text.removeprefix(_BULLET) for line in items}
    return [line._replace(text=text, parts=(text,)) if (text := bare.get(line.number)) else line for line in lines]


def _labels_of(lines: Sequence[Line]) -> list[str]:
    """The lines as the labels that they may be, those with a value behind a colon without it too."""
    texts = [line.text for line in lines]
    with_sign = [text for text in texts if ":" in text or "：" in text]
    return texts + [text.lstrip("-•* ").partition(sign)[0] for text in with_sign for sign in ":：" if sign in text]


def _without_unsure_maker(head: Header, claim: _Claims) -> None:
    """Leaves a line below the name that nobody knows as a maker out again: on an unknown site it may be anything."""
    line = head.organization_line
    name = head.name.text if head.name else ""
    if line is None or head.has_logo or maker_in_sentence(line.text, name):
        return
    if head.organization is not None and not says_maker(line):
        head.organization = head.organization_line = None
        claim.release(line.number, line.number)


def _take_linked_maker(fields: Fields, head: Header, page: Page) -> None:
    """Takes the maker that JSON-LD names beside the page's own name, where the page does not show one."""
    if head.name is not None and fields.organization is None and head.organization is None:
        fields.organization, fields.organization_place = linked_maker(page, head.name.text) or (None, None)


def _without_doubt(scores: list[Score], head: Header, claim: _Claims) -> list[Score]:
    """The scores on known benchmarks; other results, and a description that is no sentence or tells of
    the model's end, become unread again."""
    unsure = [line for line in head.description if not line.text.endswith((".", "。", "!")) or is_notice(line.text)]
    if head.name is not None and is_post(head.name, claim.page.lines):
        unsure = list(head.description)
    for line in unsure:
        head.description.remove(line)
        claim.release(line.number, line.number)
    for score in scores:
        if not is_known_benchmark(score.benchmark):
            first, _, last = score.locator.removeprefix("lines ").removeprefix("line ").partition("-")
            claim.release(int(first), int(last or first))
    return [score for score in scores if is_known_benchmark(score.benchmark)]


def _move_first_value(header: list[Line], sections: list[Section], fields: Fields) -> None:
    """Moves a value above the first label of a page from the header into the section of that label."""
    first = sections[0] if sections else None
    if first is None or first.heading is not None or not first.lines:
        return
    if moved_into_section(header, first.lines, fields.reads):
        first.lines.insert(0, header.pop())


def _begin_with_pairs(header: list[Line], sections: list[Section], fields: Fields) -> None:
    """Moves lines of labels with their values (``Context128K``), which no section has begun for, out of the header."""
    at = next((at for at, line in enumerate(header) if at and _is_pair(header, at, fields)), None)
    if at is not None:
        while at > 1 and fields.has_label(header[at - 1]):
            at -= 1
        sections.insert(0, Section("fields", None, header[at:]))
        del header[at:]


def _is_pair(header: list[Line], at: int, fields: Fields) -> bool:
    """Whether a line is a label with a figure, or the first of several labels with words behind their colons."""
    return fields.is_pair(header[at]) or (len(header) - at > 1 and all(map(fields.has_label, header[at : at + _TWO])))


def _read_sections(sections: list[Section], fields: Fields, claim: Claim, language: Language) -> list[Score]:
    """Reads each section by its kind; the scores are given back, ``fields`` collects the rest."""
    of_fields = [section for section in sections if section.name not in (BENCHMARKS, SIMILAR, UNKNOWN)]
    fields.learn_order([section.lines for section in of_fields])
    scores: list[Score] = []
    for section in sections:
        if section.name == BENCHMARKS:
            scores += read_benchmarks(section.lines, claim, language)
        elif section.name == SIMILAR:
            claim("similar_models", section.lines)
        elif section.name != UNKNOWN:
            fields.read(section.lines, section.unit)
    return scores


def _average_check(fields: Fields, scores: list[Score]) -> Check | None:
    """The mean of the percentages on the page against the average that it states, as far as rounding allows."""
    stated = fields.average
    if stated is None:
        return None
    percentages = [s for s in scores if s.unit == "percent" and s.score is not None]
    if not percentages:
        return Check("average_score", False, stated.raw_text, None) if not scores else None
    count = len(percentages)
    low = sum([s.score_low or 0.0 for s in percentages]) / count
    high = sum([s.score_high or 0.0 for s in percentages]) / count
    mean = sum([s.score or 0.0 for s in percentages]) / count
    passed = low <= (stated.high or 0.0) + 1e-9 and (stated.low or 0.0) - 1e-9 <= high
    return Check("average_score", passed, stated.raw_text, f"{mean:.2f}% of {count} scores")
