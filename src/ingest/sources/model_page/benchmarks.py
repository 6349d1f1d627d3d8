"""The benchmark section: categories, and in them results of a name, an optional note and a score.

A result ends with its score, so the section is read from score to score: what stands between two of them (the
gap) is the rest of one result, and before it perhaps a category heading with its sentence. Where a result
begins is told by words that are known, and else by what stands together: in one element, or without an empty
line between.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import takewhile
from typing import NamedTuple

from ingest.read.languages import ENGLISH, Language
from ingest.read.lines import Claim, Line, locator
from ingest.read.remembered import remembered
from ingest.read.values import is_like_score, is_nothing
from ingest.read.values import score as read_score
from ingest.records.document import Score
from ingest.sources.model_page.identity import is_known_benchmark, is_model_in_ranking, is_no_benchmark
from ingest.sources.model_page.labels import is_column, known
from ingest.sources.model_page.score_lines import (
    LONGEST_SCORE,
    SCORE_STARTS,
    is_marked,
    looks_like_score,
    one_token_a_line,
    split_mark,
    stands_for_score,
    with_units,
    without_links,
)

_SCORE_BEHIND_NAME = re.compile(
    r"[\w)] ?[(\[:=–—-]? ?[0-9]{1,3}(?:[.,][0-9]{1,4})? ?(?:%|percent)[)\]]?[.;,]?$|[:=] ?[0-9]{1,3}[.,][0-9]{1,4}$"
)
# Of a page's depths of elements only the most frequent can be that of its results.
_DEPTHS = 8
# The depth of results that stand apart by empty lines, in a text without elements.
_BLOCK = 1
# A table of results has a name and a score at least.
_COLUMNS = 2
# A category is explained in so many words at least.
_SENTENCE = 3


class Result(NamedTuple):
    """The lines of one result: ``name``, ``note`` (perhaps none), ``score``, and whether the mark stands."""

    name: Line
    note: list[Line]
    score: Line
    marked: bool


def read_benchmarks(lines: Sequence[Line], claim: Claim, language: Language = ENGLISH) -> list[Score]:
    """The scores of one benchmark section; ``claim`` is told which lines which rule took."""
    if language is ENGLISH:
        return _without_rankings(lines, claim)
    plain, shown = _in_english(lines, language)
    scores = _without_rankings(plain, claim)
    return [replace(score, score_text=shown.get(score.score_text, score.score_text)) for score in scores]


def _without_rankings(lines: Sequence[Line], claim: Claim) -> list[Score]:
    """The scores of a section without those of a ranking: where known models stand among the benchmarks of a category,
    a name that no catalogue has is a model too."""
    ranked: set[str | None] = set()
    scores = _read_section(lines, claim, ranked)
    doubtful = [score for score in scores if score.category in ranked and not is_known_benchmark(score.benchmark)]
    return [score for score in scores if score not in doubtful]


def _in_english(lines: Sequence[Line], language: Language) -> tuple[list[Line], dict[str, str]]:
    """The lines with scores as English writes them (``87,5 %`` as ``87.5 %``), and how each stood on the page."""
    out: list[Line] = []
    shown: dict[str, str] = {}
    for line in lines:
        parts = tuple(_score_in_english(part, language) for part in line.parts)
        text = parts[0] if len(parts) == 1 else line.text
        shown |= dict(zip(parts, line.parts, strict=True))
        out.append(line if parts == line.parts else line._replace(text=text, parts=parts))
    return out, shown


def _score_in_english(text: str, language: Language) -> str:
    if len(text) > LONGEST_SCORE or text[:1] not in SCORE_STARTS or "," not in text:
        return text
    plain = language.plain(text, "number")
    return text if plain.problem or not looks_like_score(plain.text) else plain.text


def _read_section(lines: Sequence[Line], claim: Claim, ranked: set[str | None]) -> list[Score]:
    """The scores of a section; ``ranked`` gets the categories in which models stand where benchmarks should."""
    lines = one_token_a_line(with_units(without_links(lines, claim), claim))
    gaps, rest = _gaps(lines, claim)
    nearest = [_nearest(gap, end) for gap, end in gaps]
    depth = _card_depth(gaps, nearest)
    scores: list[Score] = []
    category: str | None = None
    sentences = any(known(line.text).intro for gap, _ in gaps for line in gap)
    names = cache(lambda: _levels_of_names(gaps, depth))
    notes_last = depth is None and _notes_stand_last(gaps)
    last: Score | None = None  # of the result before, where it has one
    rule: str | None = None  # that claimed the result before
    for at, (gap, end) in enumerate(gaps):
        # Two scores in one element: what stands between them is parted as on a flat page.
        card = None if at and depth is not None and nearest[at] >= depth else depth
        if sentences and card is None and _begins_other_section(gap, end):
            break
        behind = _behind_score(gap, last, card, notes_last) if rule else []
        if last:
            scores[-1] = _with_note(last, behind)
        claim("behind_score", behind)
        left = gap[len(behind) :]
        head, lines_of_result = _split_gap(left, end, card, sentences, names) if left else ([], [])
        category = _category(_without_columns(head, card, claim), claim, at == 0) or category
        result = _result(lines_of_result, end, card)
        if result is not None and _is_ranked(result):
            result = None  # a row of a ranking: the score is another model's
            ranked.add(category)
            if last and last.score_text.isdigit():
                # The number before it is its rank, and no score of the benchmark above.
                scores.pop()
                claim("ranking", [gaps[at - 1][1]])
        if result is None:
            last = rule = None
            continue
        last = _read(result, category, card)
        rule = "score" if last else "no_score"
        claim(rule, (result.name, *result.note, result.score))
        if last:
            scores.append(last)
    behind = _behind_score(rest, last, depth, notes_last=False) if rule else []
    if notes_last and rule and not behind:
        marked = next((at for at, line in enumerate(rest) if is_marked(line.text)), -1)
        behind = rest[: marked + 1]
    if last:
        scores[-1] = _with_note(last, behind)
    claim("behind_score", behind)
    claim("section_intro", [line for line in rest[len(behind) :] if known(line.text).intro])
    return scores


def _gaps(lines: Sequence[Line], claim: Claim) -> tuple[list[tuple[list[Line], Line]], list[Line]]:
    """The lines before each score with that score, and the lines behind the last one."""
    gaps: list[tuple[list[Line], Line]] = []
    gap: list[Line] = []
    shown_twice: list[Line] = []
    for at, line in enumerate(lines):
        if looks_like_score(line.text):
            if gap:
                gaps.append((gap, line))
                gap = []
            elif gaps and gaps[-1][1].text == line.text:
                shown_twice.append(line)
            elif gaps:
                # Two numbers in a row: the first was a note, or nobody can tell.
                before, first = gaps[-1]
                before.append(first)
                gaps[-1] = (before, line)
            else:
                gap.append(line)
        elif gap and _ends_unread(lines, at, len(gap)):
            gaps.append((gap, line))
            gap = []
        else:
            gap.append(line)
    claim("score", shown_twice)
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


def _ends_unread(lines: Sequence[Line], at: int, before: int) -> bool:
    """Whether a line that is no score stands where one should: a result ends there, and nothing is read from it.

    Such a line is a dash, a word for no score, or has the look of a score ("<1%"). Before a score it is a note.
    """
    if not stands_for_score(lines[at].text):
        return False
    behind = at + 1
    if behind < len(lines) and known(lines[behind].text).mark:
        behind += 1
    return behind == len(lines) or not looks_like_score(lines[behind].text)


def _card_depth(gaps: list[tuple[list[Line], Line]], nearest: list[int]) -> int | None:
    """The depth of the elements that hold one result each, where the page has such elements.

    The greatest element around a score that holds no other one is a result, or holds a category with its only
    result; so it is the depth that serves most scores. None for flat pages. In a text without elements, results
    that stand apart by empty lines have depth 1. ``nearest`` is how near each score stands to the one before it.
    """
    outers: Counter[int] = Counter()
    spans: list[tuple[int, int, list[Line]]] = []
    for at, (gap, end) in enumerate(gaps):
        outer = max(nearest[at], nearest[at + 1] if at + 1 < len(nearest) else 0) + 1
        inner = end.shared if not is_marked(gap[-1].text) else min(end.shared, gap[-1].shared)
        if inner >= outer > 0:
            outers[outer] += 1
            spans.append((outer, inner, gap))
    if not spans:
        return None
    served: dict[int, int] = {}
    for depth, _ in outers.most_common(_DEPTHS):
        fitting = [gap for low, high, gap in spans if low <= depth <= high]
        # A depth that is too great cuts the name off from its result.
        cut = sum(_cuts_name(gap, depth) for gap in fitting) if len(outers) > 1 else 0
        # An element of this depth that holds two scores speaks against it.
        served[depth] = len(fitting) - cut - sum(near >= depth for near in nearest[1:])
    depth = min(served, key=lambda each: (-served[each], each))
    return depth if served[depth] * 2 >= len(gaps) else None


def _nearest(gap: list[Line], end: Line) -> int:
    """The depth of the deepest element that holds both a score and the one before it."""
    return min(line.shared for line in (*gap, end))


def _cuts_name(gap: list[Line], depth: int) -> bool:
    """Whether the line before the element of this depth stands alone, and is no heading nor the sentence of one."""
    start = next((at for at in range(len(gap) - 1, -1, -1) if gap[at].shared < depth), 0)
    before = gap[start - 1] if start else None
    if before is None or before.shared >= depth:
        return False
    what = known(before.text)
    return not (what.category or what.intro or before.heading)


def _notes_stand_last(gaps: list[tuple[list[Line], Line]]) -> bool:
    """Whether on a flat page a name and a score come first and the note behind them: marks begin most gaps then."""
    marked = sum(any(is_marked(line.text) for line in gap[:-1]) for gap, _ in gaps[1:])
    return marked * 2 > len(gaps) - 1


def _behind_score(gap: list[Line], last: Score | None, card: int | None, notes_last: bool) -> list[Line]:
    """The first lines of a gap, which belong to the result before: its note in the same element, or its mark."""
    if not gap:
        return []
    if known(gap[0].text).mark:
        return gap[: 0 if len(gap) == 1 and last and last.self_reported else 1]
    if last and last.description is not None:
        return []
    if card is not None:
        size = next((at for at, line in enumerate(gap) if line.shared < card or _is_explained(gap, at)), len(gap))
        return gap[:size]
    if notes_last:
        name = max(len(gap) - 1, 1)
        return list(takewhile(lambda line: not _is_heading(line), gap[:name]))
    return []


def _is_explained(gap: list[Line], at: int) -> bool:
    """Whether a category stands at this place with its sentence: a note may have a category's words too."""
    return known(gap[at].text).category is not None and at + 1 < len(gap) and known(gap[at + 1].text).intro


