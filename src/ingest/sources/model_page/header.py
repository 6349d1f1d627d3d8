"""The header of a model page: logo line, name, badges, organization, description."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ingest.name import provider
from ingest.read.lines import Line, Page
from ingest.sources.model_page.labels import key, known, split_badges

Claim = Callable[[str, Sequence[Line]], None]

_LOGO = " logo"
# Points that end no sentence.
_COMPANIES = (" inc.", " ltd.", " co.", " corp.", " s.a.", " b.v.")
_BETWEEN = " ·•|/,–—-"
_BULLETS = frozenset("•·*‣◦–—-")
_ARTICLES = frozenset(("A", "An", "The", "Our", "This"))
_SMALL_WORDS = frozenset(
    ("a", "an", "and", "are", "by", "for", "from", "in", "is", "its", "of", "on", "that", "the", "to", "with")
)
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
    Without such a heading the name stands above the badges and the organization: what stands below them is the
    description, and the name is missing.
    """
    header = Header()
    rest = list(lines)
    maker = _maker_of_logo(rest, page, header, claim)
    rest = _badges(_without_site(rest, maker, claim), maker, header, claim)
    at = _name_at(rest, maker, page.title)
    if at is None or (rest[at].heading != 1 and _is_below(rest, at, maker, header)):
        return header
    header.name = rest[at]
    claim("name", rest[at : at + 1])
    # A badge row above the name is read; other lines there are not the model's.
    before, behind = rest[:at], rest[at + 1 :]
    candidates = [line for line in (*before, *behind) if _names(line.text, maker)] if maker else []
    if not candidates and maker is None and _is_organization(behind, header):
        candidates = behind[:1]
    if not candidates and maker is None and rest[at].heading != 1 and _is_maker(header.name.text):
        # The only line is an organization's.
        header.name = None
        return header
    if candidates:
        header.organization_line = candidates[0]
        header.organization = candidates[0].text.removeprefix("by ")
        claim("organization", candidates)
        behind = [line for line in behind if line not in candidates]
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
        if text.lower().endswith(_LOGO) and _is_short(text, _LONGEST_ORGANIZATION, _MOST_WORDS_OF_NAME):
            claim("logo", (line,))
            header.organization_line = line
            # What stands above the logo is the site's, not the model's.
            del lines[: at + 1]
            return text[: -len(_LOGO)].strip() or None
    logos = [" ".join(image.split()) for image in page.images[:12] if len(image) <= _LONGEST_ORGANIZATION]
    named = [logo[: -len(_LOGO)].strip() for logo in logos if logo.lower().endswith(_LOGO)]
    makers = [maker for maker in dict.fromkeys(named) if maker]
    if len(makers) > 1:
        # The site's logo stands beside: the header names the model's organization once more.
        shown = [text for line in lines for text in (line.text, *line.parts)]
        makers = [maker for maker in makers if any(_names(text, maker) for text in shown)]
    return makers[0] if makers else None


def _without_site(lines: list[Line], maker: str | None, claim: Claim) -> list[Line]:
    """The lines without buttons and paths of the site: such words alone, or in front of others side by side."""
    site = [
        line
        for at, line in enumerate(lines)
        if not line.heading
        and known(line.parts[0]).chrome
        and (len(line.parts) > 1 or (at and known(line.text).chrome))  # a first line alone may be the name
        and not _names(line.text, maker)
    ]
    if not site:
        return lines
    claim("page_chrome", site)
    return [line for line in lines if line not in site]


def _badges(lines: list[Line], maker: str | None, header: Header, claim: Claim) -> list[Line]:
    """Takes the badges out of the lines; a row of badges glued to the organization is parted."""
    rest: list[Line] = []
    for line in lines:
        if line.heading == 1:
            rest.append(_without_badges(line, header))
            continue
        if known(line.text).badge:
            header.badges.append((line.text, line))
            claim("badge", (line,))
            continue
        pieces = tuple(piece for part in line.parts if (piece := part.strip(_BETWEEN))) if len(line.parts) > 1 else ()
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


def _without_badges(line: Line, header: Header) -> Line:
    """The heading without the badges that stand in it behind the name."""
    while len(line.parts) > 1 and known(line.parts[-1]).badge:
        badge = line.parts[-1]
        header.badges.append((badge, line))
        line = line._replace(text=line.text[: -len(badge)].rstrip(), parts=line.parts[:-1])
    return line


def _name_at(lines: list[Line], maker: str | None, title: str) -> int | None:
    first = [at for at, line in enumerate(lines) if line.heading == 1]
    if len(first) > 1:
        # The site's name is such a heading too: the title of the page begins with what the page is about.
        first.sort(key=lambda at: title.find(lines[at].text) % (len(title) + 1))
    if first:
        return first[0]
    own = [at for at, line in enumerate(lines) if _names(line.text, maker)]
    for at, line in enumerate(lines):
        if not _is_short(line.text, _LONGEST_NAME, words=_MOST_WORDS_OF_NAME) or _is_prose(line.text):
            return None
        if known(line.text).field and not line.heading:
            return None
        # A model may be called like its organization: both lines stand there then.
        if at not in own or (len(own) > 1 and at == own[0]):
            return at
    return None


def _is_below(lines: list[Line], at: int, maker: str | None, header: Header) -> bool:
    """Whether a line stands below the badges, or below the line of the organization."""
    if any(badge.number <= lines[at].number for _, badge in header.badges):
        return True
    return any(_names(line.text, maker) for line in lines[:at])


def _is_organization(lines: list[Line], header: Header) -> bool:
    """Whether the first of the lines below the name is the organization's, and not a short description.

    It stands beside the badges, where there are any, or has the description below it.
    """
    if not lines or not _is_short(lines[0].text, _LONGEST_ORGANIZATION) or _is_prose(lines[0].text):
        return False
    first = lines[0]
    beside = [badge for _, badge in header.badges if abs(badge.number - first.number) <= 1]
    return not header.badges or len(lines) > 1 or any(_near(badge, first) for badge in beside)


def _is_maker(text: str) -> bool:
    maker = provider(text).maker
    return maker is not None and key(maker) == key(text)


def _near(one: Line, two: Line) -> bool:
    """Whether two lines stand in one block: in one line, or the later one without an empty line or box between."""
    return one.number == two.number or max((one, two), key=lambda line: line.number).shared >= 1


def _names(text: str, maker: str | None) -> bool:
    """Whether ``text`` is the organization of the logo, written out or short."""
    if maker is None:
        return False
    mine, other = key(text).removeprefix("by "), key(maker)
    return mine == other or (len(mine) >= 2 and mine in other.split(" / "))


def _is_short(text: str, longest: int, words: int = _MOST_WORDS) -> bool:
    if len(text) > longest or len(text.split()) > words:
        return False
    return not text.endswith((".", "!", "?", ";", "。")) or text.lower().endswith(_COMPANIES)


def _is_prose(text: str) -> bool:
    """Whether a short text is no name: an item of a list, or words that only sentences have."""
    words = text.split()
    if text[0] in _BULLETS or (len(words) > 1 and words[0] in _ARTICLES and words[1].islower()):
        return True
    return sum(word in _SMALL_WORDS for word in words) > 1
