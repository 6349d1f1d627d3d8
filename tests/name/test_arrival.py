"""Ids are the same whatever arrived first: all files in one run, each in a run of its own, and after a rebuild."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

SOLD = {"mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 4e-6}


def feed(*listed: str) -> bytes:
    """A price list; what stands before the first slash is the seller."""
    return json.dumps({key: SOLD | {"litellm_provider": key.partition("/")[0]} for key in listed}).encode()


FILES: dict[str, bytes | dict[str, Any]] = {
    "a-host/prices.json": feed("novita/nuovo-v4-pro", "novita/gpt-4.1-mini"),
    "the-maker/prices.json": feed("deepseek/nuovo-v4-pro"),
    "one-order/prices.json": feed("anthropic/claude-opus-7", "openrouter/anthropic/claude-opus-7"),
    "another-order/prices.json": feed("heroku/claude-7-opus"),
    "june.txt": {"name": "Robin 7B", "release": "Jun 1, 2025", "announced": "Jun 1, 2025"},
    "january.txt": {"name": "Robin 7B", "release": "Jan 1, 2025", "announced": "Jan 1, 2025"},
}
ORDERS = random.Random(7).sample(list(map(list, itertools.permutations(FILES))), 1)


def ids(house: Any) -> set[tuple[Any, ...]]:
    return set(house.rows("SELECT coalesce(listed_id, listed_name), model_id, version FROM model_ids"))


@pytest.fixture(scope="module")
def at_once(make_house: Callable[[], Any]) -> Any:
    house = make_house()
    for name, content in FILES.items():
        house.write(name, **({"content": content} if isinstance(content, bytes) else content))
    house.run(captured_at="2025-08-01T00:00:00+00:00")
    return house.settled()


def test_what_the_data_says_together(at_once: Any) -> None:
    assert ids(at_once) == {
        ("novita/nuovo-v4-pro", "deepseek/nuovo-v4-pro", None),
        ("deepseek/nuovo-v4-pro", "deepseek/nuovo-v4-pro", None),
        ("novita/gpt-4.1-mini", "openai/gpt-4.1-mini", None),
        ("anthropic/claude-opus-7", "anthropic/claude-opus-7", None),
        ("openrouter/anthropic/claude-opus-7", "anthropic/claude-opus-7", None),
        ("heroku/claude-7-opus", "anthropic/claude-opus-7", None),
        ("Robin 7B", "acme-ai/robin-7b", None),
        ("Robin 7B", "acme-ai/robin-7b", "2025-06-01"),
    }


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: " ".join(name[:3] for name in order))
def test_files_in_any_order_and_a_rebuild_give_what_all_of_them_give(
    house: Any, at_once: Any, order: list[str]
) -> None:
    """A later file heals what an earlier one left open: the maker of an id, the earlier of two releases."""
    for name in order:
        house.run(at_once.pages / name, captured_at="2025-08-01T00:00:00+00:00")
    assert ids(house) == ids(at_once)
    assert house.digests() == at_once.digests()
    done = house.cli("rebuild")
    assert (done.returncode, "differs    in nothing" in done.stdout) == (0, True), done.stderr
