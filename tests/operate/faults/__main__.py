"""``python tests/operate/faults``: a project with scheduled runs is broken in some thirty ways, and counted afterwards.

Needs nothing but this machine, and takes 15 to 30 minutes. Faults that cannot be made here are listed with the reason.
Ends with 0 where all holds. ``--seed`` decides the order of the faults, ``--only`` takes those with a text in their
name, ``--keep`` leaves the folder behind, ``--postgres`` gives Prefect another database. After Ctrl-C it draws up the
account of what it has done.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from account import Line, of_captures, of_digest, of_leftovers, of_runs
from ingest_flows.server import OwnServer
from kinds import ALL, ON_POSTGRES, ON_SQLITE, Fault, can_mount
from postgres import Postgres
from postgres import why_not as no_postgres
from project import Hook, NothingCameError, Project, Server, wait_for

RUNS = 60
"""So many scheduled runs are made at least."""

TOLD, WELL = "[ingest] ", "[ingest] Well again: "


@dataclass
class Met:
    """How one fault went."""

    fault: Fault
    seconds: float = 0
    states: str = ""
    alerts: list[str] = field(default_factory=list)
    wells: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def plan(faults: list[Fault], chance: random.Random) -> list[list[Fault]]:
    """Rounds of faults in random order: a fault of the source and one of files are met by the same round."""
    chance.shuffle(faults)
    source, files = ([each for each in faults if each.where == where] for where in ("source", "files"))
    longest = max(len(source), len(files))
    rounds = [[*source[n : n + 1], *files[n : n + 1]] for n in range(longest)]
    rounds += [[each] for each in faults if each.where not in ("source", "files")]
    chance.shuffle(rounds)
    return rounds


def meet(project: Project, number: int, faults: list[Fault]) -> list[Met]:
    """One round: break, let runs meet it, mend, let runs take it up; then count the alerts."""
    met = [Met(fault) for fault in faults]
    began = time.monotonic()
    are_inputs = faults[0].where in ("source", "files")
    try:
        project.give(number)
        for fault in faults:
            fault.act(project, number)
        if are_inputs:
            states = project.wait_for_runs()
            _see_others(project, number, met)
            met[0].states = " / ".join(states)
        for fault in faults:
            fault.mend(project, number)
        project.give(number)
        states = project.wait_for_runs()
        met[0].states += f" then {' / '.join(states)}"
        wait_for(lambda: all(_price(number) == each for each in project.published().values()), 120, "the new prices")
    except (NothingCameError, OSError, AssertionError, StopIteration) as error:
        met[0].wrong.append(f"{type(error).__name__}: {error}")
        _recover(project, faults, number)
    _take_alerts(project, met)
    for each in met:
        each.seconds = time.monotonic() - began
    return met


def _see_others(project: Project, number: int, met: list[Met]) -> None:
    """What no fault touches is published all the same."""
    published = project.published()
    broken = {each.fault.where for each in met}
    for name, where in (("finch-2", "none"), ("heron-1", "source"), ("sparrow-2", "files")):
        is_broken = where in broken and not (where == "files" and all(m.fault.alert != "sparrow" for m in met))
        if not is_broken and published.get(name) != _price(number):
            met[0].wrong.append(f"{name} was held back by a fault of another input")
        if is_broken and published.get(name) != _price(number - 1):
            met[0].wrong.append(f"{name} says {published.get(name)} while its input is broken")


def _take_alerts(project: Project, met: list[Met]) -> None:
    """Give each message to its fault; each that belongs to none is wrong."""
    expected = sum((each.fault.alert != "") + each.fault.ends for each in met)
    with suppress(NothingCameError):
        wait_for(lambda: len(project.hook.messages) >= expected, 120, f"{expected} messages")
    time.sleep(2)  # one too many would follow at once
    for message in project.hook.taken():
        subject = message["subject"]
        whole = subject + message["text"]
        if subject.startswith(WELL):
            told = subject.replace(WELL, TOLD)
            of = next((each for each in met if told in each.alerts), None)
        else:
            of = next((each for each in met if each.fault.is_told_by(whole)), None)
        if of is None:
            met[0].wrong.append(f"message of no fault: {subject}")
        else:
            (of.wells if subject.startswith(WELL) else of.alerts).append(subject)
    for each in met:
        if len(each.alerts) != (each.fault.alert != ""):
            each.wrong.append(f"{len(each.alerts)} alerts: {each.alerts}")
        if len(each.wells) != each.fault.wells(each.alerts):
            each.wrong.append(f"{len(each.wells)} messages that it is well: {each.wells}")


def _recover(project: Project, faults: list[Fault], number: int) -> None:
    """After something did not come: mend by hand, so that the next faults can be met."""
    for fault in faults:
        with suppress(OSError):
            fault.mend(project, number)
    project.give(number)
    project.clock = {}
    try:
        if project.process is None or project.process.poll() is not None:
            project.start()
        project.wait_for_runs()
    except NothingCameError as error:
        print(f"         it does not recover: {error}", flush=True)


def _price(number: int) -> float:
    return round(1 + number / 100, 2)


def run(faults: list[Fault], given: argparse.Namespace, folder: Path) -> tuple[list[Met], list[Line]]:
    """Meet all faults, then draw up the account."""
    met: list[Met] = []
    rounds = plan(faults, random.Random(given.seed))
    database = Postgres("prefect") if given.postgres else nullcontext()
    with Server() as web, Hook() as hook, database as postgres:
        project = Project(folder / "project", given.period, web, hook, postgres=postgres)
        try:
            project.root.mkdir()
            if can_mount() is None:
                subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "none", str(project.root)], check=True)
            project.set_up()
            project.start()
            begin = datetime.now(UTC)
            project.wait_for_runs()
            hook.taken()
            numbers: list[int] = []
            least = 0 if given.only else RUNS
            with suppress(KeyboardInterrupt):  # what was met until then is counted
                for number, of_round in enumerate(rounds, 1):
                    numbers.append(number)
                    done = meet(project, number, of_round)
                    met += done
                    for each in done:
                        _show(each)
                while _made(project) < least:
                    project.wait_for_runs()
            lines = list(_account(project, numbers, begin, least))
        finally:
            if project.process is not None and project.process.poll() is None:
                project.stop()
            if can_mount() is None:  # what the disk held is looked at later
                shutil.copytree(project.root, folder / "kept", symlinks=True, dirs_exist_ok=True)
                subprocess.run(["umount", "-l", str(project.root)], capture_output=True, check=False)
    return met, lines


def _made(project: Project) -> int:
    return sum(1 for _ in project.made(datetime.fromtimestamp(0, UTC)))


def _account(project: Project, numbers: list[int], begin: datetime, least: int) -> Iterator[Line]:
    """What must hold at the end. Prefect is asked while its server runs alone, so nothing changes meanwhile."""
    project.wait_for_runs()
    made = list(project.made(begin))
    last = {run["deployment_id"]: run["expected_start_time"] for run in reversed(made)}
    end = datetime.fromisoformat(min(last.values())) + timedelta(milliseconds=1)
    project.stop()
    server = OwnServer(project.folder_of_server, project.port, project.environment)
    try:
        server.begin()
        server.wait()
        yield Line(f"{least} runs or more", len(made) >= least, f"{len(made)} runs were made")
        yield from of_runs(project, begin, end)
        yield from of_leftovers(project)
    finally:
        server.end()
    yield from of_captures(project, numbers)
    yield from of_digest(project, numbers)


def _show(met: Met) -> None:
    mark = "ok   " if not met.wrong else "WRONG"
    print(f"{mark} {met.fault.name:<48} {met.seconds:5.0f} s  {met.states}", flush=True)
    for sentence in (*met.alerts, *met.wells):
        print(f"         {sentence}", flush=True)
    for sentence in met.wrong:
        print(f"         WRONG: {sentence}", flush=True)


def main() -> int:
    """Run, print, and give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--period", type=int, default=10, help="seconds between two runs of one flow; 60 is a multiple")
    parser.add_argument("--only", default="", help="faults with this text in their name")
    parser.add_argument("--keep", action="store_true", help="leave the folder behind")
    parser.add_argument("--postgres", action="store_true", help="give Prefect a PostgreSQL instead of SQLite")
    given = parser.parse_args()
    if given.postgres and (why := no_postgres()) is not None:
        parser.error(why)
    chosen = [each for each in (*ALL, *(ON_POSTGRES if given.postgres else ON_SQLITE)) if given.only in each.name]
    left_out = {fault.name: why for fault in chosen if (why := fault.why_not())}
    faults = [fault for fault in chosen if fault.name not in left_out]
    if not faults:
        parser.error(f"no fault is left: {left_out or given.only!r}")
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    print(f"{len(faults)} faults, seed {given.seed}, in {folder}", flush=True)
    began = time.monotonic()
    met, lines = run(faults, given, folder)
    wrong = [each for each in met if each.wrong]
    print(f"\n{'':5} {'what must hold':<52} counted")
    for line in lines:
        print(f"{'ok' if line.holds else 'WRONG':5} {line.what:<52} {line.counted}")
    alerts = sum(len(each.alerts) for each in met), sum(len(each.wells) for each in met)
    wanted = sum(each.fault.alert != "" for each in met), sum(each.fault.wells(each.alerts) for each in met)
    print(f"{'ok' if alerts == wanted else 'WRONG':5} {'one alert for each fault, one when it is well again':<52} "
          f"{alerts[0]} of {wanted[0]}, {alerts[1]} of {wanted[1]}")  # fmt: skip
    for name, why in left_out.items():
        print(f"left out: {name}: {why}")
    is_well = not wrong and all(line.holds for line in lines)
    print(f"{len(met) - len(wrong)} of {len(met)} faults as they must be; {time.monotonic() - began:.0f} s")
    if given.keep or not is_well:
        print(f"Everything lies in {folder}.")
    else:
        subprocess.run(["rm", "-rf", str(folder)], check=False)
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
