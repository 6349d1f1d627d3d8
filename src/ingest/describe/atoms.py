"""From a text to words and atoms: what phrases are matched against.

A word is what stands between white space, with its place in the text as it was given. An atom is a lower-case
word without hyphens and underscores, a number, a sign or the name of a model; each carries the keys under
which a phrase may ask for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from ingest.describe.vocabulary import classes, condition_trie, models, sign_phrases, spelling

Atom = tuple[str, tuple[str, ...], int | None, int]
"""Text, keys, the value of a number, and flags.

The flags: a condition (1) or a phrase of leaked text (2) can start here.
"""

SEPARATORS = frozenset(",;:()[].!?|•–—\n{}…")
_ATOM = re.compile(
    r"(?P<date>\d{1,4}[/.]\d{1,2}[/.]\d{2,4}(?:[-–—]\d{1,4}[/.]\d{1,2}[/.]\d{2,4})?)"
    r"|(?P<short>w/o(?![a-z])|w/|n/a(?![a-z]))"
    r"|(?P<range>\d+[-–—]\d+(?![\w@]))"
    r"|(?P<quantity>\d+(?:[.,]\d+)*[km](?![a-z0-9]))"
    r"|(?P<number>\d+(?:[.,]\d+)*)"
    r"|(?P<version>v\d+(?:\.\d+)*(?![a-z]))"
    r"|(?P<letters>[^\W\d_]+(?:['’][^\W\d_]+)*(?:\d+(?:\.\d+)?)?)"
    r"|(?P<sign>[^\s\w])"
)
_IGNORED = frozenset("-_\"'`*“”‘’«»")
LONGEST = 200
"""Characters of a word that are looked at, so that what is remembered of words stays small."""
_NEW_LINE: Atom = ("\n", ("\n",), None, 0)
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_MARK = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}$")
_SCALE = {"k": 1_000, "m": 1_000_000}
_EDGE = "([{<\"'`*“‘«"


@dataclass(slots=True)
class View:
    """A text cut into words and atoms. ``word_of[i]`` is the word that atom ``i`` stands in.

    ``breaks[i]`` tells whether a new line starts before word ``i``. ``turns`` are the words that
    open a turn of dialogue;
    ``tails`` those that go on with a model's name.
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


def fill(view: View) -> View:
    """Cuts the view's words into atoms; names of models that span words become one atom."""
    first_atom, breaks = view.first_atom, view.breaks
    all_atoms: list[Atom] = []
    open_model = False
    for index, word in enumerate(view.words):
        first_atom.append(len(all_atoms))
        atoms, continues = cut(word[:LONGEST])
        if open_model and atoms:
            joined = _continue_model(all_atoms, word, atoms)
            if joined is not None:
                view.tails.add(index)
                all_atoms += joined
                open_model = not joined
                continue
        if index and breaks[index]:
            all_atoms.append(_NEW_LINE)
        all_atoms += atoms
        open_model = continues
    first_atom.append(len(all_atoms))
    if all_atoms:
        view.texts, view.keys, view.values, view.flags = map(list, zip(*all_atoms, strict=True))
    for index, first in enumerate(first_atom[:-1]):
        view.word_of += [index] * (first_atom[index + 1] - first)
    return view


def _continue_model(before: list[Atom], word: str, atoms: tuple[Atom, ...]) -> list[Atom] | None:
    """Joins ``word`` to the model's name that ends ``before`` where it goes on with it; the signs after it."""
    name = before[-1][0]
    if f"{name.lower()} {atoms[0][0]}" in _models().not_models:  # "Claude Code" is a program
        lowered = name.lower()
        before[-1] = _atom(lowered, (lowered, *classes().get(lowered, ())))
        return None
    core = word.strip(",.;:)]\"'")
    if not is_tail(core, name):
        return None
    before[-1] = (f"{name} {core}", *before[-1][1:])
    return [atom for atom in cut(word[len(core) :] or " ")[0] if atom[0] in SEPARATORS]


