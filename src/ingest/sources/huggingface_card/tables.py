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
from ingest.sources.huggingface_card.words import (
    ColumnKind,
    card_words,
    column_kinds,
    is_no_benchmark_row,
    is_of_base,
    tells_any_figure,
    tells_results,
)
from ingest.sources.model_page.identity import is_known_benchmark, is_no_benchmark, named
from ingest.sources.model_page.labels import known

_BRACKET = re.compile(r"(?P<number>[^()]{1,20}?) ?\((?P<note>[^()]{1,60})\)")
_FOOTNOTE = re.compile(r"(?:\[\d{1,2}\]|\^[\da-z*†‡§]{1,3}|[*†‡§¹²³⁴⁵⁶⁷⁸⁹]){1,4}$")
_NUMBER = re.compile(r"[0-9][0-9.,]{0,20}[0-9]")
_IS_NUMBER = re.compile(r"[0-9][0-9.,]{0,20} ?%?")
_WORDS = re.compile(r"[^\W_]+|\+")
_SHOTS = re.compile(r"(\d{1,3})(?:[- ]?shots?)?", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}|[0-9]{6}|[0-9]{8}")
_INSTRUCT = ("inst", "ins", "instr")
_BASE = frozenset(("base", "pt", "pretrained"))
_TUNED = frozenset(("instruct", "chat", "it", "sft", "dpo"))
# Of these words none is one of a sentence.
_TUNED_AND_LONG = ("instruct", "chat", "sft")
_OTHER_STAGE = "results before and behind tuning stand below one name"
_LONGEST_NAME = 100
# A name and a score, or two scores.
_PAIR = 2
# The most label columns before the first column of a model.
_MOST_LABELS = 4
# A percentage below is as likely a fraction of one.
_LEAST_PERCENT = 1.0


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
    table: MarkdownTable, names: Sequence[str], self_reported: bool | None, *, has_commas: bool = False
) -> TableScores:
    """The scores of the model that one of ``names`` names in a table of results.

    With ``has_commas`` the writer puts a comma before fractions.
    """
    table = replace(table, rows=[part for row in table.rows for part in _parted(row)])
    if not has_commas:
        return _scores_of(table, names, self_reported)
    written: dict[tuple[str, str], str] = {}
    found = _scores_of(_with_points(table, written), names, self_reported)
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
    words = _WORDS.findall(name.lower())
    is_tuned, is_base = not _TUNED.isdisjoint(words), not _BASE.isdisjoint(words)
    if not (is_tuned or is_base):
        told, own = " ".join("".join(_WORDS.findall(text.lower())) for text in texts), "".join(words)
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
    return decimal_sign(cell.text for table in tables for row in table.rows for cell in row.cells) == ","


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


def _scores_of(table: MarkdownTable, names: Sequence[str], self_reported: bool | None) -> TableScores:
    """The scores of a model in a table with points before fractions.

    Models may be columns (found by their heads) or rows (by their first cell); a table without a model's name is the
    card's own where it has one column of results.
    """
    columns = _own_columns(table.head.cells, names)
    if len(columns) == 1 and (layout := _layout(table.head.cells, columns[0])) is not None:
        head = table.head.cells[layout.benchmark].text
        if not (_tells_benchmarks(head) or _holds_results(table, [_cell(row, layout.benchmark) for row in table.rows])):
            return _all_unread(table, "nothing says that these are results")
        return _by_columns(table, layout, self_reported)
    if not columns and _rows_are_models(table):
        if not _holds_results(table, [cell.text for cell in table.head.cells]):
            return _all_unread(table, "nothing says that these are results")
        return _by_rows(table, names, self_reported)
    if not columns and not any(named(cell.text).is_model for cell in table.head.cells):
        single = _single(table)
        if single is not None:
            return _by_columns(table, single, self_reported)
    return _all_unread(table, "several columns of this model" if len(columns) > 1 else "no column or row of this model")


def _all_unread(table: MarkdownTable, reason: str) -> TableScores:
    """Nothing of a table, with the reason at each row where numbers stand in it."""
    rows = (table.head, *table.rows) if _has_numbers(table) else ()
    return TableScores([], [], [_unread(row, reason) for row in rows], [])


