"""One flow for every source, made from its settings: fetch what it lists, read it, see that it is fresh."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest_flows.alerts import Report
from ingest_flows.frame import OPTIONS, due, end, leave_table, watched
from ingest_flows.ingest_pages import leave_outcome, read_files
from ingest_flows.scrape_pages import fetch_and_read
from prefect import flow, get_run_logger, runtime
from prefect.client.schemas.objects import State
from prefect.types.entrypoint import EntrypointType

from ingest.capture.fetch import Options
from ingest.errors import IngestError
from ingest.report.sources import states
from ingest.settings import Settings, load_settings
from ingest.sources import Source, must_exist, switched_on

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment


def flow_run_name() -> str:
    """Which source is read and when it was due: ``models-dev 2026-11-22T06:20`` (UTC)."""
    given = runtime.flow_run.parameters
    files = f" from {' '.join(given['paths'][:1])}" if given.get("paths") else ""
    return f"{given.get('source')}{files} {due()}"


@flow(name="ingest-source", flow_run_name=flow_run_name, **OPTIONS)
def ingest_source(
    source: str,
    paths: list[str] | None = None,
    accept: bool = False,
    raw: Path | None = None,
    warehouse: Path | None = None,
) -> State[dict[str, Any]]:
    """Fetch what a source lists, read it into the warehouse, and see that it is fresh.

    The floors of its settings decide whether it is published. The state of the run says how it came out: Completed,
    Held back (the message says why), or Failed (nothing was published). It also fails where the last capture of the
    source is older than its freshness_days.

    Args:
        source: The name of the source. `ingest source list` names all.
        paths: Files to read in the place of what the source lists.
        accept: Publish although the source states far less than before, or its file looks cut off.
        raw: Folder of raw input. Without it, the setting of the project.
        warehouse: The DuckDB file to publish. Without it, the setting of the project.
    """
    settings = load_settings(raw=raw, warehouse=warehouse)

    def work(report: Report) -> State[dict[str, Any]]:
        known = must_exist(source)
        if paths:
            summary = read_files(settings, [Path(path) for path in paths], source, accept=accept)
            leave_outcome(settings, summary)
        elif known.settings.get("find"):
            _, summary = fetch_and_read(settings, [], source, Options(), accept=accept)
        else:
            raise IngestError(f"The source {source!r} does not say where its pages are: name files, or add `find`.")
        report.came_out(summary)
        state = state_of(settings, source)
        if not paths and state["freshness"] != "fresh" and not summary.held_back:
            message = (
                f"The source {source!r} is {state['freshness']}: its last capture is of "
                f"{state['last capture'] or 'no day'}, and it may be {known.settings.get('freshness_days')} days old."
            )
            report.stale(message)
            raise IngestError(message)
        over: State[dict[str, Any]] = end(summary, state)
        return over

    final: State[dict[str, Any]] = watched(settings, source, work)
    return final


def state_of(settings: Settings, source: str) -> dict[str, Any]:
    """How a source stands in the warehouse, left as an artifact too."""
    [state] = [row for row in states(settings.warehouse) if row["source"] == source]
    leave_table([state], f"source-{source}", f"State of `{source}` after the run")
    said = ", ".join(f"{name} {value}" for name, value in state.items() if name != "source")
    get_run_logger().info("%s: %s", source, said)
    return state


def deployments(
    of: Mapping[str, Source] | None = None, raw: Path | None = None, warehouse: Path | None = None
) -> list[RunnerDeployment]:
    """A deployment for each source, on its own schedule (UTC); without ``of``, for :func:`scheduled_sources`."""
    surroundings = {k: v for k, v in {"raw": raw, "warehouse": warehouse}.items() if v is not None}
    made: list[RunnerDeployment] = []
    for name, each in (scheduled_sources() if of is None else of).items():
        deployment = ingest_source.to_deployment(
            name=name,
            cron=each.settings["schedule"],
            parameters={"source": name, **surroundings},
            tags=["source"],
            description=str(each.settings.get("what", "")),
            concurrency_limit=1,
            entrypoint_type=EntrypointType.MODULE_PATH,  # found from any folder
        )
        made.append(deployment)  # type: ignore[arg-type]  # outside of an event loop it is no coroutine
    return made


def scheduled_sources() -> dict[str, Source]:
    """The sources that run by themselves: switched on, with pages to find and a schedule."""
    on = switched_on(load_settings().sources)
    return {name: each for name, each in on.items() if each.settings.get("schedule")}
