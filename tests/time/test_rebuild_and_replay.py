"""Read again with other knowledge: what differs is said, what passes now is resolved, the digest is one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ingest
from ingest import rules
from ingest.rules import rules_version

CORRECTIONS = """
corrections:
- entry: Robin 1
  price: input
  said: $0.40
  value: 0.44
  reason: The maker's price list of that day has 0.44; the page rounds.
- entry: Robin 2
  field: release_date
  said: Smarch 3, 2025
  value: 2025-03-03
  unit: day
  reason: The maker's announcement is of March 3.
- entry: Robin 2
  benchmark: MMLU
  said: 180.1%
  value: 80.1
  reason: A slip of a key; the paper has 80.1.
"""


def _other_day(house: Any, *yaml: str) -> dict[str, Any]:
    """Options of a process in which the data of the source model-page says more than today's."""
    folder = house.root / "tomorrow"
    shutil.copytree(Path(ingest.__file__).parent, folder / "ingest", ignore=shutil.ignore_patterns("__pycache__"))
    settings = folder / "ingest" / "sources" / "model_page" / "source.yaml"
    settings.write_text(settings.read_text("utf-8") + "".join(yaml), "utf-8")
    options = dict(house.process_options())
    options["env"] = {**options["env"], "PYTHONPATH": str(folder)}
    return options


def _command(house: Any, options: dict[str, Any], *arguments: str) -> str:
    process = house.start(*arguments, **options)
    said, complained = process.communicate(timeout=300)
    assert process.returncode == 0, complained
    return str(said)


def _two_pages(house: Any) -> None:
    house.write("1.txt", name="Robin 1")
    scores = [["General Knowledge", "MMLU", "5-shot", "180.1%"], ["Mathematics", "GSM8K", None, "92.5%"]]
    house.write("2.txt", name="Robin 2", release="Smarch 3, 2025", scores=scores, input="-$1.00")
    house.run()


def test_a_process_of_another_day_has_its_own_data(house: Any) -> None:
    """The other tests rest on it."""
    options = _other_day(house, CORRECTIONS)
    code = "from ingest.batch import corrections_of; print(len(corrections_of('model-page')))"
    said = subprocess.run([sys.executable, "-c", code], **options, check=True).stdout
    assert said.strip() == "3"


# Quarantine


def test_the_overview_counts_by_reason_and_source(house: Any) -> None:
    assert "no warehouse" in house.cli("quarantine").stderr
    _two_pages(house)
    said = house.cli("quarantine").stdout
    for reason in ("unreadable_date", "percent_out_of_range", "price_out_of_range"):
        assert reason in said
    assert "model-page" in said


def test_rows_are_shown_with_the_lines_that_they_came_from(house: Any) -> None:
    _two_pages(house)
    shown = json.loads(house.cli("quarantine", "show", "--json").stdout)
    assert len(shown) == len(house.rows("FROM quarantine"))
    for row in shown:
        record = row["record"]
        assert (record.get("raw_text") or record["score_text"]) in row["text"]
        assert row["location"].endswith("2.txt")
    told = house.cli("quarantine", "show", "--reason", "percent_out_of_range").stdout
    assert "    180.1%" in told
    assert "Smarch" not in told


def test_a_row_is_shown_though_its_capture_is_lost(house: Any) -> None:
    _two_pages(house)
    shutil.rmtree(house.raw / "captures" / "objects")
    done = house.cli("quarantine", "show")
    assert (done.returncode, done.stderr) == (0, "")
    assert "unreadable_date" in done.stdout
    assert "cannot be read" in done.stdout


