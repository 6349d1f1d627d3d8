"""Model cards: the own model's results are read, others' stay unread with a reason, and every line is the file's."""

from __future__ import annotations

import textwrap
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import ingest
from ingest.read.locate import Places
from ingest.read.markdown import is_markdown, read_markdown
from ingest.records import Capture, Document
from ingest.sources import parse, recognise
from ingest.sources.huggingface_card import account
from ingest.sources.huggingface_card.words import card_words
from ingest.sources.model_page.words import page_words

CARDS = yaml.safe_load(Path(__file__).with_name("cards.yaml").read_text(encoding="utf-8"))


def read(case: dict[str, Any]) -> Document:
    return parse(Capture(case["card"].encode(), case.get("location", "")))


@pytest.mark.parametrize("case", CARDS, ids=lambda case: case["name"])
def test_a_card_states_the_results_of_its_own_model(case: dict[str, Any]) -> None:
    document = read(case)
    scores = {score.benchmark: score.score for entry in document.entries for score in entry.scores}
    doubtful = case.get("doubtful", {})
    assert {name: value for name, value in scores.items() if name not in doubtful} == case["scores"]
    assert {name: scores[name] for name in doubtful if name in scores}.items() <= doubtful.items()
    assert [entry.name for entry in document.entries] == [case["model"]] * (case["model"] is not None)
    stated = {s.field: s.value for entry in document.entries for s in entry.stated}
    assert case["stated"].items() <= stated.items()


@pytest.mark.parametrize("case", CARDS, ids=lambda case: case["name"])
def test_every_locator_is_a_line_of_the_file(case: dict[str, Any]) -> None:
    places = Places(case["card"].encode(), location=case.get("location", ""))
    for entry in read(case).entries:
        assert places.holds(entry.locator, entry.name or "")
        for score in entry.scores:
            assert places.holds(score.locator, score.score_text)
            assert places.holds(score.locator, score.description or "")
        for stated in entry.stated:
            assert places.is_value(stated.locator, stated.raw_text)


def test_what_is_another_models_is_unread_with_a_reason() -> None:
    case = next(case for case in CARDS if case["name"] == "only other models are compared")
    told = [line.text for line in read(case).unread]
    assert "MMLU | 74.2 | 66.7 (no column or row of this model)" in told


def test_columns_of_which_nothing_is_read_are_listed_by_their_head() -> None:
    def told(name: str) -> list[str]:
        return [line.text for line in read(next(case for case in CARDS if case["name"] == name)).unread]

    by_columns = told("columns are models, the own one is strong")
    assert "Gemma-2-9b-IT (a column of 4 rows; another model)" in by_columns
    by_rows = told("IBM, rows are models, the average stands last")
    assert "Avg (a column of 2 rows; no benchmark)" in by_rows


def test_conditions_and_who_verified_a_result() -> None:
    by_name = {case["name"]: read(case).entries[0] for case in CARDS if case["model"]}
    llama = {s.benchmark: s for s in by_name["category, benchmark, shots and metric before the models"].scores}
    assert (llama["MMLU"].conditions, llama["MMLU"].description) == ({"n_shots": 5}, "macro_avg/acc")
    assert (llama["MMLU (CoT)"].category, llama["HumanEval"].category) == ("General", "Code")
    index = by_name["results in the model-index, one of them verified"].scores
    assert [(s.benchmark, s.self_reported, s.conditions) for s in index] == [
        ("MMLU", False, {"split": "test"}),
        ("GSM8K", True, {}),
    ]
    [entry] = read(next(case for case in CARDS if "leaderboard measured" in case["name"])).entries
    [measured] = entry.scores
    assert (measured.measured_by, measured.reference) == (
        "Open LLM Leaderboard",
        "https://example.org/board?query=Heron-13B",
    )
    assert measured.self_reported is False
    assert measured.conditions == {"split": "validation", "n_shots": 10}


def test_keys_of_the_model_index_that_nothing_takes_are_listed() -> None:
    document = read(next(case for case in CARDS if "leaderboard measured" in case["name"]))
    told = {line.text.partition(" (")[0] for line in document.unread if line.text.startswith("model-index")}
    assert told == {f"model-index/*/results/*/{key}" for key in ("task/type", "task/name", "dataset/type")}


