"""Who made a model, by a sentence that begins with its name: ``Heron 2 by Tarn Labs reads text``."""

from __future__ import annotations

import re

from ingest.name import provider
from ingest.sources.model_page.identity import is_maker, named
from ingest.sources.model_page.words import page_words

_MAKER = r"([A-Z][\w&.-]{0,30}(?: [A-Z&][\w&.-]{0,30}){0,4})"
_END = r"(?=[.,;(] ?|\.?\Z| (?:[a-z]|\())"
_TOLD = re.compile(
    rf" by {_MAKER}(?= [a-z(]|[,;(])"
    rf"| (?:is|was) (?:developed|made|built|created) by {_MAKER}{_END}"
    rf"| is (?:an?|the|our)((?: [a-z-]{{1,20}}){{0,5}}) model"
    rf" (?:of|by|(?:developed|made|built|created) by) {_MAKER}{_END}"
)
_LONGEST = 300


def maker_in_sentence(text: str, name: str) -> str | None:
    """The maker that a sentence states of the model it begins with; None where it states none for certain.

    The maker is a known one, or has the word of a company at its end: behind "by" stand reviewers, hosts, places and
    months too. Of a known model a sentence tells nothing new, and one on a copy may name another one's maker.

    >>> maker_in_sentence("Heron 2 by Tarn Labs reads text.", "Heron 2")
    'Tarn Labs'
    >>> maker_in_sentence("Heron 2 is a small model of Tarn Labs, out since May.", "Heron 2")
    'Tarn Labs'
    >>> maker_in_sentence("Heron 2 by Paris reads text.", "Heron 2")
    >>> maker_in_sentence("Heron 2 is a merged model of Tarn Labs.", "Heron 2")
    """
    if not text.startswith(name) or named(name).is_model:
        return None
    found = _TOLD.match(text[len(name) : len(name) + _LONGEST])
    if found is None or not set(page_words().copies.phrases).isdisjoint((found[3] or "").split()):
        return None
    maker = (found[1] or found[2] or found[4]).rstrip(".")
    kind = provider(maker).kind
    return maker if is_company(maker) and kind in (None, "maker") and not named(maker).is_model else None


def is_company(text: str) -> bool:
    """Whether a name is that of a known maker, or ends in a word of companies (``Tarn Labs``)."""
    return is_maker(text) or (
        " " in text and text.rpartition(" ")[2].strip(".").lower() in page_words().companies.phrases
    )
