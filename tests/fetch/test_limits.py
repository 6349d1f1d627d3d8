from __future__ import annotations

import asyncio
import itertools
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fetching import assert_at_most, fetch_all, quick
from hypothesis import given
from hypothesis import strategies as st
from server import Answer, Request, Server, page

from ingest.capture.fetch.limits import (
    FIRST_SLOWDOWN_SECONDS,
    GOOD_IN_A_ROW,
    MOST_OPEN,
    HostLimit,
    Limits,
    backoff,
    retry_after,
)
from ingest.capture.fetch.outcome import FetchError

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sunday, 01-Mar-26 12:01:00 GMT", 60.0),
        ("Sun Mar  1 12:00:10 2026", 10.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("Sun, 99 Mar 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after_has_two_forms(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@given(st.text(max_size=40))
def test_any_retry_after_is_a_wait_or_none(header: str) -> None:
    wait = retry_after(header, NOW)
    assert wait is None or wait >= 0


@given(st.integers(0, 10_000))
def test_backoff_is_full_jitter_below_an_exponential_bound(attempt: int) -> None:
    waits = [backoff(attempt, 0.5, 60) for _ in range(50)]
    assert all(0 <= wait <= min(60, 0.5 * 2 ** min(attempt, 30)) for wait in waits)
    assert len(set(waits)) > 40


def test_the_rate_of_a_host_is_held(tmp_path: Path) -> None:
    """A machine that is held up may ask more slowly, so the crawl is tried again; never more often than is set."""
    for attempt in range(3):
        with Server() as server:
            server.fallback = lambda request: page(request.path)
            urls = [f"{server.url}/{number}" for number in range(30)]
            fetch_all(urls, quick(tmp_path / str(attempt), server, fetch_rate=10))
        at = [request.at for request in server.requests]
        assert len(at) == 31
        assert_at_most(10, at)
        if at[-1] - at[0] == pytest.approx(30 / 10, rel=0.05):
            return
    pytest.fail(f"{len(at) - 1} turns took {at[-1] - at[0]:.2f} seconds")


def test_turns_that_come_late_do_not_come_in_a_burst(tmp_path: Path) -> None:
    async def turn(limit: HostLimit, granted: list[float]) -> None:
        await limit.turn()
        granted.append(time.time())

    async def stalled(attempt: int) -> float:
        limit, granted = Limits(tmp_path / str(attempt), 20, 60).host("a.example"), list[float]()
        turns = [asyncio.create_task(turn(limit, granted)) for _ in range(8)]
        await asyncio.sleep(0.01)
        time.sleep(0.3)  # the process is held up, and six turns pass
        await asyncio.gather(*turns)
        return min(b - a for a, b in itertools.pairwise(granted))

    # a machine that is busy elsewhere may hold up the process once more
    assert any(asyncio.run(stalled(attempt)) >= 0.9 / 20 / 2 for attempt in range(3))


def test_the_rate_holds_across_tasks_of_one_run_and_for_each_host(tmp_path: Path) -> None:
    with Server() as one, Server() as two:
        one.fallback = two.fallback = lambda request: page(request.path)
        settings = quick(tmp_path, one, two, fetch_rate=40)
        threads = [
            threading.Thread(
                target=fetch_all,
                args=([f"{server.url}/{task}/{number}" for number in range(20) for server in (one, two)], settings),
            )
            for task in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for server in (one, two):
            assert len(server.paths()) == 60
            assert_at_most(40, [request.at for request in server.requests])


def test_a_host_that_refuses_is_asked_more_slowly_and_later_faster_again(tmp_path: Path) -> None:
    limit = Limits(tmp_path, 20, 60).host("a.example")
    limit.note(time.time(), 429, 0.01, None)
    assert limit.interval() == pytest.approx(FIRST_SLOWDOWN_SECONDS)
    limit.note(time.time(), 503, 0.01, None)
    assert limit.interval() == pytest.approx(2 * FIRST_SLOWDOWN_SECONDS)
    for _ in range(GOOD_IN_A_ROW * 30):
        limit.note(time.time(), 200, 0.01, None)
    assert limit.interval() == pytest.approx(1 / 20)


def test_answers_under_way_slow_a_host_once(tmp_path: Path) -> None:
    limit = Limits(tmp_path, 1, 60).host("a.example")
    began = time.time()
    for _ in range(8):
        limit.note(began, 429, 0.01, None)
    assert limit.interval() == pytest.approx(2.0)


def test_rising_latency_slows_a_host(tmp_path: Path) -> None:
    limit = Limits(tmp_path, 10, 60).host("a.example")
    for _ in range(30):
        limit.note(time.time(), 200, 0.1, None)
    assert limit.interval() == pytest.approx(0.1)
    unlimited = Limits(tmp_path, 0, 60).host("b.example")
    for _ in range(10):
        limit.note(time.time(), 200, 1.5, None)
        unlimited.note(time.time(), 200, 1.5, None)
    assert limit.interval() > 0.1
    assert unlimited.interval() == 0


def test_what_a_host_asked_for_outlives_the_process(tmp_path: Path) -> None:
    Limits(tmp_path, 0, 60).host("a.example").note(time.time(), 429, 0.01, 3000.0)
    again = Limits(tmp_path, 0, 60).host("a.example")
    with pytest.raises(FetchError) as caught:
        asyncio.run(again.turn())
    assert caught.value.reason == "host_wait_too_long"
    assert Limits(tmp_path, 0, 60).host("b.example").interval() == 0


def test_many_workers_on_a_slow_host_do_not_wait_for_ever(tmp_path: Path) -> None:
    """A crawl-delay of a minute is kept by waiting a minute, whatever the number of workers."""
    limit = Limits(tmp_path, 0, 100).host("a.example")
    limit.at_most_every(60)

    async def turns() -> list[object]:
        tasks = [asyncio.create_task(limit.turn()) for _ in range(8)]
        await asyncio.sleep(0.2)
        for task in tasks:
            task.cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = asyncio.run(turns())
    assert results[0] is None
    assert all(isinstance(result, asyncio.CancelledError) for result in results[1:])


def test_thousands_of_hosts_need_few_open_files(tmp_path: Path) -> None:
    limits = Limits(tmp_path, 100, 60)

    async def turns() -> None:
        for _ in range(2):
            for number in range(1000):
                await limits.host(f"{number}.example").turn()

    before = len(list(Path("/dev/fd").iterdir()))
    asyncio.run(turns())
    assert len(list(Path("/dev/fd").iterdir())) - before <= MOST_OPEN + 8
    limits.close()


@pytest.mark.parametrize(("status", "form"), [(429, "seconds"), (503, "date")])
def test_retry_after_is_waited_for_by_the_whole_host(status: int, form: str, tmp_path: Path) -> None:
    first: list[float] = []

    def answer(request: Request) -> Answer:
        if not first:
            first.append(request.at)
            soon = datetime.fromtimestamp(time.time() + 2, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
            return Answer(status=status, headers={"Retry-After": "1" if form == "seconds" else soon})
        return page(request.path)

    with Server() as server:
        server.fallback = answer
        settings = quick(tmp_path, server, fetch_host_concurrency=1)
        report = fetch_all([f"{server.url}/{number}" for number in range(4)], settings)
        assert (report.fetched, report.failures) == (4, [])
        after = [request.at for request in server.requests if request.path != "/robots.txt" and request.at > first[0]]
    assert len(after) == 4
    assert min(after) - first[0] >= 0.95
