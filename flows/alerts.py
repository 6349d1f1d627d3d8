"""Alerts: one message for one failure, one when it is well again, and one a day with what changed.

The setting ``alert_to`` names where they go. They are sent through Prefect's notification blocks. What was told is kept
beside the warehouse, so a failure that lasts is told once, whichever run or process meets it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest_flows.delivery import deliver
from prefect.settings import PREFECT_UI_URL

from ingest.capture.archive import Archive
from ingest.errors import IngestError
from ingest.outcome import HeldBack, Kind
from ingest.problems import file_of_problems
from ingest.publish import open_lock
from ingest.report.changes import worst_changes
from ingest.report.opened import opened
from ingest.report.reasons import in_words
from ingest.report.text import printable
from ingest.settings import load_settings

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun

    from ingest.settings import Settings
    from ingest.summary import Summary

_LINES = 3
"""So many lines of a wrong input stand in a message."""

_MINUTE = "%Y-%m-%d %H:%M UTC"
"""How a time is told, and kept."""

_LONGEST = 120
_LONGEST_NAME = 60
_LONGEST_REASON = 500
_MOST_NAMED = 5
_MOST_CHANGES = 20
_RUNS_KEPT = 200
_AWAY = timedelta(minutes=1)
"""A run that is broken off so shortly before or after the server is back was broken off by its absence."""

_RESERVE_BYTES = 65536

TO_DO = {
    Kind.TRANSPORT: "Nothing, where it passes: the next run asks again. Else open the address in a browser, and look "
    "at the network, the proxy and the certificate of this machine.",
    Kind.ROBOTS: "The site asks not to be fetched there. Change `find` in its source.yaml, or ask its owner.",
    Kind.FLOOR: "Look at the source. If that is all it has now, start its run with `accept`, or "
    "`ingest run --accept-source {source}`.",
    Kind.READER: "The reader failed on this content. `ingest try` shows where; what the source said before stands.",
    Kind.BROKEN: "Nothing, where the next run finds it whole. If the file is all there is, take it with "
    "`ingest run FILE --accept`.",
    Kind.FILE: "Make the file readable for the user who runs `ingest`, or remove it from raw/.",
    Kind.NO_DATA: "The address gives a page that is no data, such as a login or an error page. Open it in a browser.",
}
"""What an operator does, by the kind of reason."""

_RUN_FAILED = "Read the reason. The published file is as it was, what was captured is kept, and the next run goes on."
_BROKEN_OFF = (
    "Nothing: what was published stands, and the run is made up. If it happens again, look at the memory and the log "
    "of this machine (`journalctl -k`)."
)
_TOO_LONG = "Look at its log for what it waited for. A run that needs longer gets it by the setting `run_hours`."


@dataclass(slots=True)
class Problem:
    """Something that is wrong. ``key`` tells it from others while it lasts."""

    key: str
    title: str
    reason: str
    to_do: str
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """What a run says at its end. ``subject`` is a source, or the name of the flow that reads all of raw/.

    ``is_published``: something was published, so what stopped whole runs is over. ``is_done``: the run came to its end.
    """

    subject: str
    run_name: str
    flow_run_id: str | None = None
    deployment_id: str | None = None
    problems: list[Problem] = field(default_factory=list)
    is_published: bool = False
    is_done: bool = False

    def came_out(self, summary: Summary) -> None:
        """Note what the summary of the run holds back."""
        self.is_published = summary.captures_read > 0 or summary.captures_unchanged > 0
        self.is_done = True
        by_key: dict[str, list[HeldBack]] = {}
        for each in summary.held_back:
            by_key.setdefault(each.source or each.what, []).append(each)
        for key, held_back in by_key.items():
            first = held_back[0]
            said = [f"{each.what}: {each.reason}" for each in held_back[:_MOST_NAMED]]
            if first.kind is Kind.FLOOR and summary.error:
                said = [summary.error]
            more = f" (and {len(held_back) - _MOST_NAMED:,} more)" if len(held_back) > _MOST_NAMED else ""
            to_do = TO_DO[first.kind].format(source=first.source or "NAME")
            title = _title(key, held_back)
            self.problems.append(Problem(key, title, "; ".join(said) + more, to_do, [each.what for each in held_back]))
        for name, why in summary.sources_off.items():
            self.problems.append(Problem(name, f"{name} is switched off", why, "Mend the package of the source."))

    def failed(self, error: BaseException) -> None:
        """Note that the run ended by an error. What it said of sources before stands beside it."""
        self.is_published = self.is_done = False
        if self.problems:  # nothing was published, and that is why
            return
        if isinstance(error, TimeoutError):
            reason, to_do = f"It was ended after {_hours()} hours, the longest that a run may take.", _TOO_LONG
        else:
            reason, to_do = str(error) if isinstance(error, IngestError) else _told_of(error), _RUN_FAILED
        self.problems.append(Problem(_run_key(reason), f"{self.run_name} failed", reason, to_do))

    def stale(self, reason: str) -> None:
        """Note that the source has nothing young enough."""
        if not self.problems:
            self.problems.append(Problem(self.subject, f"{self.subject} is stale", reason, TO_DO[Kind.TRANSPORT]))


def send(settings: Settings, report: Report) -> list[str]:
    """Send what is new in a report, and what is well again. Gives what went wrong with that, in sentences.

    Where no address is set, nothing is sent, and what is wrong is noted all the same, for `ingest status`.
    """
    with _told(settings) as told:
        troubles = _send(settings, told)
        now = _now()
        keys = {problem.key for problem in report.problems}
        for problem in report.problems:
            troubles += _begin(settings, told, problem, report.subject, partial(_body, settings, problem, report, now))
        troubles += _end(settings, told, lambda key, known: key not in keys and _is_over(key, known["by"], report))
        if settings.alert_daily and report.is_published and told.get("daily", "")[:10] != now[:10]:
            troubles += _send_daily(settings, told, now)
        _remember(told, "runs", str(report.flow_run_id))
    return troubles


def begin(settings: Settings, problem: Problem) -> list[str]:
    """Tell of a problem that no run found, such as a server that does not answer, unless it was told before."""
    with _told(settings) as told:
        return _begin(settings, told, problem, "", lambda: _plain_body(problem))


def end(settings: Settings, *keys: str) -> list[str]:
    """Tell that problems are over, as far as they were told."""
    with _told(settings) as told:
        return _end(settings, told, lambda key, _: key in keys)


def crashed(settings: Settings, runs: Iterable[FlowRun]) -> list[str]:
    """Tell of runs whose process is gone, each once, whoever notices it. It is over when a run of their deployment
    comes to its end."""
    troubles: list[str] = []
    with _told(settings) as told:
        for run in runs:
            seen = f"run {run.id}"
            if seen in told["once"]:
                continue
            _remember(told, "once", seen)
            if _is_of_server(told, run):
                continue
            reason = (run.state.message if run.state is not None else None) or "Its process ended without a word."
            key = _broken_off_key(run.deployment_id, run.name)
            problem = Problem(key, f"{_named(run)} was broken off", reason, _BROKEN_OFF)
            troubles += _begin(settings, told, problem, "", partial(_plain_body, problem))
    return troubles


def server_is_back(settings: Settings, title: str, reason: str, *, is_told: bool = False) -> list[str]:
    """Tell that the server ended and runs again, unless it ``is_told`` that it was away. A run that this broke off is
    no second failure."""
    with _told(settings) as told:
        told["server_back"] = datetime.now(UTC).isoformat()
        return [] if is_told else _send(settings, told, title, _plain_body(Problem("", title, reason, _BROKEN_OFF)))


def _now() -> str:
    return datetime.now(UTC).strftime(_MINUTE)


def _remember(told: dict[str, Any], what: str, key: str) -> None:
    """Note a run that was reported, or what was told once; the oldest are forgotten."""
    told[what] = [*told[what][-_RUNS_KEPT:], key]


def _is_of_server(told: dict[str, Any], run: FlowRun) -> bool:
    """Whether a run was broken off while the server was away, which was told already."""
    back = datetime.fromisoformat(told["server_back"]) if "server_back" in told else None
    at = run.state.timestamp if run.state is not None else None
    if back is None or at is None or (run.expected_start_time is not None and run.expected_start_time > back):
        return False
    return back - _AWAY <= at <= back + _AWAY


def failed_unsaid(settings: Settings, runs: Iterable[FlowRun]) -> list[str]:
    """Tell of failed runs that could send nothing themselves, as where their settings cannot be read.

    A run that failed before the same problem was over is noticed late, and tells nothing new.
    """
    troubles: list[str] = []
    with _told(settings) as told:
        for run in runs:
            if str(run.id) in told["runs"]:
                continue
            _remember(told, "runs", str(run.id))
            reason = (run.state.message if run.state is not None else None) or "It does not say why."
            key = _run_key(reason)
            over = told["over"].get(key)
            if over is not None and run.state is not None and run.state.timestamp <= datetime.fromisoformat(over):
                continue
            problem = Problem(key, f"{_named(run)} failed", reason, _RUN_FAILED)
            troubles += _begin(settings, told, problem, "", partial(_plain_body, problem))
    return troubles


def _begin(settings: Settings, told: dict[str, Any], problem: Problem, by: str, body: Callable[[], str]) -> list[str]:
    """Send what is wrong, unless it was told; gives what went wrong with that.

    What is open is kept as it is now, for `ingest status`. A source that was down and gives half of its file next asks
    for something else than before, so that is told too, once.
    """
    before = told["open"].get(problem.key, {})
    asked = before.get("asked", [problem.to_do] if before else [])
    is_told = problem.to_do in asked
    told["open"][problem.key] = {
        "by": before.get("by", by),
        "told": before.get("told", before["title"]) if is_told else problem.title,
        "title": problem.title,
        "since": before.get("since", _now()),
        "reason": problem.reason[:_LONGEST_REASON],
        "asked": asked if is_told else [*asked, problem.to_do],
    }
    return [] if is_told else _send(settings, told, problem.title, body())


def _end(settings: Settings, told: dict[str, Any], is_over: Callable[[str, dict[str, Any]], bool]) -> list[str]:
    """Send that it is well again, for each open problem that is over."""
    troubles: list[str] = []
    for key, known in list(told["open"].items()):
        if is_over(key, known):
            del told["open"][key]
            told["over"] = dict([*told["over"].items(), (key, datetime.now(UTC).isoformat())][-_RUNS_KEPT:])
            now = _now()
            title = known.get("told", known["title"])
            body = f"It is well again since {now}. It was not since {known['since']}: {known['title']}."
            troubles += _send(settings, told, f"Well again: {title}", body)
    return troubles


def _send(settings: Settings, told: dict[str, Any], subject: str = "", body: str = "") -> list[str]:
    """Send a message to each address, after those that wait. Gives what went wrong with that, in sentences."""
    troubles: list[str] = deliver(settings.alert_to.get_secret_value(), told["waiting"], subject, body)
    return troubles


def tell(settings: Settings, title: str, reason: str, key: str, to_do: str = _BROKEN_OFF) -> list[str]:
    """Send one message of something that happened once, such as a kill; ``key`` tells it from others."""
    with _told(settings) as told:
        if key in told["once"]:
            return []
        _remember(told, "once", key)
        return _send(settings, told, title, _plain_body(Problem(key, title, reason, to_do)))


def _title(key: str, held_back: list[HeldBack]) -> str:
    """What is wrong, in a few words: with the source, or with a page where each page of a source stands for itself."""
    from ingest.sources import settings_of  # start-up: a run that goes well asks for no source

    first = held_back[0]
    is_page = first.source is None or settings_of(first.source).get("scope") == "model"
    more = f" (and {len(held_back) - 1:,} more)" if is_page and len(held_back) > 1 else ""
    return in_words(_shortened(first.what) if is_page else key, first.reason.partition(";")[0]) + more


def _shortened(location: str) -> str:
    """The end of a path or address, which tells it from others."""
    return location if len(location) <= _LONGEST_NAME else f"…{location[-_LONGEST_NAME:]}"


def _is_over(key: str, by: str, report: Report) -> bool:
    """Whether a report that does not name a problem shows that it is over: that of the flow that told it, or of the
    source's own."""
    if key.startswith(_BROKEN):
        return report.is_done and key == _broken_off_key(report.deployment_id, report.run_name)
    if key.startswith("run: "):
        return report.is_published
    return report.is_published and report.subject in (by, key)


