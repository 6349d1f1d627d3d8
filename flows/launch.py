"""The start of ``ingest serve``: its server begins first, and Prefect is imported while that starts."""

from __future__ import annotations

import gc
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ingest_flows.server import ServerError, TakenError, for_project

from ingest.process import without_collecting
from ingest.served import prefect_settings

if TYPE_CHECKING:
    from ingest.settings import Settings


def launch(settings: Settings, parameters: dict[str, Any], port: int) -> None:
    """Run the scheduled flows until the process is interrupted. ``parameters`` are those of the main job.

    Uses the Prefect API that is configured; where none is, a server on ``port`` is started here, and ended. Raises
    :class:`ingest.errors.IngestError` where they cannot be run.
    """
    # Both signals end what was started. A shell's background job begins with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server = None if prefect_settings(os.environ).get("PREFECT_API_URL") else for_project(settings, port)
    failed = None
    with suppress(KeyboardInterrupt):
        try:
            try:
                if server is not None:
                    server.begin()
            except TakenError:
                raise
            except ServerError as error:
                failed = error
            with without_collecting():  # a quarter of the time that the imports take
                from ingest_flows.serving import serve

                gc.freeze()
            serve(settings, parameters, server, failed)
        finally:
            if server is not None:
                server.end()
