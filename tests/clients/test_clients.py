"""Clients: what the table of ``docs/questions.md`` says of a version and a way of use is what happens.

    pytest tests/clients

Each version gets an environment of its own. Where a version cannot be installed, its tests are skipped and say why.
They take minutes, so they are no part of the usual tests.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.export import DEFAULT, export
from ingest.export.files import FileFormat

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROBE = HERE / "probe.py"

BESIDE = {
    "pandas": ["pandas"],
    "polars": ["polars", "pyarrow"],
    "ibis": ["ibis-framework[duckdb]"],
    "the command line": ["duckdb-cli=={version}"],
}
"""What a way of use needs beside ``duckdb``. The others have nothing else installed."""

LIMIT_SECONDS = 120
"""A way of use that takes longer is slow."""


def _table() -> list[tuple[str, str, str]]:
    """Every cell of the table: version, way of use, `works`, `fails` or `slow`. A cell `–` is no promise."""
    page = (ROOT / "docs" / "questions.md").read_text("utf-8")
    lines = re.findall(r"^\| (.+) \|$", page[page.index("## Clients") :], re.MULTILINE)
    header, _, *rows = [[cell.strip() for cell in line.split(" | ")] for line in lines]
    return [
        (version, way, said)
        for way, *cells in rows
        for version, said in zip(header[1:], cells, strict=True)
        if said != "–"
    ]


@pytest.fixture(scope="session")
def warehouse(make_house: Any) -> Path:
    """The sample pages and the small feeds of the cookbook."""
    house = make_house()
    house.run(ROOT / "raw" / "pages", ROOT / "tests" / "docs" / "feeds")
    return house.warehouse  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Gives the interpreter of an environment with these packages alone, made once, or skips the test."""
    made: dict[tuple[str, ...], Path | str] = {}

    def of(*packages: str) -> Path:
        if packages not in made:
            folder = tmp_path_factory.mktemp("client")
            interpreter = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            installed = subprocess.run(
                [interpreter, "-m", "pip", "install", "-q", *packages], capture_output=True, text=True, check=False
            )
            lines = installed.stderr.strip().splitlines()
            made[packages] = interpreter if not installed.returncode else lines[-1] if lines else "no reason given"
        found = made[packages]
        if isinstance(found, str):
            pytest.skip(f"{' '.join(packages)} cannot be installed here: {found}")
        return found

    return of


@pytest.mark.parametrize(("version", "way", "said"), _table(), ids=lambda text: text)
def test_a_client_does_what_the_table_says(
    warehouse: Path, python: Callable[..., Path], tmp_path: Path, version: str, way: str, said: str
) -> None:
    beside = [package.format(version=version) for package in BESIDE.get(way, ())]
    command = [python(f"duckdb=={version}", *beside), PROBE, warehouse, tmp_path, way]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        assert said == "slow", f"more than {LIMIT_SECONDS} s"
    else:
        assert ("fails" if done.returncode else "works") == said, done.stderr


CHECKS = {
    "every-eval-ever": "import glob, sys; from every_eval_ever.cli import main; "
    "sys.exit(main(['validate', *glob.glob('eee/data/*/*/*/*.json')]))",
    "frictionless": "import frictionless, sys; r = frictionless.validate('datapackage.json'); print(r.to_summary()); "
    "sys.exit(not r.valid)",
    "mlcroissant": "import mlcroissant; mlcroissant.Dataset(jsonld='croissant.json')",
    "datasette": "from datasette.cli import cli; cli(['models.sqlite', '--metadata', 'metadata.json', '--get', "
    "'/models/scores.json?_shape=array'])",
}
"""What reads a release, and the program with which it says whether it can."""


@pytest.fixture(scope="session")
def release(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of that warehouse."""
    folder = tmp_path_factory.mktemp("export") / "release"
    export(warehouse, folder, (*DEFAULT, FileFormat.eee))
    return folder


@pytest.mark.parametrize("library", CHECKS)
def test_a_release_is_read_by_the_library_of_its_format(release: Path, python: Any, library: str) -> None:
    program = [python(library), "-c", CHECKS[library]]
    done = subprocess.run(program, cwd=release, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
