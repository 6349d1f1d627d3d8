"""What `ingest source try` tells of a file: values, doubts about units, what a changed rule changes, and failures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.cli import main
from ingest.cli import source as command
from ingest.records import Entry, Price, Score, Stated
from ingest.settings import Settings
from ingest.source_kit.contract import broken_clauses
from ingest.source_kit.doubts import doubts_of_units
from ingest.source_kit.lines import facts
from ingest.source_kit.trial import ParserFailedError, try_source
from ingest.sources import Source, forget, use

RULES = {
    "id": {"entry": "id"},
    "in": {"price": "input", "per": "million_tokens"},
    "out": {"price": "output", "per": "million_tokens"},
}
ROWS = "id,in,out\ngpt-4o,2.5,10\ngpt-4.1-mini,0.4,1.6\n"


def write(folder: Path, rules: dict[str, Any], **settings: str) -> Source:
    """A source without a parser, in use from now on."""
    folder.mkdir(exist_ok=True)
    said = {"name": "perch-list", "records": {"format": "csv", "holds": ["id,in"]}, **settings}
    (folder / "source.yaml").write_text(yaml.safe_dump(said), "utf-8")
    (folder / "fields.yaml").write_text(yaml.safe_dump({"fields": rules}), "utf-8")
    return use(folder)


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    for name in ("perch-list", "perch-parser"):
        forget(name)


def test_a_changed_rule_and_a_wrong_unit_show_beside_what_is_loaded(house: Any, tmp_path: Path) -> None:
    file = house.write("2025-09-11/perch.csv", ROWS.encode())
    write(tmp_path / "old", RULES)
    house.run(file)
    before, here = house.digests(), Settings(raw=house.raw, warehouse=house.warehouse)
    changed = write(tmp_path / "new", RULES | {"out": {"price": "cached_input", "per": "million_tokens"}})
    trial = try_source(changed, file.as_posix(), here)
    assert (trial.changes, trial.doubts) == ({"prices added": 2, "prices removed": 2}, [])

    other = tmp_path / "files" / "kites.csv"
    other.parent.mkdir()
    other.write_text("id,in,list\ngpt-4o,0.0025,1\ngpt-4.1-mini,0.004,1\n")
    rules = {key: RULES[key] for key in ("id", "in")} | {"list": {"unused": "a mark"}}
    trial = try_source(write(tmp_path / "two", rules, name="perch-parser"), other.as_posix(), here)
    assert trial.doubts == [
        "half of the 2 prices are at most 0.00325 USD for a million tokens; files have 0.01 to 100: is `per` right?",
        "prices are 182 times less than in other sources (2 compared): is `per` right?",
    ]
    assert "doubts: 2" in command._lines(trial)
    units = [each.says for each in broken_clauses("perch-parser", other.parent) if each.clause == "units"]
    assert units == trial.doubts[:1]
    assert house.digests() == before


@pytest.mark.parametrize(
    ("amounts", "windows", "told"),
    [
        ([0.4, 1.6, 0.06], [128000, 8192], []),
        ([0.0004], [128], []),  # one alone may be a strange one
        ([0.00004, 0.0016, 2.5], [], ["half of the 3 prices are at most 0.0016 USD"]),
        ([400, 1600], [], ["half of the 2 prices are at least 1000 USD"]),
        ([], [128, 200], ["half of the 2 windows are at most 164 tokens"]),
    ],
)
def test_half_of_a_file_tells_the_unit(amounts: list[float], windows: list[int], told: list[str]) -> None:
    entries = [Entry("a", "row 2", prices=[Price("input", amount, str(amount), "row 2")]) for amount in amounts]
    entries += [Entry("a", "row 2", stated=[Stated("context_tokens", n, str(n), "row 2")]) for n in windows]
    assert [said[: len(start)] for said, start in zip(doubts_of_units(entries), told, strict=True)] == told


def test_an_entry_is_shown_with_all_that_is_said_of_it() -> None:
    price = Price("input", 0.0004, "0.0004", "row 2", provider="acme", problem="price_out_of_range")
    score = Score("MMLU", 81.5, "percent", "81.5", "row 2", conditions={"n_shots": 5}, description="of the card")
    entry = Entry("A", "row 2", prices=[price], scores=[score])
    assert [said for _, said in facts(entry)][1:] == [
        "price of input = 0.0004 USD per_million_tokens (in quarantine: price_out_of_range), sold by acme",
        "MMLU = 81.5 percent, n_shots 5, of the card",
    ]


PARSER = '''"""A parser."""
from ingest.records import Document

READER = "perch-parser/1"

def recognise(capture):
    return capture.content.startswith(b"perch")

def parse(capture):
    document = Document("perch-parser", READER)
    document.captured_on = float(capture.content.decode())
    return document
'''


def test_what_a_parser_raises_is_one_sentence_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "__init__.py").write_text(PARSER)
    (tmp_path / "source.yaml").write_text("name: perch-parser\nformat: banana\n")
    (tmp_path / "fixtures").mkdir()
    file = tmp_path / "fixtures" / "a.txt"
    file.write_text("perch\n")
    source = use(tmp_path)
    line = "ValueError: could not convert string to float: 'perch\\n' (__init__.py, line 11: "
    with pytest.raises(ParserFailedError) as failed:
        try_source(source, file.as_posix(), Settings(raw=tmp_path / "raw", warehouse=tmp_path / "none.duckdb"))
    assert str(failed.value).startswith(
        f"The parser of 'perch-parser' failed on {file.as_posix()!r}: {line}document.captured_on = "
    )
    assert isinstance(failed.value.__cause__, ValueError)
    for options, traced in (((), False), (("--trace",), True)):
        with pytest.raises(SystemExit):
            main(["source", "try", tmp_path.as_posix(), file.as_posix(), *options])
        told = capsys.readouterr().err
        assert ("Traceback" in told, line in told) == (traced, True)
    broken = {each.clause: each.says for each in broken_clauses("perch-parser", tmp_path / "fixtures")}
    assert broken["fixtures"].startswith(line)
    settings = [e.says for e in broken_clauses("perch-parser", tmp_path / "fixtures") if "banana" in e.says]
    assert [said.partition(";")[0] for said in settings] == ["the format 'banana' is not known"]
