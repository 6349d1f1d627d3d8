"""Finds leaked text: every detector weighs words, and a stretch is cut where the weights outdo its borders.

A weight above 0 speaks for leaked text, one below 0 for a note. The cut is the stretch with the highest sum of
weights less the cost of its two borders (the maximum-sum subarray, in one pass): leaked text may stand after
the note, before it or inside it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate
from operator import eq

from ingest.describe.atoms import LONGEST, SEPARATORS, View
from ingest.describe.conditions import BENCHMARK, CONDITION, FILLER, UNKNOWN, Reading
from ingest.describe.tables import grading_pattern, tables
from ingest.describe.traits import DASHES, EDGES, RECORDS, Traits, traits
from ingest.describe.vocabulary import leak_phrases as phrases
from ingest.describe.vocabulary import leak_seconds, longest

_HANGING = frozenset(
    {
        "-",
        "–",
        "—",
        "(",
        "[",
        "{",
        "|",
        ":",
        ";",
        "•",
        "*",
        "**",
        "->",
        "→",
        "=",
        '"',
        ">",
        ">>",
        "---",
        "***",
        "#",
        "##",
        "###",
    }
)
_PARTING = DASHES | {"|", "...", "…", "/", "•"}
"""Signs between blanks that part a text from another."""
_I = frozenset({"i", "i'm", "i'll", "i've", "i'd", "my", "me", "myself"})
_TOO_OFTEN = 3
_LIST_OF_DASHES = 2
"""So many dashes between blanks are a list: one may part a note."""
_QUIET = SEPARATORS - {"!", "?", "•", "{", "}"}
_MAY_BE_ABOUT = frozenset({"running_text", "headings", "benchmark_essay", "worked_problem", "translation_request"})
_SOFT = frozenset({"running_text", "headings", "benchmark_essay"})
_DECISIVE, _CERTAIN = 4.0, 10.0
"""Weight of other than running text, or gain of any kind, from which a whole text can be leaked (held on
seen.yaml: sentences on what a benchmark tests stay below both)."""
_STRANGE = 0.6
"""Sum of the strange words with which a later sentence still says what a benchmark tests."""
_FOREIGN = 0.35
"""Weight from which a word with a capital in mid-sentence is the first of another text."""
_SENTENCE, _APART = 4, 1.0
"""Words, and the sum of their weights, from which a stretch without a word of the field counts as a sentence."""
_NAMED = 2.0
"""Weight from which a detector names a cut."""
_OWN = 1.2
"""Weight that a sentence with a word of the field must have of its own, to go at the head of a leak."""
_RARE = 2
"""Words in a row that no list knows, beyond which they are another tongue or no words at all."""
_FITS = -0.45
"""Weight of a sentence that surely is of the field."""
_WEAK = 0.7
"""Weight of words that fluent sentences of any kind hold: articles, "each", "all"."""
_SOME, _MUCH = 1.0, 10.0
"""What a first sentence must hold, of other than running text or of any kind, to go with the leak behind it."""
_COLON_LIKE = frozenset({":", "：", ">", "—", ">>", "->", "=>", "=", "|"})


@dataclass(slots=True)
class Evidence:
    """The weight of each word, what each detector gave to which word, and words that surely open or close a leak.

    Up to word ``apart_until`` no sentence has anything to do with notes.
    """

    weights: list[float]
    given: list[tuple[int, str, float]] = field(default_factory=list)
    opens: set[int] = field(default_factory=set)
    closes: set[int] = field(default_factory=set)
    headings: set[int] = field(default_factory=set)
    apart_until: int = 0

    def add(self, word: int, weight: float, kind: str) -> None:
        """Adds ``weight`` to one word in the name of detector ``kind``."""
        self.weights[word] += weight
        self.given.append((word, kind, weight))


@dataclass(slots=True, frozen=True)
class Cut:
    """Words ``start`` to ``end`` are leaked text; ``kinds`` are its detectors, the weightiest first.

    ``last`` tells that no word outside it gives any reason to look for another leak.
    """

    start: int
    end: int
    kinds: tuple[str, ...]
    margin: float
    last: bool = False


def find_cut(view: View, reading: Reading) -> Cut | None:
    """The stretch of words that most clearly is leaked text, or None where nothing is."""
    if _all_known(view, reading):
        return None
    shown = [traits(word[:LONGEST]) for word in view.words]
    opened = _turn_behind_note(view, reading)
    evidence = weigh(view, reading, shown, told=opened > 0)
    if opened:
        gain = sum(evidence.weights[opened:]) - tables().borders["turn"]
        return _cut(view, reading, evidence, (opened, len(shown)), gain)
    if sum(weight for weight in evidence.weights if weight > 0.0) <= tables().cheapest and not (
        view.turns or evidence.opens
    ):
        return None
    return _best_stretch(view, reading, evidence, shown)


def _turn_behind_note(view: View, reading: Reading) -> int:
    """The first speaker's turn, where nothing but a note stands before it and no condition behind it; else 0.

    All behind it is leaked text then, and no border needs to be weighed.
    """
    if not view.turns:
        return 0
    turn = min(view.turns)
    atom = view.first_atom[turn]
    levels, texts = reading.levels, view.texts
    if CONDITION in levels[atom:] or view.turns[turn] < _DECISIVE:
        return 0
    for before in range(atom):
        if levels[before] == UNKNOWN and texts[before] not in _QUIET:
            return 0
    note = view.words[:turn]
    return turn if len(set(note)) == turn else 0  # a note said again is a leak too


def _all_known(view: View, reading: Reading) -> bool:
    """Whether the text is nothing but a note, so that no detector can have anything to say."""
    for level, text, value in zip(reading.levels, view.texts, view.values, strict=True):
        if level != CONDITION and text not in _QUIET and (level == UNKNOWN or value is not None):
            return False
    return len(set(view.words)) == len(view.words)


def weigh(view: View, reading: Reading, shown: list[Traits], *, told: bool = False) -> Evidence:
    """The evidence of all detectors on every word of ``view``.

    ``told`` says that the border of the leak is known: then only those are asked that tell its kind.
    """
    evidence = Evidence(unfit(view, reading, shown))
    special = [index for index, trait in enumerate(shown) if trait.special]
    note_words(view, reading, evidence)
    leak_words(view, reading, evidence)
    leak_phrases(view, reading, evidence)
    first_person(evidence, shown)
    if special:
        dialogue(view, reading, evidence, shown, special)
        enumeration(view, reading, evidence, shown, special)
        signs(view, reading, evidence, shown, special)
        if any(shown[index].graded for index in special):
            grading_marks(view, evidence)
    cut_off(view, reading, evidence)
    if told:
        return evidence
    repetition(evidence, shown)
    apart(view, evidence, shown)
    behind_note(view, reading, evidence)
    about_sentence(view, reading, evidence, shown)
    return evidence


def unfit(view: View, reading: Reading, shown: list[Traits]) -> list[float]:
    """How far each unknown word lies from what notes and benchmarks speak of."""
    levels = reading.levels
    size = len(levels)
    return [
        trait.strange if first < size and levels[first] == UNKNOWN else 0.0
        for trait, first in zip(shown, view.first_atom, strict=False)
    ]


def apart(view: View, evidence: Evidence, shown: list[Traits]) -> None:
    """A stretch between stops, lines or dashes without one word of notes or of the field: they do not go together."""
    data, weights, size = tables(), evidence.weights, len(shown)
    extra, verb, rare = data.apart, data.title[1], 0
    breaks, turns, words = view.breaks, view.turns, view.words
    broken = True in breaks or bool(turns)
    begin, total, fits, leading, verbal = 0, 0.0, False, True, 0.0
    for index, trait in enumerate(shown):
        weight, strange = weights[index], trait.strange
        if trait.rare and weight == strange:
            rare += 1
            if rare > _RARE:
                weights[index] = weight = weight + data.rare
        else:
            rare = 0
        total += weight
        if weight < 0.0 or strange < 0.0:
            fits = True
        if trait.verbal:
            verbal += weight
        elif weight > strange:
            verbal += weight - strange
        after = index + 1
        if not (trait.ends or broken or after == size):
            continue
        if not (trait.sentence_end or after == size or breaks[after] or after in turns or words[index] in _PARTING):
            continue
        if verbal < verb:
            _as_title(weights, shown, begin, after)
        alien = verbal >= verb and not fits and total >= _APART
        if alien and after - begin >= _SENTENCE:
            weights[begin] += extra
        leading = leading and alien
        if leading:
            evidence.apart_until = after
        begin, total, fits, verbal = after, 0.0, False, 0.0


def _as_title(weights: list[float], shown: list[Traits], begin: int, end: int) -> None:
    """Lets words ``begin`` to ``end`` weigh less: without a verb they may be what a benchmark is about."""
    taken = 1.0 - tables().title[0]
    for word in range(begin, end):
        if (strange := shown[word].strange) > 0.0 and weights[word] >= strange:
            weights[word] -= taken * strange


def behind_note(view: View, reading: Reading, evidence: Evidence) -> None:
    """A whole note, and behind it not one word of notes or of the field."""
    levels, weights, texts = reading.levels, evidence.weights, view.texts
    size, atom, stated = len(levels), 0, False
    while atom < size and (levels[atom] != UNKNOWN or texts[atom] in SEPARATORS):
        stated = stated or levels[atom] == CONDITION
        atom += 1
    if not stated or atom == size:
        return
    start = view.word_of[atom]
    rest = weights[start:]
    if len(rest) >= _SENTENCE and min(rest) >= 0.0 and sum(rest) >= _APART:
        weights[start] += tables().behind


def note_words(view: View, reading: Reading, evidence: Evidence) -> None:
    """Words that belong to method notes speak against a leak."""
    weights, data = evidence.weights, tables()
    previous = UNKNOWN
    for atom, level in enumerate(reading.levels):
        if level == UNKNOWN:
            pass
        elif level == CONDITION:
            weights[view.word_of[atom]] += data.inner if previous == CONDITION else data.condition
        elif level == FILLER:
            weights[view.word_of[atom]] += data.filler
        elif level == BENCHMARK:
            weights[view.word_of[atom]] += data.benchmark
        previous = level
    for word in view.tails:
        weights[word] += data.inner


def leak_words(view: View, reading: Reading, evidence: Evidence) -> None:
    """Single words that notes do not use: speakers, pronouns, finite verbs, orders, other languages.

    Also pairs that fluent text does not have ("of is", "the from", "we we"): translation that dropped words.
    """
    data = tables()
    words, groups, bad, allowed = data.words, data.groups, data.collisions, data.allowed
    levels, texts, word_of = reading.levels, view.texts, view.word_of
    before, before_group = "", ""
    for atom, flag in enumerate(view.flags):
        text = texts[atom]
        if flag < 4 and text != before:
            before, before_group = text, ""
            continue
        level = levels[atom]
        known = words.get(text)
        if level >= BENCHMARK or (level == FILLER and known is None):
            before, before_group = text, ""
            continue
        if known is not None and level == UNKNOWN:
            evidence.add(word_of[atom], known[0], known[1])
        elif not text.isascii() and any(c >= "\u0400" and c.isalpha() for c in text):
            evidence.add(word_of[atom], 2.2 + 0.25 * min(len(text) - 1, 8), "other_language")
            if not before or before.isascii():
                evidence.opens.add(word_of[atom])
        elif (
            known is None
            and levels[atom] == UNKNOWN
            and not text.isascii()
            and any("\u00df" <= c <= "\u017f" for c in text)
        ):
            evidence.add(word_of[atom], 0.8, "other_language")
        group = groups.get(text, "")
        if text == before and text.isalpha() and len(text) > 1 and text not in ("that", "had"):
            evidence.add(word_of[atom], 1.8, "word_salad")
        elif (before_group and group and (before_group, group) in bad and f"{before} {text}" not in allowed) or (
            before_group and text in SEPARATORS and text not in ("(", "[", "—", ":") and text != "\n"
        ):
            evidence.add(word_of[atom], data.collision, "word_salad")
        before, before_group = text, group


def leak_phrases(view: View, reading: Reading, evidence: Evidence) -> None:
    """Fixed phrases of the genre: "as an AI", "translate the following", "such that"."""
    trie, weights = phrases()
    keys, flags, levels = view.keys, view.flags, reading.levels
    position, size = 0, len(keys)
    while position < size:
        if flags[position] & 2:
            seconds = leak_seconds(keys[position])
            if seconds is not None and (position + 1 == size or seconds.isdisjoint(keys[position + 1])):
                position += 1
                continue
            best = longest(trie, keys, position)
            if best is not None and not all(level >= BENCHMARK for level in levels[position : best[0]]):
                weight, kind = weights[best[1][0]]
                if kind == "cut_off" and view.word_of[best[0] - 1] < len(view.words) - 1:
                    position += 1
                    continue
                evidence.add(view.word_of[position], weight, kind)
                position = best[0]
                continue
        position += 1


def first_person(evidence: Evidence, shown: list[Traits]) -> None:
    """What somebody says of himself ("I used 3-shot prompting") is no note: its conditions do not speak for one."""
    weights = evidence.weights
    speakers = {index for index, kind, _ in evidence.given if kind == "self_talk" and shown[index].plain in _I}
    spoken = False
    for index in range(min(speakers, default=len(shown)), len(shown)):
        spoken = spoken or index in speakers
        if spoken:
            weights[index] = max(weights[index], 0.0)
        spoken = spoken and not shown[index].sentence_end


def find_turns(view: View) -> None:
    """Marks the words that open a turn of dialogue: "AI:", "User:", "Ответ:", "<|user|>", "### Response:".

    Left alone where a model's name follows a role that a run may give to a model ("User: GPT-4o"). A last word
    "AI" is a turn cut short.
    """
    data, words, turns = tables(), view.words, view.turns
    last = len(words) - 1
    for index, word in enumerate(words):
        trait = traits(word[:LONGEST])
        if not trait.special:
            continue
        core, bare, template = trait.core, trait.bare, trait.template
        if core is None:
            cut_short = index > 0 if index == last else words[index + 1] in _COLON_LIKE
            if template or (bare and cut_short):
                turns[index] = 7.0
            continue
        before = words[index - 1].strip(EDGES).lower() if index else ""
        core = core or before
        pair = f"{before} {core}"
        follows = view.first_atom[index + 1]
        if core in data.playable and follows < len(view.keys) and "{model}" in view.keys[follows]:
            continue
        if index and pair in data.roles:
            turns[index - 1] = turns[index] = 4.0
        elif core in data.roles:
            turns[index] = 7.0


def dialogue(view: View, reading: Reading, evidence: Evidence, shown: list[Traits], special: list[int]) -> None:
    """Speakers' turns, and headings of worked answers ("Task:", "Advantages:")."""
    data, words = tables(), view.words
    for index, weight in view.turns.items():
        evidence.add(index, weight, "dialogue")
    for index in special:
        trait = shown[index]
        if trait.core is None or index in view.turns or _in_note(view, reading, index):
            continue
        before = words[index - 1].strip(EDGES).lower() if index else ""
        core = trait.core or before
        first, after = view.first_atom[index], view.first_atom[index + 1]
        if core in data.headings or f"{before} {core}" in data.headings:
            evidence.add(index, 3.0, "headings")
            evidence.headings.add(index)
        elif core.isalpha() and first < after and reading.levels[first] == UNKNOWN:
            evidence.add(index, 0.6, "headings")


