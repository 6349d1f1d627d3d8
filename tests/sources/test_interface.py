"""What a source can say: from when to when, with which key, of which day of capture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

import ingest
from ingest.records import Document, Entry, Score
from ingest.records.identity import record_keys
from ingest.sources import forget, use

DATED = """
import json
from datetime import date
from ingest.records import Document, Entry, Price, Score, Stated

READER = "dated/1"

def recognise(capture):
    return b'"dated-prices"' in capture.content[:100]

def day(text):
    return date.fromisoformat(text) if text else None

def parse(capture):
    document = Document("dated", READER)
    for n, row in enumerate(json.loads(capture.content)["rows"]):
        entry = Entry(row["name"], f"/rows/{n}", row.get("of"), row.get("id"), record_key=row.get("key"))
        since, until = day(row.get("from")), day(row.get("to"))
        for field in ("input", "output"):
            if field in row:
                entry.prices.append(Price(field, row[field], str(row[field]), f"/rows/{n}/{field}", provider="acme",
                    valid_from=since, valid_to=until))
        if "context" in row:
            entry.stated.append(Stated("context_tokens", row["context"], str(row["context"]), f"/rows/{n}/context",
                valid_from=since, valid_to=until))
        if "score" in row:
            entry.scores.append(Score("Acme Bench", row["score"], "points", str(row["score"]), f"/rows/{n}/score"))
        document.entries.append(entry)
    document.repairs = [f"seen {capture.captured_at:%Y-%m-%d}"]
    return document
