"""A page goes in, rows come out: values as they are meant, and where each of them stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

CASES = yaml.safe_load(Path(__file__).with_name("values.yaml").read_text("utf-8"))


def test_a_whole_page_becomes_rows(house: Any) -> None:
    house.write(parameters="8.0B", training="15.6T", family="Sparrow", average="86.3%")
    summary = house.run()
    assert (summary.status, summary.captures_read, summary.rows_quarantined) == ("succeeded", 1, 0)
    model = house.one("SELECT * FROM models")
    assert model["name"] == "Sparrow 2"
    assert model["organization"] == "Acme AI"
    assert model["model_id"].startswith(model["organization_id"] + "/")
    assert model["family"] == "Sparrow"
    assert model["description"] == "A small model that tests know well. It answers in few words."
    assert model["multimodal"] is True
    assert (model["parameters"], model["training_tokens"]) == (8_000_000_000, 15_600_000_000_000)
    assert (model["context_tokens"], model["max_output_tokens"]) == (128_000, 32_800)
    assert (model["release_date"], model["announced_on"]) == (date(2025, 3, 3), date(2025, 3, 3))
    assert model["last_updated_on"] == date(2025, 4, 19)
    assert (model["knowledge_cutoff"], model["knowledge_cutoff_precision"]) == (date(2024, 6, 30), "day")
    assert model["features"] == ["function_calling", "structured_output"]
    assert model["license"] == "Apache-2.0"
    assert model["average_score"] == 86.3
    assert model["first_seen"] == model["last_seen"] == datetime(2025, 8, 1)
    assert model["source_count"] == 1
    assert house.rows(
        "SELECT kind, usd_per_million_tokens, amount, unit, currency, tier FROM prices ORDER BY kind"
    ) == [
        ("input", 0.4, 0.4, "per_million_tokens", "USD", None),
        ("output", 1.6, 1.6, "per_million_tokens", "USD", None),
    ]
    assert house.rows(
        "SELECT benchmark_id, category, score, unit, score_low, score_high, score_text, self_reported, n_shots, "
        "description_raw FROM scores ORDER BY benchmark_id"
    ) == [
        ("gsm8k", "Mathematics", 92.5, "percent", 92.45, 92.55, "92.5%", True, None, None),
        ("mmlu", "General Knowledge", 80.1, "percent", 80.05, 80.15, "80.1%", True, 5, "5-shot"),
    ]
    assert house.rows("SELECT name, passed FROM checks WHERE name = 'average_score'") == [("average_score", True)]
    assert house.rows("FROM checks WHERE NOT passed") == []
    assert house.rows("FROM unread_lines") == []


def test_text_and_html_of_a_page_give_the_same_rows(make_house: Callable[[], Any]) -> None:
    said = []
    for name in ("page.txt", "page.html"):
        house = make_house()
        house.write(name, average="86.3%")
        house.run()
        models = house.rows("SELECT * EXCLUDE (description) FROM models")
        scores = house.rows(
            "SELECT score_id, benchmark_id, category, score, unit, score_low, score_high, self_reported, n_shots, "
            "description FROM scores ORDER BY ALL"
        )
        prices = house.rows("SELECT model_id, kind, usd_per_million_tokens FROM prices ORDER BY ALL")
        said.append((models, scores, prices, house.values("SELECT text FROM unread_lines")))
    assert said[0] == said[1]


@pytest.fixture(scope="module")
def read(make_house: Callable[[], Any]) -> Any:
    """All cases as pages of their own, in one run."""
    house = make_house()
    for number, case in enumerate(CASES["fields"]):
        house.write(f"fields-{number}.txt", name=f"Robin {number}", **{case["page"]: case["text"]})
    for number, case in enumerate(CASES["scores"]):
        scores = [["Other Tests", case.get("benchmark", "MMLU"), None, case["text"]]]
        house.write(f"scores-{number}.txt", name=f"Wren {number}", scores=scores)
    for number, case in enumerate(CASES["prices"]):
        house.write(f"prices-{number}.txt", name=f"Finch {number}", input=case["text"])
    for number, case in enumerate(CASES["bytes"]):
        page = house.text(description="It costs 5 € — and “no” more, naïve café.", name=f"Siskin {number}")
        for old, new in case.get("replace", {}).items():
            assert old in page
            page = page.replace(old, new)
        content = page.encode(case.get("encoding", "utf-8"))
        if case.get("misread"):
            content = content.decode("cp1252", "replace").encode("utf-8")
        house.write(f"bytes-{number}.txt", bytes(case.get("prefix", [])) + content)
    house.run()
    return house.settled()


def _capture(house: Any, kind: str, case: dict[str, Any]) -> str:
    (capture_id,) = house.values(
        "SELECT capture_id FROM captures WHERE location LIKE ?", f"%/{kind}-{CASES[kind].index(case)}.txt"
    )
    return str(capture_id)


@pytest.mark.parametrize("case", CASES["fields"], ids=lambda case: f"{case['page']}={case['text']}")
def test_a_field_is_read_as_it_is_meant(read: Any, case: dict[str, Any]) -> None:
    capture = _capture(read, "fields", case)
    claims = read.rows(
        "SELECT number, low, high, unit, raw_text FROM claims WHERE capture_id = ? AND field = ?",
        capture,
        case["field"],
    )
    model = read.one(
        "SELECT * FROM models WHERE model_id = (SELECT any_value(model_id) FROM claims WHERE capture_id = ?)", capture
    )
    assert model[case["field"]] == case["value"]
    if case["value"] is None:
        assert claims == []
        return
    ((_, low, high, unit, raw_text),) = claims
    assert [low, high] == [pytest.approx(bound) for bound in case.get("between", [low, high])]
    assert unit == case.get("unit", unit)
    assert raw_text == case["text"]


@pytest.mark.parametrize("case", CASES["scores"], ids=lambda case: case["text"])
def test_a_score_keeps_its_own_unit(read: Any, case: dict[str, Any]) -> None:
    rows = read.rows(
        "SELECT score, unit, score_low, score_high, score_text FROM scores WHERE capture_id = ?",
        _capture(read, "scores", case),
    )
    if case["score"] is None:
        assert rows == []
        return
    ((score, unit, low, high, text),) = rows
    assert (score, unit, text) == (pytest.approx(case["score"]), case["unit"], case["text"])
    assert [low, high] == [pytest.approx(bound) for bound in case["between"]]


@pytest.mark.parametrize("case", CASES["prices"], ids=lambda case: case["text"])
def test_a_price_is_read_as_it_is_meant(read: Any, case: dict[str, Any]) -> None:
    prices = read.values(
        "SELECT usd_per_million_tokens FROM prices WHERE kind = 'input' AND capture_id = ?",
        _capture(read, "prices", case),
    )
    assert prices == ([] if case["usd"] is None else [pytest.approx(case["usd"])])


@pytest.mark.parametrize("case", CASES["bytes"], ids=lambda case: case["name"])
def test_damaged_text_reads_right(read: Any, case: dict[str, Any]) -> None:
    capture = _capture(read, "bytes", case)
    model = read.one(
        "SELECT * FROM models WHERE model_id = (SELECT any_value(model_id) FROM claims WHERE capture_id = ?)", capture
    )
    assert model["name"] == f"Siskin {CASES['bytes'].index(case)}"
    assert model["release_date"] == date(2025, 3, 3)
    assert model["context_tokens"] == 128_000
    assert model["description"].startswith(case.get("description", "It costs 5 € — and"))
    assert read.values("SELECT benchmark_id FROM scores WHERE capture_id = ? ORDER BY ALL", capture) == [
        "gsm8k",
        "mmlu",
    ]
    assert read.values("SELECT usd_per_million_tokens FROM prices WHERE capture_id = ? ORDER BY kind", capture) == [
        0.4,
        1.6,
    ]
    assert read.values("SELECT text FROM unread_lines WHERE capture_id = ?", capture) == []
    mended = read.values(
        "SELECT actual FROM checks WHERE name = 'text_repaired' AND passed AND capture_id = ?", capture
    )
    assert mended == ([case["mended"]] if "mended" in case else [])


@pytest.mark.parametrize("name", ["page.txt", "page.html"])
def test_every_locator_leads_to_lines_that_hold_the_text(house: Any, name: str) -> None:
    house.write(name, parameters="8.0B", average="86.3%", family="Sparrow")
    house.run()
    claims = house.rows(
        "SELECT field, raw_text, locator, capture_id FROM claims WHERE raw_text IS NOT NULL AND field <> 'organization'"
    )
    scores = house.rows("SELECT benchmark_listed, score_text, locator, capture_id FROM scores")
    prices = house.rows("SELECT kind, raw_text, locator, capture_id FROM internal.prices")
    assert len(claims) > 10
    lines = house.capture_lines(claims[0][3])
    for _, raw_text, locator, _ in (*claims, *prices):
        shown = _at(lines, locator)
        for part in raw_text.split("\n"):
            assert part in shown
    for listed, text, locator, _ in scores:
        assert listed in _at(lines, locator)
        assert text in _at(lines, locator)


def test_the_locator_of_the_organization_leads_to_it(house: Any) -> None:
    house.write()
    house.run()
    ((raw_text, locator, capture),) = house.rows(
        "SELECT raw_text, locator, capture_id FROM claims WHERE field = 'organization'"
    )
    assert raw_text in _at(house.capture_lines(capture), locator)


def _at(lines: list[str], locator: str) -> str:
    numbers = [int(n) for n in locator.replace("lines ", "").replace("line ", "").split("-")]
    return "\n".join(lines[numbers[0] : numbers[-1] + 1])


def test_sections_may_be_missing_or_unknown(house: Any) -> None:
    house.write(without=["pricing", "timeline"], more=[["Mascot", "A sparrow with a scarf, drawn in 2024."]])
    house.run()
    assert house.one("SELECT * FROM models")["context_tokens"] == 128_000
    assert house.rows("FROM prices") == []
    left = house.values("SELECT text FROM unread_lines ORDER BY line")
    assert "A sparrow with a scarf, drawn in 2024." in left
    assert len(house.rows("FROM scores")) == 2


def test_an_average_that_does_not_match_fails_a_check_and_stays(house: Any) -> None:
    house.write(average="70.0%")
    summary = house.run()
    assert house.one("SELECT average_score FROM models") == {"average_score": 70.0}
    ((passed, expected, actual),) = house.rows(
        "SELECT passed, expected, actual FROM checks WHERE name = 'average_score'"
    )
    assert (passed, expected) == (False, "70.0%")
    assert "86.30" in actual
    assert summary.checks_failed == {"average_score": 1}


def test_the_average_is_exact_for_values_in_between(house: Any) -> None:
    """Three scores of which the mean, 66.666…, is rounded once on the page and never inside."""
    scores = [
        ["Mathematics", name, None, text]
        for name, text in (("AIME 2024", "50.0%"), ("GSM8K", "90.0%"), ("MATH", "60.0%"))
    ]
    house.write(scores=scores, average="66.7%")
    house.run()
    assert house.values("SELECT passed FROM checks WHERE name = 'average_score'") == [True]
