"""Where a page of an unknown layout begins: at the line that its address names, below a menu and the site's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ingest.read.lines import Line
from ingest.sources.model_page.identity import is_maker, named
from ingest.sources.model_page.labels import NOT_KNOWN, known
from ingest.sources.model_page.words import page_words

_WORDS = re.compile(r"[^\W_]+")
_PIECES = re.compile(r"[()（）]|: ")
# Below so many lines no name of a page stands; a path of the site may repeat it shortly before.
_LOOKED_AT = 25
_NEAR = 3
_LONGEST = 120
_FEW = 2


def is_post(line: Line, shown: Sequence[Line]) -> bool:
    """Whether the name was cut out of the heading of a post (``Introducing Anode 1``): its first text is no
    description."""
    whole = next((each.text for each in shown if each.number == line.number), line.text)
    words = tuple(_WORDS.findall(whole.lower()))
    return _without_lead(words) != words


def own_words(addresses: Iterable[str]) -> set[tuple[str, ...]]:
    """The last parts of a page's addresses as words, those without a number and with a single word left out."""
    told = (tuple(_WORDS.findall(address.lower())) for address in addresses)
    return {_without_lead(words) for words in told if len(words) >= _FEW or any(map(str.isdigit, "".join(words)))}


def named_by_address(text: str, addresses: Iterable[str]) -> bool:
    """Whether a text is the last part of one of a page's addresses, word by word."""
    return tuple(_WORDS.findall(text.lower())) in own_words(addresses)


def tells_of(text: str, addresses: Iterable[str]) -> bool:
    """Whether a text is a sentence that begins with the name in one of a page's addresses."""
    if not text.endswith((".", "。", "!")):
        return False
    words = tuple(_WORDS.findall(text[:_LONGEST].lower()))
    return any(words[: len(name)] == name for name in own_words(addresses))


def begin_at_own_name(lines: list[Line], addresses: Sequence[str]) -> list[Line]:
    """The lines from the one on that the address of the page names, with the maker's name right above it.

    Of a line such as ``Introducing Anode 1`` the name is left. A page with another heading of the first level begins
    where it did.
    """
    own = own_words(addresses)
    if not own:
        return lines
    firsts = [at for at, line in enumerate(lines) if line.heading == 1]
    if len(firsts) > 1:
        return lines
    looked = [(at, lines[at]) for at in firsts] if firsts else list(enumerate(lines[:_LOOKED_AT]))
    found = {at: part for at, line in looked if (part := _own_part(line.text, own))}
    if not found:
        return lines
    at = min(found)
    if not firsts and any(known(line.text.partition(":")[0].strip()).field for line in lines[:at]):
        return lines  # labels with values stand above: the page, of whatever model, has begun
    while (behind := next((other for other in range(at + 1, at + _NEAR) if other in found), None)) is not None:
        at = behind
    name = lines[at]._replace(text=found[at], parts=(found[at],))
    if firsts:
        return [*lines[:at], name, *lines[at + 1 :]]
    above = lines[at - 1 : at] if at and is_maker(lines[at - 1].text) else []
    return [*above, name, *lines[at + 1 :]]


def _own_part(text: str, own: set[tuple[str, ...]]) -> str:
    """The part of a line that is the name in the address: the line, a piece of it in brackets, or what stands behind
    words such as ``Introducing``."""
    if len(text) > _LONGEST or known(text) != NOT_KNOWN:
        return ""
    pieces = [piece.strip() for piece in _PIECES.split(text) if piece.strip()]
    models = {named(piece).model_id for piece in pieces} - {None}
    if len(pieces) > 1 and len(models) > 1:
        return ""  # "Claude 3 Opus (Claude 3.5 Haiku)"
    for piece in [text, *pieces]:
        words = tuple(_WORDS.findall(piece.lower()))
        bare = _without_lead(words)
        if bare in own:
            return piece if bare == words else " ".join(piece.split()[-_size(piece, bare) :])
    return ""


def _size(text: str, bare: tuple[str, ...]) -> int:
    """How many words of a text, as blanks part them, hold some of its last words."""
    parts = text.split()
    return next(
        (size for size in range(1, len(parts) + 1) if tuple(_WORDS.findall(" ".join(parts[-size:]).lower())) == bare),
        len(parts),
    )


def _without_lead(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words without those that announce a name."""
    for phrase in page_words().name_leads.phrases:
        lead = tuple(phrase.split())
        if words[: len(lead)] == lead and len(words) > len(lead):
            return words[len(lead) :]
    return words
