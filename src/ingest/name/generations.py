"""Who makes a model of a generation that the catalogue does not have yet: "deepseek-v9-pro", "minimax-m9".

What the words of a family (``families.yaml``) say is held to what its maker used before. A new generation brings words
and sizes of its own, and nobody else's model can be of it before the catalogue knows it. So behind a number that is
higher than any of the family in the catalogue, the words by which makers tell the sizes of one generation and a number
of parameters may follow, and nothing else: "deepseek-v9-storyteller" stays without a maker. A number with a letter
before it ("k2", "m2.1") is the family's own where models of it have the same letter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from ingest.name.families import (
    FoundFamily,
    behind_words,
    families_at_start,
    has_one_size,
    tiers,
    words_that_tell,
)
from ingest.name.model_catalogue import model_catalogue
from ingest.name.model_text import is_size, model_words

_GENERATION = re.compile(r"([a-z]?)(\d{1,2}(?:\.\d{1,2}){0,2})")


def maker_by_name(name: str) -> tuple[str, str] | None:
    """The organization id of the maker of a model of this name, and the name without the maker's before it.

    None where the name does not tell it for certain.

    >>> maker_by_name("thudm-glm-4-9b"), maker_by_name("minimax-m19-pro"), maker_by_name("llama-3-pro-8b")
    (('zai', 'glm-4-9b'), ('minimax', 'minimax-m19-pro'), None)
    """
    families = families_at_start(words_that_tell(name))
    for says in (FoundFamily.is_known, _continues):
        for found in families:
            if says(found):
                return found.family.maker, behind_words(name, found.stated)
    return None


def _continues(found: FoundFamily) -> bool:
    """Whether the words behind a family's word go on from what is known of it."""
    highest = _highest(found.family.maker, found.family.word)
    told = is_new = False
    for word in found.rest:
        letter, number = _generation(word) or ("", ())
        if number and letter in highest and not told:
            told, is_new = True, number > highest[letter]
        elif not (found.family.has(word) or (is_new and (word in tiers() or is_size(word)))):
            return False
    return told and has_one_size(found.rest)


def _generation(word: str) -> tuple[str, tuple[int, ...]] | None:
    match = _GENERATION.fullmatch(word)
    return match and (match[1], tuple(map(int, match[2].split("."))))


@cache
def _highest(maker: str, word: str) -> Mapping[str, tuple[int, ...]]:
    """The highest number of a family in the catalogue, by the letter before it."""
    highest: dict[str, tuple[int, ...]] = {}
    for model in model_catalogue().values():
        for name in (model.model_id.partition("/")[2], model.name) if model.organization_id == maker else ():
            for begun in families_at_start(model_words(name)):
                told = next(filter(None, map(_generation, begun.rest)), None)
                if begun.family.word == word and told:
                    highest[told[0]] = max(told[1], highest.get(told[0], ()))
    return highest
