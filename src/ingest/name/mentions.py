"""Names of models in running text: who graded, who played the user.

The longest name wins, so that "Gemini 2.5 Flash-Lite" is never read as "Gemini 2.5". A name is one of the catalogue's,
or has the shape of a family's names (``families.yaml``, ``mentions.yaml``): the word of the family, then versions,
sizes and words that names of models have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.name.families import family_words
from ingest.name.model_catalogue import model_index

_TOKEN = re.compile(r"\d+|[^\W\d_]+|\+")
_FIRST = re.compile(r"\d+|[^\W\d_]+")
_GAPS = frozenset(("", "-", "_", ".", " ", "/", ":", "@", " (", "("))
_NUMBER_GAPS = frozenset((".", "-", "_"))
_SIZE = frozenset(("b", "m", "t", "k", "x", "o", "v", "a", "e"))
"""Letters that a number in a model's name may have behind or before it: 70b, 8x22b, 4o, v3, a22b."""

_UNITS = frozenset(("b", "m", "t", "k", "bit"))
_DATE_DIGITS = 4
"""Digits of a month and day, or a year and month, in a name: DeepSeek-V3 0324."""

_MOST_TOKENS = 14
_LONGEST_WORD = 60
_LEADS = "([{\"'“‘«,;:*_~`<>|"


class _Word(KnowledgeEntry):
    word: str
    needs_version: bool = False
    joined: bool = False
    reason: str


class _NotModels(KnowledgeEntry):
    words: tuple[str, ...]
    reason: str


class _Mentions(KnowledgeEntry):
    words: tuple[_Word, ...]
    needs_version: frozenset[str]
    tails: frozenset[str]
    ordinary: frozenset[str]
    joined_tails: frozenset[str]
    not_models: tuple[_NotModels, ...]


@dataclass(slots=True, frozen=True)
class Mention:
    """The name of a model in a text: from ``start`` in word ``first`` to before ``end`` in word ``last``."""

    name: str
    first: int
    start: int
    last: int
    end: int


def models_in(words: Sequence[str]) -> list[Mention]:
    """The models that a text of these words names, in order, none overlapping.

    >>> [found.name for found in models_in("graded by Gemini 2.5 Flash-Lite, not (GPT-4o mini)".split())]
    ['Gemini 2.5 Flash-Lite', 'GPT-4o mini']
    """
    found: list[Mention] = []
    free = 0
    for index, start in enumerate(map(_head, words)):
        if start >= 0 and index >= free and (mention := _mention(words, index, start)):
            found.append(mention)
            free = mention.last + 1
    return found


@lru_cache(maxsize=32_768)
def _head(word: str) -> int:
    """Where a model's name may begin in a word; -1 where none does."""
    if len(word) > _LONGEST_WORD:
        return -1
    start = len(word) - len(word.lstrip(_LEADS))
    first = _FIRST.match(word, start)
    return start if first and first[0].lower() in _shapes().heads else -1


class _Token(NamedTuple):
    """A token of a text: its text, the gap before it, the word that it stands in, and its end there."""

    text: str
    is_capital: bool
    gap: str
    word: int
    end: int
    is_whole: bool


def _tokens(words: Sequence[str], index: int, start: int) -> list[_Token]:
    """The tokens from a place on, as long as they may belong to one name."""
    found: list[_Token] = []
    gap = ""
    for number in range(index, min(index + _MOST_TOKENS, len(words))):
        word = words[number]
        if len(word) > _LONGEST_WORD:
            break
        at = start if number == index else 0
        for match in _TOKEN.finditer(word, at):
            gap += word[at : match.start()]
            if found and gap not in _GAPS:
                return found
            behind = word[match.end() : match.end() + 1]
            is_whole = not (behind.isalnum() or behind == "_")
            text = "plus" if match[0] == "+" else match[0].lower()
            found.append(_Token(text, match[0][0].isupper(), gap, number, match.end(), is_whole))
            if len(found) == _MOST_TOKENS:
                return found
            gap, at = "", match.end()
        gap += word[at:] + " "
        if gap != " ":
            break
    return found


def _mention(words: Sequence[str], index: int, start: int) -> Mention | None:
    tokens = _tokens(words, index, start)
    shapes = _shapes()
    taken, is_name = _longest(tokens, shapes)
    end = _extended(tokens, taken, shapes) if taken else 0
    if not end or (end == taken and not is_name) or not tokens[end - 1].is_whole:
        return None
    first, last = tokens[0], tokens[end - 1]
    if end > 1 and first.text in shapes.joined and tokens[1].gap == " " and not first.is_capital:
        return None
    follows = tuple(token.text for token in tokens[: taken + 1])
    if follows in shapes.not_models or follows[:-1] in shapes.not_models:
        return None
    stop = last.end
    if any("(" in token.gap for token in tokens[1:end]) and words[last.word][stop : stop + 1] == ")":
        stop += 1
    spoken = [*words[index : last.word], words[last.word][:stop]]
    spoken[0] = spoken[0][start:]
    return Mention(" ".join(spoken), index, start, last.word, stop)


def _longest(tokens: Sequence[_Token], shapes: _Shapes) -> tuple[int, bool]:
    """How many tokens the longest known name or family has, and whether that is a model's name by itself."""
    taken, is_name = 0, False
    walked: tuple[str, ...] = ()
    for count, token in enumerate(tokens, 1):
        if count > 1 and _begins_anew(tokens, count - 1) and len(token.text) != _DATE_DIGITS:
            break
        walked = (*walked, token.text)
        if walked in shapes.names and token.is_whole:
            taken, is_name = count, True
        elif walked in shapes.families and (token.is_whole or _is_glued(tokens, count)):
            alone = shapes.families[walked]
            taken, is_name = (count if alone or _is_versioned(tokens, count, shapes.joined) else 0), alone
        elif walked not in shapes.prefixes:
            break
    return taken, is_name


