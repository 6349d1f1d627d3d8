"""The benchmark section: categories, and in them results of a name, an optional note and a score.

A result ends with its score, so the section is read from score to score: what stands between two of them (the
gap) is the rest of one result, and before it perhaps a category heading with its sentence. Where a result
begins is told by words that are known, and else by what stands together: in one element, or without an empty
line between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from ingest.read.lines import Line, locator
from ingest.read.values import is_nothing
from ingest.read.values import score as read_score
from ingest.records.document import Score
from ingest.sources.model_page.labels import known, marks

Claim = Callable[[str, Sequence[Line]], None]

# A score that cannot be read is still short: "abc%", "error".
_LONGEST_SCORE = 24
# A table of results has a name and a score at least; its heads are a word or two.
_COLUMNS, _COLUMN_WORDS = 2, 3


class Result(NamedTuple):
    """The lines of one result: ``name``, ``note`` (perhaps none), ``score``, and whether the mark stands."""

    name: Line
    note: list[Line]
    score: Line
    marked: bool


class Marked(NamedTuple):
    """A note's text without the mark, and whether it had one."""

    text: str
    marked: bool


def read_benchmarks(lines: Sequence[Line], claim: Claim) -> list[Score]:
    """The scores of one benchmark section; ``claim`` is told which lines which rule took."""
    lines = _one_token_a_line(lines)
    gaps, rest = _gaps(lines)
    card = _card_depth(gaps)
    scores: list[Score] = []
    category: str | None = None
    sentences = any(known(line.text).intro for gap, _ in gaps for line in gap)
    for gap, end in gaps:
        if sentences and card is None and _begins_other_section(gap, end):
            break
        left = _mark_behind_score(_behind_score(gap, scores, claim, card), scores, claim)
        head, lines_of_result = _split_gap(left, end, card, sentences)
        category = _category(_without_columns(head, card, claim), claim) or category
        result = _result(lines_of_result, end)
        if result is None:
            continue
        read = _read(result, category)
        claim("score" if read else "no_score", (result.name, *result.note, result.score))
        if read:
            scores.append(read)
    _mark_behind_score(_behind_score(rest, scores, claim, card), scores, claim)
    return scores


def is_marked(text: str) -> bool:
    """Whether ``text`` ends with the mark of a self-reported score."""
    return text.endswith(marks())


def split_mark(text: str) -> Marked:
    """``Accuracy Self-reported`` or ``AccuracySelf-reported`` as ``Accuracy`` with the mark."""
    known_marks = marks()
    if not text.endswith(known_marks):
        return Marked(text, False)
    mark = next(mark for mark in known_marks if text.endswith(mark))
    return Marked(text[: -len(mark)].rstrip(" ·•|,;(["), True)


def looks_like_score(text: str) -> bool:
    """Whether a line is a score by itself: a number with or without a unit."""
    return len(text) <= _LONGEST_SCORE and (text[0] in "0123456789.+-−–") and read_score(text).value is not None


def _one_token_a_line(lines: Sequence[Line]) -> Sequence[Line]:
    """Lines that hold a whole result side by side, parted into name, note and score."""
    if all(len(line.parts) == 1 for line in lines):
        return lines
    out: list[Line] = []
    for line in lines:
        parts = line.parts
        if len(parts) > 1 and (looks_like_score(parts[-1]) or is_nothing(parts[-1])):
            shared = line.shared
            for part in parts:
                out.append(Line(line.number, part, (part,), shared, line.heading, line.landmark))
                shared = line.shared + 1000  # pieces of one line stand nearer than any two lines
        else:
            out.append(line)
    return out


def _gaps(lines: Sequence[Line]) -> tuple[list[tuple[list[Line], Line]], list[Line]]:
    """The lines before each score with that score, and the lines behind the last one."""
    gaps: list[tuple[list[Line], Line]] = []
    gap: list[Line] = []
    marked = False
    for line in lines:
        text = line.text
        if (gap and looks_like_score(text)) or (marked and _ends_unread(text, len(gap))):
            gaps.append((gap, line))
            gap, marked = [], False
        elif not gap and gaps and looks_like_score(text):
            # Two numbers in a row: the first was a note, or nobody can tell.
            before, first = gaps[-1]
            before.append(first)
            gaps[-1] = (before, line)
        else:
            gap.append(line)
            marked = is_marked(text)
    return _numbers_in_notes(gaps), gap


