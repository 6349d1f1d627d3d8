"""`ingest status` and `ingest retention`: how a project stands, and what nothing in it needs."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path
from typing import Any

from ingest.publish import writer_lock
from ingest.retention import removable
from ingest.served import folder_of
from ingest.settings import load_settings


def test_status_tells_the_last_run_the_disk_and_what_is_wrong(house: Any) -> None:
    nothing = house.cli("status")
    assert nothing.returncode == 1
    assert "nothing was published yet" in nothing.stdout

    house.write()
    house.run()
    well = house.cli("status", "--json")
    found = json.loads(well.stdout)
    assert (well.returncode, found["wrong"], found["lock"], found["server"]) == (0, [], None, None)
    assert (found["last_run"]["status"], found["last_run"]["captures_read"]) == ("succeeded", 1)
    assert {row["source"] for row in found["sources"]} >= {"model-page"}
    assert found["disk"]["warehouse_bytes"] == house.warehouse.stat().st_size
    assert "All is well." in house.cli("status").stdout

    old = house.cli("status", "--max-age", "0s")
    assert old.returncode == 1
    assert "wrong: The last run ended" in old.stdout


def test_status_names_what_is_held_back_who_writes_and_a_server_that_is_gone(house: Any) -> None:
    house.write()
    house.run()
    noted = {"open": {"openrouter": {"title": "openrouter is held back: http_500", "since": "now", "reason": "down"}}}
    house.warehouse.with_name(f".{house.warehouse.name}.alerts.json").write_text(json.dumps(noted))
    environment = house.process_options()["env"] | {"PREFECT_API_URL": "http://me:hunter2@127.0.0.1:9/api"}
    with writer_lock(house.warehouse, 0, lambda _: None):
        said = house.cli("status", env=environment)
    assert said.returncode == 1
    assert f"writing    process {os.getpid()} on {socket.gethostname()} since" in said.stdout
    assert "wrong: openrouter is held back: http_500 (since now): down" in said.stdout
    assert "wrong: The Prefect server at 127.0.0.1:9/api does not answer" in said.stdout
    assert "hunter2" not in said.stdout


def test_a_project_that_is_served_and_is_not_now_is_wrong(house: Any, tmp_path: Path) -> None:
    house.write()
    house.run()
    environment = house.process_options()["env"] | {"PREFECT_HOME": str(tmp_path)}
    folder = folder_of(tmp_path, house.warehouse)
    folder.mkdir(parents=True)
    stopped = house.cli("status", env=environment)
    assert (stopped.returncode, "wrong: `ingest serve` does not run" in stopped.stdout) == (1, True)
    folder.rmdir()
    assert house.cli("status", env=environment).returncode == 0


def test_a_source_that_is_switched_off_and_old_is_a_note(house: Any) -> None:
    fixture = Path(__file__).parents[1] / "sources" / "models_dev" / "fixtures" / "api.json"
    house.run(fixture, captured_at="2026-01-01T00:00:00+00:00")
    off = house.cli("status")
    assert off.returncode == 0, off.stdout
    assert "note:  The source models-dev is stale" in off.stdout
    assert "nothing fetches it" in off.stdout
    assert "Nothing is wrong." in off.stdout
    assert "All is well." not in off.stdout
    on = house.cli("status", env=house.process_options()["env"] | {"INGEST_SOURCES": "models-dev, openrouter"})
    assert on.returncode == 1
    assert "wrong: The source models-dev is stale" in on.stdout
    assert "note:  The source openrouter is switched on, and nothing of it has come yet." in on.stdout


def test_the_server_that_a_profile_of_prefect_names_is_asked(house: Any, tmp_path: Path) -> None:
    house.write()
    house.run()
    home = tmp_path / "prefect"
    home.mkdir()
    (home / "profiles.toml").write_text(
        'active = "far"\n[profiles.far]\nPREFECT_API_URL = "http://127.0.0.1:9/far/api"\n'
    )
    said = house.cli("status", env=house.process_options()["env"] | {"PREFECT_HOME": str(home)})
    assert "wrong: The Prefect server at http://127.0.0.1:9/far/api does not answer" in said.stdout


def test_retention_shows_and_removes_only_what_nothing_needs(house: Any) -> None:
    house.write()
    house.run()
    before = house.digests()
    objects = house.raw / "captures" / "objects"
    needed = set(objects.rglob("*.zst"))
    left = [
        objects / "ab" / f"ab{'0' * 62}.zst",
        objects / "ab" / f"ab{'1' * 62}.zst.7.7.tmp",
        house.warehouse.with_name(f".{house.warehouse.name}.77.work"),
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"left")
        os.utime(path, (0, time.time() - 8 * 86400))
    young = objects / "ab" / f"ab{'2' * 62}.zst"
    young.write_bytes(b"a run stores it now")

    listed = house.cli("retention", "--json")
    assert {Path(each["path"]).name for each in json.loads(listed.stdout)} == {path.name for path in left}
    assert all(path.exists() for path in left), "nothing is removed unless asked"
    assert "3 files" in house.cli("retention", "--remove").stdout
    assert not any(path.exists() for path in left)
    assert young.exists()
    assert set(objects.rglob("*.zst")) == needed | {young}
    assert removable(load_settings(raw=house.raw, warehouse=house.warehouse)) == []
    assert house.cli("rebuild").returncode == 0
    assert house.digests() == before
