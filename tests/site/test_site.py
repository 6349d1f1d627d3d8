"""The files of the site: whole, the same again, without a broken link, and nothing of a source is markup in them."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag

import duckdb
import lxml.html
import pytest
from site_data import HOSTILE, Site

from ingest.errors import IngestError
from ingest.report.addresses import file_name, web_link
from ingest.site import build
from ingest.site.content import Content
from ingest.site.picture import frontier, with_prices


def pages(site: Site) -> Iterator[tuple[Path, lxml.html.HtmlElement]]:
    for path in sorted(site.folder.rglob("*.html")):
        yield path, lxml.html.fromstring(path.read_text("utf-8"))


def test_every_model_and_every_benchmark_with_a_result_has_a_page(site: Site) -> None:
    with duckdb.connect(str(site.warehouse), read_only=True) as connection:
        models = connection.execute("SELECT model_id FROM models").fetchall()
        ranked = connection.execute("SELECT DISTINCT benchmark_id FROM leaderboard").fetchall()
    assert {p.name for p in (site.folder / "models").iterdir()} == {file_name(row[0]) for row in models}
    assert {file_name(row[0]) for row in ranked} <= {p.name for p in (site.folder / "benchmarks").iterdir()}


def test_every_link_within_the_site_leads_somewhere(site: Site) -> None:
    places = {path: {e.get("id") for e in page.iter() if e.get("id")} for path, page in pages(site)}
    broken = []
    for path, page in pages(site):
        for element in page.iter("a", "script", "link"):
            address = element.get("href") or element.get("src") or ""
            if not address or address.startswith(("http://", "https://", "data:")):
                continue
            file, place = urldefrag(address)
            target = (path.parent / unquote(file)).resolve() if file else path
            if not target.is_file() or (place and place not in places[target]):
                broken.append((path.name, address))
    assert broken == []


def test_links_leave_the_site_for_the_web_alone(site: Site) -> None:
    schemes = {
        address.partition(":")[0]
        for _, page in pages(site)
        for element in page.iter("a")
        if ":" in (address := element.get("href") or "").partition("/")[0]
    }
    assert schemes <= {"http", "https"}


def test_no_text_of_a_source_is_markup(site: Site) -> None:
    """No element and no handler is on a page but those of the templates; scripts are files, or rows as JSON."""
    for path, page in pages(site):
        assert not page.xpath("//img | //iframe | //object | //style | //base | //@*[starts-with(name(), 'on')]"), path
        assert not page.xpath("//@style"), path
        for script in page.iter("script"):
            assert script.get("src", "").rpartition("/")[2] in {
                "theme.js", "site.js", "charts.js", "specs.js", "vega.js", "",
            }  # fmt: skip
            if not script.get("src"):
                assert script.get("type") == "application/json"
                json.loads(script.text)
        policy = page.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_name_is_text(site: Site, kind: str) -> None:
    page = lxml.html.fromstring((site.folder / "models" / file_name(site.ids[kind])).read_text("utf-8"))
    title = page.xpath("string(//h1)")
    name = HOSTILE[kind]
    if kind == "long":
        assert title == "A" * 200 + "… (cut here: 5,000 characters)"
    elif kind == "direction":
        assert title == "evil\\u202egnp.exe\\u2066\\u200b\\x00\\x1b[31m"
    else:
        assert title == name


def test_names_of_pages_stay_in_their_folder_and_apart() -> None:
    ids = ["../../etc/passwd", "a/b", "a--b", "A/b", "a/b ", "a//b", "con", "nul.txt", "x-1", "ü/ä", "a" * 300, "", "."]
    names = [file_name(each) for each in ids]
    assert len(set(map(str.casefold, names))) == len(ids)
    assert all("/" not in name and len(name) < 130 and not name.startswith(".") for name in names)


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", " https://a.example", "https://a.example\u202e", "//a.example", "file:///etc", "https:",
     "data:text/html,x", "https://u:p@a.example", "http://[", "\x01http://a.example", None, 5],
)  # fmt: skip
def test_what_is_no_address_on_the_web_is_no_link(text: object) -> None:
    assert web_link(text) is None


def test_the_same_warehouse_gives_the_same_bytes_and_an_unchanged_one_is_not_built_again(
    site: Site, tmp_path: Path
) -> None:
    folder = tmp_path / "again"
    build(site.warehouse, folder)
    assert _bytes(folder) == _bytes(site.folder)
    started = time.process_time()
    assert build(site.warehouse, folder).is_unchanged
    assert time.process_time() - started < 1.5, "nothing is asked of the warehouse"
    assert not build(site.warehouse, folder, again=True).is_unchanged


def _bytes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_folder_of_something_else_stays_as_it_is(site: Site, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(IngestError, match="holds other files"):
        build(site.warehouse, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_build_that_fails_leaves_the_earlier_site(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    shutil.copytree(site.folder, folder)
    with pytest.raises(IngestError):
        build(tmp_path / "none.duckdb", folder)
    assert _bytes(folder) == _bytes(site.folder)


def test_without_the_parts_for_pictures_the_line_that_installs_them_is_named(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(IngestError, match=r"pip install .* '\.\[site\]'"):
        build(site.warehouse, tmp_path / "site")
    assert not list(tmp_path.iterdir())


def test_the_leader_of_each_group_is_that_of_standings(site: Site) -> None:
    page = lxml.html.fromstring((site.folder / "leaderboards.html").read_text("utf-8"))
    shown = {row.xpath("string(td[1]//bdi)"): row.xpath("string(td[2]/a/@href)") for row in page.xpath("//tbody/tr")}
    with duckdb.connect(str(site.warehouse), read_only=True) as connection:
        leaders = connection.execute(
            "SELECT benchmark, list(DISTINCT model_id) FROM standings WHERE rank = 1 GROUP BY benchmark"
        ).fetchall()
    wrong = {name for name, ids in leaders if shown[name] not in {f"models/{file_name(each)}" for each in ids}}
    assert wrong == set()


def test_the_frontier_is_a_part_of_that_of_the_warehouse(site: Site) -> None:
    with duckdb.connect(str(site.warehouse), read_only=True) as connection:
        content = Content(connection)
        rankings = with_prices(content)
        assert rankings
        for rows in rankings:
            is_lower_better = content.benchmarks[rows[0]["benchmark_id"]]["higher_is_better"] is False
            line = frontier(rows, is_lower_better=is_lower_better)
            assert all(row["on_frontier"] for row in line)
            assert [row["blended_usd"] for row in line] == sorted(row["blended_usd"] for row in line)


def test_conflicts_stand_worst_first(site: Site) -> None:
    page = lxml.html.fromstring((site.folder / "quality.html").read_text("utf-8"))
    shown = page.xpath("//table[@id='conflicts-table']//tbody/tr/td[1]/a/@href")
    with duckdb.connect(str(site.warehouse), read_only=True) as connection:
        worst = connection.execute("SELECT model_id FROM conflicts").fetchall()
    assert shown == [f"models/{file_name(row[0])}" for row in worst]


def test_models_of_one_name_are_told_apart(site: Site) -> None:
    page = lxml.html.fromstring((site.folder / "models.html").read_text("utf-8"))
    names = page.xpath("//table[@id='models']//td[1]//bdi/text()")
    assert len(names) == len(set(names))


def test_what_is_doubtful_is_shown_as_in_doubt(site: Site) -> None:
    with duckdb.connect(str(site.warehouse), read_only=True) as connection:
        doubtful = connection.execute(
            "SELECT DISTINCT model_id FROM chosen_prices WHERE len(doubts) > 0 AND kind IN ('input', 'output')"
        ).fetchall()
    assert doubtful
    for (model_id,) in doubtful:
        text = (site.folder / "models" / file_name(model_id)).read_text("utf-8")
        assert "in doubt:" in text, model_id


def test_facts_show_the_line_they_came_from(site: Site) -> None:
    page = lxml.html.fromstring((site.folder / "models" / "openai--gpt-4.1-mini.html").read_text("utf-8"))
    (row,) = page.xpath("//table[@id='facts-table']//tr[th='knowledge cutoff']")
    assert row.xpath("string(td[1])").strip() == "2024-05-31"
    assert "May 31, 2024" in row.xpath("string(td[2]//q)")
    assert "line 38" in row.xpath("string(td[2]//code)")
    assert page.xpath(f"//li[@id='{row.xpath('string(td[2]//a/@href)')[1:]}']//text()")


def test_the_command_says_where_to_look(site: Site, tmp_path: Path, make_house: object) -> None:
    house = make_house()  # type: ignore[operator]
    house.write()
    house.run()
    first = house.cli("site", "pages-of-it")
    assert first.returncode == 0, first.stderr
    assert "open pages-of-it/index.html" in first.stdout
    again = house.cli("site", "pages-of-it")
    assert again.stdout.startswith("nothing has changed")
    told = json.loads(house.cli("site", "pages-of-it", "--json").stdout)
    assert told["unchanged"] is True
    assert told["pages"] == sum(1 for _ in (house.root / "pages-of-it").rglob("*.html"))
