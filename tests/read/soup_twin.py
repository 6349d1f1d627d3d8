"""The visible lines once more, by BeautifulSoup on lxml: a second reading that holds the fast one to account.

Written against the tree, not against parse events: what is hidden, what breaks a line and what is inline are
the same facts (imported), the way through the page is another.
"""

from __future__ import annotations

from bs4 import BeautifulSoup
from bs4.element import CData, NavigableString, Tag, TemplateString

from ingest.read.html import BREAKS_OUT, INLINE, STRUCK, UNSEEN

BREAK = "\n"


def soup_lines(markup: str) -> list[str]:
    soup = BeautifulSoup(markup, "lxml")
    out: list[str] = []
    # An explicit stack: a page may be nested deeper than Python's.
    todo: list[object] = [soup]
    while todo:
        node = todo.pop()
        if isinstance(node, str) and not isinstance(node, NavigableString):
            out.append(node)
        elif type(node) in (NavigableString, CData, TemplateString):  # the last: what an <svg> let go of a <template>
            out.append(str(node).replace("\n", " "))
        elif isinstance(node, Tag):
            if node is not soup:
                if node.name == "svg" and not is_hidden(node, by_name=False):
                    todo.extend(reversed(broken_out(node)))
                    continue
                if is_hidden(node):
                    if node.name not in ("script", "style", "svg", "select", "textarea") and node.name not in INLINE:
                        out.append(BREAK)
                    continue
                edge = "" if shown_inline(node) else BREAK
                out.append(edge)
                todo.append(edge)
            todo.extend(reversed(node.contents))
    lines = (" ".join(line.split()) for line in "".join(out).split(BREAK))
    return [line for line in lines if line]


def broken_out(svg: Tag) -> list[object]:
    """What stands in an unclosed <svg> from the first HTML element on: the svg ended before it."""
    nodes: list[object] = []
    inside: list[object] = list(reversed(svg.contents))
    while inside:
        node = inside.pop()
        if isinstance(node, Tag) and node.name in BREAKS_OUT:
            nodes.append(node)
            nodes += [*reversed(inside), BREAK]
            break
        if isinstance(node, Tag):
            inside.append(BREAK if node.name not in INLINE else "")
            inside += reversed(node.contents)
    return nodes


def is_hidden(node: Tag, *, by_name: bool = True) -> bool:
    style = str(node.get("style", "")).lower().replace(" ", "")
    return (
        (by_name and node.name in UNSEEN)
        or node.has_attr("hidden")
        or (node.name == "dialog" and not node.has_attr("open"))
        or "display:none" in style
        or "visibility:hidden" in style
    )


def shown_inline(node: Tag) -> bool:
    style = str(node.get("style", "")).lower().replace(" ", "")
    if node.name in STRUCK or "line-through" in style:
        return False
    if "display:inline" in style:
        return True
    if any(f"display:{kind}" in style for kind in ("block", "flex", "grid", "table", "list-item")):
        return False
    return node.name in INLINE
