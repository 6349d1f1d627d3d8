"""What a page of one model says of another: the model to move to, with figures of its own below its name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingest.read.lines import Line
from ingest.sources.model_page.header import reads_like_name
from ingest.sources.model_page.identity import agrees, named
from ingest.sources.model_page.labels import known
from ingest.sources.model_page.sections import Section
from ingest.sources.model_page.words import page_words

_SIGNS = " :：→>–—-"
_BEHIND_NAME = re.compile(r" ?[:：(|]| [–—-] ")
_WORDS = re.compile(r"[^\W_]+")
_SIZE = re.compile(r"[0-9]{1,4}[bm]")
_VERSION = re.compile(r"[0-9]{1,2}")
_LONGEST = 120
_FEW = 2


def without_other_models(sections: Sequence[Section], header: Sequence[Line], name: Line | None) -> bool:
    """Takes the lines below the name of another model out of the sections: its figures are not the page's.

    It is the model to move to, or one that the page's own is held against. The lines end where the text is parted, with
    a heading, or with the page's own name. Gives whether figures stand below another model's bare name, as in a list.
    """
    if name is None:
        return False
    lines = [*header, *(line for section in sections for line in section.lines)]
    found = list(_of_others(lines, name))
    left = {line.number for line, _ in found}
    for section in sections:
        if left:
            section.lines[:] = [line for line in section.lines if line.number not in left]
    return any(is_listed and any(map(str.isdigit, line.text)) for line, is_listed in found)


def without_boxes(lines: list[Line], own: Sequence[str]) -> list[Line]:
    """The lines without boxes beside the page's own text, where its only heading of the first level names its model.

    A box is what stands above that heading, if there are labels in it, as in a banner; and what stands below a lower
    heading that may be the name of another model, known or not: ``Gouda 2``.
    """
    firsts = [at for at, line in enumerate(lines) if line.heading == 1]
    if len(firsts) != 1:
        return lines
    name = lines[firsts[0]].text
    if not (agrees(name, own) or named(name).is_model):
        return lines
    above = lines[: firsts[0]]
    if any(known(line.text).field and line.heading == 0 for line in above):
        lines = lines[firsts[0] :]
    out: list[Line] = []
    level = 0  # of the heading of a box
    for line in lines:
        if line.heading and (not level or line.heading <= level):
            level = line.heading if line.heading > 1 and _may_name_another(line.text, name) else 0
        if not level:
            out.append(line)
    return out


def without_comparisons(lines: list[Line], name: str) -> list[Line]:
    """The lines of a text without blocks in which figures stand below the names of several other models."""
    own = named(name).model_id
    out: list[Line] = []
    block: list[Line] = []
    for line in lines:
        if line.shared == 0:
            out += _unless_of_others(block, own)
            block = []
        block.append(line)
    return out + _unless_of_others(block, own)


def _unless_of_others(block: list[Line], own: str | None) -> list[Line]:
    models = {found.model_id for line in block if len(line.parts) == 1 and (found := named(line.text)).model_id}
    return [] if len(models - {own}) >= _FEW else block


def _may_name_another(text: str, name: str) -> bool:
    """Whether a heading may be the name of another model: it reads like one, and has a number."""
    mine, other = name.lower(), text.lower()
    # "GPT-4o mini" in "GPT-4o mini: prices"; in "Gouda 2 Mini" another model is called "Gouda 2".
    is_own = mine in other or (mine.startswith(other) and not mine[len(other) :].lstrip()[:1].isalnum())
    return not is_own and any(map(str.isdigit, text)) and reads_like_name(text)


def is_notice(text: str) -> bool:
    """Whether a sentence tells that the model ends, and describes nothing."""
    lower = text.lower()
    return any(phrase in lower for phrase in page_words().notices.phrases)


def _of_others(lines: Sequence[Line], name: Line) -> Iterator[tuple[Line, bool]]:
    """The lines below names of other models, each with whether it stands below a bare name."""
    opener: Line | None = None
    is_bare = False
    near: int | None = None
    for before, line in pairwise([name, *lines]):
        if opener is not None and near is None and 1 < line.shared < opener.shared:
            opener = None  # a row of its own in a sheet of rows: one fact of the page's model
        elif opener is not None and near is None:
            near = line.shared
        elif opener is not None and near is not None and _is_behind(line, opener, near, name):
            opener = near = None
        if opener is not None:
            yield line, is_bare and not _is_other(line.text, name)
        elif _names_successor(line, before, name) or _heads_other(line, before, name):
            opener, is_bare = line, _is_other(line.text, name)


def _is_behind(line: Line, opener: Line, near: int, name: Line) -> bool:
    """Whether a line stands behind all that is said of the other model."""
    if line.heading:
        return not opener.heading or line.heading <= opener.heading
    own = name.text.lower() in line.text.lower()
    return line.shared < near or own or known(line.text).section is not None


def _names_successor(line: Line, before: Line, name: Line) -> bool:
    """Whether a line names another known model as the one to move to, perhaps with these words in the line before."""
    if len(line.text) > _LONGEST or len(line.parts) > 1:
        return False  # a row of a table is one fact of the page's own model
    phrases = page_words().successors.phrases
    lower = line.text.lower()
    lead = next((phrase for phrase in phrases if lower.startswith(phrase)), None)
    if lead is not None:
        rest = line.text[len(lead) :]
    elif before.text.lower().strip(_SIGNS) in phrases:
        rest = line.text
    else:
        return False
    other = named(rest.strip(_SIGNS).rstrip(".!"))
    return other.model_id is not None and other.model_id != named(name.text).model_id


def _heads_other(line: Line, before: Line, name: Line) -> bool:
    """Whether a line heads what is said of another model: its name alone or with words behind a sign, perhaps behind
    words that compare (``Compared with GPT-4o mini``). The value of a label is none of these."""
    if len(line.text) > _LONGEST:
        return False
    lead = next((each for each in page_words().comparisons.phrases if _begins_with(line.text, each)), "")
    if not lead and (len(line.parts) > 1 or _is_label(before)):
        return False
    text = line.text[len(lead) :].strip(_SIGNS)
    return any(_is_other(each.strip(_SIGNS), name) for each in (text, _BEHIND_NAME.split(text, maxsplit=1)[0]))


def _begins_with(text: str, words: str) -> bool:
    behind = text[len(words) : len(words) + 1]
    return text.lower().startswith(words) and not (behind.isalpha() and words.isascii())


def _is_label(line: Line) -> bool:
    """Whether a line may be the label of the name below it: of a field, or of a model that the own one is of."""
    return known(line.text).field is not None or line.text.lower().strip(_SIGNS) in page_words().relations.phrases


def _is_other(text: str, name: Line) -> bool:
    """Whether a text is the name of another model: one of the catalogue, or the page's own name in another size."""
    other = named(text).model_id
    if other is not None:
        return other != named(name.text).model_id
    mine, words = (_WORDS.findall(each.lower()) for each in (name.text, text))
    left = [word for word in words if word not in mine]
    if not left or words[:1] != mine[:1]:
        return False
    sizes = [word for word in left if word in page_words().sizes_of_names.phrases or _SIZE.fullmatch(word)]
    # Numbers behind the whole name are a date or a release of the same model: "kestrel-2-small-2025-06-17".
    is_whole = words[: len(mine)] == mine
    return bool(sizes or not is_whole) and all(word in sizes or _VERSION.fullmatch(word) for word in left)
