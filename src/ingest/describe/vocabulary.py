"""The reviewed vocabulary of notes, and the trie that its phrases compile to. Each YAML file is read once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.knowledge.kept import kept

Node = dict[str, Any]
"""A node of a trie: a child for each key of the next atom, and under "" the indexes of the entries that end here."""

_PIECE = re.compile(r"\[\(\]|[\[\]()|]|[^\s\[\]()|]+")
_LITERAL_PARENTHESIS = re.compile(r"(?<= )([()])(?= |$)")


def _words(value: Any) -> Any:
    """Split a text into words; take a list as it is."""
    return tuple(word.replace("_", " ") for word in value.split()) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
"""Words, written with blanks between them; an underscore stands for a blank inside a word."""
WordSet = Annotated[frozenset[str], BeforeValidator(_words)]


class Wording(KnowledgeEntry):
    """A closed set of words."""

    why: str
    words: WordSet


class Statement(KnowledgeEntry):
    """An entry of ``conditions.yaml``: phrases, the conditions that they state, and where in a note they count."""

    set: dict[str, str]
    phrases: tuple[str, ...]
    why: str
    alone: bool = False
    ends: bool = False
    starts: bool = False
    any_order: bool = False
    needs: Literal["reasoning", "mean"] | None = None
    unless: Words = ()
    only_in: Words = ()
    not_in: Words = ()
    rank: float = 2.0
    bent: bool = False


class Thing(KnowledgeEntry):
    """Something that a run ``had`` or ``lacked``, and what either says of it.

    A stretch of words that are ``core`` or ``beside`` names it, one of them ``core``, and one of ``also`` where that is
    given. ``by``: the only words that say of it that the run had it. ``listed``: a list of such things says by itself
    that the run had them. ``kinds``: one unknown word may stand before it ("with crop tool"). ``weak``: what it says
    counts only where nothing else is said of the column.
    """

    why: str
    core: Words
    beside: Words = ()
    also: Words = ()
    by: Words = ()
    had: dict[str, str] = Field(default_factory=dict)
    lacked: dict[str, str] = Field(default_factory=dict)
    listed: bool = False
    kinds: bool = False
    weak: bool = False


class States(KnowledgeEntry):
    """Words by which a note says whether a run had a thing.

    Before it: ``having``, ``without``, and ``before`` what may stand between. Behind it: ``had``, ``lacked``,
    ``denies`` ("not"), ``asked`` what only counts when it is denied, ``behind`` what may stand between; those of
    ``short`` count only at the end of an element. ``joins`` and ``lists``: what may stand between two things.
    """

    why: str
    having: WordSet
    without: WordSet
    before: WordSet
    had: WordSet
    lacked: WordSet
    denies: WordSet
    asked: WordSet
    behind: WordSet
    short: WordSet
    joins: WordSet
    lists: WordSet


class Harnesses(KnowledgeEntry):
    """What ran a benchmark, each by its phrases with commas between: a suite of tests, or an agent, which has tools.

    Those of ``…_beside`` are other things too; they count next to a word for such a program.
    """

    why: str
    suites: dict[str, str]
    agents: dict[str, str]
    suites_beside: dict[str, str]
    agents_beside: dict[str, str]

    def entries(self) -> Iterator[Statement]:
        """What each phrase states."""
        around = "{0} [as|is|was] [<art>] (<agentw>|<suite>) [<agentw>], (<agentw>|<suite>) [<is>] [<art>] {0}, "
        for listed, form, states in (
            (self.suites, around + "{0}", {}),
            (self.agents, around + "{0}", {"tools": "used"}),
            (self.suites_beside, around + "(with|using|via|by) {0}", {}),
            (self.agents_beside, around + "(with|using|via|by) {0}", {"tools": "used"}),
        ):
            for name, said in listed.items():
                phrases = tuple(form.format(f"({'|'.join(said.split(', '))})").split(", "))
                yield Statement(set={"harness": name, **states}, phrases=phrases, why=self.why)


class ValuesOfColumn(KnowledgeEntry):
    """The values of one column, each by its phrases with commas between; the options are those of a statement."""

    column: str
    why: str
    values: dict[str, str]
    alone: bool = False
    ends: bool = False
    rank: float = 2.0

    def entries(self) -> Iterator[Statement]:
        """What each phrase states."""
        for value, said in self.values.items():
            yield Statement(
                set={self.column: value},
                phrases=tuple(said.split(", ")),
                why=self.why,
                alone=self.alone,
                ends=self.ends,
                rank=self.rank,
            )


class Conditions(KnowledgeEntry):
    """The content of ``conditions.yaml``."""

    classes: dict[str, Wording]
    states: States
    things: tuple[Thing, ...]
    harnesses: Harnesses
    tables: tuple[ValuesOfColumn, ...]
    entries: tuple[Statement, ...]


class NumberWords(KnowledgeEntry):
    """The number that each spelling means."""

    why: str
    values: dict[str, int]


class Footnotes(Wording):
    """Words before a footnote's number. After those in ``unmarked`` the number needs no brackets."""

    unmarked: WordSet


class Translated(KnowledgeEntry):
    """Stems of words of another language, each with the English word that it is read as, and what may end a word."""

    why: str
    endings: WordSet
    stems: dict[str, str]


