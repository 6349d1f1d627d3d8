from __future__ import annotations

from pathlib import Path

from ingest.records.dictionary import data_dictionary

DICTIONARY = Path(__file__).parents[2] / "docs" / "data-dictionary.md"


def test_the_data_dictionary_says_what_the_schemas_say() -> None:
    assert DICTIONARY.read_text() == data_dictionary(), (
        "the schemas changed: run `python -m ingest.records.dictionary > docs/data-dictionary.md`"
    )
