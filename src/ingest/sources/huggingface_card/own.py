"""Whether a head, a first cell or an entry of a ``model-index`` names the model of the card, and no relative of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from ingest.name import resolve_name
from ingest.sources.huggingface_card.words import card_words, is_of_base
from ingest.sources.model_page.identity import named

FOOTNOTE = re.compile(r"(?:\[\d{1,2}\]|\^[\da-z*†‡§]{1,3}|[*†‡§¹²³⁴⁵⁶⁷⁸⁹]){1,4}$")
WORDS = re.compile(r"[^\W_]+|\+")
_BRACKET = re.compile(r"(.{1,100}?) ?[(\[]([^()\[\]]{1,30})[)\]]")
_DATE = re.compile(r"[0-9]{4}|[0-9]{6}|[0-9]{8}")
_INSTRUCT = ("inst", "ins", "instr")
_PAIR = 2
_SIZE = re.compile(r"[0-9]{1,4}[bm]")
# How weights are kept where nobody made them smaller.
_AS_TRAINED = ("bf16", "fp16")


class OwnModel(NamedTuple):
    """The names of the model of a card, the surest first, and those of the models that it was made of."""

    names: tuple[str, ...]
    bases: tuple[str, ...] = ()


def same_model(text: str, own: OwnModel) -> bool:
    """Whether a head or a first cell names the model of the card, in any spelling of its name.

    A model that was made smaller is another one than the model it was made of, though the catalogue has one entry for
    both: a name that the card's is not spelled like must be as small. With a setting of a run that the card's name
    lacks ("Heron-8B (thinking)") it is one way of running the model, and not the model.
    """
    text = FOOTNOTE.sub("", text.strip())
    if _is_here(text, own):
        return True
    text = _without_own_word(text)
    plain = key(text)
    if not plain:
        return False
    if plain in _own_words() or _is_spelled_like(text, own.names):
        return True
    if not _settings_of(text) <= frozenset().union(*map(_settings_of, own.names)):
        return False
    model = named(text).model_id
    if model is None:
        return any(_is_short_for(text, name.rpartition("/")[2]) for name in own.names)
    return (model, bits_of(text)) in {(named(name).model_id, bits_of(name)) for name in own.names}


def _is_spelled_like(text: str, names: tuple[str, ...]) -> bool:
    """Whether a text is one of some names in whatever signs, with its maker or without, or with its words in another
    order."""
    return not _keys(names).isdisjoint((key(text), last_key(text))) or _sorted_words(text) in _orders(names)


def own_places(texts: Sequence[str], own: OwnModel, headings: Sequence[str] = ()) -> list[int]:
    """Where the model of the card stands among heads or first cells; the one that bears its very name where several
    may be meant, and else the one of its size where nothing but the size tells them apart."""
    places = [at for at, text in enumerate(texts) if text and same_model(text, own)]
    exact = {_words(each) for name in own.names for each in (name, name.rpartition("/")[2])}
    plain = [at for at in places if _words(_without_own_word(texts[at])) in exact]
    return plain if len(plain) == 1 else places or _of_own_size(texts, own, headings)


def _of_own_size(texts: Sequence[str], own: OwnModel, headings: Sequence[str]) -> list[int]:
    """Where the card's size stands among names that differ in their sizes alone: ``Gemma 3 4B``, ``Gemma 3 9B``, or
    ``4B``, ``9B``.

    They name the stage of no model, while the card's name does. A model that was made smaller, or out of a model of
    another name, has no size of its own in such a table.
    """
    name = own.names[0].rpartition("/")[2]
    mine = _without_stage(name)
    sizes = [word for word in mine if _SIZE.fullmatch(word)]
    is_copy = any(_without_stage(base.rpartition("/")[2]) != mine for base in own.bases)
    if len(sizes) != 1 or is_copy or bits_of(name) or is_of_base(headings):
        return []
    family = [word for word in mine if word not in sizes]
    told = {at: WORDS.findall(FOOTNOTE.sub("", text).lower()) for at, text in enumerate(texts)}
    for whole in (family, []):
        found = {at: words for at, words in told.items() if [w for w in words if not _SIZE.fullmatch(w)] == whole}
        found = {at: words for at, words in found.items() if len(words) == len(whole) + 1}
        if len({tuple(words) for words in found.values()}) >= _PAIR:
            return [at for at, words in found.items() if sizes[0] in words]
    return []


def _without_stage(name: str) -> list[str]:
    """The words of a name without those that say how far its model was trained."""
    return [word for word in WORDS.findall(name.lower()) if word not in _forms() and word not in _INSTRUCT]


@lru_cache(1024)
def _settings_of(name: str) -> frozenset[tuple[str, str]]:
    """What a name says of how its model was run: ``("reasoning", "on")``."""
    return frozenset((column, str(value)) for column, value in resolve_name(name).conditions.items())


@lru_cache(1024)
def bits_of(name: str) -> str | None:
    """How small a name says that the weights of its model were made (``fp8``, ``w4a16``); None for as trained.

    >>> bits_of("Qwen2.5-7B-Instruct-AWQ"), bits_of("Qwen2.5-7B-Instruct (BF16)")
    ('awq', None)
    """
    bits = resolve_name(name).attributes.get("quantization")
    return None if bits is None or str(bits).lower() in _AS_TRAINED else str(bits).lower()


def key(text: str) -> str:
    """A name as it is compared: its words in small letters, short words for "instruct" written out."""
    return "".join("instruct" if word in _INSTRUCT else word for word in WORDS.findall(text.lower()))


def last_key(name: str) -> str:
    """The last part of a path as it is compared: ``acme/Heron-8B`` is ``Heron-8B``."""
    return key(name.rpartition("/")[2])


def maker_key(name: str) -> str:
    """The name of a maker as it is compared: its letters without accents and without words for a company.

    >>> maker_key("Maison Bruyère") == maker_key("maison-bruyere"), maker_key("Oddfjord Labs") == maker_key("oddfjord")
    (True, True)
    """
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(sign))
    words = WORDS.findall(plain)
    while len(words) > 1 and words[-1] in card_words().companies.phrases:
        words.pop()
    return "".join(words)


def own_variant(texts: Sequence[str], own: OwnModel) -> int | None:
    """Which of several heads is the card's own, where they are forms of one model: ``Base``, ``SFT``, ``DPO``.

    It is the one that the card's name ends with, of all forms of that kind in it.
    """
    words = _own_name(own)
    for group in card_words().variants:
        heads = {key(head): head for head in group.heads}
        told = [heads.get(key(text)) for text in texts]
        if len({each for each in told if each}) < _PAIR:
            continue
        mine = [word for word in map(key, words) if word in heads]
        at = [number for number, each in enumerate(told) if each and mine and key(each) == mine[-1]]
        return at[0] if len(at) == 1 else None
    return None


def _is_here(text: str, own: OwnModel) -> bool:
    """Whether a text says that it is of this very card: ``This model``, ``DPO (this repository)``.

    Before the bracket stands a beginning of the card's name, or no more than forms of a model.
    """
    if key(text) in _here():
        return True
    found = _BRACKET.fullmatch(text)
    if found is None or key(found[2]) not in _here():
        return False
    words, name = WORDS.findall(found[1].lower()), _own_name(own)
    return name[: len(words)] == words or all(word in _forms() for word in words)


def _own_name(own: OwnModel) -> list[str]:
    """The words of the card's name without its maker, in small letters."""
    return WORDS.findall(own.names[0].rpartition("/")[2].lower())


