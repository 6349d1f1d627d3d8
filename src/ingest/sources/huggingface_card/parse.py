"""From a model card to its record: front matter, ``model-index``, tables of results, lines of labels and values."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from ingest.name import resolve_organization
from ingest.read import values
from ingest.read.languages import language_of
from ingest.read.lines import Line, Page, locator, markdown_lines
from ingest.read.locate import ADDRESS
from ingest.read.markdown import Markdown, is_markdown, read_markdown
from ingest.read.reject import no_text_reason
from ingest.read.text import decode, repair
from ingest.records.document import Capture, Check, Document, Entry, Score, Stated, UnreadLine
from ingest.sources.huggingface_card.own import OwnModel, bits_of, last_key, maker_key, same_model
from ingest.sources.huggingface_card.specs import own_facts, why_not_printed
from ingest.sources.huggingface_card.spoken import spoken_lines
from ingest.sources.huggingface_card.tables import (
    all_unread,
    of_one_stage,
    read_table,
    tables_in_order,
    writes_commas,
)
from ingest.sources.huggingface_card.words import card_words
from ingest.sources.model_page.fields import Fields
from ingest.sources.model_page.header import reads_like_name
from ingest.sources.model_page.identity import named
from ingest.sources.model_page.labels import known
from ingest.sources.reading import PageAccount, begin
from ingest.sources.settings import load_settings

SOURCE = load_settings(Path(__file__).with_name("source.yaml"))
NAME: str = SOURCE["name"]
READER: str = f"{NAME}/{SOURCE['reader']}"

_ADDRESS = re.compile(r"://(?:www\.)?(?:huggingface\.co|hf\.co)/([\w.-]{1,96})/([\w.-]{1,96})(?:/|$)")
_MARKDOWN_FILE = (".md", ".markdown")
_COUNT_OF_PARAMETERS = re.compile(
    r"([0-9][0-9.,]{0,14}(?: ?[KMBT]| (?:million|billion|trillion))?) parameters(?=[,.;]|$)"
)
_BRACKETS = re.compile(r"[()（）]")
_PAIR = 2
_FEW_KEYS = 2
_LARGEST = 2 * 2**20
_TRUE = ("true", "yes")
_NO_LICENCE = ("other", "unknown")


def recognise(capture: Capture) -> bool:
    """Whether the content is a model card: front matter with two keys of cards, or Markdown at a model's address."""
    content = capture.content
    here = _ADDRESS.search(capture.location) is not None
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"---") and not (here and capture.location.lower().endswith(_MARKDOWN_FILE)):
        return False
    if len(content) > _LARGEST or no_text_reason(content):
        return False
    text = decode(content).text
    if not is_markdown(text, _media_type(capture)):
        return False
    front = read_markdown(text).front
    return here or len(front.keys() & set(card_words().keys.phrases)) >= _FEW_KEYS


def parse(capture: Capture) -> Document:
    """The :class:`Document` of a card: one entry, or the reason why it is rejected."""
    return _read(capture).document


def account(capture: Capture) -> list[tuple[Line, str | None]]:
    """Each line of a card with the name of the rule that claimed it, None for an unread one."""
    return _read(capture).account()


