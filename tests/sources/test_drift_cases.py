"""One changed field of a feed, case by case: read, listed, named or in quarantine, and everything else as before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.read.datafile import read_csv, read_yaml_blocks
from ingest.read.locate import Places
from ingest.read.recordfile import read_records
from ingest.records.document import Capture, Document, Entry
from ingest.sources import sources

HERE = Path(__file__).parent
FIXTURES = {
    "models-dev": HERE / "models_dev/fixtures/api.json",
    "openrouter": HERE / "openrouter/fixtures/models.json",
    "litellm": HERE / "litellm/fixtures/model_prices_and_context_window.json",
    "llmstats": HERE / "llmstats/fixtures/models/openai/gpt-4.1-mini-2025-04-14/model.json",
}
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "drift.yaml").read_text("utf-8"))
_RAW = "a raw number stands here"


def _changed(case: dict[str, Any]) -> bytes:
    root = json.loads(FIXTURES[case["feed"]].read_bytes())
    *parents, last = case["at"].split("/")[1:]
    here = root
    for part in parents:
        here = here[int(part)] if isinstance(here, list) else here[part]
    here[last] = _RAW if "raw" in case else case["set"]
    return json.dumps(root).replace(f'"{_RAW}"', str(case.get("raw"))).encode()


def _read(feed: str, content: bytes) -> Document:
    return sources()[feed].parse(Capture(content, FIXTURES[feed].as_posix()))


def _said(entry: Entry) -> list[Any]:
    return [*entry.stated, *entry.prices, *entry.scores]


def _about(said: Any) -> str:
    return str(next(getattr(said, name) for name in ("field", "kind", "benchmark") if hasattr(said, name)))


def _value(said: Any) -> Any:
    return next(getattr(said, name) for name in ("value", "amount", "score") if hasattr(said, name))


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['feed']} {c['at']} {str(c.get('raw', c.get('set')))[:20]}")
def test_a_changed_field(case: dict[str, Any]) -> None:
    content = _changed(case)
    as_it_was = json.dumps(json.loads(FIXTURES[case["feed"]].read_bytes())).encode()
    before, document = _read(case["feed"], as_it_was), _read(case["feed"], content)
    assert document.rejected is None
    known = before.entries
    others = [e for e in document.entries if e in known]
    assert len(others) >= len(known) - 1
    places = Places(content)
    for entry in document.entries:
        for said in _said(entry):
            assert places.holds(said.locator, getattr(said, "raw_text", None) or said.score_text)
    found = [said for e in document.entries for said in _said(e) if _about(said) == case.get("of")]
    if "read" in case:
        right = [s for s in found if _value(s) == case["read"] and case["at"].startswith(s.locator)]
        assert [said.problem for said in right] == [None]
    if "quarantined" in case:
        assert case["quarantined"] in {said.problem for said in found}
    if case.get("listed"):
        assert any(case["listed"] in line.text for line in document.unread)
    if "named" in case:
        assert any(case["named"] == check.name and not check.passed for check in document.checks)


@pytest.mark.parametrize("factor", [1e-6, 1e-3, 1e3, 1e6])
def test_a_file_that_is_written_in_another_unit_sells_nothing(factor: float) -> None:
    root = json.loads(FIXTURES["models-dev"].read_bytes())
    cost = root["openai"]["models"]["gpt-4.1-mini"]
    amounts = [0.15, 0.3, 0.5, 0.8, 1.0, 1.25, 2.5, 3.0, 5.0, 15.0]
    root["openai"]["models"] = {
        f"a-model-{i}": {**cost, "cost": {"input": amount * factor, "output": 4 * amount * factor}}
        for i, amount in enumerate(amounts)
    }
    document = _read("models-dev", json.dumps({"openai": root["openai"]}).encode())
    assert len([p for e in document.entries for p in e.prices]) == 20
    assert all(p.problem in ("unit_doubtful", "price_out_of_range") for e in document.entries for p in e.prices)


@pytest.mark.parametrize(
    ("feed", "content"),
    [
        ("openrouter", b'{"data": [[{"id": "a/b", "pricing": {}}]]}'),
        ("openrouter", b'{"data": {"items": []}}'),
        ("litellm", b'{"v2": {"gpt-4o": {"litellm_provider": "openai"}}}'),
        ("models-dev", b'{"providers": {"openai": {"models": {}}}}'),
        ("llmstats", b'{"name": "DeepInfra", "providermodels": {"0": {"model_id": "a"}}}'),
        ("llmstats", b'{"name": "DeepInfra", "providermodels": null}'),
        ("llmstats", b'{"v2": {"name": "GPT-4o"}}'),
    ],
)
def test_a_file_of_another_shape_is_rejected_and_makes_no_model(feed: str, content: bytes) -> None:
    document = _read(feed, content)
    assert document.rejected
    assert not document.entries


def test_a_table_that_breaks_off_gives_whole_rows_only() -> None:
    table = read_csv(b"id,model,score\n1,gpt-4o,0.85\n2,gpt-4o-mi")
    assert [(row.number, row.whole) for row in table.rows] == [(2, True), (3, False)]
    assert [leaf.path for leaf in table.rows[1].leaves()] == ["a row that is not whole"]
    assert [leaf.path for leaf in read_csv(b"id,model\n1,gpt-4o,0.85\n").rows[0].leaves()] == [
        "id",
        "model",
        "column 3",
    ]


def test_a_list_that_breaks_off_does_not_give_half_a_value() -> None:
    whole = b"- model: a\n  rate: 82.1\n  cost: 5.50\n- model: b\n  rate: 79.7\n  cost: 17.25\n"
    *_, cut = read_yaml_blocks(whole[: whole.index(b"79.7") + 1])
    assert [leaf.path for leaf in cut.fields] == ["model", "rate, where the file breaks off"]
    *_, last = read_yaml_blocks(whole[:-1])  # no line break at the end, behind the field that each record ends in
    assert [leaf.path for leaf in last.fields] == ["model", "rate", "cost"]


def test_percentages_of_a_board_that_are_written_as_shares_are_doubted() -> None:
    runs = "".join(
        f"- model: m{i}\n  edit_format: diff\n  test_cases: 225\n  pass_rate_1: 0.{i}5\n  pass_rate_2: 0.{i}7\n"
        for i in range(6)
    )
    document = sources()["aider"].parse(Capture(runs.encode(), "polyglot_leaderboard.yml"))
    assert {score.problem for entry in document.entries for score in entry.scores} == {"unit_doubtful"}


_ROWS = b"model,score,measured,note\n" + b"".join(b"m-%d,0.5%d,2025-09-1%d,by hand\n" % (n, n, n) for n in range(8))


@pytest.mark.parametrize(
    ("last", "whole"),
    [
        (b"wren,0.61,2025-09-11,", False),  # cut behind the last comma: every note above is filled
        (b"wren,0.61,2025-09-11,by h", False),  # within a text that stands above
        (b"wren,0.61,2025-0", False),  # fewer cells
        (b"wren,0.61,2025-09-11,by hand", True),
        (b"wren,0.61,2025-09-11,by machine", True),
        (b"wren,0.61,2025-09-11,by h\n", True),  # a line break says that the row is whole
    ],
)
def test_a_table_that_breaks_off_in_its_last_row_says_so_at_first_sight(last: bytes, whole: bool) -> None:
    table = read_csv(_ROWS + last)
    assert (table.rows[-1].whole, table.is_cut_off) == (whole, not whole)


@pytest.mark.parametrize(("cell", "whole"), [(b"0.6", False), (b"0.61", True), (b"", False), (b"1.0e5", True)])
def test_the_form_of_a_column_tells_whether_its_last_cell_is_whole(cell: bytes, whole: bool) -> None:
    table = b"model,score\n" + b"".join(b"m-%d,0.5%d\n" % (n, n) for n in range(8)) + b"wren," + cell
    assert read_csv(table).rows[-1].whole is whole


def test_a_column_that_is_often_empty_may_end_a_table() -> None:
    table = b"model,score,note\n" + b"".join(b"m-%d,0.%d,\n" % (n, n) for n in range(4)) + b"a,1,x\nb,2,y\nwren,0.5,"
    assert read_csv(table).rows[-1].whole


@pytest.mark.parametrize(("content", "form"), [(_ROWS + b"wren,0.6", "csv"), (b"- a: 1\n  b: 2\n- a: 3", "yaml")])
def test_the_records_of_a_file_that_breaks_off_say_so(content: bytes, form: str) -> None:
    file = read_records(content, form)
    assert (file.incomplete or "").startswith("cut_off: ")
    assert read_records(_ROWS, "csv").incomplete is None
