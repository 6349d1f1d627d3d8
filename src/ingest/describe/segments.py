"""Cut a text where a note may end or a leak begin, and find the signs of each segment and of the border before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from ingest.describe.atoms import View
from ingest.describe.reading import CONDITION, Reading
from ingest.describe.signs import PARTING, Word, kinds, last_words
from ingest.describe.vocabulary import signs, weights

WITHIN = 4
"""At most so many words stand before the verb or noun that opens a statement on a benchmark."""
STATES = frozenset({"condition", "inner"})
SPOKEN = frozenset(("i", "we", "you", "polite", "refusal", "order", "says_ai", "asks_translation", "role"))
SPOKEN |= {"hole", "doubled", "pronoun_twice"}
"""Signs that a sentence is not a statement on the benchmark."""
RUNNING = frozenset(
    {"auxiliary", "clause", "pronoun", "article", "connective", "verb", "quantifier", "cyrillic", "narrated"}
)
"""Signs of running text. In a statement on the benchmark they have weights of their own."""
KNOWN = STATES | {"filler", "known_phrase", "own_name"}
"""Levels of words that the vocabulary of notes knows."""
_STRONG = frozenset({"mark", "role", "heading", "again", "item", "markup", "shape"})
"""Beginnings that count even if the vocabulary of notes knows the word."""
_WEAK, _PHRASES = frozenset({"item", "shape"}), STATES | {"known_phrase"}
"""Those of them that do not count within a phrase: "see footnote 3.", "up to 32K tokens);"."""
_LONG_BRACKET = 20
"""A bracket with more words than this is no part of a note."""


_ALWAYS = _STRONG | {"talk", "code"}
_OPENING = frozenset({"bracket", "known_bracket"})
_SCRIPTS = frozenset({"foreign", "script"})
_LENGTHS, _SENTENCES, _TEXTS = (
    tuple(sum(count > edge for edge in edges) for count in range(edges[-1] + 2))
    for edges in ((1, 2, 4, 8), (5, 12, 20), (6, 14, 30))
)
"""Of each number of words which length it is, for segments, sentences and texts: the longest from the last on."""
_CODE_WORDS = 3
_FAR = 25
"""Words before a segment that is far from the beginning, where notes seldom reach."""
_ACRONYM = range(2, 7)

_SEEN = (
    ("talk", frozenset({"i", "you", "polite", "refusal", "order", "says_ai", "asks_translation"})),
    ("verb", frozenset({"auxiliary", "auxiliary_about", "narrated"})),
    ("clause", frozenset({"pronoun", "clause", "connective", "verb"})),
    ("hole", frozenset({"hole", "doubled", "pronoun_twice"})),
    ("states", STATES),
    ("fits", KNOWN | {"field"}),
    ("spoken", SPOKEN),
    ("running", RUNNING),
    ("narrated", frozenset({"narrated"})),
    ("field", frozenset({"field"})),
)
"""What a sentence contains, by the signs of its words. The place in this table is the number of the bit."""
_ASSERTS = 0b110
_STATED, _FITTING, SPEAKS, _RUNS, _NARRATED, _FIELD, _UNKNOWN, _GOES_ON, _MORE, _TURN = (
    1 << place for place in range(4, 14)
)
"""Bits of a sentence: it contains a condition; a word of notes or of the field; a word that rules out a statement; a
word of running text; an unknown word. Text follows it; unknown text follows it; a speaker's turn comes next."""


@dataclass(slots=True, frozen=True, eq=False)
class WordSigns:
    """The signs of one or more words, each once, with their weights for about and leak.

    ``bits`` is what the words add to their sentence. ``told`` lists the kinds of leak that the signs are evidence of,
    each with its weight.
    """

    names: tuple[str, ...]
    bits: int
    about: float
    leak: float
    told: tuple[tuple[str, float], ...]

    @staticmethod
    def of(names: tuple[str, ...]) -> WordSigns:
        """The signs ``names`` with what they count."""
        table = weights().words
        found = [table[name] for name in names if name in table]
        told = tuple((kinds()[n], max(table[n][1], 0.0)) for n in names if n in kinds() and n in table)
        return WordSigns(names, _bits(names), sum(w[0] for w in found), sum(w[1] for w in found), told)


@lru_cache(maxsize=32_768)
def _together(one: WordSigns, other: WordSigns) -> WordSigns:
    """The signs of both, each once."""
    if set(other.names) <= set(one.names):
        return one
    return WordSigns.of(tuple(dict.fromkeys(one.names + other.names)))