def _read(capture: Capture) -> PageAccount:
    reading = begin(capture, NAME, READER)
    document, claimed = reading.document, reading.claimed
    if document.rejected:
        return reading
    decoded = decode(capture.content)
    card = read_markdown(repair(decoded.text, decoded.repairs))
    if other := _of_another_kind(card, capture.location):
        return reading.rejected(f"no_model: the card is of {other}, not of a model")
    document.repairs = decoded.repairs
    reading.lines = lines = markdown_lines(card)
    page = Page(lines, "text/markdown", decoded.encoding)
    names, place = _names(card, capture.location)
    if not names:
        return reading.rejected(
            "no_name: neither the address, nor a heading, nor the model-index of the card names a model; "
            "give it with its address (huggingface.co/MAKER/MODEL) or its first heading"
        )
    address = _ADDRESS.search(capture.location)
    entry = Entry(
        names[0],
        locator(place, place) if place else ADDRESS,
        address[1] if address else None,
        source_key=f"{address[1]}/{address[2]}" if address else None,
    )
    if not address and "/" in names[0]:
        entry.organization = names[0].partition("/")[0]
    if place:
        claimed[place] = "name"
    _read_front(card, entry, document)
    own = OwnModel(tuple(names), _bases(card, names[0]))
    _read_index(card, own, entry, document)
    unread: dict[int, str] = {}
    is_own = _is_of_maker(entry, names)
    has_commas = writes_commas(card.tables)
    spoken = spoken_lines(card)
    tables = [
        (table, all_unread(table, reason))
        if (reason := spoken.get(table.head.line) or why_not_printed(table, own))
        else (table, read_table(table, own, is_own, has_commas=has_commas))
        for table in tables_in_order(card.tables)
    ]
    for found in of_one_stage(tables, names[0], _texts(card)):
        entry.scores += found.scores
        claimed |= dict.fromkeys(found.lines, "table")
        unread |= {line.line: line.text for line in found.unread}
        document.unread += found.columns
    _without_contradictions(entry, document)
    unread |= {line.number: f"{line.text} ({spoken[line.number]})" for line in lines if line.number in spoken}
    stated = [table for table in card.tables if table.head.line not in spoken and table.typed is None]
    facts = [fact for table in stated for fact in own_facts(table, own)]
    _read_body(page, entry, claimed, spoken, facts)
    _read_first_sentence(card, entry, claimed)
    _read_maker(page, entry, claimed, spoken)
    if not (entry.scores or entry.stated):
        return reading.rejected(
            f"no_facts: the card of {names[0]!r} holds no licence, no task, no figure and no table of its own model"
        )
    document.entries.append(entry)
    document.unread += [
        UnreadLine(line.number, unread.get(line.number, line.text)) for line in lines if line.number not in claimed
    ]
    return reading


def _of_another_kind(card: Markdown, location: str) -> str | None:
    """What the card is of where it is not of a model: the address or the keys of its front matter say so."""
    for kind in card_words().other_kinds:
        if any(f"/{place}/" in location for place in kind.addresses) or card.front.keys() & set(kind.keys):
            return kind.name
    return None


def _texts(card: Markdown) -> Iterator[str]:
    """All texts of a card, those of its tables too."""
    yield from (text.text for text in card.texts)
    yield from (cell.text for table in card.tables for row in (table.head, *table.rows) for cell in row.cells)


def _media_type(capture: Capture) -> str | None:
    return "text/markdown" if capture.location.lower().endswith(_MARKDOWN_FILE) else capture.media_type


def _names(card: Markdown, location: str) -> tuple[list[str], int]:
    """The names of the card's model, the surest first, and the line of the first one; 0 for the address."""
    found: list[tuple[str, int]] = []
    address = _ADDRESS.search(location)
    if address:
        found.append((address[2], 0))
    index = card.front.get("model-index")
    titles = [(_without_title(text.text), text.line) for text in card.texts if text.level == 1 and not text.quoted]
    headings = [(name, line) for title, line in titles for name in _both_names(title, address) if name][:3]
    found += headings[:1]
    if (
        isinstance(index, list)
        and len(index) == 1
        and isinstance(index[0], dict)
        and isinstance(index[0].get("name"), str)
    ):
        found.append((index[0]["name"], card.front_lines.get(("model-index", 0, "name"), 1)))
    if isinstance(card.front.get("model_name"), str):
        found.append((card.front["model_name"], card.front_lines.get(("model_name",), 1)))
    found += headings[1:]
    sure = [each for each in found if named(each[0]).is_model]
    likely = [each for each in found if reads_like_name(each[0].rpartition("/")[2])]
    first = (sure or likely)[:1] if address is None else found[:1]
    if not first:
        return [], 1
    if address is None:
        # A heading may name the family only ("StarCoder2"), where the model-index says which model it is.
        first = [each for each in found if _is_longer(each[0], first[0][0]) and each not in headings][:1] or first
    # Further names count only where they mean the same model, as large, or nobody knows them.
    model, bits = named(first[0][0]).model_id, bits_of(first[0][0])
    of_model = [name for name, _ in found if named(name).model_id == model and bits_of(name) == bits]
    bases = set(map(last_key, _bases(card, first[0][0])))
    rest = [name for name in of_model if reads_like_name(name.rpartition("/")[2]) and last_key(name) not in bases]
    heading_lines = dict(headings)
    place = heading_lines.get(first[0][0], first[0][1])
    return list(dict.fromkeys([first[0][0], *rest])), place


