"""The signs of a single word, how it begins and how it ends. They are computed once for each distinct word.

``knowledge/notes/signs.yaml`` has the groups of words and the patterns, ``weights.yaml`` the weight of each sign.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from ingest.describe.vocabulary import Node, insert, signs, spelling

EDGES = "\"'`*#<>[](){}|_~“”‘’«»【】「」-–—"
PARTING = frozenset({"-", "–", "—", "|", "...", "…", "/", "•"})
"""Characters that separate two texts when they stand between blanks."""
HANGING = PARTING | frozenset('([{:;*=">#') | {"**", "->", "→", ">>", "---", "***", "##", "###"}
"""Words that open what follows. No note ends with one of them."""
_ENDINGS = ("ies/y", "ied/y", "es/", "s/", "ed/", "ed/e", "ing/", "ing/e", "er/", "er/e", "ers/", "ily/y", "ly/")
_SENTENCE = 6
"""In a script without blanks, so many letters are more than a word."""
_SHORTEST = 3
"""A word keeps at least so many letters when an ending is removed."""
_SENTENCE_END = re.compile(r"[.!?…。！？][)\"'”’*\]]{0,3}$")
_ITEM = re.compile(r"\(?\d{1,2}[.)]")
_BULLETS = frozenset("•▪‣◦●*·➤✓✔✅❌→")
_COLONS = ":："


@dataclass(slots=True, frozen=True, eq=False)
class Word:
    """The signs of a word.

    ``shape`` has the signs of its form. ``lexical`` has the signs of its meaning; they count only if the vocabulary of
    notes does not know the word. ``begins`` and ``ends`` say how it looks to the border before and after it.
    """

    plain: str
    shape: tuple[str, ...]
    lexical: tuple[str, ...]
    begins: str
    ends: str
    before_colon: str | None
    bare_role: bool
    template: bool
    may_speak: bool
    coded: bool


@lru_cache(maxsize=32_768)
def word_signs(word: str) -> Word:
    """The signs of ``word``."""
    low = word.lower()
    plain = low.strip(".,;:!?()[]\"'*")
    shape = tuple(name for name, pattern in patterns() if pattern.search(word))
    item = word in _BULLETS or (len(word) < 5 and _ITEM.fullmatch(word) is not None)
    lexical = ("list_item",) if item else _lexical(plain, capital=word[0].isupper())
    before_colon, template = _before_colon(word), "template" in shape
    bare_role = word.strip(EDGES + ".") in signs().bare_roles.words
    return Word(
        plain,
        shape,
        lexical,
        "item" if item else _begins(word, plain, shape, lexical),
        _ends(word),
        before_colon,
        bare_role,
        template,
        before_colon is not None or bare_role or template,
        not _CODE.isdisjoint(shape) or lexical == ("program",),
    )


@cache
def patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The patterns of ``signs.yaml``, compiled, each with its name."""
    return tuple((entry.name, re.compile(entry.pattern)) for entry in signs().patterns)


@cache
def kinds() -> dict[str, str]:
    """The kind of leak that each sign is evidence of."""
    known = signs()
    named = [(entry.name, entry.kind) for entry in known.words]
    named += [(entry.name, entry.kind) for entry in known.phrases]
    named += [(entry.name, entry.kind) for entry in known.patterns]
    return {name: kind for name, kind in named if kind} | known.context_kinds


@cache
def last_words() -> frozenset[str]:
    """Words with which no text ends. They include the last words of the phrases of kind ``cut_off``."""
    root: Node = {}
    for group in signs().phrases:
        for phrase in group.phrases if group.kind == "cut_off" else ():
            insert(root, phrase, 0)
    found: set[str] = set(signs().dangling.words)
    nodes = [root]
    while nodes:
        node = nodes.pop()
        for key, below in node.items():
            if key:
                nodes.append(below)
                if "" in below:
                    found.add(key)
    return frozenset(found)


def _lexical(plain: str, *, capital: bool) -> tuple[str, ...]:
    """The group of the word, of its basic form, or of its best fitting part; without one, a sign of its form."""
    group = _group(plain)
    if group is not None:
        return (group,)
    if not plain.isascii():
        return _script(plain)
    if len(plain) < _SHORTEST or not plain.replace("-", "").replace("'", "").isalpha():
        return ()
    if capital:
        return ("unknown_name",)
    return ("adverb" if plain.endswith("ly") else "past" if plain.endswith("ed") else "unknown",)


