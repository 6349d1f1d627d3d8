"""Puts garbled notes together of which the genuine part and the conditions are known (``material.yaml``).

The rows have the form of ``notes/*.jsonl``. The same seed always gives the same rows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ingest.describe import CONDITIONS

Row = dict[str, Any]
Note = tuple[str, Row, str, list[str]]
"""Text, conditions, benchmark, columns that are not scored."""

_ARTICLES = frozenset(("the", "a", "an"))
_AUXILIARIES = frozenset(("is", "are", "was", "were", "be", "of", "been"))
_SWAPPED = ("by", "on", "from", "for", "with")
_TAILS = (
    "",
    "",
    "",
    "",
    " but with",
    " and also from",
    " to the best of its",
    " , in order to",
    " . Then",
    " so how",
    " which",
)
_LEADS = (
    "Sure.",
    "Of course!",
    "Here is the line:",
    "Certainly, here it is:",
    "Okay:",
    "Here you go:",
    "Gladly.",
    "Understood.",
)
_CLOSES = ("I hope this helps.", "Let me know if more is needed.", "Is there anything else?", "", "")
_SEPARATORS = (", ", ", ", ", ", ", ", "; ", " (", " ", " - ", ". ")
_ATTACHED = {
    "talk": ("AI:", "AI:", "AI:", "AI Assistant:", "\nAI:", "", ".", "AI"),
    "dialogue": ("AI:", "", "\n", "AI:"),
    "request": ("AI:", "AI: User:", "", ".", "\n"),
    "problem": ("AI:", "", "\n", "AI:", "."),
    "essay": ("AI:", "", "", ".", "\n", "##"),
    "mark": ("AI:", "", "AI:"),
    "markup": ("", "\n", "AI:"),
    "other": ("AI:", "", "\n", "."),
    "unrelated": ("AI:", "AI:", "\n", ".", ""),
}


def garbled_notes(count: int, seed: int) -> Iterator[Row]:
    """``count`` rows put together from ``material.yaml``."""
    maker = _Maker(random.Random(seed))
    makers = [(0.2, maker.clean), (0.39, maker.explained), (0.53, maker.leak_alone), (0.6, maker.marked_down)]
    makers += [(0.66, maker.several), (1.0, maker.leaked)]
    for _ in range(count):
        chance = maker.rng.random()
        yield next(make for below, make in makers if chance < below)()


class _Maker:
    """Makes rows of one kind each; what it draws from is shuffled anew once all of it was used."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.material = yaml.safe_load((Path(__file__).parent / "material.yaml").read_text("utf-8"))
        self.piles: dict[str, list[Any]] = {}

    def clean(self) -> Row:
        """A note that must stay whole, now and then with a translator's gloss."""
        text, *rest = self.note()
        text = self.gloss(text)
        return _row("clean", text, text, rest)

    def explained(self) -> Row:
        """A metric or setting, and right behind it an essay on what it is."""
        head, essay = self.essay()
        essay = self.cut(self.bend(essay, 0.4), 0.3) + self.rng.choice(_TAILS)
        if self.rng.random() < 0.25:
            essay += " " + self.bend(self.draw("leaks/essay"))
        return _row("metric_essay", _joined(head["text"], essay), head["text"], _head(head))

    def leak_alone(self) -> Row:
        """Leaked text and nothing else."""
        kind = self.rng.choice([kind for kind in _ATTACHED if kind != "mark"])
        text = self.cut(self.bend(self.draw(f"leaks/{kind}"))) + self.rng.choice(_TAILS)
        lead = "AI: " if kind == "unrelated" else self.rng.choice(("", "", "AI: "))
        return _row("none", lead + text, None, [{}, "Some Benchmark", []])

    def marked_down(self) -> Row:
        """A note as a heading, an item or in bold letters, and Markdown or code behind it."""
        markup = self.draw("leaks/markup")
        if self.rng.random() < 0.4:
            head, essay = self.essay()
            lead = self.rng.choice(("# ", "## ", "- ", "* "))
            text = f"{lead}{_joined(head['text'], self.bend(essay))} {markup}"
            return _row("markdown", text, head["text"], _head(head))
        note, *rest = self.note()
        lead = self.rng.choice(("## ", "# ", "- ", "**"))
        return _row("markdown", f"{lead}{note}{'**' if lead == '**' else ''} {markup}", note, rest)

    def several(self) -> Row:
        """Two leaks, a leak before the note, or the note said twice."""
        note, *rest = self.note()
        first, second = self.any_leak()[1], self.any_leak()[1]
        way = self.rng.randrange(5)
        if way == 0:
            return _row("several", f"{note} AI: {first} AI: {second}", note, rest)
        if way == 1:
            return _row("several", f"AI: {first}\n{note}", note, rest)
        if way == 4:
            more = ", ".join(element["text"] for element in self.rng.sample(self.material["elements"], 2))
            joint = self.rng.choice((". ", "\n", "\n"))
            rest = [{}, "Some Benchmark", list(CONDITIONS)]
            return _row("several", f"{note} AI: {first.rstrip('.')}{joint}{more}", f"{note} {more}", rest)
        if way == 2:
            end = self.rng.choice((*_CLOSES, f"AI: {first}", first))
            return _row("several", f"{self.rng.choice(_LEADS)} {note} {end}".rstrip(), note, rest)
        return _row("several", f"{note} {note} AI: {first}", note, rest) | {"either": note}

    def leaked(self) -> Row:
        """A note and one leak behind it."""
        note, *rest = self.note()
        kind, leak = self.any_leak()
        leak = self.cut(self.bend(leak)) + self.rng.choice(_TAILS)
        if self.rng.random() < 0.1:
            leak += self.rng.choice((", ", " with ", " and ")) + self.rng.choice(self.material["elements"])["text"]
        way = self.rng.choice(_ATTACHED[kind])
        if way == "AI":
            return _row("leak", f"{note} AI", note, rest)
        if way == "AI:" and self.rng.random() < 0.05:
            return _row("leak", f"{note}AI: {leak}", note, rest)
        joint = {".": ". ", "\n": "\n", "": " "}.get(way) or f"{'' if way[0] == chr(10) else ' '}{way} "
        return _row("leak", f"{note}{joint}{leak}", note, rest)

    def note(self) -> Note:
        """A note of the list, of elements, on the benchmark's subject or with its name."""
        chance = self.rng.random()
        if chance < 0.35:
            return self.composite()
        if chance < 0.55:
            return self.subject()
        if chance < 0.7:
            return self.named()
        note = self.draw("notes")
        skip = list(CONDITIONS) if note.get("unscored") else note.get("skip", [])
        return note["text"], note.get("conditions", {}), note["benchmark"], skip

    def composite(self) -> Note:
        """Elements that state different columns, side by side."""
        rng = self.rng
        russian = rng.random() < 0.15
        pile = self.material["russian_elements" if russian else "elements"]
        taken: dict[str, Row] = {}
        for element in rng.sample(pile, rng.choice((1, 2, 2, 3) if russian else (1, 2, 2, 2, 3, 3, 4))):
            stated = {column for row in taken.values() for column in row}
            if stated.isdisjoint(element.get("conditions", {})):
                taken[element["text"]] = element.get("conditions", {})
        text, *others = taken
        text = text[0].upper() + text[1:] if rng.random() < 0.6 else text
        for other in others:
            separator = rng.choice(_SEPARATORS)
            added = other[0].upper() + other[1:] if separator == ". " else other
            text += f" ({added})" if separator == " (" else separator + added
        conditions = {column: value for row in taken.values() for column, value in row.items()}
        about = "" if russian or rng.random() < 0.75 else self.bend(self.draw("abouts"), 0.3)
        if about:
            separator = rng.choice((", ", ", ", "; ", ". ", " - "))
            first, second = rng.sample((text, about), 2)
            text = first + separator + _begun(second, separator)
        return text, conditions, "Some Benchmark", list(CONDITIONS) if others or about else []

    def named(self) -> Note:
        """The benchmark's own name, an element, a word that states nothing."""
        rng = self.rng
        benchmark = rng.choice(self.material["own_names"])
        name, filler = benchmark.split(" (")[0], rng.choice(self.material["fillers"])
        element = rng.choice(self.material["elements"])["text"]
        version = rng.choice((" ", " v1.1 ", " 2407 ", " 2024-2025 ", " (en) "))
        text = rng.choice(
            (
                f"{name}{version}{filler}",
                f"{element} {name} {filler}",
                f"{element} {filler}",
                f"{filler} {element}",
                f"{filler[0].upper()}{filler[1:]}, {element}",
                filler,
                f"{name} ({element})",
            )
        )
        return text, {}, benchmark, list(CONDITIONS)

    def subject(self) -> Note:
        """What a benchmark asks for."""
        rng, material = self.rng, self.material
        if rng.random() < 0.15:
            return rng.choice(material["russian_subjects"]), {}, "Some Benchmark", ["n_shots"]
        if rng.random() < 0.6:
            text = self.draw("abouts")
        else:
            first, second = rng.sample(material["subjects"], 2)
            body = rng.choice((first, first, first, f"{first} and {second}", f"{first}, {second}"))
            text = f"{rng.choice(material['subject_heads'])} {body}{rng.choice(material['subject_tails'])}"
        if rng.random() < 0.3:
            text = self.bend(text, 1.0)
        if rng.random() < 0.15:
            text += rng.choice((", ", "; ", " ")) + rng.choice(material["elements"])["text"]
        return text, {}, "Some Benchmark", list(CONDITIONS)

    def essay(self) -> tuple[Row, str]:
        """A head, and the essay on it."""
        head = self.rng.choice(self.material["heads"])
        name = head["name"]
        essay = self.draw("definitions").replace("{M}", name[0].upper() + name[1:]).replace("{m}", name)
        if "long" in head and self.rng.random() < 0.5:
            long = self.rng.choice((head["long"].title(), head["long"]))
            essay = long + self.rng.choice((" ", " ", ", ")) + essay.lstrip(" ,")
        return head, essay

    def any_leak(self) -> tuple[str, str]:
        """A kind, and a leak of it."""
        kind = self.rng.choice(list(_ATTACHED))
        return kind, self.draw(f"leaks/{kind}")

    def draw(self, name: str) -> Any:
        """The next of a list that is used up before any of it comes again."""
        if not self.piles.get(name):
            found: Any = self.material
            for key in name.split("/"):
                found = found[key]
            self.piles[name] = self.rng.sample(found, len(found))
        return self.piles[name].pop()

    def bend(self, text: str, likely: float = 0.5) -> str:
        """``text`` as translation word by word leaves it: no articles, holes, other prepositions, doubled pronouns."""
        rng = self.rng
        if rng.random() > likely or not text.isascii():
            return text
        words: list[str] = []
        for word in text.split(" "):
            low = word.lower()
            if low in _ARTICLES or (low in _AUXILIARIES and rng.random() < 0.5):
                continue
            if word.isalpha() and len(word) > 4 and rng.random() < 0.07:
                continue
            if low in ("i", "we") and rng.random() < 0.4:
                words.append(word)
            instead = word
            if low in ("it", "its") and rng.random() < 0.5:
                instead = "her/its"
            elif low == "as" and rng.random() < 0.5:
                instead = "how"
            elif low in _SWAPPED and rng.random() < 0.25:
                instead = rng.choice(_SWAPPED)
            words.append(instead)
        return " ".join(words)

    def cut(self, text: str, likely: float = 0.25) -> str:
        """``text`` cut off behind some word."""
        words = text.split(" ")
        if self.rng.random() < likely and len(words) > 8:
            return " ".join(words[: self.rng.randint(6, len(words) - 1)])
        return text

    def gloss(self, text: str) -> str:
        """``text`` with other words for some of its words in brackets, now and then."""
        words = text.split(" ")
        for _ in range(self.rng.choice((0,) * 12 + (1, 1, 2, 3))):
            places = [at for at, word in enumerate(words) if word.isalpha() and len(word) > 3]
            if places:
                words.insert(self.rng.choice(places) + 1, f"({self.draw('glosses')})")
        return " ".join(words)


def _begun(text: str, separator: str) -> str:
    """``text`` with the first letter that stands behind ``separator``."""
    return text if separator == ". " or text[:2].isupper() else text[0].lower() + text[1:]


def _joined(head: str, essay: str) -> str:
    return head + essay if essay[0] in ",.:" else f"{head} {essay}"


def _head(head: Row) -> list[Any]:
    return [head.get("conditions", {}), "Some Benchmark", []]


def _row(kind: str, note: str, genuine: str | None, rest: list[Any]) -> Row:
    conditions, benchmark, skip = rest
    found = {"benchmark": benchmark, "note": note, "genuine": genuine, "conditions": conditions}
    return found | {"skip": skip, "kind": kind}
