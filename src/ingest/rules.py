"""The version of the rules that captures are read with: it follows from the code and the knowledge that read them."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent
_PARTS = ("batch.py", "describe", "knowledge", "name", "read", "records", "sources")
"""What decides how the bytes of a capture become rows."""
_CODE = (".py",)
_KNOWLEDGE = (".yaml", ".json")
_ENDINGS = _CODE + _KNOWLEDGE


@cache
def rules_version() -> str:
    """A short hash of all that reading depends on: 10 hexadecimal digits. It takes a few milliseconds once.

    A source of another package is no part of it: its own version stands before, as its ``source.yaml`` says.
    """
    return _digest_of(_ENDINGS)


@cache
def code_version() -> str:
    """The part of :func:`rules_version` that is code."""
    return _digest_of(_CODE)


@cache
def knowledge_version() -> str:
    """The part of :func:`rules_version` that is knowledge, with the settings of sources."""
    return _digest_of(_KNOWLEDGE)


def _digest_of(endings: tuple[str, ...]) -> str:
    digest = hashlib.blake2b(digest_size=5)
    root = f"{_PACKAGE}{os.sep}"
    for path in sorted(each for each in _files(root) if each.endswith(endings)):
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123  (150 files at the start of each run)
            content = file.read()
        digest.update(f"{path[len(root) :]}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(root: str) -> list[str]:
    found: list[str] = []
    for part in _PARTS:
        if part.endswith(_ENDINGS):
            found.append(root + part)
        for folder, _, names in os.walk(root + part):
            found += [f"{folder}{os.sep}{name}" for name in names if name.endswith(_ENDINGS)]
    return found
