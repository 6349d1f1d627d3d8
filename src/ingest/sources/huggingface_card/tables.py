"""Tables of benchmark results: the column or the row of one model, found by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ingest.name import benchmark_catalogue, resolve_benchmarks
from ingest.read import values
from ingest.read.decimals import decimal_sign, with_point
from ingest.read.lines import locator
from ingest.read.markdown import Cell, MarkdownRow, MarkdownTable
from ingest.records.document import Score, UnreadLine
from ingest.sources.huggingface_card.heads import with_one_head
from ingest.sources.huggingface_card.own import FOOTNOTE, WORDS, OwnModel, own_places, own_variant, same_model
from ingest.sources.huggingface_card.words import (
    ColumnKind,
    column_kinds,
    doubts_value,
    is_language,
    is_measure_of_cost,
    is_no_benchmark_row,
    is_of_base,
    is_rating,
    is_to_be_filled_in,
    looks_like_benchmark,
    may_be_benchmark,
    names_benchmark,
    names_benchmark_above,
    tells_any_figure,
    tells_results,
)
from ingest.sources.model_page.identity import is_known_benchmark, is_no_benchmark, named
from ingest.sources.model_page.labels import known

_BRACKET = re.compile(r"(?P<number>[^()]{1,20}?) ?\((?P<note>[^()]{1,60})\)")
_NUMBER = re.compile(r"[0-9][0-9.,]{0,20}[0-9]")
_IS_NUMBER = re.compile(r"[0-9][0-9.,]{0,20} ?%?(?: ?(?:±|\+/-|\+-) ?[0-9][0-9.,]{0,20} ?%?)?")
_MARGIN = re.compile(r" ?(?:±|\+/-|\+-) ?")
_SHOTS = re.compile(r"(\d{1,3})(?:[- ]?shots?)?", re.IGNORECASE)
_BASE = frozenset(("base", "pt", "pretrained"))
_TUNED = frozenset(("instruct", "chat", "it", "sft", "dpo"))
# Of these words none is one of a sentence.
_TUNED_AND_LONG = ("instruct", "chat", "sft")
_OTHER_STAGE = "results before and behind tuning stand below one name"
_LONGEST_NAME = 100
_WORDS_OF_A_HEADING = 40
# A name and a score, or two scores.
_PAIR = 2
# The most label columns before the first column of a model.
_MOST_LABELS = 4
# A percentage below is as likely a fraction of one.
_LEAST_PERCENT = 1.0
_MOST_PERCENT = 100.0
# What stands before a part of the benchmark above: "- humanities" below "mmlu".
_PART = re.compile(r"[-–—•·└├─]+ ")

_Kinds = Mapping[int, frozenset[ColumnKind]]


class TableScores(NamedTuple):
    """What one table gives: scores of the model, the lines they stand on, the other rows with a reason, and the columns
    of which nothing is read."""

    scores: list[Score]
    lines: list[int]
    unread: list[UnreadLine]
    columns: list[UnreadLine]


class TableColumns(NamedTuple):
    """Which columns of a table hold what; ``value`` is the model's own."""

    benchmark: int
    value: int
    category: int | None
    shots: int | None
    metric: int | None
    notes: tuple[int, ...]


def read_table(
    table: MarkdownTable, own: OwnModel, self_reported: bool | None, *, has_commas: bool = False
) -> TableScores:
    """The scores of the model of a card in a table of results.

    With ``has_commas`` the writer puts a comma before fractions.
    """
    of_one_head = with_one_head(table)
    if of_one_head is not table:
        found = read_table(of_one_head, own, self_reported, has_commas=has_commas)
        if found.scores:
            found.lines.append(table.head.line)
        return found
    table = replace(table, rows=[part for row in table.rows for part in _parted(row)])
    if not has_commas:
        return _scores_of(table, own, self_reported)
    written: dict[tuple[str, str], str] = {}
    found = _scores_of(_with_points(table, written), own, self_reported)
    return found._replace(
        scores=[
            replace(score, score_text=written.get((score.locator, score.score_text), score.score_text))
            for score in found.scores
        ]
    )