def enumeration(view: View, reading: Reading, evidence: Evidence, shown: list[Traits], special: list[int]) -> None:
    """Numbered steps and bullets: a note has no list."""
    items = [i for i in special if shown[i].item and not _in_note(view, reading, i)]
    dashes = [i for i in special if i and (view.words[i] in DASHES or view.words[i] == "|")]
    if len(dashes) >= _LIST_OF_DASHES:
        # one before a known condition parts a note: "5-shot - CoT - EM"
        dashes = [i for i in dashes if i + 1 < len(view.words) and not _in_note(view, reading, i + 1)]
        evidence.headings.update(dashes)
        items += dashes
    for index in items:
        evidence.add(index, 1.2 if len(items) == 1 else 2.2, "numbered_list")


def _is_plain_number(view: View, reading: Reading, word: int) -> bool:
    levels = reading.levels[view.first_atom[word] : view.first_atom[word + 1]]
    return view.words[word].strip("[]()")[:1].isdigit() and CONDITION not in levels


def _in_note(view: View, reading: Reading, word: int) -> bool:
    return any(level == CONDITION for level in reading.levels[view.first_atom[word] : view.first_atom[word + 1]])


def signs(view: View, reading: Reading, evidence: Evidence, shown: list[Traits], special: list[int]) -> None:
    """Punctuation, code, links and equations that single words show."""
    for index in special:
        for weight, kind in shown[index].marks:
            if index or len(view.words[0]) > 1:
                if kind not in RECORDS:
                    evidence.add(index, weight, kind)
                    continue
                # its numbers are no numbers of a note, nor is the date before it
                evidence.add(index, weight - min(0.0, evidence.weights[index]), kind)
                if index and evidence.weights[index - 1] < 0.0 and _is_plain_number(view, reading, index - 1):
                    evidence.weights[index - 1] = 0.0


