"""The Prefect flows: they only orchestrate, and call the same functions that ``ingest run`` calls."""

import os
from pathlib import Path

from ingest.process import one_thread_for_matrices
from ingest.settings import load_settings

ENVIRONMENT = {
    # Without a server a flow starts one for itself; its first start makes a database and takes up to half a
    # minute, where Prefect gives up after 20 seconds by default.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    # Nothing about the use of this machine is sent to anybody, and no advertisement is shown.
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "DO_NOT_TRACK": "1",
    # In memory, a lease dies with the server, and the slot that it stands for stays taken for ever.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    # A run that sends no heartbeat any more is dead: see ingest_flows.healing.
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    # The UI asks the server that it came from, whatever its port.
    "PREFECT_UI_API_URL": "/api",
    # A server that is away for two minutes does not end a run: the pauses between tries are 2, 4, 8, … 64 seconds. With
    # more of them a run would sleep for minutes after the server is back, and hold up all others.
    "PREFECT_CLIENT_MAX_RETRIES": "6",
}
"""Settings of Prefect that hold unless the environment says otherwise."""

_THIS_MACHINE = ("127.0.0.1", "localhost")


def set_environment() -> None:
    """Set :data:`ENVIRONMENT`. Call this before Prefect is imported, since Prefect reads it then, and before numpy is.

    A proxy has no part between this machine and itself: ``NO_PROXY`` names it from now on.
    """
    one_thread_for_matrices()
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if any(name.lower() in ("http_proxy", "https_proxy", "all_proxy") for name in os.environ):
        direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
        hosts = [host.strip() for host in direct.split(",") if host.strip()]
        hosts += [host for host in _THIS_MACHINE if host not in hosts]
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(hosts)


def surroundings() -> dict[str, str]:
    """The working folder, and the cron and the runner that the settings there hold: a step of ``prefect.yaml``."""
    settings = load_settings()
    return {"folder": str(Path.cwd()), "schedule": settings.schedule, "runner": settings.runner}
