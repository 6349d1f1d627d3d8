"""The account at the end: was every run made, is anything lost, twice or left, is the warehouse what it would be."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from kinds import of_a_day_to_come
from project import FINAL, INGEST, SOURCE, Project, feed, page

from ingest.capture.archive import Archive
from ingest.load.digest import digest
from ingest.publish import left_behind
from ingest.report.opened import opened

STATED = ("models", "claims", "scores", "prices", "benchmarks")
"""Tables that say what sources state: a content that was refused leaves nothing in them."""


@dataclass(frozen=True)
class Line:
    """One thing that must hold, whether it does, and what was counted."""

    what: str
    holds: bool
    counted: str


def of_runs(project: Project, begin: datetime, end: datetime) -> Iterator[Line]:
    """Whether every run that was due was made, or was skipped for a later one that was made."""
    named = {number: name for name, number in project.deployments().items()}
    runs = [run for run in project.runs() if run["deployment_id"] in named]
    by_deployment: dict[str, list[dict[str, Any]]] = {}
    for run in sorted(runs, key=lambda each: each["expected_start_time"]):
        by_deployment.setdefault(named[run["deployment_id"]], []).append(run)
    missing, twice, again, ticks, undone, left = 0, 0, 0, 0, [], []
    states: Counter[str] = Counter()
    for name, of_one in by_deployment.items():
        due = Counter(_moment(run) for run in of_one if run["auto_scheduled"] and begin < _moment(run) < end)
        expected = set(_ticks(begin, end, project.period, project.period // 2 if name == SOURCE else 0))
        ticks += len(expected)
        made = Counter(_moment(run) for run in of_one if run["auto_scheduled"] and _is_done(run))
        # a time without a run is none that was lost where a later run reads what it would have, also a made-up one
        last = max((_moment(run) for run in of_one if _is_done(run)), default=begin)
        missing += sum(time > last for time in expected - set(due))
        for time, count in made.items():
            # a time that came twice on the clock may be met twice: a clock that was ahead must not silence a schedule
            shown = 1 + sum(since <= time <= until for since, until in project.clock_shown_again)
            again += min(count, shown) - 1
            twice += max(count - shown, 0)
        for place, run in enumerate(of_one):
            if _moment(run) >= end:
                continue
            states[run["state_name"]] += 1
            if run["state_type"] in FINAL and not any(map(_is_done, of_one[place:])):
                undone.append(run["name"])
            if run["state_type"] in ("RUNNING", "PENDING", "CANCELLING", "PAUSED"):
                left.append(f"{run['name']} {run['state_name']}")
            if run["state_type"] == "SCHEDULED" and _moment(run) < end - timedelta(seconds=30):
                left.append(f"{run['name']} {run['state_name']}")
    said = ", ".join(f"{count} {name}" for name, count in states.most_common())
    yield Line("every time of the schedules has one run", not missing and not twice,
               f"{ticks} times, {missing} without a run, {twice} made twice, "
               f"{again} made again as the clock showed them again")  # fmt: skip
    yield Line("every run is over", not left, said + (f"; left: {left}" if left else ""))
    yield Line("what was broken off or skipped was made later", not undone, f"{len(undone)} not {undone or ''}".strip())


def of_captures(project: Project, rounds: list[int]) -> Iterator[Line]:
    """Whether the content of each round is in the archive, once."""
    records = list(Archive(project.raw).records())
    came = Counter(record.sha256 for record in records if "same_as" not in record.extra)
    lost, twice = [], []
    for number in rounds:
        for content in _contents(number):
            times = came[sha256(content).hexdigest()]
            lost += [number] if times == 0 else []
            twice += [number] if times > 1 else []
    done = subprocess.run(
        [*INGEST, "verify"], cwd=project.root, env=project.environment, capture_output=True, check=False
    )
    counted = f"{3 * len(rounds)} contents, {len(lost)} lost {lost or ''}, {len(twice)} twice {twice or ''}"
    yield Line("each content was captured once", not lost and not twice, counted)
    yield Line("`ingest verify` agrees", done.returncode == 0, done.stdout.decode().strip().splitlines()[-1])


def of_leftovers(project: Project) -> Iterator[Line]:
    """Whether a slot, a lease, a lock or a file is left; asked while nothing runs."""
    limits = project.ask("/v2/concurrency_limits/filter") or []
    slots = sum(limit["active_slots"] for limit in limits)
    leases = [path for path in project.prefect.rglob("concurrency_leases/*") if path.is_file() and _is_lease(path)]
    with project.warehouse.with_name(f".{project.warehouse.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = False
        except BlockingIOError:
            held = True
    lives = list(project.warehouse.parent.glob(".*.runs/*"))
    work = left_behind(project.warehouse)
    yield Line("no slot, lease or lock is left", not (slots or leases or held or lives),
               f"{slots} slots of {len(limits)} limits, {len(leases)} leases, {len(lives)} signs of life, "
               f"lock {'held' if held else 'free'}")  # fmt: skip
    yield Line("no half-written file is left", not work, f"{len(work)} working copies")


def of_digest(project: Project, rounds: list[int]) -> Iterator[Line]:
    """Whether the warehouse is what undisturbed runs over the same inputs make, and what a rebuild makes."""
    with opened(project.warehouse) as connection:
        whole, parts = digest(connection)
    rounds = [0, *rounds]
    good = [
        sha256(content).hexdigest() for number in rounds for content in (*_contents(number), of_a_day_to_come(number))
    ]
    same = _undisturbed(project, "all", [])
    of_good = _undisturbed(project, "good", good)
    differ = sorted(name for name in parts if same.get(name) != parts[name])
    differ_good = sorted(name for name in STATED if of_good.get(name) != parts[name])
    yield Line("digest as of undisturbed runs", not differ, whole[:16] + (f", other: {differ}" if differ else ""))
    yield Line("what is stated as of runs that met no fault", not differ_good,
               f"{', '.join(STATED)}" + (f"; other: {differ_good}" if differ_good else ""))  # fmt: skip
    done = subprocess.run(
        [*INGEST, "rebuild", "--json"], cwd=project.root, env=project.environment, capture_output=True, check=False
    )
    rebuilt = json.loads(done.stdout)["digest"] if done.returncode == 0 else done.stderr.decode()[-200:]
    yield Line("digest as of a rebuild", rebuilt == whole, rebuilt[:16])


def _undisturbed(project: Project, name: str, only: list[str]) -> dict[str, str]:
    script = Path(__file__).with_name("undisturbed.py")
    root = project.root.parent / name
    done = subprocess.run(
        [sys.executable, str(script), str(project.raw), str(root), *only],
        cwd=project.root, env=project.environment, capture_output=True, check=False, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        return {"error": done.stderr[-500:]}
    return dict(json.loads(done.stdout))


def _contents(number: int) -> tuple[bytes, bytes, bytes]:
    """What the source and the two pages say in a round."""
    return feed(number), page(number, "Sparrow 2").encode(), page(number, "Finch 2").encode()


def _ticks(begin: datetime, end: datetime, period: int, offset: int) -> Iterator[datetime]:
    moment = begin.replace(second=0, microsecond=0) + timedelta(seconds=offset)
    while moment < end:
        if moment > begin:
            yield moment
        moment += timedelta(seconds=period)


def _is_done(run: dict[str, Any]) -> bool:
    """Whether a run was made: it read what there was, and published what was well."""
    return bool(run["state_type"] == "COMPLETED" and run["state_name"] != "Skipped")


def _moment(run: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(run["expected_start_time"]).astimezone(UTC)


def _is_lease(path: Path) -> bool:
    """Whether a file is a lease that still holds; the index of them is none."""
    try:
        return datetime.fromisoformat(json.loads(path.read_text())["expiration"]) > datetime.now(UTC)
    except (KeyError, TypeError, ValueError, OSError):
        return False