def _numbers_in_notes(gaps: list[tuple[list[Line], Line]]) -> list[tuple[list[Line], Line]]:
    """Joins a gap of nothing but a marked note to the one before: its score was a number inside the note."""
    joined: list[tuple[list[Line], Line]] = []
    for gap, end in gaps:
        if joined and len(gap) == 1 and is_marked(gap[0].text):
            before, number = joined[-1]
            if not is_marked(before[-1].text):
                before += (number, gap[0])
                joined[-1] = (before, end)
                continue
        joined.append((gap, end))
    return joined


def _ends_unread(text: str, before: int) -> bool:
    """Whether the line behind a marked note stands where the score should, although it is none."""
    if before < 2 or len(text) > _LONGEST_SCORE:
        return False
    return is_nothing(text) or text.endswith("%") or text.lower() in ("nan", "error", "pending")


def _card_depth(gaps: list[tuple[list[Line], Line]]) -> int | None:
    """The depth of the elements that hold one result each, where the page has such elements.

    For each score the greatest element that holds no other score; most of them agree. None for flat pages,
    and for text, which has no elements.
    """
    nearest = [min(line.shared for line in (*gap, end)) for gap, end in gaps]
    depths: Counter[int] = Counter()
    for at, (_, end) in enumerate(gaps):
        outer = max(nearest[at], nearest[at + 1] if at + 1 < len(nearest) else 0) + 1
        if end.shared >= outer > 1:
            depths[outer] += 1
    if not depths:
        return None
    depth, times = depths.most_common(1)[0]
    return depth if times * 2 >= len(gaps) else None


def _behind_score(gap: list[Line], scores: list[Score], claim: Claim, card: int | None) -> list[Line]:
    """Gives the note that stands behind a score, in the element of its result, to a result without one."""
    if card is None or not scores or scores[-1].description is not None:
        return gap
    size = next((at for at, line in enumerate(gap) if line.shared < card), len(gap))
    note = gap[:size]
    if not note or known(note[0].text).mark:
        return gap
    marked = is_marked(note[-1].text)
    scores[-1] = replace(
        scores[-1],
        description="\n".join(_note_texts(note, marked)) or None,
        self_reported=scores[-1].self_reported or marked,
    )
    claim("note_behind_score", note)
    return gap[size:]


def _mark_behind_score(gap: list[Line], scores: list[Score], claim: Claim) -> list[Line]:
    """Gives a mark that stands alone behind a score to that score."""
    if gap and scores and known(gap[0].text).mark and not (len(gap) == 1 and scores[-1].self_reported):
        if not scores[-1].self_reported:
            scores[-1] = _marked(scores[-1])
        claim("mark_behind_score", gap[:1])
        return gap[1:]
    return gap


def _marked(score: Score) -> Score:
    return replace(score, self_reported=True)


def _split_gap(gap: list[Line], end: Line, card: int | None, sentences: bool) -> tuple[list[Line], list[Line]]:
    """A gap as the lines of headings in it and the lines of the result that ends with ``end``."""
    start = _card_start(gap, end, card)
    if start is not None:
        # An element that holds one category with one result begins with the category's heading.
        while start < len(gap) - 1 and _opens_card(gap, start):
            start += 1
    else:
        start = _last_heading(gap, sentences)
        if start == 0 or (start == 1 and known(gap[0].text).intro):
            start += _unknown_heading(gap[start:], end)
    if 0 < start < len(gap) - 1 and known(gap[start - 1].text).category and _is_sentence_below(gap, start, end):
        start += 1
    return gap[:start], gap[start:]


def _opens_card(gap: list[Line], at: int) -> bool:
    line, behind = gap[at], gap[at + 1 :]
    what = known(line.text)
    if what.intro:
        return True
    if not what.category:
        return False
    return known(behind[0].text).intro or bool(line.heading and any(b.heading > line.heading for b in behind))


def _card_start(gap: list[Line], end: Line, card: int | None) -> int | None:
    """Where in the gap the element begins that holds the score; None where there is no such element."""
    if card is None or end.shared < card:
        return None
    return next((at for at in range(len(gap) - 1, -1, -1) if gap[at].shared < card), 0)


def _last_heading(gap: list[Line], sentences: bool) -> int:
    """Behind the last line that is a known heading or its known sentence; 0 without one.

    Benchmarks are called like categories too ("Reasoning", "MATH"). A heading leaves a name behind it; where
    the page parts its text with empty lines it has one before it, and a note of the same word has not. With one
    line left, which may be a name or a note, it is a heading if headings of this page have no ``sentences``.
    """
    spaced = any(line.shared == 0 for line in gap)
    for at in range(len(gap) - 2, -1, -1):
        line, behind = gap[at], gap[at + 1]
        what = known(line.text)
        if what.intro or (what.category and known(behind.text).intro):
            return at + 1
        if not what.category or is_marked(behind.text) or (spaced and line.shared != 0):
            continue
        if _size(gap) - at > 2 or line.heading or not sentences or (spaced and behind.shared == 0):
            return at + 1
    return 0


