from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from fetching import data, fetch_all, records
from hypothesis import given
from hypothesis import strategies as st
from server import Answer, Server, page

from ingest.capture.archive import taken_back
from ingest.capture.fetch.soft import soft_failure
from ingest.settings import Settings

CASES = yaml.safe_load(Path(__file__).with_name("soft_failures.yaml").read_text(encoding="utf-8"))
ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "pages"


@pytest.mark.parametrize("case", CASES)
def test_soft_failures_are_marked_and_data_is_not(case: dict[str, Any], server: Server, settings: Settings) -> None:
    if "url" in case:
        assert soft_failure(case["html"].encode(), "text/html", case["url"]) == case["is"]
        return
    server.routes["/a"] = Answer(case["html"].encode(), media_type=case.get("media_type", "text/html"))
    report = fetch_all([f"{server.url}/a"], settings)
    assert report.soft_failures == ({case["is"]: 1} if case["is"] else {})
    (record,) = [each for each in records(settings) if each.location.endswith("/a")]
    assert record.extra.get("not_data") == (f"soft_failure: {case['is']}" if case["is"] else None)


def test_no_page_of_a_model_is_taken_for_a_failure() -> None:
    for path in (ROOT / "raw" / "pages").iterdir():
        kind = "text/html" if path.suffix == ".html" else "text/plain"
        assert soft_failure(path.read_bytes(), kind, "https://example.com/m") is None, path.name


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared pages are not here")
def test_no_shared_page_is_taken_for_a_failure() -> None:
    paths = sorted(SHARED.glob("*/*/*.html"))
    assert paths
    for path in paths:
        assert soft_failure(path.read_bytes(), "text/html", "https://example.com/m") is None, path


@given(st.text(alphabet='<>/"= abscriptdvhtmlnoh1', max_size=300))
def test_any_page_can_be_looked_at(text: str) -> None:
    assert isinstance(soft_failure(text.encode(), "text/html", "https://example.com/"), str | None)


def test_one_body_for_many_urls_is_no_page_of_any_of_them(server: Server, settings: Settings) -> None:
    server.fallback = lambda request: page("the same" if int(request.path[1:]) % 2 else request.path)
    report = fetch_all([f"{server.url}/{number}" for number in range(12)], settings)
    assert report.soft_failures["same_body"] == 4
    revoked = taken_back(records(settings))
    left = [record.location for record in data(settings) if record.capture_id not in revoked]
    assert sorted(left) == sorted(f"{server.url}/{number}" for number in range(0, 12, 2))


def test_an_alias_adds_nothing_and_takes_nothing_away(server: Server, settings: Settings) -> None:
    server.routes |= {"/a": page("a"), "/alias": page("a"), "/b": page("b")}
    report = fetch_all([server.url + path for path in ("/a", "/alias", "/b")], settings)
    assert (report.duplicates, report.soft_failures) == (1, {})
    assert len(data(settings)) == 2


def test_the_same_file_under_many_dates_is_no_failure(server: Server, settings: Settings) -> None:
    server.fallback = Answer(b'{"models": []}', media_type="application/json")
    assert fetch_all([f"{server.url}/{day}.json" for day in range(6)], settings).soft_failures == {}
    assert len(data(settings)) == 6


def test_a_soft_failure_is_asked_for_in_full_the_next_time(server: Server, settings: Settings) -> None:
    tags = {"ETag": '"same"'}
    login = Answer(b"<input type=password>", headers=tags)
    server.routes["/a"] = login
    fetch_all([f"{server.url}/a"], settings)
    server.routes["/a"] = Answer(page("a").body, headers=tags)
    assert fetch_all([f"{server.url}/a"], settings).soft_failures == {}
    assert "if-none-match" not in server.requests[-1].headers
