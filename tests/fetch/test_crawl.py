"""A crawl as an operator sees it: nothing twice, nothing lost, and it goes on where it was left off."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from fetching import data, fetch_all, log_text, quick, records
from server import Answer, Request, Server, page

from ingest.capture.archive import Archive
from ingest.capture.fetch import Options, Target, crawl, fetch_pages, open_crawl
from ingest.capture.fetch.polite import FAILURES_IN_A_ROW
from ingest.errors import IngestError
from ingest.settings import Settings


@pytest.fixture
def site(server: Server) -> list[str]:
    """Thirty pages with tags."""
    for number in range(30):
        answer = page(f"model {number}")
        answer.headers["ETag"] = f'"{number}"'
        server.routes[f"/m/{number}"] = answer
    return [f"{server.url}/m/{number}" for number in range(30)]


def conditional(server: Server) -> None:
    """From now on the server answers 304 to whoever has the page."""
    for path, answer in list(server.routes.items()):
        assert isinstance(answer, Answer)

        def route(request: Request, answer: Answer = answer) -> Answer:
            tag = answer.headers.get("ETag")
            if tag and request.headers.get("if-none-match") == tag:
                return Answer(status=304, headers={"ETag": tag})
            return answer

        server.routes[path] = route


def test_everything_that_came_is_kept(server: Server, settings: Settings) -> None:
    server.routes["/a"] = Answer(status=301, headers={"Location": "/b"})
    headers = {"ETag": '"1"', "Last-Modified": "Sun, 01 Mar 2026 12:00:00 GMT", "Set-Cookie": "id=hush"}
    server.routes["/b"] = Answer(page("b").body, headers=headers)
    server.routes["/gone"] = Answer(b"<p>Gone for good, and this is why.</p>", status=410)
    report = fetch_all([f"{server.url}/a", f"{server.url}/gone"], settings)
    (record,) = data(settings)
    assert (record.location, record.http_status, record.etag) == (f"{server.url}/b", 200, '"1"')
    assert record.extra["requested"] == f"{server.url}/a"
    assert record.extra["redirects"] == [{"status": 301, "to": f"{server.url}/b"}]
    assert record.extra["last_modified"] == headers["Last-Modified"]
    assert record.captured_at is not None
    assert record.captured_at.endswith("+00:00")
    assert Archive(settings.raw).load(record.sha256) == page("b").body
    (gone,) = [each for each in records(settings) if each.http_status == 410]
    assert gone.extra["not_data"] == "http_status: 410"
    assert Archive(settings.raw).load(gone.sha256).startswith(b"<p>Gone")
    assert [(failure.url, failure.reason) for failure in report.failures] == [(f"{server.url}/gone", "http_410")]
    assert "hush" not in log_text(settings)


def test_a_page_is_fetched_once(server: Server, settings: Settings, site: list[str]) -> None:
    twice = [*site, *(f"{url}?utm_source=x" for url in site), *(f"{url}#part" for url in site)]
    report = fetch_all(twice, settings)
    assert (report.found, report.fetched, report.left) == (30, 30, 0)
    assert set(Counter(server.paths()).values()) == {1}


def test_the_second_crawl_asks_whether_anything_changed(server: Server, settings: Settings, site: list[str]) -> None:
    fetch_all(site, settings)
    first = {record.location: record for record in data(settings)}
    conditional(server)
    server.routes["/m/3"] = page("model 3, changed")
    report = fetch_all(site, settings)
    assert (report.fetched, report.not_modified, report.unchanged) == (30, 29, 29)
    second = data(settings)[30:]
    for record in second:
        before = first[record.location]
        if record.location.endswith("/m/3"):
            assert record.sha256 != before.sha256
            continue
        assert (record.sha256, record.bytes, record.etag) == (before.sha256, before.bytes, before.etag)
        assert record.extra["same_as"] == before.capture_id
        assert record.extra["not_modified"] is True
        assert record.capture_id != before.capture_id
        assert record.captured_at is not None
        assert record.captured_at > (before.captured_at or "")
    third = fetch_all(site, settings)  # a 304 carries the tag on
    assert third.not_modified == 29


def test_last_modified_makes_a_request_conditional_too(server: Server, settings: Settings) -> None:
    moment = "Sun, 01 Mar 2026 12:00:00 GMT"
    server.routes["/a"] = Answer(page("a").body, headers={"Last-Modified": moment})
    for _ in range(2):
        fetch_all([f"{server.url}/a"], settings)
    assert server.requests[-1].headers["if-modified-since"] == moment


def test_the_same_bytes_without_a_304_are_unchanged_all_the_same(server: Server, settings: Settings) -> None:
    server.routes["/a"] = page("a")
    fetch_all([f"{server.url}/a"], settings)
    report = fetch_all([f"{server.url}/a"], settings)
    assert (report.unchanged, report.not_modified) == (1, 0)


def test_a_304_that_nobody_asked_for_is_a_failure(server: Server, settings: Settings) -> None:
    server.routes["/a"] = Answer(status=304)
    assert fetch_all([f"{server.url}/a"], settings).failed == {"http_304": 1}


def test_limit_goes_on_with_the_next_pages(server: Server, settings: Settings, site: list[str]) -> None:
    reports = [fetch_all(site, settings, limit=12) for _ in range(3)]
    assert [report.fetched for report in reports] == [12, 12, 6]
    assert [report.left for report in reports] == [18, 6, 0]
    assert [report.goes_on for report in reports] == [False, True, True]
    assert len(server.paths()) == len(set(server.paths())) == 30
    assert fetch_all(site, settings, limit=1).goes_on is False


def test_only_takes_the_pages_that_fit(server: Server, settings: Settings, site: list[str]) -> None:
    assert fetch_all(site, settings, only="*/m/2?").fetched == 10
    assert all(path.startswith("/m/2") for path in server.paths())
    assert fetch_all(site, settings, only="/m/29").found == 1


def test_max_age_leaves_out_what_is_young(server: Server, settings: Settings, site: list[str]) -> None:
    fetch_all(site[:10], settings)
    report = fetch_all(site, settings, max_age=timedelta(hours=1))
    assert (report.fresh, report.fetched) == (10, 20)
    report = fetch_all(site, settings, max_age=timedelta(0))
    assert (report.fresh, report.fetched) == (0, 30)


def test_max_age_counts_no_soft_failure(server: Server, settings: Settings) -> None:
    server.routes["/a"] = Answer(b"<input type=password>")
    for _ in range(2):
        assert fetch_all([f"{server.url}/a"], settings, max_age=timedelta(hours=1)).fetched == 1


def test_refresh_asks_in_full(server: Server, settings: Settings, site: list[str]) -> None:
    fetch_all(site, settings)
    conditional(server)
    report = fetch_all(site, settings, refresh=True)
    assert (report.fetched, report.not_modified) == (30, 0)


def test_dry_run_fetches_and_keeps_nothing(server: Server, settings: Settings, site: list[str]) -> None:
    report = fetch_all(site, settings, dry_run=True, only="*/m/1?")
    assert report.would_fetch == site[10:20]
    assert server.requests == []
    assert records(settings) == []
    assert fetch_all(site, settings).goes_on is False


def test_what_fails_is_listed_and_tried_again_by_the_next_run(
    server: Server, settings: Settings, site: list[str]
) -> None:
    server.routes["/m/7"] = Answer(b"later", status=502)
    server.routes["/m/8"] = Answer(b"x", length=99, cut=True)
    del server.routes["/m/9"]
    report = fetch_all(site, settings)
    assert report.failed == {"http_502": 1, "cut_off": 1, "http_404": 1}
    assert Counter(server.paths())["/m/7"] == settings.fetch_attempts
    assert Counter(server.paths())["/m/8"] == settings.fetch_attempts
    assert Counter(server.paths())["/m/9"] == 1
    for number in (7, 8, 9):
        server.routes[f"/m/{number}"] = page(f"model {number}")
    server.requests.clear()
    assert fetch_all(site, settings).failures == []
    assert {"/m/7", "/m/8"} <= set(server.paths()[:8])  # those that failed come first


def test_a_page_comes_although_its_first_attempts_fail(server: Server, settings: Settings) -> None:
    tries: Counter[str] = Counter()

    def moody(request: Request) -> Answer:
        tries[request.path] += 1
        if tries[request.path] < 3:
            return (
                Answer(b"x", length=50, cut=True)
                if request.path < "/5"
                else Answer(status=(500, 502, 504, 408)[tries.total() % 4])
            )
        return page(request.path)

    server.fallback = moody
    server.routes["/robots.txt"] = Answer(status=404)
    report = fetch_all([f"{server.url}/{number}" for number in range(10)], settings)
    assert (report.fetched, report.failures) == (10, [])


def test_a_host_that_is_gone_is_left_alone(tmp_path: Path) -> None:
    with Server() as gone:
        url = gone.url
        settings = quick(tmp_path, gone, fetch_attempts=1)
    with Server({"/robots.txt": Answer()}) as cut:
        cut.fallback = Answer(b"x", length=9, cut=True)
        allow = f"{settings.fetch_allow_hosts},{cut.host}"
        settings = settings.model_copy(update={"fetch_allow_hosts": allow})
        report = fetch_all([f"{cut.url}/{number}" for number in range(60)], settings)
        assert report.failed["cut_off"] <= FAILURES_IN_A_ROW + settings.fetch_host_concurrency
        assert report.failed["host_gone"] == 60 - report.failed["cut_off"]
        assert len(cut.paths()) == report.failed["cut_off"]
    assert fetch_all([f"{url}/a"], settings).failed == {"connect_failed": 1}


def test_one_host_in_trouble_holds_up_no_other(tmp_path: Path) -> None:
    with Server() as bad, Server() as good:
        bad.fallback = Answer(status=429, headers={"Retry-After": "3600"})
        bad.routes["/robots.txt"] = Answer()
        good.fallback = lambda request: page(request.path)
        urls = [f"{server.url}/{number}" for number in range(30) for server in (bad, good)]
        report = fetch_all(urls, quick(tmp_path, bad, good))
        assert report.fetched == 30
        assert report.failed["host_wait_too_long"] >= 22
        assert len(bad.paths()) <= 8


def test_secrets_reach_no_log(server: Server, settings: Settings, site: list[str]) -> None:
    secret = settings.model_copy(update={"raw": settings.raw})
    settings = Settings(
        raw=secret.raw,
        fetch_rate=0,
        fetch_allow_hosts=server.host,
        fetch_headers={server.host: {"X-Token": "hush-header"}},  # type: ignore[dict-item]
    )
    url = site[0].replace("http://", "http://user:hush-word@")
    target = Target.of([url, *site[1:]])
    report = crawl(target, settings)
    sent = next(request for request in server.requests if request.path == "/m/0").headers
    assert sent["authorization"] == "Basic dXNlcjpodXNoLXdvcmQ="
    assert (report.fetched, data(settings)[0].location.count("@")) == (30, 0)
    said = log_text(settings) + repr(settings) + repr(target) + repr(report) + str(target.urls)
    for word in ("hush-header", "hush-word", "dXNlcjpodXNoLXdvcmQ="):
        assert word not in said


def test_with_headers_of_settings_a_token_is_sent(server: Server, settings: Settings, site: list[str]) -> None:
    given = Settings.model_validate(
        {**settings.model_dump(), "fetch_headers": {server.host.upper(): {"X-Token": "hush"}}}
    )
    fetch_all(site[:1], given)
    assert server.requests[-1].headers["x-token"] == "hush"


def test_no_url_becomes_a_path(server: Server, settings: Settings, tmp_path: Path) -> None:
    server.fallback = lambda request: page(request.path)
    names = ["/../../../evil", "/%2e%2e/%2e%2e/evil", "/..%2f..%2fevil", "/a%00b", "/" + "x" * 3000, "/C:%5Cevil", "/~"]
    report = fetch_all([server.url + name for name in names], settings)
    assert report.fetched >= 5
    written = {path.relative_to(tmp_path).parts[:2] for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {("raw", "captures")}
    assert all(len(path.name) < 100 and "evil" not in path.name for path in tmp_path.rglob("*"))


def test_two_crawls_of_one_target_do_not_run_at_once(server: Server, settings: Settings, site: list[str]) -> None:
    target = Target.of(site)
    with open_crawl(target, settings), pytest.raises(IngestError, match="Another crawl"):
        crawl(target, settings)
    assert crawl(target, settings).fetched == 30


def test_a_crawl_that_is_told_to_stop_keeps_what_came_and_goes_on(server: Server, tmp_path: Path) -> None:
    server.fallback = lambda request: page(request.path)
    settings = quick(tmp_path, server, fetch_rate=100)
    urls = [f"{server.url}/{number}" for number in range(80)]
    stop = threading.Event()
    report = crawl(Target.of(urls), settings, stop=stop, progress=lambda done, _: stop.set() if done >= 20 else None)
    assert report.stopped
    assert 20 <= len(data(settings)) < 80
    assert report.left == 80 - report.tried
    report = crawl(Target.of(urls), settings)
    assert report.goes_on
    assert Counter(record.location for record in data(settings)) == Counter(urls)


def test_batches_of_a_flow_make_one_crawl(server: Server, settings: Settings, site: list[str]) -> None:
    with open_crawl(Target.of(site), settings) as current:
        parts: list[threading.Thread] = []
        for at in range(0, 30, 10):
            batch = current.todo[at : at + 10]
            work = threading.Thread(target=lambda b=batch: current.report.add(fetch_pages(current, settings, b)))
            parts.append(work)
            work.start()
        for work in parts:
            work.join()
    assert (current.report.fetched, current.report.left) == (30, 0)
    assert Counter(server.paths()) == Counter(f"/m/{number}" for number in range(30))
    assert fetch_all(site, settings).goes_on is False


def test_a_log_that_cannot_be_written_ends_the_crawl_with_a_sentence(
    server: Server, settings: Settings, site: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.raw / "captures").mkdir(parents=True)
    (settings.raw / "captures" / "objects").write_text("in the way")
    with pytest.raises(IngestError, match="Cannot store captures"):
        fetch_all(site, settings)
    (settings.raw / "captures" / "objects").unlink()
    report = fetch_all(site, settings)
    assert (report.goes_on, report.fetched) == (True, 30)


def test_a_target_is_refused_in_one_sentence() -> None:
    for url in ("file:///etc/passwd", "https://", "ftp://example.com/x"):
        with pytest.raises(IngestError, match="cannot be fetched"):
            Target.of([url])


def test_options_do_not_change_what_a_body_hashes_to(server: Server, settings: Settings) -> None:
    server.routes["/a"] = page("a")
    crawl(Target.of([f"{server.url}/a"]), settings, Options(refresh=True))
    (record,) = data(settings)
    assert record.sha256 == hashlib.sha256(page("a").body).hexdigest()
