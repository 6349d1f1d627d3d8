"""Rules of the house that a machine can check: one name for one thing, short files, no dead entries."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from ingest.describe.vocabulary import conditions, signs, statements, weights

ROOT = Path(__file__).parents[1]
MODULES = [*(ROOT / "src").rglob("*.py"), *(ROOT / "flows").rglob("*.py")]
STATEMENTS = sorted((ROOT / "src").rglob("*.sql"))

LONGEST_LINE = 120
LONGEST_MODULE = 600
ONE_TABLE_AFTER_ANOTHER = "src/ingest/records/tables.py"
"""The one definition of all public columns may be longer than other modules."""


def test_no_two_classes_have_one_name() -> None:
    names = Counter(
        node.name
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert not [name for name, times in names.items() if times > 1]


def test_a_module_is_short_enough_to_read() -> None:
    long = {
        path.relative_to(ROOT).as_posix() for path in MODULES if path.read_text("utf-8").count("\n") > LONGEST_MODULE
    }
    assert long <= {ONE_TABLE_AFTER_ANOTHER}


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.relative_to(ROOT / "src").as_posix())
def test_a_statement_can_be_reviewed_in_a_diff(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith("-- "), "the head says what the statement gives"
    assert not [number for number, line in enumerate(lines, 1) if len(line) > LONGEST_LINE]


def test_each_class_of_words_is_part_of_a_phrase_or_asked_for_by_the_reader() -> None:
    phrases = [phrase for entry in (*statements(), *signs().phrases) for phrase in entry.phrases]
    code = [path.read_text("utf-8") for path in (ROOT / "src" / "ingest" / "describe").glob("*.py")]
    used = set(re.findall(r"<[\w-]+>", "\n".join([*phrases, *code])))
    assert not {name for name in conditions().classes if f"<{name}>" not in used and name != "—"}


def test_each_sign_of_words_and_phrases_has_a_weight() -> None:
    """A pattern counts without one too: it says how a border begins. A lead is cut before anything is weighed."""
    known = signs()
    named = {group.name for group in (*known.words, *known.phrases)} | set(known.context_kinds)
    assert not named - {"lead"} - {name.removesuffix("_about") for name in weights().words}