def test_replay_resolves_what_passes_now_and_keeps_what_does_not(house: Any) -> None:
    _two_pages(house)
    quarantined = house.values("SELECT quarantine_id FROM quarantine")
    assert house.rows("SELECT release_date FROM models WHERE name = 'Robin 2'") == [(None,)]
    said = _command(house, _other_day(house, CORRECTIONS), "quarantine", "replay")
    assert f"resolved   2 of {len(quarantined)}" in said
    left = house.rows("SELECT reasons FROM quarantine WHERE resolved_at IS NULL")
    assert left == [(["price_out_of_range"],)]
    assert sorted(house.values("SELECT quarantine_id FROM quarantine")) == sorted(quarantined)
    release = "SELECT release_date::VARCHAR FROM models WHERE name = 'Robin 2'"
    assert house.values(release) == ["2025-03-03"]
    assert house.values("SELECT score FROM scores WHERE benchmark_id = 'mmlu' AND model_id LIKE '%robin-2'") == [80.1]
    open_rows = house.cli("quarantine").stdout
    assert "price_out_of_range" in open_rows
    assert "unreadable_date" not in open_rows


def test_replay_with_nothing_in_quarantine_does_nothing(house: Any) -> None:
    house.write()
    house.run()
    before = house.digests()
    done = house.cli("quarantine", "replay")
    assert done.returncode == 0, done.stderr
    assert "resolved   0 of 0" in done.stdout
    assert house.digests() == before


# Corrections


def test_a_correction_is_visible_and_keeps_what_the_source_said(house: Any) -> None:
    house.write("2.txt", name="Robin 2", release="Smarch 3, 2025")
    _command(house, _other_day(house, CORRECTIONS), "run", "pages")
    ((value, raw_text, rule),) = house.rows("SELECT value, raw_text, rule FROM claims WHERE field = 'release_date'")
    assert (value, raw_text) == ("2025-03-03", "Smarch 3, 2025")
    assert rule == "only_claim; corrected: The maker's announcement is of March 3."
    checks = house.rows("SELECT passed, expected, actual FROM checks WHERE name = 'correction_applied'")
    assert checks == [(True, "2025-03-03", "Smarch 3, 2025")]
    assert house.cli("verify").returncode == 0


def test_a_correction_of_a_source_that_mended_itself_is_reported(house: Any) -> None:
    house.write("2.txt", name="Robin 2", release="March 4, 2025")
    said = _command(house, _other_day(house, CORRECTIONS), "run", "pages")
    assert "correction_obsolete" in said
    assert house.values("SELECT release_date::VARCHAR FROM models") == ["2025-03-04"]
    obsolete = house.rows("SELECT expected, actual FROM checks WHERE name = 'correction_obsolete' AND NOT passed")
    assert ("Smarch 3, 2025", "March 4, 2025") in obsolete


# Rebuild


def test_a_rebuild_says_what_other_knowledge_changes(house: Any) -> None:
    _two_pages(house)
    house.write("1.txt", name="Robin 1", today="September 1, 2025", input="$0.50")
    house.run()
    said = _command(house, _other_day(house, CORRECTIONS), "rebuild")
    (differs,) = [line for line in said.splitlines() if line.startswith("differs")]
    for table in ("models", "scores", "claims", "quarantine", "checks"):
        assert table in differs
    assert "captures" not in differs
    run_id = house.values("SELECT max(run_id) FROM runs")[0]
    told = house.rows("SELECT table_name, field, old_value, new_value, kind FROM changes WHERE run_id = ?", run_id)
    assert ("models", "release_date", None, "2025-03-03", "changed") in told
    assert ("scores", None, None, None, "added") in told
    then = "SELECT amount FROM prices_as_of('2025-08-15') WHERE kind = 'input' AND model_id LIKE '%robin-1'"
    assert house.values(then) == [0.44]
    assert len(house.rows("FROM runs")) == 3  # the story goes on


def test_a_rebuild_with_the_same_knowledge_differs_in_nothing(house: Any) -> None:
    _two_pages(house)
    before = house.cli("digest").stdout
    for _ in range(2):
        done = json.loads(house.cli("rebuild", "--json").stdout)
        assert (done["digest"] + "\n", done["differs_in"], done["changes"]) == (before, [], [])


