"""Spelling: what may differ between two writings of one name, and what never may.

Case, accents, apostrophes, hyphens, underscores, blanks and brackets are only spelling. ``+``, ``<``, ``>``, ``@``,
``#``, ``%``, ``*`` and ``=`` tell names apart, and so does the border between two numbers: ``24.12-25.2`` is not
``2412-252``.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from ingest.read.text import CONTROL_SEQUENCE

LONGEST_NAME = 200
"""Characters of a name that are looked at for its structure. The longest listed name seen has 41."""

_LONGEST_SLUG = 120
_SYMBOLS = {
    "+": "plus",
    "<": "lt",
    ">": "gt",
    "≤": "le",
    "≥": "ge",
    "@": "at",
    "#": "sharp",
    "%": "pct",
    "*": "star",
    "=": "eq",
    "→": "to",
    "≠": "ne",
}
_SPELLED = str.maketrans(
    {
        "τ": "tau",
        "Τ": "tau",
        "×": "x",
        "α": "alpha",
        "β": "beta",
        "γ": "gamma",
        "∞": "infinity",
        "♦": " diamond ",
        "◆": " diamond ",
        "◇": " diamond ",
        "♢": " diamond ",
        "💎": " diamond ",
    }
)
_SYMBOL = re.compile("[" + re.escape("".join(_SYMBOLS)) + "]")
_APOSTROPHES = re.compile(r"['’‘`´ʼ]")
_ARROWS = re.compile(r"-{1,2}>(?!\s{0,2}\d)|=>(?!\s{0,2}\d)|⇒|➔|⟶")
"""A hyphen before '>128k' is no arrow."""
_WITHOUT = re.compile(r"(?<![^\W_])w/o(?:ut)?(?![^\W_])")
_WITH = re.compile(r"(?<![^\W_])w/")
_COMPARISONS = (("<=", "≤"), (">=", "≥"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_TOKEN = re.compile(r"\d+(?:\.\d+)*|[^\W\d_]+|[+<>≤≥@#%*=→≠]")
_BORDER = re.compile(r" (?<=\d )(?=\d)")
"""Begins with the blank, so that only blanks are looked at."""
_CODE = re.compile(r"[^\W_]+|[+<>≤≥@#%*=→≠]")


@lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """Lower case, compatibility forms and accents folded, arrows and ``w/o`` spelled one way.

    >>> fold("τ²-Bench  w/o sub.")
    'tau2-bench  without sub.'
    """
    plain = text.isascii()
    if not plain:
        text = unicodedata.normalize("NFKC", text).translate(_SPELLED)
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in decomposed if not unicodedata.combining(c) or c == "\u0338")
        text = unicodedata.normalize("NFC", text)
    text = text.casefold()
    if "=" in text or "&" in text:
        for written, meant in _COMPARISONS:
            text = text.replace(written, meant)
    if ">" in text or not plain:
        text = _ARROWS.sub("→", text)
    if "w/" in text:
        text = _WITH.sub("with ", _WITHOUT.sub("without", text))
    return _APOSTROPHES.sub("", text) if "'" in text or "`" in text or not plain else text


def tokens(folded: str) -> list[str]:
    """Numbers, runs of letters and telling symbols of a folded name, in order.

    >>> tokens(fold("LiveCodeBench v5 24.12-25.2"))
    ['livecodebench', 'v', '5', '24.12', '25.2']
    """
    return _TOKEN.findall(folded)


def words(folded: str) -> list[str]:
    """As :func:`tokens`, with letters and digits that are written together kept together ('128k', 'v2')."""
    return _CODE.findall(folded)


def key(parts: Iterable[str]) -> str:
    """What two spellings of one name share: the tokens joined, with a mark only between two numbers.

    >>> key(tokens(fold("Multi-IF"))) == key(tokens(fold("MultiIF")))
    True
    >>> key(tokens(fold("HumanEval+"))) == key(tokens(fold("HumanEval")))
    False
    """
    spaced = " ".join(parts)
    return _BORDER.sub("-", spaced).replace(" ", "")


@lru_cache(maxsize=16384)
def name_key(text: str) -> str:
    """:func:`key` of a name as a source writes it."""
    return key(tokens(fold(text)))


def with_part(spelled: str, part: str) -> str:
    """A key with one more token behind it, as :func:`key` joins them.

    >>> with_part("24.12", "25.2"), with_part("v", "5")
    ('24.12-25.2', 'v5')
    """
    return f"{spelled}-{part}" if part[0].isdecimal() and spelled[-1:].isdecimal() else spelled + part


def slug(spelled: str) -> str:
    """An id made of a key: symbols in words, nothing that tells two keys apart is lost.

    Two different keys never give one slug, since a hyphen stands only where the key has a symbol or a border
    between numbers. A key too long for an id ends in a digest of the whole.

    >>> slug("graphwalksdfs<128k")
    'graphwalksdfs-lt-128k'
    """
    if spelled in _SYMBOLS:
        return "sign-" + _SYMBOLS[spelled]
    if not spelled.isalnum() and _SYMBOL.search(spelled):
        spelled = _SYMBOL.sub(lambda match: f"-{_SYMBOLS[match[0]]}-", spelled).replace("--", "-").strip("-")
    return shorten(spelled) or "unnamed-" + digest(spelled)


def shorten(made: str) -> str:
    """An id of at most 120 characters; a longer one keeps its start and a digest of the whole."""
    if len(made) <= _LONGEST_SLUG:
        return made
    return made[: _LONGEST_SLUG - 11].rstrip("-") + "-" + digest(made)


def symbol_word(symbol: str) -> str | None:
    """The word for a telling symbol ('lt' for '<'), None for anything else."""
    return _SYMBOLS.get(symbol)


def collapse(text: str) -> str:
    """Blanks of any kind as one space, none at the ends."""
    return " ".join(text.split())


_ESCAPES = re.compile(rf"{CONTROL_SEQUENCE}|\x9b[0-?]{{0,32}}[ -/]{{0,8}}[@-~]?")
"""Control sequences, also those that begin with the one character that stands for the first two."""


def without_controls(text: str) -> str:
    """A name without control sequences of terminals, signs that no person sees, and blanks around them.

    >>> without_controls("GPT\\x01\\x1b[31m-4")
    'GPT-4'
    """
    if text.isprintable():
        return text
    plain = _ESCAPES.sub("", text)
    return "".join(c if c.isprintable() else " " for c in plain if c.isprintable() or c.isspace())


def invert(table: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """From 'id: names' to 'name: ids'."""
    found: dict[str, list[str]] = {}
    for identifier, names in table.items():
        for name in names:
            if identifier not in found.setdefault(name, []):
                found[name].append(identifier)
    return found


def digest(spelled: str) -> str:
    """Ten hexadecimal digits that stand for a text in an id."""
    return hashlib.sha256(spelled.encode("utf-8", "surrogatepass")).hexdigest()[:10]
