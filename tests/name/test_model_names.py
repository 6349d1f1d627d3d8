"""What must hold of model names: what is one, what stays apart, and ids that never change."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.name import ModelRegistry, ModelRequest, model_catalogue, resolve_models, resolve_organization
from ingest.name.model_text import reordered

HERE = Path(__file__).parent
SAME = yaml.safe_load((HERE / "same_model.yaml").read_text(encoding="utf-8"))
APART = yaml.safe_load((HERE / "apart_models.yaml").read_text(encoding="utf-8"))

MAY, AUGUST, NOVEMBER = date(2024, 5, 13), date(2024, 8, 6), date(2024, 11, 20)


def page(name: str, released: date | None, scope: str, **more: Any) -> ModelRequest:
    return ModelRequest("pages", scope, name, release_date=released, **more)


def ids(requests: list[ModelRequest], registry: ModelRegistry | None = None) -> list[str]:
    return [m.model_id for m in resolve_models(requests, ModelRegistry() if registry is None else registry)]


@pytest.mark.parametrize("case", SAME, ids=lambda c: c["id"])
def test_listings_of_one_model_lead_to_it(case: dict[str, Any]) -> None:
    requests = [ModelRequest(f"source {i}", "place", **listed) for i, listed in enumerate(case["listed"])]
    assert ids(requests) == [case["id"]] * len(requests)


@pytest.mark.parametrize("group", APART, ids=lambda g: g["why"])
def test_near_models_never_share_an_id(group: dict[str, Any]) -> None:
    requests = [ModelRequest("source", f"place {i}", **listed) for i, listed in enumerate(group["listed"])]
    found = ids(requests)
    assert len(set(found)) == len(found), found


def test_settings_of_one_model_are_attributes() -> None:
    cases = {
        "openai/gpt-5-2025-08-07_high": {"reasoning_effort": "high", "snapshot": "2025-08-07"},
        "claude-3-7-sonnet-20250219_16K": {"reasoning": "on", "thinking_tokens": "16000", "snapshot": "2025-02-19"},
        "anthropic/claude-3.7-sonnet:thinking": {"reasoning": "on"},
        "deepseek/deepseek-r1:free": {"service": "free"},
        "x-ai/grok-4-fast-non-reasoning": {"reasoning": "off"},
        "Qwen/Qwen3-32B-FP8": {"quantization": "fp8"},
        "mistral/codestral-latest": {"pointer": "latest"},
    }
    found = resolve_models([ModelRequest("f", k, source_key=k) for k in cases], ModelRegistry())
    assert {k: m.attributes for k, m in zip(cases, found, strict=True)} == cases
    assert all(m.is_known for m in found)


def test_two_models_of_one_name_stay_two_when_a_third_arrives() -> None:
    registry = ModelRegistry()
    first = ids([page("GPT-4o", MAY, "a"), page("GPT-4o", AUGUST, "b")], registry)
    assert first == ["openai/gpt-4o-2024-05-13", "openai/gpt-4o-2024-08-06"]
    later = ModelRegistry.from_rows(registry.rows())
    assert ids([page("GPT-4o", NOVEMBER, "c"), page("GPT-4o", MAY, "a"), page("GPT-4o", AUGUST, "b")], later) == [
        "openai/gpt-4o-2024-11-20",
        *first,
    ]


def told(requests: list[ModelRequest], registry: ModelRegistry) -> list[tuple[str, str | None]]:
    return [(m.model_id, m.version) for m in resolve_models(requests, registry)]


def test_pages_of_one_unknown_name_with_different_dates_are_versions_over_runs() -> None:
    """The earliest holds the plain version, whenever it arrives."""
    registry = ModelRegistry()
    assert told([page("Foo 7B", AUGUST, "b")], registry) == [("unknown/foo-7b", None)]
    later = ModelRegistry.from_rows(registry.rows())
    assert told([page("Foo 7B", MAY, "a")], later) == [("unknown/foo-7b", None)]
    assert later.changed() == [page("Foo 7B", AUGUST, "b")]
    last = ModelRegistry.from_rows(later.rows())
    assert told([page("Foo 7B", NOVEMBER, "c"), page("Foo 7B", AUGUST, "b")], last) == [
        ("unknown/foo-7b", "2024-11-20"),
        ("unknown/foo-7b", "2024-08-06"),
    ]
    assert last.changed() == []


def test_a_mended_date_and_a_renamed_file_stay_the_version_they_were() -> None:
    registry = ModelRegistry()
    before = told([page("Foo 7B", MAY, "a"), page("Foo 7B", AUGUST, "b")], registry)
    mended = ModelRegistry.from_rows(registry.rows())
    assert told([page("Foo 7B", date(2024, 12, 9), "b")], mended) == before[1:]
    renamed = ModelRegistry.from_rows(registry.rows())
    assert told([page("Foo 7B", AUGUST, "elsewhere")], renamed) == before[1:]


def test_a_source_with_ids_of_its_own_is_not_split_by_dates() -> None:
    listed = [
        ModelRequest("feed", f"{i}", "Foo 7B", source_key="bar/foo-7b", release_date=d)
        for i, d in enumerate((MAY, AUGUST))
    ]
    assert ids(listed) == ["bar/foo-7b", "bar/foo-7b"]


def test_a_models_own_page_is_believed_on_its_name_and_a_list_is_not() -> None:
    own = page("Gemini 2.5 Pro Preview 06-05", date(2025, 6, 5), "a", organization="Google")
    listed = page("Gemini 2.5 Pro (32k think)", None, "b")
    assert [m.name for m in resolve_models([own, listed], ModelRegistry())] == [
        "Gemini 2.5 Pro Preview 06-05",
        "Gemini 2.5 Pro",
    ]


def test_a_date_far_from_every_snapshot_is_doubted() -> None:
    [found] = resolve_models([page("GPT-4o", date(2025, 6, 1), "a")], ModelRegistry())
    assert found.model_id == "openai/gpt-4o-2025-06-01"
    assert not found.is_known
    assert found.doubt


def test_one_name_of_two_makers_is_two_models() -> None:
    [found] = resolve_models([page("Phi 4", None, "a", organization="Another Lab")], ModelRegistry())
    assert found.model_id == "another-lab/phi-4"
    assert found.candidates == ("microsoft/phi-4",)
    assert found.doubt


def test_every_catalogued_name_leads_to_its_own_model() -> None:
    rows = [
        (name, row.model_id) for row in model_catalogue().values() for name in (row.model_id, row.name, *row.aliases)
    ]
    found = ids([ModelRequest("s", f"{i}", name) for i, (name, _) in enumerate(rows)])
    assert [(n, w, f) for (n, w), f in zip(rows, found, strict=True) if w != f] == []
    assert len(model_catalogue()) >= 250
    assert len({row.organization_id for row in model_catalogue().values()}) >= 20
    assert all(resolve_organization(row.organization_id).is_known for row in model_catalogue().values())


def test_a_number_or_word_more_never_falls_on_a_catalogued_model() -> None:
    wrong = []
    for identifier, row in model_catalogue().items():
        near = {row.name + more for more in (" 9", " Ultra", "-XXL", " v7", " 77B", " Distill", " + Other")}
        near |= {
            row.name[:i] + str((int(c) + 1) % 10) + row.name[i + 1 :]
            for i, c in enumerate(row.name)
            if c in "0123456789"
        }
        near -= {name for name in near if reordered(name) in {reordered(alias) for alias in row.aliases}}
        listed = sorted(near)
        found = ids([ModelRequest("s", f"{i}", name) for i, name in enumerate(listed)])
        wrong += [(name, identifier) for name, one in zip(listed, found, strict=True) if one == identifier]
    assert not wrong


def test_organizations_of_many_feeds() -> None:
    same = {
        "meta": ["Meta", "meta-llama", "Meta AI", "facebook"],
        "xai": ["xAI", "x-ai", "X.AI"],
        "qwen": ["Alibaba / Qwen", "Qwen", "Alibaba Cloud", "alibaba"],
        "mistral": ["Mistral AI", "mistralai", "Mistral"],
        "zai": ["z-ai", "zai-org", "THUDM", "Zhipu AI"],
        "moonshotai": ["Moonshot AI", "moonshotai"],
    }
    for identifier, names in same.items():
        assert {resolve_organization(name).organization_id for name in names} == {identifier}
    assert resolve_organization("bedrock").organization_id == "unknown", "a host is not a maker"
    assert resolve_organization(None).organization_id == "unknown"
    new = resolve_organization("Some New Lab")
    assert (new.organization_id, new.name, new.is_known) == ("some-new-lab", "Some New Lab", False)


NAMES = ["Foo 7B", "foo-7b", "Bar", "GPT-4o", "Claude 3.5 Sonnet", "GPT-4.1 mini", "Foo 7B (2024-05-13)"]
REQUESTS = st.builds(
    page,
    st.sampled_from(NAMES),
    st.sampled_from([None, MAY, AUGUST, NOVEMBER, date(2024, 6, 20)]),
    st.sampled_from(["a", "b", "c", "d", "e"]),
)


@given(st.lists(REQUESTS, max_size=8), st.randoms(use_true_random=False))
def test_order_never_changes_an_id(requests: list[ModelRequest], random: Any) -> None:
    shuffled = list(requests)
    random.shuffle(shuffled)
    assert dict(zip(requests, ids(requests), strict=True)) == dict(zip(shuffled, ids(shuffled), strict=True))


@given(st.lists(REQUESTS, max_size=6), st.lists(st.sampled_from(["Baz 1", "Qux", "o1-mini"]), max_size=4))
def test_unrelated_pages_and_other_file_names_never_change_an_id(
    requests: list[ModelRequest], others: list[str]
) -> None:
    added = [page(name, MAY, f"other {i}") for i, name in enumerate(others)]
    renamed = [ModelRequest("pages", f"moved/{r.scope}", r.name, release_date=r.release_date) for r in requests]
    before = ids(requests)
    assert ids([*added, *requests])[len(added) :] == before
    assert ids(renamed) == before


ARRIVING = [
    ModelRequest("host", "feed#1", source_key="siliconflow/nuovo-v4-pro"),
    ModelRequest("maker", "feed#2", source_key="deepseek/nuovo-v4-pro"),
    ModelRequest("table", "runs#3", source_key="nuovo-v4-pro", organization="DeepSeek"),
    ModelRequest("table", "more#3", source_key="nuovo-v4-pro"),
    ModelRequest("pages", "page#0", "Nuovo v4 Pro", release_date=MAY),
    ModelRequest("host", "feed#4", source_key="heroku/claude-7-opus"),
    ModelRequest("maker", "feed#5", source_key="anthropic/claude-opus-7"),
    ModelRequest("maker", "feed#6", source_key="openrouter/anthropic/claude-opus-7"),
    page("Foo 7B", MAY, "a"),
    page("Foo 7B", AUGUST, "b"),
    page("Foo 7B", NOVEMBER, "b"),
    page("GPT-4o", AUGUST, "c"),
    page("GPT-4o", MAY, "c"),
]


def stored(registry: ModelRegistry) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    return {row[:6]: row[6:] for row in registry.rows()}


@given(st.permutations(ARRIVING), st.lists(st.integers(0, len(ARRIVING)), max_size=4))
def test_listings_that_arrive_in_any_runs_end_as_all_of_them_at_once(
    arriving: list[ModelRequest], cuts: list[int]
) -> None:
    """Each run sees its own listings and what the registry kept; what it says has changed is named anew."""
    at_once = ModelRegistry()
    resolve_models(ARRIVING, at_once)
    registry = ModelRegistry()
    for start, end in itertools.pairwise(sorted({0, len(arriving), *cuts})):
        registry = ModelRegistry.from_rows(registry.rows())
        resolve_models(arriving[start:end], registry)
    assert stored(registry) == stored(at_once)


def test_the_data_tells_a_maker_and_an_order_of_words() -> None:
    found = {r: m.model_id for r, m in zip(ARRIVING, resolve_models(ARRIVING, ModelRegistry()), strict=True)}
    assert {found[r] for r in ARRIVING[:5]} == {"deepseek/nuovo-v4-pro"}
    assert {found[r] for r in ARRIVING[5:8]} == {"anthropic/claude-opus-7"}


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_resolved(name: str, organization: str, source_key: str) -> None:
    [found] = resolve_models([ModelRequest("s", "p", name, organization, source_key)], ModelRegistry())
    assert "/" in found.model_id
    assert not found.model_id.endswith("/")
    assert found.step in {"alias", "normalised", "typo", "new", "ambiguous"}
    assert found.is_known is False or found.step not in {"new", "ambiguous"}


LISTED = yaml.safe_load((HERE / "hosts_and_generations.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", LISTED, ids=lambda case: case.get("source_key") or case["name"])
def test_a_listing_alone_tells_model_version_and_settings(case: dict[str, Any]) -> None:
    request = ModelRequest("source", "place", case.get("name"), source_key=case.get("source_key"))
    [found] = resolve_models([request], ModelRegistry())
    assert (found.model_id, found.version) == (case["id"], case.get("version"))
    assert sorted(found.settings) == sorted(case.get("settings", []))


GENERATIONS = yaml.safe_load((HERE / "new_generations.yaml").read_text(encoding="utf-8"))


def _ids(names: list[str]) -> dict[str, str]:
    """The id of each name, in the data of one source for each; the order of arrival and two runs tell nothing."""
    requests = [ModelRequest(f"source of {name}", "a place", name) for name in names]
    together = {r.name: m.model_id for r, m in zip(requests, resolve_models(requests, ModelRegistry()), strict=True)}
    registry = ModelRegistry()
    for request in reversed(requests):
        resolve_models([request], registry)
    found = resolve_models(requests, registry)
    assert {r.name: m.model_id for r, m in zip(requests, found, strict=True)} == together
    return {str(name): model_id for name, model_id in together.items()}


@pytest.mark.parametrize("case", GENERATIONS, ids=lambda case: (case.get("one") or case["apart"])[0])
def test_spellings_of_a_generation_that_nobody_knows_are_one_model(case: dict[str, Any]) -> None:
    if "one" in case:
        assert _ids(case["one"]) == dict.fromkeys(case["one"], case["id"])
    else:
        assert len(set(_ids(case["apart"]).values())) == len(case["apart"])


def test_signs_that_nobody_sees_are_no_part_of_a_name() -> None:
    names = ["GPT\x01\x1b[31m-4", "\x1b]0;title\x07GPT\x9b1m-4\x1b[0m", "GPT\u200b-4"]
    for name in names:
        [found] = resolve_models([ModelRequest("s", "p", name)], ModelRegistry())
        assert (found.model_id, found.name) == ("openai/gpt-4", "GPT-4")
        assert found.rule.endswith("less signs of control")


def test_a_name_with_a_slash_is_an_id_only_where_it_is_a_path() -> None:
    said = {"<b>x</b>": "<b>x</b>", "Qwen/Qwen3-8B": "Qwen3 8B", "Speech / Text 2": "Speech / Text 2"}
    for name, shown in said.items():
        [found] = resolve_models([ModelRequest("s", "p", name)], ModelRegistry())
        assert found.name == shown


def test_a_moving_name_without_a_number_is_no_version_of_one_model() -> None:
    [found] = resolve_models([ModelRequest("s", "p", source_key="gemini/gemini-flash-latest")], ModelRegistry())
    assert (found.model_id, found.version) == ("google/gemini-flash-latest", None)
