"""Where an archive keeps its bytes: a folder, or object storage.

Both hold the same names: ``objects/ab/abcd….zst`` and ``log/<run>.<warehouse>.jsonl``. A folder adds to a log until its
run ends. In object storage nothing can be added to an object, so each time that something is logged makes a further
object, ``log/<run>-<number>.<warehouse>.jsonl``. It is written on the condition that there is none of that name, so two
machines never write over each other, and neither needs a lock.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from ingest.errors import IngestError, without_password

T = TypeVar("T")

_FLUSHES = 8
"""The number of threads that flush files at once."""

_REQUESTS = 16
"""Requests to object storage under way at once."""

_AT_A_TIME = 64
"""Objects that are asked for ahead of the one that is needed."""

_OPTIONS = {"retry_config": {"max_retries": 5}}


MAKE_ROOM = "Free space or make the folder writable"


@contextmanager
def refusals(what: str, cure: str = MAKE_ROOM) -> Iterator[None]:
    """Raise :class:`IngestError`, which says ``what`` cannot be done and the ``cure``, where a disk or a folder
    refuses."""
    try:
        yield
    except OSError as error:
        raise IngestError(f"{what}: {error.strerror or error}. {cure}, then run again; nothing was lost.") from error


class LogFile(NamedTuple):
    """A log of captures: its name, which begins with the time of its run, and its size in bytes."""

    name: str
    bytes: int

    @property
    def key(self) -> str:
        """The key of the warehouse whose run wrote it; empty for the log of a crawl."""
        return self.name.removesuffix(".jsonl").partition(".")[2]


class Store(Protocol):
    """What an archive needs of the place where its bytes lie. Every method may raise :class:`OSError`."""

    address: str

    def place(self, sha256: str) -> str:
        """Where the bytes of an address lie, for people."""

    def write_all(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """Store compressed bytes under their SHA-256."""

    def make_durable(self) -> None:
        """Let everything that was written last, whatever happens to the machine."""

    def read(self, sha256: str) -> bytes:
        """The compressed bytes of an address."""

    def each(self, sha256s: Iterable[str], read: Callable[[str], Any]) -> Iterator[Any]:
        """What ``read`` gives of each address, in their order; several are read at once where that is faster."""

    def mark_of(self, sha256: str) -> str | None:
        """What tells cheaply that stored bytes were changed; None where there are none."""

    def has(self, sha256: str) -> bool:
        """Whether something is stored under an address."""

    def add_to_log(self, name: str, data: bytes) -> None:
        """Log durably. ``name`` is that of the log, without its ending."""

    def logs(self) -> list[LogFile]:
        """The logs, oldest run first."""

    def read_logs(self, logs: Iterable[LogFile]) -> Iterator[bytes]:
        """The content of each log, in their order."""


class Folder:
    """An archive in a folder. It is made when the first capture is kept."""

    def __init__(self, root: Path) -> None:
        self.address = os.path.realpath(root)
        self._objects = root / "captures" / "objects"
        self._log = root / "captures" / "log"
        self._unsynced: list[Path] = []

    def place(self, sha256: str) -> str:
        """See :class:`Store`."""
        return f"{self._objects}/{sha256[:2]}/{sha256}.zst"

    def write_all(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """See :class:`Store`. Each is whole under its name, but not durable yet."""
        for sha256, data in objects:
            self._write(self.place(sha256), data)

    def _write(self, path: str, data: bytes) -> None:
        temporary = f"{path}.{os.getpid()}.{threading.get_ident()}.tmp"  # two may come upon the same bytes at once
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        try:
            handle = os.open(temporary, flags, 0o644)
        except FileNotFoundError:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(temporary, flags, 0o644)
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(handle, left) :]
        finally:
            os.close(handle)
        os.replace(temporary, path)  # noqa: PTH105  (thousands of times: strings cost less than paths)
        self._unsynced.append(Path(path))

    def make_durable(self) -> None:
        """Flush what was written since the last flush. Eight threads flush at once, since each mostly waits for the
        disk: 2,000 objects take 0.15 s instead of 6 s."""
        paths, self._unsynced = self._unsynced, []
        if not paths:
            return
        folders = sorted({path.parent for path in paths})
        with ThreadPoolExecutor(_FLUSHES) as pool:
            for _ in pool.map(_sync_file, paths):
                pass
            for _ in pool.map(sync_folder, folders):
                pass

    def read(self, sha256: str) -> bytes:
        """See :class:`Store`."""
        with open(self.place(sha256), "rb", 0) as file:  # noqa: PTH123  (thousands of times)
            return file.read()

    def each(self, sha256s: Iterable[str], read: Callable[[str], Any]) -> Iterator[Any]:
        """See :class:`Store`. A disk gives one after the other."""
        return map(read, sha256s)

    def mark_of(self, sha256: str) -> str | None:
        """Size and time of change of the file."""
        try:
            state = os.stat(self.place(sha256))  # noqa: PTH116  (thousands of times)
        except OSError:
            return None
        return f"{state.st_size}:{state.st_mtime_ns}"

    def has(self, sha256: str) -> bool:
        """See :class:`Store`."""
        return os.path.exists(self.place(sha256))  # noqa: PTH110  (thousands of times)

    def add_to_log(self, name: str, data: bytes) -> None:
        """Add to the file of the log."""
        self._log.mkdir(parents=True, exist_ok=True)
        path = self._log / f"{name}.jsonl"
        is_new = not path.exists()
        add_durably(path, data)
        if is_new:
            sync_folder(path.parent)

    def logs(self) -> list[LogFile]:
        """See :class:`Store`."""
        paths = self._log.glob("*.jsonl") if self._log.is_dir() else ()
        return sorted(LogFile(path.name, path.stat().st_size) for path in paths)

    def read_logs(self, logs: Iterable[LogFile]) -> Iterator[bytes]:
        """See :class:`Store`."""
        return ((self._log / log.name).read_bytes() for log in logs)


class Bucket:
    """An archive in object storage that speaks S3. ``url`` is ``s3://bucket/prefix``.

    Who may write there, and where it is, the environment says, as for the tools of AWS: ``AWS_ACCESS_KEY_ID``,
    ``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``, ``AWS_ENDPOINT_URL`` and, for an endpoint without TLS,
    ``AWS_ALLOW_HTTP=true`` (https://developmentseed.org/obstore/latest/authentication/). Raises :class:`IngestError`
    where the extra is not installed or the URL names no bucket.
    """

    def __init__(self, url: str) -> None:
        self.address = url
        try:
            self._obstore: Any = import_module("obstore")
            stores: Any = import_module("obstore.store")
        except ImportError:
            raise IngestError(
                f"An archive in object storage, such as {url!r}, needs a further package: pip install -e '.[s3]' in "
                "the checkout."
            ) from None
        try:
            self._store: Any = stores.from_url(url, **_OPTIONS)
        except self._obstore.exceptions.BaseError as error:
            raise IngestError(f"{url!r} names no object storage: {_in_one_line(error)}.") from error
        self._numbers: dict[str, int] = {}

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(_REQUESTS, thread_name_prefix="object storage")

    def place(self, sha256: str) -> str:
        """See :class:`Store`."""
        return f"{self.address}/{_object(sha256)}"

    def write_all(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """See :class:`Store`. What is written is durable; several are written at once."""
        for some in _batched(objects):
            list(self._threads.map(self._write, some))

    def _write(self, item: tuple[str, bytes]) -> None:
        with self._refusals():
            self._obstore.put(self._store, _object(item[0]), item[1])

    def make_durable(self) -> None:
        """What object storage has taken is durable."""

    def read(self, sha256: str) -> bytes:
        """See :class:`Store`."""
        return self._get(_object(sha256))

    def _get(self, path: str) -> bytes:
        with self._refusals():
            return bytes(self._obstore.get(self._store, path).bytes())

    def each(self, sha256s: Iterable[str], read: Callable[[str], Any]) -> Iterator[Any]:
        """See :class:`Store`."""
        return (found for some in _batched(sha256s) for found in self._threads.map(read, some))

    def mark_of(self, sha256: str) -> str | None:
        """Object storage keeps what it has taken, and asking for each of a million objects costs more than it tells:
        ``ingest verify`` reads them all."""
        return "in object storage"

    def has(self, sha256: str) -> bool:
        """See :class:`Store`."""
        try:
            with self._refusals():
                self._obstore.head(self._store, _object(sha256))
        except FileNotFoundError:
            return False
        return True

    def add_to_log(self, name: str, data: bytes) -> None:
        """Write a further part of the log, under the first number that is free."""
        run, dot, key = name.partition(".")
        for number in count(self._numbers.get(name, 0)):
            path = f"{_LOG}{run}-{number:05}{dot}{key}.jsonl"
            try:
                with self._refusals():
                    self._obstore.put(self._store, path, data, mode="create")
            except FileExistsError:
                continue
            self._numbers[name] = number + 1
            return

    def logs(self) -> list[LogFile]:
        """See :class:`Store`."""
        with self._refusals():
            found = [each for some in self._obstore.list(self._store, prefix=_LOG) for each in some]
        logs = (LogFile(each["path"].removeprefix(_LOG), each["size"]) for each in found)
        return sorted(log for log in logs if log.name.endswith(".jsonl") and "/" not in log.name)

    def read_logs(self, logs: Iterable[LogFile]) -> Iterator[bytes]:
        """See :class:`Store`."""
        return self.each((f"{_LOG}{log.name}" for log in logs), self._get)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Raise :class:`OSError` where object storage refuses."""
        try:
            yield
        except FileNotFoundError as error:
            raise FileNotFoundError(_in_one_line(error)) from None
        except self._obstore.exceptions.AlreadyExistsError as error:
            raise FileExistsError(_in_one_line(error)) from None
        except self._obstore.exceptions.BaseError as error:
            raise OSError(_in_one_line(error)) from error


_LOG = "captures/log/"


def _batched(items: Iterable[T]) -> Iterator[list[T]]:
    items = iter(items)
    while some := list(islice(items, _AT_A_TIME)):
        yield some


def _object(sha256: str) -> str:
    return f"captures/objects/{sha256[:2]}/{sha256}.zst"


def _in_one_line(error: Exception) -> str:
    """What a library of object storage says, without the answer of the server, its own sources, and passwords."""
    return without_password(str(error).partition("\n")[0].strip())[:300]


def add_durably(path: Path, data: bytes) -> None:
    """Add to a file, and come back once that lasts."""
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable. A system that cannot open folders does not need this."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
