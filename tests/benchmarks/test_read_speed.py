"""How long reading takes, by form of page: ``pytest tests/benchmarks/test_read_speed.py``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.read import visible_lines
from ingest.records import Capture
from ingest.sources import parse, recognise

FORMS = Path(__file__).parents[1] / "sources" / "model_page"
sys.path.insert(0, str(FORMS))

from arrangements import every_form  # noqa: E402

PAGE = yaml.safe_load((FORMS / "heron.yaml").read_text(encoding="utf-8"))["page"]
CAPTURES = {name: Capture(content) for name, content in every_form(PAGE).items()}
SHARED = Path(__file__).parents[2].parent / "shared" / "pages" / "dev"
KINDS = ["page.txt", "page.cards.html", "page.dl.html", "page.soup.html"]


@pytest.mark.parametrize("form", ["text", "cards", "flat", "spans only"])
def test_one_page(benchmark: Any, form: str) -> None:
    assert benchmark(parse, CAPTURES[form]).entries


@pytest.mark.parametrize("form", ["text", "cards"])
def test_lines_of_one_page(benchmark: Any, form: str) -> None:
    assert benchmark(visible_lines, CAPTURES[form].content)


def test_recognising(benchmark: Any) -> None:
    assert benchmark(recognise, CAPTURES["cards"]) == "model-page"


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here")
@pytest.mark.parametrize("kind", KINDS)
def test_63_pages(benchmark: Any, kind: str) -> None:
    captures = [Capture(path.read_bytes()) for path in sorted(SHARED.glob(f"*/{kind}"))]
    documents = benchmark(lambda: [parse(capture) for capture in captures])
    assert len([document for document in documents if document.entries]) == len(captures)


@pytest.mark.parametrize("megabytes", [1, 2, 4])
def test_a_long_description(benchmark: Any, megabytes: int) -> None:
    capture = Capture(every_form({**PAGE, "description": "reeds and more " * (megabytes * 70_000)})["cards"])
    assert benchmark.pedantic(parse, (capture,), rounds=3).entries