@dataclass(slots=True, frozen=True, eq=False)
class BorderSigns:
    """Signs of a border, and their weights for going into a leak, out of one, and between note and about."""

    names: tuple[str, ...]
    into: float
    out: float
    turn: float

    @staticmethod
    def of(*names: str) -> BorderSigns:
        """The signs ``names`` with what they count."""
        table = weights().borders
        found = [table[name] for name in names if name in table]
        return BorderSigns(names, sum(w[0] for w in found), sum(w[1] for w in found), sum(w[2] for w in found))


class Segment(NamedTuple):
    """Words ``start`` to ``end`` with their signs, those of their place, and those of the border before them.

    ``after`` has the border's signs of what follows it, ``before`` of what precedes it.
    """

    start: int
    end: int
    words: WordSigns
    place: WordSigns
    after: BorderSigns
    before: BorderSigns

    @property
    def names(self) -> tuple[str, ...]:
        """The signs of the segment."""
        return self.words.names + self.place.names

    @property
    def border(self) -> tuple[str, ...]:
        """The signs of the border before it."""
        return self.after.names + self.before.names


class Context(NamedTuple):
    """The text that is cut. For each word: what it shows, what the vocabulary knows it as, whether a sentence ends."""

    view: View
    reading: Reading
    shown: list[Word]
    levels: list[str]
    ends: list[bool]
    signs_of: list[WordSigns]


def segments(text: Context) -> list[Segment]:
    """The segments of a text, each with its signs and those of the border before it.

    They are cut where the grammar of notes lets a note end or a leak begin: behind a stop, a comma or a phrase, before
    a capital letter, a speaker, markup or another script, never within a phrase, a name, a short bracket or behind a
    word that needs another.
    """
    inside = _inside_brackets(text.view)
    begins = [_begins(*word) for word in zip(text.shown, text.levels, text.signs_of, strict=True)]
    if "item" in begins:
        _drop_lone_numbers(text.view, begins)
    starts = _starts(text, begins, inside)
    sentences = _sentences(text)
    borders = _borders(text, begins, starts, inside, sentences)
    found: list[Segment] = []
    for start, end, place, (after, before) in zip(
        starts, [*starts[1:], len(begins)], _places(text, begins, starts, sentences), borders, strict=True
    ):
        own = text.signs_of[start]
        for other in text.signs_of[start + 1 : end]:
            if other is not own:
                own = _together(own, other)
        found.append(Segment(start, end, own, place, after, before))
    return found


def _drop_lone_numbers(view: View, begins: list[str]) -> None:
    """Let a number be no item where no list of them began: "proofs in Lean 4."."""
    last = 0
    for index in [at for at, begin in enumerate(begins) if begin == "item"]:
        first, after = view.first_atom[index : index + 2]
        number = next((value for value in view.values[first:after] if value is not None), None)  # a bullet has none
        if number is not None and number > last + 1 and not view.breaks[index]:
            begins[index] = "digit"
        else:
            last = number or last


def _starts(text: Context, begins: list[str], inside: list[bool]) -> list[int]:
    """The words with which a segment begins."""
    view, reading, shown, levels = text[:4]
    words, breaks, turns, tails, first_atom, spans = (
        view.words,
        view.breaks,
        view.turns,
        view.tails,
        view.first_atom,
        reading.spans,
    )
    glossed = {view.word_of[start] for start, _ in reading.glosses}
    known = [level in KNOWN for level in levels]
    last, size = last_words(), len(spans)
    found = [0]
    for index in range(1, len(words)):
        begin, before, word = begins[index], shown[index - 1], words[index]
        opens = breaks[index] or index in turns
        if index in glossed and word[0] == "(" and not (opens or before.ends or index - 1 in turns):
            continue
        apart = begin in _ALWAYS and (begin != begins[index - 1] or begin == "item")
        if opens or apart or expands(words, index):
            found.append(index)
            continue
        atom = first_atom[index]
        edge = 0 < atom < size and spans[atom - 1] != spans[atom]
        phrase = index in tails or (0 < atom < size and not edge and spans[atom] > 0)
        if inside[index] or (phrase and not ("@" in words[index - 1] and word[0].isalpha())):
            continue
        parted = before.ends or word in PARTING or begin in _OPENING or (begin in _SCRIPTS and before.begins != begin)
        number = first_atom[index - 1] == atom - 1 and view.values[atom - 1] is not None
        counted = number and word[0].islower()  # "over eight spoken sets"
        new = not counted and (edge or word[0].isupper() or known[index] != known[index - 1])
        if parted or (new and before.plain not in last):
            found.append(index)
    return found


