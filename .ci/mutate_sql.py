#!/usr/bin/env python3
"""Count the small faults in SQL files that tests notice.

``python .ci/mutate_sql.py FILE.sql … --tests TEST …``, called in a copy of the project. Each fault changes one token
of one line; ``--every 3`` takes each third. A fault that DuckDB refuses when the warehouse is made does not count. Each
fault runs in a forked process, which starts with the heavy libraries loaded.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

FAULTS = (
    (r"(?<![<>=!])<=", "<"),
    (r"(?<![<>=!])>=", ">"),
    (r"(?<= )<(?= )", "<="),
    (r"(?<= )>(?= )", ">="),
    (r"(?<= )=(?= )", "<>"),
    (r"<>", "="),
    (r"\bAND\b", "OR"),
    (r"\bOR\b(?! REPLACE)", "AND"),
    (r"\bmin\(", "max("),
    (r"\bmax\(", "min("),
    (r"\barg_min\(", "arg_max("),
    (r"\bgreatest\(", "least("),
    (r"\bbool_or\(", "bool_and("),
    (r"\bbool_and\(", "bool_or("),
    (r"\bcount\(DISTINCT ", "count("),
    (r"\bIS NULL\b", "IS NOT NULL"),
    (r"\bIS NOT NULL\b", "IS NULL"),
    (r"\bNOT (?!NULL|MATERIALIZED|IN\b)", ""),
    (r" DESC\b", ""),
    (r"(?<= )\+(?= )", "-"),
    (r"(?<= )-(?= )", "+"),
    (r": -(?=[a-z])", ": "),
    (r"(?<![\w.'])(\d+(?:\.\d+)?)(?![\w.'])", r"(\g<1> + 1)"),
    (r"(?<=THEN ')(\w+)(?=')", r"other_\g<1>"),
    (r"^\s*WHEN .* THEN .*$", ""),
    (r"^\s*(AND|OR) .*$", ""),
)
"""What a fault changes, as a pattern and what takes its place."""


def faults(text: str) -> Iterator[tuple[int, str, str]]:
    """Each fault of a file: the number of its line, that line before, and the whole file after."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if line.lstrip().startswith("--"):
            continue
        for pattern, change in FAULTS:
            for match in re.finditer(pattern, line):
                faulty = line[: match.start()] + match.expand(change) + line[match.end() :]
                yield at + 1, line.strip(), "\n".join([*lines[:at], faulty, *lines[at + 1 :]])


def noticed(tests: list[str]) -> str:
    """Run the tests in a forked process: ``killed``, ``survived``, or ``refused`` by DuckDB."""
    child = os.fork()
    if child:
        return {0: "survived", 9: "refused"}.get(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "killed")
    with open(os.devnull, "w") as nothing:  # noqa: PTH123 -- a file object that both streams share
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    try:
        import duckdb  # noqa: PLC0415 -- after the fork, since it reads the faulty file

        from ingest.load.warehouse import create  # noqa: PLC0415

        with duckdb.connect() as connection:
            create(connection)
    except Exception:
        os._exit(9)
    import pytest  # noqa: PLC0415

    os._exit(int(pytest.main(["-x", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", *tests])))


def main() -> None:
    """Change each file, fault by fault, and print what survived."""
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--tests", nargs="+", required=True)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    tests = options.tests
    sys.path.insert(0, str(Path("src").resolve()))
    for heavy in ("duckdb", "hypothesis", "pandas", "pandera", "pydantic", "pytest", "yaml"):
        with contextlib.suppress(ImportError):
            __import__(heavy)
    assert noticed(tests) == "survived", "the tests fail without any fault"
    total: Counter[str] = Counter()
    for path in options.files:
        text = path.read_text("utf-8")
        of_file: Counter[str] = Counter()
        for line, before, faulty in list(faults(text))[:: options.every]:
            path.write_text(faulty, "utf-8")
            outcome = noticed(tests)
            of_file[outcome] += 1
            if outcome == "survived":
                after = faulty.split("\n")[line - 1].strip()
                print(f"{path.name}:{line}: {before}\n    -> {after}", flush=True)
        path.write_text(text, "utf-8")
        print(f"{path.name}: {of_file['killed']} of {of_file['killed'] + of_file['survived']}", flush=True)
        total += of_file
    print(f"all: {total['killed']} of {total['killed'] + total['survived']}")


if __name__ == "__main__":
    main()
