"""Imports run one way, along the steps; reading never touches the network or the warehouse."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {"ingest": ROOT / "src" / "ingest", "ingest_flows": ROOT / "flows"}

STEPS = (
    {"errors", "outcome", "process", "records", "rules", "summary", "timing"},
    {"knowledge"},
    {"listed", "settings"},
    {"read"},
    {"capture"},
    {"name"},
    {"describe"},
    {"sources"},
    {"batch", "targets"},
    {"runners"},
    {"workers"},
    {"validate"},
    {"load"},
    {"publish"},
    {"publication", "flow_record", "lives", "problems", "served", "verify"},
    {"pipeline"},
    {"report"},
    {"mirror", "replay", "retention", "source_kit", "status"},
    {"export"},
    {"site"},
    {"look"},
    {"cli"},
    {"ingest_flows"},
)
"""What may import what: each line imports itself and the lines above it.

``read`` stands before ``capture``, since one judge in it says of bytes whether they are data, however they came.
``name`` stands before the steps that ask which model a text names: notes name graders, pages name themselves."""

OF_FLOWS = {"ingest.cli.accepted", "ingest.cli.serve"}
"""The commands that serve the flows or end what a flow told of, and so import them."""

READING = {"read", "describe", "sources", "name"}
FAR_FROM_READING = {"httpx", "duckdb", "prefect", "pandas", "pandera", "socket", "http", "subprocess"}


def _modules() -> Iterator[tuple[str, Path]]:
    for package, folder in PACKAGES.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            yield ".".join((package, *(part for part in parts if part != "__init__"))), path


MODULES = dict(_modules())


def _imports(module: str) -> set[str]:
    """Every module that one names in an import, wherever in the file: in functions and for types too."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                whole = f"{origin}.{alias.name}"
                found.add(whole if whole in MODULES else origin)
    return found


def _step(module: str) -> str:
    """The step that a module belongs to; the package itself, and what is outside, is none."""
    first, _, rest = module.partition(".")
    return first if first == "ingest_flows" else rest.partition(".")[0] if first == "ingest" else ""


def _rank(step: str) -> int:
    return next((rank for rank, steps in enumerate(STEPS) if step in steps), len(STEPS))


def test_every_module_belongs_to_a_step() -> None:
    known = set().union(*STEPS)
    assert {step for module in MODULES if (step := _step(module))} <= known, "say in STEPS where it stands"


@pytest.mark.parametrize("module", [m for m in MODULES if _step(m) and m not in OF_FLOWS])
def test_a_module_imports_what_stands_before_it(module: str) -> None:
    own = _rank(_step(module))
    later = {name for name in _imports(module) if (step := _step(name)) and _rank(step) > own}
    assert not later


@pytest.mark.parametrize("module", [m for m in MODULES if _step(m) == "sources"])
def test_a_source_imports_only_records_reading_and_names(module: str) -> None:
    steps = {_step(name) for name in _imports(module)} - {""}
    assert steps <= {"errors", "knowledge", "records", "read", "name", "sources"}


@pytest.mark.parametrize("module", [m for m in MODULES if _step(m) in READING])
def test_reading_never_touches_the_network_or_the_warehouse(module: str) -> None:
    assert not {name.partition(".")[0] for name in _imports(module)} & FAR_FROM_READING


def test_reading_a_page_loads_none_of_that_either() -> None:
    page = next((ROOT / "raw" / "pages").glob("*.html"))
    code = "import sys, pathlib, ingest; ingest.parse(pathlib.Path(sys.argv[1]).read_bytes()); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, str(page)], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"duckdb", "httpx", "pandas", "pandera", "prefect", "pyarrow"}


def test_prefect_is_imported_by_the_flows_alone() -> None:
    users = {m for m in MODULES if any(name.partition(".")[0] == "prefect" for name in _imports(m))}
    assert users
    assert all(m.startswith("ingest_flows.") for m in users)


def test_the_command_line_starts_without_what_it_may_not_need() -> None:
    code = "import sys; from ingest.cli import app; import ingest.pipeline; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"prefect", "ingest_flows", "pandas", "pandera", "pyarrow", "duckdb", "httpx", "bs4", "lxml"}
    assert not set(done.stdout.split()) & heavy


def test_flows_import_no_command() -> None:
    flows = [m for m in MODULES if _step(m) == "ingest_flows"]
    assert not {m for m in flows if any(_step(name) == "cli" for name in _imports(m))}