def about_sentence(view: View, reading: Reading, evidence: Evidence, shown: list[Traits]) -> None:
    """A sentence that says what the benchmark tests: running text in it is no sign of a leak.

    The first sentence may be one, the last where nothing before it states a condition, and one after a note that
    opens with a verb or noun of such statements and speaks of the field.
    """
    if reading.levels and reading.levels[0] == CONDITION:
        end = 0
    else:
        end = _about_end(view, reading, evidence, shown)
        if end:
            _allow(evidence, shown, 0, end)
    broken = True in view.breaks
    starts = [i for i, trait in enumerate(shown[:-1], 1) if trait.sentence_end or (broken and view.breaks[i])]
    if not starts:
        return
    states = reading.levels.index(CONDITION) if CONDITION in reading.levels else len(reading.levels)
    for start in starts:
        if start < end:
            continue
        if states < view.first_atom[start]:
            heads = start in evidence.headings or start in view.turns
            if heads or shown[start].plain not in tables().about or not view.words[start][0].isupper():
                continue
            end = _about_end(view, reading, evidence, shown, start)
            if end and sum(trait.strange for trait in shown[start:end]) <= _STRANGE:
                _allow(evidence, shown, start, end)
        elif start == starts[-1] and not end:  # leaked text first
            end = _about_end(view, reading, evidence, shown, start)
            if end and sum(trait.strange for trait in shown[start:end]) <= _STRANGE:
                _allow(evidence, shown, start, end)