def test_two_tables_that_contradict_each_other_fail_a_check() -> None:
    table = "| Benchmark | Score |\n|---|---|\n| MMLU | {} |\n\n"
    card = "---\nlicense: mit\ntags: [x]\n---\n# Phi-4\n\n" + table.format("84.8%") + table.format("81.0%")
    document = ingest.parse(card.encode())
    assert [(check.name, check.expected, check.actual) for check in document.checks] == [
        ("repeated_score", "84.8% (line 9)", "81.0% (line 13)")
    ]


def test_a_card_without_a_name_or_a_fact_says_what_is_missing() -> None:
    front = "---\nlanguage: en\ntags: [x]\n---\n"
    assert str(ingest.parse(f"{front}Some text.".encode()).rejected).startswith("no_name: ")
    assert str(ingest.parse(f"{front}# Phi-4\n\nText.".encode()).rejected).startswith("no_facts: ")


def test_only_cards_are_recognised() -> None:
    assert recognise(Capture(CARDS[0]["card"].encode())) == "huggingface-card"
    assert recognise(Capture(b"---\ntitle: A post\ndate: 2024-01-01\n---\n# Herons\n")) is None
    assert recognise(Capture(b"# Herons\n\n## They stand\n\nStill.")) is None


def test_the_founding_layout_in_markdown_is_read_by_its_own_source() -> None:
    page = textwrap.dedent("""\
        # GPT-4o mini

        OpenAI

        ## Key Specifications

        | Field | Value |
        |---|---|
        | Context | 128.0K |
        | Release Date | July 18, 2024 |

        ## Technical Specifications

        - **Knowledge Cutoff:** October 1, 2023
        - **Parameters:** -

        ## Benchmark Results

        | MMLU | 5-shot Self-reported | 82.0% |
        |---|---|---|
        | HumanEval | pass@1 Self-reported | 87.2% |
        """)
    document = ingest.parse(page.encode())
    assert document.source == "model-page"
    (entry,) = document.entries
    stated = {s.field: (str(s.value), s.locator) for s in entry.stated}
    assert stated["context_tokens"] == ("128000", "line 9")
    assert stated["knowledge_cutoff"] == ("2023-10-01", "line 14")
    assert {s.benchmark: (s.score, s.locator) for s in entry.scores} == {
        "MMLU": (82.0, "line 19"),
        "HumanEval": (87.2, "line 21"),
    }


def test_front_matter_of_many_aliases_ends() -> None:
    bomb = "a: &a [x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
    )
    assert read_markdown(f"---\nlicense: mit\n{bomb}---\n# Heron 2\n").front == {}


@given(st.text(alphabet=st.sampled_from("|-# \n*<>ab1.%:[]()`_"), max_size=400))
def test_any_text_is_a_document_or_an_ingest_error(text: str) -> None:
    content = f"---\nlicense: mit\ntags: [x]\n---\n# Phi-4\n{text}".encode()
    with suppress(ingest.IngestError):
        assert isinstance(ingest.parse(content), Document)
    lines = content.decode().split("\n")
    assert all(0 < line.number <= len(lines) for line, _ in account(Capture(content)))
    assert is_markdown(content.decode())


def test_a_key_that_stands_twice_with_different_values_states_nothing() -> None:
    card = "---\nlicense: mit\nlicense: apache-2.0\npipeline_tag: text-generation\npipeline_tag: text-generation\n---\n"
    document = parse(Capture(f"{card}# Robin\n".encode(), "https://huggingface.co/acme/robin/raw/main/README.md"))
    stated = {each.field for entry in document.entries for each in entry.stated}
    assert "license" not in stated and "output_modalities" in stated
    assert [line.text.partition(" (no rule")[0] for line in document.unread if "license" in line.text] == [
        "license (1)", "license (2)",
    ]  # fmt: skip


def test_words_of_companies_are_known_to_cards_and_to_pages_alike() -> None:
    """A card leaves out fewer words of a maker's name than a page takes for a company's; "team" is no company."""
    assert {*card_words().companies.phrases} - {"team"} <= {*page_words().companies.phrases}