def of_one_stage(
    found: Sequence[tuple[MarkdownTable, TableScores]], name: str, texts: Iterable[str]
) -> list[TableScores]:
    """The results of a card without those of its model before or behind its tuning, where it shows both by one name.

    Headings tell them apart. The card is of the stage that its name says, or of the one whose other stage has a name of
    its own in ``texts`` (``DeepSeek-V3`` beside ``DeepSeek-V3-Base``); where nothing says so neither is read.
    """
    stages = [is_of_base(table.headings) if scores.scores else None for table, scores in found]
    if not {True, False} <= set(stages):
        return [scores for _, scores in found]
    words = WORDS.findall(name.lower())
    is_tuned, is_base = not _TUNED.isdisjoint(words), not _BASE.isdisjoint(words)
    if not (is_tuned or is_base):
        told, own = " ".join("".join(WORDS.findall(text.lower())) for text in texts), "".join(words)
        is_tuned, is_base = (any(own + word in told for word in other) for other in (_BASE, _TUNED_AND_LONG))
    left = {True, False} if is_tuned == is_base else {is_tuned}
    return [
        TableScores([], [], [_unread(row, _OTHER_STAGE) for row in (table.head, *table.rows)], [])
        if stage in left
        else scores
        for (table, scores), stage in zip(found, stages, strict=True)
    ]


def _parted(row: MarkdownRow) -> list[MarkdownRow]:
    """The rows of a row whose cells have a line for each of several benchmarks (``MGSM<br>MATH``, ``80.6<br>80.4``)."""
    sizes = {len(cell.lines) for cell in row.cells if cell.lines}
    several = sum(bool(cell.lines) for cell in row.cells)
    if len(sizes) != 1 or several < _PAIR:
        return [row]
    return [
        row._replace(cells=[Cell(cell.lines[at], cell.strong) if cell.lines else cell for cell in row.cells])
        for at in range(sizes.pop())
    ]


def writes_commas(tables: Iterable[MarkdownTable]) -> bool:
    """Whether the numbers of some tables together show that their writer puts a comma before fractions."""
    cells = (cell.text for table in tables for row in table.rows for cell in row.cells)
    return decimal_sign(number for text in cells for number in _MARGIN.split(text)) == ","


def _with_points(table: MarkdownTable, written: dict[tuple[str, str], str]) -> MarkdownTable:
    """The table with points before fractions; ``written`` gets the text of each changed cell, by its line."""
    rows = []
    for row in table.rows:
        cells = []
        for cell in row.cells:
            text = (
                _NUMBER.sub(lambda found: with_point(found[0]), cell.text)
                if _IS_NUMBER.fullmatch(cell.text)
                else cell.text
            )
            written[locator(row.line, row.line), text] = cell.text
            cells.append(cell._replace(text=text))
        rows.append(row._replace(cells=cells))
    return replace(table, rows=rows)


def _scores_of(table: MarkdownTable, own: OwnModel, self_reported: bool | None) -> TableScores:
    """The scores of a model in a table with points before fractions.

    Models may be columns (found by their heads) or rows (by their first cell); a table without a model's name is the
    card's own where it has one column of results.
    """
    heads = [cell.text for cell in table.head.cells]
    columns = own_places(heads, own, table.headings) or _variant(table, heads, own)
    if len(columns) == 1 and (layout := _layout(table, columns[0])) is not None:
        head = table.head.cells[layout.benchmark].text
        if not (_tells_benchmarks(head) or _holds_results(table, [_cell(row, layout.benchmark) for row in table.rows])):
            return all_unread(table, "nothing says that these are results")
        return _by_columns(table, layout, self_reported)
    if columns:
        reason = "several columns of this model" if len(columns) > 1 else "no column or row of this model"
        return all_unread(table, reason)
    return _without_own_column(table, own, self_reported)


