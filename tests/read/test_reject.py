"""The one judge of whether content is data at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import ingest
from ingest.read.reject import is_page, not_data_reason

CASES = yaml.safe_load(Path(__file__).with_name("not_data.yaml").read_text(encoding="utf-8"))
ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "pages"


@pytest.mark.parametrize("case", CASES)
def test_each_kind_of_page_is_named_and_data_is_left_alone(case: dict[str, Any]) -> None:
    assert not_data_reason(case["html"].encode(), case.get("url", "")) == case["is"]


def test_no_page_of_a_model_is_taken_for_something_else() -> None:
    paths = sorted((ROOT / "raw" / "pages").iterdir())
    assert paths
    for path in paths:
        assert not_data_reason(path.read_bytes(), "https://example.com/m") is None, path.name


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared pages are not here")
def test_no_shared_page_is_taken_for_something_else() -> None:
    paths = sorted(SHARED.glob("*/*/*.html"))
    assert paths
    for path in paths:
        assert not_data_reason(path.read_bytes(), "https://example.com/m") is None, path


@given(st.text(alphabet='<>/"= abscriptdvhtmlnoh1', max_size=300))
def test_any_page_can_be_judged(text: str) -> None:
    assert isinstance(not_data_reason(text.encode(), "https://example.com/"), str | None)


def test_a_long_page_only_mentions_such_things() -> None:
    words = "<p>A benchmark of agents that sign in, solve a captcha and read pages not found elsewhere.</p>"
    page = f"<!doctype html><html><body>{words * 60}<input type=password></body></html>".encode()
    assert not_data_reason(page) is None
    assert not_data_reason(b"<!doctype html><html><body><input type=password></body></html>") == "login_page"


def test_what_no_source_finds_data_in_is_named_by_words_that_are_common_elsewhere() -> None:
    assert not_data_reason(b"<h1>502 Bad Gateway</h1>") is None
    assert ingest.parse(b"<h1>502 Bad Gateway</h1>").rejected == "server_error"


@pytest.mark.parametrize(
    ("content", "media_type", "is_html"),
    [
        (b"<p>x</p>", None, True),
        (b"<p>x</p>", "application/json", False),
        (b'{"a": "<p>x</p>"}', "text/html", False),
        (b"words", "text/html; charset=utf-8", False),
    ],
)
def test_a_page_begins_as_one_and_declares_nothing_else(content: bytes, media_type: str | None, is_html: bool) -> None:
    assert is_page(content, media_type) == is_html