def _body(settings: Settings, problem: Problem, report: Report, now: str) -> str:
    lines = [line for what in problem.lines[:1] for line in _first_lines(settings, what)]
    shown = ["", "It begins with:", *(f"    {line}" for line in lines)] if lines else []
    where = [f"Run: {report.run_name}", *([f"Flow run: {_link(report.flow_run_id)}"] if report.flow_run_id else [])]
    return "\n".join(
        [f"Source: {problem.key}" if not problem.key.startswith("run: ") else "All sources of this run.",
         f"Reason: {problem.reason}", *shown, "", f"What to do: {problem.to_do}", "", *where, f"Told at {now}."]
    )  # fmt: skip


def _plain_body(problem: Problem) -> str:
    now = _now()
    return f"Reason: {problem.reason}\n\nWhat to do: {problem.to_do}\n\nTold at {now}."


def _link(flow_run_id: str) -> str:
    ui = PREFECT_UI_URL.value()
    return f"{ui}/runs/flow-run/{flow_run_id}" if ui else flow_run_id


def _first_lines(settings: Settings, location: str) -> list[str]:
    """The first lines of the capture that was made last at a location, as a person sees them; none where that one is
    well, since nothing came after it."""
    with suppress(IngestError, OSError, UnicodeError):
        with opened(settings.warehouse) as connection:
            rows = connection.execute(
                "SELECT sha256, status FROM captures WHERE location = ? ORDER BY recorded_at DESC LIMIT 1", [location]
            ).fetchall()
        if rows and rows[0][1] == "rejected":
            text = Archive.of(settings).load(rows[0][0])[:4096].decode("utf-8", "replace")
            found = [printable(line.strip())[:_LONGEST] for line in text.splitlines() if line.strip()]
            return found[:_LINES]
    return []


