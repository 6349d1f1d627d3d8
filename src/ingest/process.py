"""What belongs to a whole process: settings, signals, the user's cache.

Nothing is set by an import: whoever begins a process or a crawl calls these.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_LOGS_OF_HEADERS = ("hpack", "h2", "httpcore")


def one_thread_for_matrices() -> None:
    """Let numpy start no threads, unless the environment says otherwise. Call it before numpy is imported.

    numpy comes with pandas, and nothing here multiplies matrices: its threads cost more than the rest of its import.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def keep_headers_out_of_logs() -> None:
    """Let the libraries of HTTP log nothing below INFO: there they log headers, and secrets among them."""
    for name in _LOGS_OF_HEADERS:
        logging.getLogger(name).setLevel(logging.INFO)


@contextmanager
def without_collecting() -> Iterator[None]:
    """Switch the garbage collector off while many long-lived objects are made: it would take a tenth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cache_folder() -> Path:
    """Where what can be made again is kept for this user (https://specifications.freedesktop.org/basedir-spec/latest/).

    Deleting it is safe. Raises RuntimeError where there is no home folder.
    """
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".cache") / "ingest"


class Stopped(BaseException):
    """A signal stops the process: Ctrl-C, SIGTERM or a hang-up. Code that cleans up cleans up, and the process ends.

    It is no ``KeyboardInterrupt``, which libraries handle in ways of their own.
    """


_STOPS = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))

_came: list[int] = []
"""The signals that came since :func:`stopped_in_order` began."""


def stopped_by() -> str | None:
    """The name of the signal that stops this process, or None.

    A library may turn the exception of a signal into one of its own, so what an exception means is asked here.
    """
    return signal.Signals(_came[0]).name if _came else None


@contextmanager
def stopped_in_order(*, to_the_end: bool) -> Iterator[None]:
    """Raise :class:`Stopped` in the block where a signal stops the process. What is ignored already stays ignored.

    With ``to_the_end`` the process ends behind the block, and further signals have no effect on its last moments.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _came.clear()
    before = {number: signal.getsignal(number) for number in _STOPS}
    before = {number: handler for number, handler in before.items() if handler not in (signal.SIG_IGN, None)}
    unraisable = sys.unraisablehook
    sys.unraisablehook = lambda error: _again(error) if error.exc_type is Stopped else unraisable(error)
    for number in before:
        signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if to_the_end else handler)
        sys.unraisablehook = unraisable
        if not to_the_end:
            _came.clear()


def leave_signals_to_the_parent() -> None:
    """In a child process: Ctrl-C reaches all processes of a terminal, and the parent ends its children."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in _STOPS[1:]:
        signal.signal(number, signal.SIG_DFL)


def _stop(number: int, _: object) -> None:
    _came.append(number)
    raise Stopped(signal.Signals(number).name)


def _again(_: Any) -> None:
    """Send the signal again: it came while code ran that lets no exception through."""
    signal.raise_signal(_came[0])