def _variant(table: MarkdownTable, texts: Sequence[str], own: OwnModel) -> list[int]:
    """Where the card's own form stands among forms of its model, below headings that name no other model."""
    at = own_variant(texts, own)
    if at is None or any(_names_another(heading, own) for heading in table.headings):
        return []
    return [at]


def _names_another(heading: str, own: OwnModel) -> bool:
    """Whether the first words of a heading name a known model that is not the card's."""
    words = heading.split(maxsplit=_WORDS_OF_A_HEADING)[:_WORDS_OF_A_HEADING]
    runs = (" ".join(words[at : at + size]) for at in range(len(words)) for size in (1, 2, 3, 4))
    return any(named(run).model_id is not None and not same_model(run, own) for run in runs)


def _without_own_column(table: MarkdownTable, own: OwnModel, self_reported: bool | None) -> TableScores:
    """The scores of a model in a table of which no column bears its name."""
    if (by_row := _one_result_a_row(table)) is not None:
        return _by_results(table, by_row, own, self_reported)
    if _rows_are_models(table, own):
        if not _holds_results(table, [cell.text for cell in table.head.cells]):
            return all_unread(table, "nothing says that these are results")
        return _by_rows(table, own, self_reported)
    if not any(named(cell.text).is_model for cell in table.head.cells) and (single := _single(table)) is not None:
        return _by_columns(table, single, self_reported)
    return all_unread(table, "no column or row of this model")


def all_unread(table: MarkdownTable, reason: str) -> TableScores:
    """Nothing of a table, with the reason at each row where numbers stand in it."""
    rows = (table.head, *table.rows) if _has_numbers(table) else ()
    return TableScores([], [], [_unread(row, reason) for row in rows], [])


def _tells_benchmarks(head: str) -> bool:
    """Whether the head of a column of labels says that benchmarks stand below it."""
    return "benchmark" in column_kinds(head) and not tells_any_figure(head)


def _holds_results(table: MarkdownTable, labels: Sequence[str]) -> bool:
    """Whether the figures of a table are results: a known benchmark stands among its labels, or a label or a heading
    says so (``NorQuAD (F1)``, ``InfiniteBench``)."""
    if tells_results(table.headings) or any(looks_like_benchmark(label) for label in labels if label):
        return True
    return any(is_known_benchmark(label) for label in labels if label)


def _layout(table: MarkdownTable, value: int) -> TableColumns | None:
    """The columns of labels of a table whose own column is known; None where none can be the benchmark's."""
    head = table.head.cells
    models = [at for at, cell in enumerate(head) if at == value or named(cell.text).is_model]
    labels = [
        at for at in range(min(models))[:_MOST_LABELS] if column_kinds(head[at].text) or not _is_of_figures(table, at)
    ]
    kinds = {at: column_kinds(head[at].text) for at in labels}
    benchmark = _benchmark_of(kinds)
    if benchmark is None:
        unknown = [at for at in labels if not kinds[at]]
        benchmark = unknown[-1] if unknown else None
    if benchmark is None:
        # "Model" above the names of benchmarks: it names the row of heads.
        benchmark = _first(kinds, "models")
    if benchmark is None:
        return None
    columns = _beside(kinds, benchmark, value)
    if columns.category is None:
        unknown_before = next((at for at, each in kinds.items() if not each and at < benchmark), None)
        columns = columns._replace(category=unknown_before)
    return columns


def _benchmark_of(kinds: _Kinds) -> int | None:
    """The column of benchmarks: one that may be a metric too only where there is no other."""
    first = _first(kinds, "benchmark", but=_of_kind(kinds, "metric"))
    return first if first is not None else _first(kinds, "benchmark")


def _beside(kinds: _Kinds, benchmark: int, value: int) -> TableColumns:
    """The columns of a table by their kinds, where those of benchmarks and of figures are known."""
    others = {at: each for at, each in kinds.items() if at not in (benchmark, value)}
    notes = tuple(_of_kind(others, "note"))
    return TableColumns(
        benchmark, value, _first(others, "category"), _first(others, "shots"), _first(others, "metric"), notes
    )


