from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from fetching import assert_at_most, data, fetch_all, quick, records
from hypothesis import given
from hypothesis import strategies as st
from server import Answer, Server, page

from ingest.capture.fetch.outcome import FetchError
from ingest.capture.fetch.robots import MOST_BYTES, parse_rules
from ingest.settings import Settings

ROBOTS = b"""\
User-agent: *
Disallow: /private
Allow: /private/open
Disallow: /*.pdf$

User-agent: hungrybot
Disallow: /
"""


def robots(text: bytes) -> Answer:
    return Answer(text, media_type="text/plain")


def test_nothing_is_fetched_against_robots_txt(server: Server, settings: Settings) -> None:
    server.routes["/robots.txt"] = robots(ROBOTS)
    server.fallback = lambda request: page(request.path)
    server.routes["/way-in"] = Answer(status=302, headers={"Location": "/private/behind"})
    wanted = ["/a", "/private", "/private/x", "/private/open/y", "/paper.pdf", "/paper.pdf?x=1", "/way-in"]
    report = fetch_all([server.url + path for path in wanted], settings)
    assert sorted(server.paths()) == ["/a", "/paper.pdf?x=1", "/private/open/y", "/way-in"]
    assert report.failed == {"robots_disallowed": 4}
    assert {failure.url.removeprefix(server.url) for failure in report.failures} == {
        "/private",
        "/private/x",
        "/paper.pdf",
        "/way-in",
    }


def test_rules_for_this_robot_come_before_those_for_all(server: Server, settings: Settings) -> None:
    server.routes["/robots.txt"] = robots(b"User-agent: *\nDisallow: /\n\nUser-agent: Ingest/1.0 # us\nDisallow: /no")
    server.fallback = lambda request: page(request.path)
    fetch_all([f"{server.url}/yes", f"{server.url}/no"], settings)
    assert server.paths() == ["/yes"]


@pytest.mark.parametrize(
    ("status", "fetched"), [(404, 1), (401, 1), (403, 1), (410, 1), (500, 0), (503, 0), (429, 0), (200, 1)]
)
def test_what_the_status_of_robots_txt_means(status: int, fetched: int, server: Server, settings: Settings) -> None:
    server.routes["/robots.txt"] = Answer(b"", status=status)
    server.routes["/a"] = page("a")
    report = fetch_all([f"{server.url}/a"], settings)
    assert len(server.paths()) == fetched
    assert report.failed == ({} if fetched else {"robots_unreachable": 1})


def test_a_later_run_finds_robots_txt_reachable_again(server: Server, settings: Settings) -> None:
    server.routes |= {"/a": page("a"), "/robots.txt": Answer(status=500)}
    assert fetch_all([f"{server.url}/a"], settings).fetched == 0
    server.routes["/robots.txt"] = Answer(b"")
    assert fetch_all([f"{server.url}/a"], settings).fetched == 1


def test_robots_txt_is_asked_for_once_and_kept(server: Server, settings: Settings) -> None:
    server.routes["/robots.txt"] = robots(ROBOTS)
    server.fallback = lambda request: page(request.path)
    fetch_all([f"{server.url}/{number}" for number in range(20)], settings)
    assert [request.path for request in server.requests].count("/robots.txt") == 1
    kept = [record for record in records(settings) if record.location.endswith("/robots.txt")]
    assert [record.extra["not_data"] for record in kept] == ["discovery: robots"]
    assert len(data(settings)) == 20


@pytest.mark.parametrize("line", [b"Crawl-delay: 0.1", b"Request-rate: 10/1s", b"Request-rate: 600/1m"])
def test_crawl_delay_is_kept(line: bytes, tmp_path: Path) -> None:
    with Server({"/robots.txt": robots(b"User-agent: *\n" + line)}) as server:
        server.fallback = lambda request: page(request.path)
        fetch_all([f"{server.url}/{number}" for number in range(24)], quick(tmp_path, server))
        at = [request.at for request in server.requests if request.path != "/robots.txt"]
    assert len(at) == 24
    assert_at_most(10, at)


def test_a_crawl_delay_nobody_can_keep_leaves_the_pages_to_later(server: Server, settings: Settings) -> None:
    server.routes["/robots.txt"] = robots(b"User-agent: *\nCrawl-delay: 86400")
    server.fallback = lambda request: page(request.path)
    report = fetch_all([f"{server.url}/{number}" for number in range(5)], settings)
    assert report.fetched == 1
    assert report.failed == {"host_wait_too_long": 4}


def test_the_first_500_kb_of_robots_txt_count() -> None:
    long = b"User-agent: *\nDisallow: /early\n" + b"# filler\n" * (MOST_BYTES // 9) + b"Disallow: /late\n"
    rules = parse_rules(long)
    with pytest.raises(FetchError):
        rules.check("https://example.com/early")
    rules.check("https://example.com/late")


def test_thousands_of_robots_with_thousands_of_rules_stay_small() -> None:
    names = b"".join(b"User-agent: bot%d\n" % number for number in range(15_000))
    rules = b"".join(b"Disallow: /p%d\n" % number for number in range(15_000))
    tracemalloc.start()
    parse_rules(names + rules).check("https://example.com/p1")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 << 20


@given(st.binary(max_size=300))
def test_any_robots_txt_can_be_read(content: bytes) -> None:
    rules = parse_rules(b"User-agent: *\n" + content)
    assert rules.parsed is not None
    assert rules.seconds_between() >= 0