def _both_names(title: str, address: re.Match[str] | None) -> list[str]:
    """The two names of a heading (``昆布-7B (Kunbu-7B)``), where one is that of the address; else the whole."""
    pieces = [piece.strip() for piece in _BRACKETS.split(title) if piece.strip()]
    is_told = address is not None and any(last_key(piece) == last_key(address[2]) for piece in pieces)
    return pieces if is_told and len(pieces) == _PAIR else [title]


def _bases(card: Markdown, name: str) -> tuple[str, ...]:
    """The models that a card's model was made of, but for one of its own name, of which it is a copy."""
    told = card.front.get("base_model")
    bases = [base for base in (told if isinstance(told, list) else [told]) if isinstance(base, str)]
    return tuple(base for base in bases if last_key(base) != last_key(name))


def _is_longer(name: str, other: str) -> bool:
    """Whether a name is another one with more words behind it: ``starcoder2-15b`` and ``StarCoder2``."""
    mine, others = ("".join(filter(str.isalnum, each.rpartition("/")[2].lower())) for each in (name, other))
    return len(mine) > len(others) and mine.startswith(others)


def _without_title(text: str) -> str:
    for phrase in card_words().titles.phrases:
        if text.startswith(phrase + " ") or text.startswith(phrase + ":"):
            text = text[len(phrase) :].lstrip(" :")
        if text.endswith(" " + phrase):
            text = text[: -len(phrase)].rstrip(" -–—:|")
    return text.strip()


def _read_front(card: Markdown, entry: Entry, document: Document) -> None:
    """Takes the licence and the task of the front matter; other keys are listed as unread."""
    taken: set[str] = set()
    licence = card.front.get("license")
    key = "license"
    if isinstance(licence, str) and licence.lower() in _NO_LICENCE:
        licence, key = card.front.get("license_name"), "license_name"
        taken.add("license")
    if isinstance(licence, str) and not values.is_nothing(licence):
        entry.stated.append(_stated("license", licence, licence, card.front_lines[(key,)]))
        taken.add(key)
    task = card.front.get("pipeline_tag")
    meaning = next((each for each in card_words().tasks if each.task == task), None)
    if meaning is not None:
        line = card.front_lines[("pipeline_tag",)]
        multimodal = len({*meaning.input, *meaning.output}) > 1
        entry.stated += [
            _stated("multimodal", multimodal, str(task), line),
            _stated("input_modalities", list(meaning.input), str(task), line),
            _stated("output_modalities", list(meaning.output), str(task), line),
        ]
        taken.add("pipeline_tag")
    for name in card.front:
        if name not in taken and name != "model-index":
            document.unread.append(UnreadLine(card.front_lines[(name,)], f"{name} (no rule takes this key)"))


def _stated(field: str, value: Any, text: str, line: int) -> Stated:
    return Stated(field, value, text, locator(line, line))


def _read_index(card: Markdown, own: OwnModel, entry: Entry, document: Document) -> None:
    """Takes the results of the ``model-index``: data set, metric, value, who measured it; lists its other keys.

    Of several models in it only the card's own counts; a single one may have any name but that of another known model.
    """
    taken: set[tuple[str | int, ...]] = set()
    models = _list(card.front.get("model-index"))
    for model_at, model in enumerate(models):
        taken.add(("model-index", model_at, "name"))
        if _is_of_another(_object(model).get("name"), own, is_single=len(models) == 1):
            line = card.front_lines.get(("model-index", model_at), 1)
            document.unread.append(UnreadLine(line, f"model-index/{model_at} (results of another model)"))
            taken |= {path for path in card.front_lines if path[:2] == ("model-index", model_at)}
            continue
        for at, result in enumerate(_list(model.get("results")) if isinstance(model, dict) else ()):
            data = _object(_object(result).get("dataset"))
            name = data.get("name")
            if not isinstance(name, str) or values.is_nothing(name):
                continue
            path = ("model-index", model_at, "results", at)
            taken |= {(*path, *keys) for keys in _INDEX_KEYS}
            metrics = _list(result.get("metrics"))
            wanted = _own_metrics(metrics)
            for metric_at, metric in enumerate(metrics):
                if metric_at not in wanted:
                    continue
                where = (*path, "metrics", metric_at)
                taken |= {(*where, key) for key in ("name", "type", "value", "verified")}
                lines = [card.front_lines.get((*where, key)) for key in ("name", "type", "value")]
                place = [line for line in lines if line] or [1]
                score = _index_score(_object(metric), name, result, locator(min(place), max(place)))
                if score is not None:
                    entry.scores.append(score)
    _list_unread(card, taken, document)


