"""Take the picture of the README: a model of a site of the sample pages, with the lines that its facts came from.

    python tests/site/take_picture.py docs/site.png

Needs Chromium, as the tests of this folder do.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from ingest.pipeline import run
from ingest.settings import load_settings
from ingest.site import build

ROOT = Path(__file__).parents[2]
SIZE = {"width": 1100, "height": 760}


def main(target: Path) -> None:
    """Build the site in a folder of its own, and keep what a browser shows of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = load_settings(raw=folder / "raw", warehouse=folder / "models.duckdb")
        run(settings, (ROOT / "raw" / "pages",))
        build(settings.warehouse, folder / "site")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport=SIZE, color_scheme="light")
            page.goto((folder / "site" / "models" / "openai--gpt-4.1-mini.html").as_uri())
            page.wait_for_selector(".tools")
            page.screenshot(path=target)
            browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
