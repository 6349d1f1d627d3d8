"""Every page in a real browser: nothing fails, nothing leaves the folder, charts are drawn, filters and keys work.

Needs Debian's chromium (or another that PATH has); skipped where there is none.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from site_data import HOSTILE, Site

from ingest.look import looking
from ingest.report.addresses import file_name

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PHONE = {"width": 360, "height": 740}
KINDS = (
    "index.html", "leaderboards.html", "performance.html", "prices.html", "changes.html", "models.html", "quality.html",
    "sources.html", "models/deepseek--deepseek-r1.html", "benchmarks/gpqa-diamond.html",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser that this machine has."""
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("there is no chromium on this machine: apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


class Visit:
    """A page of a browser that keeps what went wrong on it: errors, and requests to elsewhere."""

    def __init__(self, context: Any, folder: Path) -> None:
        self.page = context.new_page()
        self.folder = folder
        self.wrong: list[str] = []
        self.page.on("console", lambda m: m.type in ("error", "warning") and self.wrong.append(m.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.wrong.append("a dialog"), dialog.dismiss()))
        self.page.on("request", self._request)

    def _request(self, request: Any) -> None:
        if not request.url.startswith((f"file://{self.folder}/", "data:")):
            self.wrong.append(request.url)

    def open(self, path: str) -> Any:
        """Open a page, and wait until its charts are there."""
        self.page.goto(f"file://{self.folder}/{path}")
        self.page.wait_for_function(
            "[...document.querySelectorAll('[data-chart]')].every(e => ['drawn', 'empty', 'failed']"
            ".includes(e.dataset.state))"
        )
        return self.page


@pytest.fixture
def visit(browser: Any, site: Site) -> Iterator[Visit]:
    """A page of one's own; the test fails if anything went wrong on it."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, reduced_motion="reduce")
    made = Visit(context, site.folder)
    yield made
    context.close()
    assert made.wrong == []


def test_every_page_is_whole_on_a_phone(browser: Any, site: Site) -> None:
    context = browser.new_context(viewport=PHONE)
    visit = Visit(context, site.folder)
    troubles = {}
    paths = sorted(path.relative_to(site.folder).as_posix() for path in site.folder.rglob("*.html"))
    for path in paths:
        page = visit.open(path)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        undrawn = page.evaluate(
            "[...document.querySelectorAll('[data-chart]')].filter(e => e.dataset.state !== 'drawn' || "
            "!e.querySelector('svg path, svg rect')).map(e => e.dataset.chart)"
        )
        if visit.wrong or overflow or undrawn:
            troubles[path] = (visit.wrong[:], overflow, undrawn)
            visit.wrong.clear()
    context.close()
    assert troubles == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(browser: Any, site: Site, scheme: str) -> None:
    """By the rules of axe; in the dark only those on colours, on pages that have all of them."""
    axe_of = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = browser.new_context(viewport={"width": 1200, "height": 900}, color_scheme=scheme)
    visit = Visit(context, site.folder)
    options: dict[str, Any] = {"preload": False, "resultTypes": ["violations"]}
    kinds = KINDS
    if scheme == "dark":
        options["runOnly"] = ["color-contrast"]
        kinds = ("prices.html", "models/deepseek--deepseek-r1.html", "benchmarks/gpqa-diamond.html")
    serious = {}
    for path in kinds:
        found = axe_of.Axe().run(visit.open(path), options=options).response["violations"]
        grave = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")]
        if grave:
            serious[path] = grave
    context.close()
    assert serious == {}
    assert visit.wrong == []


def test_a_table_sorts_filters_and_keeps_that_in_its_address(visit: Visit) -> None:
    page = visit.open("models.html")
    rows = page.locator("#models tbody tr:visible")
    whole = rows.count()
    page.get_by_label("Filter").fill("openai gpt")
    assert 0 < rows.count() < whole
    page.get_by_role("button", name="context").click()
    assert page.locator("#models th[aria-sort=descending]").inner_text().startswith("context")
    shown = [float(each) for each in page.locator("#models tbody tr:visible").evaluate_all(
        "rows => rows.map(r => r.cells[4].dataset.v).filter(v => v !== '')")]  # fmt: skip
    assert shown == sorted(shown, reverse=True)
    address, number = page.url, rows.count()
    assert "q.models" in address
    page.goto("about:blank")
    page.goto(address)
    assert rows.count() == number
    assert page.get_by_label("Filter").input_value() == "openai gpt"
    assert page.locator("#models th[aria-sort=descending]").count() == 1


def test_a_table_is_copied_as_csv_that_no_spreadsheet_runs(visit: Visit) -> None:
    page = visit.open("models.html")
    page.get_by_label("Filter").fill("HYPERLINK")
    text = page.evaluate("window.ingestTables.get('models').csv()")
    head, *lines = text.splitlines()
    assert head.startswith("model,maker,type,released,context")
    assert [line.startswith('"\'=HYPERLINK(""http') for line in lines] == [True]


def test_filters_of_price_and_performance_change_chart_and_table(visit: Visit) -> None:
    page = visit.open("performance.html")
    points = page.locator("[data-chart=performance] .mark-symbol path")
    rows = page.locator("#shown tbody tr")
    whole = rows.count()
    assert points.count() >= whole > 2
    page.locator("select[name=open]").select_option("open weights")
    page.wait_for_function(f"document.querySelectorAll('#shown tbody tr').length < {whole}")
    page.wait_for_function("document.querySelector('[data-chart]').dataset.state === 'drawn'")
    assert set(page.locator("#shown tbody tr td:nth-child(4)").all_inner_texts()) == {"open weights"}
    assert "open=open+weights" in page.url
    address, number = page.url, rows.count()
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("#shown tbody tr")
    assert rows.count() == number
    page.locator("select[name=open]").select_option("")
    maker = page.locator("#shown tbody tr td:nth-child(3)").first.inner_text()
    page.locator("select[name=maker]").select_option(maker)
    assert set(page.locator("#shown tbody tr td:nth-child(3)").all_inner_texts()) == {maker}
    page.locator("select[name=maker]").select_option("")
    page.locator("select[name=context]").select_option("200000")
    windows = [int(each) for each in rows.locator("td:nth-child(5)").evaluate_all("all => all.map(e => e.dataset.v)")]
    assert 0 < len(windows) < whole
    assert min(windows) >= 200_000


def test_the_price_chart_marks_promotions(visit: Visit) -> None:
    page = visit.open("prices.html")
    promoted = page.evaluate(
        "JSON.parse(document.getElementById('prices-data').textContent).rows.find(row => row.mark === 'promotion')"
    )
    for name in ("model", "kind"):
        page.locator(f"select[name={name}]").select_option(promoted[name])
    page.wait_for_function("document.querySelector('[data-chart]').dataset.state === 'drawn'")
    mark = page.locator("[data-chart=prices] .mark-symbol path[aria-label*='kind of price: promotion']").first
    assert "A" not in mark.get_attribute("d"), "a diamond has no arcs, as the circle of a list price has"
    assert f"model={promoted['model'].replace('/', '%2F')}" in page.url
    assert page.locator("select[name=seller] option").count() >= 2


def test_a_page_is_printed_as_by_day(browser: Any, site: Site) -> None:
    context = browser.new_context(viewport={"width": 1200, "height": 900}, color_scheme="dark")
    visit = Visit(context, site.folder)
    page = visit.open("performance.html")
    page.emulate_media(media="print")
    style = "(name, of = document.documentElement) => getComputedStyle(of).getPropertyValue(name).trim()"
    assert page.evaluate(f"({style})('--ink')") == "#1b1f24"
    assert page.evaluate(f"({style})('filter', document.querySelector('[data-chart=performance] svg'))") != "none"
    assert not page.locator(".top, .controls, .tools").filter(visible=True).count()
    assert page.locator("#shown tbody tr").filter(visible=True).count() > 2
    context.close()
    assert visit.wrong == []


def test_the_search_finds_and_opens_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit.open("quality.html")
    page.keyboard.press("/")
    page.keyboard.type("deepseek r1", delay=1)
    page.wait_for_selector("#found li a")
    page.keyboard.press("ArrowDown")
    assert page.locator("#found [aria-selected=true]").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/models/deepseek--deepseek-r1*.html")
    assert page.locator("h1").inner_text().lower().startswith("deepseek")


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_name_is_shown_as_text(visit: Visit, site: Site, kind: str) -> None:
    page = visit.open(f"models/{file_name(site.ids[kind])}")
    assert page.locator("h1 bdi").inner_text()[:4] == HOSTILE[kind][:4]
    assert page.locator("h1 *").count() == 1
    page.get_by_label("Find a model").fill(HOSTILE[kind][:20].strip())
    page.wait_for_selector("#found li")
    assert page.locator("#found img, #found script").count() == 0


def test_light_and_dark_are_kept_and_charts_follow(visit: Visit) -> None:
    page = visit.open("performance.html")
    page.get_by_role("button", name="light and dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.wait_for_function("document.querySelector('[data-chart]').dataset.state === 'drawn'")
    page.goto(f"file://{visit.folder}/models.html")
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_the_box_for_sql_asks_the_server_that_shows_the_pages(browser: Any, site: Site) -> None:
    with looking(site.warehouse) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        wrong: list[str] = []
        page.on("console", lambda m: m.type in ("error", "warning") and wrong.append(m.text))
        page.on("request", lambda r: r.url.startswith((server.address, "data:")) or wrong.append(r.url))
        page.goto(f"{server.address}sql.html")
        page.get_by_label("Question").fill("SELECT '<b>name</b>' AS text, count(*) AS models FROM models")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("#rows tbody td")
        assert page.locator("#rows td").first.inner_text() == "<b>name</b>"
        assert wrong == []
        page.get_by_label("Question").fill("DROP TABLE models")
        page.get_by_role("button", name="Ask", exact=True).click()
        page.wait_for_selector("#answer .warn")
        page.close()
        server.shutdown()


def test_the_first_page_is_readable_within_a_second(visit: Visit) -> None:
    page = visit.open("index.html")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert paint < 1000
