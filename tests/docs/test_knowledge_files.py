"""The files of knowledge: each is typed by a schema, and each can be reviewed line by line."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from ingest.errors import IngestError
from ingest.knowledge import checked

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "src" / "ingest"
ROOM = LIBRARY / "knowledge"
CODE = {path.relative_to(LIBRARY).as_posix(): path.read_text("utf-8") for path in sorted(LIBRARY.rglob("*.py"))}

LONGEST_LINE = 120

FILES = sorted(path.relative_to(LIBRARY).as_posix() for path in LIBRARY.rglob("*.yaml"))


@pytest.mark.parametrize("file", FILES)
def test_lines_can_be_reviewed_in_a_diff(file: str) -> None:
    long = [n for n, line in enumerate((LIBRARY / file).read_text("utf-8").splitlines(), 1) if len(line) > LONGEST_LINE]
    assert not long


def test_every_file_of_the_room_is_read_through_a_schema() -> None:
    code = "\n".join(CODE.values())
    calls = re.findall(r'\bknowledge\(\s*f?"([^"]+)"', code) + re.findall(r'\bFOLDER / "([^"]+)\.yaml"', code)
    patterns = [re.sub(r"\{[^}]*\}", "*", call) for call in calls]
    names = [path.relative_to(ROOM).with_suffix("").as_posix() for path in ROOM.rglob("*.yaml")]
    assert [name for name in names if not any(fnmatch(name, pattern) for pattern in patterns)] == []


OTHERS = {
    "export/papers.py",  # writes how to cite a release
    "knowledge/__init__.py",  # the loader itself
    "name/review.py",  # looks whether a file that it writes line by line is whole
    "read/corrections.py",  # the type of one value
    "read/datafile.py",  # files of a feed
    "read/markdown.py",  # the front matter of a card
}
"""Modules that may ask the YAML library itself."""


def test_no_module_reads_a_yaml_file_beside_the_one_loader() -> None:
    assert {module for module, text in CODE.items() if re.search(r"^\s*(?:import|from) yaml\b", text, re.M)} == OTHERS


def test_a_key_that_stands_twice_is_no_knowledge(tmp_path: Path) -> None:
    path = tmp_path / "twice.yaml"
    path.write_text("one: &same [1, 2]\ntwo: *same\n", encoding="utf-8")
    assert checked(path, dict[str, tuple[int, ...]]) == {"one": (1, 2), "two": (1, 2)}
    path.write_text("one: 1\none: 2\n", encoding="utf-8")
    with pytest.raises(IngestError, match=r"twice\.yaml.*'one'"):
        checked(path, dict[str, int])
    path.write_text("one: 1\n---\none: 2\n", encoding="utf-8")
    with pytest.raises(IngestError, match="document"):
        checked(path, dict[str, int])
