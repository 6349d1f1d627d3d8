"""What an operator is told to type can be typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

from ingest.settings import Settings

ROOT = Path(__file__).parents[2]
TOLD = [ROOT / "docs" / "operating.md", ROOT / "docs" / "scheduling.md", *sorted((ROOT / "flows").glob("*.py"))]


GROUPS = ("quarantine", "source", "names", "raw")
"""Commands whose second word is a command too."""


def _typed() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each command in backticks or in a block of code, with the file that tells it."""
    for path in TOLD:
        for words in re.findall(
            r"(?:`|bin/|^    |&& )ingest ([a-z][^`\n|&#>)]*)", path.read_text("utf-8"), re.MULTILINE
        ):
            if words.split()[0].isalpha():  # else it is the name of a run: `ingest raw/pages`
                yield path.name, tuple(words.split())


def test_the_commands_exist_with_their_options(house: Any) -> None:
    wide = house.process_options()["env"] | {"COLUMNS": "200"}
    wrong = set()
    for place, words in set(_typed()):
        command = list(takewhile(str.isalpha, words))[:2]
        said = house.cli(*command[: 2 if command[0] in GROUPS else 1], "--help", env=wide)
        options = [word.partition("=")[0] for word in words if word.startswith("--")]
        if said.returncode != 0 or not all(option in said.stdout for option in options):
            wrong.add(f"{place}: ingest {' '.join(words)}")
    assert not wrong


def test_the_settings_exist() -> None:
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    named = set(re.findall(r"INGEST_([A-Z_]+)", text)) | {
        name.upper() for name in re.findall(r"^    ([a-z_]+) = ", text, re.MULTILINE)
    }
    assert named
    assert not named - {name.upper() for name in Settings.model_fields}
