"""What heals by itself: runs whose process is gone, runs that were missed, runs that pile up.

Every change is made through Prefect's API, so it is seen in its UI. A run that is skipped or buried says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.context import FlowRunContext
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.states import Cancelled, Crashed, Scheduled

from ingest.flow_record import KILLED
from ingest.lives import forget, is_alive

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient

    from ingest.settings import Settings

FLOWS = ("ingest-pages", "ingest-source", "scrape-pages")
"""The names of the flows of this project."""

SKIPPED = "Skipped"
"""The name of the state of a run that was due and that a later one makes up."""

MADE_UP = "made up"
"""The tag of a run that takes the place of one that was missed or broken off."""

STOPPED = "Runner is shutting down."
"""What Prefect's runner says of a run that it cancels because it ends itself."""

_ZOMBIES = "ingest: a run without a heartbeat is crashed"
_HEARTBEATS = ("prefect.flow-run.heartbeat",)
_ENDS = tuple(
    f"prefect.flow-run.{state}"
    for state in ("Completed", "Held back", "Failed", "TimedOut", "Cancelling", "Cancelled", SKIPPED, "Crashed")
)
_WITHOUT_HEARTBEAT = timedelta(seconds=90)
"""Three heartbeats, as Prefect's documentation advises (https://docs.prefect.io/v3/advanced/detect-zombie-flows)."""

_REGISTERING = timedelta(minutes=10)
"""Registering deployments and planning their runs is over by then."""

_STANDS_FOR_OTHERS = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.COMPLETED]
"""States of a later run that makes an earlier one needless: it will be made, or is, or was."""

_UNDER_WAY = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]


async def bury(client: PrefectClient, settings: Settings, deployments: Iterable[UUID], *, alone: bool) -> list[FlowRun]:
    """Set the runs whose process is gone to crashed, and give them; that frees their slots too.

    ``alone``: nobody else runs these deployments, so a run that no process holds is dead. Otherwise only a run that
    began on this machine is judged; Prefect's automation finds the others (:func:`watch_heartbeats`).
    """
    dead = []
    for run in await _runs(client, deployments, _UNDER_WAY):
        lives = is_alive(settings.warehouse, str(run.id))
        if lives or (lives is None and not alone) or run.parent_task_run_id is not None:
            continue
        state: State[Any] = Crashed(message=KILLED)
        await client.set_flow_run_state(run.id, state, force=True)
        run.state = state
        forget(settings.warehouse, str(run.id))
        dead.append(run)
    return dead


async def make_up(client: PrefectClient, deployments: Iterable[UUID], now: datetime | None = None) -> list[str]:
    """Leave one run to be made for each deployment that missed some, and give what was done, in sentences.

    Of the runs that were due while nobody ran them, the newest stays. Where none was due but the last one was broken
    off, by a crash or by the end of ``ingest serve``, one is made up.
    """
    now = now or datetime.now(UTC)
    said = []
    for deployment_id in deployments:
        due = [run for run in await _runs(client, [deployment_id], [StateType.SCHEDULED], before=now) if _due(run, now)]
        kept, skipped = newest(due)
        await skip(client, skipped, kept)
        if skipped:
            said.append(f"{len(due)} runs were missed and one of them is made up: the one due at {_at(kept)}.")
        if kept is not None:
            continue
        last = await _last(client, deployment_id, now)
        if last is None or not _was_broken_off(last):
            continue
        await _make_up(client, last, now, f"{last.name!r} was broken off")
        said.append(f"{last.name!r} was broken off, and is made up.")
    return said


async def _make_up(client: PrefectClient, run: FlowRun, now: datetime, why: str) -> None:
    """Have the deployment of a run make another one in its place, once."""
    await client.create_flow_run_from_deployment(
        cast(UUID, run.deployment_id),
        parameters=run.parameters,
        state=Scheduled(scheduled_time=now, message=f"Made up: {why}."),
        tags=[MADE_UP],
        idempotency_key=f"made up {run.id}",
    )


