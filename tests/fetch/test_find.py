from __future__ import annotations

import gzip
import tracemalloc

import pytest
from fetching import data, fetch_all, records
from hypothesis import given
from hypothesis import strategies as st
from server import Answer, Server, page

from ingest.capture.fetch import Target, crawl
from ingest.capture.fetch.find import head_of, read_sitemap
from ingest.capture.fetch.outcome import FetchError
from ingest.errors import IngestError
from ingest.settings import Settings

MB = 1 << 20


def sitemap(*urls: str, kind: str = "url") -> bytes:
    root = "urlset" if kind == "url" else "sitemapindex"
    inner = "".join(f"<{kind}><loc>{url}</loc><lastmod>2026-01-01</lastmod></{kind}>" for url in urls)
    return f'<?xml version="1.0"?><{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</{root}>'.encode()


def xml(body: bytes) -> Answer:
    return Answer(body, media_type="application/xml")


def test_sitemaps_their_index_gzip_and_text_give_each_page_once(server: Server, settings: Settings) -> None:
    url = server.url
    server.fallback = lambda request: page(request.path)
    server.routes |= {
        "/sitemap.xml": xml(sitemap(f"{url}/s1.xml", f"{url}/s2.xml.gz", f"{url}/s3.txt", kind="sitemap")),
        "/s1.xml": xml(sitemap(f"{url}/a?utm_source=map", f"{url}/b", "mailto:x@example.org")),
        "/s2.xml.gz": Answer(gzip.compress(sitemap(f"{url}/b#x", f"{url}/c")), media_type="application/gzip"),
        "/s3.txt": Answer(f"{url}/c\n{url}/d\n".encode(), media_type="text/plain"),
    }
    report = fetch_all([f"{url}/sitemap.xml"], settings)
    assert report.found == 4
    assert sorted(record.location for record in data(settings)) == [f"{url}/{name}" for name in "abcd"]
    kinds = [record.extra["not_data"] for record in records(settings) if "not_data" in record.extra]
    assert sorted(kinds) == ["discovery: robots"] + ["discovery: sitemap"] * 4


def test_a_sitemap_speaks_for_its_own_host(server: Server, settings: Settings) -> None:
    server.routes["/sitemap.xml"] = xml(sitemap(f"{server.url}/a", "http://169.254.169.254/x", "http://other.example/"))
    server.routes["/a"] = page("a")
    report = fetch_all([f"{server.url}/sitemap.xml"], settings)
    assert (report.found, report.fetched, report.failed) == (1, 1, {"other_host": 2})


def test_sitemaps_that_name_each_other_end(server: Server, settings: Settings) -> None:
    count = iter(range(10_000))
    server.fallback = lambda _: xml(sitemap(f"{server.url}/sitemap{next(count)}.xml", kind="sitemap"))
    report = fetch_all([f"{server.url}/sitemap.xml"], settings)
    assert report.failed == {"too_many_sitemaps": 1}
    assert len(server.paths()) < 10


LAUGHS = b"<!DOCTYPE x [<!ENTITY l0 'lol'>" + b"".join(
    b"<!ENTITY l%d '%s'>" % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)
)


