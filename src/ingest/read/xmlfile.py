"""XML files as trees, so that their records are found and pointed to as those of JSON are."""

from __future__ import annotations

from typing import Any

from lxml import etree

from ingest.errors import IngestError
from ingest.read.datafile import Tree, decoded


def read_xml(content: bytes) -> Tree:
    """An XML file as a tree like that of JSON: attributes are `@name`, names lose their namespace.

    An element of text alone is that text, or a list of texts where it stands several times. An element with parts of
    its own is always in a list, so that a file of one record looks like one of many; text beside its parts is
    `#text`. Nothing outside the file is read, and no entity is replaced.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(decoded(content).encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        kind = "cut_off" if "Premature end" in str(error) else "invalid_xml"
        raise IngestError(f"{kind}: {str(error)[:120]!r}") from None
    return Tree({_tag(root): _element(root)}, [], [])


def _element(element: Any) -> Any:
    """An element as an object of its attributes and parts, or as its text."""
    found: dict[str, Any] = {f"@{_tag_name(name)}": value for name, value in element.attrib.items()}
    parts = [part for part in element if isinstance(part.tag, str)]
    for part in parts:
        value, name = _element(part), _tag(part)
        if name in found:
            found[name] = [*(found[name] if isinstance(found[name], list) else [found[name]]), value]
        else:
            found[name] = [value] if isinstance(value, dict) else value
    text = " ".join("".join(element.xpath("text()")).split())
    if not found:
        return text
    return {**found, "#text": text} if text else found


def _tag(element: Any) -> str:
    return _tag_name(str(element.tag))


def _tag_name(name: str) -> str:
    return name.rpartition("}")[2]
