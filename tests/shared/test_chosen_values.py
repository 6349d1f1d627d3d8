"""Values that were chosen wrongly once, and figures of choice, in the warehouse of the feeds of ../shared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture(scope="module")
def chosen(make_house: Callable[[], Any], shared: Path) -> Any:
    """A warehouse of all feeds."""
    house = make_house()
    house.run(shared / "feeds")
    return house


@pytest.mark.parametrize(
    ("model", "feature"),
    [
        ("anthropic/claude-sonnet-4", "function_calling"),
        ("anthropic/claude-sonnet-4", "reasoning"),
        ("openai/gpt-4.1-nano", "function_calling"),
        ("openai/o1", "function_calling"),
        ("xai/grok-3", "function_calling"),
    ],
)
def test_a_feature_that_one_list_leaves_out_is_kept(chosen: Any, model: str, feature: str) -> None:
    assert feature in chosen.one("SELECT features FROM models WHERE model_id = ?", model)["features"]


TYPES: dict[str, str] = yaml.safe_load(Path(__file__).with_name("model_types.yaml").read_text("utf-8"))


def test_what_a_model_is_for(chosen: Any) -> None:
    types = dict(chosen.rows("SELECT model_id, model_type FROM models"))
    assert {model: types.get(model) for model in TYPES} == TYPES


def test_no_feature_that_a_source_names_is_lost(chosen: Any) -> None:
    lost = chosen.rows("""
        SELECT DISTINCT f.model_id, feature FROM (
            SELECT model_id, unnest(CAST(CAST(value AS JSON) AS VARCHAR[])) AS feature FROM claims
            WHERE field = 'features' AND valid_to IS NULL AND superseded_at IS NULL
        ) AS f JOIN models AS m USING (model_id) WHERE NOT coalesce(list_contains(m.features, feature), false)""")
    assert lost == []


@pytest.mark.parametrize(
    ("model", "day"),
    [
        ("openai/gpt-4", "2023-03-14"),
        ("mistral/mistral-nemo-instruct", "2024-07-18"),
        ("openai/o3", "2025-04-16"),
        ("openai/gpt-oss-120b", "2025-08-05"),
        ("google/gemini-1.5-flash-8b", "2024-10-03"),
        ("deepseek/deepseek-r1-0528", "2025-05-28"),
    ],
)
def test_the_release_is_that_of_the_makers_announcement(chosen: Any, model: str, day: str) -> None:
    assert chosen.values("SELECT release_date::VARCHAR FROM models WHERE model_id = ?", model) == [day]


def test_the_end_of_one_version_is_not_that_of_the_model(chosen: Any) -> None:
    assert chosen.values("SELECT deprecated_on FROM models WHERE model_id = 'openai/gpt-4'") == [None]


@pytest.mark.parametrize(
    "model", ["openai/gpt-oss-120b", "deepseek/deepseek-v3", "qwen/qwen3-32b", "bytedance/seed-oss-36b-instruct"]
)
def test_weights_that_anybody_names_are_open(chosen: Any, model: str) -> None:
    assert chosen.values("SELECT open_weights FROM models WHERE model_id = ?", model) == [True]


def test_a_price_far_below_all_others_is_doubtful_and_no_reference(chosen: Any) -> None:
    prices = chosen.rows("SELECT doubts FROM prices WHERE model_id = 'xai/grok-4' AND provider = 'oci'")
    assert prices and all("output_below_input" in doubts for (doubts,) in prices)
    assert chosen.one("SELECT * FROM reference_prices WHERE model_id = 'xai/grok-4'")["rule"] == "maker"


def test_a_filler_price_for_all_sizes_is_doubtful(chosen: Any) -> None:
    names = "SELECT DISTINCT name FROM checks WHERE NOT passed AND actual LIKE '%from hyperbolic%'"
    assert "one_price_for_all_sizes" in chosen.values(names)


def test_the_prices_of_an_offer_are_of_entries_that_agree(chosen: Any) -> None:
    pairs = chosen.rows("""
        SELECT i.model_id, i.amount, o.amount FROM chosen_prices AS i JOIN chosen_prices AS o
            ON i.model_id = o.model_id AND i.provider = o.provider AND i.version IS NOT DISTINCT FROM o.version
        WHERE i.kind = 'input' AND o.kind = 'output' AND i.tier IS NULL AND o.tier IS NULL
            AND i.provider = 'mistral' AND i.model_id LIKE 'mistral/mistral-large%'""")
    assert pairs and (8.0, 12.0) not in {(given, asked) for _, given, asked in pairs}


def test_no_price_far_from_the_middle_of_others_is_without_a_doubt(chosen: Any) -> None:
    far = chosen.rows("""
        WITH p AS (
            SELECT model_id, provider, kind, amount, doubts FROM chosen_prices
            WHERE tier IS NULL AND unit = 'per_million_tokens' AND kind IN ('input', 'output') AND amount > 0
        ), m AS (
            SELECT model_id, kind, provider, median(amount) AS amount FROM p GROUP BY ALL
        ), x AS (
            SELECT p.model_id, p.kind, p.provider, p.amount, any_value(p.doubts) AS doubts, median(m.amount) AS middle
            FROM p JOIN m ON p.model_id = m.model_id AND p.kind = m.kind AND p.provider <> m.provider
            GROUP BY p.model_id, p.kind, p.provider, p.amount HAVING count(*) >= 3
        )
        FROM x WHERE (amount >= 5 * middle OR amount * 5 <= middle) AND len(doubts) = 0""")
    assert far == []


def test_output_below_input_is_never_without_a_doubt(chosen: Any) -> None:
    below = chosen.rows("""
        SELECT i.model_id, i.provider, i.amount, o.amount FROM chosen_prices AS i JOIN chosen_prices AS o
            ON i.model_id = o.model_id AND i.provider = o.provider AND i.version IS NOT DISTINCT FROM o.version
            AND i.tier IS NOT DISTINCT FROM o.tier AND i.unit = o.unit AND i.currency = o.currency
        WHERE i.kind = 'input' AND o.kind = 'output' AND o.amount > 0 AND o.amount < i.amount
            AND i.unit = 'per_million_tokens' AND (len(i.doubts) = 0 OR len(o.doubts) = 0)""")
    assert below == []


def test_conflicts_are_of_different_sources(chosen: Any) -> None:
    for said in chosen.values("SELECT said FROM conflicts"):
        assert len({each.split(":")[0] for each in said}) > 1


def test_quarantine_holds_few_rows(chosen: Any) -> None:
    (refused,) = chosen.values("SELECT count(*) FROM quarantine")
    (rows,) = chosen.values("SELECT sum(rows_written) FROM runs")
    assert refused * 100 <= rows


def _draws(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name(f"{name}.yaml").read_text("utf-8"))
    return found


@pytest.mark.parametrize("draw", ["first", "second"])
def test_at_most_five_of_a_hundred_release_dates_are_wrong(chosen: Any, draw: str) -> None:
    judged = {model: day for model, day in _draws("releases")[draw].items() if day is not None}
    held = chosen.rows(
        "SELECT model_id, release_date, release_date_precision FROM models WHERE list_contains(?, model_id)",
        list(judged),
    )
    length = {"year": 365, "month": 30, "day": 0}
    wrong = [
        (model, day, judged[model])
        for model, day, precision in held
        if day is not None and not -45 <= (judged[model] - day).days <= 45 + length[precision]
    ]
    assert len(held) >= 80, "most models have the ids that they were judged by"
    assert len(wrong) <= 5, wrong


@pytest.mark.parametrize("draw", ["first", "second"])
def test_no_open_weights_of_a_hundred_are_wrong(chosen: Any, draw: str) -> None:
    judged = _draws("open_weights")[draw]
    held = dict(chosen.rows("SELECT model_id, open_weights FROM models WHERE list_contains(?, model_id)", list(judged)))
    assert len(held) >= 80, "most models have the ids that they were judged by"
    assert {model for model, value in held.items() if value is not None and value != judged[model]} == set()
