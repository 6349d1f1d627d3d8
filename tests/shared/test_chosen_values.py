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
    return house.settled()


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
        ) AS f JOIN models AS m USING (model_id) WHERE NOT coalesce(list_contains(m.features, feature), false)
            AND NOT (feature = 'vision' AND NOT list_contains(m.input_modalities, 'image'))
            AND NOT (feature = 'audio_input' AND NOT list_contains(m.input_modalities, 'audio'))
            AND NOT (feature = 'pdf_input' AND NOT list_has_any(m.input_modalities, ['pdf', 'image']))""")
    assert lost == []


LACKING: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("lacking.yaml").read_text("utf-8"))


def test_no_feature_that_the_maker_denies_is_published(chosen: Any) -> None:
    features = dict(chosen.rows("SELECT model_id, coalesce(features, []) FROM models"))
    wrong = {model: [each for each in denied if each in features[model]] for model, denied in LACKING.items()}
    assert {model: denied for model, denied in wrong.items() if denied} == {}
    kept = {"openai/codex-mini": "attachments", "cohere/command-a-reasoning": "reasoning"}
    assert [model for model, feature in kept.items() if feature not in features[model]] == []


def test_a_note_that_a_paper_states_keeps_its_harness(chosen: Any) -> None:
    asked = "SELECT count(*) FROM scores WHERE source = 'epoch' AND harness = 'OpenCompass' AND n_shots = 4"
    assert chosen.values(asked) == [16]
    lost = "SELECT count(*) FROM scores WHERE source IN ('epoch', 'llmstats') AND description_status = 'discarded'"
    assert chosen.values(lost) == [0]


def test_of_a_hundred_features_that_can_be_believed_at_most_one_is_lost(chosen: Any) -> None:
    """What one source says of the model, or two hosts of their offers while nobody denies it; 1 of 1,497 is lost."""
    [(believed, lost)] = chosen.rows("""
        WITH said AS (
            SELECT model_id, field, source, unnest(CAST(CAST(value AS JSON) AS VARCHAR[])) AS feature FROM claims
            WHERE field IN ('features', 'features_of_offer', 'features_absent')
                AND valid_to IS NULL AND superseded_at IS NULL
        ), believed AS (
            SELECT model_id, feature FROM said GROUP BY ALL
            HAVING bool_or(field = 'features') OR (NOT bool_or(field = 'features_absent')
                AND count(DISTINCT source) FILTER (field = 'features_of_offer') > 1)
        )
        SELECT count(*), count(*) FILTER (NOT coalesce(list_contains(m.features, b.feature), false))
        FROM believed AS b JOIN models AS m USING (model_id)""")
    assert believed > 1450
    assert lost * 100 <= believed


@pytest.mark.parametrize(
    ("model", "day"),
    [
        ("openai/gpt-4", "2023-03-14"),
        ("mistral/mistral-nemo-instruct", "2024-07-18"),
        ("openai/o3", "2025-04-16"),
        ("openai/o3-mini", "2025-01-31"),
        ("openai/gpt-oss-120b", "2025-08-05"),
        ("google/gemini-1.5-flash-8b", "2024-10-03"),
        ("deepseek/deepseek-r1-0528", "2025-05-28"),
        ("openai/gpt-4-turbo", "2024-04-09"),
        ("openai/gpt-4-turbo-preview", "2023-11-06"),
        ("google/gemma-2b-it", "2024-02-21"),
        ("zai/glm-4-0520", "2024-05-20"),
        ("deepseek/deepseek-v2.5", "2024-09-05"),
        ("openai/gpt-5.2", "2025-12-11"),
        ("xai/grok-2-vision", "2024-12-12"),
        ("microsoft/phi-3-small-8k-instruct", "2024-05-21"),
        ("microsoft/phi-3-medium-128k-instruct", "2024-05-21"),
        ("qwen/qwen3-embedding-8b", "2025-06-05"),
    ],
)
def test_the_release_is_that_of_the_makers_announcement(chosen: Any, model: str, day: str) -> None:
    assert chosen.values("SELECT release_date::VARCHAR FROM models WHERE model_id = ?", model) == [day]


def test_a_cutoff_years_before_the_release_is_none(chosen: Any) -> None:
    told = "SELECT knowledge_cutoff::VARCHAR FROM models WHERE model_id = ?"
    assert chosen.values(told, "deepseek/deepseek-coder-v2-lite-instruct") == [None]
    assert chosen.values(told, "openai/gpt-3.5-turbo-instruct") == ["2021-08-01"]


def test_the_end_of_one_version_is_not_that_of_the_model(chosen: Any) -> None:
    ends = "SELECT version, deprecated_on::VARCHAR FROM model_versions WHERE model_id = 'openai/gpt-4' ORDER BY version"
    assert chosen.rows(ends) == [("0314", "2026-03-26"), ("0613", "2026-10-23")]
    assert chosen.values("SELECT deprecated_on::VARCHAR FROM models WHERE model_id = 'openai/gpt-4'") == ["2026-10-23"]


@pytest.mark.parametrize(
    ("model", "opened"),
    [
        ("openai/gpt-oss-120b", True),
        ("deepseek/deepseek-v3", True),
        ("qwen/qwen3-32b", True),
        ("bytedance/seed-oss-36b-instruct", True),
        ("anthropic/claude-2", False),
        ("google/veo-3", False),
        ("amazon/titan-text-express", False),
        ("black-forest-labs/flux.1-dev", None),
    ],
)
def test_weights_are_open_where_anybody_names_them(chosen: Any, model: str, opened: bool | None) -> None:
    assert chosen.values("SELECT open_weights FROM models WHERE model_id = ?", model) == [opened]


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
        FROM x WHERE (amount >= 5 * middle OR amount * 5 <= middle) AND len(doubts) = 0 AND NOT EXISTS (
            SELECT 1 FROM prices AS s JOIN providers AS w USING (provider)
            WHERE s.model_id = x.model_id AND s.provider = x.provider AND s.kind = x.kind AND s.amount = x.amount
                AND w.organization_id = split_part(x.model_id, '/', 1) HAVING count(DISTINCT s.source) > 1)""")
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


