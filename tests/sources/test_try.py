"""`ingest try` shows a page line by line, whatever kind it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest import cli
from ingest.errors import IngestError
from ingest.records import Capture
from ingest.source_kit.lines import page_by_line


def status(*arguments: str) -> int:
    """The exit status of a command."""
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    return int(ended.value.code or 0)


ROOT = Path(__file__).parents[2]
PAGE = ROOT / "raw" / "pages" / "xai--grok-3-mini.txt"


def test_each_line_of_a_sample_page_has_its_rule() -> None:
    shown = page_by_line(Capture(PAGE.read_bytes()))
    rules = {line.text: line.rule for line in shown.lines}
    assert shown.source == "model-page"
    assert (rules["Grok-3 Mini"], rules["MultimodalZeroEval"], rules["Key Specifications"]) == (
        "name",
        "constant_row",
        "section",
    )


def test_an_unread_line_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.txt"
    page.write_text(PAGE.read_text("utf-8").replace("Context\n", "Wingspan\n2 m\nContext\n"), "utf-8")
    assert status("try", str(page)) == 0
    out = capsys.readouterr().out
    assert any(line.split() == ["15", "unread", "2", "m"] for line in out.splitlines())
    assert "-> context_tokens = 131100" in out
    assert "read by model-page: " in out and "2 unread" in out.splitlines()[-1]


def test_a_page_that_no_source_knows_shows_what_its_lines_could_be(tmp_path: Path) -> None:
    shown = page_by_line(Capture(b"Heron 2\n\nContext: 128K\nInput\n$2 per 1M tokens\nHow it flies\n"))
    assert {line.text: line.read for line in shown.lines} == {
        "Heron 2": (),
        "Context: 128K": ("label of context_tokens",),
        "Input": ("label of price of input",),
        "$2 per 1M tokens": (),
        "How it flies": (),
    }
    assert "Name the source (`--source label-value-page`)" in shown.summary
    assert page_by_line(Capture(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))).lines == []


def test_a_page_that_is_turned_down_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "card.md"
    page.write_text("---\nlanguage: en\ntags: [x]\n---\n# Phi-4\n\nText.", "utf-8")
    assert status("try", str(page), "--json") == 1
    shown = json.loads(capsys.readouterr().out)
    assert shown["source"] == "huggingface-card"
    assert shown["rejected"].startswith("no_facts: ")
    assert {"line": 5, "text": "Phi-4", "rule": "name", "read": []} in shown["lines"]


def test_a_source_of_data_files_has_no_lines() -> None:
    with pytest.raises(IngestError, match="reads data files"):
        page_by_line(Capture(b"{}"), "litellm")
