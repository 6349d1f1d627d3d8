"""Cut a text into words, and words into the atoms that phrases are matched against.

A word is a stretch between white space. An atom is a lower-case word without hyphens and underscores, a number, a sign
or the name of a model. Each atom has keys: the names by which a phrase may ask for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache, reduce
from itertools import pairwise
from operator import or_

from ingest.describe.signs import Word, word_signs
from ingest.describe.vocabulary import (
    any_order,
    classes,
    condition_trie,
    english,
    sign_phrases,
    spelling,
    thing_words,
)
from ingest.name import Mention, models_in

Atom = tuple[str, tuple[str, ...], int | None, int]
"""Text, keys, the value if it is a number, and flags.

Flag 1: a condition can start here. Flag 2: a phrase of leaked text can start here. Flag 4: one in any order can.
Flag 8: names a thing that a run had or lacked. Flag 16: the beginning of a number in several words.
"""

SEPARATORS = frozenset(",;:()[].!?|•–—\n{}…")
_ATOM = re.compile(
    r"(?P<date>\d{1,4}[/.]\d{1,2}[/.]\d{2,4}(?:[-–—]\d{1,4}[/.]\d{1,2}[/.]\d{2,4})?)"
    r"|(?P<short>w/o(?![a-z])|w/|n/a(?![a-z]))"
    r"|(?P<range>\d+[-–—]\d+(?![\w@]))"
    r"|(?P<quantity>\d+(?:[.,]\d+)*[km](?![a-z0-9]))"
    r"|(?P<number>\d+(?:[.,]\d+)*)"
    r"|(?P<version>v\d+(?:\.\d+)*(?![a-z]))"
    r"|(?P<han>[\u3400-\u9fff]+)"
    r"|(?P<letters>[^\W\d_\u3400-\u9fff]+(?:['’][^\W\d_\u3400-\u9fff]+)*(?:\d+(?:\.\d+)?)?)"
    r"|(?P<sign>[^\s\w])"
)
_GROUPED = re.compile(r"(?<!\S)[(~≤<]?[1-9]\d{0,2}(?:[ .]\d{3})+(?![\w@])")
"""A number whose digits stand in groups."""
_INNER = re.compile(
    r"(?<=[=:;,(/→])(?=[A-Za-z])|(?<=[\u3400-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u3400-\u9fff])"
)
"""Places in a word where a model's name may begin or end."""
_INNER_DASH = re.compile(
    r"(?<=\w)[\u2012\u2013\u2212\ufe63](?=[^\W\d_])|(?<=[^\W\d_])[\u2012\u2013\u2212\ufe63](?=\w)"
    r"|(?<=\d)[\u2012\u2212](?=\d)"
)
"""Dashes and minus signs in the place of a hyphen, with a letter on one side."""
_LISTING = re.compile(r"(?<=\d)，(?=\d)")
"""A wide comma between digits, which parts two numbers."""
_HAN = re.compile(r"[\u3400-\u9fff]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_SIGNS = {"。": ".", "、": ",", "【": "[", "】": "]", "≔": "=", "∶": ":"}
"""Signs of other scripts, each with the one that it stands for; wide forms have one by themselves."""
_IGNORED = frozenset("-\u2010\u2011_\"'`*“”‘’«»")
LONGEST = 200
"""The first so many characters of a word are analysed, so that the caches of words stay small."""
_NEW_LINE: Atom = ("\n", ("\n",), None, 0)
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_MARK = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}$")
_SCALE = {"k": 1_000, "m": 1_000_000}
_EDGE = "([{<\"'`*“‘«"


@dataclass(slots=True)
class View:
    """A text cut into words and atoms.

    ``word_of[i]`` is the word that holds atom ``i``. ``first_atom[i]`` is the first atom of word ``i``.
    ``breaks[i]`` tells whether a new line starts before word ``i``. ``turns`` are the words that open a turn of
    dialogue. ``tails`` are the later words of model names; ``has_model`` tells whether there is such a name. ``shown``
    is what each word shows by itself. ``heading`` tells whether the text was a heading of Markdown. ``seen`` has the
    flags of all atoms.
    """

    words: list[str]
    breaks: list[bool]
    texts: list[str] = field(default_factory=list)
    keys: list[tuple[str, ...]] = field(default_factory=list)
    values: list[int | None] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    word_of: list[int] = field(default_factory=list)
    first_atom: list[int] = field(default_factory=list)
    turns: set[int] = field(default_factory=set)
    tails: set[int] = field(default_factory=set)
    has_model: bool = False
    shown: list[Word] = field(default_factory=list)
    heading: bool = False
    seen: int = 0


