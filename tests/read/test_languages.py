"""A value in another language means what it means there, and each language file fits the words of the layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.read import values
from ingest.read.languages import ENGLISH, Kind, Language, language_of, languages, words_of
from ingest.sources.model_page.labels import NOT_KNOWN, known

CASES = yaml.safe_load(Path(__file__).with_name("languages.yaml").read_text(encoding="utf-8"))
BY_CODE = {language.code: language for language in languages()}
HOLDS: dict[str, Kind] = {"day": "date", "count": "count", "score": "number", "money": "number"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['language']} {case['text']}")
def test_value_of_a_language(case: dict[str, Any]) -> None:
    name = case["reader"]
    read = BY_CODE[case["language"]].read(case["text"], HOLDS[name], getattr(values, name))
    assert read.problem == case.get("problem")
    for part in ("value", "low", "high", "unit"):
        if part in case:
            assert getattr(read, part) == case[part], part


@pytest.mark.parametrize("language", languages(), ids=lambda language: language.code)
def test_each_label_of_a_language_is_known(language: Language) -> None:
    for word, english in words_of(language.code).items():
        what, meant = known(word), known(english)
        assert what != NOT_KNOWN, word
        assert (what.section, what.field, what.intro) == (meant.section, meant.field, meant.intro), word


def test_no_word_means_two_things() -> None:
    meant: dict[str, str] = {}
    for language in languages():
        for word, english in words_of(language.code).items():
            before = meant.setdefault(word.lower(), english)
            assert known(before)._replace(category=None) == known(english)._replace(category=None), (
                word,
                before,
                english,
            )


def test_the_language_of_a_page_is_told_by_its_labels() -> None:
    assert language_of(["Параметры", "Контекст", "128K", "GPT-4o"]).code == "ru"
    assert language_of(["Parameters", "Context", "128K", "Kontext"]) is ENGLISH
    assert language_of([]) is ENGLISH


@given(st.sampled_from(languages()), st.text(max_size=60), st.sampled_from(sorted(HOLDS)))
def test_any_text_is_read_or_has_a_problem(language: Language, text: str, name: str) -> None:
    read = language.read(text, HOLDS[name], getattr(values, name))
    assert read.value is None or read.problem is None


@given(st.integers(1, 10**12))
def test_plain_digits_mean_the_same_everywhere(number: int) -> None:
    for language in languages():
        assert language.read(str(number), "count", values.count).value == number