def _of_kind(kinds: _Kinds, kind: ColumnKind) -> list[int]:
    return [at for at, each in kinds.items() if kind in each]


def _is_of_figures(table: MarkdownTable, at: int) -> bool:
    """Whether most cells of a column are numbers: an unknown head above them is a model's, and no label's."""
    texts = [text for row in table.rows if (text := _cell(row, at)) and not values.is_nothing(text)]
    return sum(values.score(text).value is not None for text in texts) * 2 > len(texts)


def _first(kinds: _Kinds, kind: ColumnKind, but: Sequence[int] = ()) -> int | None:
    return next((at for at in _of_kind(kinds, kind) if at not in but), None)


def _single(table: MarkdownTable) -> TableColumns | None:
    """The columns of a table of one model: one of benchmarks and one of scores, by their heads."""
    kinds = {at: column_kinds(cell.text) for at, cell in enumerate(table.head.cells)}
    scores, benchmark = _of_kind(kinds, "score"), _benchmark_of(kinds)
    if len(scores) != 1 or benchmark is None or _of_kind(kinds, "models"):
        return None
    unknown = [at for at, each in kinds.items() if not each and not _is_ornament(table, at)]
    if unknown and not _may_stand_beside(table, unknown, benchmark, scores[0]):
        return None
    if tells_any_figure(table.head.cells[benchmark].text) and not _most_are_benchmarks(table, benchmark):
        return None
    return _beside(kinds, benchmark, scores[0])


def _is_ornament(table: MarkdownTable, at: int) -> bool:
    """Whether a column without a head holds signs alone, as the print of an evaluation harness does: ``↑``, ``±``."""
    signs = [_cell(row, at) for row in table.rows]
    return not table.head.cells[at].text and not any(sign.isalnum() for text in signs for sign in text)


def _may_stand_beside(table: MarkdownTable, unknown: Sequence[int], benchmark: int, score: int) -> bool:
    """Whether columns of unknown heads leave the one of scores the model's own: they stand behind it, their heads are
    words, and each row is of another benchmark, so that none tells variants apart."""
    heads = [table.head.cells[at].text for at in unknown]
    labels = [text for row in table.rows if (text := _cell(row, benchmark))]
    return (
        min(unknown) > score
        and all(head and not any(sign.isdigit() for sign in head) for head in heads)
        and len(set(labels)) == len(labels)
    )


def _most_are_benchmarks(table: MarkdownTable, at: int) -> bool:
    """Whether at least half of the rows name a known benchmark in a column."""
    texts = [text for row in table.rows if (text := _cell(row, at)) and not is_no_benchmark_row(text)]
    return sum(is_known_benchmark(text) for text in texts) * 2 >= len(texts)


def _by_columns(table: MarkdownTable, layout: TableColumns, self_reported: bool | None) -> TableScores:
    found = TableScores([], [table.head.line], [], [])
    category: str | None = None
    benchmark = whole = ""
    head = table.head.cells[layout.benchmark].text
    is_told = "benchmark" in column_kinds(head) or names_benchmark_above(table.headings)
    is_template = is_to_be_filled_in([_cell(row, layout.value) for row in table.rows])
    for row in table.rows:
        group = _group(row)
        if group is not None:
            category = group
            found.lines.append(row.line)
            continue
        category = _cell(row, layout.category) or category
        benchmark = _cell(row, layout.benchmark) or (benchmark if layout.metric or layout.shots or layout.notes else "")
        part = _PART.match(benchmark)
        whole = whole if part else benchmark
        name = f"{whole} - {benchmark[part.end() :]}" if part and whole else benchmark
        score = _score(name, _cell(row, layout.value), row, self_reported, category)
        if not is_told:
            score = _if_named(score, name)
        if is_measure_of_cost(_cell(row, layout.metric)):
            score = "its metric is no result"
        elif isinstance(score, Score) and is_template and not score.score:
            score = "a zero among cells that are to be filled in"
        if isinstance(score, str):
            found.unread.append(_unread(row, score))
            continue
        found.scores.append(_with_conditions(score, row, layout))
        found.lines.append(row.line)
    if not found.scores:
        found.lines.clear()
    else:
        taken = {layout.benchmark, layout.value, layout.category, layout.shots, layout.metric, *layout.notes}
        found.columns.extend(
            _left_column(table, at, "another model" if named(head.text).is_model else "no rule takes this column")
            for at, head in enumerate(table.head.cells)
            if at not in taken and head.text
        )
    return found