async def planned(client: PrefectClient, names: Iterable[str], now: datetime | None = None) -> list[FlowRun]:
    """The runs of deployments, by ``flow/deployment``, that fall due in the next minutes. To be asked before these are
    registered: Prefect deletes the runs then, and plans again from some seconds later on."""
    now = now or datetime.now(UTC)
    found: list[FlowRun] = []
    for name in names:
        with suppress(ObjectNotFound):
            known = await client.read_deployment_by_name(name)
            found += await _runs(client, [known.id], [StateType.SCHEDULED], before=now + _REGISTERING)
    return [run for run in found if run.auto_scheduled and not _due(run, now)]


async def make_up_lost(client: PrefectClient, before: Iterable[FlowRun], now: datetime | None = None) -> list[str]:
    """Make the run that fell due while its deployment was registered, and give that in sentences. ``before`` is what
    :func:`planned` gave."""
    now = now or datetime.now(UTC)
    lost: dict[UUID, FlowRun] = {}
    for run in sorted((each for each in before if _due(each, now)), key=_due_at):
        lost[cast(UUID, run.deployment_id)] = run
    said = []
    for deployment_id, run in lost.items():
        runs = await _runs(client, [deployment_id], list(StateType), before=now + timedelta(seconds=1))
        if any(_due_at(each) >= _due_at(run) for each in runs):
            continue
        await _make_up(client, run, now, f"the run due at {_at(run)} was lost")
        said.append(f"The run due at {_at(run)} was lost while the schedules were registered, and is made up.")
    return said


def newest(due: Sequence[FlowRun]) -> tuple[FlowRun | None, list[FlowRun]]:
    """Of the runs of one deployment that are due, the one to make and those to skip."""
    ordered = sorted(due, key=_due_at)
    return (ordered[-1], ordered[:-1]) if ordered else (None, [])


async def skip(client: PrefectClient, runs: Iterable[FlowRun], kept: FlowRun | None) -> None:
    """Cancel runs that were due, since ``kept`` (None: a later one) reads all that they would have read."""
    for run in runs:
        await client.set_flow_run_state(run.id, _skipped_for(kept), force=True)
        await client.update_flow_run(run.id, name=_named(run))


def _named(run: FlowRun) -> str:
    """The name of a run that its flow gave none: what it was to read, and when."""
    return f"{run.parameters.get('source') or 'ingest'} {_due_at(run).astimezone(UTC):%Y-%m-%dT%H:%M}"


def _skipped_for(kept: FlowRun | None) -> State[Any]:
    later = f"the run due at {_at(kept)}" if kept is not None else "a later run"
    message = f"Skipped: {later} reads what this one would have."
    state: State[Any] = Cancelled(name=SKIPPED, message=message)
    return state


def only_newest(runs: Sequence[FlowRun], now: datetime | None = None) -> tuple[list[FlowRun], list[FlowRun]]:
    """The runs to submit, in their turn, and those to skip then: of several of one deployment that are due, the newest
    alone is made.

    Runs that a person asked for, and those that are due in the next seconds, stay.
    """
    left, needless = [], []
    for pile in piles(runs, now or datetime.now(UTC)):
        kept, skipped = newest(pile)
        left += [kept] if kept is not None else []
        needless += skipped
    return left, needless


def piles(runs: Iterable[FlowRun], now: datetime) -> list[list[FlowRun]]:
    """The runs by deployment; the deployment that has waited longest comes first, so that each has its turn where runs
    take longer than the time between them. A run that a person asked for, or that is not due yet, stands alone."""
    found: dict[UUID | None, list[FlowRun]] = {}
    for run in runs:
        is_piled = run.deployment_id is not None and run.auto_scheduled and _due(run, now)
        found.setdefault(run.deployment_id if is_piled else run.id, []).append(run)
    return sorted(found.values(), key=lambda pile: min(map(_due_at, pile)))


