"""What a page of 500 KB costs beside the parser of HTML on the same bytes, by make: ``python large_page.py``.

The parser alone is measured in two ways: lxml builds its tree and nothing is done with it; and the parser as the reader
uses it, which hands each tag and text of the page over, as :func:`ingest.read.html.shown` takes them. Each figure is
the first quartile of processor time; what is compared runs in turn.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from ingest.read.html import shown
from ingest.read.lines import read_page
from ingest.records import Capture
from ingest.sources import parse

FORMS = Path(__file__).parents[1] / "sources" / "model_page"
sys.path.insert(0, str(Path(__file__).parent))

from framework_page import Make, Payload, framework_page  # noqa: E402

PAGE = yaml.safe_load((FORMS / "heron.yaml").read_text(encoding="utf-8"))["page"]
MAKES: dict[str, tuple[Payload, Make]] = {
    "data pushed by scripts": ("push", "plain"),
    "`__NEXT_DATA__`": ("next_data", "plain"),
    "half a style sheet": ("push", "style sheet"),
    "half JSON-LD": ("push", "linked data"),
    "half icons": ("push", "icons"),
    "half a menu": ("push", "menu"),
    "half similar models": ("push", "similar models"),
    "half a table": ("push", "table"),
}
ROUNDS = 40


def in_turn(*calls: Callable[[], Any]) -> list[float]:
    """The first quartile of the milliseconds that each call takes."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, each in zip(calls, taken, strict=True):
            began = time.process_time_ns()
            call()
            each.append((time.process_time_ns() - began) / 1e6)
    return [sorted(each)[ROUNDS // 4] for each in taken]


def main() -> None:
    """Print the table of the documentation."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    print("| page | lxml's tree | events | lines | all | lines / tree | all / tree | all / events |")
    print("| --- |" + " ---: |" * 7)
    for name, (payload, make) in MAKES.items():
        content = framework_page(PAGE, 500_000, payload, make=make)
        assert parse(Capture(content)).entries, f"{name}: nothing was read"
        gc.collect()
        gc.freeze()
        tree, events, lines, whole = in_turn(
            lambda content=content: etree.fromstring(content, parser),
            lambda content=content: shown(content.decode()),
            lambda content=content: read_page(bytes(bytearray(content))),
            lambda content=content: parse(Capture(bytes(bytearray(content)))),
        )
        ratios = (lines / tree, whole / tree, whole / events)
        print(f"| {name} | " + " | ".join(f"{each:.2f}" for each in (tree, events, lines, whole, *ratios)) + " |")


if __name__ == "__main__":
    main()