def _allow(evidence: Evidence, shown: list[Traits], start: int, end: int) -> None:
    """Takes back what running text and strange words said of words ``start`` to ``end``."""
    kept: list[tuple[int, str, float]] = []
    weights = evidence.weights
    for index, kind, weight in evidence.given:
        ended = kind == "cut_off" and index == end - 1 and shown[index].plain in tables().may_end
        if start <= index < end and (ended or kind in _MAY_BE_ABOUT):
            weights[index] -= weight
        else:
            kept.append((index, kind, weight))
    evidence.given = kept
    for index in range(start, end):
        weights[index] -= max(shown[index].strange, 0.0) if weights[index] >= shown[index].strange else 0.0
    if start:
        for index in range(start, end):
            weights[index] += tables().filler


def _about_end(view: View, reading: Reading, evidence: Evidence, shown: list[Traits], start: int = 0) -> int:
    """Where a sentence ends that starts at ``start`` and opens like a statement on the benchmark; 0 for any other."""
    data, size = tables(), len(shown)
    within = data.about_within // 2 if start else data.about_within
    opener = next((i for i in range(start, min(size, start + within + 1)) if shown[i].plain in data.about), None)
    if opener is None or (opener + 1 < size and shown[opener + 1].plain in data.not_about):
        return 0
    before = (
        data.words.get(shown[i].plain, (0.0, ""))[0] > _WEAK or (shown[i].verbal and shown[i].strange >= _FOREIGN)
        for i in range(start, opener)
    )
    if any(before) or any(i in view.turns for i in range(start, opener)):
        return 0
    if any(level == CONDITION for level in reading.levels[view.first_atom[start] : view.first_atom[opener]]):
        return 0
    salad = {index for index, kind, _ in evidence.given if kind == "word_salad"}
    for index in range(opener, size):
        if index > opener and (
            index in view.turns
            or index in salad
            or view.breaks[index]
            or shown[index].item
            or index in evidence.headings
            or shown[index].opening == "capital"
            or view.words[index - 1] in _PARTING
            or (view.words[index - 1][-1] == ";" and view.words[index][0].isupper())
            or (shown[index].opening == "name" and shown[index].strange >= _FOREIGN)
        ):
            return index
        if shown[index].sentence_end:
            return index + 1
    return size