def test_odd_histories_rebuild_to_what_the_runs_gave(house: Any, gateway: Any, make_house: Callable[[], Any]) -> None:
    """Pages corrected and renamed, a name that two models of different dates bear, feeds out of order, a replay."""
    house.write("a.txt", name="Robin 1", release="March 3, 2024", today="June 1, 2025")
    house.run(gateway(house, "2025-07-01", range(6)), house.pages)
    house.write("b.txt", name="Robin 1", release="May 5, 2025", today="June 2, 2025", input="$9.00")
    house.run()
    house.write("a.txt", name="Robin 1", release="March 13, 2024", today="July 1, 2025")
    house.run()
    house.write("c.html", name="Robin 1 Preview", today="June 15, 2025", input="-$1.00")
    house.run(house.pages, gateway(house, "2025-06-01", range(7)))
    house.write("c.html", name="Robin 1 Mini", today="July 15, 2025", input="-$1.00")
    house.run()
    house.write("b.txt", name="Robin 1", release="May 5, 2025", today="May 20, 2025")
    house.run(house.pages, gateway(house, "2025-06-15", range(1, 6), of_2={"context_length": 5}))
    assert house.cli("quarantine", "replay").returncode == 0
    before = house.digests()
    done = house.cli("rebuild")
    assert done.returncode == 0, done.stderr
    assert house.digests() == before
    fresh = make_house()
    shutil.copytree(house.raw, fresh.raw)
    assert fresh.cli("rebuild").returncode == 0
    assert fresh.digests() == before


@pytest.mark.parametrize(
    "stated",
    [
        (("a.txt", "March 3, 2025"), ("a.txt", "April 3, 2025"), ("b.txt", "March 3, 2025")),
        (("a.txt", "March 3, 2025"), ("a.txt", None), ("b.txt", None)),
        (
            ("b.txt", "March 3, 2025"),
            ("a.txt", "April 3, 2025"),
            ("b.txt", "April 3, 2025"),
            ("c.txt", "April 3, 2025"),
        ),
    ],
    ids=("mended", "withdrawn", "two models come to one date"),
)
def test_a_model_whose_release_is_mended_keeps_its_id_through_a_rebuild(
    house: Any, stated: tuple[tuple[str, str | None], ...]
) -> None:
    """Pages of one name and maker are told apart by their dates, run by run; a rebuild decides at once."""
    for month, (file, release) in zip(("May", "June", "July", "August"), stated, strict=False):
        page = house.write(file, name="Robin 9", release=release, announced=None, today=f"{month} 1, 2025")
        assert house.cli("run", page, "--accept").returncode == 0
    before = house.digests()
    assert "differs    in nothing" in house.cli("rebuild").stdout
    assert house.digests() == before


def test_a_capture_says_with_which_version_of_the_rules_it_was_read(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.write("../raw/pages/a.txt")
    house.cli("run")
    before = house.digests()
    assert house.values("SELECT reader FROM captures") == [f"model-page/1+{rules_version()}"]
    assert house.values("SELECT versions->>'rules' FROM runs") == [rules_version()]
    for module in ("ingest.batch", "ingest.publish.known", "ingest.publication"):
        monkeypatch.setattr(f"{module}.rules_version", lambda: "0123456789")
    assert "1 of 1 captures were read with the rules of another version" in house.cli("run").stderr
    assert house.cli("rebuild").returncode == 0
    assert house.values("SELECT DISTINCT reader FROM captures") == ["model-page/1+0123456789"]
    assert (house.cli("run").stderr, house.digests()) == ("", before)


def test_the_version_of_the_rules_changes_with_each_file_that_reading_depends_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "ingest"
    shutil.copytree(Path(rules.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__", "cli"))
    monkeypatch.setattr(rules, "_PACKAGE", package)
    seen = {rules.rules_version.__wrapped__()}
    assert seen == {rules_version()}
    for file in ("batch.py", "read/values.py", "knowledge/names/features.yaml", "sources/aider/source.yaml"):
        (package / file).write_text((package / file).read_text("utf-8") + "\n", "utf-8")
        seen.add(rules.rules_version.__wrapped__())
    (package / "load" / "loader.py").write_text("")
    seen.add(rules.rules_version.__wrapped__())
    assert len(seen) == 5
