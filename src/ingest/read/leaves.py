"""The leaves of a record in a data file, whatever its format: path, value, text as written, place.

A leaf is a scalar or a list of scalars. Its ``path`` is relative to its record (``cost/input``); its ``locator``
is the place in the file (a JSON pointer, ``row 17``, ``line 42``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

# A record that nests deeper than this is data of some other kind; what lies below is one leaf.
_DEEPEST = 8
_DEEPEST_WRITTEN = 40


class Leaf(NamedTuple):
    """One field of a record. ``value`` is None, a bool, an int, a Decimal, a str, a date or a list of these."""

    path: str
    value: Any
    text: str
    locator: str


def leaves(record: Mapping[str, Any], pointer: str, path: str = "", depth: int = 0) -> Iterator[Leaf]:
    """The leaves below a mapping that was read from JSON or TOML; items of a list of mappings count as ``*``."""
    for key, value in record.items():
        here = f"{path}{key}"
        at = f"{pointer}/{escaped(key)}"
        if isinstance(value, dict) and value and depth < _DEEPEST:
            yield from leaves(value, at, f"{here}/", depth + 1)
        elif isinstance(value, list) and depth < _DEEPEST and any(isinstance(item, dict) for item in value):
            for number, item in enumerate(value):
                if isinstance(item, dict):
                    yield from leaves(item, f"{at}/{number}", f"{here}/*/", depth + 1)
                else:
                    yield Leaf(f"{here}/*", item, written(item), f"{at}/{number}")
        else:
            yield Leaf(here, value, written(value), at)


def escaped(key: object) -> str:
    """A key as a part of a JSON pointer (RFC 6901): ``~`` as ``~0`` and ``/`` as ``~1``."""
    text = str(key)
    return text.replace("~", "~0").replace("/", "~1") if "~" in text or "/" in text else text


def written(value: Any, depth: int = 0) -> str:
    """A value as its file writes it, without quotation marks: ``1.5e-07``, ``true``, ``text, image``, ``{a: 1}``.

    What lies very deep is written as ``…``.
    """
    if depth > _DEEPEST_WRITTEN:
        return "…"
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(written(item, depth + 1) for item in value)
        case dict():
            return "{" + ", ".join(f"{key}: {written(item, depth + 1)}" for key, item in value.items()) + "}"
        case _:
            return getattr(value, "text", None) or str(value)
