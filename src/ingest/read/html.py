"""Turn HTML into the lines that a browser would show.

One pass over lxml's parse events builds no tree. It is the fastest way through lxml and has no limit on depth (libxml2
drops elements deeper than 2,048 levels of a tree). It looks at whether elements are block or inline in HTML, and never
at class names.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, NamedTuple

from lxml import etree

from ingest.read.light import LONGEST_START, MARK, PUSHES


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Elements that stand in the line of text around them; every other element begins a new line. From the HTML
# standard's rendering section; elements that a page invents ("stat-card") count as blocks, since pages use
# them as boxes.
INLINE = _names(
    "a abbr acronym b bdi bdo big button cite code data del dfn em font i img input ins kbd label map mark meter"
    " nobr output picture progress q rb rp rt rtc ruby s samp slot small source span strike strong sub sup time"
    " tt u var wbr"
)
# Elements whose content a browser does not show as text of the page.
UNSEEN = _names(
    "audio canvas datalist head iframe math-annotation noembed noframes noscript object script select style svg"
    " template textarea title video"
)
# HTML inside an unclosed <svg> ends it, as in the HTML standard's list of elements that break out.
BREAKS_OUT = _names("blockquote body br center dd div dl dt h1 h2 h3 h4 h5 h6 hr li main nav ol p pre section table ul")
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_LANDMARK_ROLES = {"navigation": "nav", "contentinfo": "footer"}
_SECTIONING = frozenset(("article", "aside", "main", "section"))

# Parts a line where inline elements meet; no page can contain it, since decoding removes controls.
PART = "\x1f"
# Text that is crossed out gets a line of its own: it is visible, but no longer true.
STRUCK = _names("del s strike")
# Scripts that hold data: what frameworks leave in a page, and JSON-LD.
_DATA_TYPES = frozenset(("application/json", "application/ld+json"))
_NAMING_TAGS = frozenset(("meta", "link"))
# Attributes that may say how a tag is meant, beside those that begin with "aria-" and "data-".
_TELLING = frozenset(("class", "title", "alt", "role", "style", "id", "disabled"))
_NESTED = frozenset((*_HEADINGS, *_SECTIONING))
# What another said, or what is typed as it stands.
_QUOTING = frozenset(("blockquote", "pre"))
_MARKING = _NESTED.union(("nav", "footer"), _QUOTING)
# The markup of a list of tags, and what may stand behind the last of them.
_LONGEST_LIST = 40_000
_BEHIND_TEXT = 500
# A page that says more of itself is no page of one model.
_MOST_NOTES = 200
# What a page says of itself by name: ``og:title``, ``twitter:title``, its canonical address.
_NOTES = ("og:", "twitter:")
_CANONICAL = "canonical"


class LinePlace(NamedTuple):
    """Where a shown line stands in the tree.

    ``shared`` is the depth of the deepest element that holds this line and the one before it; ``heading`` is
    the level of the heading element that it stands in, 0 for none; ``landmark`` is ``nav``, ``footer``, ``quote``
    or ""; ``struck`` is set where the text is crossed out.
    """

    shared: int
    heading: int
    landmark: str
    struck: bool = False


_place: Callable[[tuple[int, int, str, bool]], LinePlace] = partial(tuple.__new__, LinePlace)
"""A place from all its cells in order, in half of the time: each shown line has one."""


@dataclass(slots=True)
class Shown:
    """What :func:`shown` finds: lines, the title, and what a page holds beside them without showing it.

    A line is not cleaned yet; :data:`PART` stands between its pieces. ``places`` has the place of each line.
    ``images`` are alternative texts, ``notes`` what ``meta`` and ``link`` say by their name (``og:title``),
    ``data`` the texts of scripts that hold JSON (the places of those that were taken out before), ``pushed`` those of
    scripts that push data piece by piece.
    """

    lines: list[str] = field(default_factory=list)
    places: list[LinePlace] = field(default_factory=list)
    title: str = ""
    images: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    data: list[slice | str] = field(default_factory=list)
    pushed: list[str] = field(default_factory=list)


def shown(markup: str, scripts: Sequence[slice] = ()) -> Shown:
    """The lines that a browser would show for ``markup``. Broken, truncated or deeply nested HTML is read too.

    ``scripts`` are the places of the JSON that :func:`ingest.read.light.lightened` took out of it; ``data`` of the
    result has them.
    """
    reader = _reader()
    reader.events.begin(scripts)
    # Keep the lines read before the fault; a page without markup has none.
    with suppress(etree.LxmlError, ValueError, AssertionError):
        etree.fromstring(markup.encode("utf-8", "replace"), reader.parser)
    return reader.events.close()


def tag_marks(markup: str, label: str, texts: Collection[str]) -> dict[str, list[frozenset[str]]]:
    """What the markup around each of some short texts behind a label says, once for each place of the text.

    Taken from the largest element that holds nothing but the text: the lower-case words of ``class``, ``aria-…``,
    ``title``, ``alt`` and ``data-…`` in it and of the icons beside the text. Empty for markup without such a place.
    """
    found: dict[str, list[frozenset[str]]] = {}
    markup = _behind_label(markup, label, texts)
    with suppress(etree.LxmlError, ValueError, AssertionError):
        tree = etree.fromstring(markup.encode("utf-8", "replace"), etree.HTMLParser(encoding="utf-8", huge_tree=True))
        for element in tree.iter() if tree is not None else ():
            text = " ".join((element.text or "").split()) if isinstance(element.tag, str) else ""
            tail = " ".join((element.tail or "").split())
            if text in texts:
                found.setdefault(text, []).append(_marks_around(element, text))
            if tail in texts and element.getparent() is not None:
                found.setdefault(tail, []).append(_marks_around(element.getparent(), tail))
    return found


def _behind_label(markup: str, label: str, texts: Collection[str]) -> str:
    """The piece of markup from a label to the last of the texts behind it; the whole where it is written otherwise."""
    at = markup.find(label)
    while at >= 0:
        piece = markup[at : at + _LONGEST_LIST]
        ends = [piece.find(text) for text in texts]
        if min(ends, default=-1) >= 0:
            return piece[: max(ends) + _BEHIND_TEXT]
        at = markup.find(label, at + 1)
    return markup


def _marks_around(element: Any, text: str) -> frozenset[str]:
    box = element
    while (parent := box.getparent()) is not None and " ".join("".join(parent.itertext()).split()) == text:
        box = parent
    words: set[str] = set()
    for each in box.iter():
        if not isinstance(each.tag, str):
            continue
        if each.tag in STRUCK:
            words.add("line-through")
        for name, value in each.attrib.items():
            if name in _TELLING or name.startswith(("aria-", "data-")):
                words |= _attribute_words(name, value)
    return frozenset(words)


@lru_cache(256)
def _attribute_words(name: str, value: str) -> frozenset[str]:
    """What an attribute says: all of it, its value, and the words of that. Tags of a site share their attributes."""
    said = " ".join(value.lower().split())
    return frozenset((f"{name}={said}", said, *said.replace(";", " ").replace(":", " ").split()))


class _Events:
    """Takes lxml's parse events and cuts the text into lines."""

    __slots__ = (
        "blocks",
        "buffer",
        "data_depth",
        "depth",
        "heading",
        "inline",
        "is_json",
        "landmark",
        "landmark_depth",
        "low",
        "place",
        "result",
        "script",
        "scripts",
        "sections",
        "struck",
        "unseen",
        "unseen_tag",
    )

    def __init__(self) -> None:
        self.begin(())

    def begin(self, scripts: Sequence[slice]) -> None:
        """Forgets the page before."""
        self.result = Shown()
        self.scripts = {f"{MARK}{number}": place for number, place in enumerate(scripts)}  # taken out of the markup
        self.buffer: list[str] = []
        self.depth = 0
        self.low = 0  # the least depth since the last shown text
        self.unseen = 0  # how many open elements hide what stands in them
        self.unseen_tag = ""
        self.script: list[str] = []  # the text of a script that may hold data
        self.data_depth = 0  # of unseen elements, at which such a script is open
        self.is_json = False  # whether it says so
        self.heading = 0
        self.landmark = ""
        self.landmark_depth = 0
        self.sections = 0
        self.place = LinePlace(0, 0, "")
        self.inline: list[int] = []  # depths of block elements that their style shows inline
        self.blocks: list[int] = []  # depths of inline elements that their style shows as blocks
        self.struck: list[int] = []  # depths of elements whose text is crossed out

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self.unseen:
            if self.unseen_tag != "svg" or tag not in BREAKS_OUT:
                self.unseen += 1
                if self.unseen_tag == "head":
                    self._start_in_head(tag, attributes)
                return
            # HTML in an unclosed <svg> ends it and is shown.
            self.depth += self.unseen
            self.unseen = 0
        styled = attributes and ("style" in attributes or "hidden" in attributes)
        if tag in UNSEEN or ((styled or tag == "dialog") and _hidden(tag, attributes)):
            self._hide(tag, attributes)
            return
        self.depth += 1
        if tag in INLINE:
            if styled or tag == "img" or tag in STRUCK:
                self._inline(tag, attributes)
            if self.buffer and tag != "wbr":
                self.buffer.append(PART)
            return
        if attributes and (styled or "role" in attributes) and self._is_shown_inline(attributes):
            if self.buffer:
                self.buffer.append(PART)
            return
        if self.buffer:
            self._flush()
        if tag in _MARKING:
            self._mark(tag)

    def end(self, tag: str) -> None:
        if self.unseen:
            self._end_unseen()
            return
        depth = self.depth
        if self.struck and self.struck[-1] == depth:
            self._flush()
            self.struck.pop()
        if tag in INLINE:
            if self.blocks and self.blocks[-1] == depth:
                self.blocks.pop()
                self._flush()
            elif self.buffer and tag != "wbr":
                self.buffer.append(PART)
        elif self.inline and self.inline[-1] == depth:
            self.inline.pop()
            if self.buffer:
                self.buffer.append(PART)
        else:
            if self.buffer:
                self._flush()
            if tag in _NESTED:
                self._end_nested(tag)
        if self.landmark and self.landmark_depth == depth:
            self.landmark = ""
        self.depth = depth = depth - 1
        if depth < self.low:  # noqa: PLR1730 - min() would cost a call for each element
            self.low = depth

    def data(self, text: str) -> None:
        if self.unseen:
            if self.data_depth:
                self.script.append(text)
            elif self.unseen_tag == "title":
                self.result.title += text
            return
        if not self.buffer:
            if text.isspace():
                return
            self.place = _place((self.low, self.heading, self.landmark, bool(self.struck)))
        self.low = self.depth
        self.buffer.append(text)

    def close(self) -> Shown:
        self._flush()
        return self.result

    def _start_in_head(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "title":
            self.unseen_tag = "title"
        elif tag == "script":
            self._start_script(attributes)
        elif tag in _NAMING_TAGS:
            self._note(attributes)

    def _hide(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.unseen = 1
        self.unseen_tag = tag
        if tag == "script":
            self._start_script(attributes)
        elif tag not in ("style", "svg") and self.buffer:
            self._boundary(tag)

    def _start_script(self, attributes: Mapping[str, str]) -> None:
        """Keeps the text of a script that holds JSON, and of one without a type, which may push data."""
        kind = attributes.get("type", "").lower()
        self.is_json = kind in _DATA_TYPES or attributes.get("id") == "__NEXT_DATA__"
        if self.is_json or not (kind or "src" in attributes):
            self.data_depth = self.unseen

    def _end_script(self) -> None:
        self.data_depth = 0
        text = "".join(self.script)
        self.script = []
        if self.is_json:
            self.result.data.append(self.scripts.get(text, text))
        elif PUSHES in text[:LONGEST_START]:
            self.result.pushed.append(text)

    def _note(self, attributes: Mapping[str, str]) -> None:
        """Keeps what a page says of itself in ``meta`` and ``link``."""
        name = attributes.get("property") or attributes.get("name") or attributes.get("rel") or ""
        name = name.lower()
        if (name == _CANONICAL or name.startswith(_NOTES)) and len(self.result.notes) < _MOST_NOTES:
            said = attributes.get("content") or attributes.get("href")
            if said:
                self.result.notes.setdefault(name, " ".join(said.split()))

    def _inline(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Takes the text of an image, and a style that makes an inline element a block or strikes it out."""
        if tag == "img":
            alt = attributes.get("alt")
            if alt:
                self.result.images.append(alt)
            return
        style = attributes.get("style", "")
        if tag in STRUCK or (style and "line-through" in style):
            self._flush()
            self.struck.append(self.depth)
        elif style and _display(style) == "block":
            self.blocks.append(self.depth)
            self._flush()

    def _is_shown_inline(self, attributes: Mapping[str, str]) -> bool:
        """Whether the style of a block shows it inline; takes its role as a landmark, and whether it is struck."""
        role = attributes.get("role")
        if role in _LANDMARK_ROLES and not self.landmark:
            self.landmark, self.landmark_depth = _LANDMARK_ROLES[role], self.depth
        style = attributes.get("style")
        if not style:
            return False
        if "line-through" in style:
            self._flush()
            self.struck.append(self.depth)
        if _display(style) == "inline":
            self.inline.append(self.depth)
            return True
        return False

    def _mark(self, tag: str) -> None:
        """A heading, a sectioning element or a landmark begins."""
        if tag in _HEADINGS:
            self.heading = _HEADINGS[tag]
            if tag == "h1":
                self.landmark = ""
        elif tag in _SECTIONING:
            self.sections += 1
            if tag != "section":
                self.landmark = ""  # an unclosed <nav> does not hold the page's main part
        elif not self.landmark and (tag != "footer" or not self.sections):
            self.landmark, self.landmark_depth = ("quote" if tag in _QUOTING else tag), self.depth

    def _end_unseen(self) -> None:
        if self.data_depth >= self.unseen:
            self._end_script()
        self.unseen -= 1
        if self.unseen_tag == "title":
            self.unseen_tag = "head"

    def _end_nested(self, tag: str) -> None:
        if tag in _HEADINGS:
            self.heading = 0
        else:
            self.sections -= 1

    def _boundary(self, tag: str) -> None:
        if tag in INLINE or tag in ("select", "textarea"):
            self.buffer.append(PART)
        else:
            self._flush()

    def _flush(self) -> None:
        buffer = self.buffer
        if buffer:
            self.result.lines.append(buffer[0] if len(buffer) == 1 else "".join(buffer))
            self.result.places.append(self.place)
            self.buffer = []


class _Reader(NamedTuple):
    events: _Events
    parser: Any


_of_thread = threading.local()


def _reader() -> _Reader:
    """The parser of this thread: lxml looks at the methods of its target for longer than it reads a small page."""
    found: _Reader | None = getattr(_of_thread, "reader", None)
    if found is None:
        events = _Events()
        found = _Reader(events, etree.HTMLParser(encoding="utf-8", huge_tree=True, target=events))
        _of_thread.reader = found
    return found


def _hidden(tag: str, attributes: Mapping[str, str]) -> bool:
    """True for the ``hidden`` attribute, a closed dialog, and inline styles that hide."""
    if "hidden" in attributes or (tag == "dialog" and "open" not in attributes):
        return True
    style = attributes.get("style")
    if not style:
        return False
    plain = style.lower().replace(" ", "")
    return "display:none" in plain or "visibility:hidden" in plain


def _display(style: str) -> str:
    """``block`` or ``inline`` where an inline style sets how the element is laid out, else ""."""
    plain = style.lower().replace(" ", "")
    at = plain.find("display:")
    if at < 0:
        return ""
    value = plain[at + 8 : at + 24]
    if value.startswith("inline"):
        return "inline"
    return "block" if value.startswith(("block", "flex", "grid", "table", "list-item")) else ""
