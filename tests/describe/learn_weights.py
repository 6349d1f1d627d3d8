"""Learns the weights of the reader of notes and writes ``knowledge/notes/weights.yaml``.

    python tests/describe/learn_weights.py

A linear-chain conditional random field over the three states note, about and leak, on the signs that
``ingest.describe.observe`` shows: the rows say which words are genuine, not which of them are note and which
about, so both are summed over. A path pays for each segment that it decides wrongly (softmax margin). Limited-memory
BFGS, from a fixed start, so the same rows give the same weights.
"""

from __future__ import annotations

import difflib
import json
import random
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from garbled_notes import garbled_notes
from garbled_text import rows

from ingest.describe.atoms import View, fill
from ingest.describe.conditions import read_conditions
from ingest.describe.leaks import lead_words
from ingest.describe.mend import mend, unmark
from ingest.describe.observe import find_turns, observe
from ingest.describe.segments import Segment
from ingest.describe.vocabulary import signs as signs_file

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "src" / "ingest" / "knowledge" / "notes" / "weights.yaml"
GENUINE, LEAKED, EITHER = 0, 1, 2
_LONGEST = 40
"""Segments of a note that are learned from: behind them no leak ends."""
_L2, _COST, _COST_OF_LOSS, _STEPS, _BATCH = 1e-4, 0.4, 0.9, 120, 256
_MEMORY, _NEVER, _SMALLEST = 12, -50.0, 0.05
_DRAWS = 3
"""Draws of the made notes that are learned from, each by itself; the weights are their mean."""
_FORGET, _FORGOTTEN = 0.08, "unknown"
"""Share of listed words that are shown as unknown ones, so that no word of a list is relied upon alone."""
_FIXED = {"condition": -2.0, "inner": -2.0}
"""A condition is note, not about: what keeps the two states apart."""
Array = Any


class Example(NamedTuple):
    """One note: indexes of the signs of its words and borders, its labels, its weight."""

    words: list[list[int]]
    borders: list[list[int]]
    labels: list[int]
    weight: float


class Batch(NamedTuple):
    """Examples of about one length: labels (-1 beyond the end), weights, and where which sign stands."""

    labels: Array
    weights: Array
    word_rows: Array
    word_signs: Array
    border_rows: Array
    border_signs: Array


def observed(note: str, benchmark: str) -> tuple[list[str], list[Segment]]:
    """The words of a note, and the segments that it is cut into."""
    mended = mend(note)
    words, kept = list(mended.words), list(range(len(mended.words)))
    unmark(words, kept)
    heading = words[0].startswith("#") if words else False
    view = fill(View([words[at] for at in kept], [mended.breaks[at] for at in kept], heading=heading))
    if lead := lead_words(view):  # it is cut before anything is weighed
        view = fill(View(view.words[lead:], view.breaks[lead:], heading=heading))
    find_turns(view)
    return view.words, observe(view, read_conditions(view, benchmark))[1] if view.words else []


def labels(words: list[str], genuine: str | None, *, last: bool) -> list[int] | None:
    """Which words are genuine; None where the genuine ones cannot be found. ``last`` takes the last place of them."""
    if genuine is None:
        return [LEAKED] * len(words)
    plain = [_bare(word) for word in words]
    wanted = [_bare(word) for word in mend(genuine).words]
    starts = [at for at in range(len(plain) - len(wanted) + 1) if plain[at : at + len(wanted)] == wanted]
    found = [LEAKED] * len(words)
    if starts:
        start = starts[-1] if last else starts[0]
        found[start : start + len(wanted)] = [GENUINE] * len(wanted)
    else:
        blocks = difflib.SequenceMatcher(None, plain, wanted, autojunk=False).get_matching_blocks()
        if sum(block.size for block in blocks) < len(wanted):
            return None
        for block in blocks:
            found[block.a : block.a + block.size] = [GENUINE] * block.size
    if words[0] in ("-", "—", "•", "*"):
        found[0] = EITHER
    return found


def _bare(word: str) -> str:
    return word.strip(".,;:!?*") or word


