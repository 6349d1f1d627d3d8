"""The version of the rules that captures are read with: it follows from the code and the knowledge that read them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent
_PARTS = ("batch.py", "describe", "knowledge", "name", "read", "records", "sources")
"""What decides how the bytes of a capture become rows."""
_ENDINGS = frozenset({".py", ".yaml", ".json"})


@cache
def rules_version() -> str:
    """A short hash of all that reading depends on: 10 hexadecimal digits. It takes a few milliseconds once.

    A source of another package is no part of it: its own version stands before, as its ``source.yaml`` says.
    """
    digest = hashlib.sha256()
    for path in sorted(_files()):
        digest.update(f"{path.relative_to(_PACKAGE).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:10]


def _files() -> list[Path]:
    parts = [_PACKAGE / name for name in _PARTS]
    below = [path for part in parts for path in ([part] if part.is_file() else part.rglob("*"))]
    return [path for path in below if path.suffix in _ENDINGS and path.is_file()]