def _pair(chosen: Any, model: str, seller: str) -> tuple[float, float]:
    kinds = "SELECT kind, amount FROM chosen_prices WHERE model_id = ? AND provider = ? AND tier IS NULL"
    prices = dict(chosen.rows(f"{kinds} AND version IS NULL", model, seller))
    return prices["input"], prices["output"]


def test_a_pair_of_prices_is_one_that_a_listing_states(chosen: Any) -> None:
    assert _pair(chosen, "mistral/mistral-medium", "mistral") == (2.7, 8.1)
    asked = chosen.rows("""
        SELECT model_id, provider, version, unit, currency, max(amount) FILTER (kind = 'input') AS given,
            max(amount) FILTER (kind = 'output') AS asked, any_value(rule) FILTER (kind = 'input') AS of_input,
            any_value(rule) FILTER (kind = 'output') AS of_output
        FROM chosen_prices WHERE tier IS NULL AND kind IN ('input', 'output') AND amount > 0
        GROUP BY ALL HAVING given IS NOT NULL AND asked IS NOT NULL
            AND 'agrees_with_chosen_offer' NOT IN (of_input, of_output)""")
    stated = set(
        chosen.rows("""
        SELECT model_id, provider, unit, currency, max(amount) FILTER (kind = 'input'),
            max(amount) FILTER (kind = 'output') FROM prices
        WHERE tier IS NULL AND kind IN ('input', 'output')
        GROUP BY model_id, model_listed, provider, unit, currency, source""")
    )
    assert [row for row in asked if (*row[:2], *row[3:7]) not in stated] == []


def test_the_ranking_of_cheap_models_is_led_by_no_unit_error(chosen: Any) -> None:
    cheap = chosen.rows("""
        FROM price_performance WHERE model_id = 'xai/grok-4' AND blended_usd_per_million_tokens < 1""")
    assert cheap == []
    asked = "SELECT min(usd_per_million_tokens) FROM prices WHERE usd_per_million_tokens > 0 AND kind = 'input'"
    assert chosen.values(asked)[0] >= 0.002


def test_a_price_for_a_thousand_tokens_stands_beside_no_price_for_a_million(chosen: Any) -> None:
    thousands = chosen.rows("""
        SELECT a.model_id, a.provider, a.kind, a.amount, b.amount FROM chosen_prices AS a JOIN chosen_prices AS b
            USING (model_id, kind, unit, currency)
        WHERE a.tier IS NULL AND b.tier IS NULL AND a.kind IN ('input', 'output') AND unit = 'per_million_tokens'
            AND b.amount >= 500 * a.amount AND a.amount > 0 AND len(a.doubts) = 0 AND len(b.doubts) = 0""")
    assert thousands == []


