"""Soft failures: answers with status 200 that are no data, told by what they hold.

Data would be read out of a login page, or a model's history ended by it; so such an answer is kept, marked and
counted. Every rule looks at pages with little text alone: a long page only mentions such things. The rules are
data, in ``soft_failures.yaml``.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from ingest.knowledge import FOLDER, read_yaml

_LOOK = 1 << 18
"""Bytes looked at: what a page has instead of data stands early, or the page is long and is none of these."""
_NOT_SHOWN = ("script", "style", "noscript", "template", "svg", "head")


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    most_text: int
    needs_all: bool
    lists: tuple[tuple[str, tuple[str, ...]], ...]


def soft_failure(body: bytes, media_type: str | None, final_url: str) -> str | None:
    """The name of what a page is instead of data (``login_page``, ``captcha``, ``script_only``, …), or None.

    Looks at HTML alone, and takes time in proportion to at most 256 KB of it.
    """
    if not is_html(body, media_type):
        return None
    most = max(rule.most_text for rule in _rules())
    markup = body[:_LOOK].decode("latin-1").lower()
    shown, title = visible_text(markup, most + 1)
    if len(shown) > most:
        return None
    # The words are ASCII; what they are looked for in may be in any charset.
    said = f"{title}\n{shown}\n{_aside(markup)}"
    places = {"markup": markup, "shell": markup, "text": said, "path": urlsplit(final_url).path.lower() + "/"}
    for rule in _rules():
        if len(shown) <= rule.most_text:
            found = (any(sign in places[where] for sign in signs) for where, signs in rule.lists)
            if all(found) if rule.needs_all else any(found):
                return rule.name
    return None


def is_html(body: bytes, media_type: str | None) -> bool:
    """Whether an answer is a page: by what it declares, and where that says nothing, by how it begins."""
    kind = (media_type or "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        return True
    if kind and kind not in ("text/plain", "application/octet-stream"):
        return False
    head = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))


def visible_text(markup: str, most: int) -> tuple[str, str]:
    """The text that ``markup`` (lower case) shows, up to about ``most`` characters, and its title.

    One pass over the tags, no tree: it need not be right to the letter, only in its amount.
    """
    shown: list[str] = []
    size = 0
    title = ""
    hidden: str | None = None
    for piece in markup.split("<"):
        tag, _, text = piece.partition(">")
        name = tag.strip("/ \t\r\n")[:12].partition(" ")[0].rstrip("/")
        if hidden is not None:
            if tag.startswith("/") and name == hidden:
                hidden = None
            elif name == "title" and not tag.startswith("/"):
                title = title or _plain(text)
                continue
            else:
                continue
        elif name in _NOT_SHOWN and not tag.startswith("/"):
            hidden = name
            continue
        if name == "title" and not tag.startswith("/"):
            title = title or _plain(text)
        elif plain := _plain(text):
            shown.append(plain)
            size += len(plain) + 1
            if size > most:
                break
    return " ".join(shown), title


def _aside(markup: str) -> str:
    """The text of the first few ``noscript`` elements: it speaks to those who run no scripts."""
    parts = markup.split("<noscript", 4)[1:4]
    return " ".join(part[:2000].partition("</noscript")[0].partition(">")[2] for part in parts)


def _plain(text: str) -> str:
    return " ".join(html.unescape(text).split()) if "&" in text else " ".join(text.split())


@cache
def _rules() -> tuple[_Rule, ...]:
    entries = read_yaml(FOLDER / "pages/soft_failures.yaml")
    places = ("markup", "shell", "text", "path")
    return tuple(
        _Rule(
            entry["name"],
            entry["most_text"],
            bool(entry.get("all")),
            tuple((where, tuple(str(sign) for sign in entry[where])) for where in places if where in entry),
        )
        for entry in entries
    )
