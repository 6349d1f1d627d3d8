"""A run of the command line, recorded where a Prefect API is configured.

Scheduled runs are flow runs by themselves. This lets a run started by hand stand beside them, without the
second and a half that importing Prefect takes: three calls of its REST API
(https://docs.prefect.io/v3/api-ref/rest-api) make and finish a flow run. The run comes first: an API that does not
answer in time is reported once and not called again.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from ingest import lives
from ingest.errors import IngestError
from ingest.outcome import STATE_OF, Outcome
from ingest.process import stopped_by
from ingest.served import authorisation, prefect_settings

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

FLOW = "ingest-pages"
"""The flow that runs are recorded under: the one that ``ingest serve`` schedules."""

TAG = "ingest run"
"""The tag of a run by hand."""

KILLED = "The process of this run ended without a word: it was killed, or the machine went down."
"""What the state of a run says whose process is gone."""

PATIENCE_SECONDS = 4.0
"""How long the record may hold up a run, at its start and again at its end."""


@dataclass(slots=True)
class RecordedRun:
    """A run while it goes on. ``flow_run_id`` is None where nothing is recorded."""

    flow_run_id: str | None = None
    outcome: Outcome = Outcome.ALL_WELL
    """How it came out: decides the final state."""
    message: str | None = None
    """What the outcome was, in a sentence or a few lines: shown beside the final state."""


@contextmanager
def recorded_run(name: str, notice: Callable[[str], None], warehouse: Path | None = None) -> Iterator[RecordedRun]:
    """Record what happens in the block as a flow run with this name, where ``PREFECT_API_URL`` is set.

    With the ``warehouse`` that it writes, records that killed runs on it left unfinished are finished first.

    The flow run completes with the block, with ``message`` as it was set there; an exception fails it and
    goes on its way. ``PREFECT_API_KEY`` and ``PREFECT_API_AUTH_STRING`` are honoured. All three may be variables, or
    stand in the active profile of Prefect, where ``prefect config set`` writes them. Trouble with the API is told
    through ``notice`` in one sentence, and never raised.
    """
    said = prefect_settings(os.environ)
    url = said.get("PREFECT_API_URL", "").strip()
    if not url:
        yield RecordedRun()
        return
    api = _Api(url.rstrip("/"), said, notice)
    run = RecordedRun()
    try:
        run.flow_run_id = api.begin(name, warehouse)
        with lives.alive(warehouse, run.flow_run_id) if warehouse is not None else nullcontext():
            yield run
    except BaseException as error:
        api.end(run.flow_run_id, *_state_of(error))
        raise
    api.end(run.flow_run_id, *STATE_OF[run.outcome], run.message)


def _state_of(error: BaseException) -> tuple[str, str, str]:
    """The type and name of the final state, and its message. Only an IngestError is written for people; others may
    quote anything."""
    if (signal_name := stopped_by()) is not None or isinstance(error, KeyboardInterrupt):
        return "CANCELLED", "Cancelled", f"Stopped by {signal_name or 'the user'}."
    if isinstance(error, IngestError):
        return "FAILED", "Failed", str(error)
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return "COMPLETED", "Completed", "Ended early."
    return "FAILED", "Failed", f"Ended by {type(error).__name__}."


class _Api:
    """The three calls. After the first that fails no other is made."""

    def __init__(self, url: str, said: Mapping[str, str], notice: Callable[[str], None]) -> None:
        self._url = url
        self._said = said
        self._notice = notice
        self._begun: list[str] = []
        """The id of the flow run, also where it came too late for the run."""

    def begin(self, name: str, warehouse: Path | None) -> str | None:
        """The id of a new flow run in state RUNNING, or None where that could not be had. Killed runs on the warehouse
        are set to crashed first, where this API knows them."""

        def calls(client: httpx.Client) -> str:
            if warehouse is not None:
                for flow_run_id in filter(partial(self._bury, client), lives.dead(warehouse)):
                    lives.forget(warehouse, flow_run_id)
            flow = _post(client, "/flows/", {"name": FLOW})
            body = {"flow_id": flow["id"], "name": name, "tags": [TAG], "state": {"type": "RUNNING"}}
            self._begun.append(str(_post(client, "/flow_runs/", body)["id"]))
            return self._begun[0]

        return self._try(calls, "this run is not recorded there")

    @staticmethod
    def _bury(client: httpx.Client, flow_run_id: str) -> bool:
        """Set the record of a killed run by hand to crashed. Those of flows are left to `ingest serve`."""
        known = client.get(f"/flow_runs/{flow_run_id}")
        if not known.is_success or TAG not in known.json()["tags"]:
            return False
        if known.json()["state_type"] == "RUNNING":
            state = {"type": "CRASHED", "name": "Crashed", "message": KILLED}
            _post(client, f"/flow_runs/{flow_run_id}/set_state", {"state": state, "force": True})
        return True

    def end(self, flow_run_id: str | None, state: str, name: str, message: str | None) -> None:
        """Set the final state of a flow run that was begun, whether the run knew it in time or not."""
        flow_run_id = flow_run_id or next(iter(self._begun), None)
        if flow_run_id is None:
            return
        body = {"state": {"type": state, "name": name, "message": message}, "force": True}
        self._try(
            lambda client: _post(client, f"/flow_runs/{flow_run_id}/set_state", body),
            "the record of this run there stays unfinished",
        )

    def _try(self, calls: Callable[[httpx.Client], T], consequence: str) -> T | None:
        """Make calls within the time allowed, or tell what failed. In a thread, as nothing bounds a name look-up."""
        done: list[T] = []
        failed: list[str] = []

        def work() -> None:
            import httpx

            try:
                with httpx.Client(base_url=self._url, timeout=PATIENCE_SECONDS, **authorisation(self._said)) as client:
                    done.append(calls(client))
            except httpx.HTTPStatusError as error:
                failed.append(f"answers with status {error.response.status_code}")
            except (httpx.HTTPError, httpx.InvalidURL, OSError):
                failed.append("cannot be reached")
            except (ValueError, KeyError, TypeError):
                failed.append("does not answer as a Prefect API does")

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(PATIENCE_SECONDS)
        if done:
            return done[0]
        reason = failed[0] if failed else f"does not answer within {PATIENCE_SECONDS:g} seconds"
        self._notice(f"The Prefect API at {_shown(self._url)} {reason}; {consequence}.")
        return None


def _post(client: httpx.Client, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(path, json=body)
    for seconds in _PAUSES_SECONDS:
        if answer.status_code != _BUSY:
            break
        time.sleep(seconds)
        answer = client.post(path, json=body)
    answer.raise_for_status()
    return answer.json()


_BUSY = 503
"""A Prefect server on SQLite answers so while another writes."""

_PAUSES_SECONDS = (0.1, 0.2, 0.4, 0.8)
"""Pauses before a busy server is asked again; all that ends with the patience that a run has."""


def _shown(url: str) -> str:
    """The host of an address and nothing else of it: the rest may hold a password, or name a workspace."""
    try:
        return repr(urlsplit(url).hostname or "PREFECT_API_URL")
    except ValueError:
        return "PREFECT_API_URL"
