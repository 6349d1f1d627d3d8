"""A model page as a site with a framework serves it: icons, long classes, and its data once more in scripts."""

from __future__ import annotations

import html
import json
import random
from typing import Any, Literal

Page = dict[str, Any]
Payload = Literal["next_data", "push", "none"]
Make = Literal["plain", "menu", "icons", "similar models", "style sheet", "linked data", "table"]
"""What a page has much of beside its payload."""
MARK = "Self-reported"
_WORDS = [
    "flex", "grid", "items-center", "justify-between", "gap-2", "gap-4", "rounded-lg", "border", "border-border/40",
    "bg-card", "p-4", "sm:p-6", "text-sm", "text-xs", "font-medium", "leading-none", "tracking-tight",
    "text-muted-foreground", "shadow-sm", "transition-colors", "hover:bg-accent/50", "dark:border-white/10",
    "dark:bg-zinc-900/60", "md:gap-4", "lg:grid-cols-3", "truncate", "shrink-0",
]  # fmt: skip


def framework_page(
    page: Page, size: int = 500_000, payload: Payload = "push", seed: int = 1, make: Make = "plain"
) -> bytes:
    """``page`` (as in ``heron.yaml``) in the wrapping of a framework, filled up with its payload to ``size`` bytes.

    Where it has much of something else by its ``make``, that takes about half of the page.
    """
    wrapping = _Wrapping(random.Random(seed))
    more = wrapping.more(make, page, size // 2)
    head = wrapping.head(page["name"]) + (more if make in _IN_HEAD else "")
    body = "".join(wrapping.body(page))
    if make not in _IN_HEAD:
        mark = "</main>" if make in _BEHIND else "</ul></nav>"
        body = body.replace(mark, more + mark)
    start = f'<!DOCTYPE html><html lang="en" class="{wrapping.classes()}"><head>{head}</head><body>{body}'
    left = size - len(start.encode()) - 20
    return (start + wrapping.payload(page, left, payload) + "</body></html>\n").encode()


_IN_HEAD = ("style sheet", "linked data")
_BEHIND = ("similar models", "table")


class _Wrapping:
    """The pieces of such a page; ``draw`` makes the same ones for the same seed."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw

    def classes(self) -> str:
        return " ".join(self.draw.sample(_WORDS, self.draw.randint(5, 12)))

    def icon(self) -> str:
        def number() -> str:
            return f"{self.draw.uniform(0, 24):.3f}"

        paths = "".join(
            f'<path d="M{number()} {number()}C{number()} {number()} {number()} {number()}a{number()} 0 0 1z"></path>'
            for _ in range(3)
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24" fill="none"'
            f' class="lucide {self.classes()}" aria-hidden="true"><g>{paths}</g></svg>'
        )

    def box(self, inside: str, tag: str = "div") -> str:
        return f'<{tag} class="{self.classes()}" data-state="closed">{inside}</{tag}>'

    def head(self, name: str) -> str:
        chunks = (
            f'<link rel="preload" as="script" href="/_next/{self.draw.getrandbits(64):016x}.js"/>' for _ in range(30)
        )
        notes = (f'<meta property="og:p{n}" content="{self.draw.getrandbits(128):032x}"/>' for n in range(12))
        rules = "".join(f".c{self.draw.getrandbits(24):06x}{{display:flex;padding:{n}px}}" for n in range(400))
        return f"<title>{html.escape(name)}</title>{''.join(chunks)}{''.join(notes)}<style>{rules}</style>"

    def body(self, page: Page) -> list[str]:
        put = html.escape
        menu = "".join(self.box(self.icon() + self.box(f"Model {n}", "span"), "li") for n in range(20))
        out = [
            f"<header><nav><ul>{menu}</ul></nav></header><main>",
            f'<img alt="{put(page["organization"])} logo"><h1 class="{self.classes()}">{put(page["name"])}</h1>',
            self.box("".join(self.box(put(text)) for text in [*page["badges"], page["organization"]])),
            self.box(put(page["description"]), "p"),
        ]
        for section in page["sections"]:
            out.append(f'<section class="{self.classes()}">' + self.box(self.icon() + put(section["heading"]), "h2"))
            if "intro" in section:
                out.append(self.box(put(section["intro"]), "p"))
            for label, value in section.get("fields", {}).items():
                pair = self.box(put(label)) + self.box(self.box(put(str(value)), "strong"))
                out.append(self.box(self.box(self.icon() + pair)))
            for label, tags in section.get("tags", {}).items():
                row = "".join(self.box(put(tag), "span") for tag in tags)
                out.append(self.box(self.box(put(label)) + self.box(row)))
            for category in section.get("categories", ()):
                out.append(self.box(put(category["heading"]), "h3") + self.box(put(category["intro"]), "p"))
                out += [self.card(*each) for each in category["scores"]]
            out += [self.box(put(text), "p") for text in section.get("text", ())]
            out.append("</section>")
        links = "".join(self.box(self.box(f"Company {n}", "a"), "li") for n in range(20))
        return [*out, f"</main><footer><ul>{links}</ul></footer>"]

    def card(self, name: str, note: str, marked: bool, score: str) -> str:
        mark = self.box(MARK, "span") if marked else ""
        text = self.box(html.escape(name), "h4") + self.box(self.box(html.escape(note), "span") + mark)
        return "<!--$-->" + self.box(self.box(text + self.box(html.escape(score)))) + "<!--/$-->"

    def more(self, make: Make, page: Page, size: int) -> str:
        """What a page of some make has much of, in about ``size`` characters."""
        if make == "plain":
            return ""
        pieces: list[str] = []
        written = 0
        while written < size:
            pieces.append(self.piece(make, page, len(pieces)))
            written += len(pieces[-1])
        text = "".join(pieces)
        around = {
            "style sheet": f"<style>{text}</style>",
            "linked data": f'<script type="application/ld+json">[{text.rstrip(",")}]</script>',
            "similar models": f"<section><h2>Similar Models</h2>{text}</section>",
            "table": f"<section><h2>Compare</h2><table>{text}</table></section>",
        }
        return around.get(make, text)

    def piece(self, make: Make, page: Page, number: int) -> str:
        name = f"Model {number}"
        linked = {"@type": "SoftwareApplication", "name": name, "description": page["description"]}
        if make == "style sheet":
            return f".c{self.draw.getrandbits(24):06x}{{display:flex;padding:{number}px;color:#fff}}"
        if make == "linked data":
            return json.dumps(linked).replace("<", "\\u003c") + ","
        if make == "table":
            cells = (name, "128K", "$2.00", "81.2%", "2024")
            return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        if make == "icons":
            return self.box(self.icon() * 6, "li")
        if make == "menu":
            return self.box(self.box(self.icon() + self.box(name, "span"), "a"), "li")
        return self.box(self.box(self.icon() + self.box(name, "h4")) + self.box("128K") + self.box("$2.00"))

    def payload(self, page: Page, size: int, kind: Payload) -> str:
        """Scripts that say all that the page shows, and much that it does not, in about ``size`` characters."""
        if kind == "none" or size <= 0:
            return ""
        entries: list[Any] = [page]
        written = len(json.dumps(page))
        while written < size * (0.98 if kind == "next_data" else 0.72):
            entry = {
                "id": f"{self.draw.getrandbits(32):x}",
                "className": self.classes(),
                "name": f"Model {self.draw.randint(1, 9999)}",
                "children": ["$", "div", None, {"className": self.classes(), "children": page["description"]}],
            }
            entries.append(entry)
            written += len(json.dumps(entry)) + 2
        if kind == "next_data":
            text = json.dumps({"props": {"pageProps": {"entries": entries}}}).replace("<", "\\u003c")
            return f'<script id="__NEXT_DATA__" type="application/json">{text}</script>'
        rows = [f"{n:x}:{json.dumps(entry)}\n" for n, entry in enumerate(entries)]
        scripts = ["<script>(self.__next_f=self.__next_f||[]).push([0])</script>"]
        for at in range(0, len(rows), 8):
            piece = json.dumps("".join(rows[at : at + 8])).replace("<", "\\u003c")
            scripts.append(f"<script>self.__next_f.push([1,{piece}])</script>")
        return "".join(scripts)