def test_nine_models_at_one_filler_price_are_no_references(chosen: Any) -> None:
    fillers = chosen.values("""
        SELECT DISTINCT model_id FROM checks WHERE name = 'one_price_for_all_sizes' AND NOT passed
            AND actual LIKE 'price of input from hyperbolic: 0.12'""")
    assert len(fillers) >= 9
    assert (
        chosen.rows("""
        FROM reference_prices WHERE input_usd_per_million_tokens = 0.12 AND output_usd_per_million_tokens = 0.3
            AND model_id LIKE '%405b%'""")
        == []
    )


def test_a_small_percentage_is_never_read_as_a_share(chosen: Any) -> None:
    last_exam = "SELECT max(score) FROM scores WHERE benchmark_id = 'humanitys-last-exam' AND len(doubts) = 0"
    assert (chosen.values(last_exam)[0] or 0) < 60


def test_days_of_hosts_and_placeholders_are_no_releases(chosen: Any) -> None:
    assert chosen.rows("FROM models WHERE release_date = '2025-11-08'") == []
    first = "release_date_precision = 'day' AND strftime(release_date, '%m-%d') = '01-01'"
    assert chosen.rows(f"FROM models WHERE {first}") == []


def test_no_model_knows_what_came_after_its_release(chosen: Any) -> None:
    assert chosen.values("SELECT model_id FROM models WHERE knowledge_cutoff > release_date") == []


@pytest.mark.parametrize(
    ("model", "day"),
    [
        ("google/gemini-1.5-pro", "2025-09-24"),
        ("google/gemini-1.5-flash", "2025-09-24"),
        ("openai/gpt-4.5", "2025-07-14"),
        ("openai/o1-mini", "2025-10-27"),
        ("anthropic/claude-3-sonnet", "2025-07-21"),
        ("openai/gpt-3.5-turbo", "2026-10-23"),
        ("openai/o1-preview", "2025-07-28"),
        ("anthropic/claude-2.1", "2025-07-21"),
        ("anthropic/claude-3.5-sonnet", "2025-10-28"),
        ("google/gemini-1.5-flash-8b", "2025-09-24"),
        ("google/gemini-2.5-flash", None),
        ("openai/gpt-oss-20b", None),
    ],
)
def test_a_model_ends_with_the_last_of_its_releases(chosen: Any, model: str, day: str | None) -> None:
    assert chosen.values("SELECT deprecated_on::VARCHAR FROM models WHERE model_id = ?", model) == [day]


def test_what_a_maker_asks_by_two_sources_is_the_reference(chosen: Any) -> None:
    asked = "SELECT input_usd_per_million_tokens, output_usd_per_million_tokens, rule FROM reference_prices"
    assert chosen.rows(f"{asked} WHERE model_id = 'mistral/mixtral-8x22b-instruct'") == [(2, 6, "maker")]


def test_a_model_of_text_that_takes_pictures_sees(chosen: Any) -> None:
    assert (
        chosen.values("""
            SELECT model_id FROM models WHERE model_type = 'text' AND list_contains(input_modalities, 'image')
                AND NOT list_contains(features || coalesce(features_absent, []), 'vision')""")
        == []
    )


def test_the_end_of_a_version_stands_with_the_version(chosen: Any) -> None:
    ends = "SELECT deprecated_on FROM model_versions WHERE model_id = 'openai/gpt-4' AND version = '0613'"
    assert chosen.values(ends) != [None] and len(chosen.values(ends)) == 1


def test_several_modalities_are_multimodal(chosen: Any) -> None:
    wrong = chosen.rows("""
        FROM models WHERE input_modalities IS NOT NULL AND output_modalities IS NOT NULL AND multimodal <> list_has_any(
            list_concat(input_modalities, output_modalities), ['image', 'audio', 'video'])""")
    assert wrong == []


def test_what_nobody_states_any_more_counts_no_source(chosen: Any) -> None:
    assert chosen.values("SELECT min(source_count) FROM models") == [0]


