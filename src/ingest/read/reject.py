"""The one judge of whether content is page data at all: empty, binary, noise, or a page of another kind.

Reading a login page as data could invent values or end the history of a model. So files and HTTP answers are judged
here before a source reads them, by the same rules: ``pages/not_data.yaml`` in the room of knowledge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from urllib.parse import urlsplit

from ingest.knowledge import KnowledgeEntry, knowledge
from ingest.read.lines import Page, begins_as_html, is_html, read_page, small_ascii
from ingest.read.remembered import of_the_last_content
from ingest.read.text import binary_kind, decode
from ingest.records.limits import LARGEST_PAGE

_LOOK = 1 << 18
"""Bytes that are looked at for something else than blanks."""

_FIRST = 64
"""Bytes that are looked at before all of those."""

_HEAD = 4096
"""Bytes that show whether content is a page."""

_SMALL = 1 << 16
"""Up to so many bytes, the markup is looked at with the text of its scripts: a check for robots has its signs there."""

_TEXT_LOOK = 20_000
"""Characters of visible text looked at for noise."""

_LONGEST_WORD = 400
"""No word of any language is longer; encoded data has no spaces."""

_SHORTEST_NOISE = 200
"""A shorter text may well be made of signs only."""

_FEW = 2
"""Keys of facts in the JSON of a page that shows nothing."""

_BEYOND_ASCII = bytes(range(0x80, 0x100))

_BLANK = b" \t\r\n\x00\xef\xbb\xbf"

_PAGES = ("text/html", "application/xhtml+xml", "text/plain", "application/octet-stream", "")
"""Media types that an answer may declare and be a page."""


class NotDataRule(KnowledgeEntry):
    """What tells one kind of page: see the head of ``not_data.yaml``."""

    name: str
    reason: str
    most_text: int
    needs_all: bool = False
    turned_down: bool = False
    markup: tuple[str, ...] = ()
    shell: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    kept_by: tuple[str, ...] = ()

    def may_hold(self, path: str, size: int) -> bool:
        """Whether the rule can fit a page that shows ``size`` characters, wherever that page came from."""
        return size <= self.most_text and (not self.path or any(sign in path for sign in self.path))

    def holds(self, said: Mapping[str, str], size: int) -> bool:
        """Whether the rule fits a page that shows ``size`` characters and says these texts, by where they stand."""
        if size > self.most_text:
            return False
        lists = ((where, getattr(self, where)) for where in ("markup", "shell", "text", "path"))
        found = (any(sign in said[where] for sign in signs) for where, signs in lists if signs)
        return all(found) if self.needs_all else any(found)


class _Said(dict[str, str]):
    """What a page says, by where it stands, in small letters. A place that no rule asks for is not looked at."""

    def __init__(self, content: bytes, page: Page, path: str) -> None:
        super().__init__(path=path)
        self._content, self._page = content, page

    def __missing__(self, where: str) -> str:
        if where == "text":
            shown = self._page.words.replace("\n", " ")
            said = f"{shown}\n{_aside(self['markup'])}"
        elif where == "shell":
            said = self["markup"]
        else:
            said = small_ascii(self._content if len(self._content) <= _SMALL else self._page.light)
        self[where] = said
        return said


def not_data_reason(content: bytes, url: str = "", media_type: str | None = None) -> str | None:
    """Why content is no data whatever source it is of (``empty``, ``login_page``, ``script_only``, …), else None.

    It depends on the bytes, on the ``media_type`` that the answer declares, and on the ``url`` that they came from at
    last where there is one.
    """
    if not (content[:_FIRST].strip(_BLANK) or content[:_LOOK].strip(_BLANK)):
        return "empty" if not content.strip(_BLANK) else "noise"
    if not is_page(content):
        return None
    page = read_page(content, media_type)
    size = len(page.words) - len(page.title) - 1
    path = urlsplit(url).path.lower() + "/" if "://" in url else ""
    rules = [rule for rule in _strict() if rule.may_hold(path, size)]
    if not rules:
        return None
    said = _Said(content, page, path)
    return next((rule.name for rule in rules if rule.holds(said, size) and not _is_kept(page, rule.kept_by)), None)


def _is_kept(page: Page, keys: Sequence[str]) -> bool:
    """Whether JSON of a page has two of some keys or types."""
    return sum(bool(page.data.holding(f'"{key}"')) for key in keys) >= _FEW


def is_page(content: bytes, media_type: str | None = None) -> bool:
    """Whether content is a page of HTML: by how it begins, where its ``media_type`` does not declare something else."""
    kind = (media_type or "").partition(";")[0].strip().lower()
    start = content[:_HEAD]
    if kind not in _PAGES or b"<" not in start:  # a tag has this byte in every encoding of pages
        return False
    return begins_as_html(content) or is_html(decode(_start(content, _HEAD)).text)


def _start(content: bytes, most: int) -> bytes:
    """The first bytes of content, without a character that the cut may fall into."""
    return content if len(content) <= most else content[:most].rstrip(_BEYOND_ASCII)


@of_the_last_content
def no_text_reason(content: bytes) -> str | None:
    """``empty``, ``binary``, ``noise`` or ``too_large`` for content that is not worth decoding, else None.

    Looks at 64 KiB at most, so it takes the same time for 50 MB.
    """
    if not (content[:_FIRST].strip(_BLANK) or content[:65536].strip(_BLANK)):
        return "empty" if not content.strip(_BLANK) else "noise"
    kind = binary_kind(content)
    if kind:
        return "noise" if kind == "unknown" else "binary"
    return "too_large" if len(content) > LARGEST_PAGE else None


def no_page_reason(page: Page, otherwise: str) -> str:
    """The kind of page (``login_page``, ``captcha``, ``not_found``, ``noise``, …) that ``page`` is instead, for a page
    in which a source found no data; ``otherwise`` where no rule fits."""
    head = _head(page)
    if not head:
        return "no_visible_text"
    said = defaultdict(str, text=f"{page.title}\n{head}".lower())
    kinds = (rule.name for rule in _rules() if rule.turned_down and rule.holds(said, len(said["text"])))
    return next(kinds, "noise" if _is_noise(head) else otherwise)


def unrecognised_reason(content: bytes) -> str:
    """Why content that no source recognises cannot be used."""
    return no_text_reason(content) or no_page_reason(read_page(content[: 2**20]), "unrecognised")


def _aside(markup: str) -> str:
    """The text of the first few ``noscript`` elements: it speaks to those who run no scripts."""
    parts = markup.split("<noscript", 4)[1:4]
    return " ".join(part[:2000].partition("</noscript")[0].partition(">")[2] for part in parts)


def _head(page: Page) -> str:
    pieces: list[str] = []
    size = 0
    for line in page.lines:
        pieces.append(line.text[:_TEXT_LOOK])
        size += len(line.text)
        if size > _TEXT_LOOK:
            break
    return "\n".join(pieces)


def _is_noise(text: str) -> bool:
    sample = text[:_TEXT_LOOK]
    words = sample.split()
    if max(map(len, words), default=0) > _LONGEST_WORD:
        return True
    if len(sample) < _SHORTEST_NOISE:
        return False
    letters = sum(map(str.isalnum, sample)) + len(words)
    return letters * 10 < len(sample) * 6


@cache
def _rules() -> tuple[NotDataRule, ...]:
    rules: tuple[NotDataRule, ...] = knowledge("pages/not_data", tuple[NotDataRule, ...])
    return rules


@cache
def _strict() -> tuple[NotDataRule, ...]:
    """The rules that need no reader to have turned a page down."""
    return tuple(rule for rule in _rules() if not rule.turned_down)
