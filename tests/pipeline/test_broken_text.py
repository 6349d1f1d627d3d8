"""Half characters, broken bytes and signs of control: the rest of the input is read, and no other input is lost."""

from __future__ import annotations

import json
from typing import Any

FEED = {
    "data": [
        {
            "id": "openai/gpt-4.1-mini",
            "canonical_slug": "openai/gpt-4.1-mini",
            "name": "GPT-4.1 Mini HALF",
            "created": 1744651381,
            "context_length": 1047576,
            "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
            "pricing": {"prompt": "0.0000004", "completion": "0.0000016"},
            "top_provider": {},
            "deep": {},
            "KEY": 1,
        }
    ]
}


def test_half_a_character_of_a_feed_loses_nothing_else(house: Any) -> None:
    deep: Any = 1
    for _ in range(900):
        deep = {"a": deep}
    FEED["data"][0]["deep"] = deep  # deeper than any record: one leaf
    text = json.dumps(FEED).replace("HALF", r"\ud800").replace("KEY", r"\ud800key")
    house.write("feeds/openrouter/2025-06-01/models.json", text.encode())
    house.write(name="Robin 1")
    done = house.cli("run", house.pages)
    assert (done.returncode, done.stderr) == (0, "")
    assert house.values("SELECT context_tokens FROM models WHERE model_id = 'openai/gpt-4.1-mini'") == [1047576]
    assert house.values("SELECT count(*) FROM models WHERE name = 'Robin 1'") == [1]


def test_a_broken_byte_leaves_the_rest_of_a_page_as_it_is(house: Any) -> None:
    page = house.text(name="Modèle Élan", organization="Équipe IA", today=None)
    house.write("cut.txt", page.encode() + b"\xe2\x80")
    assert house.cli("run", house.pages).returncode == 0
    assert house.values("SELECT name FROM models") == ["Modèle Élan"]
    assert house.values("SELECT organization FROM models") == ["Équipe IA"]


def test_signs_of_control_leave_nothing_in_a_name(house: Any) -> None:
    house.write("robin.txt", house.text(name="Robin\x1b[31m Red\x1b]0;title\x07 1").encode())
    assert house.cli("run", house.pages).returncode == 0
    assert house.values("SELECT name FROM models") == ["Robin Red 1"]


def test_a_key_that_stands_often_costs_no_more_than_its_size(house: Any) -> None:
    pairs = ",".join(f'"k{n}":1' for n in range(200_000))
    house.write("many.json", f'{{{pairs},"k0":2}}'.encode())  # minutes where each key is counted for each other one
    assert "1 rejected (noise 1)" in house.cli("run", house.pages).stdout


def test_nothing_of_a_list_is_dropped_in_silence(house: Any) -> None:
    run = "  pass_rate_1: 21.0\n  pass_rate_2: 30.0\n  edit_format: diff\n  test_cases: 225\n  model: {}\n"
    text = "- lost\n-" + run.format("gpt-4.1")[1:] + "-" + run.format("o3-mini")[1:] + "  pass_rate_1: 55.5\n"
    house.write("polyglot_leaderboard.yml", text.encode())
    assert house.cli("run", house.pages).returncode == 0
    told = " ".join(house.values("SELECT text FROM unread_lines"))
    assert "item" in told
    assert "pass_rate_1 (1)" in told
    assert "pass_rate_1 (2)" in told
    assert house.values("SELECT DISTINCT score FROM scores WHERE model_id = 'openai/o3-mini'") == [30.0]