def test_every_failed_check_of_a_feed_names_its_model(chosen: Any) -> None:
    of_files = "('new_field', 'field_type', 'missing_field', 'fields_known', 'correction_obsolete', 'key_twice')"
    assert chosen.rows(f"FROM checks WHERE NOT passed AND model_id IS NULL AND name NOT IN {of_files}") == []


def test_windows_in_thousands_of_1000_and_1024_are_no_conflict(chosen: Any) -> None:
    for (said,) in chosen.rows("SELECT said FROM conflicts WHERE field = 'context_tokens'"):
        sizes = {int(each.split(": ")[1]) for each in said}
        assert not sizes <= {128000, 131072}, said
    licences = chosen.rows("SELECT said FROM conflicts WHERE field = 'license'")
    assert [said for (said,) in licences if len({each.split(": ")[1].lower() for each in said}) == 1] == []


@pytest.mark.parametrize(
    ("model", "column", "value"),
    [
        ("openai/gpt-5", "context_tokens", 400_000),
        ("openai/gpt-5", "max_input_tokens", 272_000),
        ("google/gemini-1.5-pro", "context_tokens", 2_097_152),
        ("google/gemini-1.0-pro", "max_input_tokens", 32_760),
        ("meta/llama-4-maverick", "max_output_tokens", 4_096),
        ("meta/llama-4-scout", "context_tokens", 10_000_000),
        ("meta/llama-3.1-405b", "context_tokens", 131_072),
        ("deepseek/deepseek-r1", "max_output_tokens", 8_192),
        ("amazon/titan-text-premier", "context_tokens", 32_000),
        ("amazon/titan-text-premier", "max_output_tokens", 3_072),
        ("google/gemini-2.5-flash-tts", "max_input_tokens", 8_000),
        ("google/gemini-2.5-flash-tts", "max_output_tokens", 16_000),
        ("deepseek/deepseek-r1-distill-qwen-32b", "context_tokens", 131_072),
        ("openai/text-embedding-3-large", "max_output_tokens", None),
        ("cohere/rerank-v3.5", "max_output_tokens", None),
        ("cohere/embed-english-v3", "context_tokens", 512),
        ("meta/llama-2-7b-chat", "context_tokens", 4_096),
        ("mistral/mistral-medium-3.1", "context_tokens", 131_072),
        ("openai/gpt-3.5-turbo-instruct", "context_tokens", 4_096),
        ("openai/chatgpt-4o", "max_output_tokens", 16_384),
        ("microsoft/phi-3.5-moe-instruct", "parameters", 41_900_000_000),
    ],
)
def test_limits_are_those_of_the_model(chosen: Any, model: str, column: str, value: int | None) -> None:
    assert chosen.values(f"SELECT {column} FROM models WHERE model_id = ?", model) == [value]


def test_what_hosts_say_of_a_cutoff_yields_to_the_maker(chosen: Any) -> None:
    cutoff = "SELECT knowledge_cutoff::VARCHAR, knowledge_cutoff_precision FROM models WHERE model_id = 'xai/grok-4'"
    assert chosen.rows(cutoff) == [("2024-11-01", "month")]


def test_a_host_in_the_list_of_a_maker_speaks_of_its_own_offer(chosen: Any) -> None:
    cutoff = "SELECT knowledge_cutoff::VARCHAR FROM models WHERE model_id = 'meta/llama-4-maverick'"
    assert chosen.values(cutoff) == ["2024-08-01"]


def _draws(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name(f"{name}.yaml").read_text("utf-8"))
    return found


@pytest.mark.parametrize("draw", ["first", "second", "third", "fourth"])
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


@pytest.mark.parametrize("draw", ["first", "second", "third", "fourth"])
def test_no_open_weights_of_a_hundred_are_wrong(chosen: Any, draw: str) -> None:
    judged = _draws("open_weights")[draw]
    held = dict(chosen.rows("SELECT model_id, open_weights FROM models WHERE list_contains(?, model_id)", list(judged)))
    assert len(held) >= 80, "most models have the ids that they were judged by"
    assert {model for model, value in held.items() if value is not None and value != judged[model]} == set()


ASKED: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("asked.yaml").read_text("utf-8"))


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: str(asked["ask"]))
def test_what_an_analyst_asks(chosen: Any, asked: dict[str, Any]) -> None:
    found = [list(row) for row in chosen.rows(asked["sql"])]
    if "all" in asked:
        assert found == asked["all"]
    else:
        assert [row for row in asked["answer"] if row not in found] == []
