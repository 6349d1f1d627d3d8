"""A table of contents: headings and labels of the page once more, with nothing below them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import takewhile

from ingest.read.lines import Claim, Line
from ingest.read.remembered import remembered
from ingest.sources.model_page.labels import headings_of_sections, key, known
from ingest.sources.model_page.words import page_words

# "1.", "2.1", "-", "•" before an item.
_NUMBER = re.compile(r"(?:[0-9]{1,2}[.)](?:[0-9]{1,2})?|[-–•*·‣◦▸])\s+")
_MOST_DIGITS_OF_A_PAGE = 3
_FEW_DOTS = 3
_FEW = 2
_TITLE = "a title"


def without_contents(lines: list[Line], claim: Claim) -> list[Line]:
    """The lines without tables of contents.

    Below a title of one, each line is an item that stands on the page once more or has the words of a heading or a
    label. Without a title a table is two or more headings of sections in a row, each of which stands elsewhere too.
    """
    # Most pages have neither a title of contents nor a heading twice.
    signs = [sign for line in lines if (sign := _sign(line.text))]
    if len(set(signs)) == len(signs) and _TITLE not in signs:
        return lines
    shown = [_item(line.text) for line in lines]
    left: list[Line] = []
    at = 0
    times = Counter(shown)
    while at < len(lines):
        size = _size(shown, at, times)
        if size:
            claim("contents", lines[at : at + size])
        else:
            left.append(lines[at])
        at += size or 1
    return left


def _size(shown: Sequence[str], at: int, times: Counter[str]) -> int:
    """How many lines from one on are a table of contents; 0 for none."""
    is_titled = shown[at] in _titles()
    first = at + is_titled
    seen: set[str] = set()
    items = list(takewhile(lambda text: _is_item(text, times, is_titled) and _is_new(text, seen), _from(shown, first)))
    sections = sum(text in headings_of_sections() for text in items)
    is_table = len(items) >= _FEW and sections >= 1 if is_titled else sections >= _FEW
    return is_titled + len(items) if is_table else 0


def _from(shown: Sequence[str], first: int) -> Iterator[str]:
    return (shown[at] for at in range(first, len(shown)))


def _is_item(text: str, times: Counter[str], is_titled: bool) -> bool:
    if not is_titled:
        return text in headings_of_sections() and times[text] > 1
    what = known(text)
    return bool(what.section or what.field or what.category) or (times[text] > 1 and any(map(str.isalpha, text)))


def _is_new(text: str, seen: set[str]) -> bool:
    """Whether a text stands in a table for the first time, in any language: the page begins where one comes again."""
    means = key(known(text).heading or text)
    is_new = means not in seen
    seen.add(means)
    return is_new


@remembered
def _sign(text: str) -> str:
    """What a line may be in a table of contents: a heading, its title, or nothing that tells one."""
    item = _item(text)
    return _TITLE if item in _titles() else item if item in headings_of_sections() else ""


def _item(text: str) -> str:
    """A line as it is compared, without its number or bullet."""
    text = _without_page(text)
    number = _NUMBER.match(text)
    return key(text[number.end() :] if number else text)


def _without_page(text: str) -> str:
    """A line without "..... 12" behind it: dots up to the number of a page."""
    number = text.rstrip()
    dots = number.rstrip("0123456789")
    item = dots.rstrip(" .…")
    leads = dots[len(item) :]
    is_led = "…" in leads or leads.count(".") >= _FEW_DOTS
    return item if is_led and len(number) - len(dots) <= _MOST_DIGITS_OF_A_PAGE else text


@cache
def _titles() -> frozenset[str]:
    return frozenset(page_words().contents.phrases)