def grading_marks(view: View, evidence: Evidence) -> None:
    """Marks that somebody gave the text: (3/9), (7 of 25 marks), [score: 4/10]."""
    text = " ".join(view.words)
    offsets: list[int] | None = None
    for match in grading_pattern().finditer(text):
        if offsets is None:
            offsets = []
            at = 0
            for word in view.words:
                offsets.append(at)
                at += len(word) + 1
        inside = (
            [i for i, at in enumerate(offsets) if match.start() - len(view.words[i]) < at < match.end()]
            if len(offsets) < 400
            else []
        )
        if inside and match[0][0] in "([" and match[0][-1] in ")]":
            evidence.opens.add(inside[0])
            evidence.closes.add(inside[-1])
        for index in inside:
            evidence.add(index, 6.0 / len(inside) - min(0.0, evidence.weights[index]), "grading_mark")


def repetition(evidence: Evidence, shown: list[Traits]) -> None:
    """The note said again: translators repeat what they were given."""
    plain = [trait.plain for trait in shown]
    first, size, start = plain[0], len(plain), 0
    if len(set(plain)) == size:
        return
    _one_word_again(evidence, plain)
    for _ in range(50):
        try:
            start = plain.index(first, start + 1)
        except ValueError:
            return
        length = 0
        while length < start and start + length < size and plain[start + length] == plain[length]:
            length += 1
        if length == start or (length >= 2 and start + length == size):
            evidence.opens.add(start)
            for index in range(start, start + length):
                evidence.add(index, 3.5 - min(0.0, evidence.weights[index]), "repetition")
            return


