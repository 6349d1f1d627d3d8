"""The files of knowledge: each is typed by a schema, and each can be reviewed line by line."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "src" / "ingest"
ROOM = LIBRARY / "knowledge"
CODE = {path.relative_to(LIBRARY).as_posix(): path.read_text("utf-8") for path in sorted(LIBRARY.rglob("*.py"))}

LONGEST_LINE = 120

LONG_LINES = {
    "source_kit/templates.yaml",
}
"""Files that still have longer lines."""

WITHOUT_A_SCHEMA = {
    "load/choice.py",
    "source_kit/new.py",
    "sources/model_page/parse.py",
}
"""Modules that still read a YAML file without a schema."""

FILES_WITHOUT_A_SCHEMA = {"choice", "names/decisions"}
"""Files of the room that are not read through one yet."""

FILES = sorted(path.relative_to(LIBRARY).as_posix() for path in LIBRARY.rglob("*.yaml"))


@pytest.mark.parametrize("file", FILES)
def test_lines_can_be_reviewed_in_a_diff(file: str) -> None:
    long = [n for n, line in enumerate((LIBRARY / file).read_text("utf-8").splitlines(), 1) if len(line) > LONGEST_LINE]
    assert not long or file in LONG_LINES


def test_every_file_of_the_room_is_read_through_a_schema() -> None:
    calls = re.findall(r'\bknowledge\(\s*f?"([^"]+)"', "\n".join(CODE.values()))
    patterns = [re.sub(r"\{[^}]*\}", "*", call) for call in calls]
    names = [path.relative_to(ROOM).with_suffix("").as_posix() for path in ROOM.rglob("*.yaml")]
    unread = [name for name in names if not any(fnmatch(name, pattern) for pattern in patterns)]
    assert set(unread) <= FILES_WITHOUT_A_SCHEMA


@pytest.mark.parametrize("module", CODE)
def test_no_module_reads_a_file_without_a_schema(module: str) -> None:
    untyped = bool(re.search(r"(?<!def )\bread_yaml\(", CODE[module]))
    assert not untyped or module in WITHOUT_A_SCHEMA or module == "knowledge/__init__.py"
