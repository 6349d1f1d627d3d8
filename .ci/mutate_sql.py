#!/usr/bin/env python3
"""Count the small faults in the SQL of choice that the cases of tests/time/test_choice_cases.py notice.

``python .ci/mutate_sql.py FILE.sql …``, called in a copy of the project. ``FILE.sql:3,8`` takes the faults of these
lines alone. Each fault changes one token of one line, or drops the line. A fault that is no SQL any more, or that drops
what a part is filled into, does not count. The cases are loaded once; for each fault the macros are made and asked
again.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb

sys.path[:0] = ["src", "tests/time"]

from ingest.load import choice, statements, views  # noqa: E402 -- the copy of the project, found by the line above

cases: Any = importlib.import_module("test_choice_cases")

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
    (r"(?<![\w.'\[|-])(\d+(?:\.\d+)?)(?![\w.'-])", r"(\g<1> + 1)"),
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


def made() -> dict[str, str]:
    """The statements of the macros of choice, from the files as they are now."""
    statements._text.cache_clear()
    importlib.reload(choice)
    macros = {macro.name.removeprefix("internal."): macro.sql for macro in importlib.reload(views).MACROS}
    return {name: macros[name] for name in ("chosen_claims", "witnessed_prices", "chosen_prices", "models_as_of")}


def killed(changed: dict[str, str], values: list[Any], prices: Any, models: Any) -> bool:
    """Whether any case fails once these macros are made."""
    looks: list[tuple[Any, Callable[[Any], Any], Callable[..., None], str]] = []
    if "chosen_claims" in changed:
        looks += [(each, cases.values_of, cases.test_the_chosen_value_and_its_rule, "chosen_values") for each in values]
    if "models_as_of" in changed:
        looks.append((models, cases.shown_of, cases.test_what_the_row_of_a_model_shows, "shown_models"))
    if changed.keys() & {"witnessed_prices", "chosen_prices"}:
        looks.append((prices, cases.prices_of, cases.test_the_chosen_price_its_rule_and_its_doubts, "chosen_prices"))
    for loaded, ask, test, name in looks:
        for sql in changed.values():
            loaded.connection.execute(sql)
        try:
            judged = ask(loaded)
            for case in cases.cases(name):
                test(judged, case)
        except (AssertionError, LookupError, StopIteration, duckdb.ConversionException, duckdb.OutOfRangeException):
            return True
    return False


def main() -> None:
    """Change each file, fault by fault, and print what no case notices."""
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    values = [cases.load(duckdb.connect(), "chosen_values", is_flagged=is_flagged) for is_flagged in (False, True)]
    prices = cases.load(duckdb.connect(), "chosen_prices")
    models = cases.load(duckdb.connect(), "shown_models", is_flagged=True)
    right = made()
    if killed(right, values, prices, models):
        sys.exit("a case fails without any fault")
    total: Counter[str] = Counter()
    broken: dict[str, str] = {}
    for file in options.files:
        name, _, numbers = file.partition(":")
        path, only = Path(name), {int(number) for number in numbers.split(",") if number}
        text = path.read_text("utf-8")
        of_file: Counter[str] = Counter()
        for line, before, faulty in faults(text):
            if only and line not in only:
                continue
            path.write_text(faulty, "utf-8")
            try:
                now = made()
                changed = {macro: now[macro] for macro in now if now[macro] != broken.get(macro, right[macro])}
                broken = {macro: now[macro] for macro in now if now[macro] != right[macro]}
                outcome = "killed" if killed(changed, values, prices, models) else "survived"
            except (duckdb.Error, KeyError):
                outcome = "refused"
            of_file[outcome] += 1
            if outcome == "survived":
                print(f"{path.name}:{line}: {before}\n    -> {faulty.split(chr(10))[line - 1].strip()}", flush=True)
        path.write_text(text, "utf-8")
        print(f"{path.name}: {of_file['killed']} of {of_file['killed'] + of_file['survived']}", flush=True)
        total += of_file
    print(f"all: {total['killed']} of {total['killed'] + total['survived']}")


if __name__ == "__main__":
    main()
