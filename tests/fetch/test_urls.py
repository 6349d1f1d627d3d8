from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.capture.fetch.outcome import FetchError
from ingest.capture.fetch.urls import LONGEST, canonical, credentials, is_url, matches

CASES = yaml.safe_load(Path(__file__).with_name("urls.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("met", "spelling"), CASES["same"])
def test_a_page_has_one_spelling(met: str, spelling: str) -> None:
    assert canonical(met) == spelling
    assert canonical(spelling) == spelling


@pytest.mark.parametrize(("met", "reason"), CASES["refused"])
def test_what_is_no_web_page_is_refused_by_name(met: str, reason: str) -> None:
    with pytest.raises(FetchError) as caught:
        canonical(met)
    assert caught.value.reason == reason


def test_a_url_of_megabytes_is_refused() -> None:
    with pytest.raises(FetchError, match="url_too_long"):
        canonical("https://example.com/" + "a" * LONGEST)


@given(st.text(max_size=60))
@example(".")
@example("\u3002")
@example("a\u3002")
def test_canonical_twice_changes_nothing_and_raises_nothing_else(text: str) -> None:
    for url in (text, f"https://example.com/{text}", f"https://{text}/"):
        try:
            once = canonical(url)
        except FetchError:
            continue
        assert canonical(once) == once
        assert "@" not in once.split("/")[2]
        assert once.isascii()


def test_credentials_become_a_header_and_only_patterns_match() -> None:
    assert credentials("https://u:p%40ss@example.com/") == "Basic dTpwQHNz"
    assert credentials("https://example.com/") is None
    assert matches("https://example.com/models/a", "*/models/*")
    assert matches("https://example.com/models/a", "models")
    assert not matches("https://example.com/models/a", "*/news/*")
    assert is_url("HTTPS://example.com")
    assert not is_url("raw/pages/https.html")