@pytest.mark.parametrize(
    "bomb",
    [
        LAUGHS + b"]><urlset><url><loc>&l9;</loc></url></urlset>",
        (LAUGHS + b"]><urlset><url><loc>&l9;</loc></url></urlset>").decode().encode("utf-16"),
        b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&a;</loc></url></urlset>",
        b"<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'><urlset/>",
        b"<!DOCTYPE x [<!ENTITY a '" + b"x" * 100_000 + b"'>]><urlset>" + b"<url><loc>&a;</loc></url>" * 1000,
    ],
)
def test_entity_bombs_are_refused(bomb: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(FetchError, match="sitemap_doctype"):
        read_sitemap(bomb, "https://example.com/sitemap.xml", MB)
    assert tracemalloc.get_traced_memory()[1] < 5 * MB
    tracemalloc.stop()


def test_sitemaps_of_any_size_and_kind_have_a_clear_end() -> None:
    url = "https://example.com/sitemap.xml"
    for body, reason in (
        (gzip.compress(bytes(200 * MB)), "decompression_bomb"),
        (sitemap(*(f"https://example.com/{n}" for n in range(50_002))), "sitemap_too_large"),
        (b"<urlset><url>", "sitemap_broken"),
        (b"<a>" * 100_000, "sitemap_broken"),
        (b"<html><body>login", "sitemap_broken"),
    ):
        with pytest.raises(FetchError) as caught:
            read_sitemap(body, url, 64 * MB)
        assert caught.value.reason == reason


@given(st.binary(max_size=200))
def test_any_sitemap_can_be_read(content: bytes) -> None:
    for body in (content, b"<urlset><url><loc>" + content, sitemap("https://example.com/a") + content):
        try:
            found = read_sitemap(body, "https://example.com/sitemap.xml", MB)
        except FetchError:
            continue
        assert all(url.startswith(("http://", "https://")) for url in found.pages)


def test_list_pages_are_paged_through(server: Server, settings: Settings) -> None:
    def listing(*names: str, following: str) -> Answer:
        cards = "".join(f"<div class=card><a href='/m/{name}'>{name}</a></div>" for name in names)
        return Answer(f"<a href=/about>About</a>{cards}<a rel=next href='{following}'>Next</a>".encode())

    server.fallback = lambda request: page(request.path)
    server.routes |= {
        "/models": listing("a", "b", following="?page=2"),
        "/models?page=2": listing("b", "c", following="?page=3"),
        "/models?page=3": listing("d", following="?page=2"),
    }
    find = {"lists": [{"url": f"{server.url}/models", "select": "div.card", "next": "a[rel=next]"}]}
    report = crawl(Target.from_settings("model-page", find), settings)
    assert report.found == 4
    got = data(settings)
    assert sorted(record.location for record in got) == [f"{server.url}/m/{name}" for name in "abcd"]
    assert {record.source for record in got} == {"model-page"}


def test_settings_of_a_source_that_are_wrong_say_so(server: Server, settings: Settings) -> None:
    for find, text in (
        ({"pages": []}, "unknown settings"),
        ({"urls": ["file:///etc/passwd"]}, "scheme_refused"),
        ({"lists": [{"url": "https://example.com"}]}, "select"),
    ):
        with pytest.raises(IngestError, match=text):
            Target.from_settings("x", find)
    server.routes["/models"] = page("list")
    wrong = Target.from_settings("x", {"lists": [{"url": f"{server.url}/models", "select": "div[["}]})
    assert crawl(wrong, settings).failed == {"selector_wrong": 1}


def test_what_a_page_says_of_itself() -> None:
    base = "https://example.com/m?view=1"
    link = '<title>A</title><LINK href="/m?utm_source=x" REL="Canonical">'
    assert head_of(link.encode(), base) == ("A", "https://example.com/m")
    assert head_of(b'<link rel="canonical" href="https://evil.example/m">', base).canonical is None
    assert head_of(b'<link rel="canonical" href="javascript:x">', base).canonical is None
    assert head_of(b"<link rel=stylesheet href=/canonical.css><title>B</title><h1>C", base) == ("B", None)


def test_a_page_is_known_by_the_url_it_wants(server: Server, settings: Settings) -> None:
    url = server.url
    link = f'<link rel="canonical" href="{url}/m">'
    server.routes |= {"/m": page("m", link), "/m?view=full": page("m", link + "<!-- full -->"), "/n": page("n")}
    report = fetch_all([f"{url}/m?view=full", f"{url}/m", f"{url}/n"], settings)
    assert sorted(record.location for record in data(settings)) == [f"{url}/m", f"{url}/n"]
    assert report.duplicates == 1


def test_a_site_that_calls_every_page_its_start_page_loses_none(server: Server, settings: Settings) -> None:
    for target in ("/", "/overview", "/m/0"):
        link = f'<link rel="canonical" href="{server.url}{target}">'
        for number in range(5):
            server.routes[f"/m/{number}"] = page(f"model {number} {target}", link)
        fetch_all([f"{server.url}/m/{number}" for number in range(5)], settings)
        bodies = {record.sha256 for record in data(settings)}
        assert len(bodies) == 5
        settings = settings.model_copy(
            update={"raw": settings.raw.with_name(f"after-{target.count('/')}-{len(target)}")}
        )


def test_permanent_redirects_to_one_page_give_it_once(server: Server, settings: Settings) -> None:
    server.routes |= {
        "/old": Answer(status=301, headers={"Location": "/new"}),
        "/older": Answer(status=308, headers={"Location": "/new"}),
        "/new": page("new"),
    }
    report = fetch_all([server.url + path for path in ("/old", "/older", "/new")], settings)
    (record,) = data(settings)
    assert record.location == f"{server.url}/new"
    assert report.duplicates == 2