class Foreign(KnowledgeEntry):
    """Whole words of other languages, each with the English word that it is read as."""

    why: str
    words: dict[str, str]


class LookAlikes(KnowledgeEntry):
    """Letters of other scripts, each with the Latin letter that it looks like."""

    why: str
    letters: dict[str, str]


class NotSo(KnowledgeEntry):
    """Words after which a note says what a run did not have."""

    why: str
    phrases: tuple[tuple[str, ...], ...]


class Spelling(KnowledgeEntry):
    """The content of ``words.yaml``."""

    look_alikes: LookAlikes
    not_so: NotSo

    numbers: NumberWords
    abbreviations: Wording
    footnotes: Footnotes
    glue: Wording
    russian: Translated
    others: Foreign


@cache
def conditions() -> Conditions:
    """``conditions.yaml``, read once."""
    found: Conditions = knowledge("notes/conditions", Conditions)
    return found


@cache
def statements() -> tuple[Statement, ...]:
    """All entries of ``conditions.yaml``; a match names them by their place."""
    said = conditions()
    return (*(each for table in said.tables for each in table.entries()), *said.entries, *said.harnesses.entries())


@cache
def spelling() -> Spelling:
    """``words.yaml``, read once."""
    found: Spelling = knowledge("notes/words", Spelling)
    return found


def insert(root: Node, phrase: str, index: int) -> None:
    """Add every sequence that ``phrase`` stands for to the trie. ``conditions.yaml`` explains the syntax."""
    for sequence in _expand(phrase):
        node = root
        for key in sequence:
            node = node.setdefault(key, {})
        found = node.setdefault("", [])
        if index not in found:
            found.append(index)
            found.sort()


def longest(root: Node, keys: Sequence[tuple[str, ...]], start: int) -> tuple[int, list[int]] | None:
    """The longest phrase that starts at atom ``start``: the atom after its end, and the indexes of its entries."""
    size = len(keys)
    best: tuple[int, list[int]] | None = None
    nodes: list[Node] = []
    for key in keys[start]:
        if key in root:
            nodes.append(root[key])
    position = start + 1
    while nodes:
        if len(nodes) == 1:  # the common case, written without calls for speed
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


@lru_cache(maxsize=32_768)
def seconds(phrases: Callable[[], Node], first: tuple[str, ...]) -> frozenset[str] | None:
    """The keys by which one of ``phrases`` can go on after ``first``; None if one may end with ``first``."""
    root = phrases()
    found = {key for start in first for key in root.get(start, ())}
    return None if "" in found else frozenset(found)


@cache
def classes() -> dict[str, tuple[str, ...]]:
    """The classes of each word: ``{"runs": ("<runs>",), …}``."""
    found: dict[str, list[str]] = {}
    for name, body in conditions().classes.items():
        for word in body.words:
            found.setdefault(word, []).append(f"<{name}>")
    return {word: tuple(names) for word, names in found.items()}


def english(word: str) -> str:
    """The English word that one of another language is read as, a Russian one whatever its ending; ``word`` itself if
    none is known."""
    others = spelling().others.words
    if whole := others.get(word) or (word[1:2] == "'" and others.get(word[2:])):  # l'outil
        return whole
    if word.isascii():
        return word
    stems, endings = spelling().russian.stems, spelling().russian.endings
    ends = [end for end in range(len(word), 1, -1) if word[end:] in endings]
    return next((stems[word[:end]] for end in (len(word), *ends) if word[:end] in stems), word)


@cache
def condition_trie() -> Node:
    """All phrases of ``conditions.yaml``."""
    return kept("conditions", _made_condition_trie)


def _made_condition_trie() -> Node:
    root: Node = {}
    for index, body in enumerate(statements()):
        for phrase in () if body.any_order else body.phrases:
            insert(root, phrase, index)
    return root


@cache
def any_order() -> dict[str, tuple[tuple[tuple[str, ...], Statement], ...]]:
    """Of each word or class that leads them, the other words of phrases whose words stand in any order."""
    found: dict[str, list[tuple[tuple[str, ...], Statement]]] = {}
    for body in statements():
        for phrase in body.phrases if body.any_order else ():
            for first, *others in _expand(phrase):
                found.setdefault(first, []).append((tuple(others), body))
    return {first: tuple(sorted(rest, key=lambda each: -len(each[0]))) for first, rest in found.items()}


@cache
def thing_words() -> frozenset[str]:
    """The words and classes that name a thing of ``conditions.yaml``."""
    return frozenset(word for thing in conditions().things for word in thing.core)


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
    """A regular expression for single words, with a word that it matches."""

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
    frequent: Wording
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


class SignWeights(KnowledgeEntry):
    """The content of ``weights.yaml``.

    ``words``: what each sign of a word adds to the states about and leak; note is zero.
    ``borders``: what each sign of a border adds to the moves into a leak, out of a leak, and between note and about.
    """

    words: dict[str, tuple[float, float]]
    borders: dict[str, tuple[float, float, float]]


@cache
def weights() -> SignWeights:
    """``weights.yaml``, read once."""
    found: SignWeights = knowledge("notes/weights", SignWeights)
    return found


@cache
def sign_phrases() -> Node:
    """All phrases of ``signs.yaml``. The index of an entry is the index of its group."""
    return kept("signs", _made_sign_phrases)


def _made_sign_phrases() -> Node:
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
