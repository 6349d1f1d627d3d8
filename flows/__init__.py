"""The Prefect flows: they only orchestrate, and call the same functions that ``ingest run`` calls.

Importing this package sets what Prefect has to find in the environment before it is imported itself.
"""

import os
from pathlib import Path

ENVIRONMENT = {
    # Without a server a flow starts one for itself; its first start makes a database and takes up to half a
    # minute, where Prefect gives up after 20 seconds by default.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    # Nothing about the use of this machine is sent to anybody.
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}
"""Settings of Prefect that hold unless the environment says otherwise."""

for _name, _value in ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)


def surroundings() -> dict[str, str]:
    """The working folder and the cron that the settings there hold: a step of ``prefect.yaml``."""
    from ingest.settings import load_settings  # noqa: PLC0415

    return {"folder": str(Path.cwd()), "schedule": load_settings().schedule}
