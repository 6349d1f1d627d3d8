"""Why a page is turned down, in one sentence: what is missing on it, and the nearest thing to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ingest.read.lines import Line, Page, read_page
from ingest.read.reject import no_page_reason
from ingest.records.document import Score
from ingest.sources.model_page.fields import Fields
from ingest.sources.model_page.from_data import names_models
from ingest.sources.model_page.header import Header, reads_like_name
from ingest.sources.model_page.identity import agrees, is_comparison, is_maker, named
from ingest.sources.model_page.labels import is_no_name, known
from ingest.sources.model_page.own_name import named_by_address
from ingest.sources.model_page.sections import Section
from ingest.sources.model_page.words import page_words

UNRECOGNISED = "unrecognised"
NO_TEXT = "no_visible_text"
_COLON = re.compile("[:：]")
_SHOWN = 60
# Labels with a value, on a page of a model that no list knows.
_ENOUGH = 3
# Behind the name of a family: ":8b", " 70B Instruct".
_SIZE = re.compile(r"[ :_-]([0-9]{1,4}(?:\.[0-9]{1,2})?[bm])\b")
_WORDS = re.compile(r"[^\W_]+")
_MOST_SHOWN = 4
_LOOK = 2**20


class PageReading(NamedTuple):
    """All that was read of one page, before it is known whether it is a model's."""

    page: Page
    header: Header
    sections: Sequence[Section]
    fields: Fields
    scores: Sequence[Score]
    own: Sequence[str]
    is_founding: bool = True
    lists_others: bool = False  # figures stand below the bare name of another model


def refusal(reading: PageReading) -> str | None:
    """Why the lines are not those of one model's page, as a code and a sentence; None for a page that is read."""
    header = reading.header
    if not (reading.fields.understood or (reading.scores and header.organization)):
        other = _OTHER_LAYOUT.format(shown="none") if reading.is_founding and _has_labels(reading.page) else _NO_LABELS
        return no_page_reason(reading.page, other)
    if (
        reading.fields.of_several_models
        or (len(header.names) > 1 and _is_of_several(reading))
        or _is_list(reading)
        or _heads_several(reading)
        or _is_family(reading)
    ):
        return _SEVERAL
    layout = page_words().layout
    shown = [heading for section in reading.sections if (heading := section.heading) in layout.headings]
    # A page that was cut off early shows one heading, below a logo and the maker that it names.
    needed = 1 if header.has_logo and header.organization else layout.needed
    if reading.is_founding and len(set(shown)) < needed:
        return _OTHER_LAYOUT.format(shown=", ".join(map(repr, dict.fromkeys(shown))) or "none")
    if header.name is None:
        return _NO_NAME
    if is_comparison(header.name.text):
        return _SEVERAL
    return _doubt_of_name(reading, header.name, header)


def why_unrecognised(content: bytes, media_type: str | None, reason: str) -> str:
    """The reason why content that no source recognises is not read, with what to do where that can be said."""
    if reason == UNRECOGNISED:
        return f"{reason}: {what_is_missing(content, media_type)}"
    return _IN_DATA if reason == NO_TEXT and names_models(read_page(content, media_type)) else reason


def what_is_missing(content: bytes, media_type: str | None) -> str:
    """How near text that no source recognises comes to a page of a model: the labels and headings that stand on it."""
    lines = read_page(content[:_LOOK], media_type).lines
    texts = [text for line in lines for text in (line.text, line.parts[0], _COLON.split(line.text, maxsplit=1)[0])]
    labels = list(dict.fromkeys(text for text in texts if (label := known(text).field) and label.value != "text"))
    headings = list(dict.fromkeys(text for text in texts if known(text).section))
    if labels:
        shown = ", ".join(map(repr, labels[:_MOST_SHOWN]))
        return (
            f"no source knows this layout; labels of a model stand on it ({shown}). "
            "Name the source (`--source label-value-page`) to read them with their values"
        )
    if headings:
        shown = ", ".join(map(repr, headings[:_MOST_SHOWN]))
        return f"headings of a model page stand on it ({shown}), and no label with a value below them"
    return (
        "neither a label nor a heading of a model page stands on it, and it is no feed of a known source; "
        "'ingest source list' shows what is read"
    )


def _has_labels(page: Page) -> bool:
    """Whether labels of a model stand on a page in front of their values."""
    return any(known(line.text.partition(":")[0]).field for line in page.lines if ":" in line.text)


def _is_of_several(reading: PageReading) -> bool:
    """Whether the header names several models, none of which the page calls itself by."""
    names = reading.header.names
    models = {named(name) for name in names}
    return (
        len(models) > 1
        and not any(agrees(name, reading.own) for name in names)
        and (reading.header.name is None or not named(reading.header.name.text).is_model)
    )


def _is_list(reading: PageReading) -> bool:
    """Whether further models stand below with figures of their own, and nothing says which one the page is about."""
    name = reading.header.name
    if name is None or name.heading == 1 or agrees(name.text, reading.own):
        return False
    if reading.lists_others:
        return True
    if not any(check.name.startswith("repeated_") for check in reading.fields.checks()):
        return False
    lines = [line for section in reading.sections if section.name == "fields" for line in section.lines]
    others = {found.model_id for line in lines if (found := named(line.text)).model_id}
    return bool(others - {named(name.text).model_id})


