"""Escape page text for a terminal."""

from __future__ import annotations

import unicodedata

_KEPT = frozenset("\n\t")


def printable(text: str) -> str:
    """``text`` with an escape such as ``\\x1b`` for every character that could control a terminal or stay invisible.

    These are the control, format, surrogate, private and unassigned characters of Unicode, and its two line
    separators. Line feeds, tabs and spaces of any width stay.
    """
    if text.isprintable():
        return text
    return "".join(each if _is_harmless(each) else _escaped(each) for each in text)


def _is_harmless(character: str) -> bool:
    return character in _KEPT or character.isprintable() or unicodedata.category(character) == "Zs"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
