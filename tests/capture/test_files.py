"""What the path of a file tells."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ingest.capture.files import Locations, find_files, like, state_of, time_in_path, undated
from ingest.records.limits import LARGEST_FILE


@pytest.mark.parametrize(
    ("location", "day"),
    [
        ("feeds/2025-09-11/models.json", date(2025, 9, 11)),
        ("feeds/2025-01-31/openai/o1-2024-12-17/model.json", date(2025, 1, 31)),  # the model's name holds a date too
        ("feeds/2024-12-31/day/2025-01-31/model.json", date(2025, 1, 31)),
        ("feeds/models-2025-09-11.json", date(2025, 9, 11)),
        ("feeds/2025-02-30/models-2025-09-11.json", date(2025, 9, 11)),
        ("feeds/120250-09-11/models.json", None),
        ("feeds/models.json", None),
        ("https://example.com/2025-09-11/models.json", date(2025, 9, 11)),
        ("https://example.com/2025/09/11/models.json", None),
    ],
)
def test_the_day_of_capture_is_that_of_the_last_folder_of_a_day(location: str, day: date | None) -> None:
    time = time_in_path(location)
    assert (time and time.date()) == day


@pytest.mark.parametrize(
    ("folder", "time"),
    [
        ("2025-09-11", "2025-09-11T00:00:00"),
        ("20250911", "2025-09-11T00:00:00"),
        ("2025_09_11", "2025-09-11T00:00:00"),
        ("2025/09/11", "2025-09-11T00:00:00"),
        ("date=2025-09-11", "2025-09-11T00:00:00"),
        ("2025-09-11T06-05-04", "2025-09-11T06:05:04"),
        ("2025-09-11 06:05", "2025-09-11T06:05:00"),
        ("20250911T060504Z", "2025-09-11T06:05:04"),
        ("2025-09-31", None),
        ("2025-0911", None),
        ("2025/9/11", None),
        ("2025-09-11T26-00", "2025-09-11T00:00:00"),  # tells a day and more: no folder of a day
        ("v2025-09-11", "2025-09-11T00:00:00"),
    ],
)
def test_a_folder_of_a_day_is_no_part_of_a_document(folder: str, time: str | None) -> None:
    location = f"raw/feeds/{folder}/models.json"
    found = time_in_path(location)
    assert (found and found.isoformat()[:19]) == time
    is_day = time is not None and "T26" not in folder and not folder.startswith("v")
    assert undated(location) == ("raw/feeds/models.json" if is_day else location)


@pytest.mark.parametrize(
    ("place", "known_place", "known_location", "location"),
    [
        ("raw/a/m.json", "raw/a/m.json", "raw/a/m.json", "raw/a/m.json"),
        (
            "raw/2025-09-12/m.json",
            "raw/2025-09-11/m.json",
            "/data/raw/2025-09-11/m.json",
            "/data/raw/2025-09-12/m.json",
        ),
        ("raw/2025-09-12/m.json", "raw/2025-09-11/m.json", "2025-09-11/m.json", "2025-09-12/m.json"),
        ("/x/2025-09-12/m.json", "/x/2025-09-11/m.json", "link/2025-09-11/m.json", "link/2025-09-12/m.json"),
        ("/y/m.json", "/x/2025-09-11/m.json", "other.json", "/y/m.json"),
    ],
)
def test_a_document_of_another_day_is_written_as_the_first_one_was(
    place: str, known_place: str, known_location: str, location: str
) -> None:
    assert like(place, known_place, known_location) == location


def test_whatever_path_leads_to_a_file_its_place_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "raw" / "feeds").mkdir(parents=True)
    (tmp_path / "raw" / "feeds" / "a.json").write_text("{}")
    (tmp_path / "link").symlink_to(tmp_path / "raw" / "feeds")
    (tmp_path / "one.json").symlink_to("raw/feeds/a.json")
    monkeypatch.chdir(tmp_path)
    paths = ["raw/feeds/a.json", f"{tmp_path}/raw/feeds/a.json", "link/a.json", "one.json", "raw/../raw/feeds/a.json"]
    assert {Locations(Path("raw")).of(Path(path)) for path in paths} == {"raw/feeds/a.json"}
    monkeypatch.chdir(tmp_path / "raw")
    assert Locations(Path()).of(Path("feeds/a.json")) == "raw/feeds/a.json"
    assert Locations(Path("raw")).of(Path("/somewhere/else.json")) == "/somewhere/else.json"


def test_files_below_the_working_folder_are_named_without_a_dot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "a.json").write_text("{}")
    (tmp_path / "b.txt").write_text("x")
    monkeypatch.chdir(tmp_path)
    found = find_files(Path(), Locations(tmp_path / "raw"))
    assert [(file.path, file.place) for file in found] == [("b.txt", "./b.txt"), ("feeds/a.json", "./feeds/a.json")]


def test_what_programs_made_is_no_input(tmp_path: Path) -> None:
    """Warehouses and what lies beside them, archives of captures, hidden names, environments, the run's own files."""
    given = ("a.json", "pages/b.txt", "captures/c.txt")
    made = (
        "w.duckdb", "w.duckdb.wal", "w.duckdb.previous", "x.lock", "run.log", ".hidden/d.txt", "venv/pyvenv.cfg",
        "venv/lib/e.txt", "raw/captures/objects/f.zst", "node_modules/g.json", "own.db",
        "copy/objects/h.zst", "copy/log/i.jsonl",
    )  # fmt: skip
    for name in (*given, *made):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    told: list[str] = []
    files = find_files(tmp_path, Locations(tmp_path / "raw"), frozenset({str(tmp_path / "own.db")}), told.append)
    assert sorted(Path(file.path).relative_to(tmp_path).as_posix() for file in files) == sorted(given)
    assert {Path(path).name for path in told} == {
        "w.duckdb", "w.duckdb.wal", "w.duckdb.previous", "x.lock", "run.log", ".hidden", "venv", "captures",
        "node_modules", "own.db", "copy",
    }  # fmt: skip
    for inside in ("raw/captures", "copy"):
        assert not list(find_files(tmp_path / inside, Locations(tmp_path / "raw")))
    own = frozenset({str(tmp_path / "raw" / "captures")})
    assert not list(find_files(tmp_path / "raw" / "captures" / "objects" / "f.zst", Locations(tmp_path / "raw"), own))


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(OSError, match="of at most"):
        state_of(path)