def _own_metrics(metrics: list[Any]) -> set[int]:
    """Which of several metrics of one data set are read: the main one where the card says which that is, else all."""
    told = [at for at, metric in enumerate(metrics) if _object(metric).get("type") == _MAIN_METRIC]
    if len(told) != 1:
        return set(range(len(metrics)))
    main = _object(metrics[told[0]]).get("value")
    named_so = [at for at in range(len(metrics)) if at not in told and _object(metrics[at]).get("value") == main]
    return set(named_so[:1] or told)


_MAIN_METRIC = "main_score"
"""The metric that MTEB counts a data set by."""


def _is_of_another(name: object, own: OwnModel, *, is_single: bool) -> bool:
    """Whether an entry of a ``model-index`` is that of another model than the card's."""
    if not isinstance(name, str) or same_model(name, own):
        return False
    if not is_single:
        return True
    is_base = last_key(name) in map(last_key, own.bases)
    return is_base or named(name).model_id is not None


_INDEX_KEYS = (
    ("dataset", "name"), ("dataset", "split"), ("dataset", "args", "num_few_shot"), ("source", "name"),
    ("source", "url"),
)  # fmt: skip
"""The keys of a result that are read; of a metric its name or type, value, and whether the Hub verified it."""


def _list_unread(card: Markdown, taken: set[tuple[str | int, ...]], document: Document) -> None:
    """Lists the values of the ``model-index`` that no rule takes, each kind once with how often it stands there."""
    found: dict[str, list[int]] = {}
    above = {path[:length] for path in card.front_lines for length in range(len(path))}
    for path, line in card.front_lines.items():
        if path[:1] == ("model-index",) and path not in taken and path not in above:
            kind = "/".join("*" if isinstance(part, int) else part for part in path)
            found.setdefault(kind, []).append(line)
    for kind, lines in found.items():
        document.unread.append(UnreadLine(lines[0], f"{kind} ({len(lines)} times; no rule takes this key)"))


