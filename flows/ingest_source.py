"""One flow for every source, made from its settings: fetch what it lists, read it, see that it is fresh."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest_flows.ingest_pages import ingest_pages
from ingest_flows.scrape_pages import scrape_pages
from prefect import flow, get_run_logger, runtime
from prefect.artifacts import create_table_artifact
from prefect.types.entrypoint import EntrypointType

from ingest.errors import IngestError
from ingest.report.sources import states
from ingest.settings import load_settings
from ingest.sources import Source, must_exist, switched_on

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment


def flow_run_name() -> str:
    """Which source is read and when it was due: ``models-dev 2026-11-22T06:20`` (UTC)."""
    due = runtime.flow_run.scheduled_start_time or datetime.now(UTC)
    return f"{runtime.flow_run.parameters.get('source')} {due.astimezone(UTC):%Y-%m-%dT%H:%M}"


@flow(name="ingest-source", flow_run_name=flow_run_name, persist_result=False)
def ingest_source(
    source: str,
    paths: list[str] | None = None,
    raw: Path | None = None,
    warehouse: Path | None = None,
) -> dict[str, Any]:
    """Read a source into the warehouse: the files in ``paths``, or without any what its ``find`` settings list.

    The floors of its settings decide whether the load is published. After fetching, its last capture must be
    younger than its ``freshness_days``. Gives the state of the source as plain data. Raises
    :class:`ingest.IngestError` where it cannot be read, fell below a floor, or is stale.
    """
    known = known_source(source)
    log = get_run_logger()
    if paths:
        ingest_pages(paths=paths, source=source, raw=raw, warehouse=warehouse)
    elif known.settings.get("find"):
        scrape_pages(source=source, raw=raw, warehouse=warehouse)
    else:
        raise IngestError(f"The source {source!r} does not say where its pages are: name files, or add `find` to it.")
    settings = load_settings(raw=raw, warehouse=warehouse)
    [state] = [row for row in states(settings.warehouse) if row["source"] == source]
    create_table_artifact([state], key=f"source-{source}", description=f"State of `{source}` after the run")
    log.info("%s: %s", source, ", ".join(f"{name} {value}" for name, value in state.items() if name != "source"))
    if not paths and state["freshness"] != "fresh":
        raise IngestError(
            f"The source {source!r} is {state['freshness']}: its last capture is of "
            f"{state['last capture'] or 'no day'}, and it may be {known.settings.get('freshness_days')} days old."
        )
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


def known_source(name: str) -> Source:
    """The source of that name. Raises :class:`IngestError` where there is none."""
    return must_exist(name)