def _tells_benchmarks(head: str) -> bool:
    """Whether the head of a column of labels says that benchmarks stand below it."""
    return "benchmark" in column_kinds(head) and not tells_any_figure(head)


def _holds_results(table: MarkdownTable, labels: Iterable[str]) -> bool:
    """Whether the figures of a table are results: a known benchmark stands among its labels, or a heading says so."""
    return any(is_known_benchmark(label) for label in labels if label) or tells_results(table.headings)


def same_model(text: str, names: Sequence[str]) -> bool:
    """Whether a head or a first cell names the model of the card, in any spelling of its name."""
    plain = _key(_FOOTNOTE.sub("", text.strip()))
    if not plain:
        return False
    if plain in {_key(phrase) for phrase in card_words().own.phrases}:
        return True
    own = {_key(name) for name in names} | {_key(name.rpartition("/")[2]) for name in names}
    if plain in own:
        return True
    model = named(_FOOTNOTE.sub("", text.strip())).model_id
    if model is None:
        return any(_is_short_for(text, name.rpartition("/")[2]) for name in names)
    return model in {named(name).model_id for name in names}


def _is_short_for(text: str, name: str) -> bool:
    """Whether a text that names no known model is a model's name without its first word and its date.

    ``Small 3.1 24B Instruct`` is ``Mistral-Small-3.1-24B-Instruct-2503``; a name without a word in its middle, and one
    of two words, is another model's.
    """
    short, whole = _WORDS.findall(text.lower()), _WORDS.findall(name.lower())
    if whole[-1:] and _DATE.fullmatch(whole[-1]) and short[-1:] != whole[-1:]:
        whole = whole[:-1]
    figures = any(word[:1].isdigit() for word in short)
    return len(short) > _PAIR and figures and (short == whole or (whole[:1] != [] and short == whole[1:]))


def _key(text: str) -> str:
    """A name as it is compared: its words in small letters, short words for "instruct" written out."""
    return "".join("instruct" if word in _INSTRUCT else word for word in _WORDS.findall(text.lower()))


def _words(text: str) -> str:
    return "".join(_WORDS.findall(text.lower()))


def _own_columns(head: Sequence[Cell], names: Sequence[str]) -> list[int]:
    own = [at for at, cell in enumerate(head) if cell.text and same_model(cell.text, names)]
    exact = {_words(name) for name in names} | {_words(name.rpartition("/")[2]) for name in names}
    plain = [at for at in own if _words(head[at].text) in exact]
    return plain if len(plain) == 1 else own


def _layout(head: Sequence[Cell], value: int) -> TableColumns | None:
    """The columns of labels of a table whose own column is known; None where none can be the benchmark's."""
    models = [at for at, cell in enumerate(head) if at == value or named(cell.text).is_model]
    labels = list(range(min(models)))[:_MOST_LABELS]
    kinds = {at: column_kinds(head[at].text) for at in labels}
    benchmark = _first(kinds, "benchmark", but={at for at in labels if "metric" in kinds[at]})
    if benchmark is None:
        benchmark = _first(kinds, "benchmark")
    if benchmark is None:
        unknown = [at for at in labels if not kinds[at]]
        benchmark = unknown[-1] if unknown else None
    if benchmark is None:
        # "Model" above the names of benchmarks: it names the row of heads.
        benchmark = _first(kinds, "models")
    if benchmark is None:
        return None
    others = {at: each for at, each in kinds.items() if at != benchmark}
    notes = tuple(at for at, each in others.items() if "note" in each)
    category = _first(others, "category")
    if category is None:
        category = next((at for at, each in others.items() if not each and at < benchmark), None)
    return TableColumns(benchmark, value, category, _first(others, "shots"), _first(others, "metric"), notes)


def _first(kinds: Mapping[int, frozenset[ColumnKind]], kind: ColumnKind, but: set[int] | None = None) -> int | None:
    return next((at for at, each in kinds.items() if kind in each and at not in (but or ())), None)


