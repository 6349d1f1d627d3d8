"""How fast a whole run is: ``python tests/benchmarks/run_speed.py [PAGES …]`` prints one line for each size and form.

The pages are the sample pages with other names. Each size is read twice, the second time unchanged; peak memory is
the largest sum of proportional set sizes over the process and its workers (Linux). Processor time is that of all
processes, with the system's: on a machine that does other things too it is the figure to compare.

With ``--answers`` what analysts ask most is asked of each warehouse: 77,000 pages have 1,000,000 scores. With
``--form`` only pages of one form are read.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

SAMPLES = Path(__file__).parents[2] / "raw" / "pages"
INGEST = [sys.executable, "-c", "from ingest.cli import main; main()"]


ANSWERS = {
    "scores of a model": "SELECT benchmark_id, score, comparability_key FROM scores WHERE model_id = $model",
    "a leaderboard": """
        SELECT rank, model_id, score FROM leaderboard WHERE comparability_key = $key ORDER BY rank LIMIT 20
    """,
    "models by a filter": """
        SELECT model_id, context_tokens FROM models
        WHERE context_tokens >= 200000 AND list_contains(features, 'function_calling')
        ORDER BY context_tokens DESC, model_id LIMIT 20
    """,
    "chosen prices": "SELECT kind, usd_per_million_tokens FROM chosen_prices WHERE model_id = $model",
}
"""What analysts ask most, each with what it is asked about."""
TIMES_ASKED = 15


def main(sizes: list[int], forms: list[str], *, ask: bool) -> None:
    print("form     pages   cold s  cpu s  pages/s  again s  again  peak MB  steps of the cold run")
    for size in sizes:
        for form in forms:
            with tempfile.TemporaryDirectory() as folder:
                measure(Path(folder), form, size)
                if ask:
                    answers(Path(folder) / "w.duckdb")


def measure(folder: Path, form: str, size: int) -> None:
    make_pages(folder / "pages", form, size)
    command = [*INGEST, "run", "pages", "--raw", "raw", "--warehouse", "w.duckdb", "--json"]
    before = os.times()
    cold, peak, summary = run(command, folder)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    assert summary["models"] == size, "pages of one model would be a history, not many models"
    again, _, _ = run(command, folder)
    steps = ", ".join(f"{step} {seconds:.2f}" for step, seconds in summary["seconds"].items())
    figures = f"{cold:8.2f} {cpu:6.2f} {size / cold:8.0f} {again:8.2f} {again / cold:6.1%} {peak:8.0f}"
    print(f"{form:6} {size:7} {figures}  {steps}", flush=True)


def answers(warehouse: Path) -> None:
    """Print how long each of ``ANSWERS`` takes, in milliseconds: the first time, and the median of more."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        about = connection.sql("""
            SELECT (SELECT count(*) FROM scores) AS scores,
                (SELECT model_id FROM scores GROUP BY ALL ORDER BY count(*) DESC, model_id LIMIT 1) AS model,
                (SELECT comparability_key FROM leaderboard GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 1) AS "key"
        """).fetchone()
    assert about is not None
    known = {"model": about[1], "key": about[2]}
    print(f"       {about[0]} scores; milliseconds of an answer, at first and then:", flush=True)
    for question, query in ANSWERS.items():
        with duckdb.connect(warehouse, read_only=True) as connection:
            connection.execute("SELECT $word", {"word": ""})  # DuckDB imports pandas for the first value
            given = {name: value for name, value in known.items() if f"${name}" in query}
            times = []
            for _ in range(TIMES_ASKED + 1):
                start = time.perf_counter()
                rows = connection.execute(query, given).fetchall()
                times.append((time.perf_counter() - start) * 1000)
        print(f"       {question:20} {times[0]:7.1f} {statistics.median(times[1:]):7.1f}  {len(rows)} rows", flush=True)


def make_pages(folder: Path, form: str, size: int) -> None:
    """``size`` pages of one form, each a sample page whose model has a name of its own."""
    import ingest  # noqa: PLC0415

    folder.mkdir()
    samples = []
    for sample in sorted(SAMPLES.glob(f"*.{form}")):
        page = sample.read_bytes()
        name = (ingest.parse(page).entries[0].name or "").encode()
        if name and name in page:  # some write their name with entities or no-break spaces
            samples.append((sample.stem.partition("--")[2], name, page))
    for number in range(size):
        stem, name, page = samples[number % len(samples)]
        (folder / f"{number:06}-{stem}.{form}").write_bytes(page.replace(name, name + b" r%d" % number))


def run(command: list[str], folder: Path) -> tuple[float, float, dict[str, object]]:
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, proportional_mb(process.pid))
        time.sleep(0.02)
    seconds = time.perf_counter() - start
    assert process.stdout is not None
    output = process.stdout.read()
    if process.returncode:
        raise SystemExit(output.decode())
    return seconds, peak, json.loads(output)


def proportional_mb(pid: int) -> float:
    total = 0
    for each in [pid, *children(pid)]:
        try:
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            continue
    return total / 1024


def children(pid: int) -> list[int]:
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, tasks.read_text().split())
        except OSError:
            continue
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", metavar="PAGES", type=int, nargs="*", default=[2000], help="how many pages are read")
    parser.add_argument("--form", choices=("txt", "html"), help="read pages of this form only")
    parser.add_argument("--answers", action="store_true", help="ask what analysts ask most of each warehouse")
    given = parser.parse_args()
    main(given.sizes, [given.form] if given.form else ["txt", "html"], ask=given.answers)