def _if_named(score: Score | str, name: str) -> Score | str:
    """A score, or why it is none, where no head says that ``name`` is a benchmark."""
    is_named = isinstance(score, str) or may_be_benchmark(name)
    return score if is_named else "words, and no name of a benchmark"


def _with_conditions(score: Score, row: MarkdownRow, layout: TableColumns) -> Score:
    shots = _SHOTS.fullmatch(_cell(row, layout.shots))
    conditions = {"n_shots": int(shots[1])} if shots else {}
    notes = [_cell(row, at) for at in (layout.metric, *layout.notes)]
    said = [note for note in (score.description, *notes) if note and not values.is_nothing(note)]
    return replace(score, conditions=conditions, description=", ".join(said) or None)


def _one_result_a_row(table: MarkdownTable) -> tuple[int, TableColumns] | None:
    """The column of models, and the others, of a table whose rows are each one result of one model."""
    kinds = {at: column_kinds(cell.text) for at, cell in enumerate(table.head.cells)}
    scores, models = _of_kind(kinds, "score"), _first(kinds, "models")
    benchmark = _first(kinds, "benchmark", but=_of_kind(kinds, "metric"))
    if len(scores) != 1 or models is None or benchmark is None or not all(kinds.values()):
        return None
    return models, _beside(kinds, benchmark, scores[0])


def _by_results(
    table: MarkdownTable, columns: tuple[int, TableColumns], own: OwnModel, self_reported: bool | None
) -> TableScores:
    """The scores of a table whose rows are each one result of one model, of the rows that name the card's."""
    models, layout = columns
    rows = [row for row in table.rows if same_model(_cell(row, models), own)]
    found = _by_columns(replace(table, rows=rows), layout, self_reported)
    rest = [_unread(row, "another model") for row in table.rows if row not in rows]
    return found._replace(unread=[*found.unread, *rest])


def _rows_are_models(table: MarkdownTable, own: OwnModel) -> bool:
    """Whether each row is a model: the head says so, or most first cells name one where the head says nothing else."""
    first = table.head.cells[0].text if table.head.cells else ""
    kinds = column_kinds(first)
    if "models" in kinds:
        return True
    texts = [row.cells[0].text for row in table.rows if row.cells and _group(row) is None]
    is_own = any(same_model(text, own) for text in texts) if first else False
    models = sum(named(text).is_model or same_model(text, own) for text in texts)
    return (not first or (is_own and not kinds)) and models * 2 > len(texts)


def _by_rows(table: MarkdownTable, own: OwnModel, self_reported: bool | None) -> TableScores:
    """The scores of a table whose rows are models and whose columns are benchmarks."""
    rows = [row for row in table.rows if row.cells and same_model(row.cells[0].text, own)]
    if not rows:
        rows = [table.rows[at] for at in _variant(table, [_cell(row, 0) for row in table.rows], own)]
    found = TableScores([], [], [], [])
    if len(rows) != 1:
        reason = "several rows of this model" if rows else "no row of this model"
        return found._replace(unread=[_unread(row, reason) for row in (table.head, *table.rows)])
    found.lines.append(table.head.line)
    for row in table.rows:
        if row is not rows[0]:
            found.unread.append(_unread(row, "another model"))
    row = rows[0]
    for at, head in enumerate(table.head.cells[1:], 1):
        if not names_benchmark(head.text):
            found.columns.append(_left_column(table, at, "no rule takes this column"))
            continue
        score = _if_named(_score(head.text, _cell(row, at), row, self_reported, None), head.text)
        if isinstance(score, str):
            found.columns.append(_left_column(table, at, score))
        else:
            found.scores.append(score)
    if not found.scores:
        return found._replace(columns=[])  # its rows are unread as a whole
    found.lines.append(row.line)
    return found