def _heads_several(reading: PageReading) -> bool:
    """Whether headings below the page's own name several models, one of which was taken for its name."""
    name = reading.header.name
    if name is None or name.heading <= 1 or reading.is_founding:
        return False
    heads = [line.text for line in reading.page.lines if line.heading == name.heading]
    return len({text.lower() for text in heads if named(text).is_model}) > 1


def _is_family(reading: PageReading) -> bool:
    """Whether a page lists its model in several sizes (``llama3.1:8b``, ``llama3.1:70b``), and names none of them."""
    name = reading.header.name
    if name is None or reading.is_founding:
        return False
    own = name.text.lower()
    texts = (part.lower() for line in reading.page.lines for part in (line.text, *line.parts) if part != name.text)
    rests = (text[len(own) :] for text in texts if text.startswith(own))
    return len({size[1] for rest in rests if (size := _SIZE.match(rest))}) > 1


def _doubt_of_name(reading: PageReading, name: Line, header: Header) -> str | None:
    """Why the line taken for the name may be none: no list knows it, and the page itself does not bear it out."""
    own_models = {found for text in reading.own if (found := named(text)).model_id}
    if named(name.text).is_model:
        other = None if reading.is_founding or name.heading == 1 else _other_name(name.text, reading.own)
        return _OTHER_NAME.format(name=name.text[:_SHOWN], own=other[:_SHOWN]) if other else None
    borne_out = (not own_models and reads_like_name(name.text)) and (
        agrees(name.text, reading.own)
        or (not reading.own and (name.heading == 1 or (header.organization and is_maker(header.organization))))
        or header.has_logo
        or bool(header.badges)
    )
    if borne_out and (reading.is_founding or _is_certain(reading, name)):
        return None
    own = reading.own[0][:_SHOWN] if reading.own else "no title"
    return _UNKNOWN_MODEL.format(name=name.text[:_SHOWN], own=own)


def _other_name(name: str, own: Sequence[str]) -> str | None:
    """What a page calls itself where that is a name with a number, and no word of the name that was taken stands in it:
    the model is one of a menu."""
    model = named(name).model_id or ""
    mine = {word for text in (name, model) for word in _WORDS.findall(text.lower())}
    if any(named(text).model_id == model or not mine.isdisjoint(_words(text)) for text in own):
        return None
    return next((text for text in own if _may_be_name(text)), None)


def _may_be_name(text: str) -> bool:
    words = _words(text)
    has_word = any(word.isalpha() and len(word) >= _ENOUGH for word in words)
    return has_word and any(map(str.isdigit, text)) and not any(map(is_no_name, words))


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.lower())


def _is_certain(reading: PageReading, name: Line) -> bool:
    """Whether a page of another layout bears its name out twice.

    Its title, an ``og:`` tag, JSON-LD or its address agree with its only heading of the first level, or with the first
    line of a text without headings, and a label or the line below the name states who made it; or both its title and
    its address agree with a name that holds a number, above four labels with values.
    """
    lines = reading.page.lines
    firsts = [line for line in lines if line.heading == 1]
    is_first = not any(line.heading for line in lines) and lines[0].number == name.number
    is_first = is_first or (not firsts and named_by_address(name.text, reading.own))
    if not ([line.number for line in firsts] == [name.number] or is_first) or not agrees(name.text, reading.own):
        return False
    if reading.fields.organization is not None or reading.header.organization is not None:
        return reading.fields.understood >= _ENOUGH
    agreeing = [text for text in reading.own if agrees(name.text, [text])]
    has_number = any(map(str.isdigit, name.text))
    return has_number and len(agreeing) > 1 and reading.fields.understood > _ENOUGH


OTHER_DATA = (
    "script_only: scripts fill this page, and its JSON holds no facts of a model that its title or its address names; "
    "give the page as a browser shows it"
)
_IN_DATA = (
    "script_only: scripts fill this page; name the source label-value-page to read the facts of its own model in its "
    "JSON, or give the page as a browser shows it"
)
_NO_LABELS = (
    "not_a_model_page: no label of a model page has a value that can be read; "
    "a page of results alone needs its model's name and maker above them"
)
_SEVERAL = "several_models: the page shows the figures of several models; give one page for each model"
_OTHER_LAYOUT = (
    "other_layout: of the headings of this layout these stand here: {shown}; two are needed. "
    "Name the source (`--source label-value-page`) to read only labels with their values"
)
_NO_NAME = (
    "no_name: no line above the first section can be a model's name; "
    "add the header of the page, from the name to the description"
)
_OTHER_NAME = (
    "other_name: the page calls itself {own!r}, and the first model that stands on it is {name!r}, as in a menu; "
    "give the page with its heading"
)
_UNKNOWN_MODEL = (
    "unknown_model: {name!r} is no known model, and nothing else on the page bears it out (its title: {own!r}); "
    "add the model to knowledge/names/models.yaml, or give the page with its title, logo or maker"
)