def _index_score(metric: dict[str, Any], benchmark: str, result: dict[str, Any], place: str) -> Score | None:
    if not isinstance(metric.get("value"), str):
        return None
    value = values.score(metric["value"])
    if value.value is None:
        return None
    name = metric.get("name") if isinstance(metric.get("name"), str) else metric.get("type")
    data, by = _object(result.get("dataset")), _object(result.get("source"))
    split, shots = data.get("split"), str(_object(data.get("args")).get("num_few_shot", ""))
    verified = str(metric.get("verified") or "false").lower() in _TRUE
    return Score(
        benchmark=benchmark,
        score=value.value,
        unit=value.unit,
        score_text=metric["value"],
        locator=place,
        score_low=value.low,
        score_high=value.high,
        description=str(name) if name else None,
        measured_by=_text(by.get("name")),
        reference=_text(by.get("url")),
        self_reported=not (verified or _text(by.get("name"))),
        conditions={
            **({"split": split} if split in ("test", "validation", "dev") else {}),
            **({"n_shots": int(shots)} if shots.isascii() and shots.isdigit() and len(shots) < 5 else {}),
        },
        margin=value.margin,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and not values.is_nothing(value) else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_of_maker(entry: Entry, names: Sequence[str]) -> bool | None:
    """Whether the card is its maker's own, so that its results are what the maker reports; None where nobody knows."""
    maker = named(names[0]).organization_id
    if entry.organization is None or maker is None:
        return None
    return resolve_organization(entry.organization).organization_id == maker or None


def _without_contradictions(entry: Entry, document: Document) -> None:
    """Marks results of one benchmark under one condition that differ: two tables of one card contradict each other."""
    seen: dict[tuple[Any, ...], Score] = {}
    for score in entry.scores:
        key = (score.benchmark, score.description, str(score.conditions), score.category)
        before = seen.setdefault(key, score)
        if before.score != score.score:
            expected, actual = f"{before.score_text} ({before.locator})", f"{score.score_text} ({score.locator})"
            document.checks.append(Check("repeated_score", False, expected, actual))


def _read_body(
    page: Page,
    entry: Entry,
    claimed: dict[int, str],
    spoken: Container[int],
    facts: Sequence[tuple[int, str, str]],
) -> None:
    """Takes figures of the model from lines of a label and a value and from tables of models, where the card states one
    value of each."""
    rules: dict[int, str] = {}

    def claim(rule: str, lines: Sequence[Line]) -> None:
        rules.update((line.number, rule) for line in lines)

    pairs = [pair for line in page.lines if (pair := _pair(line))]
    fields = Fields(claim, page, language_of([text for pair in pairs for text in pair]))
    wanted = set(card_words().fields.phrases)
    taken = {line for line, rule in claimed.items() if rule == "table"}
    for line in page.lines:
        pair = _pair(line)
        label = known(pair[0]).field if pair else None
        if pair is None or label is None or label.target not in wanted or line.number in taken or line.number in spoken:
            continue
        fields.read([line._replace(text=pair[0], parts=pair[:1]), line._replace(text=pair[1], parts=pair[1:])])
    for number, name, value in facts:
        label = known(name).field
        if label is not None and label.target in wanted:
            fields.read([Line(number, name, (name,)), Line(number, value, (value,))])
    unsure = {check.name.removeprefix("repeated_") for check in fields.checks()}
    for stated in fields.stated():
        if stated.field in wanted and stated.field not in unsure and stated.problem is None:
            entry.stated.append(stated)
            claimed[int(stated.locator.removeprefix("line "))] = stated.field


def _read_first_sentence(card: Markdown, entry: Entry, claimed: dict[int, str]) -> None:
    """Takes the number of parameters with which the first text below the heading begins ("33.4M parameters, …")."""
    if any(stated.field == "parameters" for stated in entry.stated):
        return
    texts = [text for text in card.texts if text.text and not text.quoted]
    behind = next((two for one, two in pairwise(texts) if one.level == 1 and two.level == 0), None)
    found = _COUNT_OF_PARAMETERS.match(behind.text) if behind else None
    if behind is None or found is None or behind.line in claimed:
        return
    value = values.count(found[1])
    if value.value is not None and value.problem is None:
        place = locator(behind.line, behind.line)
        claimed[behind.line] = "parameters"
        entry.stated.append(Stated("parameters", value.value, found[0], place, low=value.low, high=value.high))


def _read_maker(page: Page, entry: Entry, claimed: dict[int, str], spoken: Container[int]) -> None:
    """Takes the maker as a line writes it (``Developer: Maison Bruyère``) where that is the account of the address,
    perhaps with a word for a company behind; another one may be the maker of the model that this one was made of."""
    account = entry.organization
    if account is None or resolve_organization(account).is_known:
        return
    told: dict[str, Line] = {}
    for line in page.lines:
        pair = _pair(line) if line.number not in claimed and line.number not in spoken else None
        label = known(pair[0]).field if pair else None
        if pair is not None and label is not None and label.target == "organization":
            told[pair[1]] = line
    if len(told) == 1:
        [(name, line)] = told.items()
        if maker_key(name) == maker_key(account):
            entry.organization, entry.organization_locator = name, locator(line.number, line.number)
            claimed[line.number] = "organization"


def _pair(line: Line) -> tuple[str, str] | None:
    """A label and its value on one line: behind a colon, or in the two cells of a row."""
    label, colon, value = line.text.replace("：", ":", 1).partition(":")
    if colon and value.strip() and known(label.strip()).field:
        return label.strip(), value.strip()
    if len(line.parts) == 2 and known(line.parts[0]).field:
        return line.parts[0], line.parts[1]
    return None
