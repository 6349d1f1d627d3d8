"""How a project stands, for an operator and for a probe: last run, sources, what is held back, disk, lock, server."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from ingest.errors import IngestError
from ingest.load.statements import rows_by_name
from ingest.problems import open_problems
from ingest.publish import beside
from ingest.report.opened import opened
from ingest.report.sources import states
from ingest.served import authorisation, folder_of, prefect_home, prefect_settings, read_record
from ingest.settings import Settings
from ingest.sources import switched_on

_COPIES = 3
"""A run needs room for a copy of the warehouse beside it, and for its log; the third is for what it adds."""

_LEAST_FREE = 1 << 30

_LAST = """SELECT run_id, status, finished_at, captures_read, captures_unchanged, captures_rejected, rows_written,
    rows_quarantined, error FROM runs ORDER BY rowid DESC LIMIT 1"""


@dataclass(slots=True)
class Status:
    """How a project stands. ``wrong`` says in a sentence each what an operator should look at; empty where all is well.
    ``notes`` says what may be as it is meant to be: a source that grows old because it is not switched on.

    ``last_run`` is the row of ``runs``, with ``hours_ago``. ``held_back`` is what flows found and is not well yet.
    ``disk`` is in bytes. ``lock`` names who writes now. ``server`` has the address of the Prefect server and whether it
    answers; None where none is set up.
    """

    last_run: dict[str, Any] | None = None
    sources: list[dict[str, Any]] = field(default_factory=list)
    held_back: list[dict[str, str]] = field(default_factory=list)
    disk: dict[str, int] = field(default_factory=dict)
    lock: str | None = None
    server: dict[str, Any] | None = None
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The status as plain data, for JSON."""
        return asdict(self)


def status(settings: Settings, now: datetime | None = None, max_age: timedelta | None = None) -> Status:
    """How the project stands. A last run that is older than ``max_age`` is wrong too."""
    now = now or datetime.now(UTC)
    found = Status()
    _last_run(settings, found, now, max_age)
    _sources(settings, found, now)
    _held_back(settings, found)
    _disk(settings, found)
    found.lock = _holder(settings.warehouse)
    _server(settings, found)
    return found


def _last_run(settings: Settings, found: Status, now: datetime, max_age: timedelta | None) -> None:
    if not settings.warehouse.exists():
        found.wrong.append(f"There is no warehouse {str(settings.warehouse)!r}: nothing was published yet.")
        return
    try:
        with opened(settings.warehouse) as connection:
            rows = rows_by_name(connection.execute(_LAST))
    except IngestError as error:
        found.wrong.append(str(error))
        return
    if not rows:
        found.wrong.append("No run was recorded.")
        return
    (last,) = rows
    ended = last["finished_at"].replace(tzinfo=UTC)
    last |= {"finished_at": f"{ended:%Y-%m-%dT%H:%M:%SZ}", "hours_ago": round((now - ended).total_seconds() / 3600, 1)}
    found.last_run = last
    if last["status"] == "failed":
        found.wrong.append(f"The last run failed: {last['error']}")
    if max_age is not None and now - ended > max_age:
        hours = max_age.total_seconds() / 3600
        found.wrong.append(f"The last run ended {last['hours_ago']} hours ago, more than {hours:g} hours.")


def _sources(settings: Settings, found: Status, now: datetime) -> None:
    if found.last_run is None:
        return
    scheduled = switched_on(settings.sources)
    kept = ("source", "state", "last capture", "freshness", "models", "rows")
    for row in states(settings.warehouse, now):
        is_used = row["captures"] or row["rejected"]
        if not is_used and row["source"] not in scheduled:
            continue
        found.sources.append({name.replace(" ", "_"): row[name] for name in kept})
        if row["freshness"] == "never" and row["source"] in scheduled:
            found.notes.append(f"The source {row['source']} is switched on, and nothing of it has come yet.")
        if row["freshness"] != "stale":
            continue
        told = f"The source {row['source']} is stale: its last capture is of {row['last capture']}"
        if row["source"] in scheduled:
            found.wrong.append(f"{told}.")
        else:
            found.notes.append(f"{told}, and nothing fetches it, since it is not switched on (the setting `sources`).")


def _held_back(settings: Settings, found: Status) -> None:
    for key, each in open_problems(settings.warehouse).items():
        said = {name: str(each.get(name, "")) for name in ("title", "since", "reason")}
        found.held_back.append({"what": key} | said)
        found.wrong.append(f"{said['title']} (since {said['since']}): {said['reason']}")


def _disk(settings: Settings, found: Status) -> None:
    warehouse = settings.warehouse.stat().st_size if settings.warehouse.exists() else 0
    free = {name: shutil.disk_usage(_there(path)).free for name, path in _places(settings).items()}
    found.disk = {"warehouse_bytes": warehouse, **{f"{name}_free_bytes": bytes_ for name, bytes_ in free.items()}}
    needed = max(_COPIES * warehouse, _LEAST_FREE)
    for name, bytes_ in free.items():
        if bytes_ < needed:
            found.wrong.append(
                f"The disk of the {name} folder has {bytes_ / 1e9:.1f} GB free; a run needs {needed / 1e9:.1f} GB."
            )


def _places(settings: Settings) -> dict[str, Path]:
    return {"warehouse": settings.warehouse.parent, "raw": settings.raw}


def _there(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    path = Path(os.path.realpath(path))
    return next(each for each in (path, *path.parents) if each.exists())


def _holder(warehouse: Path) -> str | None:
    """Who writes the warehouse now, None where nobody does."""
    path = beside(warehouse, "lock")
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return path.read_text("utf-8", errors="replace").strip() or "another process"
    except OSError:
        return None
    return None


def _server(settings: Settings, found: Status) -> None:
    """Ask the server that is configured, or the one that `ingest serve` started for the project."""
    said = prefect_settings(os.environ)
    configured = said.get("PREFECT_API_URL", "").strip().rstrip("/")
    folder = folder_of(prefect_home(os.environ), settings.warehouse)
    record = read_record(folder)
    if not configured and not record:
        if folder.exists():
            found.wrong.append(
                f"`ingest serve` does not run: no scheduled run is made. If that is meant so, remove {folder}."
            )
        return
    url = configured or f"http://127.0.0.1:{record['port']}/api"
    shown = url.rpartition("@")[2]
    with httpx.Client(timeout=5, trust_env=bool(configured), **(authorisation(said) if configured else {})) as client:
        refused = _refusal(client, url)
    found.server = {"api": shown, "answers": refused is None}
    if refused is not None:
        found.wrong.append(f"The Prefect server at {shown} {refused}: no scheduled run is made.")


def _refusal(client: httpx.Client, url: str) -> str | None:
    """Why a Prefect server is of no use now, None where it answers out of its database.

    One on SQLite that is busy answers 503 for a moment, so it is asked again.
    """
    said = None
    for seconds in (0.3, 1, 0):
        try:
            answer = client.post(f"{url}/flows/count", json={})
        except (httpx.HTTPError, httpx.InvalidURL):
            return "does not answer"
        if answer.is_success:
            return None
        said = f"answers {answer.status_code}"
        time.sleep(seconds)
    return said
