"""Records of files: the fields of each, and the places from which `ingest verify` finds them again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.errors import IngestError
from ingest.read.locate import Places
from ingest.read.recordfile import read_records

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("record_files.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_the_fields_of_records_and_their_places(case: dict[str, Any]) -> None:
    content = case["content"].encode()
    file = read_records(content, case["format"], case.get("at", ""))
    read = [[[leaf.path, leaf.text, leaf.locator] for leaf in record.fields] for record in file.records]
    assert read == case["records"]
    places = Places(content)
    assert [
        leaf for record in file.records for leaf in record.fields if not places.holds(leaf.locator, leaf.text)
    ] == []


@pytest.mark.parametrize(
    ("format_", "content", "reason"),
    [
        ("jsonl", b'{"a": 1}\n{"a": ', "cut_off: line 2"),
        ("jsonl", b'{"a": 1}\n{a}\n{"a": 2}', "invalid_json: line 2"),
        ("xml", b"<a><b>1</b>", "cut_off"),
        ("xml", b"<a><b></a>", "invalid_xml"),
        ("xml", b"<a>" * 5000, "invalid_xml"),
    ],
)
def test_a_damaged_file_says_where(format_: str, content: bytes, reason: str) -> None:
    with pytest.raises(IngestError, match=reason):
        read_records(content, format_, "/a" if format_ == "xml" else "")


def test_values_around_many_records_are_read_once() -> None:
    """Each of n records of one object has the same fields around it: n of them, not n times n steps."""
    listed = {f"model-{n}": {"rating": n} for n in range(3000)} | {"made": "2025"}
    file = read_records(json.dumps({"board": listed}).encode(), "json", "/*")
    around = [leaf for record in file.records for leaf in record.fields if leaf.path == "../made"]
    assert len({id(leaf) for leaf in around}) == 1
