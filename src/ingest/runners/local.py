"""Reading on this machine: in threads of the flow, or in processes of its own."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import LifoQueue
from socket import send_fds, socket, socketpair

from ingest.errors import IngestError
from ingest.runners.parcel import LostBatchError, Parcel, ReadAnswer, read_parcel

_IN_THIS_PROCESS = 60
"""Up to this many captures, starting a process takes longer than reading."""

_END_SECONDS = 5


class Threads:
    """Reads in threads of this process. They take turns on one processor."""

    is_near = True

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self.seconds = seconds
        self._turns = threading.Semaphore(count)

    def slots(self) -> int:
        """One for each processor: what one thread waits for, another one uses."""
        return self._count

    def read(self, parcel: Parcel) -> ReadAnswer:
        """As :meth:`ingest.runners.Runner.read` says. A thread cannot be ended, so it is left alone with its batch.

        The time of a batch begins when it is its turn.
        """
        with self._turns:
            return read_here(parcel, self.seconds)

    def close(self) -> None:
        """Nothing was started that stays."""


def read_here(parcel: Parcel, seconds: float) -> ReadAnswer:
    """Read a parcel in a thread of this process. Raises :class:`IngestError` where it takes longer than ``seconds``."""
    answers: list[ReadAnswer] = []
    thread = threading.Thread(target=lambda: answers.append(read_parcel(parcel, "this process")), daemon=True)
    thread.start()
    thread.join(seconds)
    if not answers:
        raise IngestError(
            f"Reading {parcel.pages} pages from {parcel.first!r} took longer than the {seconds:g} seconds of the "
            "setting `batch_seconds`, and a thread cannot be ended: try its pages with `ingest try`, or allow more."
        )
    return answers[0]


class Processes:
    """Reads in processes that are started when they are first needed and read one parcel after the other.

    They are forks of a new interpreter and not of this process, since Prefect's threads run in the process of a flow.
    One that is killed costs the parcel that it was reading, and another one takes its place. Up to ``few`` pages are
    read here instead.
    """

    is_near = True

    def __init__(self, count: int, seconds: float, few: int = _IN_THIS_PROCESS) -> None:
        self._count = count
        self.seconds = seconds
        self._few = few
        self._free: LifoQueue[ReaderProcess | None] = LifoQueue()  # the last one is warm
        self._nursery = Nursery()
        self._has_begun = False
        for _ in range(count):
            self._free.put(None)

    def slots(self) -> int:
        """One for each process."""
        return self._count

    def read(self, parcel: Parcel) -> ReadAnswer:
        """As :meth:`ingest.runners.Runner.read` says. A few pages are read in this process."""
        if not self._has_begun and parcel.pages <= self._few:
            return read_here(parcel, self.seconds)
        self._has_begun = True
        process = self._free.get()
        try:
            process = process or self._nursery.reader()
            answer = process.read(parcel, self.seconds)
        except BaseException:
            if process is not None:
                process.end()
            self._free.put(None)
            raise
        self._free.put(process)
        return answer

    def close(self) -> None:
        """End the processes."""
        while not self._free.empty():
            if (process := self._free.get_nowait()) is not None:
                process.end()
        self._nursery.close()


class Nursery:
    """A process that has loaded what reading needs, and forks a reader whenever it is sent a socket for one
    (:mod:`ingest.runners.reader`).

    So the knowledge is loaded once, and is once in memory, however many read. Readers live on where it is killed, and
    the next reader comes from another one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket | None = None

    def reader(self) -> ReaderProcess:
        """A new reader, which may still be about to start."""
        ours, theirs = socketpair()
        with self._lock, theirs:
            try:
                self._send(theirs)
            except OSError:  # it was killed
                self._end()
                self._send(theirs)
        return ReaderProcess(Connection(ours.detach()))

    def _send(self, theirs: socket) -> None:
        if self._socket is None or self._process is None or self._process.poll() is not None:
            self._end()
            self._begin()
        assert self._socket is not None
        send_fds(self._socket, [b"r"], [theirs.fileno()])

    def _begin(self) -> None:
        self._socket, theirs = socketpair()
        with theirs:
            command = [sys.executable, "-m", "ingest.runners.reader", str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)
        if self._socket is not None:
            self._socket.close()
        self._process = self._socket = None

    def close(self) -> None:
        """End it, once its readers are gone."""
        with self._lock:
            if self._process is not None and self._socket is not None:
                self._socket.close()
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(_END_SECONDS)
            self._end()


class ReaderProcess:
    """A process that reads parcels. It ends when this process does, however it ends. It first tells its number."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pid = 0

    def read(self, parcel: Parcel, seconds: float) -> ReadAnswer:
        """The answer to a parcel. Raises :class:`LostBatchError` where the process ends, or takes too long."""
        until = time.monotonic() + seconds
        try:
            if not self._pid:
                self._pid = int(self._received(parcel, seconds, until))
            self._connection.send_bytes(pickle.dumps(parcel, pickle.HIGHEST_PROTOCOL))
            answer: ReadAnswer = pickle.loads(self._received(parcel, seconds, until))
        except (EOFError, OSError) as error:
            raise LostBatchError(
                f"{self._named}, which read {parcel.pages} pages from {parcel.first!r}, was ended from outside (was "
                "memory short?)."
            ) from error
        return answer

    def _received(self, parcel: Parcel, seconds: float, until: float) -> bytes:
        if not self._connection.poll(max(0.0, until - time.monotonic())):
            raise LostBatchError(
                f"{self._named} took longer than the {seconds:g} seconds of the setting `batch_seconds` for "
                f"{parcel.pages} pages from {parcel.first!r}."
            )
        return self._connection.recv_bytes()

    @property
    def _named(self) -> str:
        return f"Process {self._pid}" if self._pid else "A process that was about to start"

    def end(self) -> None:
        """End the process at once: it holds nothing that anybody needs. One that has not told its number ends when it
        finds the connection closed."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            with suppress(EOFError, OSError):
                while self._connection.poll(_END_SECONDS):  # its end closes the connection
                    self._connection.recv_bytes()
        self._connection.close()


def this_process() -> str:
    """What an answer calls this process."""
    return f"process {os.getpid()}"
