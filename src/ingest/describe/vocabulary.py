"""The reviewed vocabulary: YAML files read once, and the matcher that their phrases compile to.

All scalars are read as text ("no", "on" and "0" stay what the file says); columns give them their type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from ingest.knowledge import Entry as KnowledgeEntry
from ingest.knowledge import knowledge

Node = dict[str, Any]
"""A trie: the keys of the next atom, and under "" the indexes of the entries that end here."""

_PIECE = re.compile(r"\[\(\]|[\[\]()|]|[^\s\[\]()|]+")
_LITERAL_PARENTHESIS = re.compile(r"(?<= )([()])(?= |$)")


def _words(value: Any) -> Any:
    """The words of a text; a list is taken as it is."""
    return tuple(word.replace("_", " ") for word in value.split()) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
"""Words between blanks; an underscore stands for a blank within one."""


class Wording(KnowledgeEntry):
    """A closed list of words."""

    why: str
    words: Words


class Statement(KnowledgeEntry):
    """An entry of ``conditions.yaml``: the phrases that state a condition, what they set, and where they count."""

    set: dict[str, str]
    phrases: tuple[str, ...]
    why: str
    alone: bool = False
    ends: bool = False
    starts: bool = False
    needs: Literal["reasoning"] | None = None
    rank: float = 2.0
    bent: bool = False


class Conditions(KnowledgeEntry):
    """The content of ``conditions.yaml``."""

    classes: dict[str, Wording]
    entries: tuple[Statement, ...]


class Numbers(KnowledgeEntry):
    """Numbers in digits for each spelling."""

    why: str
    values: dict[str, int]


class Footnotes(Wording):
    """Words before a footnote's number; those under ``unmarked`` need no brackets around it."""

    unmarked: Words


class Translated(KnowledgeEntry):
    """Words of another language with the English word that they are read as."""

    why: str
    values: dict[str, str]


class Spelling(KnowledgeEntry):
    """The content of ``words.yaml``."""

    numbers: Numbers
    abbreviations: Wording
    footnotes: Footnotes
    glue: Wording
    russian: Translated


@cache
def conditions() -> Conditions:
    """``conditions.yaml``, read once."""
    found: Conditions = knowledge("notes/conditions", Conditions)
    return found


@cache
def spelling() -> Spelling:
    """``words.yaml``, read once."""
    found: Spelling = knowledge("notes/words", Spelling)
    return found


def insert(root: Node, phrase: str, index: int) -> None:
    """Adds every sequence that ``phrase`` stands for (syntax: head of ``conditions.yaml``) to the trie."""
    for sequence in _expand(phrase):
        node = root
        for key in sequence:
            node = node.setdefault(key, {})
        found = node.setdefault("", [])
        if index not in found:
            found.append(index)
            found.sort()


def longest(root: Node, keys: Sequence[tuple[str, ...]], start: int) -> tuple[int, list[int]] | None:
    """The longest phrase that starts at atom ``start``: where it ends, and its entries."""
    size = len(keys)
    best: tuple[int, list[int]] | None = None
    nodes: list[Node] = []
    for key in keys[start]:
        if key in root:
            nodes.append(root[key])
    position = start + 1
    while nodes:
        if len(nodes) == 1:  # the common case, without calls
            node = nodes[0]
            if "" in node:
                best = (position, node[""])
            if position == size:
                break
            nodes = []
            for key in keys[position]:
                if key in node:
                    nodes.append(node[key])
        else:
            ends = {index for node in nodes for index in node.get("", ())}
            if ends:
                best = (position, sorted(ends))
            if position == size:
                break
            nodes = [node[key] for key in keys[position] for node in nodes if key in node]
        position += 1
    return best


def _seconds(root: Node, first: tuple[str, ...]) -> frozenset[str] | None:
    """The keys of which the atom behind ``first`` must have one for a phrase to go on; None where one may end there."""
    found: set[str] = set()
    for key in first:
        found.update(root.get(key, ()))
    return None if "" in found else frozenset(found)


@lru_cache(maxsize=16_384)
def condition_seconds(first: tuple[str, ...]) -> frozenset[str] | None:
    """What may follow the atom with keys ``first`` in a phrase of ``conditions.yaml``; None where none must."""
    return _seconds(condition_trie(), first)