def _is_versioned(tokens: Sequence[_Token], count: int, joined: frozenset[str]) -> bool:
    """Whether a word of other meanings is a model's name: joined to what follows, or with a capital letter."""
    if count >= len(tokens):
        return False
    return tokens[count].gap in {"", "-"} or (tokens[0].is_capital and tokens[0].text not in joined)


def _begins_anew(tokens: Sequence[_Token], at: int) -> bool:
    """Whether a number stands apart from one before it: "Claude 3 5-shot" holds no 3.5, "Gemma 3 27B" is one name."""
    token, before = tokens[at], tokens[at - 1]
    return token.gap == " " and token.text.isdigit() and before.text.isdigit() and not _is_size(tokens, at)


def _is_size(tokens: Sequence[_Token], at: int) -> bool:
    """Whether a number is one of parameters or of a context: 27B, 0.5b, 8x22B, 32k."""
    for token in tokens[at + 1 : at + 5]:
        if token.gap == "" and token.text in _UNITS:
            return True
        if not (token.gap == "." and token.text.isdigit()) and not (token.gap == "" and token.text == "x"):
            return token.gap == "" and token.text.isdigit()
    return False


def _is_glued(tokens: Sequence[_Token], count: int) -> bool:
    """Whether a number is written onto the token before it: "Qwen2.5", "llama3"."""
    return count < len(tokens) and tokens[count].gap == "" and tokens[count].text.isdigit()


def _extended(tokens: Sequence[_Token], taken: int, shapes: _Shapes) -> int:
    """How many tokens the name has with the versions, sizes and words behind it."""
    end = at = taken
    while at < len(tokens):
        token, before = tokens[at], tokens[at - 1]
        if "(" in token.gap:
            break
        if token.text.isdigit():
            spaced = token.gap == " " and (at > taken or _is_count(tokens, at)) and not _is_size(tokens, at)
            if (
                spaced
                or _begins_anew(tokens, at)
                or (before.text.isdigit() and token.gap not in (*_NUMBER_GAPS, " "))
                or len(token.text) > 8
            ):
                break
        elif token.gap == "" and before.text.isdigit():
            if token.text not in _SIZE and len(token.text) > 2:
                break
        elif token.gap == "" or not _is_tail(token, shapes):
            glued = token.text in _SIZE and at + 1 < len(tokens) and tokens[at + 1].gap == ""
            if not glued or not tokens[at + 1].text.isdigit():
                break
        at += 1
        if tokens[at - 1].is_whole:
            end = at
    return end


def _is_count(tokens: Sequence[_Token], at: int) -> bool:
    """Whether a short number behind a name with a number is neither version nor date: "judge o3-mini 2 runs"."""
    goes_on = at + 1 < len(tokens) and tokens[at + 1].gap == "-" and tokens[at + 1].text.isdigit()
    return len(tokens[at].text) < _DATE_DIGITS and not goes_on and any(each.text.isdigit() for each in tokens[:at])


def _is_tail(token: _Token, shapes: _Shapes) -> bool:
    if token.text not in shapes.tails or (token.gap == " " and token.text in shapes.joined_tails):
        return False
    return token.gap != " " or token.is_capital or token.text not in shapes.ordinary


@dataclass(slots=True, frozen=True)
class _Shapes:
    heads: frozenset[str]
    names: frozenset[tuple[str, ...]]
    families: dict[tuple[str, ...], bool]
    prefixes: frozenset[tuple[str, ...]]
    tails: frozenset[str]
    ordinary: frozenset[str]
    joined_tails: frozenset[str]
    joined: frozenset[str]
    not_models: frozenset[tuple[str, ...]]


def _cut(name: str) -> tuple[str, ...]:
    return tuple("plus" if token == "+" else token.lower() for token in _TOKEN.findall(name))


@cache
def _shapes() -> _Shapes:
    said: _Mentions = knowledge("names/mentions", _Mentions)
    names: set[tuple[str, ...]] = set()
    for model in model_index().catalogue.values():
        slug = model.model_id.partition("/")[2]
        dated = [f"{slug}-{day}" for day in model.snapshots]
        names |= {_cut(name) for name in (slug, model.name, *model.aliases, *dated)}
    names = {name for name in names if len(name) > 1 or not name[0].isdigit()}
    tails = set(said.tails)
    families: dict[tuple[str, ...], bool] = {}
    for word, own in family_words().items():
        families[_cut(word)] = word not in said.needs_version
        tails |= {token for each in own for token in _cut(each) if not token.isdigit() and len(token) > 1}
    for each in said.words:
        families[_cut(each.word)] = not each.needs_version
    known = {*names, *families}
    return _Shapes(
        heads=frozenset(name[0] for name in known),
        names=frozenset(name for name in names if not (len(name) == 1 and name in families and not families[name])),
        families=families,
        prefixes=frozenset(name[:size] for name in known for size in range(1, len(name) + 1)),
        tails=frozenset(tails),
        ordinary=said.ordinary,
        joined_tails=said.joined_tails,
        joined=frozenset(each.word for each in said.words if each.joined),
        not_models=frozenset(_cut(words) for each in said.not_models for words in each.words),
    )
