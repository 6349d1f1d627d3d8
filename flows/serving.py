"""Serving the flows: a Prefect server where none is configured, the deployments, and the runs that fall due."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from ingest_flows import alerts, healing
from ingest_flows.ingest_pages import ingest_pages
from ingest_flows.ingest_source import deployments
from ingest_flows.server import HOST, OwnServer, ServerError, TakenError
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import DeploymentStatus
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.runner import Runner
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_HOME,
    PREFECT_UI_URL,
    temporary_settings,
)
from prefect.types.entrypoint import EntrypointType

from ingest.errors import IngestError
from ingest.served import authorisation, prefect_settings

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.schemas.objects import FlowRun
    from prefect.deployments.runner import RunnerDeployment

    from ingest.settings import Settings

    Ask = Callable[[], Coroutine[Any, Any, list[FlowRun]]]

_STOP_SECONDS = 10
_WATCH_SECONDS = 2.0
"""How often the server is looked after."""

_AWAY = (httpx.HTTPError, OSError, PrefectException, RuntimeError)
"""What Prefect's client and runner raise while the API cannot be used."""

_KILLED = (
    "`ingest serve` was killed and runs again",
    "Its last process ended without a word, by a kill or with the machine. No run was under way.",
)
_SERVER_BACK = "The Prefect server ended and runs again"
_ENDED = (
    "ended by itself",
    "Its process ended by itself or was killed. Its log is `server.log` in Prefect's folder of the project.",
)
_PAUSED = (
    "was stopped while its database was gone",
    "The file of its database was away, and the server was stopped until it was back.",
)
_MADE_UP = "A run that was under way may have been broken off; it is made up."

_START, _API, _RUNS = "serve: start", "serve: api", "serve: runs"
"""Keys of the problems that `ingest serve` tells of itself."""

_CANNOT_START = "`ingest serve` cannot run"
_MAKES_NO_RUNS = "`ingest serve` makes no runs"
_TO_START = "Mend what the reason names. Where a service manager starts it, it tries again by itself."
_NO_ANSWER = "Prefect's API does not answer"
_NO_RUNS = "Runs that are due wait for it, and one of each schedule is made when it is back."
_ONLY_READS = "It answers questions, but takes nothing: its database may be locked, or its disk full."
_TO_ANSWER = "Look at the server, its database and its disk. A server that `ingest serve` brings is started again."

_ANSWER_SECONDS = 10.0
"""An API that takes longer to answer is away."""

_TELL_SECONDS = 30.0
"""An API that is away for so long is told of. A server that is started again is back by then."""

_SETTLES_SECONDS = 30.0
"""A server that was just started again has so long before its silence counts: a busy machine is no fault."""

_HANGS_SECONDS = 120.0
"""A server of our own that gives no answer for so long is ended and started again."""

_TRIES = 5
"""How often a server that ends by itself is started again before `ingest serve` gives up."""


class _ApiState(StrEnum):
    """How Prefect's API is."""

    WELL = "well"
    READS = "reads"
    AWAY = "away"


def serve(settings: Settings, parameters: dict[str, Any], server: OwnServer | None, failed: IngestError | None) -> None:
    """Run the scheduled flows until the process is interrupted. ``parameters`` are those of the main job.

    Uses the Prefect API that is configured; where none is, the ``server`` that was begun. ``failed`` says why it could
    not be begun.
    """
    _schedule_of(settings)
    try:
        if failed is not None:
            raise failed
        _serve(settings, parameters, server)
    except TakenError:  # a person started it twice; the other one serves
        raise
    except IngestError as error:
        for trouble in alerts.begin(settings, alerts.Problem(_START, _CANNOT_START, str(error), _TO_START)):
            _say(trouble)
        raise


def _serve(settings: Settings, parameters: dict[str, Any], server: OwnServer | None) -> None:
    configured = PREFECT_API_URL.value()
    if server is None or configured:
        if server is not None:  # a file of settings in the working folder says so, which only Prefect reads
            server.end()
        Service(settings, scheduled(settings, parameters), configured or "").run()
        return
    first = "" if server.has_tables() else " The first start takes up to half a minute."
    _say(f"Starting a Prefect server at http://{HOST}:{server.port}.{first} Its data lies in {str(server.folder)!r}.")
    served = scheduled(settings, parameters)
    server.wait()
    with temporary_settings({PREFECT_API_URL: server.url, PREFECT_HOME: server.folder}):
        Service(settings, served, server.url, server).run()


