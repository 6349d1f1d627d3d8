"""Bytes become visible lines: the same by both readers of HTML, whatever is broken."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from soup_twin import soup_lines

from ingest.read import read_page, visible_lines
from ingest.read.html import shown
from ingest.read.light import Scripts, lightened, without_attributes
from ingest.read.reject import no_text_reason, unrecognised_reason

HERE = Path(__file__).parent
SAMPLES = sorted((HERE.parents[1] / "raw" / "pages").rglob("*.html"))


def load(name: str) -> list[Any]:
    return [
        pytest.param(case, id=repr(case.get("html") or case.get("text") or case.get("bytes")))
        for case in yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("case", load("text.yaml"))
def test_text(case: dict[str, Any]) -> None:
    content = case["bytes"].encode("latin-1") if "bytes" in case else case["text"].encode()
    page = read_page(content)
    assert [[line.number, line.text] for line in page.lines] == case["lines"]
    assert page.repairs == case["repairs"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_say_what_they_are(encoding: str) -> None:
    text = "Qwen → “tests” • naïve\nContext"
    assert [line.text for line in visible_lines(text.encode(encoding))] == text.split("\n")


def test_a_declared_charset_is_believed_where_the_bytes_are_no_utf8() -> None:
    content = '<html><meta charset="windows-1251"><p>Контекст</p></html>'.encode("cp1251")
    page = read_page(content)
    assert [line.text for line in page.lines] == ["Контекст"]
    assert page.repairs == ["declared_charset"]


@pytest.mark.parametrize("case", load("markup.yaml"))
def test_markup(case: dict[str, Any]) -> None:
    lines = visible_lines(f"<html><body>{case['html']}".encode())
    if "<head" in case["html"]:
        lines = visible_lines(case["html"].encode())
    assert ["|".join(line.parts) for line in lines] == case["lines"]


def test_lines_of_html_are_numbered_as_they_are_shown() -> None:
    lines = visible_lines(b"<nav><a>Home</a></nav><h1>A</h1><div></div><p>b</p><footer>c</footer>")
    assert [(line.number, line.text, line.heading, line.landmark) for line in lines] == [
        (1, "Home", 0, "nav"),
        (2, "A", 1, ""),
        (3, "b", 0, ""),
        (4, "c", 0, "footer"),
    ]


def test_nearness_tells_what_stands_in_one_element() -> None:
    lines = visible_lines(b"<div><div><p>a</p><p>b</p></div><div><p>c</p></div></div>")
    assert lines[1].shared > lines[2].shared


def test_100_000_levels_of_nesting() -> None:
    content = b"<html><body>" + b"<div>" * 100_000 + b"deep" + b"</div>" * 100_000 + b"<p>end</p>"
    assert [line.text for line in visible_lines(content)] == ["deep", "end"]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.name)
def test_both_readers_agree_on_whole_and_on_broken_pages(path: Path) -> None:
    markup = path.read_text(encoding="utf-8")
    chance = random.Random(path.name)
    pieces = re.findall(r"<[^>]+>|[^<]+", markup)
    broken = [markup[: chance.randrange(60, len(markup))] for _ in range(8)]
    for _ in range(4):
        first, last = sorted(chance.sample(range(len(markup)), 2))
        broken.append(f"<html>{markup[:first]}{markup[last:]}")
        broken.append("<html>" + "".join(chance.sample(pieces, len(pieces))))
    for text in [markup, *broken]:
        assert [line.text for line in visible_lines(text.encode(), "text/html")] == soup_lines(text)


def test_both_readers_agree_on_shared_pages(shared: Path) -> None:
    for path in sorted((shared / "pages" / "dev").glob("*/*.html")):
        text = path.read_text(encoding="utf-8")
        assert [line.text for line in visible_lines(text.encode())] == soup_lines(text), path


NAMES = "div p span b td tr table li ul h2 svg script head nav br footer dl dt select template"
TAGS = st.sampled_from(NAMES.split())
SOUP = st.lists(
    st.one_of(TAGS.map(lambda t: f"<{t}>"), TAGS.map(lambda t: f"</{t}>"), st.sampled_from(["a", "b c", " ", "&lt;"])),
    max_size=40,
)


@given(SOUP)
@settings(max_examples=300)
def test_both_readers_agree_on_any_soup_of_tags(pieces: list[str]) -> None:
    markup = "<html><body>" + "".join(pieces)
    lines = [line.text for line in visible_lines(markup.encode(), "text/html")]
    assert lines == soup_lines(markup)


HEAVY = [
    '<script>self.__next_f.push([1,"a"])</script>',
    '<script type="application/json">{"a": "b"}</script>',
    "<script>if (a > b) c</script>",
    "<script>if (a < b) c</script>",
    '<script>let a = "</div>"</script>',
    "<script src=x></script>",
    "<style>p > a {color: red}</style>",
    "<svg><path d='m'/><g></g></svg>",
    '<svg class="x"><path class="y"></path></svg>',
    "<svg>a<div>b</div></svg>",
    "<svg/>a</svg>",
    "<!-- <script> -->",
    "<!--$-->",
    "</script>",
    "<script>",
    '<p title="<script>">',
    "<textarea><script>a</script></textarea>",
]


@given(st.lists(st.one_of(st.sampled_from(HEAVY), TAGS.map(lambda t: f"<{t}>"), st.sampled_from("ab >")), max_size=30))
@settings(max_examples=400)
def test_what_is_taken_out_before_the_parser_shows_nothing(pieces: list[str]) -> None:
    markup = "<html><head><title>t</title></head><body>" + "".join(pieces)
    light = lightened(markup.encode())
    whole, rest = shown(markup), shown(light.markup.decode(), light.scripts)
    data = list(Scripts(markup.encode(), "utf-8", rest.data))
    assert [line.split() for line in rest.lines] == [line.split() for line in whole.lines]
    assert (rest.title, data) == (whole.title, whole.data)
    assert [place[1:] for place in rest.places] == [place[1:] for place in whole.places]


@pytest.mark.parametrize(
    "inside", ["a", '<b class="z">b</b>', "&lt;i class=&quot;x&quot;&gt;", '<p hidden class="x">c</p>']
)
def test_attributes_that_say_nothing_are_left_out_before_the_parser(inside: str) -> None:
    padding = '<div class="x y" data-state="open" aria-label="5 > 4"></div>' * 400
    markup = f'{padding}<div class="a" style="display:none">{inside}</div><p class="c">{inside}</p><p class="d'
    assert len(without_attributes(markup.encode())) < len(markup) / 2
    assert shown(without_attributes(markup.encode()).decode()).lines == shown(markup).lines


class Searched(bytes):
    """A page that counts how many of its bytes are looked at by a search."""

    bytes_read = 0

    def find(self, sub: Any, start: Any = 0, end: Any = None) -> int:
        end = len(self) if end is None else end
        found = super().find(sub, start, end)
        self.bytes_read += max(0, (end if found < 0 else found) - start)
        return found

    def rfind(self, sub: Any, start: Any = 0, end: Any = None) -> int:
        end = len(self) if end is None else end
        found = super().rfind(sub, start, end)
        self.bytes_read += max(0, end - (start if found < 0 else found))
        return found


@pytest.mark.parametrize(
    "piece",
    [
        b"<script>a</script> ",
        b'<script type="application/json">{}</script> ',
        b"<script src=a>self.__next_f</script> ",
        b"<script>a<b</script> ",
        b"</script> ",
        b"<script ",
        b"<script>",
        b"<script>a</script",
        b"<!-- --><script>a</script>",
    ],
)
def test_each_piece_of_a_page_is_searched_a_few_times_however_many_scripts_it_has(piece: bytes) -> None:
    content = Searched(b"<html><body><p>a</p>" + piece * 400)
    lightened(content)
    assert content.bytes_read < 8 * len(content)


@pytest.mark.parametrize("number", ["0", "²", "1" * 5000])
def test_a_script_with_the_text_of_a_mark_hides_nothing(number: str) -> None:
    odd = f"<script type='application/json' data-x='\"'>ingest-script-{number}</script>"
    assert [line.text for line in visible_lines(f"<html><p>a</p>{odd}<p>b</p></html>".encode())] == ["a", "b"]


def test_scripts_that_push_data_are_kept_in_order() -> None:
    pushes = [f'self.__next_f.push([1,"{n}"])' for n in range(3)]
    page = read_page(("<html><body><p>a</p>" + "".join(f"<script>{push}</script>" for push in pushes)).encode())
    assert list(page.pushed) == pushes
    odd = pushes[1].replace('"1"', '"<b>"')
    page = read_page(f"<html><body><script>{pushes[0]}</script><script>{odd}</script></body></html>".encode())
    assert sorted(page.pushed) == sorted([pushes[0], odd])


def test_a_page_that_was_just_read_is_not_read_again() -> None:
    content = b"<p>a</p>"
    page = read_page(content)
    assert read_page(content) is page
    assert read_page(content, "text/html") is not page
    assert read_page(b"<p>b</p>").lines[0].text == "b"


@given(st.binary(max_size=600))
def test_any_bytes_have_lines_in_order(content: bytes) -> None:
    numbers = [line.number for line in visible_lines(content)]
    assert numbers == sorted(set(numbers))
    assert all(line.text and line.parts for line in visible_lines(content))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "binary"),
        (b"%PDF-1.7 text", "binary"),
        (bytes(range(256)) * 400, "noise"),
        (b"word " * 7_000_000, "too_large"),
        (b"plain words", None),
    ],
    ids=["empty", "blank", "png", "pdf", "noise", "large", "text"],
)
def test_content_that_is_not_worth_decoding(content: bytes, reason: str | None) -> None:
    assert no_text_reason(content) == reason


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("<title>Sign in</title><form><label>Email</label><label>Password</label></form>", "login_page"),
        ("<h1>404</h1><p>We looked everywhere: page not found.</p>", "not_found"),
        ("<p>One moment, checking your browser before you go on.</p>", "captcha"),
        ("<h1>502 Bad Gateway</h1>", "server_error"),
        ("<p>Too many requests</p>", "rate_limited"),
        ("<p>Recipes for soup, with leeks.</p>", "unrecognised"),
        ("<script>let a = 1</script>", "no_visible_text"),
    ],
)
def test_pages_of_other_kinds_are_named(markup: str, reason: str) -> None:
    assert unrecognised_reason(f"<html><body>{markup}</body></html>".encode()) == reason
