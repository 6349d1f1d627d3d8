"""A process that forks readers: sockets in, over the socket whose number is its argument, and a reader for each.

A reader takes parcels and gives answers over its socket. All share the knowledge that was loaded before.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from socket import recv_fds, socket

from ingest.batch import warm_up
from ingest.process import leave_signals_to_the_parent
from ingest.runners.local import this_process
from ingest.runners.parcel import Parcel, read_parcel, versions


def main() -> None:
    """Fork a reader for each socket that comes, until nobody can send one any more."""
    leave_signals_to_the_parent()
    signal.signal(signal.SIGCHLD, lambda *_: take_leave(os.WNOHANG))
    warm_up()
    versions()
    with socket(fileno=int(sys.argv[1])) as sockets:
        while (received := recv_fds(sockets, 1, 1))[0]:
            (number,) = received[1]
            if not os.fork():
                sockets.close()
                read(Connection(number))
            os.close(number)
    take_leave()


def take_leave(how: int = 0) -> None:
    """Take readers that ended from the list of processes, so that their processor time counts for this one. Without
    ``os.WNOHANG``, wait until all have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, how)[0]:
            pass


def read(connection: Connection) -> None:
    """Tell the number of this process, and read until the other side of the connection is closed.

    That also ends a process that hangs in a page.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    parcels: SimpleQueue[Parcel] = SimpleQueue()

    def receive() -> None:
        try:
            while True:
                parcels.put(pickle.loads(connection.recv_bytes()))
        except (EOFError, OSError):
            os._exit(0)

    threading.Thread(target=receive, daemon=True).start()
    connection.send_bytes(str(os.getpid()).encode())
    while True:
        answer = read_parcel(parcels.get(), this_process())
        connection.send_bytes(pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))


if __name__ == "__main__":
    main()