def _group(row: MarkdownRow) -> str | None:
    """The name of a group of benchmarks that a row of one text is."""
    texts = {cell.text for cell in row.cells if cell.text and not values.is_nothing(cell.text)}
    if len(texts) != 1 or len(row.cells) < 2:
        return None
    text = texts.pop()
    return text if values.score(text).value is None else None


def _score(
    benchmark: str, text: str, row: MarkdownRow, self_reported: bool | None, category: str | None
) -> Score | str:
    """The score of one cell; a reason where the cell or the benchmark is none."""
    if (reason := _why_no_benchmark(benchmark)) is not None:
        return reason
    bracket = _BRACKET.fullmatch(text)
    if bracket and doubts_value(bracket["note"]):
        return "its own remark doubts the score"
    shown = bracket["number"] if bracket and values.score(bracket["number"]).value is not None else text
    value = values.score(FOOTNOTE.sub("", shown).strip())
    if value.value is None:
        return "no score of this model" if values.is_nothing(text) else "no readable score"
    unit = value.unit
    if unit == "points" and value.value > _MOST_PERCENT and not (is_known_benchmark(benchmark) or is_rating(benchmark)):
        return "a count or a size, since no benchmark that is known has figures above 100"
    if unit == "points" and _unit(benchmark) == "percent" and _LEAST_PERCENT < value.value <= _MOST_PERCENT:
        unit = "percent"
    return Score(
        benchmark=benchmark,
        score=value.value,
        unit=unit,
        score_text=text,
        locator=locator(row.line, row.line),
        score_low=value.low,
        score_high=value.high,
        stderr=value.stderr,
        category=category,
        description=bracket["note"] if bracket and shown != text else None,
        self_reported=self_reported,
    )


def _why_no_benchmark(text: str) -> str | None:
    """Why a label beside a score names no benchmark; None where it may be one."""
    if not text or len(text) > _LONGEST_NAME:
        return "no benchmark beside the number"
    if values.count(text).value is not None or values.score(text).value is not None:
        return "a number stands where the benchmark should"
    if is_no_benchmark_row(text) or known(text).field is not None or is_no_benchmark(text):
        return "no benchmark"
    return "a language, and no benchmark" if is_language(text) else None


def _unit(benchmark: str) -> str | None:
    entry = benchmark_catalogue().get(resolve_benchmarks([benchmark])[benchmark].benchmark_id)
    return entry.unit if entry else None


def _cell(row: MarkdownRow, at: int | None) -> str:
    return row.cells[at].text if at is not None and at < len(row.cells) else ""


def _has_numbers(table: MarkdownTable) -> bool:
    return any(values.score(cell.text).value is not None for row in table.rows for cell in row.cells[1:])


def _left_column(table: MarkdownTable, at: int, reason: str) -> UnreadLine:
    """The column of a table of which nothing is read, by its head."""
    return UnreadLine(table.head.line, f"{table.head.cells[at].text} (a column of {len(table.rows)} rows; {reason})")


def _unread(row: MarkdownRow, reason: str) -> UnreadLine:
    return UnreadLine(row.line, f"{' | '.join(cell.text for cell in row.cells)} ({reason})")


def tables_in_order(tables: Sequence[MarkdownTable]) -> Iterator[MarkdownTable]:
    """The tables by the line of their head."""
    yield from sorted(tables, key=lambda table: table.head.line)
