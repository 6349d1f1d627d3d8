"""What follows from a name and a licence: the family, the size, what the model is for, whether its weights are open."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ingest.name import ModelRegistry, ModelRequest, model_catalogue, resolve_models
from ingest.name.derived import derive
from ingest.name.model_types import model_type


def derived(name: str, **stated: Any) -> dict[str, Any]:
    [model] = resolve_models([ModelRequest("a-source", "a-place", name)], ModelRegistry())
    return {
        each.field: each.value
        for each in derive(stated, model)
        if each.field not in {"release_date", "deprecated_on", "license"}
    }


def test_the_catalogue_knows_a_release_that_a_list_does_not_state() -> None:
    def released(name: str, *, in_a_list: bool = True, **stated: Any) -> list[tuple[Any, str]]:
        [model] = resolve_models([ModelRequest("a-source", "a-place", name)], ModelRegistry())
        told = derive(stated, model, in_a_list=in_a_list)
        return [(each.value, each.rule) for each in told if each.field == "release_date"]

    assert released("gpt-4.1-mini") == [(date(2025, 4, 14), "release_of_model: openai/gpt-4.1-mini")]
    assert released("gpt-4.1-mini", in_a_list=False) == []
    assert released("gpt-4.1-mini", release_date="2025-04") == []
    january = [(date(2025, 4, 14), "release_of_model: openai/gpt-4.1-mini")]
    assert released("gpt-4.1-mini", release_date="2025-01-01") == january
    assert released("gpt-4.1-mini", release_date="2024-01-01") == []
    assert released("gpt-4.1-mini-2025-04-14") == []
    assert released("Foo 7") == []


def test_the_catalogue_knows_an_end_that_a_list_does_not_state() -> None:
    def ended(name: str, *, in_a_list: bool = True, **stated: Any) -> list[tuple[Any, str]]:
        [model] = resolve_models([ModelRequest("a-source", "a-place", name)], ModelRegistry())
        told = derive(stated, model, in_a_list=in_a_list)
        return [(each.value, each.rule.partition(", ")[0]) for each in told if each.field == "deprecated_on"]

    assert ended("o1-preview") == [(date(2025, 7, 28), "end_of_model: openai/o1-preview")]
    assert ended("claude-2.1") == [(date(2025, 7, 21), "end_of_model: anthropic/claude-2.1")]
    assert ended("gpt-4-0314") == [(date(2026, 3, 26), "end_of_model: openai/gpt-4")]
    assert ended("o1-preview", in_a_list=False) == []
    assert ended("o1-preview", deprecated_on="2025-07-01") == []
    assert ended("gpt-oss-20b") == []


@pytest.mark.parametrize(
    ("name", "license_id"),
    [
        ("Qwen3-8B", "Apache-2.0"),
        ("Qwen3-Max", None),
        ("Qwen2.5-7B-Instruct", "Apache-2.0"),
        ("Qwen2.5-72B-Instruct", "qwen"),
        ("Qwen2.5-Coder-3B", "qwen-research"),
        ("Qwen2-72B-Instruct", "tongyi-qianwen"),
        ("DeepSeek-V3", "deepseek"),
        ("DeepSeek-V3.1", "MIT"),
        ("DeepSeek-V3-0324", "MIT"),
        ("Llama 3.1 8B Instruct", "llama 3.1 community license"),
        ("Ministral 8B", "mistral research license"),
        ("Mistral Medium 3", None),
        ("GPT-4o", None),
    ],
)
def test_a_family_s_licence_counts_where_a_list_states_none(name: str, license_id: str | None) -> None:
    def licensed(*, in_a_list: bool = True, **stated: Any) -> list[Any]:
        [model] = resolve_models([ModelRequest("a-source", "a-place", name)], ModelRegistry())
        return [each.value for each in derive(stated, model, in_a_list=in_a_list) if each.field == "license"]

    assert licensed() == ([license_id] if license_id else [])
    assert licensed(license="MIT") == licensed(in_a_list=False) == []


def test_a_catalogued_model_has_its_family_and_a_licence_tells_open_weights() -> None:
    assert derived("GPT-4.1 mini", license="proprietary") == {
        "family": "GPT-4.1",
        "model_type": "text",
        "open_weights": False,
    }
    assert derived("Foo 7", license="apache 2.0") == {"open_weights": True}
    assert derived("Foo 7", license="a licence of our own") == {}
    assert derived("GPT-4.1 mini", family="GPT", model_type="text", license="MIT", open_weights=True) == {}
    assert derived("GPT-4.1 mini", family="GPT", model_type="text", license="MIT")["open_weights"] is True


@pytest.mark.parametrize(
    ("name", "stated", "opened"),
    [
        ("Claude 2.1", {}, False),
        ("GPT-4o mini", {}, False),
        ("Code Llama 70B", {}, True),
        ("GPT-2", {}, None),
        ("Claude 2.1", {"license": "a licence of our own"}, False),
        ("Llama 3.3 8B Instruct", {}, None),
        ("Qwen3-0.6B", {}, True),
        ("Qwen2.5-Max", {}, None),
        ("GLM-4-9B", {}, True),
        ("GLM-4-Air", {}, None),
        ("Ministral 3 3B Instruct", {}, True),
        ("Ministral 3B", {}, None),
        ("Claude 9 Llama 8B", {"license": "MIT"}, True),
    ],
)
def test_the_practice_of_a_maker_tells_open_weights(name: str, stated: dict[str, Any], opened: bool | None) -> None:
    assert derived(name, **stated).get("open_weights") is opened


def test_a_size_follows_from_a_name_where_the_entry_states_none() -> None:
    assert derived("Foo 70B A3B") == {"parameters": 70_000_000_000, "active_parameters": 3_000_000_000}
    assert derived("Foo 70B A3B", parameters=71_000_000_000) == {"active_parameters": 3_000_000_000}


def test_a_model_of_text_reads_what_it_takes() -> None:
    sees = derived("Foo 7", model_type="text", input_modalities=["text", "image", "pdf"])
    assert sees == {"features_of_inputs": ["pdf_input", "vision"]}
    said = {"features": ["vision"], "features_absent": ["pdf_input"]}
    assert derived("Foo 7", model_type="text", input_modalities=["text", "image", "pdf"], **said) == {}
    assert derived("Foo 7", model_type="image", input_modalities=["text", "image"]) == {}
    assert "features_of_inputs" not in derived("o1-mini", model_type="text", input_modalities=["text", "image"])


def test_a_rule_names_the_knowledge_behind_it() -> None:
    [model] = resolve_models([ModelRequest("a-source", "a-place", "Foo Embedding 2")], ModelRegistry())
    rules = {each.field: (each.of, each.rule) for each in derive({"license": "apache 2.0"}, model)}
    assert rules == {
        "model_type": ("name", "model_type_of_name: embedding"),
        "open_weights": ("license", "open_weights_of_license: Apache-2.0"),
    }


@pytest.mark.parametrize(
    ("name", "stated", "expected"),
    [
        ("Foo Guard 2 8B", "text", "moderation"),
        ("Foo Embed v4", "text", "embedding"),
        ("Foo 2.5 Flash TTS", "text", "speech"),
        ("Foo OCR v6", "text", "other"),
        ("Foo 7B Instruct", "text", None),
        ("Foo Guard 2 8B", "moderation", None),
        ("Foo Whisper", "speech", None),
    ],
)
def test_the_name_says_what_a_model_of_a_chat_endpoint_is_for(name: str, stated: str, expected: str | None) -> None:
    [model] = resolve_models([ModelRequest("a-source", "a-place", name)], ModelRegistry())
    told = [(each.value, each.of) for each in derive({"model_type": stated}, model) if each.field == "model_type"]
    assert told == ([] if expected is None else [(expected, "model_type")])


def test_modalities_tell_what_a_model_is_for_where_its_name_does_not() -> None:
    [model] = resolve_models([ModelRequest("a-source", "a-place", "Foo 7")], ModelRegistry())
    told, sees = derive({"input_modalities": ["text", "image"], "output_modalities": ["text"]}, model)
    assert (sees.value, sees.of, sees.rule) == (["vision"], "input_modalities", "feature_of_input: image")
    assert (told.value, told.of) == ("text", "output_modalities")
    assert told.rule == "model_type_of_modalities: text+image to text"
    assert list(derive({"input_modalities": ["text"]}, model)) == []


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("cohere/rerank-v3.5", "rerank"),
        ("openai/text-embedding-3-large", "embedding"),
        ("unknown/bge-m3", "embedding"),
        ("openai/whisper-large-v3", "transcription"),
        ("openai/gpt-4o-mini-tts", "speech"),
        ("google/veo-3", "video"),
        ("stability/stable-diffusion-xl-base-1.0", "image"),
        ("meta/llama-guard-3-8b", "moderation"),
        ("google/gemini-diffusion", "text"),
        ("stability/stable-beluga-2", "text"),
        ("google/code-gecko", "text"),
        ("qwen/qwen2.5-vl-3b-instruct", "text"),
        ("01-ai/yi-2-34b", "text"),
        ("amazon/nova-reel-2", "video"),
        ("amazon/nova-sonic-2", "speech"),
        ("rednote-hilab/dots-ocr", "other"),
        ("unum/uform-gen-2-qwen-500m", "text"),
        ("qwen/qwen-image", "image"),
        ("runway/gen-4-image", "image"),
        ("runway/gen-4-turbo", "video"),
        ("leonardo/phoenix-1.0", "image"),
        ("leonardo/lucid-origin", "image"),
        ("microsoft/resnet-50", "other"),
        ("unknown/some-lab-7b-chat", "text"),
        ("unknown/foo-7b", None),
    ],
)
def test_what_a_model_is_for(model_id: str, expected: str | None) -> None:
    known = model_catalogue().get(model_id)
    told = model_type(model_id, known.family if known else None)
    assert (told and told[0]) == expected


@pytest.mark.parametrize(
    ("name", "stated", "expected"),
    [
        (
            "o1-mini",
            {"features": ["reasoning", "vision"]},
            {"features": ["reasoning"], "features_doubted": ["vision"], "features_absent": ["vision"]},
        ),
        ("o1", {"features": ["parallel_function_calling"]}, {"features": None}),
        ("Command A", {"features_of_offer": ["reasoning"]}, {"features_of_offer": None}),
        ("Foo 7B", {"features": ["vision"], "input_modalities": ["text"]}, {"features_doubted": ["vision"]}),
        ("Foo 7B", {"features": ["vision"], "input_modalities": ["text", "image"]}, {}),
        ("Foo 7B", {"features": ["vision"]}, {}),
        ("Foo 7B", {"features_of_offer": ["attachments"], "input_modalities": ["text"]}, {}),
        (
            "Command A",
            {"features": ["reasoning"], "features_absent": ["attachments"]},
            {"features_absent": ["attachments", "reasoning"]},
        ),
        ("GPT-4o", {"features": ["structured_output", "vision"]}, {}),
        ("Gemini 2.5 Flash TTS", {"features_absent": ["audio_output"]}, {"features_absent": None}),
    ],
)
def test_a_feature_that_the_maker_or_the_record_contradicts(
    name: str, stated: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = {field: value for field, value in derived(name, **stated).items() if field.startswith("features")}
    assert {field: found.get(field, "is not derived") for field in expected} == expected
    assert expected or not found