def expands(words: Sequence[str], index: int) -> bool:
    """Whether words from ``index`` on spell out the short form before them: "mAP Mean average precision"."""
    forms = _short_forms(words[index - 1])
    if not forms or forms[0][0] != words[index][0].lower():
        return False
    initials = "".join(word[0].lower() for word in words[index : index + 8])
    return any(_spelt(form, initials) for form in forms)


@lru_cache(maxsize=32_768)
def _short_forms(word: str) -> tuple[str, ...]:
    """The letters that the long form of a short one begins its words with: all of them, or its capitals."""
    short = word.strip("*_#(),.:;0123456789@-")
    if len(short) not in _ACRONYM or short[1:].islower() or not short.isalpha():
        return ()
    capitals = "".join(letter for letter in short if letter.isupper()).lower()
    return (short.lower(), capitals) if len(capitals) > 1 else (short.lower(),)


def _spelt(letters: str, initials: str) -> bool:
    """Whether ``letters`` stand in ``initials`` in order, with at most one between two of them."""
    at = 0
    for letter in letters:
        place = initials.find(letter, at)
        if not at <= place <= at + 1:
            return False
        at = place + 1
    return True


def _places(text: Context, begins: list[str], starts: list[int], sentences: list[_Sentence]) -> list[WordSigns]:
    """What each segment shows by its length, its place in sentence and text, and what was said before it."""
    view = text.view
    words, texts, first_atom = view.words, view.texts, view.first_atom
    size = len(begins)
    spoken = min((turn for turn in view.turns if turn), default=size)
    of_text = f"first_text_{min(sentences[spoken - 1].number + 1, 3)}_{_bucket(spoken, _TEXTS)}"
    restating, defining = _restating(text, sentences)
    headed, aside = _end_of_heading(text), _end_of_aside(text)
    coded = sum(word.coded for word in text.shown) >= _CODE_WORDS  # one may be the name of a function in a note
    heard: set[str] = set()
    found: list[WordSigns] = []
    so_far, before = 0, sentences[0]
    for start, end in zip(starts, [*starts[1:], size], strict=True):
        sentence = sentences[start]
        if sentence is not before:
            before, so_far = sentence, 0
        then = "ends_text"
        if end < size:
            then = f"then_{begins[end]}" if sentences[end] is sentence and end not in view.turns else ""
        own = {text for text in texts[first_atom[start] : first_atom[end]] if len(text) > 1 or text.isalnum()}
        marks = (
            ("coded", coded),
            ("headed", start < headed),
            ("aside", start < aside),
            (
                "bare_talk",
                not start and then == "then_talk" and not any(own.bits & _STATED for own in text.signs_of[:end]),
            ),
            ("far", start > _FAR),
            ("restates", start and restating and not restating.isdisjoint(range(start, end))),
            ("defines", start and defining and not defining.isdisjoint(range(start, end))),
            ("all_said", start and own and own <= heard),
            ("expands", start and expands(words, start)),
            ("so_far_states", so_far & _STATED),
            ("so_far_running", so_far & _RUNS),
            ("so_far_spoken", so_far & SPEAKS),
        )
        # in a script without blanks, two letters count as a word
        length = sum(map(len, words[start:end])) // 2 if begins[start] == "script" else end - start
        marked = tuple([name for name, holds in marks if holds])
        of_first = "" if sentence.number else of_text
        found.append(_place(_bucket(length, _LENGTHS), min(sentence.number, 2), then, of_first, sentence.shows, marked))
        heard |= own
        for own_signs in text.signs_of[start:end]:
            so_far |= own_signs.bits
    return found


def _restating(text: Context, sentences: list[_Sentence]) -> tuple[set[int], set[int]]:
    """The words with which the text states again what it has stated, and those that name a metric again in a sentence
    with a verb ("Word error rate counts …")."""
    found: set[int] = set()
    defining: set[int] = set()
    if len(text.reading.found) > 1:
        said: set[tuple[str, object]] = set()
        metric = -1
        for item in sorted(text.reading.found, key=lambda item: item.start):
            word = text.view.word_of[item.start]
            if (item.column, item.value) in said:
                found.add(word)
            said.add((item.column, item.value))
            if item.column == "metric":
                if metric >= 0 and sentences[word].asserts and item.start > metric:
                    defining.add(word)
                metric = item.end
    return found, defining


