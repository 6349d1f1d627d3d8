"""Pages that were written before any reader was tried on them: nothing false is read, and what they state is read.

``cards.yaml`` are model cards, ``pages.yaml`` pages of unknown sites (nothing is read of them until a source is named),
``founding.yaml`` pages in the founding layout, ``stages.yaml`` cards on which rules must hold back. Files that end in
``_again`` hold the same kinds in other words and another order, written once a rule was made for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.read.languages import Language, languages
from ingest.records import Capture, Document
from ingest.sources import parse

HERE = Path(__file__).parent
CASES = [
    pytest.param(case, source, id=f"{kind} {case['name']}")
    for kind, source in (
        ("cards", None),
        ("more_cards", None),
        ("third_cards", None),
        ("third_cards_again", None),
        ("fourth_cards", None),
        ("fourth_cards_again", None),
        ("fifth_cards", None),
        ("sixth_cards", None),
        ("seventh_cards", None),
        ("eighth_cards", None),
        ("ninth_cards", None),
        ("tenth_cards", None),
        ("boxes", None),
        ("sizes_cards", None),
        ("seventh_founding", None),
        ("addresses", None),
        ("logos", None),
        ("held_back", None),
        ("held_back_pages", "label-value-page"),
        ("stages", None),
        ("founding", None),
        ("third_founding", None),
        ("third_founding_again", None),
        ("fourth_founding", None),
        ("fourth_founding_again", None),
        ("ninth_founding", None),
        ("tenth_founding", None),
        ("eleventh_founding", None),
        ("pages", "label-value-page"),
        ("more_pages", "label-value-page"),
        ("third_pages", "label-value-page"),
        ("third_pages_again", "label-value-page"),
        ("fourth_pages", "label-value-page"),
        ("fifth_pages", "label-value-page"),
        ("sixth_pages", "label-value-page"),
        ("seventh_pages", "label-value-page"),
        ("eighth_pages", "label-value-page"),
        ("ninth_pages", "label-value-page"),
        ("tenth_pages", "label-value-page"),
        ("eleventh_pages", "label-value-page"),
        ("of_others", "label-value-page"),
        ("from_data", "label-value-page"),
        ("in_turn", "label-value-page"),
    )
    for case in yaml.safe_load((HERE / f"{kind}.yaml").read_text(encoding="utf-8"))
]
HEADER = "Meta logo\n\nLlama 3.3 70B Instruct\n\nMeta\n\nKey Specifications\n\nContext\n128.0K\n\n"
# What a task of a card means is not repeated in each case.
NOT_COMPARED = ("input_modalities", "output_modalities")


def facts(document: Document) -> Iterator[tuple[str, Any]]:
    """What a document says without doubt, as a name and a value."""
    for entry in document.entries:
        yield "name", entry.name
        if entry.organization:
            yield "organization", entry.organization
        for stated in entry.stated:
            if stated.value is not None and not stated.problem and stated.field not in NOT_COMPARED:
                yield stated.field, stated.value
        for price in entry.prices:
            if price.amount is not None and not price.problem:
                currency = "" if price.currency == "USD" else f" {price.currency}"
                assert price.unit == ("per_image" if price.kind == "image" else "per_million_tokens")
                yield f"price of {price.kind}{currency}", price.amount
        for score in entry.scores:
            if score.score is not None and not score.problem:
                yield f"score of {score.benchmark}", score.score


def expected(told: dict[str, Any]) -> dict[str, list[Any]]:
    """The values of each name; a list in a case gives several, but for features, which are one list."""
    groups = {"prices": "price of ", "scores": "score of "}
    named = {name: value for name, value in told.items() if name not in groups}
    named |= {f"{groups[group]}{name}": value for group in groups for name, value in told.get(group, {}).items()}
    return {
        name: value if isinstance(value, list) and not name.startswith("features") else [value]
        for name, value in named.items()
    }


@pytest.mark.parametrize(("case", "source"), CASES)
def test_nothing_false_is_read_and_nothing_is_missed(case: dict[str, Any], source: str | None) -> None:
    document = parse(Capture(case["text"].encode(), case.get("location", "")), source)
    found = list(facts(document))
    right, also = expected(case["right"]), expected(case.get("optional", {}))
    assert [fact for fact in found if fact[1] not in [*right.get(fact[0], ()), *also.get(fact[0], ())]] == []
    if document.entries:
        read = {name for name, _ in found}
        assert set(right) <= read
        scores = [(name, value) for name in right if name.startswith("score of ") for value in right[name]]
        assert [score for score in scores if score not in found] == []
    else:
        assert ": " in str(document.rejected)


@pytest.mark.parametrize(
    "case", [case for case, source in (param.values for param in CASES) if source], ids=lambda case: case["name"]
)
def test_nothing_is_read_of_an_unknown_site_until_a_source_is_named(case: Any) -> None:
    document = parse(Capture(case["text"].encode(), case.get("location", "")))
    assert document.entries == []
    if parse(Capture(case["text"].encode()), "label-value-page").entries:
        assert "label-value-page" in str(document.rejected)
    else:
        assert ": " in str(document.rejected)


def test_ranked_pages_and_comparisons_are_refused_and_pages_of_one_model_are_read() -> None:
    refused = {
        case["name"]
        for case in yaml.safe_load((HERE / "pages.yaml").read_text(encoding="utf-8"))
        if parse(Capture(case["text"].encode()), "label-value-page").rejected
    }
    assert refused == {
        "values above labels below a menu of other models",
        "a comparison of two models",
        "a ranking with a first place in the heading",
        "prose about a model",
        "columns of models in a guide",
    }


@pytest.mark.parametrize("language", languages(), ids=lambda language: language.code)
def test_the_mark_of_a_self_reported_score_is_seen_in_every_language(language: Language) -> None:
    assert language.file is not None
    for mark in language.file.marks:
        page = HEADER + f"Benchmark Results\n\nMMLU\n5-shot\n{mark}\n86.0%\n"
        [entry] = parse(Capture(page.encode())).entries
        [score] = entry.scores
        assert (score.score, score.self_reported, score.description) == (86.0, True, "5-shot"), mark


@pytest.mark.parametrize(
    ("line", "name", "organization"),
    [
        ("Gemini 1.5 FlashGoogle", "Gemini 1.5 Flash", "Google"),
        ("GPT-4oOpenAI", "GPT-4o", "OpenAI"),
        # Not the maker of this model, and no maker at all: the line stays as it is.
        ("Gemini 1.5 FlashOpenAI", "Gemini 1.5 FlashOpenAI", None),
        ("GPT-4oTurbo", "GPT-4oTurbo", None),
    ],
)
def test_a_maker_that_is_glued_to_the_name_is_parted_where_both_agree(
    line: str, name: str, organization: str | None
) -> None:
    page = f"{line}\n\nKey Specifications\n\nContext\n128.0K\n\nLicense & Metadata\n\nLicense\nProprietary\n"
    document = parse(Capture(page.encode()))
    assert [(entry.name, entry.organization) for entry in document.entries] in ([(name, organization)], [])
    assert document.entries or organization is None
