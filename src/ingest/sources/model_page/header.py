"""The header of a model page: logo line, name, badges, organization, description."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from ingest.name import provider, resolve_organization
from ingest.read.lines import ON_ONE_LINE, Claim, Line, Page
from ingest.records.document import Check
from ingest.sources.model_page.identity import agrees, is_comparison, is_maker, named
from ingest.sources.model_page.labels import NOT_KNOWN, badge_texts, is_no_name, key, known, split_badges
from ingest.sources.model_page.logo import logo_of, says_logo, without_logo
from ingest.sources.model_page.sentence import is_company, maker_in_sentence
from ingest.sources.model_page.words import page_words

_BY = re.compile(r"(?:(?:made|built|developed|created|published|released) )?(?:by|from) ", re.IGNORECASE)
"""What stands before the name of a maker."""
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
# A header is short; further down stand texts that name other models.
_LOOKED_AT = 12
# Where lines of words that name a model among others count as its name.
_FIRST = 3
_BEHIND_NAME = (": ", " | ", " – ", " — ", " - ")
# How many lines away from the name its maker may stand.
_NEAR = 3
_SENTENCE_ENDS = (".", "!", "?", "。", "！", "…", ":", ")", "”", '"')
_LEAST_PROSE = 4
_SEPARATORS = re.compile(r" ?[·•|] ?")


@dataclass(slots=True)
class Header:
    """What the header says; each with the line that says it."""

    name: Line | None = None
    organization: str | None = None
    organization_line: Line | None = None
    badges: list[tuple[str, Line]] = field(default_factory=list)
    description: list[Line] = field(default_factory=list)
    has_logo: bool = False
    names: list[str] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)


def read_header(lines: Sequence[Line], page: Page, claim: Claim, own: Sequence[str] = ()) -> Header:
    """The :class:`Header` in the lines before the first section.

    The name is the text of the first-level heading, or else the first line that is neither a badge, the
    organization that the logo names, nor a sentence. Where such a line names no model and another one of the header
    does, as ``own`` (what the page calls itself) bears out, that one is the name. Lines before it belong to the site
    around the page. A line that is no known name stands above the badges and the organization: what stands below
    them is the description, and the name is missing.
    """
    header = Header()
    rest = list(lines)
    maker = _maker_of_logo(rest, page, header, claim)
    header.has_logo = maker is not None
    rest = _badges(_without_site(rest, maker, claim), maker, header, claim)
    rest = [part for at, line in enumerate(rest) for part in (_without_glued_maker(line) if at < _FIRST else (line,))]
    rest = [_short_name(line) if at < _FIRST or line.heading == 1 else line for at, line in enumerate(rest)]
    header.names = list(dict.fromkeys(line.text for line in rest[:_LOOKED_AT] if named(line.text).is_model))
    at = _name_at(rest, maker, page.title)
    at, is_known = _known_name(rest, at, own)
    if at is None or not (is_known or rest[at].heading == 1 or not _is_below(rest, at, maker, header)):
        return header
    header.name = rest[at]
    claim("name", rest[at : at + 1])
    # A badge row above the name is read; other lines there are not the model's.
    before, behind = rest[:at], rest[at + 1 :]
    candidates = _organization_lines(before, behind, maker, header)
    if not candidates and maker is None and rest[at].heading != 1 and _is_maker(header.name.text):
        # The only line is an organization's.
        header.name = None
        return header
    behind = [line for line in behind if line not in candidates]
    if candidates:
        header.organization_line = candidates[0]
        header.organization = _organization(candidates[0].text, header)
        claim("organization", candidates if header.organization else ())
    elif maker and header.organization_line:
        header.organization = _organization(maker, header)
    elif maker:
        header.organization, header.organization_line = _organization(maker, header), header.name
    else:
        told = ((line, maker_in_sentence(line.text, header.name.text)) for line in behind[:_LOOKED_AT])
        line, header.organization = next(((line, maker) for line, maker in told if maker), (None, None))
        header.organization_line = line or header.organization_line
    header.description = _prose_lines(behind)
    claim("description", header.description)
    return header


def _without_glued_maker(line: Line) -> tuple[Line, ...]:
    """A line of a known name and its maker whose line break was lost, as two lines: ``Gemini 1.5 FlashGoogle``."""
    text = line.text
    if len(text) > _LONGEST_NAME or len(line.parts) > 1:
        return (line,)
    for at in range(1, len(text)):
        if not (text[at].isupper() and (text[at - 1].islower() or text[at - 1].isdigit())):
            continue
        maker = text[at:]
        if not is_maker(maker):  # asked first: to look a name up that nobody knows takes long
            continue
        model = named(text[:at])
        if model.model_id and resolve_organization(maker).organization_id == model.organization_id:
            name = line._replace(text=text[:at], parts=(text[:at],))
            return name, line._replace(text=maker, parts=(maker,), shared=line.shared + ON_ONE_LINE, heading=0)
    return (line,)


def _short_name(line: Line) -> Line:
    """A first line with a known name and words of the site behind it (``Claude 3.5 Haiku: prices``): the name."""
    text = line.text
    if len(text) > _LONGEST_NAME or named(text).is_model or is_comparison(text):
        return line
    heads = [text.partition(sign)[0] for sign in _BEHIND_NAME if sign in text]
    heads += [text.removesuffix(tail).rstrip() for tail in _tails() if text.endswith(tail)]
    names = [head for head in heads if named(head).model_id]
    return line._replace(text=names[0], parts=(names[0],)) if names else line


@cache
def _tails() -> tuple[str, ...]:
    """What sites write behind a name, with the blank before it."""
    return tuple(f" {tail}" for tail in page_words().name_tails.phrases)


def _known_name(lines: list[Line], at: int | None, own: Sequence[str]) -> tuple[int | None, bool]:
    """Where the name stands, and whether it is a known one: another line than ``at`` where that one names no model.

    Of several models above the first section, as in a menu, the name is the one that the page calls itself by, or that
    its maker stands beside. Where nothing tells them apart there is no name.
    """
    if at is not None and lines[at].heading == 1 and (named(lines[at].text).is_model or agrees(lines[at].text, own)):
        return at, named(lines[at].text).is_model
    told = [number for number, line in enumerate(lines[:_LOOKED_AT]) if named(line.text).is_model]
    is_told = at is not None and at in told
    if own and any(agrees(lines[number].text, own) for number in told):
        told = [number for number in told if agrees(lines[number].text, own)]
    elif own and not is_told:
        told = []
    models = {named(lines[number].text) for number in told}
    if len(models) > 1:
        # In a menu a maker may stand beside one of its models; the page's own name is the last above its text.
        beside = [number for number in told if _stands_beside_maker(lines, number)]
        is_last = beside[-1:] == told[-1:]
        if not is_last or (is_told and len({named(lines[number].text) for number in beside}) != 1):
            return None, False
        told, models = beside, {named(lines[number].text) for number in beside}
    return (told[0], True) if len(models) == 1 else (at, False)


def _stands_beside_maker(lines: Sequence[Line], at: int) -> bool:
    """Whether the maker of the model that a line names stands right above it, or within two lines below it."""
    maker = named(lines[at].text).organization_id
    near = [*lines[max(0, at - 1) : at], *lines[at + 1 : at + _NEAR]]
    texts = [_without_by(line.text) for line in near]
    return any(is_maker(text) and resolve_organization(text).organization_id == maker for text in texts)


def _organization_lines(before: list[Line], behind: list[Line], maker: str | None, header: Header) -> list[Line]:
    """The lines that show the organization: as the logo names it, a known maker beside the name, or the next line."""
    if maker:
        named_so = [line for line in (*before, *behind) if _names(line.text, maker)]
        return named_so or [line for line in behind[:1] if _writes_out(line.text, maker)]
    near = [*behind[:_NEAR], *reversed(before[-_NEAR:])]
    near = [_without_own_name(line, header) for line in near]
    makers = [line for line in near if is_maker(_without_by(line.text)) and not named(line.text).is_model]
    if makers:
        return makers[:1]
    if behind and _BY.match(behind[0].text) and _is_proper(_without_by(behind[0].text)):
        return behind[:1]
    return behind[:1] if _is_organization(behind, header) else []


def _writes_out(text: str, maker: str) -> bool:
    """Whether a line is the organization of the logo with more of its name: ``Mistral`` and ``Mistral AI``. A model's
    name has a number, or is known."""
    mine = _without_by(key(text))
    longer = mine.startswith(f"{key(maker)} ") and _is_short(text, _LONGEST_ORGANIZATION) and is_company(text)
    if not longer or any(sign.isdigit() for sign in mine) or named(text).is_model:
        return False
    return not is_maker(maker) or resolve_organization(maker) == resolve_organization(text)


def _without_own_name(line: Line, header: Header) -> Line:
    """A line of a maker and the name (``Anthropic — Claude Sonnet 4``) as the maker's; others as they are."""
    assert header.name is not None
    text = line.text.removesuffix(header.name.text)
    maker = text.rstrip(_BETWEEN + ":")
    return line._replace(text=maker) if text != line.text and maker not in (text, "") and is_maker(maker) else line