def _is_heading(line: Line) -> bool:
    """Whether a line has the words of a category or of the sentence below one."""
    what = known(line.text)
    return what.category is not None or what.intro


def _with_note(score: Score, behind: list[Line]) -> Score:
    """The score with the note and the mark that stand behind it."""
    if not behind:
        return score
    marked = is_marked(behind[-1].text)
    description = _text_of(behind, marked) or score.description
    return replace(score, description=description, self_reported=score.self_reported or marked)


def _levels_of_names(gaps: list[tuple[list[Line], Line]], card: int | None) -> frozenset[int]:
    """The heading levels (0 for none) of the lines that begin an element with one result, and are no category.

    An element may begin with its category instead, once or each time. Then the categories are at other levels
    than the names, or there are no names among the first lines at all.
    """
    starts = ((gap, _card_start(gap, end, card)) for gap, end in gaps)
    first = [gap[start] for gap, start in starts if start is not None]
    levels = {line.heading for line in first if not known(line.text).category}
    return frozenset(levels or ({0} if len(first) == 1 else ()))


def _split_gap(
    gap: list[Line], end: Line, card: int | None, sentences: bool, names: Callable[[], frozenset[int]]
) -> tuple[list[Line], list[Line]]:
    """A gap as the lines of headings in it and the lines of the result that ends with ``end``."""
    start = _card_start(gap, end, card)
    if start is not None:
        # An element that holds one category with one result begins with the category's heading.
        while start < len(gap) - 1 and _opens_card(gap, start, names):
            start += 1
    else:
        start = _last_heading(gap, sentences)
        if start == 0 or (start == 1 and known(gap[0].text).intro):
            start += _unknown_heading(gap[start:], end)
    if 0 < start < len(gap) - 1 and known(gap[start - 1].text).category and _is_sentence_below(gap, start, end):
        start += 1
    columns = 0
    if is_column(gap[start].text):
        columns = next((at for at, line in enumerate(gap[start:-1]) if not is_column(line.text)), 0)
    if columns >= _COLUMNS and not is_marked(gap[start + columns].text):
        start += columns
    return gap[:start], gap[start:]