"""
"""A source that says all that the interface has a place for."""


@pytest.fixture(scope="module", autouse=True)
def _dated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("sources") / "dated"
    folder.mkdir()
    (folder / "__init__.py").write_text(DATED)
    (folder / "source.yaml").write_text("name: dated\ntrust: maker\n")
    use(folder)
    yield
    forget("dated")


def write(house: Any, day: str, *rows: dict[str, Any]) -> Path:
    return house.write(f"{day}/dated.json", json.dumps({"is": "dated-prices", "rows": rows}).encode())


def price(since: str | None, until: str | None, amount: float) -> dict[str, Any]:
    return {"name": "Sparrow 2", "of": "Acme AI", "id": "sparrow-2", "from": since, "to": until, "input": amount}


HISTORY = "SELECT amount, valid_from::DATE::VARCHAR, valid_to::DATE::VARCHAR FROM price_history ORDER BY 2, 3"
OPENS, MIDDLE, LATE = "2024-05-13", "2024-08-06", "2025-10-01"


def test_prices_hold_from_day_to_day(house: Any) -> None:
    house.run(write(house, "2025-09-11", price(OPENS, MIDDLE, 5), price(MIDDLE, None, 2.5)))
    assert house.rows(HISTORY) == [(5, OPENS, MIDDLE), (2.5, MIDDLE, None)]
    assert house.values("SELECT amount FROM prices") == [2.5]
    assert house.values("SELECT amount FROM chosen_prices") == [2.5]
    as_of = "SELECT amount FROM {}_as_of('{}')"
    for macro in ("prices", "chosen_prices"):
        for day, amount in (
            ("2024-05-12", []),
            (OPENS, [5]),
            ("2024-08-05", [5]),
            (MIDDLE, [2.5]),
            ("2026-01-01", [2.5]),
        ):
            assert house.values(as_of.format(macro, day)) == amount, (macro, day)
    house.run(write(house, "2025-10-02", price(OPENS, MIDDLE, 5), price(MIDDLE, LATE, 2.5), price(LATE, None, 2)))
    assert house.rows(HISTORY) == [(5, OPENS, MIDDLE), (2.5, MIDDLE, LATE), (2, LATE, None)]
    assert house.values("SELECT amount FROM prices") == [2]
    assert house.values(as_of.format("prices", "2025-09-20")) == [2.5]
    changed = (
        "SELECT old_usd_per_million_tokens, new_usd_per_million_tokens, changed_at::DATE FROM price_changes({}, {})"
    )
    assert house.rows(changed.format("'2025-09-20'", "'2025-10-05'")) == [(2.5, 2, date(2025, 10, 1))]
    assert house.cli("verify").returncode == 0


def test_an_end_that_is_to_come_and_a_price_that_is_announced(house: Any) -> None:
    house.run(write(house, "2025-09-11", price(MIDDLE, LATE, 2.5), price(LATE, None, 2)))
    assert house.rows("SELECT amount, tier, tier_from FROM prices ORDER BY 1 DESC") == [
        (2.5, None, None),
        (2, f"from {LATE}", date(2025, 10, 1)),
    ]
    assert house.values("SELECT amount FROM prices_as_of('2025-12-01') WHERE tier IS NULL") == []
    assert house.values("SELECT amount FROM prices_as_of('2025-09-30') WHERE tier IS NULL") == [2.5]


def test_what_a_source_dates_anew_takes_the_place_of_what_it_said(house: Any, make_house: Any) -> None:
    first = [price(OPENS, None, 5), price("2024-07-01", None, 4)]
    then = [price(OPENS, "2024-08-10", 5), price("2024-08-10", None, 2.5)]
    house.run(write(house, "2025-09-11", *first))
    house.run(write(house, "2025-09-12", *then))
    held = house.rows("SELECT amount, valid_from::DATE::VARCHAR FROM prices_as_of('2024-08-01') ORDER BY 1")
    assert held == [(4, "2024-07-01"), (5, OPENS)] or held == [(5, OPENS)]
    assert house.values("SELECT amount FROM prices") == [2.5]
    other: Any = make_house()
    for day, rows in (("2025-09-12", then), ("2025-09-11", first)):
        other.run(write(other, day, *rows))
    assert other.rows(HISTORY) == house.rows(HISTORY)
    assert house.rows(HISTORY)[-1] == (2.5, "2024-08-10", None)


def test_a_price_without_a_first_day_holds_until_its_last(house: Any) -> None:
    house.run(write(house, "2025-09-11", price(None, MIDDLE, 5), price(MIDDLE, None, 2.5)))
    assert sorted(house.rows(HISTORY)) == [(2.5, MIDDLE, None), (5, None, MIDDLE)]
    assert house.values("SELECT amount FROM prices") == [2.5]


def test_a_price_ends_where_the_next_begins(house: Any) -> None:
    house.run(write(house, "2025-09-11", price(OPENS, None, 5), price(MIDDLE, None, 2.5)))
    assert house.rows(HISTORY) == [(5, OPENS, MIDDLE), (2.5, MIDDLE, None)]


def test_a_fact_holds_from_day_to_day(house: Any) -> None:
    parts = ((64000, OPENS, MIDDLE), (128000, MIDDLE, None))
    named = {"name": "Sparrow 2", "of": "Acme AI", "id": "sparrow-2"}
    house.run(write(house, "2025-09-11", *({**named, "context": n, "from": a, "to": b} for n, a, b in parts)))
    columns = "number, valid_from::DATE::VARCHAR, valid_to::DATE::VARCHAR, chosen"
    said = house.rows(f"SELECT {columns} FROM claims WHERE field = 'context_tokens' ORDER BY 1")
    assert said == [(64000, OPENS, MIDDLE, False), (128000, MIDDLE, None, True)]
    assert house.values("SELECT context_tokens FROM models") == [128000]


def test_what_ends_before_it_begins_goes_to_quarantine(house: Any) -> None:
    house.run(write(house, "2025-09-11", price(MIDDLE, OPENS, 5)))
    assert house.values("SELECT reasons[1] FROM quarantine") == ["ends_before_it_begins"]
    assert house.values("SELECT count(*) FROM prices") == [0]


def test_a_parser_is_told_when_its_source_served_the_file(house: Any) -> None:
    path = write(house, "2025-09-11", price(None, None, 1))
    house.run(path)
    said = "SELECT actual FROM checks WHERE name = 'text_repaired'"
    assert house.values(said) == ["seen 2025-09-11"]
    house.cli("rebuild")
    assert house.values(said) == ["seen 2025-09-11"]
    document = ingest.parse(path.read_bytes(), source="dated", captured_at=datetime(2025, 3, 1))
    assert document.repairs == ["seen 2025-03-01"]


def board(order: int = 1, **scores: float) -> list[dict[str, Any]]:
    return [{"name": name, "of": "Acme AI", "score": score} for name, score in scores.items()][::order]


def test_history_does_not_follow_the_order_of_rows(house: Any) -> None:
    """Three releases of a board without keys, each in another order, with one new row and one new result."""
    house.run(write(house, "2025-09-11", *board(Wren=1200, Robin=1100, Finch=1000)))
    house.run(write(house, "2025-09-12", *board(-1, Wren=1200, Robin=1100, Finch=1000)))
    last = house.run(write(house, "2025-09-13", *board(Owl=1300, Finch=1000, Robin=1150, Wren=1200)))
    changed = house.rows(
        "SELECT table_name, kind, count(*) FROM changes WHERE run_id = ? AND table_name <> 'models' GROUP BY ALL",
        last.run_id,
    )
    assert sorted(changed) == [("scores", "added", 1), ("scores", "changed", 1)]


def test_records_that_only_their_values_tell_apart_are_named(house: Any) -> None:
    house.run(write(house, "2025-09-11", *board(Wren=1200), *board(Wren=1100)))
    assert house.values("SELECT actual FROM checks WHERE name = 'record_without_key'") == [
        "2 records that only their values tell apart"
    ]


def test_the_key_of_a_record_is_no_id_of_a_model(house: Any) -> None:
    rows = [{**row, "key": f"row-{n}-of-7f3a"} for n, row in enumerate(board(Wren=1200, Robin=1100))]
    house.run(write(house, "2025-09-11", *rows))
    assert house.values("SELECT model_id FROM models ORDER BY 1") == ["acme-ai/robin", "acme-ai/wren"]
    assert house.values("SELECT listed_id FROM model_ids") == [None, None]


def test_a_setting_in_a_name_is_a_condition_of_its_scores(house: Any) -> None:
    rows = board(**{"o3-mini-high": 1300, "claude-opus-4-thinking-16k": 1250})
    house.run(write(house, "2025-09-11", *({**row, "of": None} for row in rows)))
    said = house.rows("SELECT model_id, reasoning_effort, thinking_tokens FROM scores ORDER BY 1")
    assert said == [("anthropic/claude-opus-4", None, 16000), ("openai/o3-mini", "high", None)]


def test_keys_of_records() -> None:
    with_shots = [Score("B", 1.0, None, "1", "row 2", conditions={"n_shots": n}) for n in (0, 5)]
    entries = [Entry("A", "row 2", scores=[each]) for each in with_shots] + [Entry("C", "row 4", source_key="c")]
    keys, doubtful = record_keys(entries)
    assert keys[2] == "c" and len(set(keys)) == 3 and not doubtful
    assert sorted(map(str, record_keys(entries[::-1])[0])) == sorted(map(str, keys))
    assert record_keys([Entry("A", "row 2")]) == ([None], [])
    assert Document("a", "a/1").entries == []