def scheduled(settings: Settings, parameters: dict[str, Any]) -> list[RunnerDeployment]:
    """The deployments that are served: the one of ``flows/prefect.yaml``, and one for each source switched on.

    Raises :class:`IngestError` for a schedule that is no cron.
    """
    deployment = ingest_pages.to_deployment(
        name="scheduled",
        schedule=_schedule_of(settings),
        parameters=parameters,
        tags=["ingest serve"],
        entrypoint_type=EntrypointType.MODULE_PATH,  # found from any folder
    )
    return [deployment, *deployments(raw=Path(settings.raw_place), warehouse=settings.warehouse)]


def _schedule_of(settings: Settings) -> CronSchedule:
    try:
        return CronSchedule(cron=settings.schedule, timezone="UTC")
    except ValueError:
        raise IngestError(f"{settings.schedule!r} is no cron, such as '0 6 * * *' for daily at six.") from None


class Service:
    """What ``ingest serve`` does with an API: it registers the deployments, heals what was left, and runs what is due.

    ``server`` is the server that was started for it, which it starts again when it ends by itself.
    """

    def __init__(
        self, settings: Settings, served: list[RunnerDeployment], api: str, server: OwnServer | None = None
    ) -> None:
        self._settings = settings
        self._served = served
        self._api = api
        self._server = server
        self._has_begun = False
        self._is_away = False
        self._failing_since = self._last_failure = -_HANGS_SECONDS
        self._ids: list[UUID] = []
        self._planned: list[FlowRun] = []
        self._since = datetime.now(UTC)

    def run(self) -> None:
        """Serve until the process is interrupted. Raises :class:`IngestError` where the API cannot be used at first."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        serving = asyncio.ensure_future(self._serve_on())
        keeping = asyncio.ensure_future(self._keep_server())
        try:
            done, _ = await asyncio.wait({serving, keeping}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (keeping, serving):
                task.cancel()
                with suppress(asyncio.CancelledError, IngestError):
                    await task

    async def _serve_on(self) -> None:
        """Serve, and begin again after the API was away."""
        while True:
            try:
                await self._serve()
            except _AWAY as error:
                if not self._has_begun:
                    raise IngestError(
                        f"The Prefect API at {_place(self._api)} cannot be used ({type(error).__name__}): "
                        "check PREFECT_API_URL, or unset it to have a server started here."
                    ) from error
                _say(f"Runs cannot be served now ({_why(error)}); trying again.")
                await self._tell_of_failure(_why(error))
                await asyncio.sleep(_WATCH_SECONDS)

    async def _tell_of_failure(self, why: str) -> None:
        """Tell that no run is made although the API answers, once that lasts."""
        now = time.monotonic()
        if now - self._last_failure > _TELL_SECONDS:  # the one before was another matter
            self._failing_since = now
        self._last_failure = now
        if now - self._failing_since > _TELL_SECONDS and not self._is_away:
            problem = alerts.Problem(_RUNS, _MAKES_NO_RUNS, why, _TO_START)
            await self._alert(partial(alerts.begin, self._settings, problem))

    async def _serve(self) -> None:
        """Register, heal, then run what falls due; returns when the runner has to be made anew."""
        runner = PatientRunner()
        warnings = await self._others() if not self._has_begun else []
        async with get_client() as client:
            names = [f"{each.flow_name}/{each.name}" for each in self._served]
            self._planned = await healing.planned(client, names)
        self._ids = [await runner.aadd_deployment(deployment) for deployment in self._served]
        async with get_client() as client:
            await healing.watch_heartbeats(client)
            dead = await healing.bury(client, self._settings, self._ids, alone=self._server is not None)
            for run in dead:
                _say(f"{run.name!r} was still running when its process was killed; it is marked as crashed.")
            await self._alert(partial(alerts.crashed, self._settings, dead))
            for sentence in await healing.make_up(client, self._ids):
                _say(sentence)
        if not self._has_begun:
            self._has_begun = True
            self._tell(warnings)
            await self._alert(partial(alerts.end, self._settings, _START, _API))
            if self._server is not None and self._server.was_killed and not dead:
                key = f"serve {self._server.was_killed}"
                await self._alert(partial(alerts.tell, self._settings, *_KILLED, key))
        await self._until_over(runner)

    def _tell(self, warnings: list[str]) -> None:
        for warning in warnings:
            _say(warning)
        for deployment in self._served:
            crons = ", ".join(repr(getattr(each.schedule, "cron", None)) for each in deployment.schedules or [])
            _say(f"{deployment.flow_name}/{deployment.name} runs at {crons} (UTC).")
        _say(f"Runs are shown at {_place(PREFECT_UI_URL.value() or self._api)}; Ctrl-C ends this.")

    async def _others(self) -> list[str]:
        """Warnings that somebody else runs the same deployments."""
        if self._server is not None:  # its database is this project's own
            return []
        warnings = []
        async with get_client() as client:
            for each in self._served:
                with suppress(ObjectNotFound):
                    known = await client.read_deployment_by_name(f"{each.flow_name}/{each.name}")
                    polled = known.last_polled
                    is_polled = polled is not None and datetime.now(UTC) - polled < timedelta(seconds=30)
                    if known.status == DeploymentStatus.READY and is_polled:
                        warnings.append(
                            f"Warning: {each.flow_name}/{each.name} is served by another process too (it asked for "
                            f"runs at {polled:%H:%M:%S} UTC). Each run is made by one of them, in its own folder: two "
                            "projects on one server need a server each."
                        )
        return warnings

    async def _until_over(self, runner: PatientRunner) -> None:
        """Run the runner until it has to be made anew.

        On an interrupt, cancel the run that is under way, so that none is left as running.
        """
        running = asyncio.ensure_future(runner.start())
        watching = asyncio.ensure_future(self._watch(runner))
        try:
            done, _ = await asyncio.wait({running, watching}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except asyncio.CancelledError:
            await _end(runner, running)
            raise
        finally:
            watching.cancel()
            await _end(runner, running)

    async def _watch(self, runner: PatientRunner) -> None:
        """Look for runs that crashed; returns when the runner has to be made anew, since the API was away."""
        begun, is_well = time.monotonic(), False
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if not is_well and time.monotonic() - begun > _TELL_SECONDS:
                is_well = True
                await self._alert(partial(alerts.end, self._settings, _RUNS))
                with suppress(*_AWAY):
                    await self._make_up_lost()
            if runner.was_away and runner.is_idle and runner.is_back:
                return
            if runner.is_idle:
                with suppress(*_AWAY):
                    await self._look_for_crashes()

    async def _make_up_lost(self) -> None:
        """Make up what fell due between the start and now, and was lost in it."""
        async with get_client() as client:
            for sentence in await healing.make_up_lost(client, self._planned):
                _say(sentence)

    async def _look_for_crashes(self) -> None:
        """Tell of runs that crashed meanwhile, and make them up. Tell of failed ones that could not do so."""
        async with get_client() as client:
            if not (ended := await healing.ended_badly(client, self._ids, self._since)):
                return
            dead = [run for run in ended if run.state is not None and run.state.is_crashed()]
            failed = [run for run in ended if run not in dead]
            await self._alert(partial(alerts.crashed, self._settings, dead))
            await self._alert(partial(alerts.failed_unsaid, self._settings, failed))
            self._since = max(run.state.timestamp for run in ended if run.state is not None) + timedelta(microseconds=1)
            for sentence in await healing.make_up(client, self._ids):
                _say(sentence)

    async def _alert(self, send: Callable[[], list[str]]) -> None:
        """Send alerts in a thread, since the flows send theirs outside of an event loop too."""
        for trouble in await asyncio.to_thread(send):
            _say(trouble)

    async def _keep_server(self) -> None:
        """Start the server again whenever it has ended by itself or hangs, and tell of an API that is away.

        Raises :class:`IngestError` where it cannot be started, after several tries.
        """
        own = self._server is not None
        access = {} if own else authorisation(prefect_settings(os.environ))
        async with httpx.AsyncClient(timeout=_ANSWER_SECONDS, trust_env=not own, **access) as client:
            state = _ApiState.WELL
            well_or_not = there_or_not = time.monotonic()  # since when it is well or not, and there or not
            tried = settled = 0.0
            while True:
                await asyncio.sleep(_WATCH_SECONDS)
                if self._server is not None and await self._is_started_again(self._server):
                    state = _ApiState.WELL
                    well_or_not = there_or_not = time.monotonic()
                    settled = well_or_not + _SETTLES_SECONDS
                    continue
                found = await self._state(client) if self._has_begun else _ApiState.WELL
                now = time.monotonic()
                well_or_not = well_or_not if (found == _ApiState.WELL) == (state == _ApiState.WELL) else now
                there_or_not = there_or_not if (found == _ApiState.AWAY) == (state == _ApiState.AWAY) else now
                state = found
                if now - max(well_or_not, settled) > _TELL_SECONDS and self._has_begun:
                    await self._tell_of_api(state)
                is_away = state == _ApiState.AWAY and now - max(there_or_not, tried) > _HANGS_SECONDS
                if self._server is not None and is_away:
                    _say("The Prefect server does not answer; it is ended and started again.")
                    with suppress(ServerError):  # tried again after a minute
                        await asyncio.to_thread(self._server.restart)
                    self._tell_of_damage(self._server)
                    tried = time.monotonic()

    async def _tell_of_api(self, state: _ApiState) -> None:
        """Tell that the API is away, or that it is back, once it has been so for a while: it may come and go."""
        is_away = state != _ApiState.WELL
        if is_away == self._is_away:
            return
        self._is_away = is_away
        why = f"{_ONLY_READS} {_NO_RUNS}" if state == _ApiState.READS else _NO_RUNS
        problem = alerts.Problem(_API, _NO_ANSWER, why, _TO_ANSWER)
        told = partial(alerts.begin, self._settings, problem) if is_away else partial(alerts.end, self._settings, _API)
        await self._alert(told)

    async def _state(self, client: httpx.AsyncClient) -> _ApiState:
        """How the API is: it must answer out of its database, and change it, before a run can be made."""
        try:
            if not (await client.post(f"{self._api}/flows/count", json={})).is_success:
                return _ApiState.AWAY
        except httpx.HTTPError:
            return _ApiState.AWAY
        with suppress(httpx.HTTPError):
            # the flow is there: nothing changes, and yet the database must be free for it
            if (await client.post(f"{self._api}/flows/", json={"name": healing.FLOWS[0]})).is_success:
                return _ApiState.WELL
        return _ApiState.READS

    async def _is_started_again(self, server: OwnServer) -> bool:
        """Start the server again if its process ended, or if its database is another one now.

        While the database is away, the server is too, and it is waited for. Raises :class:`IngestError`.
        """
        if server.is_running and server.has_lost_database:
            _say("The database of the Prefect server is gone; the server is stopped until it is back.")
            await asyncio.to_thread(server.pause)
        if server.is_running or server.lacks_database:
            return False
        await self._start_again(server)
        return True

    def _tell_of_damage(self, server: OwnServer) -> None:
        if server.damaged is not None:
            _say(f"The database of the Prefect server was damaged; a new one is begun, and it is kept as "
                 f"{str(server.damaged)!r}. The warehouse has no part in it.")  # fmt: skip
            server.damaged = None

    async def _start_again(self, server: OwnServer) -> None:
        why, reason = _PAUSED if server.is_paused else _ENDED
        told = partial(alerts.server_is_back, self._settings, _SERVER_BACK, f"{reason} {_MADE_UP}")
        for _ in range(_TRIES):
            _say(f"The Prefect server {why}; it is started again.")
            try:
                await asyncio.to_thread(server.start_again)
                self._tell_of_damage(server)
                await self._alert(partial(told, is_told=self._is_away))
                return
            except ServerError as error:
                said = str(error)
                await asyncio.sleep(_WATCH_SECONDS)
        raise IngestError(f"The Prefect server cannot be kept up. {said}")


class PatientRunner(Runner):
    """Prefect's runner, one run at a time since there is one writer. It waits out an API that does not answer.

    Prefect's own gives up after three failed polls. ``was_away`` says that some failed, and ``is_back`` that the last
    one did not: what else the runner does (it hears of cancellations) may not have survived, so it is made anew then.
    """

    def __init__(self) -> None:
        super().__init__(limit=1, pause_on_shutdown=False)  # others may serve the same schedules
        # Prefect's own is one for all users of the machine: who came first would keep the others from making any run
        self._tmp_dir = Path(tempfile.mkdtemp(prefix="ingest-serve-"))
        self.was_away = False
        self.is_back = True
        self._skipping: asyncio.Future[None] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no run is under way, nor about to be: one that is submitted must not be skipped for the next one."""
        poller = getattr(self, "_scheduled_run_poller", None)  # there once it has started
        return not self._process_manager.flow_run_ids() and not (poller and poller._submitting_flow_run_ids)

    def handle_sigterm(self, *_: object) -> None:
        """End as by Ctrl-C. Prefect's own calls a coroutine and does not await it."""
        signal.raise_signal(signal.SIGINT)

    async def __aenter__(self) -> PatientRunner:
        await super().__aenter__()
        poller = self._scheduled_run_poller
        poller._get_and_submit_flow_runs = self._patiently(poller._get_and_submit_flow_runs)  # type: ignore[method-assign]
        poller._get_scheduled_flow_runs = self._only_newest(poller._get_scheduled_flow_runs)  # type: ignore[method-assign]
        proposer = self._state_proposer
        proposer.propose_crashed = self._unless_stopping(proposer.propose_crashed)  # type: ignore[method-assign]
        return self

    def _unless_stopping(self, propose: Callable[..., Any]) -> Callable[..., Any]:
        """``propose`` a crash, but not of a run that the runner itself ends as it stops: that one is cancelled, and
        Prefect's own says now the one and now the other first."""

        async def proposed(*arguments: Any, **named: Any) -> Any:
            return None if self.stopping else await propose(*arguments, **named)

        return proposed

    def _patiently(self, poll: Callable[..., Any]) -> Callable[..., Any]:
        """``poll``, told once where it cannot reach the API."""

        async def patient(*arguments: Any, **named: Any) -> None:
            try:
                await poll(*arguments, **named)
                self.is_back = True
            except (httpx.HTTPError, OSError, PrefectException) as error:
                if self.is_back:
                    _say(f"The Prefect API does not answer ({type(error).__name__}); runs that are due wait for it.")
                self.was_away, self.is_back = True, False

        return patient

    def _only_newest(self, ask: Ask) -> Ask:
        """``ask``, less the runs that a later one of the same deployment makes up: the one whose turn it is, and none
        while a run is under way, since the runner says at each poll how many others have no room."""

        async def asked() -> list[FlowRun]:
            runs = await ask()
            if not self.is_idle:
                return []
            left: list[FlowRun]
            left, needless = healing.only_newest(runs)
            if self._skipping is None or self._skipping.done():
                self._skipping = asyncio.ensure_future(self._skip(needless))
            return left[:1]

        return asked

    async def _skip(self, needless: list[FlowRun]) -> None:
        """Skip runs while another is made: each costs the server two changes, and a slow one seconds for each."""
        with suppress(*_AWAY):  # tried again by the next poll that finds no run under way
            await healing.skip(self._client, needless, None)


async def _end(runner: PatientRunner, running: asyncio.Future[None]) -> None:
    """Stop the runner, and the run that is under way with it."""
    if running.done():
        with suppress(Exception):
            running.result()
        return
    with suppress(RuntimeError, TimeoutError, httpx.HTTPError):  # not yet started, or a run that does not heed
        await asyncio.wait_for(runner.astop(), _STOP_SECONDS)
    for _ in range(_TRIES):  # a runner that is just starting may lose the first one
        running.cancel()
        await asyncio.wait({running}, timeout=_WATCH_SECONDS)
        if running.done():
            break
    else:
        return
    with suppress(asyncio.CancelledError, Exception):
        running.result()


def _why(error: BaseException) -> str:
    """What an error says, for a person; what an HTTP client says may hold a password."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.strerror}: {str(error.filename)!r}"
    return type(error).__name__


def _place(url: str) -> str:
    """Scheme, host and port of an address: what else stands in it may be a password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _say(text: str) -> None:
    print(text, flush=True)