@lru_cache(maxsize=32_768)
def cut(word: str) -> tuple[tuple[Atom, ...], bool]:  # noqa: PLR0912 -- one branch for each kind of atom
    """The atoms of one word, and whether it ends in the name of a model that may go on in the next."""
    if word in ("-", "–", "—"):
        return (_atom("—", ("—", *classes().get("—", ()))),), False
    if len(word) == LONGEST:  # no word of a note: matched against nothing
        return (_atom(word[:200].lower(), ()),), False
    low = word.lower()
    atoms: list[Atom] = []
    lead = 0
    while lead < len(low) and low[lead] in _EDGE:
        if low[lead] not in _IGNORED:
            atoms.append(_atom(low[lead], (low[lead],)))
        lead += 1
    position, continues = lead, False
    model = _models().pattern.match(low, lead)
    if model and model.end() > lead:
        name = word[lead : model.end()].rstrip("-_.")
        if _is_model(name.lower()):
            position = lead + len(name)
            atoms.append(_atom(name, ("{model}",)))
            continues = position == len(low)
    body_end = len(low)
    marked = _MARK.search(low)
    if marked and (marked.start() == 0 or marked.start() >= 3):
        body_end = marked.start()
    stopped = low[-1:] == "." and low[lead:-1] in _abbreviations()
    for match in _ATOM.finditer(low, position, body_end - 1 if stopped else body_end):
        text = match[0]
        kind = match.lastgroup
        if kind == "sign":
            if text in _IGNORED:
                continue
            atoms.append(_atom(text, (text, *classes().get(text, ()))))
        elif kind in ("number", "quantity"):
            atoms.append(_number(text))
        elif kind in ("date", "range", "version"):
            atoms.append(_atom(text, (f"{{{kind}}}",)))
        else:
            plain = text.replace("’", "'")
            keys = (plain, *classes().get(plain, ()))
            if plain.endswith("'s"):
                keys = (*keys, plain[:-2])  # "FastChat's judge" speaks of FastChat
            value = _numbers().get(plain)
            atoms.append(_atom(plain, keys if value is None else (*keys, "{n}"), value))
    if body_end < len(low) and marked:
        atoms.append(_atom(marked[0], ("{mark}",), int(marked[0].translate(_SUPERSCRIPT))))
    return tuple(atoms), continues


def is_tail(word: str, model: str) -> bool:
    """Whether ``word`` goes on with the name ``model``: "Sonnet", "3.7" (once), "405B"."""
    low = word.lower()
    if low in _models().tails or re.fullmatch(r"(?:\d{1,4}x)?\d{1,4}(?:\.\d)?b(?:-\w{1,20})?", low):
        return True
    if any(c.isdigit() for c in model):
        return False
    return bool(re.fullmatch(r"v?\d{1,2}(?:\.\d{1,2})?[a-z]{0,2}(?:-(?:mini|nano|pro|turbo|flash|high))?", low))


def _atom(text: str, keys: tuple[str, ...], value: int | None = None) -> Atom:
    conditions, phrases = condition_trie(), sign_phrases()
    flags = 1 if any(key in conditions for key in keys) else 0
    flags |= 2 if any(key in phrases for key in keys) else 0
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


@dataclass(slots=True, frozen=True)
class _Models:
    pattern: re.Pattern[str]
    exact: frozenset[str]
    families: frozenset[str]
    versioned: frozenset[str]
    tails: frozenset[str]
    not_models: frozenset[str]


@cache
def _models() -> _Models:
    data = models()
    free = [word for group in data.families if not group.needs_version for word in group.words]
    versioned = [word for group in data.families if group.needs_version for word in group.words]
    exact, tails = data.exact.words, data.tails.words

    def either(words: Sequence[str]) -> str:
        return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))

    tail = rf"(?:[-_.]?(?:{either(tails)})(?![a-z])|[-_.]?[a-z]?\d{{1,4}}(?:\.\d{{1,3}})*[a-z]{{0,2}}(?![a-z]))"
    heads = (
        rf"(?:{either(free)})(?![a-z])",
        rf"(?:{either(versioned)})[-_.]?\d(?:\.?\d){{0,3}}",
        rf"(?:{either(exact)})(?![a-z0-9.]\w)",
    )
    pattern = re.compile(rf"(?:{'|'.join(heads)}){tail}{{0,8}}(?![a-z0-9])")
    return _Models(
        pattern,
        frozenset(exact),
        frozenset(free),
        frozenset(versioned),
        frozenset(tails),
        frozenset(data.not_models.words),
    )


def _is_model(name: str) -> bool:
    return name.replace("-", " ") not in _models().not_models


@cache
def _numbers() -> dict[str, int]:
    return spelling().numbers.values


@cache
def _abbreviations() -> frozenset[str]:
    return frozenset(spelling().abbreviations.words)
