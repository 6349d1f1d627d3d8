"""Signs of life: a file beside the warehouse that the process of a run holds a lock on.

The kernel gives the lock back with the process, so a run that was killed is known at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from ingest.publish.swap import beside


@contextmanager
def alive(warehouse: Path, flow_run_id: str | None) -> Iterator[None]:
    """Show, for as long as the block lasts, that the process of a flow run is there."""
    if flow_run_id is None:
        yield
        return
    path = _life_of(warehouse, flow_run_id)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = path.open("a+", encoding="utf-8")
    except OSError:  # a full disk, or a folder that another user made: the run itself says what is wrong
        yield
        return
    with opened as file:
        flock(file, LOCK_EX)
        try:
            yield
        finally:
            with suppress(OSError):
                path.unlink()


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
    """Remove what a dead run left of :func:`alive`."""
    with suppress(OSError):
        _life_of(warehouse, flow_run_id).unlink()


def dead(warehouse: Path) -> list[str]:
    """The ids of flow runs whose process is gone without having said so."""
    folder = beside(warehouse, "runs")
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return [name for name in names if is_alive(warehouse, name) is False]


def _life_of(warehouse: Path, flow_run_id: str) -> Path:
    return beside(warehouse, "runs") / flow_run_id