def fill(view: View) -> View:
    """Cut the view's words into atoms. A model's name is one atom, even if it spans several words."""
    breaks = view.breaks
    view.shown = [word_signs(word if len(word) < LONGEST else word[:LONGEST]) for word in view.words]
    words = [word if word.isascii() else latin(word) for word in view.words]
    mentions = _mentions(words)
    view.has_model = bool(mentions)
    all_atoms: list[Atom] = []
    first_atom, word_of = view.first_atom, view.word_of
    mention: Mention | None = None
    for index, whole in _grouped(words).items():
        words[index] = whole
    done = 0
    for index, word in enumerate(words):
        first_atom.append(done)
        if not word:  # its digits are in the atom of the word before
            view.tails.add(index)
            continue
        if breaks[index] and index:
            all_atoms.append(_NEW_LINE)
        mention = mentions.get(index, mention) if mentions else None
        if mention is None:
            all_atoms += cut(word[:LONGEST])
        else:
            mention = _mentioned(view, word, index, mention, all_atoms)
        word_of += [index] * (len(all_atoms) - done)
        done = len(all_atoms)
    first_atom.append(done)
    if all_atoms:
        view.texts, view.keys, view.values, view.flags = map(list, zip(*all_atoms, strict=True))
        view.seen = reduce(or_, view.flags)
        if view.seen & 16:
            _join_numbers(view)
    return view


def _grouped(words: Sequence[str]) -> dict[int, str]:
    """Words of numbers with blanks or stops between the digits ("38 912 tokens"): the first as the whole, others empty.

    Tokens follow, or three zeros stand behind a blank: "top 10 100 tasks" has two numbers.
    """
    found: dict[int, str] = {}
    for group in _GROUPED.finditer(" ".join(words)):
        first = group.string.count(" ", 0, group.start())
        after = first + group[0].count(" ") + 1
        follows = (atom for word in words[after : after + 1] for atom in cut(word[:LONGEST]))
        if ("." not in group[0] and group[0].endswith("000")) or any("<tok>" in keys for _, keys, _, _ in follows):
            found |= dict.fromkeys(range(first, after), "")
            found[first] = "".join(words[first:after]).replace(".", "")
    return found


def _mentions(words: Sequence[str]) -> dict[int, Mention]:
    """The first model that each word names, also one behind a sign ("judge=GPT-4o") or beside Chinese."""
    parts = [_parts(word) for word in words]
    if not any(parts):
        return {found.first: found for found in models_in(words)}
    pieces, places = [], []
    for index, word in enumerate(words):
        cuts = (0, *parts[index], len(word))
        for start, end in pairwise(cuts):
            pieces.append(word[start:end])
            places.append((index, start))
    mentions: dict[int, Mention] = {}
    done = -1
    for found in models_in(pieces):
        (first, begin), (last, end) = places[found.first], places[found.last]
        if first > done:
            mentions[first] = Mention(found.name, first, begin + found.start, last, end + found.end)
            done = last
    return mentions


@lru_cache(maxsize=32_768)
def _parts(word: str) -> tuple[int, ...]:
    """Where a model's name may begin inside a word."""
    if len(word) >= LONGEST:
        return ()
    return tuple(found.start() for found in _INNER.finditer(word) if found.start())


def _join_numbers(view: View) -> None:
    """Give the last word of a number in several words ("sixty-four") its value; the words before it are none."""
    keys, values, beginnings = view.keys, view.values, number_beginnings()
    at, size = 0, len(keys)
    while at + 1 < size:
        start, total = at, values[at]
        while total is not None and at + 1 < size and view.texts[at] in beginnings:
            more, most = values[at + 1], 10 if (values[at] or 0) < 100 else 100
            if more is None or view.texts[at + 1].isdigit() or not 0 < more < most:
                break
            total += more
            at += 1
        if at > start and total is not None:
            keys[start:at] = [(text,) for text in view.texts[start:at]]
            values[start:at] = [None] * (at - start)
            values[at] = total
        at += 1


@cache
def number_beginnings() -> frozenset[str]:
    """Words for 20, 30 … 100, after which a smaller number may go on."""
    values = spelling().numbers.values
    return frozenset(word for word, value in values.items() if value >= 20 and value % 10 == 0)


@lru_cache(maxsize=32_768)
def latin(word: str) -> str:
    """``word`` as it was meant: with Latin letters for those that look alike, plain digits, and hyphens within it.

    Each character stays one character, so that places in the word stay true.

    >>> latin("3−shоt"), latin("ｐａｓｓ＠１"), latin("размер")
    ('3-shot', 'pass@1', 'размер')
    """
    if len(word) > LONGEST:
        return word
    word = _LISTING.sub(";", word)
    plain = "".join(character if character.isascii() else _narrow(character) for character in word)
    plain = _INNER_DASH.sub("-", plain)
    return plain if plain.isascii() else _LETTERS.sub(_without_look_alikes, plain)


def _narrow(character: str) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    if unicodedata.decomposition(character).startswith(("<wide>", "<font>")):
        narrow = unicodedata.normalize("NFKC", character)
        return narrow if len(narrow) == 1 else character
    return character