def _one_word_again(evidence: Evidence, plain: list[str]) -> None:
    """One word three times or more without any between."""
    if not any(map(eq, plain, plain[1:])):
        return
    begin = 0
    for index in range(1, len(plain) + 1):
        if index < len(plain) and plain[index] == plain[begin]:
            continue
        if index - begin >= _TOO_OFTEN and plain[begin].isalpha():
            evidence.opens.add(begin)
            for again in range(begin, index):
                evidence.add(again, 3.5 - min(0.0, evidence.weights[again]), "repetition")
        begin = index


def cut_off(view: View, reading: Reading, evidence: Evidence) -> None:
    """The text ends in a word that needs another after it ("and also from", "to the best of its")."""
    atom = len(view.texts) - 1
    while atom >= 0 and view.texts[atom] in (",", ";", "—", "-", "…"):
        atom -= 1
    data = tables()
    if atom < 0 or reading.levels[atom] >= FILLER or view.texts[atom] not in data.dangling:
        return
    evidence.add(view.word_of[atom], data.dangling_weight, "cut_off")


def _best_stretch(view: View, reading: Reading, evidence: Evidence, shown: list[Traits]) -> Cut | None:
    data, size, breaks, closes = tables(), len(view.words), view.breaks, evidence.closes
    borders = data.borders
    hard = _hard(evidence)
    openings = _openings(view, reading, evidence, shown)
    best_gain, best = 0.0, (0, 0)
    total = 0.0
    from_start = -borders["turn" if 0 in view.turns else "start"]
    plain_from = _plain_note_from(view, reading)
    first = _first_sentence(view, evidence, shown)
    bad_start = hard[first] >= _SOME or sum(evidence.weights[:first]) >= _MUCH
    inner_gain, inner_at = -1e9, 0
    broken = True in breaks
    openings[0] = 1e9
    for index, (weight, opening, trait) in enumerate(zip(evidence.weights, openings, shown, strict=True)):
        gain = -total - opening
        if gain >= inner_gain:
            inner_gain, inner_at = gain, index
        total += weight
        after = index + 1
        if not (trait.ends or after in (size, plain_from) or broken or index in closes):
            continue
        last = after == size
        closed = index in closes
        parts = trait.sentence_end or (not last and (breaks[after] or view.words[index] in _PARTING))
        if not (last or parts or trait.returns or closed or after == plain_from):
            continue
        back = 0.0 if last else borders["back_line" if breaks[after] else "back_first"]
        before_note = not last and (
            (after >= plain_from and (parts or after == plain_from))
            or (parts and total > borders["before_apart"] and _sentence_fits(view, evidence, shown, after))
        )
        front = borders["before_apart" if after <= evidence.apart_until and parts else "before_note"]
        gain = total + (max(from_start, -front) if before_note else from_start) - back
        if gain > best_gain and (
            before_note or ((gain >= _CERTAIN or hard[after] >= _DECISIVE) and (after <= first or bad_start))
        ):
            best_gain, best = gain, (0, after)
        gain = total + inner_gain - (0.0 if last else borders["back_closed" if closed else "back_again"])
        if gain > best_gain:
            best_gain, best = gain, (inner_at, after)
    if best_gain <= 0.0:
        return None
    return _cut(view, reading, evidence, _without_weak_sentences(view, evidence, shown, *best), best_gain)


