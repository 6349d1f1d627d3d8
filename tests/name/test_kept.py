"""What is made of the knowledge is kept in the user's cache, and is the same whatever became of the file there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.knowledge.kept import kept
from ingest.name.model_catalogue import model_index


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "ingest"


def test_it_is_made_once_for_what_it_depends_on(cache: Path) -> None:
    made: list[str] = []

    def index(entry: str) -> dict[str, tuple[str, ...]]:
        def make() -> dict[str, tuple[str, ...]]:
            made.append(entry)
            return {entry: (entry, "x")}

        return kept("index", make, entry)

    assert [index(entry) for entry in "aabba"] == [{entry: (entry, "x")} for entry in "aabba"]
    assert made == ["a", "b"]
    assert len(list(cache.iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"half", None])
def test_a_damaged_file_is_made_again(cache: Path, damage: bytes | None) -> None:
    kept("index", lambda: "whole")
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"?" if damage is None else damage)
    assert kept("index", lambda: "whole") == "whole"
    assert file.read_bytes() == whole


def test_files_of_earlier_versions_do_not_pile_up(cache: Path) -> None:
    for version in range(20):
        kept("index", lambda: "x", version)
    kept("other", lambda: "y")
    assert len(list(cache.glob("index-*"))) == 8
    assert kept("index", lambda: "made again", 19) == "x"


def test_without_a_folder_to_write_to_it_is_made_each_time(cache: Path) -> None:
    cache.write_text("a file where the folder would be")
    assert kept("index", lambda: 1) == 1
    assert kept("index", lambda: 2) == 2


def test_the_catalogue_that_is_read_back_is_the_one_that_is_made(cache: Path) -> None:
    def answers() -> list[object]:
        model_index.cache_clear()
        names = ("GPT-4.1 mini", "qwen2p5-72b-instruct", "Claude-4-Sonnet", "nobody-knows-7b")
        found = [(model_index().find(name, ()), model_index().ambiguous(name)) for name in names]
        return [*found, model_index().catalogue, model_index().names.one_slip("claude35sonett", "Claude 3.5 Sonett")]

    try:
        made = answers()
        assert list(cache.glob("models-*"))
        assert answers() == made
    finally:
        model_index.cache_clear()
