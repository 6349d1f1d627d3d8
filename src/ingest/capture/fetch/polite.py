"""Fetch politely: obey robots.txt, keep the rate of the host, slow down on request, and give up in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.capture.fetch import robots
from ingest.capture.fetch.client import Before, Client, Hop
from ingest.capture.fetch.limits import Limits, backoff, retry_after
from ingest.capture.fetch.outcome import FetchError, Response
from ingest.capture.fetch.policy import Policy
from ingest.capture.fetch.robots import RobotsRules
from ingest.capture.fetch.urls import place_of

RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which another attempt may succeed (RFC 9110 section 15, RFC 6585, RFC 8470)."""
LONGEST_BACKOFF_SECONDS = 60.0
FAILURES_IN_A_ROW = 20
"""So many pages of a host without any answer, one after another, and the host is left alone for this run."""
_ROBOTS_ATTEMPTS = 3


@dataclass(slots=True)
class _Host:
    failures: int = 0
    gone: FetchError | None = None


class Fetcher:
    """Fetches politely. An asynchronous context manager; the state of limits lives in ``folder``.

    ``known`` holds what robots.txt of an origin said, for the fetchers of one crawl to share.
    """

    def __init__(self, policy: Policy, folder: Path, known: dict[str, RobotsRules] | None = None) -> None:
        self.policy = policy
        self.requests = 0
        self.robots_fetched: list[tuple[str, Response]] = []
        self._client = Client(policy)
        self._limits = Limits(folder, policy.per_second, policy.longest_wait_seconds)
        self._known = {} if known is None else known
        self._rules: dict[str, asyncio.Task[RobotsRules]] = {}
        self._hosts: dict[str, _Host] = {}
        self._at_once = asyncio.Semaphore(policy.concurrency)

    async def __aenter__(self) -> Fetcher:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._rules.values():
            task.cancel()
        await self._client.__aexit__()
        self._limits.close()

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        """Fetch a canonical URL, with further attempts where they may help.

        Gives the last response even when its status is that of a failure (it is kept as it came). Raises
        :class:`FetchError` where no response came, or none may be asked for.
        """
        host = self._hosts.setdefault(place_of(url).netloc, _Host())
        for attempt in range(self.policy.attempts):
            if host.gone is not None:
                raise host.gone
            is_last = attempt == self.policy.attempts - 1
            try:
                response = await self._attempt(url, headers)
            except FetchError as error:
                if error.wait is not None:
                    host.gone = error
                if not error.retry:
                    raise
                if is_last:
                    self._count_failure(host, url, error)
                    raise
            else:
                host.failures = 0
                if response.status not in RETRIED or is_last:
                    return response
            await asyncio.sleep(backoff(attempt, self.policy.backoff_seconds, LONGEST_BACKOFF_SECONDS))
        raise AssertionError("the last attempt returns or raises")

    async def rules(self, url: str) -> RobotsRules:
        """What robots.txt says for a URL: fetched once for each origin."""
        origin = place_of(url).origin
        task = self._rules.get(origin)
        if task is None:
            task = self._rules[origin] = asyncio.create_task(self._robots(origin))
        return task.result() if task.done() else await asyncio.shield(task)

    async def _attempt(self, url: str, headers: Mapping[str, str] | None) -> Response:
        await self._may(url)
        waited = self._at_once.locked()
        async with self._at_once:
            if waited:  # others came first, and the moment has passed: turns taken late would come in a burst
                await self._turn(url)
            return await self._client.get(url, headers, before=_OnceDone(url, self._may), after=self._note)

    async def _may(self, url: str) -> None:
        """Wait for the moment at which ``url`` may be asked for."""
        rules = await self.rules(url)
        rules.check(url)
        await self._turn(url)

    async def _turn(self, url: str) -> None:
        await self._limits.host(place_of(url).netloc).turn()

    def _note(self, hop: Hop) -> None:
        self.requests += 1
        limit = self._limits.host(place_of(hop.url).netloc)
        limit.note(hop.began_at, hop.status, hop.seconds, retry_after(hop.retry_after))

    async def _robots(self, origin: str) -> RobotsRules:
        rules = self._known.get(origin) or await self._ask_for_robots(origin)
        if rules.parsed is not None:
            self._known[origin] = rules
        self._limits.host(place_of(origin).netloc).at_most_every(rules.seconds_between())
        return rules

    async def _ask_for_robots(self, origin: str) -> RobotsRules:
        url = f"{origin}/robots.txt"
        rules = RobotsRules(None, "robots.txt was not asked for")
        for attempt in range(min(_ROBOTS_ATTEMPTS, self.policy.attempts)):
            if attempt:
                await asyncio.sleep(backoff(attempt, self.policy.backoff_seconds, LONGEST_BACKOFF_SECONDS))
            try:
                response = await self._client.get(
                    url, before=self._turn, after=self._note, most_redirects=robots.MOST_REDIRECTS
                )
            except FetchError as error:
                if error.reason in _NOBODY_MAY:
                    raise
                rules = robots.unreachable(error)
                if not error.retry:
                    break
            else:
                self.robots_fetched.append((url, response))
                rules = robots.rules_from(response)
                if rules.parsed is not None:
                    break
        return rules

    def _count_failure(self, host: _Host, url: str, error: FetchError) -> None:
        host.failures += 1
        if host.failures >= FAILURES_IN_A_ROW:
            netloc = place_of(url).netloc
            host.gone = FetchError("host_gone", f"{netloc} gave no answer to {host.failures} pages in a row ({error})")


_NOBODY_MAY = frozenset({"address_refused", "no_contact", "host_wait_too_long"})
"""Reasons that say more of a page than that its robots.txt cannot be fetched."""


class _OnceDone:
    """The check before each hop, which was already made for the first."""

    def __init__(self, first: str, check: Before) -> None:
        self._first: str | None = first
        self._check = check

    async def __call__(self, url: str) -> None:
        if self._first == url:
            self._first = None
            return
        await self._check(url)