def superseded() -> str | None:
    """Why the run of this process need not be made, in a sentence; None where it has to be.

    A worker takes every run that was missed. When it took this one, a later one of the same deployment may have been
    due as well, and that one reads what this one would have. All others that are due then are skipped too, since each
    would wait for its turn first. What a person asked for is made.
    """
    context = FlowRunContext.get()
    run = context.flow_run if context is not None else None
    # `ingest serve`, which has no work pool, leaves out such runs itself
    if run is None or run.work_pool_name is None or not run.auto_scheduled:
        return None
    with suppress(httpx.HTTPError, PrefectException), get_client(sync_client=True) as client:
        taken = max((s.timestamp for s in client.read_flow_run_states(run.id) if s.is_pending()), default=None)
        if taken is None:
            return None
        due = client.read_flow_runs(
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[cast(UUID, run.deployment_id)])),
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_STANDS_FOR_OTHERS)),
                expected_start_time=FlowRunFilterExpectedStartTime(before_=cast(Any, taken)),
            ),
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            limit=200,
        )
        kept = next((each for each in due if each.auto_scheduled and each.state_name != SKIPPED), run)
        for each in due:
            if each.auto_scheduled and each.id not in (kept.id, run.id) and each.state and each.state.is_scheduled():
                client.set_flow_run_state(each.id, _skipped_for(kept), force=True)
                client.update_flow_run(each.id, name=_named(each))
        return _skipped_for(kept).message if kept.id != run.id else None
    return None


async def watch_heartbeats(client: PrefectClient) -> None:
    """Have the server crash a run of these flows that sends no heartbeat any more, by an automation made once."""
    if await client.read_automations_by_name(_ZOMBIES):
        return
    await client.create_automation(zombies())


def zombies() -> AutomationCore:
    """The automation that sets a run of these flows to crashed once three heartbeats are missing."""
    return AutomationCore(
        name=_ZOMBIES,
        description="A run of ingest whose process is gone, on whatever machine, does not stay running for ever.",
        trigger=EventTrigger(
            after=set(_HEARTBEATS),
            expect={*_HEARTBEATS, *_ENDS},
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            match_related=ResourceSpecification(
                {"prefect.resource.role": "flow", "prefect.resource.name": list(FLOWS)}
            ),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=_WITHOUT_HEARTBEAT,
        ),
        actions=[
            ChangeFlowRunState(
                name="Crashed",
                state=StateType.CRASHED,
                message="No heartbeat came for 90 seconds: its process is gone.",
                force=False,
            )
        ],
    )


async def _runs(
    client: PrefectClient, deployments: Iterable[UUID], types: list[StateType], before: datetime | None = None
) -> list[FlowRun]:
    """The flow runs of deployments in a state of these types."""
    ids = list(deployments)
    if not ids:
        return []
    expected = FlowRunFilterExpectedStartTime(before_=cast(Any, before)) if before else None
    return await client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=ids)),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=types)), expected_start_time=expected
        ),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=200,
    )


async def _last(client: PrefectClient, deployment_id: UUID, now: datetime) -> FlowRun | None:
    """The run of a deployment that was due last and has begun, those that were skipped left out."""
    begun = [*_UNDER_WAY, StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED]
    runs = await _runs(client, [deployment_id], begun, before=now)
    return next((run for run in runs if run.state is not None and run.state.name != SKIPPED), None)


async def ended_badly(client: PrefectClient, deployments: Iterable[UUID], since: datetime) -> list[FlowRun]:
    """The runs of deployments that crashed or failed after a time, whoever noticed it."""
    runs = await _runs(client, deployments, [StateType.CRASHED, StateType.FAILED])
    return [run for run in runs if run.state is not None and run.state.timestamp >= since]


def _was_broken_off(run: FlowRun) -> bool:
    """Whether a run has to be made up. One that was made up and crashes too is left: it may be what kills it."""
    state = run.state
    if state is None:
        return False
    is_new_crash = state.is_crashed() and MADE_UP not in run.tags
    return is_new_crash or (state.is_cancelled() and state.message == STOPPED)


def _due(run: FlowRun, now: datetime) -> bool:
    return _due_at(run) <= now


def _due_at(run: FlowRun) -> datetime:
    return run.next_scheduled_start_time or run.expected_start_time or datetime.max.replace(tzinfo=UTC)


def _at(run: FlowRun | None) -> str:
    return f"{_due_at(run).astimezone(UTC):%Y-%m-%d %H:%M} UTC" if run else "the next time"


async def main() -> None:
    """Make the automation at the server that is configured, for workers without `ingest serve`."""
    async with get_client() as client:
        await watch_heartbeats(client)


if __name__ == "__main__":
    asyncio.run(main())