def _without_by(text: str) -> str:
    """A maker's name without the word before it: ``by Anthropic``."""
    return _BY.sub("", text, count=1) if _BY.match(text) else text


def says_maker(line: Line) -> bool:
    """Whether a line of the header names a known maker, or says in words that somebody made the model."""
    told = _without_by(line.text)
    return any(map(is_maker, [told, *_SEPARATORS.split(told)])) or (told != line.text and _is_proper(told))


def _is_proper(text: str) -> bool:
    """Whether a text may be the name of somebody: few words, each with a capital letter."""
    words = text.split()
    return 0 < len(words) <= _MOST_WORDS and all(word[0].isupper() for word in words) and reads_like_name(text)


def _organization(text: str, header: Header) -> str | None:
    """The organization in a text; None, with a failed check, where the text is none or contradicts the name."""
    assert header.name is not None
    organization = without_logo(_without_by(text))
    pieces = [piece.strip() for piece in _SEPARATORS.split(organization) if piece.strip()]
    if len(pieces) > 1 and not is_maker(organization):
        makers = [piece for piece in pieces if is_maker(piece)]
        organization = makers[0] if len(makers) == 1 else ""
    model = named(header.name.text)
    wrong = not organization or says_logo(organization) or (named(organization).is_model and not is_maker(organization))
    if model.model_id and not wrong:
        wrong = resolve_organization(organization).organization_id != model.organization_id
    if wrong:
        header.checks.append(Check("organization", False, model.organization_id, text))
        return None
    return organization


