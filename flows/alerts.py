"""Alerts: one message for one failure, one when it is well again, and one a day with what changed.

The setting ``alert_to`` names where they go. They are sent through Prefect's notification blocks. What was told is kept
beside the warehouse, so a failure that lasts is told once, whichever run or process meets it.
"""

from __future__ import annotations

import fcntl
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect.blocks.core import Block
from prefect.blocks.notifications import AppriseNotificationBlock, CustomWebhookNotificationBlock, SlackWebhook
from prefect.settings import PREFECT_UI_URL

from ingest.capture.archive import Archive
from ingest.errors import IngestError
from ingest.outcome import HeldBack, Kind
from ingest.publish import beside
from ingest.report.changes import changes
from ingest.report.opened import opened
from ingest.report.text import printable

if TYPE_CHECKING:
    from prefect.blocks.abstract import NotificationBlock

    from ingest.settings import Settings
    from ingest.summary import Summary

_LINES = 3
"""So many lines of a wrong input stand in a message."""

_MINUTE = "%Y-%m-%d %H:%M UTC"
"""How a time is told, and kept."""

_LONGEST = 120
_LONGEST_REASON = 500
_MOST_NAMED = 5
_MOST_CHANGES = 20

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

    ``is_published``: something was published, so what stopped whole runs is over.
    """

    subject: str
    run_name: str
    flow_run_id: str | None = None
    problems: list[Problem] = field(default_factory=list)
    is_published: bool = False

    def came_out(self, summary: Summary) -> None:
        """Note what the summary of the run holds back."""
        self.is_published = summary.captures_read > 0 or summary.captures_unchanged > 0
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
            title = f"{key} is held back: {first.reason.partition(':')[0]}"
            self.problems.append(Problem(key, title, "; ".join(said) + more, to_do, [each.what for each in held_back]))
        for name, why in summary.sources_off.items():
            self.problems.append(Problem(name, f"{name} is switched off", why, "Mend the package of the source."))

    def failed(self, error: BaseException) -> None:
        """Note that the run ended by an error. What it said of sources before stands beside it."""
        self.is_published = False
        if self.problems:  # nothing was published, and that is why
            return
        reason = str(error) if isinstance(error, IngestError) else f"{type(error).__name__}: {error}"
        self.problems.append(Problem(_run_key(reason), f"{self.run_name} failed", reason, _RUN_FAILED))

    def stale(self, reason: str) -> None:
        """Note that the source has nothing young enough."""
        if not self.problems:
            self.problems.append(Problem(self.subject, f"{self.subject} is stale", reason, TO_DO[Kind.TRANSPORT]))


def send(settings: Settings, report: Report) -> list[str]:
    """Send what is new in a report, and what is well again. Gives what went wrong with that, in sentences.

    Where no address is set, nothing is sent, and what is wrong is noted all the same, for `ingest status`.
    """
    troubles: list[str] = []
    with _told(settings) as told:
        now = datetime.now(UTC).strftime(_MINUTE)
        keys = {problem.key for problem in report.problems}
        for problem in report.problems:
            if problem.key in told["open"]:
                continue
            body = _body(settings, problem, report, now)
            if failed := _deliver(settings, problem.title, body):
                troubles += failed
                continue
            told["open"][problem.key] = {
                "by": report.subject, "title": problem.title, "since": now, "reason": problem.reason[:_LONGEST_REASON],
            }  # fmt: skip
        for key, known in list(told["open"].items()):
            if key in keys or not _is_over(key, known["by"], report):
                continue
            body = f"It is well again since {now}. It was not since {known['since']}: {known['title']}."
            if not (failed := _deliver(settings, f"Well again: {known['title']}", body)):
                del told["open"][key]
            troubles += failed
        if settings.alert_daily and report.is_published and told.get("daily", "")[:10] != now[:10]:
            troubles += _send_daily(settings, told, now)
    return troubles


def tell(settings: Settings, title: str, reason: str, key: str, to_do: str = _BROKEN_OFF) -> list[str]:
    """Send one message of something that happened once, such as a run that was killed; ``key`` tells it from others."""
    if not settings.alert_to.get_secret_value().strip():
        return []
    with _told(settings) as told:
        if key in told["once"]:
            return []
        now = datetime.now(UTC).strftime(_MINUTE)
        failed = _deliver(settings, title, f"{reason}\n\nWhat to do: {to_do}\n\nTold at {now}.")
        if not failed:
            told["once"] = [*told["once"][-200:], key]
        return failed


def _is_over(key: str, by: str, report: Report) -> bool:
    """Whether a report that does not name a problem shows that it is over: that of the flow that told it, or of the
    source's own."""
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


def _link(flow_run_id: str) -> str:
    ui = PREFECT_UI_URL.value()
    return f"{ui}/runs/flow-run/{flow_run_id}" if ui else flow_run_id


