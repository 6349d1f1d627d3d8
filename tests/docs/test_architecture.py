"""The documentation names files that exist, and the ways in call one set of checks."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PATH = re.compile(r"`((?:src|flows|tests|docs|\.ci)/[\w./-]+|CHANGELOG\.md|CONTRIBUTING\.md)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_files_that_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    paths = [*PATH.findall(text), *(f"{page.parent.relative_to(ROOT)}/{link}" for link in LINK.findall(text))]
    assert not [path for path in paths if not any(ROOT.glob(path.replace("NAME", "*")))]


def test_the_architecture_page_names_every_step() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    steps = {p.name for p in (ROOT / "src" / "ingest").iterdir() if p.is_dir() and (p / "__init__.py").is_file()}
    assert not {step for step in steps if f"src/ingest/{step}" not in text}


def test_the_readme_lists_every_page_of_documentation() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert not [page.name for page in (ROOT / "docs").glob("*.md") if f"](docs/{page.name})" not in readme]


def test_ci_the_commit_hook_and_the_lint_command_run_the_same_checks() -> None:
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert repo["repo"] == "local", "a hook is downloaded from nowhere"
    assert [hook["entry"] for hook in repo["hooks"]] == [".ci/checks"]
    assert "\n.ci/checks\n" in (ROOT / ".ci" / "run").read_text("utf-8")
    assert "\nlint:\n    .ci/checks\n" in (ROOT / "justfile").read_text("utf-8")


def test_scripts_are_executable_and_parse() -> None:
    for script in sorted(path for path in (ROOT / ".ci").iterdir() if path.is_file()):
        assert script.stat().st_mode & 0o100, script.name
        if script.suffix == ".py":
            ast.parse(script.read_text("utf-8"))
        else:
            assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