def _cut(view: View, reading: Reading, evidence: Evidence, span: tuple[int, int], gain: float) -> Cut:
    """The cut of the words of ``span``, with the kinds of leak that its detectors name."""
    start, end = span
    data, size = tables(), len(view.words)
    kinds: defaultdict[str, float] = defaultdict(float)
    for index, kind, weight in evidence.given:
        if start <= index < end:
            kinds[kind] += weight
    kinds["unrelated"] = sum(evidence.weights[start:end]) - sum(kinds.values())
    named = [kind for kind in kinds if kinds[kind] >= _NAMED]
    if len(named) > 1:
        named = sorted(named, key=lambda kind: (-kinds[kind], kind))[:4]
    while start and end == size and view.words[start - 1] in _HANGING:
        start -= 1
    start = _open_bracket(view, reading, start)
    if end == size and start and view.words[start - 1][-1] == ":":
        start = _announced_from(view, reading, start)
    rest = evidence.weights[:start]
    rest_is_quiet = (
        end == size
        and (max(rest, default=0.0) <= 0.0 or sum(weight for weight in rest if weight > 0.0) <= data.cheapest)
        and min(view.turns, default=start) >= start
        and min(evidence.opens, default=start) >= start
        and not _hangs(view, start)
    )
    return Cut(start, end, tuple(named) or ("running_text",), gain, rest_is_quiet)


def _announced_from(view: View, reading: Reading, start: int) -> int:
    """Where the words begin that announce, with a colon, what starts at ``start``: at a line, a stop or a capital."""
    for index in range(start - 1, 0, -1):
        if _in_note(view, reading, index):
            return start
        before = view.words[index - 1]
        if view.breaks[index] or before[-1] in ".!?;" or before in _PARTING or view.words[index][0].isupper():
            return index
    return start


def _hangs(view: View, end: int) -> bool:
    """Whether a text that ends before word ``end`` would end in mid-sentence."""
    atom = view.first_atom[end] - 1
    while atom >= 0 and view.texts[atom] in SEPARATORS:
        atom -= 1
    return atom >= 0 and view.texts[atom] in tables().last_words


def _without_weak_sentences(
    view: View, evidence: Evidence, shown: list[Traits], start: int, end: int
) -> tuple[int, int]:
    """The stretch without the sentences at its start that nothing but their neighbours speaks against."""
    total, fits = 0.0, False
    for index in range(start, end):
        if index > start and (shown[index - 1].sentence_end or view.breaks[index]) and index not in view.turns:
            if not fits or total >= _OWN or not start:
                break
            start, total, fits = index, 0.0, False
        total += evidence.weights[index]
        fits = fits or evidence.weights[index] < 0.0
    return start, end


def _sentence_fits(view: View, evidence: Evidence, shown: list[Traits], start: int) -> bool:
    """Whether the sentence that starts at word ``start`` is a note, or speaks of what benchmarks test."""
    total = 0.0
    for index in range(start, len(shown)):
        if index > start and (view.breaks[index] or index in view.turns or index in evidence.opens):
            break
        total += evidence.weights[index]
        if shown[index].sentence_end:
            break
    return total <= _FITS


def _first_sentence(view: View, evidence: Evidence, shown: list[Traits]) -> int:
    """The number of words before the first border behind which a leak may start, the text's start left out."""
    for index in range(1, len(shown)):
        if shown[index - 1].sentence_end or view.breaks[index] or index in view.turns or index in evidence.opens:
            return index
    return len(shown)


def _plain_note_from(view: View, reading: Reading) -> int:
    """The first word from which on the text is nothing but a note with a condition; its length where none is."""
    size = len(view.words)
    atom, stated = len(view.texts) - 1, False
    while atom >= 0 and (reading.levels[atom] != UNKNOWN or view.texts[atom] in SEPARATORS):
        stated = stated or reading.levels[atom] == CONDITION
        atom -= 1
    return view.word_of[atom] + 1 if stated and atom >= 0 else size


def _inside_costs(view: View, reading: Reading) -> list[float]:
    """The cost of a border in mid-phrase at each word: higher as long as the text has stated nothing."""
    borders = tables().borders
    stated = next((atom for atom, level in enumerate(reading.levels) if level >= BENCHMARK), None)
    size = len(view.words)
    unstated = size if stated is None else view.word_of[stated] + 1
    return [borders["inside_unstated"]] * unstated + [borders["inside"]] * (size - unstated)