def _single(table: MarkdownTable) -> TableColumns | None:
    """The columns of a table of one model: one of benchmarks and one of scores, by their heads."""
    kinds = {at: column_kinds(cell.text) for at, cell in enumerate(table.head.cells)}
    scores = [at for at, each in kinds.items() if "score" in each]
    benchmark = _first(kinds, "benchmark", but={at for at, each in kinds.items() if "metric" in each})
    if benchmark is None:
        benchmark = _first(kinds, "benchmark")
    if len(scores) != 1 or benchmark is None or any(not each for each in kinds.values()):
        return None
    if tells_any_figure(table.head.cells[benchmark].text) and not _most_are_benchmarks(table, benchmark):
        return None
    others = {at: each for at, each in kinds.items() if at not in (benchmark, scores[0])}
    notes = tuple(at for at, each in others.items() if "note" in each)
    category = _first(others, "category")
    return TableColumns(benchmark, scores[0], category, _first(others, "shots"), _first(others, "metric"), notes)


def _most_are_benchmarks(table: MarkdownTable, at: int) -> bool:
    """Whether at least half of the rows name a known benchmark in a column."""
    texts = [text for row in table.rows if (text := _cell(row, at)) and not is_no_benchmark_row(text)]
    return sum(is_known_benchmark(text) for text in texts) * 2 >= len(texts)


def _by_columns(table: MarkdownTable, layout: TableColumns, self_reported: bool | None) -> TableScores:
    found = TableScores([], [table.head.line], [], [])
    category: str | None = None
    benchmark = ""
    for row in table.rows:
        group = _group(row)
        if group is not None:
            category = group
            found.lines.append(row.line)
            continue
        category = _cell(row, layout.category) or category
        benchmark = _cell(row, layout.benchmark) or (benchmark if layout.metric or layout.shots or layout.notes else "")
        score = _score(benchmark, _cell(row, layout.value), row, self_reported, category)
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


def _with_conditions(score: Score, row: MarkdownRow, layout: TableColumns) -> Score:
    shots = _SHOTS.fullmatch(_cell(row, layout.shots))
    conditions = {"n_shots": int(shots[1])} if shots else {}
    notes = [_cell(row, at) for at in (layout.metric, *layout.notes)]
    said = [note for note in (score.description, *notes) if note and not values.is_nothing(note)]
    return replace(score, conditions=conditions, description=", ".join(said) or None)


def _rows_are_models(table: MarkdownTable) -> bool:
    first = table.head.cells[0].text if table.head.cells else ""
    if "models" in column_kinds(first):
        return True
    models = sum(named(row.cells[0].text).is_model for row in table.rows if row.cells)
    return not first and models * 2 > len(table.rows)


def _by_rows(table: MarkdownTable, names: Sequence[str], self_reported: bool | None) -> TableScores:
    """The scores of a table whose rows are models and whose columns are benchmarks."""
    own = [row for row in table.rows if row.cells and same_model(row.cells[0].text, names)]
    found = TableScores([], [], [], [])
    if len(own) != 1:
        reason = "several rows of this model" if own else "no row of this model"
        return found._replace(unread=[_unread(row, reason) for row in (table.head, *table.rows)])
    found.lines.append(table.head.line)
    for row in table.rows:
        if row is not own[0]:
            found.unread.append(_unread(row, "another model"))
    row = own[0]
    for at, head in enumerate(table.head.cells[1:], 1):
        if column_kinds(head.text) - {"benchmark"}:
            found.columns.append(_left_column(table, at, "no rule takes this column"))
            continue
        score = _score(head.text, _cell(row, at), row, self_reported, None)
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
    if not benchmark or len(benchmark) > _LONGEST_NAME:
        return "no benchmark beside the number"
    if values.count(benchmark).value is not None or values.score(benchmark).value is not None:
        return "a number stands where the benchmark should"
    if is_no_benchmark_row(benchmark) or known(benchmark).field is not None or is_no_benchmark(benchmark):
        return "no benchmark"
    bracket = _BRACKET.fullmatch(text)
    shown = bracket["number"] if bracket and values.score(bracket["number"]).value is not None else text
    value = values.score(_FOOTNOTE.sub("", shown).strip())
    if value.value is None:
        return "no score of this model" if values.is_nothing(text) else "no readable score"
    unit = value.unit
    if unit == "points" and _unit(benchmark) == "percent" and _LEAST_PERCENT < value.value <= 100:
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
