"""Signs of life: a file beside the warehouse that the process of a run holds a lock on.

The kernel gives the lock back with the process, so a run that was killed is known at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import TextIO

from ingest.publish.swap import beside

_TRIES = 3
"""Another run that ends may remove the folder between its making and its use."""


@contextmanager
def alive(warehouse: Path, flow_run_id: str | None) -> Iterator[None]:
    """Show, for as long as the block lasts, that the process of a flow run is there."""
    if flow_run_id is None:
        yield
        return
    opened = _open(_life_of(warehouse, flow_run_id))
    if opened is None:
        yield
        return
    with opened as file:
        flock(file, LOCK_EX)
        try:
            yield
        finally:
            forget(warehouse, flow_run_id)


def _open(path: Path) -> TextIO | None:
    """The new file; None on a full disk, or in a folder that another user made: the run itself says what is wrong."""
    for _ in range(_TRIES):
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            return path.open("a+", encoding="utf-8")
    return None


def is_alive(warehouse: Path, flow_run_id: str) -> bool | None:
    """Whether the process of a flow run is there; None where it never said so on this machine."""
    try:
        with _life_of(warehouse, flow_run_id).open("r+", encoding="utf-8") as file:
            flock(file, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


def forget(warehouse: Path, flow_run_id: str) -> None:
    """Remove what a run left of :func:`alive`, and the folder with the last one."""
    path = _life_of(warehouse, flow_run_id)
    with suppress(OSError):
        path.unlink()
        path.parent.rmdir()


def dead(warehouse: Path) -> list[str]:
    """The ids of flow runs whose process is gone without having said so."""
    folder = beside(warehouse, "runs")
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return [name for name in names if is_alive(warehouse, name) is False]


def _life_of(warehouse: Path, flow_run_id: str) -> Path:
    return beside(warehouse, "runs") / flow_run_id
