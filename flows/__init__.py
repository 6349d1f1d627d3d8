"""The Prefect flows: they only orchestrate, and call the same functions that ``ingest run`` calls."""

import os
from pathlib import Path

from ingest.settings import load_settings

ENVIRONMENT = {
    # Without a server a flow starts one for itself; its first start makes a database and takes up to half a
    # minute, where Prefect gives up after 20 seconds by default.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    # Nothing about the use of this machine is sent to anybody.
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}
"""Settings of Prefect that hold unless the environment says otherwise."""


def set_environment() -> None:
    """Set :data:`ENVIRONMENT`. Call this before Prefect is imported, since Prefect reads it then."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def surroundings() -> dict[str, str]:
    """The working folder and the cron that the settings there hold: a step of ``prefect.yaml``."""
    return {"folder": str(Path.cwd()), "schedule": load_settings().schedule}