def _send_daily(settings: Settings, told: dict[str, Any], now: str) -> list[str]:
    """Say what changed since the last daily message, worst first."""
    since = datetime.strptime(told["daily"], _MINUTE).replace(tzinfo=UTC) if told.get("daily") else None
    try:
        found = worst_changes(
            settings.warehouse, _MOST_CHANGES, since=since or datetime.now(UTC).replace(hour=0, minute=0)
        )
    except IngestError as error:
        return [str(error)]
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in found.counts.items()) or "nothing"
    lines = [
        printable(f"{kind}: {model} {what}: {_cell(old)} → {_cell(new)} ({source})")
        for kind, _, model, what, old, new, source, *_ in found.rows
    ]
    left = sum(found.counts.values()) - len(found.rows)
    more = [f"and {left:,} more: `ingest diff --since`"] if left else []
    held_back = [f"Still held back: {known['title']} (since {known['since']})" for known in told["open"].values()]
    body = "\n".join([*lines, *more, "", *held_back])
    told["daily"] = now
    return _send(settings, told, f"What changed: {kinds}", body.strip() or "Nothing changed.")


def _cell(value: Any) -> str:
    return "unknown" if value is None else str(value)


_BROKEN = "broken off: "


def _broken_off_key(deployment_id: object, run_name: str) -> str:
    """The key of a run that was broken off: its deployment, else its name without the time that it ends with."""
    return f"{_BROKEN}{deployment_id or run_name.rpartition(' ')[0]}"


