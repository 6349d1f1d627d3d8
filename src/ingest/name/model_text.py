"""Spelling of model names: '.' and '-' between numbers are one ("claude-3-5-sonnet"), '+' is 'plus'."""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.name import text

_PIECE = re.compile(r"\d+|[^\W\d_]+|\+")
_SINGLE_DIGITS = re.compile(
    r"(?<![\w.])(v?\d)[-_](?=\d(?![\w.]))|(?<![\w.])(\d)_(?=\d[bB](?!\w))|(?<=[a-z])(\d)_(?=\d(?!\w))"
)
"""Single digits with a sign in the place of the point: "claude-3-5", "v1-5", "Qwen-1_8B", "internlm2_5-20b"."""

_JOINED_DIGITS = re.compile(r"\d[-_]\d")
"""What all of these have; the short test."""

_POINT = re.compile(r"(?<=\d)p(?=\d)")
"""Where points cannot stand in an id, some hosts write "qwen2p5" for Qwen2.5."""

_WORD = re.compile(
    r"(?:(?<![^\W_])[a-z])?\d+(?:\.\d+)*(?:x\d+)?(?:[a-z](?![^\W_]))?"  # r1, 4o, a22b, 3.5, 8x22b
    r"|[^\W\d_]+|\+"
)


def model_key(name: str) -> str:
    """What two spellings of one model name share.

    >>> model_key("Claude 3.5 Sonnet") == model_key("claude-3-5-sonnet")
    True
    """
    joined: list[str] = []
    after_number = False
    for piece in _PIECE.findall(_POINT.sub(".", text.fold(name))):
        number = piece[0].isdigit()
        joined.append("." + piece if number and after_number else "plus" if piece == "+" else piece)
        after_number = number
    return "".join(joined)


def reordered(name: str) -> tuple[str, ...]:
    """The words of a name in alphabetical order: "Claude Sonnet 4" and "claude-4-sonnet" are one model."""
    return tuple(sorted("plus" if w == "+" else w for w in model_words(name)))


def model_slug(name: str) -> str:
    """The part of an id after the maker, from the name of a model that the catalogue does not have.

    Two names with one :func:`model_slug` differ in nothing but case and separators.

    >>> model_slug("Claude 3-5 Foo"), model_slug("Foo7 70B"), model_slug("Bar R+")
    ('claude-3.5-foo', 'foo-7-70b', 'bar-r-plus')
    """
    return "-".join("plus" if word == "+" else word for word in model_words(name))


@lru_cache(maxsize=16384)
def model_words(name: str) -> tuple[str, ...]:
    """The words of a name, a number with its letter being one: "Qwen2.5-72B" is qwen, 2.5, 72b."""
    folded = text.fold(name)
    if "p" in folded:
        folded = _POINT.sub(".", folded)
    if _JOINED_DIGITS.search(folded):
        folded = _SINGLE_DIGITS.sub(_with_point, folded)
    return tuple(_WORD.findall(folded))


def _with_point(match: re.Match[str]) -> str:
    return f"{next(digit for digit in match.groups() if digit)}."


_RUN = re.compile(r"[a-z]+")
_BITS = 6
_UNCOUNTED = frozenset("pv")
"""Letters that a spelling may leave out: "v3.1", "2p5"."""


def letters(name: str) -> int:
    """The letters of a name and how often each stands in it, as one number; digits and the order do not count.

    Spellings that :func:`model_key`, :func:`reordered` and :func:`loose_words` take for one share it. So a name
    whose number no known name has is none of these in any spelling.

    >>> letters("Claude 3.5 Sonnet") == letters("sonnet-3p5-claude"), letters("gpt-4o") == letters("gpt-4")
    (True, False)
    """
    folded = text.fold(name)
    if "+" in folded:
        folded = folded.replace("+", "plus")
    return sum(map(_run_letters, _RUN.findall(folded)))


@lru_cache(maxsize=16384)
def _run_letters(run: str) -> int:
    return sum(1 << _BITS * (ord(letter) - ord("a")) for letter in run if letter not in _UNCOUNTED)


_GLUED_V = re.compile(r"v(\d[\d.]*)")
_POINT_ZERO = re.compile(r"(\d+)\.0")
_SIZE = re.compile(r"(?:\d{1,3}x)?\d{1,4}(?:\.\d{1,2})?[bt]|\d{2,3}m")
_TWO_DIGITS = re.compile(r"[a-z]?\d\d")
_POINTED = re.compile(r"([a-z]?\d)\.(\d)")
_ACTIVE = re.compile(r"a\d{1,3}(?:\.\d{1,2})?b")


def without_active(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without the active parameters where all are named too: Qwen3-235B-A22B is sold as "qwen3-235b"."""
    has_size = any(_SIZE.fullmatch(word) for word in words)
    return tuple(word for word in words if not (has_size and _ACTIVE.fullmatch(word)))


def is_size(word: str) -> bool:
    """Whether a word is a number of parameters: "70b", "8x22b", "1t"."""
    return _SIZE.fullmatch(word) is not None


def without_points(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words, "2.5" as "25": some hosts leave the point out."""
    return tuple(sorted(_POINTED.sub(r"\1\2", word) if _POINTED.fullmatch(word) else word for word in words))


def may_lack_a_point(words: tuple[str, ...]) -> bool:
    """Whether a word is a number of two digits, which may stand for one with a point."""
    return any(_TWO_DIGITS.fullmatch(word) for word in words)


def loose_words(name: str, *, keeps_v: bool = False) -> tuple[str, ...]:
    """The words of a name in alphabetical order, less what hosts write otherwise.

    "v" before a number and ".0" behind one are left out. ``keeps_v``: the family has a "v" of its own in its names
    (MiniCPM-V).

    >>> loose_words("llama-v3p1-70b-instruct"), loose_words("embed-v-4.0")
    (('3.1', '70b', 'instruct', 'llama'), ('4', 'embed'))
    """
    words = model_words(name)
    found: list[str] = []
    for at, word in enumerate(words):
        follows = words[at + 1] if at + 1 < len(words) else ""
        if at and not keeps_v and word == "v" and follows[:1].isdigit():
            continue
        glued = _GLUED_V.fullmatch(word) if at and not keeps_v else None
        number = glued[1] if glued else "plus" if word == "+" else word
        zero = _POINT_ZERO.fullmatch(number)
        found.append(zero[1] if zero else number)
    return tuple(sorted(found))
