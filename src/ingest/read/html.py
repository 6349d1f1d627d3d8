"""From HTML to the lines that a browser would show.

One pass over lxml's parse events, without building a tree: that is the fastest way through lxml, and it has no
limit on depth (libxml2 drops what lies deeper than 2,048 levels of a tree). It looks at what elements are in
HTML, block or inline, and never at class names.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree


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


class Place(NamedTuple):
    """Where a shown line stands in the tree.

    ``shared`` is the depth of the deepest element that holds this line and the one before it; ``heading`` is
    the level of the heading element that it stands in, 0 for none; ``landmark`` is ``nav``, ``footer`` or "".
    """

    shared: int
    heading: int
    landmark: str


@dataclass(slots=True)
class Shown:
    """What :func:`shown` finds: lines, the title, and the alternative texts of images (not shown).

    A line is not cleaned yet; :data:`PART` stands between its pieces. ``places`` has the place of each line.
    """

    lines: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    title: str = ""
    images: list[str] = field(default_factory=list)


def shown(markup: str) -> Shown:
    """The lines that a browser would show for ``markup``. Broken, truncated or deeply nested HTML is read too."""
    events = _Events()
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, target=events)
    # What was read up to a fault stands; a page without any markup has no lines.
    with suppress(etree.LxmlError, ValueError, AssertionError):
        etree.fromstring(markup.encode("utf-8", "replace"), parser)
    return events.close()


class _Events:
    """Takes lxml's parse events and cuts the text into lines."""

    __slots__ = (
        "blocks",
        "buffer",
        "depth",
        "heading",
        "inline",
        "landmark",
        "landmark_depth",
        "low",
        "place",
        "result",
        "sections",
        "unseen",
        "unseen_tag",
    )

    def __init__(self) -> None:
        self.result = Shown()
        self.buffer: list[str] = []
        self.depth = 0
        self.low = 0  # the least depth since the last shown text
        self.unseen = 0  # how many open elements hide what stands in them
        self.unseen_tag = ""
        self.heading = 0
        self.landmark = ""
        self.landmark_depth = 0
        self.sections = 0
        self.place = Place(0, 0, "")
        self.inline: list[int] = []  # depths of block elements that their style shows inline
        self.blocks: list[int] = []  # depths of inline elements that their style shows as blocks

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:  # noqa: PLR0912 - a call costs more than a branch
        if self.unseen:
            if not (self.unseen_tag == "svg" and tag in BREAKS_OUT):
                self.unseen += 1
                if tag == "title" and self.unseen_tag == "head":
                    self.unseen_tag = "title"
                return
            self.depth += self.unseen
            self.unseen = 0
        if tag in UNSEEN or (attributes and _hidden(tag, attributes)):
            self.unseen = 1
            self.unseen_tag = tag
            if tag not in ("script", "style", "svg") and self.buffer:
                self._boundary(tag)
            return
        self.depth += 1
        if tag in INLINE:
            if attributes:
                if tag == "img":
                    alt = attributes.get("alt")
                    if alt:
                        self.result.images.append(alt)
                elif "style" in attributes and _display(attributes["style"]) == "block":
                    self.blocks.append(self.depth)
                    self._flush()
            if self.buffer and tag != "wbr":
                self.buffer.append(PART)
            return
        if attributes:
            role = attributes.get("role")
            if role in _LANDMARK_ROLES and not self.landmark:
                self.landmark, self.landmark_depth = _LANDMARK_ROLES[role], self.depth
            if "style" in attributes and _display(attributes["style"]) == "inline":
                self.inline.append(self.depth)
                if self.buffer:
                    self.buffer.append(PART)
                return
        if self.buffer:
            self._flush()
        if tag in _HEADINGS:
            self.heading = _HEADINGS[tag]
            if tag == "h1":
                self.landmark = ""
        elif tag in _SECTIONING:
            self.sections += 1
            if tag != "section":
                self.landmark = ""  # an unclosed <nav> does not hold the page's main part
        elif tag == "nav":
            if not self.landmark:
                self.landmark, self.landmark_depth = "nav", self.depth
        elif tag == "footer" and not self.sections and not self.landmark:
            self.landmark, self.landmark_depth = "footer", self.depth

    def end(self, tag: str) -> None:  # noqa: PLR0912 - as above
        if self.unseen:
            self.unseen -= 1
            if self.unseen_tag == "title":
                self.unseen_tag = "head"
            return
        depth = self.depth
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
            if tag in _HEADINGS:
                self.heading = 0
            elif tag in _SECTIONING:
                self.sections -= 1
        if self.landmark and self.landmark_depth == depth:
            self.landmark = ""
        self.depth = depth = depth - 1
        if depth < self.low:  # noqa: PLR1730 - min() would cost a call for each element
            self.low = depth

    def data(self, text: str) -> None:
        if self.unseen:
            if self.unseen_tag == "title":
                self.result.title += text
            return
        if not self.buffer:
            if text.isspace():
                return
            self.place = Place(self.low, self.heading, self.landmark)
        self.low = self.depth
        self.buffer.append(text)

    def close(self) -> Shown:
        self._flush()
        return self.result

    def _boundary(self, tag: str) -> None:
        if tag in INLINE or tag in ("select", "textarea"):
            self.buffer.append(PART)
        else:
            self._flush()

    def _flush(self) -> None:
        if self.buffer:
            self.result.lines.append("".join(self.buffer))
            self.result.places.append(self.place)
            self.buffer = []


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
