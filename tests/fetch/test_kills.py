from __future__ import annotations

from pathlib import Path

from killing import kill_again_and_again


def test_a_crawl_that_is_killed_again_and_again_has_every_page_once(tmp_path: Path) -> None:
    wrong = kill_again_and_again(tmp_path, pages=1100, kills=6, seed=1)
    begun, again = wrong.pop("crawls begun"), wrong.pop("fetched again")
    assert set(wrong.values()) == {0}, wrong
    assert begun == 1
    assert again <= 6 * 250  # what waited in memory at each kill
