"""What the end of a model's id or label says of the run: reasoning effort, thinking tokens, thinking on or off."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from ingest.knowledge import FOLDER, read_yaml


def effort_of(label: str) -> dict[str, Any]:
    """Conditions of a score by column, from the ending of a model's id; empty where it says nothing.

    >>> effort_of("o3-mini-2025-01-31_high"), effort_of("claude-3-7-sonnet-20250219_16K")
    ({'reasoning_effort': 'high'}, {'thinking_tokens': 16000, 'reasoning': 'on'})
    """
    if " + " in label:  # a pair of models: the ending belongs to one of them
        return {}
    tail = label[-40:]
    for pattern, sets in _endings():
        found = pattern.search(tail)
        if found and found.start() > 0:
            said = {column: text.replace("{1}", found[1] if found.groups() else "") for column, text in sets.items()}
            return {column: int(text) if column in _COUNTS else text for column, text in said.items()}
    return {}


_COUNTS = ("thinking_tokens", "n_shots")


@cache
def _endings() -> list[tuple[re.Pattern[str], dict[str, str]]]:
    rows = read_yaml(FOLDER / "names/efforts.yaml")
    return [(re.compile(f"(?:{row['pattern']})$"), row["sets"]) for row in rows]