def _closes(view: View, index: int) -> bool:
    """Whether the bracket that opens word ``index`` is closed soon, and the text goes on after it."""
    if view.words[index][0] not in "([":
        return False
    last = len(view.words) - 1
    for word in range(index, min(index + 20, last)):
        if view.words[word].rstrip(".,;:")[-1:] in (")", "]"):
            return word < last
    return False


def _open_bracket(view: View, reading: Reading, start: int) -> int:
    """The word with the bracket that the cut would leave open, where only unknown words stand between."""
    for index in range(start - 1, max(start - 5, -1), -1):
        word = view.words[index]
        if word.rstrip(".,;:!?")[-1:] in (")", "]", "}") or _in_note(view, reading, index):
            return start
        if word[0] in "([{":
            return index
    return start


def _openings(  # noqa: PLR0912 -- one branch for each kind of border
    view: View, reading: Reading, evidence: Evidence, shown: list[Traits]
) -> list[float]:
    """What it costs to let leaked text start at each word."""
    borders = tables().borders
    sentence, turn = borders["sentence"], borders["turn"]
    costs = _inside_costs(view, reading)
    spans, levels, breaks, first_atoms = reading.spans, reading.levels, view.breaks, view.first_atom
    texts, words, size = view.texts, view.words, len(levels)
    marked = view.turns.keys() | evidence.opens | evidence.headings
    ended = True
    for index in range(1, len(costs)):
        trait = shown[index]
        first = first_atoms[index]
        last = first - 1
        before, ended = ended, trait.ends
        if not (
            before
            or trait.starts
            or breaks[index]
            or index in marked
            or last < 0
            or levels[last] != UNKNOWN
            or index == 1
        ):
            continue
        if index in view.tails:
            continue  # inside a model's name
        if index in view.turns or index in evidence.opens:
            costs[index] = turn
        elif (record := _record_at(view, reading, shown, index)) >= 0:
            if record == index:
                costs[index] = borders["note_end"]
        elif trait.marks and trait.marks[0][1] == "markup":
            costs[index] = borders["bracket"]
        elif first < size and last >= 0 and 0 < spans[last] == spans[first]:
            continue  # inside a known phrase
        elif shown[index - 1].sentence_end or breaks[index] or trait.item or index in evidence.headings:
            costs[index] = sentence
        elif words[index - 1] in _PARTING or (
            words[index - 1][-1] == ";" and (not words[index][0].islower() or costs[index] == borders["inside"])
        ):
            costs[index] = borders["parted"]
        elif last >= 0 and (levels[last] != UNKNOWN or texts[last] in SEPARATORS):
            if words[index - 1][-1] == ",":
                continue  # leaked text does not start after a comma
            if trait.opening == "bracket" and _closes(view, index):
                costs[index] = borders["after_note"]  # what is set apart in brackets stands or falls by itself
                continue
            known = first < size and levels[first] >= BENCHMARK
            if trait.opening == "bracket" and words[index][0] in "([{":
                costs[index] = borders["bracket"]
                continue
            capital = trait.opening == "bracket" or words[index].lstrip(EDGES)[:1].isupper()
            if not capital and levels[last] == FILLER and texts[last] not in SEPARATORS:
                costs[index] = borders["after_filler"]
                continue
            costs[index] = borders["note_end" if capital and not known else "after_note"]
        elif trait.opening:
            costs[index] = borders[trait.opening]
    return costs


def _record_at(view: View, reading: Reading, shown: list[Traits], index: int) -> int:
    """Where the record or entry of a list starts that word ``index`` may open: at the number before it; else -1."""
    after = index + 1
    if shown[index].recorded:
        return index - 1 if index and _is_plain_number(view, reading, index - 1) else index
    opens = after < len(shown) and shown[after].recorded and _is_plain_number(view, reading, index)
    return index if opens else -1


def _hard(evidence: Evidence) -> list[float]:
    """Up to each word, the weight given by detectors that no running text sets off.

    Nothing of a text is genuine only where more than running text says so.
    """
    given = [0.0] * (len(evidence.weights) + 1)
    for index, kind, weight in evidence.given:
        if kind not in _SOFT:
            given[index + 1] += weight
    return list(accumulate(given))
