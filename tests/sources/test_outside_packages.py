"""Sources of other packages live side by side: one that breaks is named, and costs no other anything."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Iterator
from datetime import datetime
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from outside import FINISH, imported_from, install

from ingest.name import data
from ingest.name.benchmark_file import added_benchmarks
from ingest.name.organizations import _who
from ingest.records import Document, Entry, Price, Score, Stated, UnreadLine
from ingest.sources import sources, switched_off, use
from ingest.sources.plugins import fault_of

BROKEN = {
    "no-import": ("", "import a_module_that_is_not_there"),
    "no-function": ("def recognise", "def recognize"),
    "raises": (FINISH, "raise RuntimeError('oh no')"),
    "gives-nothing": (
        "reading.finish(document, file.doubled)\n    return document",
        "reading.finish(document, file.doubled)",
    ),
    "wrong-types": (FINISH, "document.entries[0].name = 7"),
    "raises-early": ("head = capture.content[:65536]", "raise KeyError('x')"),
    "exits": (FINISH, "raise SystemExit(0)"),
    "impostor": (FINISH, "document.source = 'aider'"),
    "wrong-fields": ("", ""),
    "greedy": ("head = capture.content[:65536]", "return True"),
    "no-source": ("", ""),
    "other-settings": ("", ""),
}
"""What is wrong with each package."""
OFF = {
    "no-import": "it cannot be imported: ModuleNotFoundError: No module named 'a_module_that_is_not_there'",
    "no-function": "it cannot be imported: ImportError",
    "no-source": "'no_source' has no function parse and no recognise",
    "greedy": "it takes any file for its own, such as b''",
    "other-settings": "source.yaml: there is no key 'trusted'; the nearest is 'trust'",
    "aider": "'like_aider' has the name of a source of this project",
    "aviary": "two packages bring a source of this name; 'second_aviary' is not used",
}
REJECTED = {
    "raises": "reader_failed: raises: RuntimeError: oh no (parse.py, line 38)",
    "exits": "reader_failed: exits: SystemExit: 0 (parse.py, line 38)",
    "gives-nothing": "reader_failed: gives-nothing: parse returned NoneType, not a Document",
    "wrong-types": "reader_failed: wrong-types: Entry.name is int, not str",
    "impostor": "reader_failed: impostor: the document is said to be of 'aider'",
    "wrong-fields": "reader_failed: wrong-fields: fields.yaml: fields/id: a rule has exactly one of: states,",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A package that is in order among those that are not, and two that have the name of another source."""
    site = tmp_path_factory.mktemp("outside") / "site"
    site.mkdir()
    install(site, "aviary", broken=(FINISH, f"print('so far'); {FINISH}"))
    for name, broken in BROKEN.items():
        install(site, name, broken=broken)
    install(site, "like-aider", known_as="aider")
    install(site, "second-aviary", known_as="aviary")
    (site / "no_source/__init__.py").write_text('"""A module of another kind."""\n')
    (site / "wrong_fields/fields.yaml").write_text("fields: {id: {entry: id, unused: both}}\n")
    with (site / "other_settings/source.yaml").open("a") as settings:
        settings.write("trusted: all\n")
    with imported_from(site):
        yield site


@pytest.fixture
def house(site: Path, make_house: Any) -> Any:
    """A page that this package reads, and a file of each package."""
    house = make_house()
    house.write("page.txt")
    for name in ("aviary", *BROKEN):
        content = (site / name.replace("-", "_") / "fixtures" / "models.json").read_bytes()
        house.write(f"2025-09-11/{name}.json", content)
    return house


def test_a_broken_package_costs_a_run_no_other_source(house: Any) -> None:
    done = house.cli("run", house.pages, "--json")
    summary = json.loads(done.stdout)  # what a package prints is no part of the answer
    assert "so far" in done.stderr
    assert done.returncode == 3
    assert {name: why[: len(OFF[name])] for name, why in summary["sources_off"].items()} == OFF
    assert "aider" in sources() and sources()["aider"].reader != "like-aider/1"
    assert house.values("SELECT DISTINCT source FROM prices ORDER BY 1") == ["aviary", "model-page"]
    said = house.rows("SELECT source, reason FROM captures WHERE reason LIKE 'reader_failed%' ORDER BY 1")
    assert {name: why[: len(REJECTED[name])] for name, why in said} == REJECTED


WRONG = [
    (Stated("context_tokens", "many", "many", "row 2"), "context_tokens is 'many', not int"),
    (Stated("release_date", "2025-01-01", "2025-01-01", "row 2"), "release_date is '2025-01-01', not date"),
    (
        Stated("release_date", datetime(2025, 1, 1), "2025", "row 2"),
        "Stated.value is datetime, not str",
    ),
    (Stated("features", [1, 2], "1, 2", "row 2"), "features is [1, 2], not list"),
    (Stated("open_weights", 1, "1", "row 2"), "open_weights is 1, not bool"),
    (Stated("contextt", 1, "1", "row 2"), "Stated.field 'contextt' is no column of models"),
    (Price("input", 1.0, "1", "row 2", currency="euros"), "Price.currency is 'euros', not a code of three"),
    (Price("input", 1.0, "1", "row 2", unit="tokens"), "Price.unit is 'tokens', not 'per_…'"),
    (Score("MMLU", math.nan, "percent", "x", "row 2"), "Score.score is nan"),
    (Score("MMLU", 1.0, "percent", "1", "row 2", ci_low=-math.inf), "Score.ci_low is -inf"),
    (Score("MMLU", 1.0, "percent", "1", "row 2", n_items=2**80), "Score.n_items is too large"),
    (Score("MMLU", 1.0, "percent", "1", "row 2", conditions={"n_shots": "five"}), "the condition n_shots is 'five'"),
    (Score("MMLU", 1.0, "percent", "1", "row 2", conditions={"footnotes": "a"}), "the condition footnotes is 'a'"),
    (Score("MMLU", 1.0, "percent", "1", "row 2", conditions={"shots": 5}), "Score.conditions has 'shots', which is no"),
    (UnreadLine(2**40, "x"), "UnreadLine.line is too large"),
]