def _end_of_heading(text: Context) -> int:
    """The word after the heading that opens the text; 0 if none does, or if it states a condition."""
    view, size = text.view, len(text.shown)
    if not view.heading:
        return 0
    end = next((at for at in range(1, size) if view.breaks[at] or view.words[at].startswith("#")), size)
    return 0 if any(own.bits & _STATED for own in text.signs_of[:end]) else end


def _end_of_aside(text: Context) -> int:
    """The word after what opens the text in brackets or stars and states nothing: "(sighs)", "*clears throat*"."""
    words = text.view.words
    sign = words[0][:1]
    closing = {"(": ")", "*": "*"}.get(sign)
    if closing is None or words[0].startswith("**"):
        return 0
    end = next((at for at, word in enumerate(words[:_LONG_BRACKET], 1) if word[1:].endswith(closing)), 0)
    return 0 if any(own.bits & _STATED for own in text.signs_of[:end]) else end


def _bucket(count: int, lengths: tuple[int, ...]) -> int:
    return lengths[count] if count < len(lengths) else lengths[-1]


class _Sentence(NamedTuple):
    """A sentence: its number, its signs as a whole, and whether it has a verb."""

    number: int
    shows: tuple[str, ...]
    asserts: bool


def _sentences(text: Context) -> list[_Sentence]:
    """The sentence of each word."""
    found: list[_Sentence] = []
    bits, number = 0, 0
    for index, (own, is_end) in enumerate(zip(text.signs_of, text.ends, strict=True), 1):
        bits |= own.bits
        if is_end:
            length, first = index - len(found), text.signs_of[len(found)].names[:1]
            shows = _shows(bits, _bucket(length, _SENTENCES), first, text.view.words[index - 1][-1:])
            found += [_Sentence(number, shows, bool(bits & (_ASSERTS | _NARRATED)))] * length
            bits, number = 0, number + 1
    return found


@lru_cache(maxsize=16_384)
def _shows(bits: int, length: int, first: tuple[str, ...], last: str) -> tuple[str, ...]:
    """The signs of a sentence: its length, what it has a verb and a word of, how it begins and ends."""
    verb = "narrates" if bits & _NARRATED else "asserts" if bits & _ASSERTS else "names"
    about = "run" if bits & _STATED else "field" if bits & _FIELD else "other"
    end = "stop" if last in ".!" else "asks" if last == "?" else "open"
    opens = first[0] if first else "plain"
    return (f"slen_{length}", f"s_{verb}_{about}", f"s_{verb}_{end}", f"s_{about}_{end}", f"s_opens_{opens}")


@lru_cache(maxsize=16_384)
def _place(  # noqa: PLR0917 -- cached, which keywords make slow
    length: int, sentence: int, then: str, of_text: str, of_sentence: tuple[str, ...], marked: tuple[str, ...]
) -> WordSigns:
    names = (f"len_{length}", f"sentence_{sentence}", *of_sentence, then, of_text, *marked)
    return WordSigns.of(tuple([name for name in names if name]))


def _borders(
    text: Context, begins: list[str], starts: list[int], inside: list[bool], sentences: list[_Sentence]
) -> list[tuple[BorderSigns, BorderSigns]]:
    """The signs of the border before each segment: first of what follows it, then of what precedes it."""
    view, reading, shown, levels, ends, signs_of = text
    ahead, near = _ahead(view, ends, signs_of), _near_openers(shown)
    states = next((atom for atom, level in enumerate(reading.levels) if level == CONDITION), len(reading.levels))
    spans, last = reading.spans, last_words()
    found: list[tuple[BorderSigns, BorderSigns]] = []
    for index in starts:
        begin, (seen, words) = begins[index], ahead[index]
        opens = not index or begin == "role" or view.breaks[index] or shown[index - 1].ends == "stop"
        what = _what_follows(begin, seen, words, near[index], opens)
        if not index:
            found.append((what, _at_start()))
            continue
        atom, before, level = view.first_atom[index], shown[index - 1], levels[index - 1]
        closes = not inside[index] and begin in _OPENING and index + 1 < len(inside) and inside[index + 1]
        marks = (
            ("after_function_word", not before.ends and before.plain in last),
            ("after_first_word", index == 1 and level == "unknown"),
            ("in_bracket", inside[index]),
            ("bracket_closes", closes),
            ("inside_phrase", index in view.tails or (0 < atom < len(spans) and 0 < spans[atom - 1] == spans[atom])),
        )
        marked = tuple([name for name, holds in marks if holds])
        after = before.ends or ("condition" if level == "inner" else level if level in KNOWN else "unknown")
        after = "line" if view.breaks[index] else after
        behind, mid = min(sentences[index].number, 2), not opens and before.ends != "colon"
        found.append((what, _before_signs(after, begin, atom > states, mid, behind, marked)))
    return found