@lru_cache(maxsize=16_384)
def sign_seconds(first: tuple[str, ...]) -> frozenset[str] | None:
    """What may follow the atom with keys ``first`` in a phrase of ``signs.yaml``; None where none must."""
    return _seconds(sign_phrases(), first)


@cache
def classes() -> dict[str, tuple[str, ...]]:
    """The classes of each word: ``{"runs": ("<runs>",), …}``."""
    found: dict[str, list[str]] = {}
    for name, body in conditions().classes.items():
        for word in body.words:
            found.setdefault(word, []).append(f"<{name}>")
    for word, english in spelling().russian.values.items():
        found.setdefault(word, []).extend([english, *found.get(english, ())])
    return {word: tuple(names) for word, names in found.items()}


@cache
def condition_trie() -> Node:
    """All phrases of ``conditions.yaml``."""
    root: Node = {}
    for index, body in enumerate(conditions().entries):
        for phrase in body.phrases:
            insert(root, phrase, index)
    return root


class WordGroup(KnowledgeEntry):
    """Words that show the same sign."""

    name: str
    kind: str = ""
    why: str
    words: Words


class PhraseGroup(KnowledgeEntry):
    """Phrases that show the same sign."""

    name: str
    kind: str
    why: str
    phrases: tuple[str, ...]


class Pattern(KnowledgeEntry):
    """A form of single words, with a word that has it."""

    name: str
    kind: str
    pattern: str
    example: str


class Holes(KnowledgeEntry):
    """Groups of function words, and pairs of groups that fluent English does not have."""

    why: str
    groups: dict[str, Words]
    pairs: frozenset[str]
    allowed: Words


class Signs(KnowledgeEntry):
    """The content of ``signs.yaml``."""

    words: tuple[WordGroup, ...]
    imperatives: Wording
    roles: tuple[Wording, ...]
    bare_roles: Wording
    playable_roles: Wording
    headings: Wording
    openers: Wording
    dangling: Wording
    phrases: tuple[PhraseGroup, ...]
    holes: Holes
    patterns: tuple[Pattern, ...]
    context_kinds: dict[str, str]


@cache
def signs() -> Signs:
    """``signs.yaml``, read once."""
    found: Signs = knowledge("notes/signs", Signs)
    return found


class Weights(KnowledgeEntry):
    """The content of ``weights.yaml``: of each sign of a word what it adds to about and leak (a note adds nothing),
    of each sign of a border what it adds to going into a leak, out of one, and between note and about."""

    words: dict[str, tuple[float, float]]
    borders: dict[str, tuple[float, float, float]]


@cache
def weights() -> Weights:
    """``weights.yaml``, read once."""
    found: Weights = knowledge("notes/weights", Weights)
    return found


@cache
def sign_phrases() -> Node:
    """The phrases of ``signs.yaml``; an entry's index is that of its group."""
    root: Node = {}
    for index, group in enumerate(signs().phrases):
        for phrase in group.phrases:
            insert(root, phrase, index)
    return root


def _expand(phrase: str) -> Iterator[tuple[str, ...]]:
    pieces = _PIECE.findall(_LITERAL_PARENTHESIS.sub(lambda m: {"(": "\x01", ")": "\x02"}[m[1]], phrase))
    options, rest = _alternatives(pieces, 0, "")
    if rest != len(pieces):
        raise ValueError(f"unbalanced phrase {phrase!r}")
    yield from options


def _alternatives(pieces: list[str], at: int, closing: str) -> tuple[list[tuple[str, ...]], int]:
    done: list[tuple[str, ...]] = []
    current: list[tuple[str, ...]] = [()]
    while at < len(pieces) and (piece := pieces[at]) != closing:
        at += 1
        if piece == "|":
            done += current
            current = [()]
            continue
        step: list[tuple[str, ...]]
        if piece == "[(]":
            step = [(), ("(",)]
        elif piece in ("[", "("):
            close = "]" if piece == "[" else ")"
            step, at = _alternatives(pieces, at, close)
            at += 1
            if piece == "[" and () not in step:
                step = [(), *step]
        else:
            step = [({"\x01": "(", "\x02": ")"}.get(piece, piece),)]
        current = list(dict.fromkeys(head + tail for head in current for tail in step))
    return done + current, at
