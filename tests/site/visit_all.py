"""Visit every page of a site in Chromium at a phone's width, and say what is wrong on any.

    python tests/site/visit_all.py pages

For a site of any size; the tests do the same on a small one.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

from playwright.sync_api import sync_playwright
from test_in_browser import PHONE, Visit

LOOK = """() => [
    document.documentElement.scrollWidth - document.documentElement.clientWidth,
    [...document.querySelectorAll('[data-chart]')].filter(e => e.dataset.state !== 'drawn').map(e => e.dataset.chart),
]"""


def main(folder: Path) -> int:
    """Visit all pages. Returns 1 where anything is wrong."""
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
    started, troubles = time.monotonic(), 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        visit = Visit(browser.new_context(viewport=PHONE), folder)
        for path in paths:
            overflow, undrawn = visit.open(path).evaluate(LOOK)
            if visit.wrong or overflow or undrawn:
                troubles += 1
                print(path, visit.wrong, overflow, undrawn)
                visit.wrong.clear()
        browser.close()
    print(f"{len(paths):,} pages in {time.monotonic() - started:.0f} s, {troubles} with trouble")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
