"""Logos of makers, as the text of a page shows them."""

from __future__ import annotations

from functools import cache

from ingest.sources.model_page.words import page_words


def logo_of(text: str) -> str | None:
    """The name that a logo's text says (``Mistral AI logo``, ``логотип Сбер``), None for a text that is no logo's.

    >>> logo_of("Mistral AI logo"), logo_of("Logo von Aleph Alpha"), logo_of("Logos 2")
    ('Mistral AI', 'Aleph Alpha', None)
    """
    small = text.lower()
    behind, before = _words()
    if small.endswith(behind):
        return text[: -max(len(word) for word in behind if small.endswith(word))].strip() or None
    if small.startswith(before):
        return text[max(len(word) for word in before if small.startswith(word)) :].strip() or None
    return None


@cache
def _words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    words = page_words().logos
    return words.behind, words.before
