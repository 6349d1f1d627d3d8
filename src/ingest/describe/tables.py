"""What ``leaks.yaml`` and ``cohesion.yaml`` hold, as the detectors ask for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from ingest.describe.vocabulary import Node, insert, leak_lexicon, read


@dataclass(slots=True, frozen=True)
class Tables:
    """Weights, costs and words of the detectors; what each is for stands in the files."""

    borders: dict[str, float]
    condition: float
    inner: float
    filler: float
    benchmark: float
    neutral: float
    roles: frozenset[str]
    bare: frozenset[str]
    playable: frozenset[str]
    headings: frozenset[str]
    words: dict[str, tuple[float, str]]
    dangling: frozenset[str]
    dangling_weight: float
    collision: float
    cheapest: float
    about: frozenset[str]
    about_within: int
    may_end: frozenset[str]
    not_about: frozenset[str]
    collisions: frozenset[tuple[str, str]]
    groups: dict[str, str]
    allowed: frozenset[str]
    parameters: frozenset[str]
    shapes: dict[str, tuple[float, str]]
    apart: float
    rare: float
    behind: float
    last_words: frozenset[str]
    title: tuple[float, float]


@cache
def tables() -> Tables:
    """Both files, read once."""
    raw = read("leaks")
    words, groups = leak_lexicon()
    pairs = raw["collisions"]
    return Tables(
        borders={name: float(body["cost"]) for name, body in raw["borders"].items()},
        condition=float(raw["note"]["condition"]["weight"]),
        inner=float(raw["note"]["inner"]["weight"]),
        filler=float(raw["note"]["filler"]["weight"]),
        benchmark=float(raw["note"]["benchmark"]["weight"]),
        neutral=float(raw["neutral"]["weight"]),
        roles=frozenset(word for group in raw["roles"] for word in group["words"]),
        bare=frozenset(raw["roles_without_colon"]["words"]),
        playable=frozenset(raw["roles_of_models"]["words"]),
        headings=frozenset(word for group in raw["headings"] for word in group["words"]),
        words=words,
        dangling=frozenset(raw["dangling"]["words"]),
        dangling_weight=float(raw["dangling"]["weight"]),
        collision=float(pairs["weight"]),
        about=frozenset(raw["about"]["openers"]),
        may_end=frozenset(raw["about"]["may_end"]),
        about_within=int(raw["about"]["within"]),
        not_about=frozenset(raw["about"]["not_before"]),
        cheapest=min(float(raw["borders"][name]["cost"]) for name in ("sentence", "note_end", "capital")),
        collisions=frozenset((a, b) for a, b in pairs["pairs"]),
        groups=groups,
        allowed=frozenset(pairs["allowed"]),
        parameters=frozenset(read("words")["parameters"]["words"]),
        shapes={name: (float(body["weight"]), body["kind"]) for name, body in raw["shapes"].items()},
        apart=float(read("cohesion")["apart"]["weight"]),
        last_words=frozenset(raw["dangling"]["words"]) | _ends_of(raw["phrases"], "cut_off"),
        behind=float(read("cohesion")["behind"]["weight"]),
        rare=float(read("cohesion")["unknown"]["row"]["weight"]),
        title=(float(read("cohesion")["title"]["share"]), float(read("cohesion")["title"]["verbal"])),
    )


def _ends_of(groups: list[dict[str, Any]], kind: str) -> frozenset[str]:
    """The last words of the phrases of ``kind``."""
    root: Node = {}
    for group in groups:
        for phrase in group["phrases"] if group["kind"] == kind else ():
            insert(root, phrase, 0)

    def ends(node: Node) -> Iterator[str]:
        for key, below in node.items():
            if key:
                if "" in below:
                    yield key
                yield from ends(below)

    return frozenset(ends(root))


@cache
def grading_word() -> re.Pattern[str]:
    """One word that marks are written with: without one there is no mark to look for."""
    data = read("leaks")["grading"]
    return re.compile("|".join(data["heads"] + data["nouns"]), re.IGNORECASE)


@cache
def grading_pattern() -> re.Pattern[str]:
    """Marks in their usual forms; the words are those under ``grading`` in ``leaks.yaml``."""
    data = read("leaks")["grading"]
    heads, nouns, over = ("|".join(data[name]) for name in ("heads", "nouns", "over"))
    number, opened, closed = r"\d{1,3}(?:\.\d)?%?", r"[(\[] ?", r" ?[)\]]"
    forms = (
        rf"{opened}{number} ?/ ?\d{{1,3}}{closed}",
        rf"{opened}(?:{heads}) ?[:=]? ?{number} ?(?:(?:{over}) ?\d{{1,3}}|(?:{nouns}))?{closed}",
        rf"[(\[]?\b{number} ?(?:{over}) ?\d{{1,3}} ?(?:{nouns})\b[)\]]?",
        rf"{opened}\d{{1,3}} ?(?:{nouns}){closed}",
        rf"\b(?:{heads})(?: (?:awarded|given|earned|total|received))? ?[:=] ?{number} ?(?:{over}) ?\d{{1,3}}\b",
        rf"{opened}(?:{heads}) ?:? ?[a-f][+-]?{closed}",
        r"[★☆⭐]{2,}",
    )
    return re.compile("|".join(forms), re.IGNORECASE)
