"""The rules of a `fields.yaml`: what they refuse, and what they read of scores and of tables."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ingest.errors import IngestError
from ingest.read.declared import declared_source, entry_of
from ingest.read.fieldrules import load_rules
from ingest.read.leaves import Leaf
from ingest.read.locate import Places
from ingest.read.recordfile import FileRecord
from ingest.read.rules import RuleReader
from ingest.records import Capture, Document
from ingest.settings import Settings
from ingest.source_kit.altered import NEW_FIELD, reversed_records, with_field
from ingest.source_kit.trial import files_in, try_source
from ingest.source_kit.watch import changes
from ingest.sources import forget, use

WRONG = {
    "per: megatoken": ({"price": "input", "per": "megatoken"}, "'megatoken' is not known"),
    "price: inputs": ({"price": "inputs", "per": "token"}, "the nearest is 'input'"),
    "curency": ({"price": "input", "per": "token", "curency": "EUR"}, "the nearest is 'currency'"),
    "currency": ({"price": "input", "per": "token", "currency": "EURO"}, "the nearest is 'EUR'"),
    "states": ({"states": "releasedate"}, "the nearest is 'release_date'"),
    "per: 1k_tokens": ({"price": "input", "per": "1k_tokens"}, "there are token, thousand_tokens, "),
    "unit": ({"score": "MMLU", "unit": "percents"}, "the nearest is 'percent'"),
    "no unit": ({"score": "MMLU"}, "a score needs its unit"),
    "of_score": ({"of_score": "n_item"}, "the nearest is 'n_items'"),
    "beside": ({"of_score": "n_items", "beside": "fild"}, "the nearest is 'field'"),
    "entry": ({"entry": "nam"}, "the nearest is 'name'"),
    "two": ({"entry": "name", "unused": "twice"}, "exactly one of"),
}


@pytest.mark.parametrize("rule", WRONG)
def test_a_word_that_no_rule_knows_is_refused(rule: str, tmp_path: Path) -> None:
    said, expected = WRONG[rule]
    path = tmp_path / "fields.yaml"
    path.write_text(yaml.safe_dump({"fields": {"field": said}}), "utf-8")
    with pytest.raises(IngestError) as refused:
        load_rules(path)
    assert expected in str(refused.value)


def test_a_source_adds_words_with_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "fields.yaml"
    also = {"price_kinds": {"sound_effect": "sold by one host"}, "units": {"frame": "films"}}
    also["currencies"] = {"XAU": "gold"}
    rule = {"price": "sound_effect", "per": "frame", "currency": "XAU"}
    path.write_text(yaml.safe_dump({"fields": {"field": rule}, "also": also}), "utf-8")
    assert load_rules(path).of("field") is not None


TABLE = """model,maker,elo,interval,votes,accuracy,stderr,shots,checked,context
Wren 2,Acme,1412.5,+5/-6,"9,270",0.805,0.01,5,2025-03-01,"128,000"
Robin 1,Acme,1391,±4,120,-,,,,64000
"""
FIELDS = {
    "model": {"entry": "name"},
    "maker": {"entry": "organization"},
    "elo": {"score": "Bird Arena", "unit": "elo"},
    "interval": {"of_score": "interval", "level": "0.95", "beside": "elo"},
    "votes": {"of_score": "n_items", "as": "count_text", "beside": "elo"},
    "accuracy": {"score": "MMLU", "unit": "fraction"},
    "stderr": {"of_score": "stderr", "beside": "accuracy"},
    "shots": {"of_score": "n_shots", "beside": "accuracy"},
    "checked": {"of_score": "measured_on"},
    "context": {"states": "context_tokens", "as": "count"},
}


def read(tmp_path: Path, content: str, fields: dict[str, object], **records: str) -> Document:
    path = tmp_path / "fields.yaml"
    path.write_text(yaml.safe_dump({"fields": fields}), "utf-8")
    return declared_source("birds", {"records": {"holds": ["model"], **records}}, path).parse(Capture(content.encode()))


def test_rules_read_scores_with_their_intervals_and_counts(tmp_path: Path) -> None:
    document = read(tmp_path, TABLE, FIELDS, format="csv")
    wren, robin = document.entries
    elo, accuracy = wren.scores
    assert (elo.score, elo.unit, elo.n_items) == (1412.5, "elo", 9270)
    assert (elo.ci_low, elo.ci_high, elo.ci_level) == (1406.5, 1417.5, 0.95)
    assert (accuracy.score, accuracy.unit, accuracy.stderr) == (80.5, "percent", 1.0)
    assert accuracy.conditions == {"n_shots": 5}
    assert str(accuracy.measured_on) == str(elo.measured_on) == "2025-03-01"
    assert [(s.score, s.ci_low, s.ci_high) for s in robin.scores] == [(1391.0, 1387.0, 1395.0)]
    assert [s.value for s in wren.stated + robin.stated] == [128000, 64000]
    assert [c.name for c in document.checks if not c.passed] == []  # a number as text is nothing strange in a table


def test_a_file_of_another_shape_says_which_keys_it_has(tmp_path: Path) -> None:
    document = read(tmp_path, '{"model": [], "data": {}}', FIELDS, format="json", at="/models")
    assert document.rejected == "no_models: nothing stands at '/models'; the file has the keys 'model', 'data'"


def test_keys_and_objects_around_a_record_are_fields(tmp_path: Path) -> None:
    fields = {
        "(key)": {"entry": "id"},
        "../../by": {"entry": "organization"},
        "n": {"states": "context_tokens", "as": "count"},
    }
    document = read(tmp_path, '{"by": "Acme", "list": {"wren-2": {"n": 64000}}}', fields, format="json", at="/list")
    [entry] = document.entries
    assert (entry.source_key, entry.organization, entry.organization_locator) == ("wren-2", "Acme", "/by")


def test_a_number_of_a_table_is_read_though_a_table_has_only_texts(tmp_path: Path) -> None:
    fields = {"n": {"entry": "name"}, "x": {"taken": "a result", "as": "number"}, "y": {"taken": "one", "as": "count"}}
    document = read(tmp_path, "n,x,y\nWren,84.5,12\nRobin,1,3\nOwl,2,4\n", fields, format="csv", holds=["n"])
    assert [check.name for check in document.checks if not check.passed] == []


@pytest.mark.parametrize("sign", ["\t", ";"])
def test_a_table_may_have_tabs_or_semicolons(sign: str, tmp_path: Path) -> None:
    rows = "n,p,note\nWren,2.5,a\nRobin,3,b\nOwl,4,c\n".replace(",", sign).encode()
    fields = {"n": {"entry": "name"}, "p": {"price": "input", "per": "million_tokens"}, "note": {"unused": "a remark"}}
    document = read(tmp_path, rows.decode(), fields, format="csv", holds=["n"])
    assert [price.amount for entry in document.entries for price in entry.prices] == [2.5, 3.0, 4.0]
    assert Places(rows, location="a.tsv").is_value("row 3", "3")
    assert f"note{sign}{NEW_FIELD}".encode() in (with_field(rows) or b"")
    both = reversed_records(rows)
    assert both is not None and both[1].splitlines()[1] == f"Owl{sign}4{sign}c".encode()


def test_a_score_that_states_nothing_is_listed(tmp_path: Path) -> None:
    fields = {"n": {"entry": "name"}, "mmlu": {"score": "MMLU", "unit": "percent"}}
    rows = "n,mmlu\nWren,84.0\nRobin,n/a\nOwl,unknown\nJay,-\n"
    document = read(tmp_path, rows, fields, format="csv", holds=["n"])
    assert [[score.score for score in entry.scores] for entry in document.entries] == [[84.0], [], [], []]
    assert [line.text for line in document.unread] == ["mmlu (3 times; a way to state nothing)"]


def test_what_is_left_aside_of_a_text_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "fields.yaml"
    path.write_text(yaml.safe_dump({"fields": {"n": {"entry": "name"}, "note": {"unused": "a remark"}}}), "utf-8")
    reading, document = RuleReader(load_rules(path), only_texts=True), Document("birds", "birds/1")
    for line in (3, 4):
        place = f"line {line}"
        entry_of(FileRecord(place, [Leaf("n", "Wren", "Wren", place), Leaf("note", "x", "x", place)]), reading)
    reading.aside("heading", "no model", 2)
    reading.finish(document)
    assert [(told.line, told.text) for told in document.unread] == [
        (2, "heading (1 times; no model)"),
        (3, "note (2 times; a remark)"),
    ]


def test_a_count_in_thousands_is_one_of_ones(tmp_path: Path) -> None:
    fields = {"n": {"entry": "name"}, "ctx": {"states": "context_tokens", "as": "count", "times": "1000"}}
    rows = 'n,ctx\nWren,128\nRobin,2000\nOwl,"1,048.576"\nJay,128k\n'
    document = read(tmp_path, rows, fields, format="csv", holds=["n"])
    read_as = {entry.name: [stated.value for stated in entry.stated] for entry in document.entries}
    assert {name: read_as[name] for name in ("Wren", "Robin", "Owl")} == {
        "Wren": [128000],
        "Robin": [2000000],
        "Owl": [1048576],
    }
    assert read_as["Jay"] in ([], [None])  # nobody knows whether it is in thousands already
    (tmp_path / "other").mkdir()
    with pytest.raises(IngestError, match="times belongs to a count"):
        read(
            tmp_path / "other", rows, {"n": {"entry": "name"}, "ctx": {"price": "input", "times": "1000"}}, format="csv"
        )


def test_watch_waits_for_a_change(tmp_path: Path) -> None:
    file = tmp_path / "parse.py"
    file.write_text("1")
    waited: list[int] = []

    def wait() -> None:
        waited.append(1)
        if len(waited) == 2:
            file.write_text("22")

    seen = changes([tmp_path], wait)
    next(seen)
    next(seen)
    assert len(waited) == 2


def test_a_price_with_a_sign_and_a_field_that_vanished_are_named(tmp_path: Path) -> None:
    fields = {"n": {"entry": "name"}, "p": {"price": "input", "per": "million_tokens", "always": True}}
    whole = '{"models": [{"n": "a", "p": 2.5}, {"n": "b", "p": 3}, {"n": "c", "p": "$2.5"}]}'
    document = read(tmp_path, whole, fields, format="json", at="/models")
    assert [price.amount for entry in document.entries for price in entry.prices] == [2.5, 3.0, 2.5]
    [said] = [check for check in document.checks if check.name == "field_type"]
    assert said.expected == "number, not text with a sign"
    gone = read(tmp_path, '{"models": [{"n": "a"}, {"n": "b"}, {"n": "c"}]}', fields, format="json", at="/models")
    assert [check.expected for check in gone.checks if check.name == "missing_field"] == ["/models/*/p"]


def test_texts_of_several_cells_and_of_the_address_have_their_place() -> None:
    places = Places(b"model,note,more\nWren 2,5-shot,no tools\n", location="feeds/arena_vision.csv")
    assert places.holds("row 2", "5-shot; no tools")
    assert not places.holds("row 2", "5-shot; with tools")
    assert places.holds("address", "vision")
    assert not places.holds("address", "text")


def test_two_listings_that_became_one_are_told(tmp_path: Path) -> None:
    (tmp_path / "source.yaml").write_text("name: twins\nrecords: {format: csv, holds: ['id,name']}\n")
    rules = {"id": {"entry": "id"}, "name": {"entry": "name"}, "in": {"price": "input", "per": "million_tokens"}}
    (tmp_path / "fields.yaml").write_text(yaml.safe_dump({"fields": rules}))
    (tmp_path / "files").mkdir()
    for name in ("a", "b"):
        rows = "id,name,in\ngpt-4o,GPT-4o,2.5\nopenai/gpt-4o,GPT-4o,5\n"
        (tmp_path / "files" / f"{name}.csv").write_text(rows)
    source = use(tmp_path)
    files = files_in((tmp_path / "files").as_posix())
    assert [Path(file).name for file in files] == ["a.csv", "b.csv"]
    trial = try_source(source, files[0], Settings(raw=tmp_path / "raw", warehouse=tmp_path / "none.duckdb"))
    forget("twins")
    assert trial.collisions == ["gpt-4o and openai/gpt-4o -> openai/gpt-4o: price input"]