def _without_look_alikes(run: re.Match[str]) -> str:
    """A run of letters of which only some are Latin, or of capitals of another script that are a word of notes."""
    letters, look_alikes = run[0], spelling().look_alikes.letters
    if letters.isascii() or not all(letter.isascii() or letter in look_alikes for letter in letters):
        return letters
    plain = "".join(look_alikes.get(letter, letter) for letter in letters)
    is_mixed = any(letter.isascii() for letter in letters)
    return plain if is_mixed or (not letters.islower() and plain.lower() in condition_trie()) else letters


def _mentioned(view: View, word: str, index: int, mention: Mention, into: list[Atom]) -> Mention | None:
    """Add the atoms of a word that belongs to a model's name. Returns the name if it goes on."""
    if index == mention.first:
        into += cut(word[: mention.start])
        into.append(_atom(mention.name, ("{model}",)))
    else:
        view.tails.add(index)
    if index < mention.last:
        return mention
    into += cut(word[mention.end : LONGEST])
    return None


@lru_cache(maxsize=32_768)
def cut(word: str) -> tuple[Atom, ...]:
    """The atoms of one word."""
    if word in ("-", "–", "—"):
        return (_atom("—", ("—", *classes().get("—", ()))),)
    if len(word) == LONGEST:  # no note has such a word, so it has no keys
        return (_atom(word.lower(), ()),)
    low = word.lower()
    if low[:1] == "<" and low[-1:] == ">":  # a tag states nothing
        return (_atom(low, (low,)),)
    atoms: list[Atom] = []
    lead = 0
    while lead < len(low) and low[lead] in _EDGE:
        if low[lead] not in _IGNORED:
            atoms.append(_atom(low[lead], (low[lead],)))
        lead += 1
    body_end = len(low)
    marked = _MARK.search(low)
    if marked and (marked.start() == 0 or marked.start() >= 3):
        body_end = marked.start()
    stopped = low[-1:] == "." and low[lead:-1] in spelling().abbreviations.words
    for match in _ATOM.finditer(low, lead, body_end - 1 if stopped else body_end):
        if match.lastgroup == "han":
            atoms += [_matched(piece, "letters") for piece in _han_words().findall(match[0])]
        elif match[0] not in _IGNORED:
            atoms.append(_matched(match[0], str(match.lastgroup)))
            if match.lastgroup == "number" and low[match.end() : match.end() + 1] == "-":
                atoms[-1] = _hyphened(atoms[-1])
    if body_end < len(low) and marked:
        atoms.append(_atom(marked[0], ("{mark}",), int(marked[0].translate(_SUPERSCRIPT))))
    return tuple(atoms)


def _hyphened(number: Atom) -> Atom:
    """A number behind which a hyphen stands ("5-attempts")."""
    text, keys, value, flags = number
    return _atom(text, (*keys, "{n-}"), value) if "{n}" in keys else (text, keys, value, flags)


@cache
def _han_words() -> re.Pattern[str]:
    """Finds the known words in a stretch of Chinese, the longest first, and else one character at a time."""
    known = (*spelling().others.words, *spelling().numbers.values)
    words = sorted((word for word in known if _HAN.fullmatch(word)), key=lambda word: (-len(word), word))
    return re.compile("|".join([*words, "."]))


def _matched(text: str, kind: str) -> Atom:
    """The atom for ``text``, which the group ``kind`` of the pattern matched."""
    if kind in ("number", "quantity"):
        return _number(text)
    if kind in ("date", "range", "version"):
        return _atom(text, (f"{{{kind}}}",))
    plain = text.replace("’", "'")
    keys = (plain, *classes().get(plain, ()))
    read = english(plain)
    if read != plain:
        keys = (*keys, read, *classes().get(read, ()))
    if plain.endswith("'s"):
        keys = (*keys, plain[:-2], *classes().get(plain[:-2], ()))  # "FastChat's judge" speaks of FastChat
    numbers = spelling().numbers.values
    value = numbers.get(plain, numbers.get(read))
    return _atom(plain, keys if value is None else (*keys, str(value), "{n}"), value)


def _atom(text: str, keys: tuple[str, ...], value: int | None = None) -> Atom:
    conditions, phrases = condition_trie(), sign_phrases()
    flags = 1 if any(key in conditions for key in keys) else 0
    flags |= 2 if any(key in phrases for key in keys) else 0
    flags |= 4 if any(key in any_order() for key in keys) else 0
    flags |= 8 if any(key in thing_words() for key in keys) else 0
    flags |= 16 if text in number_beginnings() else 0
    return text, keys, value, flags


def _number(text: str) -> Atom:
    body, scale = (text[:-1], _SCALE[text[-1]]) if text[-1] in _SCALE else (text, 1)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", body):
        body = body.replace(",", "")
    if len(body) > 12 or not body.isascii() or body.count(".") + body.count(",") > 1:
        return _atom(text, (text,))
    if scale > 1:
        return _atom(text, (text, "{q}"), round(float(body.replace(",", ".")) * scale))
    if body.isdigit():
        return _atom(text, (text, "{n}", "{q}"), int(body))
    return _atom(text, (text, "{decimal}"))