@cache
def _at_start() -> BorderSigns:
    return BorderSigns.of("at_start")


def _near_openers(shown: list[Word]) -> list[str]:
    """For each word, whether a statement on the benchmark opens with it or soon after it."""
    opening = signs().openers.words
    found, since = [""] * len(shown), WITHIN + 1
    for index in range(len(shown) - 1, -1, -1):
        since = 0 if shown[index].plain in opening else since + 1
        if since <= WITHIN:
            found[index] = "near_about" if since else "opens_about"
    return found


@lru_cache(maxsize=16_384)
def _what_follows(begins: str, seen: int, words: int, near: str, opens: bool) -> BorderSigns:
    """The signs of the text after a border."""
    rest = _rest_signs(seen, words, "sentence" if opens else "rest")
    return BorderSigns.of(f"to_{begins}", *rest, *((near,) if near else ()))


@lru_cache(maxsize=16_384)
def _begins(word: Word, level: str, own: WordSigns) -> str:
    """How the text after the border begins."""
    strong = next((name for name in ("mark_phrase", "role", "heading", "again") if name in own.names), None)
    begins = strong.removesuffix("_phrase") if strong else word.begins
    if level in KNOWN and (begins not in _STRONG or (begins in _WEAK and level in _PHRASES)):
        return "known_bracket" if begins == "bracket" else level
    return begins


@lru_cache(maxsize=16_384)
def _before_signs(  # noqa: PLR0917 -- cached, which keywords make slow
    after: str, begins: str, stated: bool, mid: bool, sentences: int, marked: tuple[str, ...]
) -> BorderSigns:
    """How the text before the border ends, and where the border stands."""
    where = ("stated" if stated else "unstated", f"behind_{sentences}", *(("mid_sentence",) if mid else ()))
    return BorderSigns.of("border", f"after_{after}", f"after_{after}_to_{begins}", *where, *marked)


@lru_cache(maxsize=4_096)
def _rest_signs(seen: int, words: int, what: str) -> tuple[str, ...]:
    """The signs of the rest of a sentence. ``what`` is ``sentence`` if the border opens one, else ``rest``."""
    found = [
        f"{what}_{name}"
        for place, (name, _) in enumerate(_SEEN)
        if seen & 1 << place and name not in ("fits", "spoken", "running", "field")
    ]
    if seen & _STATED and not seen & _UNKNOWN:
        found.append(f"{what}_is_note")
    if not seen & _FITTING and words == WITHIN:
        found.append(f"{what}_apart")
    if words < WITHIN:
        found.append("stop_soon" if seen & _GOES_ON else f"{what}_short")
    if seen & _TURN:
        found.append(f"{what}_before_turn")
    if seen & _STATED and not seen & (_UNKNOWN | _MORE):
        found.append("note_to_the_end")
    return tuple(found)


def _ahead(view: View, ends: list[bool], signs_of: list[WordSigns]) -> list[tuple[int, int]]:
    """For each word, what its sentence contains from there on, as bits, and how many words, at most :data:`WITHIN`."""
    size = len(ends)
    found = [(0, 0)] * size
    seen, words = 0, 0
    for index in range(size - 1, -1, -1):
        if ends[index]:
            more = _MORE if seen & (_UNKNOWN | _MORE) else 0
            turn = _TURN if index + 1 in view.turns else 0
            seen, words = (_GOES_ON if index + 1 < size else 0) | more | turn, 0
        seen |= signs_of[index].bits
        words += words < WITHIN
        found[index] = (seen, words)
    return found


def _bits(names: tuple[str, ...]) -> int:
    """What a word with these signs adds to its sentence, as bits."""
    bits = 0 if not KNOWN.isdisjoint(names) else _UNKNOWN
    for place, (_, group) in enumerate(_SEEN):
        if not group.isdisjoint(names):
            bits |= 1 << place
    return bits


def _inside_brackets(view: View) -> list[bool]:
    """For each word, whether it stands in a short bracket that an earlier word opens."""
    words = view.words
    inside = [False] * len(words)
    opened = -1
    for index, word in enumerate(words):
        if opened >= 0 and index - opened > _LONG_BRACKET:
            opened = -1
        if opened >= 0 and word.count(")") > word.count("("):
            inside[opened + 1 : index + 1] = [True] * (index - opened)
            opened = -1
        elif word.count("(") > word.count(")"):
            opened = index
    return inside
