"""The three ways in which a run comes out, by exit status, in ``--json`` and in words."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ingest.sources import forget, use

LOGIN = b"<html><body><h1>Sign in</h1><form><p>Password</p><input type=password><p>Log in</p></form></body></html>"

READER = '''
"""A source whose reader fails on some files."""

def recognise(capture):
    return capture.content.startswith(b"wren: ")

def parse(capture):
    raise ZeroDivisionError("the reader has a defect")
'''


def outcome(house: Any, *arguments: str | Path) -> tuple[int, str, list[tuple[str | None, str, str]]]:
    """The exit status, the outcome that ``--json`` tells, and what is held back: source, kind, reason."""
    done = house.cli("run", *arguments or (house.pages,), "--json")
    told = json.loads(done.stdout)
    assert bool(done.stderr) == (done.returncode != 0)
    return done.returncode, told["outcome"], [(h["source"], h["kind"], h["reason"]) for h in told["held_back"]]


def test_an_input_that_never_was_data_is_counted_and_holds_nothing_back(house: Any) -> None:
    house.write()
    house.write("readme.txt", b"How these pages were gathered.\n")
    assert outcome(house) == (0, "all_well", [])
    assert outcome(house) == (0, "all_well", [])


def test_where_every_input_is_rejected_nothing_is_published(house: Any) -> None:
    house.write("readme.txt", b"How these pages were gathered.\n")
    for _ in range(2):
        done = house.cli("run", house.pages)
        assert (done.returncode, "every input was rejected" in done.stderr) == (1, True)
        assert "readme.txt" in done.stderr


def test_a_document_that_turned_into_something_else_is_held_back_until_it_is_well(house: Any) -> None:
    house.write("a.txt")
    house.write("b.txt", name="Robin 2")
    assert outcome(house) == (0, "all_well", [])
    house.write("b.txt", LOGIN)
    for _ in range(2):
        assert outcome(house) == (3, "held_back", [("model-page", "no data", "login_page")])
    house.write("b.txt", name="Robin 2")
    assert outcome(house) == (0, "all_well", [])


def test_a_file_that_cannot_be_read_is_held_back(house: Any) -> None:
    house.write()
    os.mkfifo(house.pages / "pipe.txt")
    for _ in range(2):
        status, told, [(_, kind, reason)] = outcome(house)
        assert (status, told, kind, reason) == (3, "held_back", "file", "unreadable_file: Not a regular file")
    assert outcome(house, house.pages / "pipe.txt")[:2] == (1, "nothing_published")


def test_a_file_on_which_a_reader_fails_is_held_back(house: Any) -> None:
    folder = house.root / "wren"
    folder.mkdir()
    (folder / "source.yaml").write_text("name: wren\ntitle: Wren\nformat: text\n")
    (folder / "__init__.py").write_text(READER)
    house.write()
    house.write("wren.txt", b"wren: 1\n")
    use(folder)
    try:
        status, told, [(_, kind, reason)] = outcome(house)
        assert (status, told, kind) == (3, "held_back", "reader")
        assert reason.startswith("reader_failed: ZeroDivisionError")
        assert outcome(house)[:2] == (3, "held_back")
    finally:
        forget("wren")


def test_what_is_cut_off_is_held_back_and_the_rest_is_published(house: Any, gateway: Any) -> None:
    page, feed = house.write(), gateway(house, "2025-06-01", range(6))
    assert outcome(house, page, feed) == (0, "all_well", [])
    cut = house.root / "feeds" / "2025-06-02" / "models.json"
    cut.parent.mkdir()
    cut.write_bytes(feed.read_bytes()[:-40])
    house.write(input="$9.00", today="August 9, 2025")
    status, told, [(source, kind, reason)] = outcome(house, page, cut)
    assert (status, told, source, kind) == (3, "held_back", "openrouter", "broken")
    assert reason.startswith("cut_off")
    assert 9.0 in house.values("SELECT amount FROM prices")
    row = house.one("SELECT status, error FROM runs ORDER BY started_at DESC LIMIT 1")
    assert (row["status"], "cut_off" in row["error"]) == ("succeeded", True)
    assert outcome(house, cut)[:2] == (1, "nothing_published")


def test_pages_and_feed_files_are_counted_apart(house: Any, gateway: Any) -> None:
    page, feed = house.write(), gateway(house, "2025-06-01", range(6))
    done = house.cli("run", page, feed)
    assert done.stdout.splitlines()[:2] == [
        "pages      1 read, 0 unchanged, 0 rejected",
        "feeds      1 read, 0 unchanged, 0 rejected",
    ]
    done = house.cli("run", feed)
    assert done.stdout.splitlines()[0] == "feeds      0 read, 1 unchanged, 0 rejected"