def _first_lines(settings: Settings, location: str) -> list[str]:
    """The first lines of the capture that was made last at a location, as a person sees them; none where there is no
    such capture."""
    with suppress(IngestError, OSError, UnicodeError):
        with opened(settings.warehouse) as connection:
            rows = connection.execute(
                "SELECT sha256 FROM captures WHERE location = ? ORDER BY recorded_at DESC LIMIT 1", [location]
            ).fetchall()
        if rows:
            text = Archive(settings.raw).load(rows[0][0])[:4096].decode("utf-8", "replace")
            found = [printable(line.strip())[:_LONGEST] for line in text.splitlines() if line.strip()]
            return found[:_LINES]
    return []


def _send_daily(settings: Settings, told: dict[str, Any], now: str) -> list[str]:
    """Say what changed since the last daily message, worst first."""
    since = datetime.strptime(told["daily"], _MINUTE).replace(tzinfo=UTC) if told.get("daily") else None
    try:
        rows = changes(settings.warehouse, since=since or datetime.now(UTC).replace(hour=0, minute=0))
    except IngestError as error:
        return [str(error)]
    counted: dict[str, int] = {}
    for row in rows:
        counted[row[0]] = counted.get(row[0], 0) + 1
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in counted.items()) or "nothing"
    lines = [
        printable(f"{kind}: {model} {what}: {_cell(old)} → {_cell(new)} ({source})")
        for kind, _, model, what, old, new, source, *_ in rows[:_MOST_CHANGES]
    ]
    more = [f"and {len(rows) - _MOST_CHANGES:,} more: `ingest diff --since`"] if len(rows) > _MOST_CHANGES else []
    held_back = [f"Still held back: {known['title']} (since {known['since']})" for known in told["open"].values()]
    body = "\n".join([*lines, *more, "", *held_back])
    if not (failed := _deliver(settings, f"What changed: {kinds}", body.strip() or "Nothing changed.")):
        told["daily"] = now
    return failed


def _cell(value: Any) -> str:
    return "unknown" if value is None else str(value)


def _run_key(reason: str) -> str:
    """The key of what stops whole runs: the reason without its numbers and times, so that each run has the same."""
    return f"run: {re.sub('[0-9]+', '#', reason)[:160]}"


class _Message(AppriseNotificationBlock):
    """A message by an address of Apprise, such as ``mailtos://user:password@mail.example?to=ops@example.org``."""

    _block_type_name = "Message by Apprise"


def blocks(addresses: str) -> Iterator[NotificationBlock]:
    """The notification blocks that addresses stand for. Raises ValueError for one that is none.

    ``block:slack-webhook/ops`` is a block that was made in Prefect's UI, an address at hooks.slack.com a Slack webhook,
    any other of HTTP a webhook that gets ``{"subject": …, "text": …}``, ``mailto://`` and whatever else an Apprise
    message.
    """
    for address in addresses.split():
        if address.startswith("block:"):
            loaded: Any = Block.load(address.removeprefix("block:"))
            yield loaded
        elif address.startswith("https://hooks.slack.com/"):
            yield SlackWebhook(url=address)  # type: ignore[arg-type]
        elif address.startswith(("http://", "https://")):
            yield CustomWebhookNotificationBlock(
                name="ingest",
                url=address,
                json_data={"subject": "{{subject}}", "text": "{{body}}"},
                headers=None,
                cookies=None,
            )
        elif "://" in address:
            yield _Message(url=address)  # type: ignore[arg-type]
        else:
            raise ValueError(f"an address begins with a scheme such as https:// or block:, not with {address[:8]!r}")


def _deliver(settings: Settings, subject: str, body: str) -> list[str]:
    """Send one message to each address. Gives what went wrong, without the addresses: they hold secrets."""
    failed = []
    try:
        for block in blocks(settings.alert_to.get_secret_value()):
            with block.raise_on_failure():
                notify: Callable[..., object] = block.notify  # outside of an event loop it is no coroutine
                notify(body=body, subject=f"[ingest] {subject}"[:200])
    except Exception as error:
        failed.append(f"An alert could not be sent ({type(error).__name__}); the next run tries again: {subject}.")
    return failed


def _file_of(settings: Settings) -> Path:
    return beside(settings.warehouse, "alerts.json")


def _read(path: Path) -> dict[str, Any]:
    try:
        return {"open": {}, "once": [], **json.loads(path.read_text("utf-8"))}
    except (OSError, ValueError):
        return {"open": {}, "once": []}


@contextmanager
def _told(settings: Settings) -> Iterator[dict[str, Any]]:
    """What was told, to be changed in the block. One process at a time."""
    path = _file_of(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = _read(path)
        yield told
        unfinished = path.with_suffix(".new")
        with suppress(OSError):  # a full disk: told again, rather than never
            unfinished.write_text(json.dumps(told, indent=1), "utf-8")
            unfinished.replace(path)


def crashed(settings: Settings, runs: Iterable[Any]) -> list[str]:
    """Tell of runs whose process is gone, each once."""
    troubles: list[str] = []
    for run in runs:
        message = run.state.message if run.state is not None else ""
        troubles += tell(settings, f"{run.name} was broken off", f"Reason: {message}", f"run {run.id}")
    return troubles
