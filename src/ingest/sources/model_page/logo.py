"""Logos of makers, as the text of a page shows them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from ingest.sources.model_page.words import page_words

_SHORTEST = 2
_LONGEST = 80


def logo_of(text: str) -> str | None:
    """The name that a logo's text says (``Mistral AI logo``, ``логотип Сбер``), None for a text that is no logo's.

    >>> logo_of("Mistral AI logo"), logo_of("Logo von Aleph Alpha"), logo_of("Logos 2")
    ('Mistral AI', 'Aleph Alpha', None)
    """
    small = text.lower()
    behind, before = _words()
    if text.endswith("-Logo") and small not in page_words().logos.generic:
        return text[:-5] or None
    if small.endswith(behind):
        return text[: -max(len(word) for word in behind if small.endswith(word))].strip() or None
    if small.startswith(before):
        return text[max(len(word) for word in before if small.startswith(word)) :].strip() or None
    return None


def says_logo(text: str) -> bool:
    """Whether words for a logo stand anywhere in a text.

    >>> says_logo("Sber логотип GigaChat"), says_logo("Logos 2")
    (True, False)
    """
    behind, before = _words()
    small = text.lower()
    return small.startswith(before) or any(word in small for word in behind)


def without_logo(text: str) -> str:
    """The name of a maker in a line of its logo and its name (``ApX logoApX``); any other text as it is.

    >>> without_logo("ApX logoApX"), without_logo("Logo von Aleph Alpha Aleph Alpha"), without_logo("Logos 2")
    ('ApX', 'Aleph Alpha', 'Logos 2')
    """
    found = split_logo(text, lambda maker, rest: maker.lower() == rest.lower())
    return found[2] if found else text


def split_logo(text: str, fits: Callable[[str, str], bool]) -> tuple[str, str, str] | None:
    """The logo, the maker that it names and the rest of a text that begins with a logo, where both fit.

    >>> split_logo("логотип Сбер GigaChat 2", lambda maker, rest: maker == "Сбер")
    ('логотип Сбер', 'Сбер', 'GigaChat 2')
    """
    behind, before = _words()
    small = text.lower()
    lead = max((word for word in before if small.startswith(word)), key=len, default="")
    ends = [at for at in range(len(lead), min(len(text), _LONGEST)) if text[at].isspace()] if lead else []
    places = [(text[len(lead) : end], end) for end in ends]
    for word in behind:
        at = small.find(word, _SHORTEST, _LONGEST + len(word))
        # A longer word begins as a shorter one does: "logotype" and "logo".
        if at > 0 and not (word.isascii() and text[at + len(word) : at + len(word) + 1].islower()):
            places.append((text[:at], at + len(word)))
    found = ((text[:end], maker.strip(), text[end:].strip()) for maker, end in places)
    return next(((logo, maker, rest) for logo, maker, rest in found if maker and rest and fits(maker, rest)), None)


@cache
def _words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    words = page_words().logos
    return words.behind, words.before
