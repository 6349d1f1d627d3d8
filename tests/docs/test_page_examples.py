"""docs/model-page.md: each example of a page becomes what stands below it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ingest.records import Capture
from ingest.source_kit.lines import page_by_line

PAGE = Path(__file__).parents[2] / "docs" / "model-page.md"
_EXAMPLE = re.compile(
    r"^### (?P<title>(?:`(?P<source>[a-z-]+)`|no source): [^\n]*)\n\n(?:At `(?P<at>[^`]+)`:\n\n)?"
    r"```text\n(?P<page>.*?)```\n\n(?:becomes|is turned down:)\n\n```text\n(?P<read>.*?)\n```",
    re.MULTILINE | re.DOTALL,
)
EXAMPLES = list(_EXAMPLE.finditer(PAGE.read_text(encoding="utf-8")))
NAMED = "label-value-page"
"""The source that reads a page only where it is named."""


def test_each_kind_of_page_has_an_example() -> None:
    kinds = re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert kinds
    assert set(kinds) <= {example["source"] for example in EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["title"])
def test_an_example_becomes_what_the_page_says(example: re.Match[str]) -> None:
    is_named = example["source"] == NAMED or example["title"].endswith("is refused")
    shown = page_by_line(
        Capture(example["page"].encode(), example["at"] or ""), example["source"] if is_named else None
    )
    assert example["source"] is None or shown.source == example["source"]
    read = [said for line in shown.lines for said in line.read]
    assert "\n".join([shown.summary] if shown.document.rejected else read) == example["read"]