_OWN_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d$")
"""What the name of a run ends with, once its flow has given it one."""


def _named(run: FlowRun) -> str:
    """What a run is called: by its flow, or, where that did not begin, by what it was to read."""
    if _OWN_NAME.search(run.name):
        return run.name
    due = f" due at {run.expected_start_time.astimezone(UTC):%H:%M} UTC" if run.expected_start_time else ""
    return f"A run of {run.parameters.get('source') or 'ingest-pages'}{due}"


def _hours() -> str:
    return f"{load_settings().run_hours:g}"


def _told_of(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


_FULL = re.compile(r"no space left|disk quota exceeded|could not write all bytes", re.IGNORECASE)
"""What the system, a quota and DuckDB say of a full disk."""


def _run_key(reason: str) -> str:
    """The key of what stops whole runs: the reason without its numbers and times, so that each run has the same.

    On a full disk each run fails at another file.
    """
    return "run: no space left" if _FULL.search(reason) else f"run: {re.sub('[0-9]+', '#', reason)[:160]}"


def _read(path: Path) -> dict[str, Any]:
    kept: dict[str, Any] = {"open": {}, "over": {}, "once": [], "runs": [], "waiting": []}
    with suppress(OSError, ValueError):
        kept |= json.loads(path.read_text("utf-8"))
    return kept


@contextmanager
def _told(settings: Settings) -> Iterator[dict[str, Any]]:
    """What was told, to be changed in the block. One process at a time."""
    path = file_of_problems(settings.warehouse)
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(open_lock(path.with_suffix(".lock"))) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = _read(path)
        yield told
        _write(path, json.dumps(told, indent=1).encode())


def _write(path: Path, content: bytes) -> None:
    """Put content in the place of a file. On a full disk it takes the room of a file that was kept for that, and then
    the room of that one again: else each run would tell again that the disk is full."""
    unfinished, reserve = path.with_suffix(".new"), path.with_suffix(".reserve")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
        if not reserve.exists():
            reserve.write_bytes(b" " * max(_RESERVE_BYTES, 2 * len(content)))
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        if _overwrite(reserve, content):
            reserve.replace(path)
        else:
            _overwrite(path, content)


def _overwrite(path: Path, content: bytes) -> bool:
    """Write content over that of a file, and blanks behind it, which JSON does not mind; gives whether it has room."""
    with suppress(OSError), path.open("r+b") as file:
        room = os.fstat(file.fileno()).st_size
        if len(content) <= room:
            file.write(content.ljust(room))
            return True
    return False