def _opens_card(gap: list[Line], at: int, names: Callable[[], frozenset[int]]) -> bool:
    line, behind = gap[at], gap[at + 1 :]
    what = known(line.text)
    if what.intro:
        return True
    if not what.category:
        return False
    if known(behind[0].text).intro or (line.heading and any(b.heading > line.heading for b in behind)):
        return True
    if is_known_benchmark(behind[0].text) and not is_known_benchmark(line.text):
        return True
    return line.heading not in names() and not is_marked(behind[0].text)


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
    if _size(gap) - at < 3 or is_marked(behind.text):
        return False
    words = line.text.split()
    named = is_known_benchmark(behind.text) and not (is_known_benchmark(line.text) or any(map(_is_like_name, words)))
    return (named and len(words) > 1) or len(words) >= 3


def _is_like_name(word: str) -> bool:
    """Whether a word has a number or a capital letter within it, as names of benchmarks have."""
    return any(sign.isdigit() or sign.isupper() for sign in word[1:])


def _size(gap: list[Line]) -> int:
    """How many lines a gap has, a mark on a line of its own left out."""
    return len(gap) - 1 if known(gap[-1].text).mark else len(gap)


def _without_columns(head: list[Line], card: int | None, claim: Claim) -> list[Line]:
    """The lines without rows: lines as near to each other as the parts of one result.

    A row of column heads is claimed. Another row without a heading in it is a result whose score nobody could
    tell: it stays unread, and is no category.
    """
    rows: list[list[Line]] = []
    for line in head:
        if rows and (is_column(line.text) and is_column(rows[-1][-1].text) if card is None else line.shared >= card):
            rows[-1].append(line)
        else:
            rows.append([line])
    rest: list[Line] = []
    for row in rows:
        if len(row) < _COLUMNS or any(known(line.text).category or known(line.text).intro for line in row):
            rest += row
        elif sum(is_column(line.text) for line in row) * 2 >= len(row):
            claim("column_heads", row)
        elif row[0].heading and len(row) == _COLUMNS and len(row[1].text.split()) >= _SENTENCE:
            rest += row
    return rest


