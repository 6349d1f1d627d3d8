"""Makes garbled descriptions of which the genuine part and the conditions are known.

A file of kinds (``seen.yaml``, ``held_out.yaml``) gives notes with their conditions, bendings, leaks by kind and
ways in which a leak is attached. What comes out has the shape of a gold page's scores. The same seed always
gives the same rows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
_DROPPED = frozenset(["the", "a", "an", "is", "are", "was", "were", "be", "and", "of", "to", "in", "that", "it"])


def rows(name: str, count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """``count`` rows made of the kinds in ``<name>.yaml``."""
    kinds = yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8"))
    rng = random.Random(seed)
    for _ in range(count):
        yield _row(kinds, rng)


def _row(kinds: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    note = rng.choice(kinds["notes"])
    genuine, bent = note["text"], False
    if rng.random() < 0.4:
        for before, after in kinds["bendings"]:
            if before in genuine and rng.random() < 0.7:
                genuine, bent = genuine.replace(before, after), True
    garbling = ["swapped"] if bent else []
    description, kind = genuine, "clean"
    if rng.random() < 0.65:
        kind = rng.choice(sorted(kinds["leaks"]))
        leak = rng.choice(kinds["leaks"][kind])
        if rng.random() < 0.25 and kind in ("self_talk", "essay", "dialogue"):
            leak = " ".join(w for w in leak.split() if w.lower() not in _DROPPED)
            kind += "+dropped_words"
        garbling.append("leaked")
        description, genuine, kind = _attach(kinds, rng, genuine, leak, kind)
    return {
        "benchmark": note.get("benchmark", "Some Benchmark"),
        "description": description,
        "genuine": genuine,
        "garbling": "+".join(garbling) or "clean",
        "conditions": note["conditions"],
        "kind": kind,
    }


def _attach(kinds: dict[str, Any], rng: random.Random, genuine: str, leak: str, kind: str) -> tuple[str, str, str]:
    if rng.random() < 0.08:
        return f"AI: {leak}\n{genuine}", genuine, kind + "+before"
    opening = rng.choice(kinds["openings"])
    if opening.startswith("."):
        genuine, opening = genuine + ".", opening[1:]
    text = genuine + opening + leak
    if rng.random() < 0.15:
        return text.rstrip(".!?") + rng.choice(kinds["tails"]), genuine, kind + "+tail"
    if rng.random() < 0.08:
        return genuine + " " + genuine + " AI: " + leak, genuine, kind + "+repeated"
    return text, genuine, kind