def _unknown_heading(gap: list[Line], end: Line) -> int:
    """Behind a heading that no list has and its sentence: both stand apart, and the result does not."""
    if _size(gap) < 3 or end.shared == 0 or gap[0].shared != 0 or gap[1].shared != 0:
        return 0
    # The last line has the mark, or the result may have no note: a name is left in both cases.
    return 2 if _size(gap) > 3 or not is_marked(gap[2].text) else 1


def _begins_other_section(gap: list[Line], end: Line) -> bool:
    """An unknown line apart, with a name and a number below: not a category, which would have its sentence."""
    if len(gap) != 2 or end.shared == 0 or gap[0].shared != 0 or gap[1].shared != 0:
        return False
    what = known(gap[0].text)
    return not (what.category or what.intro or is_marked(gap[1].text))


def _is_sentence_below(gap: list[Line], at: int, end: Line) -> bool:
    """Whether the line below a category heading explains it in words that are not known."""
    line, behind = gap[at], gap[at + 1]
    if behind.heading or (line.shared == 0 and behind.shared == 0 and end.shared != 0):
        return True
    # More lines than a result with its note has, and the first of them is no name.
    return _size(gap) - at >= 3 and not is_marked(behind.text) and len(line.text.split()) >= 3


def _size(gap: list[Line]) -> int:
    """How many lines a gap has, a mark on a line of its own left out."""
    return len(gap) - 1 if known(gap[-1].text).mark else len(gap)


def _without_columns(head: list[Line], card: int | None, claim: Claim) -> list[Line]:
    """The lines without a row of column heads: words side by side, as near as the parts of one result."""
    if card is None:
        return head
    rows: list[list[Line]] = []
    for line in head:
        if rows and line.shared >= card:
            rows[-1].append(line)
        else:
            rows.append([line])
    rest: list[Line] = []
    for row in rows:
        named = any(known(line.text).category or known(line.text).intro or line.heading for line in row)
        if len(row) >= _COLUMNS and not named and all(len(line.text.split()) <= _COLUMN_WORDS for line in row):
            claim("column_heads", row)
        else:
            rest += row
    return rest


def _category(head: list[Line], claim: Claim) -> str | None:
    """The category that the lines between two results state, if any; the rest of them stays unread."""
    category: str | None = None
    below = False
    for at, line in enumerate(head):
        what = known(line.text)
        if what.category:
            claim("category", (line,))
            category, below = line.text, True
        elif what.intro:
            claim("category_intro" if below else "section_intro", (line,))
            below = False
        elif below:
            claim("category_intro", (line,))
            below = False
        elif line.heading or (len(head) - at == 2 and not known(head[-1].text).category):
            claim("category_unknown", (line,))
            category, below = line.text, True
        elif at == 0 and len(head) > 1 and known(head[1].text).category:
            claim("section_intro", (line,))
    return category


def _result(gap: list[Line], end: Line) -> Result | None:
    if not gap or is_marked(gap[0].text):
        return None
    name, note = gap[0], gap[1:]
    marked = bool(note) and is_marked(note[-1].text)
    return Result(name, note, end, marked)


def _read(result: Result, category: str | None) -> Score | None:
    """The score of a result; None where the page states none."""
    text = result.score.text
    if is_nothing(text):
        return None
    value = read_score(text)
    note = [*result.note]
    description = "\n".join(_note_texts(note, result.marked)) or None
    problem = value.problem
    number = value.value
    if note and not result.marked and looks_like_score(note[-1].text) and note[-1].shared <= result.score.shared:
        number, problem = None, "two_scores_in_a_row"
    return Score(
        benchmark=result.name.text,
        score=number,
        unit=value.unit if number is not None else None,
        score_text=text,
        locator=locator(result.name.number, result.score.number),
        score_low=value.low if number is not None else None,
        score_high=value.high if number is not None else None,
        stderr=value.stderr,
        category=category,
        description=description,
        self_reported=result.marked,
        problem=problem,
    )


def _note_texts(note: list[Line], marked: bool) -> list[str]:
    if not marked:
        return [line.text for line in note]
    texts = [line.text for line in note[:-1]]
    last = split_mark(note[-1].text).text
    return [*texts, last] if last else texts
