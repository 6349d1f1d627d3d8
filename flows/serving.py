"""Serving the flows: a Prefect server where none is configured, the deployments, and the runs that fall due."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from ingest_flows.ingest_pages import ingest_pages
from ingest_flows.ingest_source import deployments
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import PrefectException
from prefect.runner import Runner
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, PREFECT_UI_URL, temporary_settings
from prefect.types.entrypoint import EntrypointType

from ingest.errors import IngestError
from ingest.settings import Settings

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment

_HOST = "127.0.0.1"

_START_SECONDS = 120
"""A server makes its database on its first start: 18 to 27 seconds on two cores that are otherwise idle."""

_STOP_SECONDS = 10


def serve(settings: Settings, parameters: dict[str, Any], port: int) -> None:
    """Run the scheduled flows until the process is interrupted. ``parameters`` are those of the main job.

    Uses the Prefect API that is configured; where none is, a server on ``port`` is started here, and ended.
    """
    # Both signals end what was started. A shell's background job begins with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        served = scheduled(settings, parameters)
        if configured := PREFECT_API_URL.value():
            _serve(served, settings, configured)
        else:
            with prefect_server(port) as url, temporary_settings({PREFECT_API_URL: url}):
                _serve(served, settings, url)
    except KeyboardInterrupt:
        pass


def scheduled(settings: Settings, parameters: dict[str, Any]) -> list[RunnerDeployment]:
    """The deployments that are served: the one of ``flows/prefect.yaml``, and one for each source switched on.

    Raises :class:`IngestError` for a schedule that is no cron.
    """
    try:
        schedule = CronSchedule(cron=settings.schedule, timezone="UTC")
    except ValueError:
        raise IngestError(f"{settings.schedule!r} is no cron, such as '0 6 * * *' for daily at six.") from None
    deployment = ingest_pages.to_deployment(
        name="scheduled",
        schedule=schedule,
        parameters=parameters,
        tags=["ingest serve"],
        entrypoint_type=EntrypointType.MODULE_PATH,  # found from any folder
    )
    return [deployment, *deployments(raw=settings.raw, warehouse=settings.warehouse)]


def _serve(served: list[RunnerDeployment], settings: Settings, api: str) -> None:
    """Register the deployments and run what falls due, until the process is told to end."""
    import httpx

    class _Runner(Runner):
        def handle_sigterm(self, *_: object) -> None:  # theirs calls a coroutine and does not await it
            signal.raise_signal(signal.SIGINT)

    try:
        runner = _Runner(limit=1, pause_on_shutdown=True)  # one run at a time: there is one writer
        for deployment in served:
            runner.add_deployment(deployment)
            _say(f"{deployment.flow_name}/{deployment.name} runs at {settings.schedule!r} (UTC).")
        _say(f"Runs are shown at {_place(PREFECT_UI_URL.value() or api)}; Ctrl-C ends this.")
        asyncio.run(_until_interrupted(runner))
    except (httpx.HTTPError, OSError, PrefectException) as error:
        raise IngestError(
            f"The Prefect API at {_place(api)} cannot be used ({type(error).__name__}): "
            "check PREFECT_API_URL, or unset it to have a server started here."
        ) from error


async def _until_interrupted(runner: Runner) -> None:
    """Start the runner; on an interrupt, cancel the run that is under way, so that none is left as running."""
    running = asyncio.ensure_future(runner.start())
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        with suppress(RuntimeError, TimeoutError):  # not yet started, or a run that does not heed
            await asyncio.wait_for(runner.astop(), _STOP_SECONDS)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@contextmanager
def prefect_server(port: int) -> Iterator[str]:
    """A Prefect server on this machine for as long as the block lasts; gives the address of its API.

    Raises :class:`IngestError` where the port is taken, or the server does not become healthy.
    """
    port = _free_port(port)
    url = f"http://{_HOST}:{port}/api"
    _say(f"Starting a Prefect server at http://{_HOST}:{port}; the first start takes up to half a minute.")
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", _HOST, "--port", str(port)]
    log = PREFECT_HOME.value() / "ingest-serve.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            # A session of its own: Ctrl-C in the terminal must not end it before the runs that talk to it.
            server = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
    except OSError as error:
        raise IngestError(
            f"Cannot write in {str(log.parent)!r}: {error.strerror}; set PREFECT_HOME to a folder for Prefect's data."
        ) from None
    try:
        _wait_until_healthy(server, f"{url}/health", log)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _free_port(port: int) -> int:
    """``port``, or a free one for 0. Raises :class:`IngestError` where it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            raise IngestError(
                f"Port {port} cannot be used ({error.strerror}): name another with --port, or, where a Prefect server "
                f"runs there, set PREFECT_API_URL=http://{_HOST}:{port}/api."
            ) from None
        return int(probe.getsockname()[1])


def _wait_until_healthy(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    with httpx.Client(timeout=2, trust_env=False) as client:  # a proxy has no part between this machine and itself
        while time.monotonic() < until:
            if server.poll() is not None:
                raise IngestError(
                    f"The Prefect server ended while it started (status {server.returncode}): see {str(log)!r}."
                )
            try:
                if client.get(url).is_success:
                    return
            except httpx.HTTPError:
                pass  # not there yet
            time.sleep(0.25)
    raise IngestError(f"The Prefect server was not healthy after {_START_SECONDS} seconds: see {str(log)!r}.")


def _place(url: str) -> str:
    """Scheme, host and port of an address: what else stands in it may be a password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _say(text: str) -> None:
    print(text, flush=True)
