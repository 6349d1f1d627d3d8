"""A process that reads: parcels in, answers out, over the socket whose number is its argument."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from multiprocessing.connection import Connection
from queue import SimpleQueue

from ingest.batch import warm_up
from ingest.process import leave_signals_to_the_parent
from ingest.runners.local import this_process
from ingest.runners.parcel import Parcel, read_parcel


def main() -> None:
    """Read until the other side of the socket is closed. That also ends a process that hangs in a page."""
    leave_signals_to_the_parent()
    connection = Connection(int(sys.argv[1]))
    parcels: SimpleQueue[Parcel] = SimpleQueue()

    def receive() -> None:
        try:
            while True:
                parcels.put(pickle.loads(connection.recv_bytes()))
        except (EOFError, OSError):
            os._exit(0)

    threading.Thread(target=receive, daemon=True).start()
    warm_up()
    while True:
        answer = read_parcel(parcels.get(), this_process())
        connection.send_bytes(pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))


if __name__ == "__main__":
    main()
