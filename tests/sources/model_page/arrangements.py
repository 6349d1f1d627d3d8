"""Builds a described page in many arrangements of text and tags, none of which a reader may depend on."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

MARK = "Self-reported"
Page = dict[str, Any]


class Form(NamedTuple):
    """How one arrangement writes its pieces; ``{}`` takes the texts."""

    heading: str
    sentence: str
    field: str
    tag: str
    category: str
    result: str
    mark: str
    around: tuple[str, str] = ("", "")
    value_first: bool = False


P = "<p>{}</p>"
SPAN = "<span>{}</span>"
FORMS = {
    "cards": Form("<h2>{}</h2>", P, "<div><div>{}</div><div><b>{}</b></div></div>", SPAN, "<h3>{}</h3>",
                  "<div><div><h4>{}</h4><div><span>{}</span>{}</div></div><div>{}</div></div>", SPAN),
    "definitions": Form("<h2>{}</h2>", P, "<dl><dt>{}</dt><dd>{}</dd></dl>", SPAN, "<h3>{}</h3>",
                        "<dl><dt>{}</dt><dd>{}{}</dd><dd>{}</dd></dl>", SPAN),
    "table": Form("<h2>{}</h2>", P, "<table><tr><th>{}</th><td>{}</td></tr></table>", SPAN, "<h3>{}</h3>",
                  "<table><tr><td>{}</td><td>{} {}</td><td>{}</td></tr></table>", SPAN),
    "flat": Form("<div>{}</div>", "<div>{}</div>", "<div>{}</div><div>{}</div>", SPAN, "<div>{}</div>",
                 "<div>{}</div><div>{}{}</div><div>{}</div>", SPAN),
    "boxes": Form("<div>{}</div>", "<div>{}</div>", "<div><div>{}</div><div>{}</div></div>", SPAN, "<div>{}</div>",
                  "<div><div>{}</div><div><div>{}</div>{}</div><div>{}</div></div>", "<div>{}</div>"),
    "sections": Form("<h2>{}</h2>", P, "<article><h5>{}</h5><p>{}</p></article>", SPAN, "<h3>{}</h3>",
                     "<article><header><h4>{}</h4></header><p>{}{}</p><footer>{}</footer></article>", SPAN,
                     ("<section>", "</section>")),
    "list": Form("<h3>{}</h3>", P, "<ul><li><b>{}</b> <span>{}</span></li></ul>", SPAN, "<h4>{}</h4>",
                 "<ul><li><span>{}</span> <em>{}</em> {} <b>{}</b></li></ul>", SPAN),
    "one line each": Form("<div>{}</div>", P, "<p>{}: {}</p>", SPAN, "<div>{}</div>",
                          "<p><span>{}</span> <span>{}</span> {} <span>{}</span></p>", SPAN),
    "spans only": Form("<span>{}</span> ", "<span>{}</span> ", "<span>{}</span> <span>{}</span> ", SPAN + " ",
                       "<span>{}</span> ", "<span>{}</span> <span>{}</span> {} <span>{}</span> ", SPAN),
    "own elements": Form("<x-title>{}</x-title>", "<x-text>{}</x-text>", "<x-row><x-k>{}</x-k><x-v>{}</x-v></x-row>",
                         SPAN, "<x-h>{}</x-h>", "<x-c><x-n>{}</x-n><x-t>{}{}</x-t><x-s>{}</x-s></x-c>", SPAN),
    "links": Form('<h2><a href="#x">{}</a></h2>', P, "<a href=x><div>{}</div><div>{}</div></a>", SPAN, "<h3>{}</h3>",
                  "<a href=y><h4>{}</h4><div><p>{}</p>{}</div><strong>{}</strong></a>", SPAN),
    "figure above caption": Form("<h2>{}</h2>", P, "<div><b>{}</b><div>{}</div></div>", SPAN, "<h3>{}</h3>",
                                 "<div><h4>{}</h4><p>{}{}</p><div>{}</div></div>", SPAN, value_first=True),
}  # fmt: skip


def text_lines(page: Page) -> Iterator[list[str]]:
    """The page as blocks of lines."""
    yield [f"{page['organization']} logo"]
    yield [page["name"]]
    yield [*page["badges"], page["organization"]]
    yield [page["description"]]
    for section in page["sections"]:
        yield [section["heading"]]
        if "intro" in section:
            yield [section["intro"]]
        fields = [text for pair in section.get("fields", {}).items() for text in pair]
        if fields:
            yield [str(text) for text in fields]
        for label, tags in section.get("tags", {}).items():
            yield [label, "".join(tags)]
        for category in section.get("categories", ()):
            yield [category["heading"]]
            yield [category["intro"]]
            for name, note, marked, score in category["scores"]:
                glued = f"{note}{MARK if marked else ''}"
                yield [name, *([glued] if glued else []), score]
        for text in section.get("text", ()):
            yield [text]


def as_text(page: Page) -> str:
    """Blocks with empty lines between; results of one category in one block, as the site's text has them."""
    return "\n\n".join("\n".join(block) for block in text_lines(page)) + "\n"


def as_dense_text(page: Page) -> str:
    """No empty line anywhere."""
    return "\n".join(line for block in text_lines(page) for line in block)


def as_airy_text(page: Page) -> str:
    """An empty line behind every line."""
    return "\n\n".join(line for block in text_lines(page) for line in block)


def as_html(page: Page, form: Form) -> str:
    """The page in one arrangement of tags, in a site with a menu and a footer."""
    put: Callable[[str], str] = html.escape
    out = [
        "<!doctype html><html><head><title>page</title></head><body><nav><a>Home</a><a>Models</a></nav>",
        f'<img alt="{put(page["organization"])} logo"><h1>{put(page["name"])}</h1><div>',
        *(f"<div>{put(text)}</div>" for text in [*page["badges"], page["organization"]]),
        f"</div><p>{put(page['description'])}</p>",
    ]
    for section in page["sections"]:
        out += [form.around[0], form.heading.format(put(section["heading"]))]
        if "intro" in section:
            out.append(form.sentence.format(put(section["intro"])))
        pairs = [(put(label), put(str(value))) for label, value in section.get("fields", {}).items()]
        for label, tags in section.get("tags", {}).items():
            pairs.append((put(label), "".join(form.tag.format(put(tag)) for tag in tags)))
        out += [form.field.format(*(reversed(pair) if form.value_first else pair)) for pair in pairs]
        for category in section.get("categories", ()):
            out += [form.around[0], form.category.format(put(category["heading"]))]
            out.append(form.sentence.format(put(category["intro"])))
            for name, note, marked, score in category["scores"]:
                mark = form.mark.format(MARK) if marked else ""
                out.append(form.result.format(put(name), put(note), mark, put(score)))
            out.append(form.around[1])
        out += [form.sentence.format(put(text)) for text in section.get("text", ())]
        out.append(form.around[1])
    out.append("</div><footer><div>About</div><div>Privacy</div></footer></body></html>")
    return "".join(out)


def every_form(page: Page) -> dict[str, bytes]:
    """The page in all arrangements, by name."""
    texts = {"text": as_text(page), "dense text": as_dense_text(page), "airy text": as_airy_text(page)}
    markup = {name: as_html(page, form) for name, form in FORMS.items()}
    return {name: text.encode() for name, text in (texts | markup).items()}