@pytest.mark.parametrize(("record", "fault"), WRONG, ids=[fault for _, fault in WRONG])
def test_what_no_column_can_hold_is_a_fault_of_the_package(record: Any, fault: str) -> None:
    """Each of these ended a run of all sources, or was published."""
    document = Document("a", "a/1", entries=[Entry("A", "row 2")])
    kept: Any = {
        Stated: document.entries[0].stated,
        Price: document.entries[0].prices,
        Score: document.entries[0].scores,
    }.get(type(record), document.unread)
    kept.append(record)
    assert str(fault_of(document)).startswith(fault)
    kept[:] = []
    assert fault_of(document) is None


def test_a_rebuild_goes_on_without_it(house: Any) -> None:
    house.cli("run", house.pages)
    before = house.digests()["prices"]
    done = house.cli("rebuild")
    assert (done.returncode, house.digests()["prices"]) == (3, before), done.stderr
    assert "no-import is switched off" in done.stdout


def test_the_list_names_it_and_a_check_of_another_holds(house: Any) -> None:
    done = house.cli("source", "list")
    assert done.returncode == 0
    assert "no-import is switched off: it cannot be imported" in done.stdout
    assert house.cli("source", "check", "aviary", "--untimed", "--accept").returncode == 0
    refused = house.cli("source", "check", "no-import")
    assert refused.returncode == 1 and "no-import" in refused.stderr and "cannot be imported" in refused.stderr


def test_one_that_is_broken_stops_no_fetch_of_another(house: Any) -> None:
    env = {**house.process_options()["env"], "INGEST_SOURCES": "no-import"}
    done = house.cli("run", env=env)
    assert "switched off" in done.stdout + done.stderr and "Traceback" not in done.stderr
    assert done.returncode == 1


def test_names_that_clash_with_those_of_others_are_left_out_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that says that OpenAI is another maker's name; one that is in order stands before and behind it."""
    names = {
        "kestrels": "organizations: [{id: kestrel, name: Kestrel Lab}]",
        "ospreys": "organizations: [{id: osprey, name: OpenAI}]",
        "plovers": "benchmarks: [{id: mmlu, name: MMLU, category: reasoning, about: what there is already}]",
        "rails": "organisations: []",
        "swifts": "organizations: [{id: swift, name: Swift Lab, sells: [{id: s, name: S, kind: seller}]}]",
        "terns": "organizations: [{id: tern, name: Tern Lab}]",
    }
    for name, text in names.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "names.yaml").write_text(text)
    monkeypatch.setattr(data, "_of_folders", [tmp_path / name / "names.yaml" for name in names])
    monkeypatch.setattr(data, "_left_out", {})
    assert {"kestrel", "tern", "openai"} <= set(_who.__wrapped__().organizations)
    assert added_benchmarks() == ()
    assert data.is_added_to()
    kinds = "'maker', 'cloud', 'host', 'router' or 'subscription', not 'seller'"
    assert data.left_out() == {
        "ospreys/names.yaml": "'openai' names two in the lists of organizations: 'openai' and 'osprey'",
        "plovers/names.yaml": "the benchmark 'mmlu' stands twice in the lists of benchmarks",
        "rails/names.yaml": "there is no list 'organisations'; the nearest is 'organizations'",
        "swifts/names.yaml": f"names.yaml: organizations/0/sells/0/kind: Input should be {kinds}",
    }


def test_a_folder_takes_the_place_of_the_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another folder of a package, with its names: they count once."""
    site = tmp_path / "site"
    site.mkdir()
    package = install(site, "aviary3")
    (package / "names.yaml").write_text("organizations: [{id: kestrel, name: Kestrel Lab}]")
    other = Path(shutil.copytree(package, tmp_path / "other" / "aviary3"))
    monkeypatch.setattr(data, "_of_folders", [])
    monkeypatch.setattr(data, "_replaced", set())
    with imported_from(site):
        assert sources()["aviary3"].folder == package
        assert use(other).folder == other
        assert data._files() == (other / "names.yaml",)
        assert "kestrel" in _who.__wrapped__().organizations


def test_a_folder_of_the_same_name_does_not_hide_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where `pip install -e aviary2` ran beside the folder, with a finder of its own behind the others."""
    site = tmp_path / "site"
    site.mkdir()
    package = install(site, "aviary2").rename(tmp_path / "of the package")

    class Finder:
        @staticmethod
        def find_spec(name: str, *_: object) -> ModuleSpec | None:
            if name != "aviary2":
                return None
            return spec_from_file_location(name, package / "__init__.py", submodule_search_locations=[str(package)])

    (tmp_path / "work" / "aviary2").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.syspath_prepend("")
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
    with imported_from(site):
        assert "aviary2" in sources() and "aviary2" not in switched_off()
