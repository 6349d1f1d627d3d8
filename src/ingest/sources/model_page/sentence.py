"""Who made a model, by a sentence that begins with its name: ``Heron 2 by Tarn Labs reads text``."""

from __future__ import annotations

import re

from ingest.sources.model_page.identity import is_known_benchmark, named

_MAKER = r"([A-Z][\w&.'’-]{0,30}(?: (?:[A-Z&][\w&.'’-]{0,30}|of|for)){0,4})"
_END = r"(?=[.,;(]| [a-z(])"
_TOLD = re.compile(
    rf" by {_MAKER}(?= [a-z(]|[,;(])"
    rf"| (?:is|was) ([^.;:]{{0,100}}?) ?\b(?:developed|made|built|created|trained|released|published) by {_MAKER}{_END}"
    rf"| is ([^.;:]{{0,80}}? model) (?:of|by) {_MAKER}{_END}"
)
# Words of a copy or of a model that another one was made of: the maker behind them may be that one's.
_OF_ANOTHER = re.compile(
    r"\b(?:of|on|from|to|based|copy|version|variant|fork|merge|tune|tuned|finetune|distilled|quanti[sz]ed|like|than)\b"
)
_LONGEST = 300


def maker_in_sentence(text: str, name: str) -> str | None:
    """The maker that a sentence states of the model it begins with; None where it states none for certain.

    A sentence on a copy, or on what a model was made of, may name another one's maker.

    >>> maker_in_sentence("Heron 2 by Tarn Labs reads text.", "Heron 2")
    'Tarn Labs'
    >>> maker_in_sentence("Heron 2 is a small model of Tarn Labs, out since May.", "Heron 2")
    'Tarn Labs'
    >>> maker_in_sentence("Heron 2 is a copy of Llama 3 released by Meta.", "Heron 2")
    """
    if not text.startswith(name):
        return None
    found = _TOLD.match(text[len(name) : len(name) + _LONGEST])
    if found is None or _OF_ANOTHER.search(found[2] or found[4] or ""):
        return None
    maker = (found[1] or found[3] or found[5]).rstrip(".'’")
    words = maker.split()
    while words and words[-1] in ("of", "for", "&"):
        del words[-1]
    maker = " ".join(words).removesuffix("'s").removesuffix("’s")
    if not maker or any(sign.isdigit() for sign in maker) or named(maker).is_model or is_known_benchmark(maker):
        return None
    return maker
