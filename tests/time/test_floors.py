"""Floors: a source that suddenly states far less does not get published, and nothing that stood is lost.

From which number on it is far less, test_floor_cases.py tells.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ingest.capture.archive import Archive, CaptureRecord, sha256_of
from ingest.load.floors import FloorsError
from ingest.pipeline import open_run
from ingest.settings import load_settings

ADDRESS = "https://models.test/models.json"
LOGIN = b"<html><body><h1>Sign in</h1><form><p>Password</p><input type=password><p>Log in</p></form></body></html>"


def _state(house: Any) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
    """What is published: all public tables but ``runs``."""
    return house.digests(), house.rows("FROM changes ORDER BY ALL")


def _failed(house: Any) -> list[tuple[Any, ...]]:
    return list(house.rows("SELECT status, error FROM runs WHERE status = 'failed' ORDER BY started_at"))


def test_far_fewer_models_are_not_published_until_that_is_accepted(house: Any, gateway: Any) -> None:
    house.run(gateway(house, "2025-06-01", range(20)))
    before = _state(house)
    less = gateway(house, "2025-07-01", range(8))
    for attempt in (1, 2):  # the next plain run meets the same floor
        done = house.cli("run", less)
        assert done.returncode == 1
        assert "openrouter: 8 models instead of 20" in done.stderr
        assert "--accept" in done.stderr
        assert _state(house) == before
        failed = _failed(house)
        assert len(failed) == attempt
        assert {status for status, _ in failed} == {"failed"}
        assert all("8 models instead of 20" in error for _, error in failed)
    assert house.cli("run", less, "--accept").returncode == 0
    assert len(house.rows("SELECT DISTINCT model_id FROM prices")) == 8
    assert len(house.rows("FROM models")) == 20
    assert house.values("SELECT status FROM runs ORDER BY started_at")[-1] == "succeeded"


HISTORIES = ("models", "claims", "scores", "prices", "score_history", "price_history")

OF_THIS_PLACE = {"capture_id", "location", "recorded_at", "superseded_at", "url", "claim_id", "score_id", "price_id"}
"""Columns that tell when and from which folder something was read."""


def test_what_a_floor_held_back_ends_nothing_and_begins_nothing(house: Any, gateway: Any) -> None:
    """The story of a feed that was held back, and is whole again, is the one that it has without that day."""
    other = type(house)(house.root / "undisturbed")
    for number, (day, models) in enumerate({"06-01": range(20), "07-01": range(8), "08-01": range(21)}.items(), 1):
        cheaper = {"of_3": {"pricing": {"prompt": f"0.00000{number}", "completion": "0.000004"}}}
        for each in (house, other):
            page = each.write(input=f"${number}.00")
            is_left_out = number == 2 and each is other
            given = [] if is_left_out else [gateway(each, f"2025-{day}", models, **cheaper)]
            summary = each.run(page, *given)
            assert [held.reason.partition(";")[0] for held in summary.held_back] == (
                ["8 models instead of 20"] if number == 2 and each is house else []
            )
        if number > 1:
            digests = house.digests()
            assert house.cli("rebuild").returncode == 0  # what is held back stays so, and what was set aside too
            assert house.digests() == digests
    for table in HISTORIES:
        columns = [row[0] for row in house.rows(f"DESCRIBE {table}")]
        told = ", ".join(column for column in columns if column not in OF_THIS_PLACE)
        believed = "WHERE superseded_at IS NULL" if "superseded_at" in columns else ""
        query = f"SELECT {told} FROM {table} {believed} ORDER BY ALL"
        assert house.rows(query) == other.rows(query), table
    [(source, reason)] = house.rows("SELECT source, reason FROM captures WHERE status = 'rejected'")
    assert (source, reason.partition(";")[0]) == ("openrouter", "states_far_less: 8 models instead of 20")
    assert house.cli("verify").returncode == 0


@pytest.mark.parametrize("left_by", ["a killed run", "a killed run before a rebuild", "a crawl that nothing read"])
def test_what_no_floor_has_judged_is_judged_before_a_later_capture_hides_it(
    house: Any, gateway: Any, left_by: str
) -> None:
    files = [gateway(house, f"2025-0{n}-01", range(models)) for n, models in ((6, 20), (7, 8), (8, 20))]
    house.run(house.write())
    if left_by != "a crawl that nothing read":
        house.run(files[0])
        with open_run(load_settings(raw=house.raw, warehouse=house.warehouse)) as run:
            assert list(run.batches([files[1]]))  # what was read is stored and logged, and the process ends
        if "rebuild" in left_by:
            assert house.cli("rebuild").returncode == 0
        summary = house.run(files[2])
    else:
        for number, file in enumerate(files):
            content = file.read_bytes()
            at = f"2025-0{6 + number}-01T00:00:00.000000+00:00"
            record = CaptureRecord(f"crawled{number}", ADDRESS, sha256_of(content), len(content), at, captured_at=at)
            Archive(house.raw).keep(f"2025060{number}T000000000000Z-abcdef", [(record, content)], set())
            if number != 1:
                summary = house.run()
    assert not summary.held_back
    assert house.values("SELECT count(*) FROM price_history WHERE valid_to IS NOT NULL") == [0]
    [reason] = house.values("SELECT reason FROM captures WHERE status = 'rejected'")
    assert reason.startswith("states_far_less: 8 models instead of 20")
    digests = house.digests()
    assert house.cli("rebuild").returncode == 0
    assert house.digests() == digests


def test_what_was_held_back_and_is_accepted_happened_when_it_was_captured(house: Any, gateway: Any) -> None:
    house.run(gateway(house, "2025-06-01", range(20)))
    with pytest.raises(FloorsError):
        house.run(gateway(house, "2025-07-01", range(8)))
    less = gateway(house, "2025-07-02", range(8))
    assert house.cli("run", less, "--accept-source", "openrouter").returncode == 0
    ended = "SELECT DISTINCT strftime(valid_to, '%m-%d') FROM price_history WHERE model_id LIKE '%robin-9'"
    assert house.values(ended) == ["07-01"]
    digests = house.digests()
    assert house.cli("rebuild").returncode == 0
    assert house.digests() == digests


def test_growth_and_a_few_models_less_are_published(house: Any, gateway: Any) -> None:
    house.run(gateway(house, "2025-06-01", range(20)))
    house.run(gateway(house, "2025-07-01", range(17)))
    house.run(gateway(house, "2025-08-01", range(60)))
    assert len(house.rows("SELECT DISTINCT model_id FROM prices")) == 60


def test_a_field_that_nearly_all_models_lose_is_not_published(house: Any, gateway: Any) -> None:
    house.run(gateway(house, "2025-06-01", range(10)))
    before = _state(house)
    lost = {f"of_{n}": {"context_length": None} for n in range(8)}
    done = house.cli("run", gateway(house, "2025-07-01", range(10), **lost))
    assert done.returncode == 1
    assert "context_tokens of 2 models instead of 10" in done.stderr
    assert _state(house) == before


def test_prices_that_nearly_all_models_lose_are_not_published(house: Any, gateway: Any) -> None:
    house.run(gateway(house, "2025-06-01", range(10)))
    before = _state(house)
    lost = {f"of_{n}": {"pricing": {"prompt": "soon", "completion": "soon"}} for n in range(9)}
    done = house.cli("run", gateway(house, "2025-07-01", range(10), **lost))
    assert done.returncode == 1
    assert "price of input of 1 models instead of 10" in done.stderr
    assert _state(house) == before


def test_scores_that_pages_no_longer_show_are_not_published(house: Any) -> None:
    for number in range(6):
        house.write(f"{number}.html", name=f"Robin {number}")
    house.run()
    before = _state(house)
    for number in range(6):
        house.write(f"{number}.html", name=f"Robin {number}", today="September 1, 2025", scores=[])
    done = house.cli("run", house.pages)
    assert done.returncode == 1
    assert "model-page: scores of 0 models instead of 6" in done.stderr
    assert _state(house) == before


def test_a_page_that_keeps_one_score_of_many_is_not_published(house: Any) -> None:
    scores = [["Mathematics", f"Counting {number}", None, f"{50 + number}.0%"] for number in range(12)]
    page = house.write(scores=scores)
    house.run()
    before = _state(house)
    house.write(scores=scores[:1])
    done = house.cli("run", page)
    assert done.returncode == 1
    assert "1 of 12 scores" in done.stderr
    assert _state(house) == before
    house.write(scores=scores[:8])
    assert house.cli("run", page).returncode == 0
    assert len(house.rows("FROM scores")) == 8


def test_a_page_that_became_a_login_page_ends_nothing(house: Any) -> None:
    for number in range(3):
        house.write(f"{number}.html", name=f"Robin {number}")
    house.run()
    before = {table: house.rows(f"FROM {table} ORDER BY ALL") for table in ("models", "scores", "prices", "claims")}
    house.write("1.html", LOGIN)
    summary = house.run()
    assert (summary.status, summary.captures_rejected) == ("succeeded", 1)
    assert {table: house.rows(f"FROM {table} ORDER BY ALL") for table in before} == before


def test_many_pages_that_became_login_pages_end_nothing_and_hold_no_other_back(house: Any) -> None:
    for number in range(10):
        house.write(f"{number}.html", name=f"Robin {number}")
    house.run()
    before = house.rows("FROM claims WHERE model_id NOT LIKE '%robin-6' ORDER BY ALL")
    for number in range(6):
        house.write(f"{number}.html", LOGIN + b"<!-- %d -->" % number)
    house.write("6.html", name="Robin 6", input="$9.00")
    done = house.cli("run", house.pages)
    assert (done.returncode, "6 inputs are held back" in done.stderr) == (3, True)
    assert house.rows("FROM claims WHERE model_id NOT LIKE '%robin-6' ORDER BY ALL") == before
    assert house.values("SELECT count(*) FROM prices WHERE kind = 'input' AND amount = 9") == [1]


def test_a_run_that_finds_no_page_at_all_is_in_runs_once(house: Any) -> None:
    house.write()
    house.run()
    assert house.cli("run", house.root / "nowhere").returncode == 1
    ((_, error),) = _failed(house)
    assert "nowhere" in error


def test_a_fall_is_not_hidden_by_another_source_that_has_the_models(house: Any, gateway: Any) -> None:
    """The models that one source no longer states are stated by another one in the same run."""
    listed = range(12)
    pages = [house.write(f"{number}.txt", name=f"Robin {number}", organization="Acme AI") for number in listed]
    house.run(gateway(house, "2025-06-01", listed), *pages)
    for number in listed:
        house.write(
            f"{number}.txt", name=f"Robin {number}", organization="Acme AI", input="$9.00", today="August 9, 2025"
        )
    summary = house.run(gateway(house, "2025-07-01", range(4)), *pages)
    assert [(each.source, each.kind.value) for each in summary.held_back] == [("openrouter", "floor")]
    assert "openrouter: 4 models instead of 12" in summary.error


def test_a_source_that_falls_holds_no_other_back(house: Any, gateway: Any) -> None:
    page = house.write("a.txt", today=None)
    house.run(gateway(house, "2025-06-01", range(12)), page)
    feed = gateway(house, "2025-07-01", range(4))
    for price in ("$9.00", "$8.00"):
        house.write("a.txt", today=None, input=price)
        done = house.cli("run", feed, page)
        assert (done.returncode, "Nothing of openrouter was published" in done.stderr) == (3, True)
        assert "last run   published, with something held back" in house.cli("status").stdout
        assert house.values("SELECT amount FROM prices WHERE model_id LIKE '%sparrow%' AND kind = 'input'") == [
            float(price[1:])
        ]
        assert len(house.rows("SELECT DISTINCT model_id FROM prices")) == 13
        status, error = house.rows("SELECT status, error FROM runs ORDER BY started_at DESC LIMIT 1")[0]
        assert (status, "4 models instead of 12" in error) == ("succeeded", True)
    done = house.cli("run", feed, page, "--json")  # the page is unchanged, the feed is held back still
    told = json.loads(done.stdout)
    assert (done.returncode, told["outcome"]) == (3, "held_back")
    assert [(each["source"], each["kind"]) for each in told["held_back"]] == [("openrouter", "floor")]
    assert house.cli("run", feed, page, "--accept-source", "model-page").returncode == 3
    assert house.cli("run", feed, "--accept-source", "openrouter").returncode == 0
    assert len(house.rows("SELECT DISTINCT model_id FROM prices")) == 5
    before = house.digests()
    assert house.cli("rebuild").returncode == 0
    assert house.digests() == before


def test_a_fall_of_one_document_is_not_hidden_by_another(house: Any, gateway: Any) -> None:
    first = gateway(house, "2025-06-01", range(12))
    other = first.with_name("others.json")
    other.write_bytes(first.read_bytes())
    house.run(first, other)
    later = gateway(house, "2025-07-01", range(4))
    (later.parent / "others.json").write_bytes(first.read_bytes())
    with pytest.raises(FloorsError, match=r"openrouter: 4 models instead of 12 in \S*feeds/models.json"):
        house.run(later, later.parent / "others.json")


def test_a_field_that_one_of_two_documents_loses_is_not_hidden_by_the_other(house: Any, gateway: Any) -> None:
    first = gateway(house, "2025-06-01", range(12))
    other = first.with_name("others.json")
    other.write_bytes(first.read_bytes())
    house.run(first, other)
    before = _state(house)
    lost = {f"of_{n}": {"pricing": {"prompt": "soon", "completion": "soon"}} for n in range(12)}
    later = gateway(house, "2025-07-01", range(12), **lost)
    (later.parent / "others.json").write_bytes(other.read_bytes())
    done = house.cli("run", later, later.parent / "others.json")
    assert done.returncode == 1
    assert re.search(r"openrouter: price of input of 0 models instead of 12 in \S*feeds/models.json", done.stderr)
    assert _state(house) == before


def test_an_old_file_that_comes_late_is_not_held_against_newer_ones(house: Any, gateway: Any) -> None:
    """Ten models of June are no fall from the forty of August, whichever comes first."""
    for day, models in (("2025-08-01", 40), ("2025-07-01", 30), ("2025-06-01", 10)):
        assert house.cli("run", gateway(house, day, range(models))).returncode == 0
    assert len(house.rows("FROM models_as_of(DATE '2025-06-15')")) == 10
    assert len(house.rows("SELECT DISTINCT model_id FROM prices")) == 40


def test_what_was_not_read_is_named_with_its_reason(house: Any, gateway: Any) -> None:
    path = gateway(house, "2025-06-01", range(12))
    house.run(path)
    path.write_text("<html><title>Sign in</title><body>Sign in to continue</body></html>")
    done = house.cli("run", path)
    assert done.returncode == 1
    assert re.search(r"openrouter \S*models.json: login_page", done.stderr)
