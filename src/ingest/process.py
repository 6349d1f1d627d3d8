"""What is set for a whole process. Nothing is set by an import: whoever begins a process or a crawl calls these."""

from __future__ import annotations

import logging
import os

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
