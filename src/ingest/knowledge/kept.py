"""What takes long to make of the knowledge, kept in the user's cache (``$XDG_CACHE_HOME/ingest``, ``~/.cache/ingest``).

The indexes of names follow from the knowledge files and the code alone. Making them takes 0.2 s of each process that
reads, reading them back 0.02 s. A file is of one version of the rules and of Python, so another version makes its own.
Deleting the folder is safe, and where it cannot be written, each process makes its own indexes.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pydantic

from ingest.process import cache_folder, without_collecting
from ingest.rules import rules_version

_MOST_VERSIONS = 8
"""Files of one name that are kept; the oldest is removed when another version makes its own."""

_DIGEST_BYTES = 32

T = TypeVar("T")


def kept(name: str, make: Callable[[], T], *told: object) -> T:
    """What ``make`` gives, read from the cache where the same version has made it before.

    ``told`` is what it depends on beside the code and the knowledge of this package: its ``repr`` must tell all of it.
    A damaged file is made again: it begins with the digest of what follows.
    """
    version = (rules_version(), sys.implementation.cache_tag, pydantic.VERSION, told)
    file = f"{name}-{_digest(repr(version).encode()).hex()[:20]}.pickle"
    with suppress(OSError, RuntimeError), without_collecting():  # no home folder is a RuntimeError
        content = (cache_folder() / file).read_bytes()
        if content[:_DIGEST_BYTES] == _digest(content[_DIGEST_BYTES:]):
            found: T = pickle.loads(content[_DIGEST_BYTES:])
            return found
    made = make()
    with suppress(OSError, RuntimeError):
        _keep(cache_folder(), name, file, pickle.dumps(made, pickle.HIGHEST_PROTOCOL))
    return made


def _keep(folder: Path, name: str, file: str, content: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{file}.{os.getpid()}.unfinished"
    unfinished.write_bytes(_digest(content) + content)
    unfinished.replace(folder / file)
    others = sorted(folder.glob(f"{name}-*.pickle"), key=lambda path: path.stat().st_mtime)
    for other in others[:-_MOST_VERSIONS]:
        other.unlink(missing_ok=True)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