@cache
def _forms() -> frozenset[str]:
    forms = {word for group in card_words().variants for head in group.heads for word in WORDS.findall(head)}
    return frozenset(forms | {"+", "and", "only", "final", "released"})


@cache
def _here() -> frozenset[str]:
    return frozenset(key(phrase) for phrase in card_words().here.phrases)


@cache
def _own_words() -> frozenset[str]:
    return frozenset(key(phrase) for phrase in card_words().own.phrases)


@lru_cache(64)
def _keys(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(same(name) for name in names for same in (key, last_key))


@lru_cache(64)
def _orders(names: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(_sorted_words(name.rpartition("/")[2]) for name in names)


def _without_own_word(text: str) -> str:
    """A name without the words in brackets that say whose it is: ``Heron-8B (ours)``."""
    found = _BRACKET.fullmatch(text)
    is_own = found is not None and key(found[2]) in _own_words() | _here()
    return found[1] if found is not None and is_own else text


def _is_short_for(text: str, name: str) -> bool:
    """Whether a text that names no known model is a model's name without its first word and its date.

    ``Small 3.1 24B Instruct`` is ``Mistral-Small-3.1-24B-Instruct-2503``; a name without a word in its middle, and one
    of two words, is another model's.
    """
    short, whole = WORDS.findall(text.lower()), WORDS.findall(name.lower())
    if whole[-1:] and _DATE.fullmatch(whole[-1]) and short[-1:] != whole[-1:]:
        whole = whole[:-1]
    figures = any(word[:1].isdigit() for word in short)
    return len(short) > _PAIR and figures and (short == whole or (whole[:1] != [] and short == whole[1:]))


def _sorted_words(text: str) -> tuple[str, ...]:
    """The words of a name in whatever order (``Llama 2 Chat 7B``), but for names of one or two words."""
    words = WORDS.findall(text.lower())
    return tuple(sorted(words)) if len(words) > _PAIR else (text,)


def _words(text: str) -> str:
    return "".join(WORDS.findall(text.lower()))
