from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from fetching import data, fetch_all, records
from server import Answer, Server, page

import ingest
from ingest.capture.archive import taken_back
from ingest.settings import Settings

CASES = yaml.safe_load((Path(__file__).parents[1] / "read" / "not_data.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", [case for case in CASES if "url" not in case])
def test_the_same_bytes_get_the_same_verdict_as_a_file_and_over_http(
    case: dict[str, Any], server: Server, settings: Settings
) -> None:
    """Whatever the server declares, and whichever way they come."""
    content = case["html"].encode()
    server.routes["/a"] = Answer(content, media_type=case.get("media_type", "text/html"))
    report = fetch_all([f"{server.url}/a"], settings)
    assert report.soft_failures == ({case["is"]: 1} if case["is"] else {})
    (record,) = [each for each in records(settings) if each.location.endswith("/a")]
    assert record.extra.get("not_data") == case["is"]
    as_file = ingest.parse(content).rejected
    assert as_file == case["is"] or case["is"] is None


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
