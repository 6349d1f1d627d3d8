"""The page on adding a source does what it says: its files are written and its commands run, in their order."""

from __future__ import annotations

import importlib
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.name import data
from ingest.read import fieldrules
from ingest.source_kit.reference import interface_page
from ingest.sources import _found_plugins

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-source.md"
BLOCK = re.compile(r"(?:<!-- (file: ([^ ]+)|installs) -->\n)?```([a-z]+)\n(.*?)```", re.DOTALL)


def test_the_page_leads_from_nothing_to_a_source_that_loads(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder: Path = house.root
    for place in ("site", "model-cards/src"):
        monkeypatch.syspath_prepend(str(folder / place))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # a parser is written twice within one second
    ran = 0
    for block in BLOCK.finditer(PAGE.read_text("utf-8")):
        mark, path, language, text = block.groups()
        if path:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
        elif mark == "installs":
            _installed(folder)
        elif language == "console":
            for command, shown in _commands(text):
                output = _run(command, house)
                missing = [line for line in shown if " ".join(line.split()) not in " ".join(output.split())]
                assert not missing, f"{command}\n{output}"
                ran += 1
    assert ran >= 8


def test_the_reference_says_what_the_docstrings_say() -> None:
    page = PAGE.with_name("source-interface.md")
    assert page.read_text("utf-8") == interface_page(), (
        "docstrings changed: run `python -m ingest.source_kit.reference > docs/source-interface.md`"
    )


def _commands(text: str) -> list[tuple[str, list[str]]]:
    """The commands of a block, each with the lines that its output holds."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.strip():
            found[-1][1].append(line)
    return found


def _run(command: str, house: Any) -> str:
    """The output of a command, which knows no source that another command has found."""
    program, *arguments = shlex.split(command)
    assert program == "ingest"
    done = house.cli(*arguments)
    _forget()
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return str(done.stdout + done.stderr)


def _forget() -> None:
    for cached in (_found_plugins, data._added_files, fieldrules.load_rules, fieldrules._read_once):
        cached.cache_clear()
    data._of_folders.clear()
    data._replaced.clear()
    data._left_out.clear()
    importlib.invalidate_caches()
    for name in list(sys.modules):
        if name.partition(".")[0] in ("model_cards", "ingest_source_model_cards", "ingest_source_bird_board"):
            del sys.modules[name]


def _installed(folder: Path) -> None:
    """What pip writes for the package that the page has made: its name and its entry point."""
    project = (folder / "model-cards" / "pyproject.toml").read_text("utf-8")
    (point,) = re.findall(r'(?m)^([a-z-]+) = "([a-z_]+)"$', project.partition("ingest.sources")[2])
    place = folder / "site" / "ingest_source_model_cards-0.1.0.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text("Metadata-Version: 2.1\nName: ingest-source-model-cards\nVersion: 0.1.0\n")
    (place / "entry_points.txt").write_text(f"[ingest.sources]\n{point[0]} = {point[1]}\n")