def material(draw: int) -> Iterator[tuple[str, str, str | None, float, bool]]:
    """Note, benchmark, genuine part, weight, and whether the note stands last, for one draw of made notes."""
    for row in garbled_notes(3000, seed=5 + draw):
        yield row["note"], row["benchmark"], row["genuine"], 1.0, row["note"].startswith("AI:")
    for line in (HERE / "notes" / "learned.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        # rows of b were composed, the others written by hand; those of pa are clean: none says where a leak begins
        weight = {"b": 3.0, "pa": 1.5}.get(row["id"].rstrip("0123456789"), 6.0)
        yield row["note"], row["benchmark"], row["genuine"], weight, False
    for name, weight in (("seen", 1.5), ("unmarked", 2.0)):
        for row in rows(name, 450, seed=77 + draw):
            yield row["description"], row["benchmark"], row["genuine"], weight, "before" in row["kind"]
    for row in yaml.safe_load((HERE / "stated.yaml").read_text("utf-8")):
        yield row["text"], row.get("benchmark", "Some Benchmark"), row["text"], 2.0, False
    for row in yaml.safe_load((HERE / "leave_alone.yaml").read_text("utf-8")):
        yield row["text"], "Some Benchmark", row["text"], 25.0, False
    for row in yaml.safe_load((HERE / "wild.yaml").read_text("utf-8")):
        yield row["text"], row["benchmark"], row["description"], 25.0, False


def examples(words: dict[str, int], borders: dict[str, int], draw: int) -> list[Example]:
    """One draw of the material, its signs as numbers; ``words`` and ``borders`` are filled with those of new signs."""
    found = []
    rng = random.Random(1 + draw)
    listed = {group.name for group in signs_file().words}
    for note, benchmark, genuine, weight, last in material(draw):
        shown, segments = observed(note, benchmark)
        labelled = labels(shown, genuine, last=last) if shown else None
        joined = [_label(labelled[own.start : own.end]) for own in segments] if labelled else []
        if not joined or None in joined:  # nothing genuine was found, or a segment is genuine only in part
            continue
        kept = [
            [_FORGOTTEN if n in listed and rng.random() < _FORGET else n for n in own.names]
            for own in segments[:_LONGEST]
        ]
        of_words = [[words.setdefault(name, len(words)) for name in names] for names in kept]
        of_borders = [[borders.setdefault(n, len(borders)) for n in own.border] for own in segments[:_LONGEST]]
        found.append(Example(of_words, of_borders, joined[:_LONGEST], weight))
    return found


def _label(of_words: list[int]) -> int | None:
    """The label of a segment; None where its words have two."""
    found = set(of_words) - {EITHER}
    return None if len(found) > 1 else found.pop() if found else EITHER


def batches(found: list[Example]) -> list[Batch]:
    """Examples in batches of about one length."""
    ordered = sorted(found, key=lambda example: len(example.words))
    return [_batch(ordered[at : at + _BATCH]) for at in range(0, len(ordered), _BATCH)]


def _batch(chosen: list[Example]) -> Batch:
    longest = len(chosen[-1].words)
    table = np.full((len(chosen), longest), -1)
    places: list[list[int]] = [[], [], [], []]
    for row, example in enumerate(chosen):
        table[row, : len(example.labels)] = example.labels
        for at, (of_word, of_border) in enumerate(zip(example.words, example.borders, strict=True)):
            places[0] += [row * longest + at] * len(of_word)
            places[1] += of_word
            places[2] += [row * longest + at] * len(of_border)
            places[3] += of_border
    return Batch(table, np.array([e.weight for e in chosen]), *(np.array(p, int) for p in places))


def objective(x: Array, sizes: tuple[int, int], data: list[Batch], fixed: Array, start: Array) -> tuple[float, Array]:
    """The negative mean log-likelihood of the labels with its gradient."""
    n_words, n_borders = sizes
    of_words, of_borders = x[: n_words * 2].reshape(n_words, 2), x[n_words * 2 :].reshape(n_borders, 3)
    total = sum(batch.weights.sum() for batch in data)
    value, word_slope, border_slope = 0.0, np.zeros_like(of_words), np.zeros_like(of_borders)
    for batch in data:
        mask, size = batch.labels >= 0, batch.labels.size
        shape = batch.labels.shape
        states = np.zeros((*shape, 3))
        for k in (0, 1):
            states[..., k + 1] = np.bincount(batch.word_rows, of_words[batch.word_signs, k], size).reshape(shape)
        into, out, turn = (
            np.bincount(batch.border_rows, of_borders[batch.border_signs, k], size).reshape(shape) for k in range(3)
        )
        moves = np.zeros((*shape, 3, 3))
        moves[..., 0, 2] = moves[..., 1, 2] = into
        moves[..., 2, 0], moves[..., 2, 1] = out, out + turn
        moves[..., 0, 1] = moves[..., 1, 0] = turn
        leaked, genuine = batch.labels == LEAKED, batch.labels == GENUINE
        right = states.copy()
        right[..., 2] = np.where(genuine, _NEVER, right[..., 2])
        right[..., :2] = np.where(leaked[..., None], _NEVER, right[..., :2])
        paying = states.copy()
        paying[..., 2] += _COST_OF_LOSS * genuine
        paying[..., :2] += _COST * leaked[..., None]
        for sign, scores in ((1.0, right), (-1.0, paying)):
            logs, of_state, of_move = _expected(scores, moves, mask)
            weight = batch.weights * sign
            value += (logs * weight).sum()
            of_state = (of_state * weight[:, None, None]).reshape(-1, 3)
            moved = of_move * weight[:, None, None, None]
            flows = np.stack(
                [
                    moved[..., 0, 2] + moved[..., 1, 2],
                    moved[..., 2, 0] + moved[..., 2, 1],
                    moved[..., 0, 1] + moved[..., 1, 0] + moved[..., 2, 1],
                ],
                -1,
            ).reshape(-1, 3)
            for k in (0, 1):
                word_slope[:, k] += np.bincount(batch.word_signs, of_state[batch.word_rows, k + 1], n_words)
            for k in range(3):
                border_slope[:, k] += np.bincount(batch.border_signs, flows[batch.border_rows, k], n_borders)
    slope = np.concatenate([word_slope.ravel(), border_slope.ravel()]) / total - _L2 * (x - start)
    slope[fixed] = 0.0
    return -(value / total - 0.5 * _L2 * ((x - start) ** 2).sum()), -slope


def _expected(states: Array, moves: Array, mask: Array) -> tuple[Array, Array, Array]:
    """Log of the sum over all paths, and the expected number of each state and of each move at each word."""
    rows_, longest, _ = states.shape
    ahead, behind = np.full(states.shape, -1e9), np.zeros(states.shape)
    ahead[:, 0] = moves[:, 0, 0, :] + states[:, 0]
    for at in range(1, longest):
        step = _log_sum(ahead[:, at - 1, :, None] + moves[:, at], 1) + states[:, at]
        ahead[:, at] = np.where(mask[:, at, None], step, ahead[:, at - 1])
    for at in range(longest - 2, -1, -1):
        step = _log_sum(moves[:, at + 1] + (states[:, at + 1] + behind[:, at + 1])[:, None, :], 2)
        behind[:, at] = np.where(mask[:, at + 1, None], step, 0.0)
    logs = _log_sum(ahead[:, -1], 1)
    of_state = np.exp(np.minimum(ahead + behind - logs[:, None, None], 0.0)) * mask[..., None]
    joint = np.full((rows_, longest, 3, 3), -1e9)
    after = states + behind
    joint[:, 0, 0, :] = moves[:, 0, 0, :] + after[:, 0] - logs[:, None]
    joint[:, 1:] = ahead[:, :-1, :, None] + moves[:, 1:] + after[:, 1:, None, :] - logs[:, None, None, None]
    return logs, of_state, np.exp(np.minimum(joint, 0.0)) * mask[..., None, None]


def _log_sum(values: Array, axis: int) -> Array:
    most = values.max(axis, keepdims=True)
    return (most + np.log(np.exp(values - most).sum(axis, keepdims=True))).squeeze(axis)


def minimise(function: Callable[[Array], tuple[float, Array]], x: Array) -> Array:
    """Limited-memory BFGS with a backtracking line search."""
    value, slope = function(x)
    steps: list[tuple[Array, Array]] = []
    for step in range(_STEPS):
        way, factors = slope.copy(), []
        for moved, changed in reversed(steps):
            factors.append(moved @ way / (changed @ moved))
            way -= factors[-1] * changed
        if steps:
            way *= (steps[-1][0] @ steps[-1][1]) / (steps[-1][1] @ steps[-1][1])
        for (moved, changed), factor in zip(steps, reversed(factors), strict=True):
            way += moved * (factor - (changed @ way) / (changed @ moved))
        length = 1.0 if steps else min(1.0, 1.0 / np.abs(slope).sum())
        for _ in range(12):
            new_value, new_slope = function(x - length * way)
            if new_value <= value - 1e-4 * length * (slope @ way):
                break
            length *= 0.4
        else:
            break
        moved, changed = -length * way, new_slope - slope
        if moved @ changed > 1e-10:
            steps = [*steps[-_MEMORY + 1 :], (moved, changed)]
        gained = value - new_value
        x, value, slope = x + moved, new_value, new_slope
        if step > 40 and gained < 2e-6 * abs(value):
            break
    return x


def write(words: dict[str, int], borders: dict[str, int], of_words: Array, of_borders: Array) -> None:
    """Writes the table; weights that move nothing are left out."""
    lines = [
        "# How much each sign counts. Learned by tests/describe/learn_weights.py, not set by hand.",
        "# words: what a sign of a word adds to the states about and leak; a note adds nothing.",
        "words: {",
        *_lines(words, of_words),
        "}",
        "# borders: what a sign of a border adds to going into a leak, to coming out of one, and to going between note",
        "# and about.",
        "borders: {",
        *_lines(borders, of_borders),
        "}",
    ]
    OUT.write_text("\n".join(lines) + "\n", "utf-8")


def _lines(numbers: dict[str, int], table: Array) -> list[str]:
    """The signs with their weights in the order of the alphabet, as many on a line as it holds."""
    found = []
    for name in sorted(numbers):
        values = [round(float(value), 2) + 0.0 for value in table[numbers[name]]]
        if max(abs(value) for value in values) >= _SMALLEST:
            found.append(f"{name}:_[{',_'.join(f'{value:g}' for value in values)}],")
    wrapped = textwrap.wrap(" ".join(found), 116, break_long_words=False, break_on_hyphens=False)
    return ["  " + line.replace(":_[", ": [").replace(",_", ", ") for line in wrapped]


def learn(
    words: dict[str, int], borders: dict[str, int], draw: int, begin: tuple[Array, Array] | None
) -> tuple[Array, Array]:
    """The weights of the signs of words (n x 2) and of borders (n x 3) that one draw of the material gives.

    The search begins from the weights ``begin`` of another draw, which saves half of its steps.
    """
    data = batches(examples(words, borders, draw))
    of_words, of_borders = np.zeros((len(words), 2)), np.zeros((len(borders), 3))
    fixed = np.zeros(of_words.size + of_borders.size, bool)
    for name, value in _FIXED.items():
        of_words[words[name], 0] = value
        fixed[words[name] * 2] = True
    of_borders[borders["border"]] = (-3.0, -3.0, -2.0)
    of_borders[borders["at_start"]] = (-2.0, 0.0, -0.3)
    start = np.concatenate([of_words.ravel(), of_borders.ravel()])
    prior = np.where(fixed, start, 0.0)
    if begin is not None:
        of_words[: len(begin[0])], of_borders[: len(begin[1])] = begin
        start = np.concatenate([of_words.ravel(), of_borders.ravel()])
    sizes = (len(words), len(borders))
    x = minimise(lambda x: objective(x, sizes, data, fixed, prior), start)
    return x[: of_words.size].reshape(-1, 2), x[of_words.size :].reshape(-1, 3)


def main() -> None:
    """Learns the weights of each draw and writes their mean: one draw alone decides close cases by chance."""
    words: dict[str, int] = {}
    borders: dict[str, int] = {}
    learned: list[tuple[Array, Array]] = []
    for draw in range(_DRAWS):
        learned.append(learn(words, borders, draw, learned[0] if learned else None))
    of_words, of_borders = np.zeros((len(words), 2)), np.zeros((len(borders), 3))
    for by_word, by_border in learned:
        of_words[: len(by_word)] += by_word / _DRAWS
        of_borders[: len(by_border)] += by_border / _DRAWS
    write(words, borders, of_words, of_borders)


if __name__ == "__main__":
    main()
