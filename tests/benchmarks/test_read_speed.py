"""How long reading takes, by form of page: ``pytest tests/benchmarks/test_read_speed.py``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from ingest.read import visible_lines
from ingest.records import Capture
from ingest.sources import parse, recognise

FORMS = Path(__file__).parents[1] / "sources" / "model_page"
sys.path.insert(0, str(FORMS))

from arrangements import every_form  # noqa: E402
from framework_page import framework_page  # noqa: E402

PAGE = yaml.safe_load((FORMS / "heron.yaml").read_text(encoding="utf-8"))["page"]
CAPTURES = {name: Capture(content) for name, content in every_form(PAGE).items()}
SHARED = Path(__file__).parents[2].parent / "shared" / "pages" / "dev"
KINDS = ["page.txt", "page.cards.html", "page.dl.html", "page.soup.html"]


@pytest.mark.parametrize("form", ["text", "cards", "flat", "spans only"])
def test_one_page(benchmark: Any, form: str) -> None:
    assert benchmark.pedantic(parse, setup=lambda: fresh(CAPTURES[form].content), rounds=200).entries


@pytest.mark.parametrize("form", ["text", "cards"])
def test_lines_of_one_page(benchmark: Any, form: str) -> None:
    content = CAPTURES[form].content
    assert benchmark.pedantic(visible_lines, setup=lambda: ((bytes(bytearray(content)),), {}), rounds=200)


def test_recognising(benchmark: Any) -> None:
    assert benchmark(recognise, CAPTURES["cards"]) == "model-page"


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here")
@pytest.mark.parametrize("kind", KINDS)
def test_63_pages(benchmark: Any, kind: str) -> None:
    captures = [Capture(path.read_bytes()) for path in sorted(SHARED.glob(f"*/{kind}"))]
    documents = benchmark(lambda: [parse(capture) for capture in captures])
    assert len([document for document in documents if document.entries]) == len(captures)


def fresh(content: bytes) -> tuple[tuple[Capture], dict[str, Any]]:
    """A capture that no reader has met: the page that was read last is kept."""
    return (Capture(bytes(bytearray(content))),), {}


@pytest.mark.parametrize("payload", ["push", "next_data"])
@pytest.mark.parametrize("of", ["the parser alone", "all of it"])
def test_a_page_of_500_kb_with_a_payload(benchmark: Any, of: str, payload: Any) -> None:
    """What a large page costs, and what the parser of HTML costs on the same bytes (a tree by lxml, nothing else)."""
    content = framework_page(PAGE, 500_000, payload)
    if of == "all of it":
        assert benchmark.pedantic(parse, setup=lambda: fresh(content), rounds=50).entries
        return
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    assert benchmark.pedantic(etree.fromstring, (content, parser), rounds=50) is not None


@pytest.mark.parametrize("megabytes", [1, 2, 4])
def test_a_long_description(benchmark: Any, megabytes: int) -> None:
    capture = Capture(every_form({**PAGE, "description": "reeds and more " * (megabytes * 70_000)})["cards"])
    assert benchmark.pedantic(parse, (capture,), rounds=3).entries