def _script(plain: str) -> tuple[str, ...]:
    letters = [c for c in plain if c.isalpha()]
    if any("\u0400" <= c <= "\u052f" for c in letters):
        return ("cyrillic",)
    if any(c >= "\u0530" for c in letters):
        return ("other_script", "script_sentence") if len(letters) >= _SENTENCE else ("other_script",)
    return ("accented",) if any("\u00df" <= c <= "\u017f" for c in letters) else ()


def _group(plain: str) -> str | None:
    groups = _groups()
    found = groups.get(plain)
    if found is not None or len(plain) < _SHORTEST:
        return found
    if "-" in plain:
        parts = [group for part in plain.split("-") if (group := _group(part)) is not None]
        return "field" if "field" in parts else next((part for part in parts if part != "i"), None)
    if plain.endswith("'s"):
        return _group(plain[:-2])
    for rule in _ENDINGS:
        ending, instead = rule.split("/")
        stem = plain[: -len(ending)]
        if not plain.endswith(ending) or len(stem) < _SHORTEST:
            continue
        found = groups.get(stem + instead)
        if found is None and not instead and stem[-1] == stem[-2]:  # stopped, planning
            found = groups.get(stem[:-1])
        if found in _INFLECTED:
            return found
    return None


_INFLECTED = frozenset({"field"})
"""Groups that give their words in the basic form; the others list each form."""


@cache
def _groups() -> dict[str, str]:
    found: dict[str, str] = {}
    for group in signs().words:
        for word in group.words:
            found.setdefault(word, group.name)
    return found


@cache
def _joining_words() -> frozenset[str]:
    """Prepositions and conjunctions. In lower case they continue what stands before them."""
    groups = signs().holes.groups
    return frozenset([*groups["prep"], *groups["conj"], "across", "over", "per", "against"])


def _begins(word: str, plain: str, shape: tuple[str, ...], lexical: tuple[str, ...]) -> str:
    """How the word begins, as a border sees it."""
    if shape:
        return "shape" if _MARKUP.isdisjoint(shape) else "markup"
    if word[0] in '([{<"“«*#`—–|':
        return "bracket"
    begins = _BEGINNINGS.get(lexical[0], "") if lexical else ""
    if begins == "talk":
        return begins
    if word[0].isupper():
        return "capital_common" if lexical and lexical[0] != "unknown_name" else "capital_name"
    return begins or ("joining" if plain in _joining_words() else "digit" if word[0].isdigit() else "lower")


_MARKUP = frozenset({"template", "heading_mark", "block"})
_CODE = frozenset({"code_end", "operator", "call", "index", "member", "camel", "key", "json"})
"""Forms of words of a program."""
_BEGINNINGS = (
    dict.fromkeys(("i", "we", "you", "polite", "refusal"), "talk")
    | dict.fromkeys(("auxiliary", "verb", "narrated"), "verb")
    | dict.fromkeys(("pronoun", "clause", "connective"), "clause")
    | dict.fromkeys(("cyrillic", "accented", "foreign"), "foreign")
    | {"other_script": "script", "program": "code"}
)
"""How a lower-case word of each group begins."""


def _ends(word: str) -> str:
    """How the word ends, as a border sees it."""
    if _SENTENCE_END.search(word) and word.strip(EDGES + ".").lower() not in spelling().abbreviations.words:
        return "stop"
    if word in PARTING:
        return "parting"
    last = word.rstrip("*_\"'”)]")[-1:] or word[-1]
    return "colon" if last in _COLONS else "semicolon" if last == ";" else "comma" if last == "," else ""


def _before_colon(word: str) -> str | None:
    """The text before a colon in the word or at its end ("AI:hello"), in lower case.

    None if there is no colon. "" if the colon stands alone: then the word before it counts.
    """
    if ":" not in word and "：" not in word:
        return None
    body = word.rstrip("*_\"'”)]")
    if body[-1:] in (":", "："):
        return body[:-1].strip(EDGES).lower()
    head = re.split("[:：]", word, maxsplit=1)
    if head[1][:1].isalpha() and not head[0].lower().startswith("http"):
        return head[0].strip(EDGES).lower() or None
    return None
