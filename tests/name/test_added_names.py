"""An installed package may bring organizations, sellers, models and benchmarks of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

NAMES = """organizations:
- id: nuovo-lab
  name: Nuovo Lab
  aliases: [nuovo]
providers:
- id: nuovo-host
  kind: host
  name: Nuovo Host
models:
- id: nuovo-lab/gran-1
  name: Gran 1
  family: Gran
benchmarks:
- id: nuovobench
  name: Nuovo Bench
  category: knowledge
  aliases: [NB]
  about: A test of its own.
"""
ASK = """
from ingest.name import ModelRegistry, ModelRequest, provider, resolve_benchmarks, resolve_models
[model] = resolve_models([ModelRequest("s", "p", source_key="nuovo-host/nuovo-gran-1:free")], ModelRegistry())
[benchmark] = resolve_benchmarks(["NB (5-shot)"]).values()
print(model.model_id, model.organization, provider("nuovo_host").kind, benchmark.benchmark_id)
from ingest.name.data import left_out
for where, why in left_out().items():
    print(where, "|", why)
"""
OFF = "nuovo_names/names.yaml | names.yaml: benchmarks/0: there is no key 'colour'"


def _ask(folder: Path, names: str) -> subprocess.CompletedProcess[str]:
    (folder / "nuovo_names").mkdir()
    (folder / "nuovo_names" / "names.yaml").write_text(names)
    (folder / "nuovo_names" / "__init__.py").write_text(
        "from pathlib import Path\nNAMES = Path(__file__).with_name('names.yaml')\n"
    )
    (folder / "nuovo_names-1.dist-info").mkdir()
    (folder / "nuovo_names-1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: nuovo-names\nVersion: 1\n"
    )
    (folder / "nuovo_names-1.dist-info" / "entry_points.txt").write_text("[ingest.names]\nnuovo = nuovo_names:NAMES\n")
    paths = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-c", ASK],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
        check=False,
    )


def test_added_names_are_known(tmp_path: Path) -> None:
    done = _ask(tmp_path, NAMES)
    assert done.stdout.split() == ["nuovo-lab/gran-1", "Nuovo", "Lab", "host", "nuovobench"], done.stderr


def test_an_entry_that_does_not_fit_is_named_and_costs_its_section_alone(tmp_path: Path) -> None:
    done = _ask(tmp_path, NAMES.replace("  category: knowledge\n", "  colour: blue\n"))
    assert done.stdout.splitlines() == ["nuovo-lab/gran-1 Nuovo Lab host nb", OFF], done.stderr
