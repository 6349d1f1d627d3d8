"""The reviewed vocabulary: YAML files read once, and the matcher that their phrases compile to.

All scalars are read as text ("no", "on" and "0" stay what the file says); columns give them their type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from ingest.knowledge import FOLDER, read_text

Node = dict[str, Any]
"""A trie: the keys of the next atom, and under "" the indexes of the entries that end here."""

_PIECE = re.compile(r"\[\(\]|[\[\]()|]|[^\s\[\]()|]+")
_LITERAL_PARENTHESIS = re.compile(r"(?<= )([()])(?= |$)")


@dataclass(slots=True, frozen=True)
class Entry:
    """One entry of ``conditions.yaml``: what it sets, and where it counts."""

    sets: tuple[tuple[str, str], ...]
    alone: bool
    ends: bool
    needs_reasoning: bool
    rank: float
    bent: bool
    note_only: bool


@cache
def read(name: str) -> Any:
    """The content of ``knowledge/notes/<name>.yaml``, with every scalar as text."""
    return read_text(FOLDER / "notes" / f"{name}.yaml")


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


def longest(  # noqa: PLR0912 -- one node at a time is the common case, and done without lists
    root: Node, keys: Sequence[tuple[str, ...]], start: int
) -> tuple[int, list[int]] | None:
    """The longest phrase that starts at atom ``start``: where it ends, and its entries."""
    size = len(keys)
    best: tuple[int, list[int]] | None = None
    nodes: list[Node] = []
    for key in keys[start]:
        if key in root:
            nodes.append(root[key])
    position = start + 1
    while nodes:
        if len(nodes) == 1:
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
            ends: list[int] = []
            for node in nodes:
                if "" in node:
                    ends += node[""]
            if ends:
                best = (position, ends if len(ends) == 1 else sorted(set(ends)))
            if position == size:
                break
            before, nodes = nodes, []
            for key in keys[position]:
                for node in before:
                    if key in node:
                        nodes.append(node[key])
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
def leak_seconds(first: tuple[str, ...]) -> frozenset[str] | None:
    """What may follow the atom with keys ``first`` in a phrase of ``leaks.yaml``; None where none must."""
    return _seconds(leak_phrases()[0], first)


@cache
def classes() -> dict[str, tuple[str, ...]]:
    """The classes of each word: ``{"runs": ("<runs>",), …}``."""
    found: dict[str, list[str]] = {}
    for name, body in read("conditions")["classes"].items():
        for word in body["words"]:
            found.setdefault(word, []).append(f"<{name}>")
    return {word: tuple(names) for word, names in found.items()}


@cache
def entries() -> tuple[Entry, ...]:
    """The entries of ``conditions.yaml`` in the order of the file."""
    return tuple(
        Entry(
            tuple(body["set"].items()),
            body.get("alone") == "true",
            body.get("ends") == "true",
            body.get("needs") == "reasoning",
            float(body.get("rank", 2)),
            body.get("bent") == "true",
            body.get("note_only") == "true",
        )
        for body in read("conditions")["entries"]
    )


@cache
def condition_trie() -> Node:
    """All phrases of ``conditions.yaml``."""
    root: Node = {}
    for index, body in enumerate(read("conditions")["entries"]):
        for phrase in body["phrases"]:
            insert(root, phrase, index)
    return root


@cache
def leak_phrases() -> tuple[Node, list[tuple[float, str]]]:
    """The phrases of ``leaks.yaml``, and the weight and kind of each entry."""
    root: Node = {}
    weights: list[tuple[float, str]] = []
    for index, group in enumerate(read("leaks")["phrases"]):
        weights.append((float(group["weight"]), group["kind"]))
        for phrase in group["phrases"]:
            insert(root, phrase, index)
    return root, weights


@cache
def leak_lexicon() -> tuple[dict[str, tuple[float, str]], dict[str, str]]:
    """The single words of ``leaks.yaml`` with weight and kind, and the group of each function word."""
    words: dict[str, tuple[float, str]] = {}
    for group in read("leaks")["words"]:
        for word in group["words"]:
            words.setdefault(word, (float(group["weight"]), group["kind"]))
    groups = read("leaks")["collisions"]["groups"]
    return words, {word: name for name, members in groups.items() for word in members}


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