def _category(head: list[Line], claim: Claim, first: bool) -> str | None:
    """The category that the lines between two results state, if any; the rest of them stays unread."""
    category: str | None = None
    below = False
    for at, line in enumerate(head):
        what = known(line.text)
        if what.category:
            claim("category", (line,))
            category, below = what.category, True
        elif what.intro:
            claim("category_intro" if below else "section_intro", (line,))
            below = False
        elif below:
            claim("category_intro", (line,))
            below = False
        elif line.heading or (len(head) - at == 2 and not known(head[-1].text).category):
            claim("category_unknown", (line,))
            category, below = line.text, True
        elif first and at == 0 and len(head) > 1 and known(head[1].text).category:
            claim("section_intro", (line,))
    return category


def _result(gap: list[Line], end: Line, card: int | None) -> Result | None:
    """The result in the lines before a score; None where they may belong to several results."""
    marks_within = [at for at, line in enumerate(gap[:-1]) if is_marked(line.text)] if card in (None, _BLOCK) else ()
    if marks_within:
        # Behind a mark stands a score. Here is none, so another result begins in these lines.
        last = marks_within[-1]
        if not (len(gap) > last + 2 and known(gap[last + 1].text).mark):
            gap = gap[last + 1 :]
            if len(gap) != 1 and not (len(gap) == 2 and is_marked(gap[1].text)):
                return None
    if len(gap) > 1 and not gap[0].text[0].isalpha() and is_like_score(gap[0].text) and not is_marked(gap[1].text):
        gap = gap[1:]  # a rank before the name
    if not gap or is_marked(gap[0].text) or known(gap[0].text).intro or _holds_score(gap[0].text):
        return None
    name, note = gap[0], gap[1:]
    marked = bool(note) and is_marked(note[-1].text)
    return Result(name, note, end, marked)


@remembered
def _holds_score(name: str) -> bool:
    """Whether a line in the place of a name is a name and a score: a line of a note, or a result on a line of its own.

    ``GPQA 99.8%``, ``MMLU: 86.0``.
    """
    return _SCORE_BEHIND_NAME.search(name) is not None


def _is_ranked(result: Result) -> bool:
    """Whether a model stands where the benchmark does, or between it and a score that no mark makes the model's own."""
    if is_no_benchmark(result.name.text):
        return True
    return not result.marked and any(is_model_in_ranking(line.text) for line in result.note[:1])


def _read(result: Result, category: str | None, card: int | None) -> Score | None:
    """The score of a result; None where the page states none."""
    text = result.score.text
    if is_nothing(text):
        return None
    value = read_score(text)
    note = result.note
    description = _text_of(note, result.marked)
    problem = value.problem
    number = value.value
    if note and not result.marked and looks_like_score(note[-1].text):
        number, problem = None, "two_scores_in_a_row"
    elif card is None and not result.marked and len(note) > 1:
        # Without a mark or an element around it, a result with a score that nobody can tell may be among them.
        number, problem = None, "several_lines_before_score"
    return Score(
        benchmark=result.name.text,
        score=number,
        unit=value.unit if number is not None else None,
        score_text=text,
        locator=locator(result.name.number, result.score.number),
        score_low=value.low if number is not None else None,
        score_high=value.high if number is not None else None,
        margin=value.margin,
        category=category,
        description=description,
        self_reported=result.marked,
        problem=problem,
    )


def _text_of(note: list[Line], marked: bool) -> str | None:
    """The text of a note without its mark; None where nothing else is there."""
    texts = [line.text for line in note]
    if marked:
        texts[-1] = split_mark(texts[-1]).text
        if not texts[-1]:
            texts.pop()
    return "\n".join(texts) or None