def _prose_lines(lines: Sequence[Line]) -> list[Line]:
    """The lines that are prose: sentences, or words in a row that are no list of tags."""
    items = [line for line in lines if _is_item(line.text)]
    if len(items) == 1 and known(items[0].text.partition(":")[0]).field is None:
        items = []  # "Note: it is slow." is prose
    return [
        line
        for line in lines
        if line not in items
        and (
            line.text.endswith(_SENTENCE_ENDS)
            or (
                len(line.text.split()) >= _LEAST_PROSE
                and not _SEPARATORS.search(line.text)
                and known(line.text) == NOT_KNOWN
            )
        )
    ]


def _is_item(text: str) -> bool:
    """Whether a line may be an item of a list: a few words with something behind their colon (``Tools: yes.``)."""
    label, colon, rest = text.partition(": ")
    return bool(colon and rest) and len(label.split()) <= _MOST_WORDS


def reads_like_name(text: str) -> bool:
    """Whether a text that no list knows may be a model's name: short, no sentence, and no words of a site.

    >>> reads_like_name("Heron 2 Large"), reads_like_name("No models found"), reads_like_name("How to choose")
    (True, False, False)
    """
    words = [word for word in text.split() if word[0].isalpha()]
    if (
        not text
        or not _is_short(text, _LONGEST_NAME, _MOST_WORDS_OF_NAME)
        or _is_prose(text)
        or known(text) != NOT_KNOWN
    ):
        return False
    return not any(is_no_name(word) or (word.lower() in _SMALL_WORDS and word != "A") for word in words)


def _maker_of_logo(lines: list[Line], page: Page, header: Header, claim: Claim) -> str | None:
    """The organization that the logo names: a line "X logo" of text, the alternative text of an image in HTML."""
    for at, line in enumerate(lines):
        maker = logo_of(line.text)
        if not (maker and _is_short(line.text, _LONGEST_ORGANIZATION, _MOST_WORDS_OF_NAME)):
            continue
        if at < _LOOKED_AT or begins_header(lines, at):
            header.organization_line = line
            # What stands above the logo is the site's, not the model's; a picture's text may stand there twice.
            end = at + 1
            while end < len(lines) and lines[end].text == line.text:
                end += 1
            claim("logo", lines[at:end])
            del lines[:end]
            return maker
    logos = [" ".join(image.split()) for image in page.images[:12] if len(image) <= _LONGEST_ORGANIZATION]
    makers = [maker for maker in dict.fromkeys(map(logo_of, logos)) if maker]
    if len(makers) > 1:
        # The site's logo stands beside: the header names the model's organization once more.
        shown = [text for line in lines for text in (line.text, *line.parts)]
        makers = [maker for maker in makers if any(_names(text, maker) for text in shown)]
    return makers[0] if makers else None


def ends_sentence(text: str) -> bool:
    """Whether a line ends as sentences do."""
    return text.endswith(_SENTENCE_ENDS)


def begins_header(lines: Sequence[Line], at: int) -> bool:
    """Whether a line is the logo of a known maker with a model of this maker below it, and no partner's in a banner."""
    maker = logo_of(lines[at].text)
    if maker is None or not is_maker(maker):
        return False
    told = resolve_organization(maker).organization_id
    return any(named(line.text).organization_id == told for line in lines[at + 1 : at + 1 + _NEAR])


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
    """Takes the badges out of the lines; badges glued to the organization or to the description are parted."""
    rest: list[Line] = []
    for each in lines:
        line = _without_glued_badge(each, header, claim)
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


def _without_glued_badge(line: Line, header: Header, claim: Claim) -> Line:
    """A paragraph without the badge in front of it whose line break was lost: ``MultimodalGemini 1.5 Flash is …``."""
    for text in badge_texts() if line.text.startswith(badge_texts()) else ():
        rest = line.text[len(text) :]
        if line.text.startswith(text) and rest[:1].isupper() and len(rest.split()) >= _LEAST_PROSE:
            header.badges.append((text, line))
            claim("badge", (line,))
            return line._replace(text=rest, parts=(rest,))
    return line


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
    mine, other = _without_by(key(text)), key(maker)
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
