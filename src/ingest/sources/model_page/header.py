"""The header of a model page: logo line, name, badges, organization, description."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ingest.read.lines import Line, Page
from ingest.sources.model_page.labels import key, known, split_badges

Claim = Callable[[str, Sequence[Line]], None]

_LOGO = " logo"
# A name or an organization is short and no sentence.
_LONGEST_NAME = 120
_LONGEST_ORGANIZATION = 60
_MOST_WORDS = 6
_MOST_WORDS_OF_NAME = 9


@dataclass(slots=True)
class Header:
    """What the header says; each with the line that says it."""

    name: Line | None = None
    organization: str | None = None
    organization_line: Line | None = None
    badges: list[tuple[str, Line]] = field(default_factory=list)
    description: list[Line] = field(default_factory=list)


def read_header(lines: Sequence[Line], page: Page, claim: Claim) -> Header:
    """The :class:`Header` in the lines before the first section.

    The name is the text of the first-level heading, or else the first line that is neither a badge, the
    organization that the logo names, nor a sentence. Lines before it belong to the site around the page.
    """
    header = Header()
    rest = list(lines)
    maker = _maker_of_logo(rest, page, header, claim)
    rest = _badges(rest, maker, header, claim)
    at = _name_at(rest, maker)
    if at is None or (maker is None and rest[at].heading != 1 and _below_badge(rest[at], header)):
        return header
    header.name = rest[at]
    claim("name", rest[at : at + 1])
    # A badge row above the name is read; other lines there are not the model's.
    before, behind = rest[:at], rest[at + 1 :]
    candidates = [line for line in (*before, *behind) if _names(line.text, maker)] if maker else []
    if not candidates and maker is None and behind and _is_short(behind[0].text, _LONGEST_ORGANIZATION):
        candidates = behind[:1]
    if candidates:
        header.organization_line = candidates[0]
        header.organization = candidates[0].text
        claim("organization", candidates[:1])
        behind = [line for line in behind if line is not candidates[0]]
    elif maker and header.organization_line:
        header.organization = maker
    elif maker:
        header.organization, header.organization_line = maker, header.name
    header.description = behind
    claim("description", behind)
    return header


def _maker_of_logo(lines: list[Line], page: Page, header: Header, claim: Claim) -> str | None:
    """The organization that the logo names: a line "X logo" of text, the alternative text of an image in HTML."""
    for at, line in enumerate(lines[:12]):
        text = line.text
        if text.lower().endswith(_LOGO) and _is_short(text, _LONGEST_ORGANIZATION):
            claim("logo", (line,))
            header.organization_line = line
            # What stands above the logo is the site's, not the model's.
            del lines[: at + 1]
            return text[: -len(_LOGO)].strip() or None
    for image in page.images[:12]:
        if image.lower().endswith(_LOGO) and len(image) <= _LONGEST_ORGANIZATION:
            return " ".join(image[: -len(_LOGO)].split()) or None
    return None


def _badges(lines: list[Line], maker: str | None, header: Header, claim: Claim) -> list[Line]:
    """Takes the badges out of the lines; a row of badges glued to the organization is parted."""
    rest: list[Line] = []
    for line in lines:
        if line.heading == 1:
            rest.append(line)
            continue
        if known(line.text).badge:
            header.badges.append((line.text, line))
            claim("badge", (line,))
            continue
        pieces = line.parts if len(line.parts) > 1 else ()
        if not pieces and len(line.text) <= _LONGEST_NAME and maker:
            pieces = split_badges(line.text) if line.text.endswith(maker) or line.text.startswith(maker) else ()
        if len(pieces) > 1 and any(known(p).badge for p in pieces):
            left = [p for p in pieces if not known(p).badge]
            if len(left) <= 1 and all(_is_short(p, _LONGEST_ORGANIZATION) for p in left):
                header.badges += [(p, line) for p in pieces if known(p).badge]
                claim("badge", (line,))
                rest += [line._replace(text=p, parts=(p,)) for p in left]
                continue
        rest.append(line)
    return rest


def _name_at(lines: list[Line], maker: str | None) -> int | None:
    for at, line in enumerate(lines):
        if line.heading == 1:
            return at
    for at, line in enumerate(lines):
        if not _is_short(line.text, _LONGEST_NAME, words=_MOST_WORDS_OF_NAME):
            return None
        if not _names(line.text, maker):
            return at
    return None


def _below_badge(line: Line, header: Header) -> bool:
    """Whether badges stand above ``line``: then it is the organization's, and the name is missing."""
    return any(badge.number < line.number for _, badge in header.badges)


def _names(text: str, maker: str | None) -> bool:
    """Whether ``text`` is the organization of the logo, written out or short."""
    if maker is None:
        return False
    mine, other = key(text), key(maker)
    return mine == other or (len(mine) >= 2 and mine in other.split(" / "))


def _is_short(text: str, longest: int, words: int = _MOST_WORDS) -> bool:
    return len(text) <= longest and not text.endswith((".", "!", "?", ";")) and len(text.split()) <= words
