"""Block the outside: while a source is checked, its parser cannot reach the network or start other programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_watch: list[list[str]] = []
"""The forbidden calls of a parser so far; None while no source is checked."""

_OUTSIDE = frozenset(
    (
        *("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"),
        *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"),
    )
)
"""Audit events (PEP 578) of code that connects to another machine or starts a program."""


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _watch and event in _OUTSIDE:
        _watch[-1].append(f"{event} {[a for a in arguments if isinstance(a, str | tuple)]}"[:120])
        raise OSError("no network while the contract is held")


@cache
def _hook() -> None:
    sys.addaudithook(_audit)


@contextmanager
def no_network() -> Iterator[list[str]]:
    """In this block no connection can be opened and no program started. Yields the list of attempts."""
    _hook()
    tried: list[str] = []
    _watch.append(tried)
    try:
        yield tried
    finally:
        _watch[:] = [other for other in _watch if other is not tried]


@contextmanager
def allowed() -> Iterator[None]:
    """In this block, the calls of the contract itself do not count as the parser's."""
    held = _watch[:]
    _watch.clear()
    try:
        yield
    finally:
        _watch[:] = held
